//! From the limbs of a sum to a number: exact, then rounded once, to nearest, ties to even.

use crate::limbs::{INFINITY, ZERO, ZERO_SQUARES};
use num_bigint::{BigInt, BigUint, Sign};
use serde::{Deserialize, Serialize};

/// The exact value of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sum {
    /// `integer * 2^exponent`, as most sums are.
    Small {
        /// The integer.
        integer: i128,
        /// The power of two.
        exponent: i32,
    },
    /// The same of an integer that 128 bits do not hold.
    Finite {
        /// The integer.
        integer: BigInt,
        /// The power of two.
        exponent: i32,
    },
    /// Infinities of one sign were among the values.
    Infinite {
        /// Whether that sign is minus.
        is_negative: bool,
    },
    /// Infinities of both signs were.
    Undefined,
}

impl Sum {
    /// Reads the limbs of a record; `first` is the number of the first.
    pub fn of_limbs(first: u32, limbs: &[u64]) -> Self {
        let finite = limbs.len().min(INFINITY.saturating_sub(first) as usize);
        let infinities = |limb: u32| {
            let place = limb.checked_sub(first).map(|p| p as usize);
            place.and_then(|p| limbs.get(p)).is_some_and(|n| *n > 0)
        };
        match (infinities(INFINITY), infinities(INFINITY + 1)) {
            (true, true) => return Self::Undefined,
            (false, false) => {}
            (_, is_negative) => return Self::Infinite { is_negative },
        }
        let exponent = 32 * (first.cast_signed() - ZERO.cast_signed());
        if let Some(small) = small(&limbs[..finite], exponent) {
            return small;
        }
        let mut integer = BigInt::ZERO;
        for limb in limbs[..finite].iter().rev() {
            integer = (integer << 32) + limb.cast_signed();
        }
        Self::Finite { integer, exponent }
    }

    /// The integer and its power of two; `None` where there is none.
    fn finite(&self) -> Option<(BigInt, i32)> {
        match self {
            Self::Small { integer, exponent } => Some((BigInt::from(*integer), *exponent)),
            Self::Finite { integer, exponent } => Some((integer.clone(), *exponent)),
            Self::Infinite { .. } | Self::Undefined => None,
        }
    }

    /// The sum as an integer; `None` when it is not one or does not fit.
    pub fn to_i64(&self) -> Option<i64> {
        self.to_i128().and_then(|sum| i64::try_from(sum).ok())
    }

    /// As [`Self::to_i64`], of 128 bits.
    pub fn to_i128(&self) -> Option<i128> {
        let (integer, exponent) = self.finite()?;
        let whole = (exponent >= 0).then(|| integer << exponent)?;
        whole.try_into().ok()
    }

    /// The sum divided by `count` and rounded once; by 1 it is the rounded sum itself.
    ///
    /// # Panics
    /// When `count` is 0.
    pub fn divided_by(&self, count: u64) -> f64 {
        self.scaled(count, 0)
    }

    /// As [`Self::divided_by`], of values in units of `10^-scale`.
    ///
    /// # Panics
    /// When `count` is 0.
    pub fn scaled(&self, count: u64, scale: i8) -> f64 {
        assert!(count > 0, "a mean of nothing");
        match self {
            Self::Undefined => f64::NAN,
            Self::Infinite { is_negative } => {
                if *is_negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            Self::Small { integer, exponent } if scale == 0 && count < SMALL_COUNT => {
                let magnitude = ratio_small(integer.unsigned_abs(), count, *exponent);
                match integer.is_negative() {
                    true => -magnitude,
                    false => magnitude,
                }
            }
            Self::Small { .. } | Self::Finite { .. } => {
                let (integer, exponent) = self.finite().unwrap_or_default();
                let (numerator, denominator) = tens(integer.magnitude(), count.into(), scale);
                let magnitude = ratio(&numerator, &denominator, exponent);
                if integer.sign() == Sign::Minus {
                    -magnitude
                } else {
                    magnitude
                }
            }
        }
    }
}

/// A sum whose limbs but the zeros at both ends fit 128 bits.
fn small(limbs: &[u64], exponent: i32) -> Option<Sum> {
    let Some(low) = limbs.iter().position(|limb| *limb != 0) else {
        return Some(Sum::Small {
            integer: 0,
            exponent,
        });
    };
    // Limbs of fractions say that the values may have had some.
    let fractions = usize::try_from(-exponent / 32).unwrap_or(0);
    let low = match fractions {
        0 => low,
        some => low.min(some - 1),
    };
    let mut integer = 0i128;
    for limb in limbs[low..].iter().rev() {
        let shifted = integer.checked_mul(1 << 32)?;
        integer = shifted.checked_add(limb.cast_signed().into())?;
    }
    let exponent = exponent + 32 * i32::try_from(low).ok()?;
    Some(Sum::Small { integer, exponent })
}

/// Counts below this leave room for a quotient of 66 bits.
const SMALL_COUNT: u64 = 1 << 62;

/// As [`ratio`], of integers that 128 bits hold, by a count below [`SMALL_COUNT`].
fn ratio_small(numerator: u128, denominator: u64, exponent: i32) -> f64 {
    if numerator == 0 {
        return 0.0;
    }
    let denominator = u128::from(denominator);
    // A quotient of at least 66 bits, whose last bit also says whether anything was cut off: the shifted numerator has
    // at most 128.
    let wanted = 66 + (u128::BITS - denominator.leading_zeros());
    let shift = wanted.saturating_sub(u128::BITS - numerator.leading_zeros());
    let scaled = numerator << shift;
    let quotient = scaled / denominator;
    let sticky = quotient * denominator != scaled;
    round(quotient, sticky, i64::from(exponent) - i64::from(shift))
}

/// A moment about the mean that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spread {
    /// The sample variance.
    Variance,
    /// Its square root.
    Deviation,
    /// The variance of all there is.
    VarianceOfAll,
    /// Its square root.
    DeviationOfAll,
}

