//! The questions that both benches ask, and the answers by loops over f64 that know nothing of the kernels.

use crate::rows::{BEGIN, DAY, Row, USERS};
use graticule_columns::Kind;
use graticule_geo::{Bbox, Circle, circle};
use graticule_kernels::{
    Accumulator, Code, Digit, DigitPart, Field, Filter, Outcome, Program, Slot,
};
use std::collections::BTreeMap;

const X: usize = 0;
const Y: usize = 1;
const TIME: usize = 2;
const ALTITUDE: usize = 3;
const USER: usize = 4;
/// West, south, east, north of the box that questions ask for.
const BOX: [f64; 4] = [116.0, 39.8, 116.8, 40.4];
/// Centre and metres of the circle that a question asks for.
const CIRCLE: [f64; 3] = [116.4, 39.9, 20_000.0];
/// The first geohash-6 column and row of the region.
const FIRST: [u32; 2] = [26_887, 23_556];

/// A question, and the key that it gives a row that it counts.
pub(crate) struct Case {
    pub(crate) program: Program,
    key: fn(&Row) -> Option<Vec<u32>>,
}

/// The question that measures what the name says.
pub(crate) fn case(name: &str) -> Case {
    use Accumulator::{Count, Last, Max, Min, Squares, Sum, Valid};
    let everything = |_: &Row| Some(Vec::new());
    let [west, south, east, north] = BOX;
    let bbox = Filter::Bbox(Bbox::new(west, south, east, north).expect("a box"));
    let range = Filter::Range {
        slot: TIME,
        low: ordered(BEGIN),
        high: ordered(BEGIN + 30 * DAY - 1),
        negate: false,
    };
    let geohash_6 = vec![cell(X, 17, FIRST[0], 193), cell(Y, 17, FIRST[1], 311)];
    let days = Code::Bucket {
        slot: TIME,
        first: ordered(BEGIN),
        lead: DAY.cast_unsigned(),
        width: DAY.cast_unsigned(),
    };
    let users = Code::Offset {
        slot: USER,
        low: Kind::I32.order(0),
    };
    let slot = ALTITUDE;
    match name {
        "bbox" | "packed" | "upload" => Case::new(vec![bbox], vec![], vec![Count], |r| {
            is_in_box(r).then(Vec::new)
        }),
        "range" => Case::new(vec![range], vec![], vec![Count], |r| {
            is_in_month(r).then(Vec::new)
        }),
        "circle" => {
            let [lon, lat, metres] = CIRCLE;
            let circle = Filter::Circle(Circle::new(lon, lat, metres).expect("a circle"));
            Case::new(vec![circle], vec![], vec![Count], |r| {
                is_in_circle(r).then(Vec::new)
            })
        }
        "cell" => Case::new(vec![], geohash_6[..1].to_vec(), vec![Count], |r| {
            Some(vec![column(r, 15) - FIRST[0]])
        }),
        "bucket" => Case::new(vec![], vec![digit(days, 92)], vec![Count], |r| {
            Some(vec![day(r)])
        }),
        // A null would be in no group.
        "offset" => Case::new(
            vec![Filter::IsNull {
                slot: USER,
                negate: true,
            }],
            vec![digit(users, USERS)],
            vec![Count],
            |r| r.user.map(|_| vec![user(r)]),
        ),
        "null" => Case::new(
            vec![],
            vec![digit(Code::Null { slot: USER }, 2)],
            vec![Count],
            |r| Some(vec![u32::from(r.user.is_none())]),
        ),
        "log" => {
            let code = Code::Log { slot, first: 0 };
            Case::new(vec![], vec![digit(code, 1 << 15)], vec![Count], |r| {
                Some(vec![bucket(r.altitude)])
            })
        }
        "count" => Case::new(vec![], vec![], vec![Count], everything),
        "valid" => Case::new(
            vec![],
            vec![],
            vec![Count, Valid { slot: USER }],
            everything,
        ),
        "sum" => Case::new(vec![], vec![], vec![Count, Sum { slot }], everything),
        "squares" => Case::new(vec![], vec![], vec![Count, Squares { slot }], everything),
        "dated" => {
            let last = Last { slot, time: TIME };
            Case::new(vec![], vec![], vec![Count, last], everything)
        }
        "min" => Case::new(vec![], vec![], vec![Count, Min { slot }], everything),
        "max" => Case::new(vec![], vec![], vec![Count, Max { slot }], everything),
        "single" => {
            let all = vec![
                Count,
                Valid { slot },
                Sum { slot },
                Min { slot },
                Max { slot },
            ];
            Case::new(vec![], vec![], all, everything)
        }
        "bins" => Case::new(
            vec![],
            vec![
                cell(X, 20, FIRST[0] >> 3, 25),
                cell(Y, 20, FIRST[1] >> 3, 40),
            ],
            vec![Count],
            |r| {
                Some(vec![
                    column(r, 12) - (FIRST[0] >> 3),
                    line(r, 12) - (FIRST[1] >> 3),
                ])
            },
        ),
        "dense" => Case::new(vec![], geohash_6, vec![Count], |r| Some(geohash_6_of(r))),
        "sparse" => Case::new(
            vec![],
            vec![cell(X, 12, 0, 1 << 20), cell(Y, 12, 0, 1 << 20)],
            vec![Count],
            |r| Some(vec![column(r, 20), line(r, 20)]),
        ),
        "query" => Case::new(
            vec![bbox, range],
            geohash_6,
            vec![Count, Sum { slot }],
            |r| (is_in_box(r) && is_in_month(r)).then(|| geohash_6_of(r)),
        ),
        _ => panic!("there is no bench {name}"),
    }
}

