//! How values of two columns compare: by the numbers that they stand for, whatever their kinds and units, exactly.

use crate::{Kind, Scalar};
use arrow_buffer::i256;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What one of a column's whole numbers stands for: `times / 10^digits`. Floats stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unit {
    /// At most 10^18.
    pub times: u64,
    /// At most 38.
    pub digits: u8,
}

impl Unit {
    /// One.
    pub const ONE: Self = Self {
        times: 1,
        digits: 0,
    };

    /// Whether it is within its limits, which those that come with a part may not be.
    pub fn is_valid(self) -> bool {
        (1..=1_000_000_000_000_000_000).contains(&self.times) && self.digits <= 38
    }
}

/// How a value compares with another, as a word of [`Kind::U32`].
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compared {
    /// It is less.
    Less = 0,
    /// It is equal; zeros of both signs are.
    Equal = 1,
    /// It is greater.
    Greater = 2,
    /// One of both is NaN.
    Unordered = 3,
}

impl From<Option<Ordering>> for Compared {
    /// `None` is of NaN.
    fn from(order: Option<Ordering>) -> Self {
        match order {
            Some(Ordering::Less) => Self::Less,
            Some(Ordering::Equal) => Self::Equal,
            Some(Ordering::Greater) => Self::Greater,
            None => Self::Unordered,
        }
    }
}

/// How a value of a kind and a unit compares with another; `None` where one of both is NaN.
pub fn compare(left: (Kind, Unit, u64), right: (Kind, Unit, u64)) -> Option<Ordering> {
    let counted = |whole: i128, unit: Unit| whole * i128::from(unit.times);
    match (left.0.scalar(left.2), right.0.scalar(right.2)) {
        (Scalar::Float(a), Scalar::Float(b)) => a.partial_cmp(&b),
        (Scalar::Whole(a), Scalar::Whole(b)) => {
            let (a, b) = (counted(a, left.1), counted(b, right.1));
            let (here, there) = (left.1.digits, right.1.digits);
            if here == there {
                return Some(a.cmp(&b));
            }
            let least = here.min(there);
            let scaled = |n: i128, other: u8| i256::from_i128(n).wrapping_mul(tens(other - least));
            Some(scaled(a, there).cmp(&scaled(b, here)))
        }
        (Scalar::Whole(a), Scalar::Float(b)) => exactly(counted(a, left.1), left.1.digits, b),
        (Scalar::Float(a), Scalar::Whole(b)) => {
            exactly(counted(b, right.1), right.1.digits, a).map(Ordering::reverse)
        }
    }
}

fn tens(digits: u8) -> i256 {
    i256::from_i128(10).wrapping_pow(digits.into())
}

