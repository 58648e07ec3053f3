//! Random programs over random chunks, every encoding and every step among them.

use crate::support::Random;
use arrow_buffer::BooleanBuffer;
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, Packed, RowOrigin};
use graticule_geo::{Bbox, is_valid, x_of_lon, y_of_lat};
use graticule_kernels::{Accumulator, Code, Digit, Filter, Part, Program, Slot};

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) program: Program,
    pub(crate) chunks: Vec<Chunk>,
}

const KINDS: [Kind; 6] = [
    Kind::I32,
    Kind::U32,
    Kind::I64,
    Kind::U64,
    Kind::F32,
    Kind::F64,
];

/// How a slot's values are drawn.
#[derive(Debug, Clone, Copy)]
enum Draw {
    /// Any bits, extremes often.
    Wild,
    /// A small span from a base.
    Narrow { base: u64, span: u64 },
}

impl Case {
    /// A case of `chunks` chunks of about `rows` rows.
    pub(crate) fn random(random: &mut Random, chunks: usize, rows: usize) -> Self {
        Self::with_edges(random, chunks, rows, 10)
    }

    /// One row in `edge` lies on the edge of a box, on either axis.
    pub(crate) fn with_edges(random: &mut Random, chunks: usize, rows: usize, edge: u64) -> Self {
        let mut kinds = vec![Kind::U32; 2];
        let mut draws = vec![Draw::Wild; 2];
        for _ in 0..random.index(5) {
            let kind = *random.pick(&KINDS);
            kinds.push(kind);
            draws.push(draw(random, kind));
        }
        let program = program(random, &kinds, &draws);
        let edges: Vec<[f64; 4]> = (program.filters.iter())
            .filter_map(|f| match f {
                Filter::Bbox(bbox) => Some(bbox.edges()),
                Filter::Range { .. } => None,
            })
            .collect();
        let made = Made {
            program: &program,
            draws: &draws,
            edges: &edges,
            edge,
        };
        let chunks = (0..chunks).map(|i| {
            let rows = 1 + random.index(2 * rows);
            chunk(random, &made, i, rows)
        });
        Self {
            chunks: chunks.collect(),
            program,
        }
    }
}

fn draw(random: &mut Random, kind: Kind) -> Draw {
    if kind.is_float() || random.one_in(2) {
        return Draw::Wild;
    }
    let any = random.next();
    let base = *random.pick(&[0, 5, any, u64::MAX - 3, 1_700_000_000_000]);
    let base = if kind.is_wide() {
        base
    } else {
        base & 0xffff_ffff
    };
    let span = *random.pick(&[2, 40, 3000]);
    Draw::Narrow { base, span }
}

fn bits(random: &mut Random, kind: Kind, draw: Draw) -> u64 {
    let mask = if kind.is_wide() {
        u64::MAX
    } else {
        0xffff_ffff
    };
    if let Draw::Narrow { base, span } = draw {
        return base.wrapping_add(random.below(span)) & mask;
    }
    let any = random.next() & mask;
    match (kind, random.below(8)) {
        (Kind::F32, 0) => u64::from(
            random
                .pick(&[
                    0.0,
                    -0.0,
                    f32::INFINITY,
                    f32::NEG_INFINITY,
                    f32::NAN,
                    -f32::NAN,
                ])
                .to_bits(),
        ),
        (Kind::F32, 1) => u64::from(
            random
                .pick(&[f32::MAX, f32::MIN, 1e-45, -1e-45, f32::MIN_POSITIVE, -1.0])
                .to_bits(),
        ),
        (Kind::F32, 2..6) => u64::from((random.below(100_000) as f32 / 7.0 - 5000.0).to_bits()),
        (Kind::F64, 0) => random
            .pick(&[
                0.0,
                -0.0,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NAN,
                -f64::NAN,
            ])
            .to_bits(),
        (Kind::F64, 1) => random
            .pick(&[f64::MAX, f64::MIN, 5e-324, -5e-324, f64::MIN_POSITIVE, -1.0])
            .to_bits(),
        (Kind::F64, 2..6) => (random.below(1 << 40) as f64 / 7.0 - 5000.0).to_bits(),
        (_, 0) => *random.pick(&[0, 1, mask, mask >> 1, (mask >> 1) + 1]),
        (_, 1) => random.below(10),
        _ => any,
    }
}

