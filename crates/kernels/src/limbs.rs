//! Exact sums as limbs of 32 bits.
//!
//! A sum is `sum of limb[k] * 2^(32 (k - ZERO))` over its limbs, each an i64. A value touches two or
//! three neighbouring limbs: its bits, cut at multiples of 32, the upper cut carrying the sign. So
//! adding is integer adding, in any order, on any device, and nothing is rounded before the end. A
//! sum keeps only the window of limbs that its values need. Infinities are counted in two limbs
//! beyond those of any finite value.
//!
//! Source: the long accumulator of U. Kulisch, with carries deferred as in Collange, Defour, Graillat
//! and Iakymchuk, "Numerical reproducibility for the parallel reduction on multi- and many-core
//! architectures" (2015).

use crate::Accumulator;
use crate::exponents::Exponents;
use crate::typed::Bits;
use graticule_columns::{Column, Data, Kind};
use std::ops::Range;

/// The limb whose unit is 1.
pub const ZERO: u32 = 34;
/// The limb that counts positive infinities; the next one counts negative ones.
pub const INFINITY: u32 = 70;
/// One past the last limb.
pub const END: u32 = 72;
/// Rows that may be added before [`normalise`]: a cut is below 2^33 in size, a limb holds 63 bits.
pub const ROWS_BEFORE_NORMALISE: u64 = 1 << 29;

/// The limb of a sum of squares whose unit is 1: the square of the least f64 is 2^-2148.
pub const ZERO_SQUARES: u32 = 68;
/// One past the last limb of a sum of squares.
pub const END_SQUARES: u32 = 136;

/// One past the greatest limb that a sum may carry into.
pub fn most(accumulator: Accumulator) -> u32 {
    match accumulator {
        Accumulator::Squares { .. } => END_SQUARES,
        _ => INFINITY,
    }
}

/// The limbs that any value of an integer kind touches; empty for floats, whose values decide.
pub fn of_integers(accumulator: Accumulator, kind: Kind) -> Range<u32> {
    let (zero, width) = match accumulator {
        Accumulator::Squares { .. } => (ZERO_SQUARES, 2),
        _ => (ZERO, 1),
    };
    match kind {
        Kind::I32 | Kind::U32 => zero..zero + width,
        Kind::I64 | Kind::U64 => zero..zero + 2 * width,
        Kind::F32 | Kind::F64 => zero..zero,
    }
}

/// The limbs that the values of a column touch.
pub fn of_column(accumulator: Accumulator, column: &Column) -> Range<u32> {
    let kind = column.kind();
    let bits = match column.data() {
        Data::Plain32(words) => Bits::Narrow(words),
        Data::Plain64(words) => Bits::Wide(words),
        Data::Offset { .. } | Data::Packed { .. } | Data::Constant { .. } if kind.is_float() => {
            return 0..most(accumulator).max(END);
        }
        _ => Bits::Narrow(&[]),
    };
    if kind.is_float() {
        of_exponents(accumulator, kind, &Exponents::of(bits))
    } else {
        of_integers(accumulator, kind)
    }
}

/// The limbs that floats of some exponents touch.
pub(crate) fn of_exponents(
    accumulator: Accumulator,
    kind: Kind,
    exponents: &Exponents,
) -> Range<u32> {
    let is_squares = matches!(accumulator, Accumulator::Squares { .. });
    let &Exponents { low, high, .. } = exponents;
    let window = match (low > high, kind, is_squares) {
        (true, ..) => ZERO..ZERO,
        (_, Kind::F32, false) => bit_f32(low) / 32..bit_f32(high) / 32 + 2,
        (_, _, false) => bit_f64(low) / 32..bit_f64(high) / 32 + 3,
        (_, Kind::F32, true) => 2 * bit_f32(low) / 32..2 * bit_f32(high) / 32 + 3,
        (_, _, true) => 2 * bit_f64(low) / 32..2 * bit_f64(high) / 32 + 5,
    };
    if exponents.infinite && !is_squares {
        union(&window, &(INFINITY..END))
    } else {
        window
    }
}

