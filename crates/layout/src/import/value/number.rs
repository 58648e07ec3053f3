//! Decimal numbers, those that count and those that name.

use crate::import::options::Unit;
use crate::import::value::Moment;

/// Whole numbers up to here are doubles.
pub(crate) const EXACT: u64 = 1 << 53;

/// More digits than this a double does not keep, so that without a point they name something.
const DIGITS: usize = 15;

/// No time needs a larger exponent; larger ones would make numbers of any length.
const MOST_EXPONENT: i32 = 60;

/// What a text is as a number, where it is not rather a name, as `4e0071` and `12345678901234567890` are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    /// Whole, and written as it would be again.
    Whole(i64),
    /// With a point, or an exponent that a sign or a point shows to be one.
    Real(f64),
    /// Whole, with zeros before it: `007` is a name unless others in its column have points.
    Padded(f64),
    /// Whole, with a plus before it, which telephone numbers have too.
    Plus(f64),
    /// Infinity in letters.
    Word(f64),
}

impl Number {
    /// As a double, if it is one.
    pub(crate) fn double(self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers up to here are doubles"
            )]
            Self::Whole(int) if int.unsigned_abs() <= EXACT => Some(int as f64),
            Self::Whole(_) => None,
            Self::Real(d) | Self::Padded(d) | Self::Plus(d) | Self::Word(d) => Some(d),
        }
    }
}

/// A decimal number taken apart.
struct Parts<'a> {
    sign: Option<u8>,
    whole: &'a [u8],
    fraction: Option<&'a [u8]>,
    /// Its sign, and its digits.
    exponent: Option<(Option<u8>, &'a [u8])>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8], decimal: u8) -> Option<Self> {
        let (sign, rest) = signed(text);
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest.split_first() {
            Some((first, rest)) if *first == decimal => {
                let (fraction, rest) = digits(rest);
                (Some(fraction), rest)
            }
            _ => (None, rest),
        };
        if whole.is_empty() && fraction.is_none_or(<[u8]>::is_empty) {
            return None;
        }
        let exponent = match rest {
            [] => None,
            [b'e' | b'E', rest @ ..] => {
                let (sign, rest) = signed(rest);
                let (exponent, rest) = digits(rest);
                if exponent.is_empty() || !rest.is_empty() {
                    return None;
                }
                Some((sign, exponent))
            }
            _ => return None,
        };
        Some(Self {
            sign,
            whole,
            fraction,
            exponent,
        })
    }

    fn is_negative(&self) -> bool {
        self.sign == Some(b'-')
    }
}