fn program(random: &mut Random, kinds: &[Kind], draws: &[Draw]) -> Program {
    let slots: Vec<Slot> = kinds.iter().map(|&kind| Slot { kind }).collect();
    let mut filters = Vec::new();
    for _ in 0..random.index(3) {
        filters.push(Filter::Bbox(bbox(random)));
    }
    for _ in 0..random.index(3) {
        filters.push(range(random, kinds, draws));
    }
    let mut digits = Vec::new();
    for _ in 0..random.index(4) {
        digit(random, kinds, draws, &mut digits);
    }
    let mut accumulators = vec![Accumulator::Count];
    for _ in 0..random.index(6) {
        let slot = random.index(kinds.len());
        accumulators.push(match random.below(4) {
            0 => Accumulator::Valid { slot },
            1 => Accumulator::Sum { slot },
            2 => Accumulator::Min { slot },
            _ => Accumulator::Max { slot },
        });
    }
    // A sum twice would share one window: once is what plans make.
    let mut seen = Vec::new();
    accumulators.retain(|a| {
        !seen.contains(a) && {
            seen.push(*a);
            true
        }
    });
    Program {
        slots,
        filters,
        digits,
        accumulators,
    }
}

fn bbox(random: &mut Random) -> Bbox {
    let mut lon = || match random.below(6) {
        0 => -180.0,
        1 => 180.0,
        2 => random.below(1 << 20) as f64 * 360.0 / f64::from(1 << 20) - 180.0,
        _ => random.below(1 << 52) as f64 * 360.0 / (1u64 << 52) as f64 - 180.0,
    };
    let (west, east) = (lon(), lon());
    let mut lat = || match random.below(6) {
        0 => -90.0,
        1 => 90.0,
        _ => random.below(1 << 52) as f64 * 180.0 / (1u64 << 52) as f64 - 90.0,
    };
    let (a, b) = (lat(), lat());
    Bbox::new(west, a.min(b), east, a.max(b)).unwrap()
}

fn range(random: &mut Random, kinds: &[Kind], draws: &[Draw]) -> Filter {
    let slot = random.index(kinds.len());
    let mut word = || kinds[slot].order(bits(random, kinds[slot], draws[slot]));
    let (a, b) = (word(), word());
    let is_empty = random.one_in(8);
    Filter::Range {
        slot,
        low: if is_empty { a.max(b).max(1) } else { a.min(b) },
        high: if is_empty { 0 } else { a.max(b) },
        negate: random.one_in(3),
    }
}

fn digit(random: &mut Random, kinds: &[Kind], draws: &[Draw], digits: &mut Vec<Digit>) {
    let slot = random.index(kinds.len());
    let whole = |code, extent| Digit {
        code,
        part: Part::Whole,
        extent,
    };
    match (draws[slot], random.below(4)) {
        (_, 0) => digits.push(whole(Code::Null { slot }, 2)),
        (Draw::Narrow { base, span }, 1) => {
            let low = lowest(kinds[slot], base, span);
            // Wrapped spans lie at both ends of the order: such a digit needs both halves.
            match low {
                Some(low) => digits.push(whole(Code::Offset { slot, low }, span)),
                None => halves(digits, Code::Offset { slot, low: 3 }),
            }
        }
        (Draw::Narrow { base, span }, _) if lowest(kinds[slot], base, span).is_some() => {
            let low = lowest(kinds[slot], base, span).unwrap();
            let (first, width) = (low.saturating_add(random.below(20)), 1 + random.below(50));
            digits.push(whole(Code::Bucket { slot, first, width }, span / width + 3));
        }
        (_, 1) if kinds[slot].is_wide() => {
            let width = *random.pick(&[2, 1000, 86_400_000, 1 << 33, u64::MAX / 3]);
            let first = random.next() >> 2;
            halves(digits, Code::Bucket { slot, first, width });
        }
        _ => {
            let slot = random.index(2);
            let shift = *random.pick(&[0, 8, 20, 26, 29, 31]);
            let first = (random.next() as u32) >> shift;
            let code = Code::Cell { slot, shift, first };
            digits.push(whole(code, 1 << (32 - shift)));
        }
    }
}

fn halves(digits: &mut Vec<Digit>, code: Code) {
    for part in [Part::High, Part::Low] {
        digits.push(Digit {
            code: code.clone(),
            part,
            extent: 1 << 32,
        });
    }
}

/// The least ordered word of a narrow span, if the span does not wrap in order.
fn lowest(kind: Kind, base: u64, span: u64) -> Option<u64> {
    let mask = if kind.is_wide() {
        u64::MAX
    } else {
        0xffff_ffff
    };
    let low = kind.order(base);
    let high = kind.order(base.wrapping_add(span - 1) & mask);
    (high >= low && high - low == span - 1).then_some(low)
}

/// A float that every chunk has, a power of two: its negated mantissa carries through both lower cuts.
/// It also keeps windows near `lanes::ZERO`: kernels' `Layout::merge` panics where a window of lanes lies far below
/// the empty one at `lanes::ZERO`.
fn middling(kind: Kind) -> Option<u64> {
    match kind {
        Kind::F32 => Some(u64::from((-1.0f32).to_bits())),
        Kind::F64 => Some((-1.0f64).to_bits()),
        _ => None,
    }
}