/// How `whole / 10^digits`, of at most 38 digits, compares with a float; `None` with NaN.
///
/// All products stay within 256 bits: both sides are below 2^127, as 10^38 is.
pub fn exactly(whole: i128, digits: u8, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Beyond all that is compared with it.
    if float.abs() >= 2f64.powi(127) {
        return Some(match float > 0.0 {
            true => Ordering::Less,
            false => Ordering::Greater,
        });
    }
    let bits = float.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let (mantissa, exponent) = match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    };
    let mantissa = if float < 0.0 { -mantissa } else { mantissa };
    let float = i256::from_i128(mantissa).wrapping_mul(tens(digits));
    let whole = i256::from_i128(whole);
    Some(match u8::try_from(exponent.unsigned_abs()) {
        Ok(up) if exponent >= 0 => whole.cmp(&(float << up)),
        Ok(down @ ..=127) => (whole << down).cmp(&float),
        // So far down the float leaves a fraction behind, but for zero: it has at most 91 twos.
        down => {
            let floor = match down {
                Ok(down) => float >> down,
                Err(_) if mantissa < 0 => i256::MINUS_ONE,
                Err(_) => i256::ZERO,
            };
            whole.cmp(&floor).then(match mantissa {
                0 => Ordering::Equal,
                _ => Ordering::Less,
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(left: (Kind, Unit, u64), expected: Compared, right: (Kind, Unit, u64)) {
        let compare = |left, right| Compared::from(compare(left, right));
        assert_eq!(compare(left, right), expected, "{left:?} {right:?}");
        let turned = match expected {
            Compared::Less => Compared::Greater,
            Compared::Greater => Compared::Less,
            same => same,
        };
        assert_eq!(compare(right, left), turned, "{right:?} {left:?}");
    }

    fn i64(n: i64) -> (Kind, Unit, u64) {
        (Kind::I64, Unit::ONE, n.cast_unsigned())
    }

    fn f64(n: f64) -> (Kind, Unit, u64) {
        (Kind::F64, Unit::ONE, n.to_bits())
    }

    fn decimal(n: i64, digits: u8) -> (Kind, Unit, u64) {
        (Kind::I64, Unit { times: 1, digits }, n.cast_unsigned())
    }

    #[test]
    fn whole_numbers_of_all_widths() {
        use Compared::{Equal, Greater, Less};
        is((Kind::U64, Unit::ONE, u64::MAX), Greater, i64(-1));
        is((Kind::U64, Unit::ONE, 1 << 63), Greater, i64(i64::MAX));
        is(
            (Kind::I32, Unit::ONE, u64::from((-1i32).cast_unsigned())),
            Less,
            (Kind::U32, Unit::ONE, 0),
        );
        is((Kind::U32, Unit::ONE, 7), Equal, i64(7));
    }

    #[test]
    fn floats_with_whole_numbers_to_the_last_digit() {
        use Compared::{Equal, Greater, Less, Unordered};
        is(i64((1 << 53) + 1), Greater, f64(9_007_199_254_740_992.0));
        is(i64(i64::MAX), Less, f64(9_223_372_036_854_775_808.0));
        is(i64(i64::MIN), Equal, f64(-9_223_372_036_854_775_808.0));
        is(
            (Kind::U64, Unit::ONE, u64::MAX),
            Less,
            f64(18_446_744_073_709_551_616.0),
        );
        is(i64(0), Equal, f64(-0.0));
        is(i64(0), Less, f64(5e-324));
        is(i64(0), Greater, f64(-5e-324));
        is(i64(-1), Less, f64(-5e-324));
        is(i64(2), Less, f64(2.5));
        is(i64(-2), Greater, f64(-2.5));
        is(i64(1), Unordered, f64(f64::NAN));
        is(f64(f64::NAN), Unordered, f64(f64::NAN));
        is(f64(0.0), Equal, f64(-0.0));
        is(i64(i64::MAX), Less, f64(f64::INFINITY));
        is(i64(i64::MIN), Greater, f64(f64::MIN));
        is(
            (Kind::F32, Unit::ONE, u64::from(0.1f32.to_bits())),
            Greater,
            f64(0.1),
        );
        is(
            (Kind::F32, Unit::ONE, u64::from(0.5f32.to_bits())),
            Equal,
            f64(0.5),
        );
    }

    #[test]
    fn decimals_of_all_scales() {
        use Compared::{Equal, Greater, Less};
        is(decimal(15, 1), Equal, decimal(150, 2));
        is(decimal(15, 1), Less, decimal(151, 2));
        is(decimal(i64::MAX, 0), Greater, decimal(i64::MAX, 38));
        is(decimal(i64::MIN, 0), Less, decimal(i64::MIN, 38));
        is(decimal(1, 1), Less, f64(0.1));
        is(decimal(5, 1), Equal, f64(0.5));
        is(decimal(-5, 1), Equal, f64(-0.5));
        is(decimal(3, 1), Greater, f64(0.3));
        is(decimal(1, 38), Greater, f64(1e-39));
        is(decimal(1, 38), Less, f64(1.1e-38));
        is(decimal(-1, 38), Less, f64(-1e-300));
        is(decimal(0, 38), Less, f64(1e-300));
        is(decimal(i64::MAX, 38), Less, f64(1e37));
        is(decimal(15, 1), Greater, i64(1));
        is(decimal(15, 1), Less, i64(2));
    }

    #[test]
    fn counts_of_other_units() {
        use Compared::{Equal, Less};
        let of = |n: i64, times| (Kind::I64, Unit { times, digits: 0 }, n.cast_unsigned());
        is(of(1, 1_000_000_000), Equal, of(1_000, 1_000_000));
        is(of(i64::MAX, 1), Less, of(i64::MAX, 86_400_000_000_000));
    }
}