/// The limbs of an accumulator over a column, from the window of the column's sum.
pub fn window(accumulator: Accumulator, kind: Kind, sums: &Range<u32>) -> Range<u32> {
    match accumulator {
        // Twice a place, and at most as many words more.
        Accumulator::Squares { .. } if kind.is_float() => {
            2 * sums.start..(2 * sums.end).min(END_SQUARES)
        }
        Accumulator::Squares { .. } => of_integers(accumulator, kind),
        _ => sums.clone(),
    }
}

/// The smallest window that holds both; an empty one adds nothing.
pub fn union(a: &Range<u32>, b: &Range<u32>) -> Range<u32> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}

/// The place of the last mantissa bit, counted from limb 0, for a biased f32 exponent.
#[inline]
pub(crate) fn bit_f32(exponent: u32) -> u32 {
    exponent.max(1) + 32 * ZERO - 150
}

/// As [`bit_f32`], for f64.
#[inline]
pub(crate) fn bit_f64(exponent: u32) -> u32 {
    exponent.max(1) + 32 * ZERO - 1075
}

/// A value as cuts: `cuts[i]` is to be added to limb `first + i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cuts<const N: usize> {
    /// Limb of the first cut.
    pub first: u32,
    /// What to add.
    pub cuts: [i64; N],
}

/// Cuts an f32; `None` for zeros and NaN.
#[inline]
pub fn cut_f32(bits: u32) -> Option<Cuts<2>> {
    let exponent = (bits >> 23) & 0xff;
    let fraction = bits & 0x007f_ffff;
    if exponent == 0xff {
        return (fraction == 0).then_some(Cuts {
            first: INFINITY,
            cuts: [i64::from(bits >> 31 == 0), i64::from(bits >> 31 != 0)],
        });
    }
    let mantissa = i64::from(fraction | (u32::from(exponent != 0) << 23));
    if mantissa == 0 {
        return None;
    }
    let bit = bit_f32(exponent);
    let signed = if bits >> 31 == 0 { mantissa } else { -mantissa };
    let shifted = signed << (bit % 32);
    Some(Cuts {
        first: bit / 32,
        cuts: [shifted & 0xffff_ffff, shifted >> 32],
    })
}

/// Cuts an f64; `None` for zeros and NaN.
#[inline]
pub fn cut_f64(bits: u64) -> Option<Cuts<3>> {
    let exponent = (bits >> 52) as u32 & 0x7ff;
    let fraction = bits & 0x000f_ffff_ffff_ffff;
    let is_negative = bits >> 63 != 0;
    if exponent == 0x7ff {
        return (fraction == 0).then_some(Cuts {
            first: INFINITY,
            cuts: [i64::from(!is_negative), i64::from(is_negative), 0],
        });
    }
    let mantissa = i128::from(fraction | (u64::from(exponent != 0) << 52));
    if mantissa == 0 {
        return None;
    }
    let bit = bit_f64(exponent);
    let shifted = if is_negative { -mantissa } else { mantissa } << (bit % 32);
    Some(Cuts {
        first: bit / 32,
        cuts: [
            (shifted & 0xffff_ffff) as i64,
            ((shifted >> 32) & 0xffff_ffff) as i64,
            (shifted >> 64) as i64,
        ],
    })
}

/// The square of a finite value as words to be added to the limbs from the first on: a mantissa is
/// squared and shifted by twice its place, which limb 68 being the unit makes whole. `None` for what
/// is zero, infinite or NaN.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "words are cut out")]
pub fn square(kind: Kind, bits: u64) -> Option<(u32, [u32; 5])> {
    let (mantissa, bit) = match kind {
        Kind::I32 => (
            u64::from((bits as u32).cast_signed().unsigned_abs()),
            32 * ZERO,
        ),
        Kind::U32 => (u64::from(bits as u32), 32 * ZERO),
        Kind::I64 => (bits.cast_signed().unsigned_abs(), 32 * ZERO),
        Kind::U64 => (bits, 32 * ZERO),
        Kind::F32 => {
            let exponent = (bits as u32 >> 23) & 0xff;
            if exponent == 0xff {
                return None;
            }
            let mantissa = (bits as u32 & 0x007f_ffff) | (u32::from(exponent != 0) << 23);
            (u64::from(mantissa), bit_f32(exponent))
        }
        Kind::F64 => {
            let exponent = (bits >> 52) as u32 & 0x7ff;
            if exponent == 0x7ff {
                return None;
            }
            let mantissa = (bits & 0x000f_ffff_ffff_ffff) | (u64::from(exponent != 0) << 52);
            (mantissa, bit_f64(exponent))
        }
    };
    if mantissa == 0 {
        return None;
    }
    let square = u128::from(mantissa) * u128::from(mantissa);
    let shift = 2 * bit % 32;
    let low = square << shift;
    let above = (square >> 1) >> (127 - shift);
    let word = |at: u32| (low >> (32 * at)) as u32;
    Some((
        2 * bit / 32,
        [word(0), word(1), word(2), word(3), above as u32],
    ))
}