impl Spread {
    /// The fewest values that have one.
    pub fn least(self) -> u64 {
        match self {
            Self::Variance | Self::Deviation => 2,
            Self::VarianceOfAll | Self::DeviationOfAll => 1,
        }
    }
}

/// The quotient of two integers times `10^tens`, rounded once.
///
/// # Panics
/// When the denominator is 0.
pub fn quotient(numerator: i128, denominator: i128, tens: i16) -> f64 {
    assert!(denominator != 0, "a quotient of nothing");
    let big = |value: i128| BigUint::from(value.unsigned_abs());
    let power = BigUint::from(10u32).pow(tens.unsigned_abs().into());
    let size = match tens < 0 {
        true => ratio(&big(numerator), &(big(denominator) * power), 0),
        false => ratio(&(big(numerator) * power), &big(denominator), 0),
    };
    if numerator == 0 || (numerator < 0) == (denominator < 0) {
        size
    } else {
        -size
    }
}

/// A fraction in units of `10^-scale` as one of 1.
fn tens(numerator: &BigUint, denominator: BigUint, scale: i8) -> (BigUint, BigUint) {
    let ten = BigUint::from(10u32).pow(scale.unsigned_abs().into());
    match scale {
        ..0 => (numerator * ten, denominator),
        0 => (numerator.clone(), denominator),
        1.. => (numerator.clone(), denominator * ten),
    }
}

/// The sample variance of `count` values, at least 2, in units of `10^-scale`, or its root: the exact
/// rational `(n * squares - sum^2) / (n (n - 1))`, rounded once; of all there is, at least 1, over `n n`. NaN when an
/// infinity was among the values.
///
/// # Panics
/// When `count` is below [`Spread::least`].
pub fn spread(spread: Spread, sum: &Sum, squares: (u32, &[u64]), count: u64, scale: i8) -> f64 {
    assert!(count >= spread.least(), "a variance of too few values");
    let Some((integer, exponent)) = sum.finite() else {
        return f64::NAN;
    };
    let (first, limbs) = squares;
    let mut total = BigInt::ZERO;
    for limb in limbs.iter().rev() {
        total = (total << 32) + limb.cast_signed();
    }
    // Both terms in units of the finer one's last bit.
    let of_squares = 32 * (first.cast_signed() - ZERO_SQUARES.cast_signed());
    let unit = of_squares.min(2 * exponent);
    let squares = (total * count) << (of_squares - unit);
    let square = (&integer * &integer) << (2 * exponent - unit);
    let difference = squares - square;
    let denominator = BigUint::from(count) * BigUint::from(count + 1 - spread.least());
    // Squares are in units of the square.
    let (numerator, denominator) = tens(difference.magnitude(), denominator, scale);
    let (numerator, denominator) = tens(&numerator, denominator, scale);
    match spread {
        Spread::Variance | Spread::VarianceOfAll => ratio(&numerator, &denominator, unit),
        Spread::Deviation | Spread::DeviationOfAll => root(&numerator, &denominator, unit),
    }
}