fn ordered(time: i64) -> u64 {
    Kind::I64.order(time.cast_unsigned())
}

fn digit(code: Code, extent: u64) -> Digit {
    Digit {
        code,
        part: DigitPart::Whole,
        extent,
    }
}

fn cell(slot: usize, shift: u32, first: u32, extent: u64) -> Digit {
    digit(Code::Cell { slot, shift, first }, extent)
}

fn is_in_box(row: &Row) -> bool {
    let [west, south, east, north] = BOX;
    row.lon >= west && row.lon <= east && row.lat >= south && row.lat <= north
}

fn is_in_circle(row: &Row) -> bool {
    let [lon, lat, metres] = CIRCLE;
    circle::distance(lon, lat, row.lon, row.lat) <= metres
}

/// Sign, exponent and six bits of the mantissa, as a number that sorts as the value does.
fn bucket(value: f32) -> u32 {
    let bits = value.to_bits();
    let ordered = if value.is_sign_negative() {
        !bits
    } else {
        bits | 1 << 31
    };
    ordered >> 17
}

fn is_in_month(row: &Row) -> bool {
    row.time >= BEGIN && row.time < BEGIN + 30 * DAY
}

fn column(row: &Row, bits: i32) -> u32 {
    ((row.lon + 180.0) / 360.0 * 2f64.powi(bits)).floor() as u32
}

fn line(row: &Row, bits: i32) -> u32 {
    ((row.lat + 90.0) / 180.0 * 2f64.powi(bits)).floor() as u32
}

fn geohash_6_of(row: &Row) -> Vec<u32> {
    vec![column(row, 15) - FIRST[0], line(row, 15) - FIRST[1]]
}

fn day(row: &Row) -> u32 {
    u32::try_from((row.time - BEGIN) / DAY).expect("a day of the ninety")
}

fn user(row: &Row) -> u32 {
    row.user.unwrap_or(0).cast_unsigned()
}

/// The values of each group's accumulators.
pub(crate) type Answer = BTreeMap<Vec<u32>, Vec<f64>>;

