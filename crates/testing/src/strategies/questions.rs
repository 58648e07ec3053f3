//! Questions over the columns that every table has.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::points::{CITIES, beside, cell_edge, decimal, landmark};
use super::values::EXTREMES;
use super::{HOUR, ORIGIN, PARTITION, Shape};
use crate::question::{Aggregate, Comparison, Key, Literal, Op, Order, Question};

const FLOATS: [&str; 2] = ["speed", "altitude"];
const INTEGERS: [&str; 5] = ["satellites", "odometer", "device", "token", "moving"];
pub(super) const NUMBERS: [&str; 6] = [
    "speed",
    "altitude",
    "satellites",
    "odometer",
    "device",
    "token",
];

/// A question whose edges lie on cell edges, decimals, poles and the antimeridian, or anywhere. Its time range is never
/// empty or reversed, its keys are distinct, and it compares float columns with no integer beyond 2^53.
pub fn adversarial_question(shape: Shape) -> BoxedStrategy<Question> {
    let boxes =
        prop_oneof![1 => Just(0), 5 => Just(1), 1 => Just(2)].prop_flat_map(|n| vec(bbox(), n..=n));
    build(boxes.boxed(), vec(comparison(), 0..3).boxed(), shape)
}

/// A question with a small box, half of the time about a cluster of the tame tables.
pub fn tame_question(shape: Shape) -> BoxedStrategy<Question> {
    let centre = prop_oneof![select(&CITIES[..]), (-170.0..170.0, -80.0..80.0)];
    let bbox = (centre, 0.001..0.2, 0.001..0.2).prop_map(|((lon, lat), width, height)| {
        let wrap = |lon: f64| {
            if lon.abs() > 180.0 {
                lon - 360.0 * lon.signum()
            } else {
                lon
            }
        };
        [
            wrap(lon - width),
            f64::max(lat - height, -90.0),
            wrap(lon + width),
            f64::min(lat + height, 90.0),
        ]
    });
    let comparison =
        (select(&NUMBERS[..]), order_op(), 0.0..40.0).prop_map(|(column, op, value)| Comparison {
            column: column.into(),
            op,
            literal: Literal::Float(value),
        });
    build(
        vec(bbox, 0..2).boxed(),
        vec(comparison, 0..2).boxed(),
        shape,
    )
}

fn build(
    bbox: BoxedStrategy<Vec<[f64; 4]>>,
    comparisons: BoxedStrategy<Vec<Comparison>>,
    shape: Shape,
) -> BoxedStrategy<Question> {
    let aggregates = vec(aggregate(), 1..5);
    let top = prop::option::weighted(0.3, (1..8usize, any::<prop::sample::Index>()));
    (
        bbox,
        time_range(),
        comparisons,
        keys(&shape),
        aggregates,
        top,
    )
        .prop_map(|(bbox, time, comparisons, keys, aggregates, top)| {
            let by = top.as_ref().map(|(_, index)| Order {
                column: keys.len() + index.index(aggregates.len()),
                descending: None,
            });
            Question {
                bbox,
                time,
                comparisons,
                keys,
                aggregates,
                order: by.into_iter().collect(),
                top: top.map(|(n, _)| n),
                ..Question::default()
            }
        })
        .boxed()
}

pub(super) fn bbox() -> BoxedStrategy<[f64; 4]> {
    let edge = |span: f64| {
        prop_oneof![
            3 => beside(cell_edge(span)),
            2 => beside(decimal(span)),
            1 => landmark(span),
            3 => -span..=span,
        ]
        // One ulp beside a pole or the antimeridian may be off the earth.
        .prop_map(move |value| value.clamp(-span, span))
    };
    let pair = |span: f64| {
        (edge(span), edge(span), 0..4)
            .prop_map(|(a, b, kind)| if kind == 0 { (a, a) } else { (a, b) })
    };
    (pair(180.0), pair(90.0), any::<bool>())
        .prop_map(|((a, b), (c, d), cross)| {
            let (west, east) = if (a > b) == cross { (a, b) } else { (b, a) };
            [west, c.min(d), east, c.max(d)]
        })
        .boxed()
}