/// `sqrt(numerator / denominator * 2^exponent)`, rounded once.
fn root(numerator: &BigUint, denominator: &BigUint, exponent: i32) -> f64 {
    if numerator.bits() == 0 {
        return 0.0;
    }
    // The root of a quotient of at least 132 bits has 66; its rest is told by the sticky bit.
    let wanted = 133 + denominator.bits();
    let mut shift =
        i64::try_from(wanted).unwrap_or(0) - i64::try_from(numerator.bits()).unwrap_or(0);
    // The power of two that is left outside must be even.
    if (i64::from(exponent) - shift) % 2 != 0 {
        shift += 1;
    }
    let (scaled, mut sticky) = shifted(numerator, shift);
    let quotient = &scaled / denominator;
    sticky |= &quotient * denominator != scaled;
    let root = quotient.sqrt();
    sticky |= &root * &root != quotient;
    let surplus = root.bits().saturating_sub(100);
    let kept = &root >> surplus;
    sticky |= &kept << surplus != root;
    let kept = u128::try_from(kept).unwrap_or(0);
    let exponent = (i64::from(exponent) - shift) / 2 + i64::try_from(surplus).unwrap_or(0);
    round(kept, sticky, exponent)
}

/// `value * 2^shift`, and whether bits were cut off.
fn shifted(value: &BigUint, shift: i64) -> (BigUint, bool) {
    if shift >= 0 {
        return (value << shift, false);
    }
    let kept = value >> -shift;
    let cut = &kept << -shift != *value;
    (kept, cut)
}

/// `numerator / denominator * 2^exponent`, rounded once.
fn ratio(numerator: &BigUint, denominator: &BigUint, exponent: i32) -> f64 {
    if numerator.bits() == 0 {
        return 0.0;
    }
    // A quotient of at least 66 bits, whose last bit also says whether anything was cut off.
    let wanted = 66 + denominator.bits();
    let shift = wanted.saturating_sub(numerator.bits());
    let scaled = numerator << shift;
    let quotient = &scaled / denominator;
    let mut sticky = (&quotient * denominator) != scaled;
    let surplus = quotient.bits().saturating_sub(66);
    let kept = &quotient >> surplus;
    sticky |= (&kept << surplus) != quotient;
    let kept = u128::try_from(kept).unwrap_or(0);
    let exponent = i64::from(exponent) + i64::try_from(surplus).unwrap_or(0)
        - i64::try_from(shift).unwrap_or(0);
    round(kept, sticky, exponent)
}

/// `(integer + something below one, if sticky) * 2^exponent` as the nearest f64.
fn round(integer: u128, sticky: bool, exponent: i64) -> f64 {
    let bits = i64::from(128 - integer.leading_zeros());
    // The result's last mantissa bit is worth 2^last: 53 bits, or fewer where it is subnormal.
    let last = (exponent + bits - 53).max(-1074);
    let cut = last - exponent;
    let (mut mantissa, half, rest) = if cut <= 0 {
        (integer << (-cut).min(127), false, sticky)
    } else if cut > 128 {
        (0, false, true)
    } else {
        let whole = integer
            .checked_shr(u32::try_from(cut).unwrap_or(128))
            .unwrap_or(0);
        let half = (integer >> (cut - 1)) & 1 == 1;
        let below = integer & ((1u128 << (cut - 1)) - 1);
        (whole, half, below != 0 || sticky)
    };
    mantissa += u128::from(half && (rest || mantissa & 1 == 1));
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53, which is exact")]
    let mantissa = mantissa as f64;
    scale(mantissa, last)
}