/// What chunks are made from.
struct Made<'a> {
    program: &'a Program,
    draws: &'a [Draw],
    edges: &'a [[f64; 4]],
    edge: u64,
}

fn chunk(random: &mut Random, made: &Made<'_>, number: usize, rows: usize) -> Chunk {
    let (program, draws) = (made.program, made.draws);
    let (mut lon, mut lat, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    let is_all_valid = random.one_in(2);
    for _ in 0..rows {
        let point = point(random, made.edges, made.edge);
        let is_point = is_all_valid || !random.one_in(20);
        lon.push(point.0);
        lat.push(point.1);
        valid.push(is_point && is_valid(point.0, point.1));
    }
    let watch = program.watch();
    let mut exact = ExactRows::default();
    let mut words = [Vec::new(), Vec::new()];
    for row in 0..rows {
        let (x, y) = if valid[row] {
            (x_of_lon(lon[row]), y_of_lat(lat[row]))
        } else {
            (0, 0)
        };
        words[0].push(u64::from(x));
        words[1].push(u64::from(y));
        if watch.x.contains(&x) || watch.y.contains(&y) {
            exact.rows.push(row as u32);
            exact.lon.push(lon[row]);
            exact.lat.push(lat[row]);
        }
    }
    let mut columns = Vec::new();
    for (slot, draw) in program.slots.iter().zip(draws).skip(2) {
        let is_constant = random.one_in(8);
        let first = middling(slot.kind).unwrap_or_else(|| bits(random, slot.kind, *draw));
        let mut values: Vec<u64> = (0..rows)
            .map(|_| {
                if is_constant {
                    first
                } else {
                    bits(random, slot.kind, *draw)
                }
            })
            .collect();
        values[0] = first;
        let validity = random.one_in(2).then(|| {
            (0..rows)
                .map(|_| !random.one_in(6))
                .collect::<BooleanBuffer>()
        });
        columns.push(encode(random, slot.kind, &values, validity));
    }
    let mut all: Vec<Column> = (words.iter())
        .map(|words| encode(random, Kind::U32, words, None))
        .collect();
    all.append(&mut columns);
    Chunk {
        origin: RowOrigin {
            object: format!("{:x}", random.next()).into(),
            etag: "1".into(),
            row_group: number,
            first_row: 0,
            rows,
        },
        columns: all,
        valid: valid.contains(&false).then(|| valid.into()),
        exact,
    }
}

/// Often on the edges of boxes, or next to them.
fn point(random: &mut Random, edges: &[[f64; 4]], edge: u64) -> (f64, f64) {
    let nudge = |random: &mut Random, v: f64| match random.below(4) {
        0 => v.next_up(),
        1 => v.next_down(),
        2 => v + (random.below(1000) as f64 - 500.0) * 1e-10,
        _ => v,
    };
    let mut lon = random.below(1 << 52) as f64 * 360.0 / (1u64 << 52) as f64 - 180.0;
    let mut lat = random.below(1 << 52) as f64 * 180.0 / (1u64 << 52) as f64 - 90.0;
    if !edges.is_empty() && random.one_in(edge) {
        let [west, _, east, _] = *random.pick(edges);
        let at = *random.pick(&[west, east]);
        lon = nudge(random, at);
    }
    if !edges.is_empty() && random.one_in(edge) {
        let [_, south, _, north] = *random.pick(edges);
        let at = *random.pick(&[south, north]);
        lat = nudge(random, at);
    }
    (lon, lat)
}

/// A column in any encoding that can hold the values.
pub(crate) fn encode(
    random: &mut Random,
    kind: Kind,
    values: &[u64],
    validity: Option<BooleanBuffer>,
) -> Column {
    let narrow = |v: &u64| *v as u32;
    let first = values.first().copied().unwrap_or(0);
    let plain = || {
        if kind.is_wide() {
            Data::Plain64(values.to_vec().into())
        } else {
            Data::Plain32(values.iter().map(narrow).collect::<Vec<_>>().into())
        }
    };
    let base = first.wrapping_sub(random.below(100));
    let offsets: Vec<u64> = values.iter().map(|v| v.wrapping_sub(base)).collect();
    let is_near = !kind.is_wide() || offsets.iter().all(|o| *o <= u64::from(u32::MAX));
    let offsets: Vec<u32> = offsets.iter().map(narrow).collect();
    let data = match random.below(4) {
        0 if values.iter().all(|v| *v == first) => Data::Constant {
            bits: first,
            rows: values.len(),
        },
        0 | 1 if is_near => Data::Packed {
            base,
            packed: Packed::pack(&offsets),
        },
        2 if is_near && kind.is_wide() => Data::Offset {
            base,
            offsets: offsets.into(),
        },
        _ => plain(),
    };
    Column::new(kind, data, validity)
}