pub(super) type TimeRange = Option<(Option<i64>, Option<i64>)>;

pub(super) fn time_range() -> BoxedStrategy<TimeRange> {
    let side = || {
        prop_oneof![
            (-100..100i64).prop_map(|n| ORIGIN + n * HOUR),
            ORIGIN - HOUR * 2400..ORIGIN + HOUR * 2400
        ]
    };
    let bounded =
        (side(), side()).prop_map(|(a, b)| (Some(a.min(b)), Some(a.max(b).max(a.min(b) + 1))));
    prop_oneof![
        3 => Just(None),
        3 => bounded.prop_map(Some),
        1 => side().prop_map(|from| Some((Some(from), None))),
        1 => side().prop_map(|to| Some((None, Some(to)))),
    ]
    .boxed()
}

pub(super) fn op() -> BoxedStrategy<Op> {
    prop_oneof![4 => order_op(), 1 => Just(Op::Equal), 1 => Just(Op::NotEqual)].boxed()
}

pub(super) fn order_op() -> BoxedStrategy<Op> {
    select(vec![
        Op::Less,
        Op::LessOrEqual,
        Op::Greater,
        Op::GreaterOrEqual,
    ])
    .boxed()
}

pub(super) fn comparison() -> BoxedStrategy<Comparison> {
    let extremes: Vec<f64> = EXTREMES.into_iter().chain([0.1, -0.1]).collect();
    let float = prop_oneof![
        2 => (-50..50i32).prop_map(|n| Literal::Float(f64::from(n) / 10.0)),
        1 => (-100.0..100.0).prop_map(Literal::Float),
        1 => (-50..50i64).prop_map(Literal::Int),
        1 => select(extremes).prop_map(Literal::Float),
    ];
    let edges = vec![
        i64::MIN,
        i64::MAX,
        1 << 53,
        (1 << 53) + 1,
        i64::from(i32::MIN),
        i64::from(u32::MAX),
    ];
    let integer = prop_oneof![
        3 => (-2..20i64).prop_map(Literal::Int),
        1 => select(edges).prop_map(Literal::Int),
        1 => (-4..40i32).prop_map(|n| Literal::Float(f64::from(n) / 2.0)),
    ];
    let of_float = (select(&FLOATS[..]), op(), float);
    let of_integer = (select(&INTEGERS[..4]), op(), integer);
    prop_oneof![of_float.boxed(), of_integer.boxed()]
        .prop_map(|(column, op, literal)| Comparison {
            column: column.into(),
            op,
            literal,
        })
        .boxed()
}

pub(super) fn keys(shape: &Shape) -> BoxedStrategy<Vec<Key>> {
    let widths = vec![1, 1000, 60_000, 15 * 60_000, HOUR, 24 * HOUR, 7 * 24 * HOUR];
    let (partition, times) = (shape.partition, !shape.extreme_times);
    let columns = subsequence(INTEGERS.to_vec(), 0..3);
    let geohash = prop::option::of(1..=12u8);
    (
        geohash,
        prop::option::weighted(0.4, select(widths)),
        columns,
        any::<bool>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(move |(precision, width, columns, by_partition, turn)| {
            let mut keys: Vec<Key> = precision.map(Key::Geohash).into_iter().collect();
            keys.extend(width.filter(|_| times).map(Key::Time));
            keys.extend(columns.into_iter().map(|column| Key::Column(column.into())));
            if partition && by_partition {
                keys.push(Key::Partition(PARTITION.into()));
            }
            if !keys.is_empty() {
                let turn = turn.index(keys.len());
                keys.rotate_left(turn);
            }
            keys
        })
        .boxed()
}

fn aggregate() -> BoxedStrategy<Aggregate> {
    let column = || select(&NUMBERS[..]).prop_map(str::to_owned);
    prop_oneof![
        Just(Aggregate::Count),
        column().prop_map(Aggregate::Sum),
        column().prop_map(Aggregate::Mean),
        column().prop_map(Aggregate::Min),
        column().prop_map(Aggregate::Max),
    ]
    .boxed()
}
