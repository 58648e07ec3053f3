use crate::exponents::Exponents;
use crate::limbs::{self, Cuts, INFINITY};
use crate::places::{Places, Records};
use crate::typed::Bits;
use graticule_columns::Kind;
use multiversion::multiversion;
use std::ops::Range;

/// Adds values, given as their bits, to sums that have the limbs of `window`. Floats have the exponents given,
/// or only some of them.
pub(crate) fn sum(
    records: &mut Records<'_>,
    places: &Places<'_>,
    kind: Kind,
    bits: Bits<'_>,
    window: &Range<u32>,
    exponents: &Exponents,
) {
    match (kind, bits) {
        (Kind::I32, Bits::Narrow(bits)) => {
            narrow(records, places, bits, |bits| i64::from(bits.cast_signed()));
        }
        (Kind::U32, Bits::Narrow(bits)) => narrow(records, places, bits, i64::from),
        (Kind::I64, Bits::Wide(bits)) => {
            wide(records, places, bits, |bits| bits.cast_signed() >> 32);
        }
        (Kind::U64, Bits::Wide(bits)) => {
            wide(records, places, bits, |bits| (bits >> 32).cast_signed());
        }
        (_, Bits::Narrow(bits)) => floats::<F32>(records, places, bits, window, exponents),
        (_, Bits::Wide(bits)) => floats::<F64>(records, places, bits, window, exponents),
    }
}

#[multiversion(targets = "simd")]
fn narrow(
    records: &mut Records<'_>,
    places: &Places<'_>,
    bits: &[u32],
    value: impl Fn(u32) -> i64 + Copy,
) {
    if let Some(runs) = places.runs() {
        for (place, run) in runs {
            let mut sum = 0i64;
            for &bits in &bits[run] {
                sum = sum.wrapping_add(value(bits));
            }
            add(records, place, 0, [sum]);
        }
        return;
    }
    for (&place, &bits) in places.each.iter().zip(bits) {
        add(records, place, 0, [value(bits)]);
    }
}

#[multiversion(targets = "simd")]
fn wide(
    records: &mut Records<'_>,
    places: &Places<'_>,
    bits: &[u64],
    upper: impl Fn(u64) -> i64 + Copy,
) {
    let lower = |bits: u64| (bits & 0xffff_ffff).cast_signed();
    if let Some(runs) = places.runs() {
        for (place, run) in runs {
            let mut sums = [0i64; 2];
            for &bits in &bits[run] {
                sums[0] = sums[0].wrapping_add(lower(bits));
                sums[1] = sums[1].wrapping_add(upper(bits));
            }
            add(records, place, 0, sums);
        }
        return;
    }
    for (&place, &bits) in places.each.iter().zip(bits) {
        add(records, place, 0, [lower(bits), upper(bits)]);
    }
}

#[inline(always)]
fn add<const N: usize>(records: &mut Records<'_>, place: u32, limb: u32, cuts: [i64; N]) {
    let at = place as usize * records.stride + records.at + limb as usize;
    for (word, cut) in records.words[at..at + N].iter_mut().zip(cuts) {
        *word = word.wrapping_add(cut.cast_unsigned());
    }
}

/// How floats of a kind are added.
trait Float {
    type Bits: Copy;
    /// A run's values lie in an i64 each, or two, where their exponents are at most so far apart.
    const NEAR: u32;
    /// Or in an i128.
    const FAR: u32;

    /// The place of the last mantissa bit, counted from limb 0.
    fn bit(exponent: u32) -> u32;
    /// Adds one value.
    fn one(records: &mut Records<'_>, place: u32, bits: Self::Bits, first: u32);
    /// The sum of a run in units of the last mantissa bit at exponent `low`.
    fn near(run: &[Self::Bits], low: u32) -> i128;
    fn far(run: &[Self::Bits], low: u32) -> i128;
}

/// Rows of a run, at most: those of a vector, of which there are 2^10.
const RUN_BITS: u32 = 10;
const _: () = assert!(crate::VECTOR <= 1 << RUN_BITS);

struct F32;

impl Float for F32 {
    type Bits = u32;
    const NEAR: u32 = 63 - 24 - RUN_BITS;
    const FAR: u32 = 127 - 24 - RUN_BITS;

    fn bit(exponent: u32) -> u32 {
        limbs::bit_f32(exponent)
    }