impl Case {
    fn new(
        filters: Vec<Filter>,
        digits: Vec<Digit>,
        accumulators: Vec<Accumulator>,
        key: fn(&Row) -> Option<Vec<u32>>,
    ) -> Self {
        let slots = [Kind::U32, Kind::U32, Kind::I64, Kind::F32, Kind::I32]
            .map(|kind| Slot { kind })
            .to_vec();
        Self {
            program: Program {
                slots,
                layers: vec![],
                filters,
                live: None,
                digits,
                accumulators,
            },
            key,
        }
    }

    /// The answer to so many chunks of the same rows.
    pub(crate) fn expected(&self, rows: &[Row], chunks: usize) -> Answer {
        let mut answer = Answer::new();
        let mut latest = BTreeMap::new();
        for row in rows {
            let Some(key) = (self.key)(row) else { continue };
            let start = || {
                self.program
                    .accumulators
                    .iter()
                    .map(|a| nothing(*a))
                    .collect()
            };
            let values = answer.entry(key.clone()).or_insert_with(start);
            for (value, accumulator) in values.iter_mut().zip(&self.program.accumulators) {
                let altitude = f64::from(row.altitude);
                match accumulator {
                    Accumulator::Count => *value += chunks as f64,
                    Accumulator::Valid { slot: USER } if row.user.is_none() => {}
                    Accumulator::Valid { .. } => *value += chunks as f64,
                    Accumulator::Sum { .. } => *value += altitude * chunks as f64,
                    Accumulator::Min { .. } => *value = value.min(altitude),
                    Accumulator::Max { .. } => *value = value.max(altitude),
                    Accumulator::Squares { .. } => *value += altitude * altitude * chunks as f64,
                    Accumulator::First { .. } => panic!("no bench asks for the first value"),
                    Accumulator::Last { .. } => {
                        let time = latest.entry(key.clone()).or_insert(i64::MIN);
                        if row.time > *time {
                            (*time, *value) = (row.time, altitude);
                        } else if row.time == *time {
                            *value = value.min(altitude);
                        }
                    }
                }
            }
        }
        answer
    }

    /// Checks what a session found.
    pub(crate) fn check(&self, outcome: &Outcome, rows: &[Row], chunks: usize) {
        let partial = &outcome.partials[0];
        let found: Answer = (0..partial.groups())
            .map(|group| {
                let values = partial
                    .layout
                    .fields
                    .iter()
                    .map(|field| value(field, partial.record(group)));
                (
                    partial.digits.iter().map(|digit| digit[group]).collect(),
                    values.collect(),
                )
            })
            .collect();
        assert!(!found.is_empty(), "an answer");
        assert_eq!(found, self.expected(rows, chunks), "{:?}", self.program);
    }
}

fn nothing(accumulator: Accumulator) -> f64 {
    match accumulator {
        Accumulator::Min { .. } => f64::INFINITY,
        Accumulator::Max { .. } => f64::NEG_INFINITY,
        _ => 0.0,
    }
}

/// An accumulator's value; limb 34 of a sum and limb 68 of a sum of squares count ones, their neighbours 2^32 times more
/// or less.
fn value(field: &Field, record: &[u64]) -> f64 {
    let sum = |ones: i32| {
        let limbs = field.limbs.clone().zip(&record[field.at..]);
        limbs
            .map(|(limb, word)| {
                word.cast_signed() as f64 * 2f64.powi(32 * (limb.cast_signed() - ones))
            })
            .sum::<f64>()
    };
    let ordered = |word: u64| f64::from(f32::from_bits(Kind::F32.unorder(word) as u32));
    match field.accumulator {
        Accumulator::Sum { .. } => sum(34),
        Accumulator::Squares { .. } => sum(68),
        Accumulator::Min { .. } | Accumulator::Max { .. } => ordered(record[field.at]),
        // After the count and the time.
        Accumulator::First { .. } | Accumulator::Last { .. } => ordered(record[field.at + 2]),
        _ => record[field.at] as f64,
    }
}
