//! Numbers as they are written: digits and a power of ten.

use super::Literal;
use crate::lower::Number;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `digits * 10^exponent`, exactly; the last digit is not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// Reads a number such as `-12.50` or `1.5e-3`; `None` where it is none or has more digits than are
    /// kept, 38.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(fraction) {
            return None;
        }
        let mut digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let places = i32::try_from(fraction.len()).ok()?;
        let mut exponent = exponent.checked_sub(places)?;
        if digits == 0 {
            exponent = 0;
        }
        while digits != 0 && digits % 10 == 0 {
            digits /= 10;
            exponent = exponent.checked_add(1)?;
        }
        Some(Self { digits, exponent })
    }

    /// Its digits, and how many of those are behind the point.
    pub(crate) fn parts(self) -> (i128, i32) {
        (self.digits, self.exponent.saturating_neg())
    }

    /// The nearest float.
    pub(crate) fn to_float(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// It as a number of units of `10^-scale`.
    pub(crate) fn counted(self, scale: i8) -> Number {
        let power = self.exponent.saturating_add(i32::from(scale));
        let ten = |power: u32| 10i128.checked_pow(power);
        if power >= 0 {
            let scaled = ten(power.unsigned_abs()).and_then(|ten| self.digits.checked_mul(ten));
            let beyond = if self.digits < 0 {
                i128::MIN
            } else {
                i128::MAX
            };
            return Number::Integer(match self.digits {
                0 => 0,
                _ => scaled.unwrap_or(beyond),
            });
        }
        match ten(power.unsigned_abs()) {
            None => Number::Above(if self.digits < 0 { -1 } else { 0 }),
            Some(ten) if self.digits.rem_euclid(ten) == 0 => Number::Integer(self.digits / ten),
            Some(ten) => Number::Above(self.digits.div_euclid(ten)),
        }
    }
}

impl Literal {
    /// The number that was written, if it is one.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Integer(integer) => Decimal::read(&integer.to_string()),
            // The shortest digits of a float are those that were written, or it would be a decimal.
            Self::Float(float) => Decimal::read(&format!("{float:?}")),
            Self::Decimal(decimal) => Some(*decimal),
            Self::Boolean(_) | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}e{}", self.digits, self.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Decimal {
        Decimal::read(text).expect("a number")
    }

    #[test]
    fn what_is_written_is_kept() {
        assert_eq!(read("12.50"), read("1.25e1"));
        assert_eq!(read("-0.0"), read("0"));
        assert_eq!(read(".5").to_string(), "5e-1");
        assert_eq!(
            read("1234567890123456.78").to_string(),
            "123456789012345678e-2"
        );
        for text in ["", ".", "1.2.3", "1e", "1.-5", "x"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }

    #[test]
    fn counts_of_a_scale_are_exact() {
        use Number::{Above, Integer};
        assert_eq!(read("12.5").counted(2), Integer(1250));
        assert_eq!(read("12.505").counted(2), Above(1250));
        assert_eq!(read("-12.505").counted(2), Above(-1251));
        assert_eq!(read("5").counted(0), Integer(5));
        assert_eq!(read("1250").counted(-2), Above(12));
        assert_eq!(read("1e300").counted(2), Integer(i128::MAX));
        assert_eq!(read("-1e-300").counted(2), Above(-1));
        assert_eq!(read("0").counted(2), Integer(0));
    }
}