/// Carries, so that each finite limb but the last holds 32 bits; the last keeps the sign.
pub fn normalise(accumulator: Accumulator, first: u32, limbs: &mut [u64]) {
    let finite = limbs
        .len()
        .min(most(accumulator).saturating_sub(first) as usize)
        .saturating_sub(1);
    let mut carry = 0i64;
    for limb in &mut limbs[..finite] {
        let value = limb.cast_signed() + carry;
        *limb = (value & 0xffff_ffff).cast_unsigned();
        carry = value >> 32;
    }
    if let Some(last) = limbs.get_mut(finite) {
        *last = (last.cast_signed() + carry).cast_unsigned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: Accumulator = Accumulator::Sum { slot: 0 };

    #[test]
    fn cuts_are_the_value() {
        // 1.5 = 3 * 2^-1: bit 31 and bit 32 counted from limb 33.
        let cuts = cut_f32(1.5f32.to_bits()).expect("a number");
        assert_eq!((cuts.first, cuts.cuts), (33, [1 << 31, 1]));
        let cuts = cut_f32((-1.5f32).to_bits()).expect("a number");
        assert_eq!((cuts.first, cuts.cuts), (33, [1 << 31, -2]));
        for v in [1.0, -1.0, 1e300, -5e-324, f64::MAX, 0.1, 123.456] {
            let cuts = cut_f64(f64::to_bits(v)).expect("a number");
            assert!(cuts.first + 3 <= INFINITY);
            let back: f64 = cuts
                .cuts
                .iter()
                .zip(cuts.first..)
                .map(|(&cut, limb)| {
                    // In two factors, for 2^-1088 is below f64's range.
                    let power = 32 * (limb.cast_signed() - ZERO.cast_signed());
                    #[expect(clippy::cast_precision_loss, reason = "cuts have at most 33 bits")]
                    let cut = cut as f64;
                    cut * 2f64.powi(power / 2) * 2f64.powi(power - power / 2)
                })
                .sum();
            assert_eq!(back, v);
        }
        assert_eq!(cut_f64(f64::NAN.to_bits()), None);
        assert_eq!(cut_f64((-0.0f64).to_bits()), None);
    }

    #[test]
    fn windows_hold_every_cut() {
        let values = [1e-30f32, 5.0, f32::MAX, 0.0, f32::NAN];
        let bits: Vec<u32> = values.iter().map(|v| v.to_bits()).collect();
        let column = Column::new(Kind::F32, Data::Plain32(bits.clone().into()), None);
        let window = of_column(SUM, &column);
        for cuts in bits.iter().filter_map(|&b| cut_f32(b)) {
            assert!(window.start <= cuts.first && cuts.first + 2 <= window.end);
        }
        assert!(!window.contains(&INFINITY));
    }

    #[test]
    fn carries() {
        let mut limbs = [(-1i64).cast_unsigned(), 0, 0];
        normalise(SUM, 34, &mut limbs);
        assert_eq!(limbs, [0xffff_ffff, 0xffff_ffff, (-1i64).cast_unsigned()]);
        let mut limbs = [u64::from(u32::MAX) + 5, 7, 3, 4];
        normalise(SUM, 68, &mut limbs);
        assert_eq!(limbs, [4, 8, 3, 4], "infinities are left alone");
    }
}