/// `value * 2^power`, exact where the result is representable, infinite beyond.
fn scale(mut value: f64, mut power: i64) -> f64 {
    let two_to = |n: i64| f64::from_bits(u64::try_from(n + 1023).unwrap_or(0) << 52);
    while power > 1000 && value.is_finite() {
        value *= two_to(1000);
        power -= 1000;
    }
    while power < -1000 {
        value *= two_to(-1000);
        power += 1000;
    }
    value * two_to(power.min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::{cut_f64, normalise};
    use graticule_columns::Kind;

    fn sum(values: &[f64]) -> Sum {
        let mut limbs = vec![0u64; 72];
        for cuts in values.iter().filter_map(|v| cut_f64(v.to_bits())) {
            for (i, cut) in cuts.cuts.iter().enumerate().filter(|(_, c)| **c != 0) {
                let limb = &mut limbs[cuts.first as usize + i];
                *limb = limb.wrapping_add(cut.cast_unsigned());
            }
        }
        normalise(crate::Accumulator::Sum { slot: 0 }, 0, &mut limbs);
        Sum::of_limbs(0, &limbs)
    }

    fn spread_of(values: &[f64], what: Spread) -> f64 {
        let mut limbs = vec![0u64; 136];
        for v in values {
            if let Some((first, words)) = crate::limbs::square(Kind::F64, v.to_bits()) {
                for (limb, word) in limbs[first as usize..].iter_mut().zip(words) {
                    *limb += u64::from(word);
                }
            }
        }
        spread(what, &sum(values), (0, &limbs), values.len() as u64, 0)
    }

    #[test]
    fn spreads_are_rounded_once() {
        let variance = |values: &[f64]| spread_of(values, Spread::Variance);
        assert_eq!(variance(&[1.0, 2.0, 4.0]), 7.0 / 3.0);
        assert_eq!(variance(&[1e9 + 0.5, 1e9, 1e9 + 1.0]), 0.25);
        assert_eq!(variance(&[3.0, 3.0]), 0.0);
        assert_eq!(variance(&[1e200, -1e200]), f64::INFINITY);
        assert_eq!(
            variance(&[1.0, f64::INFINITY]).to_bits(),
            f64::NAN.to_bits()
        );
        let deviation = |values: &[f64]| spread_of(values, Spread::Deviation);
        assert_eq!(deviation(&[1.0, 2.0, 4.0]), (7.0f64 / 3.0).sqrt());
        assert_eq!(deviation(&[1e200, -1e200]), 1.414_213_562_373_095e200);
        assert_eq!(deviation(&[0.0, 2.0]), 2f64.sqrt());
        assert_eq!(
            deviation(&[0.0, 5e-324]),
            5e-324,
            "0.707 of the least is rounded up"
        );
    }

    #[test]
    fn small_sums_are_rounded_as_large_ones_are() {
        let mut state = 1u64;
        let mut next = || {
            // Knuth's MMIX generator.
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        for _ in 0..20_000 {
            let cut = u32::try_from(next() % 127).expect("small");
            let numerator = (u128::from(next()) << 75 | u128::from(next())) >> cut;
            let count = (next() >> (next() % 53)).max(1);
            let exponent = i32::try_from(next() % 2400).expect("small") - 1200;
            let large = ratio(&numerator.into(), &count.into(), exponent);
            let small = ratio_small(numerator, count, exponent);
            assert_eq!(
                small.to_bits(),
                large.to_bits(),
                "{numerator} / {count}, {exponent}"
            );
        }
        let most = ratio_small(u128::MAX, SMALL_COUNT - 1, 0);
        let known = ratio(&u128::MAX.into(), &(SMALL_COUNT - 1).into(), 0);
        assert_eq!(most, known);
    }

    #[test]
    fn sums_beyond_128_bits_are_large() {
        let is_small = |limbs: &[u64]| matches!(Sum::of_limbs(40, limbs), Sum::Small { .. });
        assert!(is_small(&[0, 0, 5, 1 << 31, 7, 0, 0]));
        assert!(is_small(&[1, 2, 3, (1 << 31) - 1]));
        assert!(!is_small(&[1, 2, 3, 1 << 31]));
        assert!(!is_small(&[1, 0, 0, 0, 0, 1]));
        assert!(is_small(&[(-1i64).cast_unsigned(), 0, 0, 1]));
    }

    #[test]
    fn rounded_once() {
        assert_eq!(sum(&[1e308, 1e308, -1e308]).divided_by(1), 1e308);
        assert_eq!(sum(&[1e308, 1e308]).divided_by(1), f64::INFINITY);
        assert_eq!(sum(&[1e308, 1e308]).divided_by(2), 1e308);
        assert_eq!(
            sum(&[9_007_199_254_740_992.0, 1.0]).divided_by(1),
            9_007_199_254_740_992.0
        );
        let tie = sum(&[9_007_199_254_740_992.0, 1.0, 5e-324]);
        assert_eq!(tie.divided_by(1), 9_007_199_254_740_994.0);
        assert_eq!(sum(&[1.0, 1e-30, -1.0]).divided_by(1), 1e-30);
        assert_eq!(sum(&[5e-324, 5e-324, 5e-324]).divided_by(2), 1e-323);
        assert_eq!(sum(&[5e-324]).divided_by(2), 0.0);
        assert_eq!(sum(&[-5e-324, -5e-324]).divided_by(2), -5e-324);
        assert_eq!(sum(&[f64::MAX]).divided_by(1), f64::MAX);
        assert_eq!(sum(&[1.0, 1.0, 2.0]).divided_by(3), 4.0 / 3.0);
        assert_eq!(sum(&[]).divided_by(7), 0.0);
        assert_eq!(sum(&[f64::INFINITY, -1.0]).divided_by(1), f64::INFINITY);
        assert_eq!(
            sum(&[f64::NEG_INFINITY, -1.0]).divided_by(1),
            f64::NEG_INFINITY
        );
        assert!(
            sum(&[f64::NEG_INFINITY, f64::INFINITY])
                .divided_by(1)
                .is_nan()
        );
        assert_eq!(
            sum(&[0.5, 0.5, -3.0]).to_i64(),
            None,
            "its exponent says halves"
        );
        assert_eq!(Sum::of_limbs(34, &[5, 1]).to_i64(), Some((1 << 32) + 5));
    }
}