    #[inline(always)]
    fn one(records: &mut Records<'_>, place: u32, bits: u32, first: u32) {
        if let Some(Cuts { first: limb, cuts }) = limbs::cut_f32(bits) {
            add(records, place, limb - first, cuts);
        }
    }

    #[inline(always)]
    fn near(run: &[u32], low: u32) -> i128 {
        let mut sum = 0i64;
        for &bits in run {
            let (mantissa, shift, sign) = parts_f32(bits, low);
            let shifted = i64::from(mantissa) << (shift & 63);
            sum += (shifted ^ i64::from(sign)) - i64::from(sign);
        }
        i128::from(sum)
    }

    #[inline(always)]
    fn far(run: &[u32], low: u32) -> i128 {
        let mut sum = 0i128;
        for &bits in run {
            let (mantissa, shift, sign) = parts_f32(bits, low);
            let shifted = i128::from(mantissa) << (shift & 127);
            sum += (shifted ^ i128::from(sign)) - i128::from(sign);
        }
        sum
    }
}

/// The mantissa, how far it is shifted, and -1 for a negative value. A zero's mantissa is 0, whatever its shift.
#[inline(always)]
fn parts_f32(bits: u32, low: u32) -> (u32, u32, i32) {
    let exponent = (bits >> 23) & 0xff;
    let mantissa = (bits & 0x007f_ffff) | (u32::from(exponent != 0) << 23);
    let shift = exponent.max(1).wrapping_sub(low);
    (mantissa, shift, bits.cast_signed() >> 31)
}

struct F64;

impl Float for F64 {
    type Bits = u64;
    const NEAR: u32 = 63 - 32 - RUN_BITS;
    const FAR: u32 = 127 - 53 - RUN_BITS;

    fn bit(exponent: u32) -> u32 {
        limbs::bit_f64(exponent)
    }

    #[inline(always)]
    fn one(records: &mut Records<'_>, place: u32, bits: u64, first: u32) {
        match limbs::cut_f64(bits) {
            // The third cut of an infinity is nothing, and the window may end before it.
            Some(Cuts {
                first: limb,
                cuts: [a, b, _],
            }) if limb == INFINITY => add(records, place, limb - first, [a, b]),
            Some(Cuts { first: limb, cuts }) => add(records, place, limb - first, cuts),
            None => {}
        }
    }

    /// In two halves of a mantissa.
    #[inline(always)]
    fn near(run: &[u64], low: u32) -> i128 {
        let (mut lower, mut upper) = (0i64, 0i64);
        for &bits in run {
            let (mantissa, shift, sign) = parts_f64(bits, low);
            let half = |half: u64| {
                let shifted = (half << (shift & 63)).cast_signed();
                (shifted ^ sign) - sign
            };
            lower += half(mantissa & 0xffff_ffff);
            upper += half(mantissa >> 32);
        }
        i128::from(lower) + (i128::from(upper) << 32)
    }