fn signed(text: &[u8]) -> (Option<u8>, &[u8]) {
    match text {
        [sign @ (b'+' | b'-'), rest @ ..] => (Some(*sign), rest),
        _ => (None, text),
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    text.split_at(count)
}

/// Whether points part the thousands of a number with a decimal comma.
pub(crate) fn is_grouped(text: &[u8]) -> bool {
    let (_, rest) = signed(text);
    let Some(comma) = rest.iter().position(|b| *b == b',') else {
        return false;
    };
    let mut groups = rest[..comma].split(|b| *b == b'.');
    let is_first = |group: &[u8]| (1..=3).contains(&group.len());
    let first = groups.next().is_some_and(is_first);
    let mut others = groups.peekable();
    let is_digits = |b: &u8| b.is_ascii_digit() || *b == b'.';
    first
        && others.peek().is_some()
        && others.all(|group| group.len() == 3)
        && rest[..comma].iter().all(is_digits)
}

/// What people write between thousands.
const SEPARATORS: &[&str] = &[
    ",", ".", " ", "'", "_", "\u{a0}", "\u{2009}", "\u{202f}", "\u{2019}",
];

/// Whether a text is a number with something between its thousands: `1,234.5`, `1 234`, `1'234'567`.
pub(crate) fn is_parted(text: &[u8]) -> bool {
    let (_, rest) = signed(text);
    let Ok(rest) = std::str::from_utf8(rest) else {
        return false;
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_groups = |whole: &str, separator: &str| {
        let Some((first, others)) = whole.split_once(separator) else {
            return false;
        };
        let is_first = matches!(first.len(), 1..=3) && is_digits(first) && !first.starts_with('0');
        let mut others = others.split(separator);
        is_first && others.all(|group| group.len() == 3 && is_digits(group))
    };
    SEPARATORS.iter().any(|separator| {
        [".", ","].iter().any(|decimal| {
            let (whole, fraction) = match separator == decimal {
                true => (rest, ""),
                false => rest.split_once(decimal).unwrap_or((rest, "")),
            };
            is_digits(fraction) && is_groups(whole, separator)
        })
    })
}

/// An integer as it would be written again: `007` and `+7` are none.
pub(crate) fn int(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_plain = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !is_plain || digits.len() > 19 {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Any writing of an integer.
pub(crate) fn any_int(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The nearest double to any writing of a decimal number, or infinity where the text says so.
pub(crate) fn float(text: &[u8], decimal: u8) -> Option<f64> {
    match Parts::of(text, decimal) {
        Some(_) => double(text, decimal),
        None => word(text),
    }
}

pub(crate) fn number(text: &[u8], decimal: u8) -> Option<Number> {
    if let Some(int) = int(text) {
        return Some(Number::Whole(int));
    }
    let Some(parts) = Parts::of(text, decimal) else {
        return word(text).map(Number::Word);
    };
    match (parts.fraction, parts.exponent) {
        // Letters and digits of an id may be so by chance.
        (None, Some((None, _))) if parts.sign.is_none() => None,
        (None, None) => {
            if parts.whole.len() > DIGITS {
                return None;
            }
            let double = double(text, decimal)?;
            Some(match (parts.whole, parts.sign) {
                ([b'0', _, ..], _) => Number::Padded(double),
                (_, Some(b'+')) => Number::Plus(double),
                _ => Number::Real(double),
            })
        }
        _ => double(text, decimal).map(Number::Real),
    }
}

/// A number that is not too large for a double.
fn double(text: &[u8], decimal: u8) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let double: f64 = match decimal {
        b'.' => text.parse().ok()?,
        other => text.replacen(char::from(other), ".", 1).parse().ok()?,
    };
    Some(double).filter(|d| d.is_finite())
}

fn word(text: &[u8]) -> Option<f64> {
    let (sign, word) = signed(text);
    let is_infinite = word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"infinity");
    is_infinite.then_some(match sign {
        Some(b'-') => f64::NEG_INFINITY,
        _ => f64::INFINITY,
    })
}

/// A decimal number of units, exactly.
pub(crate) fn scaled(text: &[u8], unit: Unit, decimal: u8) -> Option<Moment> {
    let parts = Parts::of(text, decimal)?;
    let shift = match parts.exponent {
        None => 0,
        Some((sign, digits)) => {
            let size: i32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
            if size > MOST_EXPONENT {
                return None;
            }
            if sign == Some(b'-') { -size } else { size }
        }
    };
    // The digits without the point, and how many of them stand before it: 1.7e+09 is 17 with ten.
    let all = [parts.whole, parts.fraction.unwrap_or_default()].concat();
    let point = i32::try_from(parts.whole.len()).ok()? + shift;
    let digit = |place: i32| -> i128 {
        let digit = usize::try_from(place).ok().and_then(|p| all.get(p));
        digit.map_or(0, |d| i128::from(d - b'0'))
    };
    // In 10^-12 of a unit there is room for any i64 of units in i128.
    let mut number: i128 = 0;
    for place in point.min(0)..point + 12 {
        number = number.checked_mul(10)?.checked_add(digit(place))?;
    }
    let kept = usize::try_from(point + 12).unwrap_or(0).min(all.len());
    let is_finer = all[kept..].iter().any(|d| *d != b'0');
    let per_micro = 10_i128.pow(match unit {
        Unit::Second => 6,
        Unit::Millisecond => 9,
        Unit::Microsecond => 12,
        Unit::Nanosecond => 15,
    });
    let is_negative = parts.is_negative();
    let signed = if is_negative { -number } else { number };
    let is_cut = is_finer || signed.rem_euclid(per_micro) != 0;
    // Below zero a digit that is left out still moves the floor.
    let floor = (signed - i128::from(is_negative && is_finer)).div_euclid(per_micro);
    Some((i64::try_from(floor).ok()?, is_cut))
}
