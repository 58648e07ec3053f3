//! Random values of columns, and every encoding of them.

use crate::support::Random;
use arrow_buffer::BooleanBuffer;
use graticule_columns::{Column, Data, Kind, Packed};

pub(crate) const KINDS: [Kind; 6] = [
    Kind::I32,
    Kind::U32,
    Kind::I64,
    Kind::U64,
    Kind::F32,
    Kind::F64,
];

/// How a slot's values are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Draw {
    /// Any bits, extremes often.
    Wild,
    /// A small span from a base.
    Narrow { base: u64, span: u64 },
}

pub(crate) fn draw(random: &mut Random, kind: Kind) -> Draw {
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

/// The greatest ordered word of a kind.
pub(crate) fn mask(kind: Kind) -> u64 {
    if kind.is_wide() {
        u64::MAX
    } else {
        0xffff_ffff
    }
}

pub(crate) fn bits(random: &mut Random, kind: Kind, draw: Draw) -> u64 {
    let mask = mask(kind);
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

/// The least ordered word of a narrow span, if the span does not wrap in order.
pub(crate) fn lowest(kind: Kind, base: u64, span: u64) -> Option<u64> {
    let mask = mask(kind);
    let low = kind.order(base);
    let high = kind.order(base.wrapping_add(span - 1) & mask);
    (high >= low && high - low == span - 1).then_some(low)
}

/// A float that every chunk has, a power of two: its negated mantissa carries through both lower cuts.
pub(crate) fn middling(kind: Kind) -> Option<u64> {
    match kind {
        Kind::F32 => Some(u64::from((-1.0f32).to_bits())),
        Kind::F64 => Some((-1.0f64).to_bits()),
        _ => None,
    }
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