    #[inline(always)]
    fn far(run: &[u64], low: u32) -> i128 {
        let mut sum = 0i128;
        for &bits in run {
            let (mantissa, shift, sign) = parts_f64(bits, low);
            let shifted = i128::from(mantissa) << (shift & 127);
            sum += (shifted ^ i128::from(sign)) - i128::from(sign);
        }
        sum
    }
}

/// As [`parts_f32`].
#[inline(always)]
fn parts_f64(bits: u64, low: u32) -> (u64, u64, i64) {
    let exponent = (bits >> 52) & 0x7ff;
    let mantissa = (bits & 0x000f_ffff_ffff_ffff) | (u64::from(exponent != 0) << 52);
    let shift = exponent.max(1).wrapping_sub(u64::from(low));
    (mantissa, shift, bits.cast_signed() >> 63)
}

#[multiversion(targets = "simd")]
fn floats<F: Float>(
    records: &mut Records<'_>,
    places: &Places<'_>,
    bits: &[F::Bits],
    window: &Range<u32>,
    exponents: &Exponents,
) {
    if exponents.is_nothing() {
        return;
    }
    let low = exponents.low.max(1);
    let apart = exponents.high.saturating_sub(low);
    let is_near = apart <= F::NEAR;
    match places.runs() {
        Some(runs) if !exponents.infinite && apart <= F::FAR => {
            for (place, run) in runs {
                let run = &bits[run];
                let sum = if is_near {
                    F::near(run, low)
                } else {
                    F::far(run, low)
                };
                add_sum(records, place, sum, F::bit(low), window);
            }
        }
        _ => {
            for (&place, &bits) in places.each.iter().zip(bits) {
                F::one(records, place, bits, window.start);
            }
        }
    }
}

/// Adds a sum in units of a bit, counted from limb 0. Its top limb takes what is left of it: so much only as
/// the values' own cuts would add there.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "pieces are cut out")]
fn add_sum(records: &mut Records<'_>, place: u32, sum: i128, bit: u32, window: &Range<u32>) {
    let limb = bit / 32;
    let end = window.end.min(INFINITY);
    let at = place as usize * records.stride + records.at + (limb - window.start) as usize;
    // In two pieces, for the shift may push bits beyond 127.
    let (lower, upper) = (sum & 0xffff_ffff, sum >> 32);
    let (lower, upper) = ((lower as u64) << (bit % 32), upper << (bit % 32));
    // Values have at least two.
    let top = ((end - limb - 1) as usize).min(MOST_LIMBS);
    let words = &mut records.words[at..=at + top];
    let mut put = |i: usize, cut: i64| words[i] = words[i].wrapping_add(cut.cast_unsigned());
    put(0, (lower & 0xffff_ffff) as i64);
    let mut rest = upper + i128::from(lower >> 32);
    for i in 1..top {
        put(i, (rest & 0xffff_ffff) as i64);
        rest >>= 32;
    }
    put(top, rest as i64);
}

/// Limbs after the first that 127 bits and a shift by less than a limb reach.
const MOST_LIMBS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::Scratch;
    use crate::typed::Word;
    use crate::{Accumulator, VECTOR};

    const WINDOW: Range<u32> = 0..limbs::END;

    /// The limbs of rows of one place, in runs as they are.
    fn limbs_of(kind: Kind, bits: Bits<'_>, rows: usize) -> Vec<u64> {
        let mut words = vec![0; WINDOW.len()];
        let mut records = Records {
            words: &mut words,
            stride: WINDOW.len(),
            at: 0,
        };
        let (each, mut scratch) = (vec![0; rows], Scratch::default());
        let places = Places::new(&each, &mut scratch);
        let exponents = Exponents::of(bits);
        sum(&mut records, &places, kind, bits, &WINDOW, &exponents);
        words
    }

    /// Adds a vector of values of which one has another exponent than the rest, which have all their bits, as one run and
    /// as runs of one row.
    fn check(apart: u32, is_wide: bool, is_negative: bool) {
        let sign = u64::from(is_negative);
        let wide: Vec<u64> = (0..VECTOR)
            .map(|i| match (i, is_wide) {
                (0, true) => 900 << 52,
                (_, true) => sign << 63 | u64::from(900 + apart) << 52 | (u64::MAX >> 12),
                (0, false) => 60 << 23,
                (_, false) => sign << 31 | u64::from(60 + apart) << 23 | 0x7f_ffff,
            })
            .collect();
        let narrow: Vec<u32> = wide.iter().map(|bits| Word::cut(*bits)).collect();
        let kind = if is_wide { Kind::F64 } else { Kind::F32 };
        let of = |rows: Range<usize>| match is_wide {
            true => Bits::Wide(&wide[rows]),
            false => Bits::Narrow(&narrow[rows]),
        };
        let mut run = limbs_of(kind, of(0..VECTOR), VECTOR);
        let mut each = vec![0u64; WINDOW.len()];
        for row in 0..VECTOR {
            for (sum, limb) in each.iter_mut().zip(limbs_of(kind, of(row..row + 1), 1)) {
                *sum = sum.wrapping_add(limb);
            }
        }
        for limbs in [&mut run, &mut each] {
            limbs::normalise(Accumulator::Sum { slot: 0 }, 0, limbs);
        }
        assert_eq!(run, each, "{kind:?}, {apart} apart");
    }

    #[test]
    fn a_run_of_far_values_fits_its_registers() {
        for is_negative in [false, true] {
            for near in [F32::NEAR, F32::FAR] {
                (near - 1..near + 2).for_each(|apart| check(apart, false, is_negative));
            }
            for near in [F64::NEAR, F64::FAR] {
                (near - 1..near + 2).for_each(|apart| check(apart, true, is_negative));
            }
        }
    }
}
