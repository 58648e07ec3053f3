//! Types, and what texts are values of them.

use super::options::Unit;
use arrow::datatypes::{DataType, TimeUnit};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Float,
    Bool,
    Time,
    Text,
}

impl Type {
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Text => DataType::Utf8,
        }
    }

    /// As messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "an integer of 64 bits",
            Self::Float => "a number",
            Self::Bool => "true or false",
            Self::Time => "a time",
            Self::Text => "UTF-8 text",
        }
    }
}

/// Whole numbers up to here are doubles.
pub(crate) const EXACT: u64 = 1 << 53;

/// An integer as it would be written again: `007` and `+7` are names.
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

/// A double: the nearest to the decimal number.
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

pub(crate) fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

/// A moment, in microseconds from 1970-01-01 UTC, and whether finer digits were cut off.
pub(crate) type Moment = (i64, bool);

/// How times are written.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) zone: TimeZone,
    pub(crate) format: Option<String>,
}

impl Clock {
    /// Reads a time by the format, or as ISO 8601 or RFC 3339 write it.
    pub(crate) fn moment(&self, text: &[u8]) -> Option<Moment> {
        let text = std::str::from_utf8(text).ok()?;
        if let Some(format) = &self.format
            && let Ok(broken) = jiff::fmt::strtime::parse(format, text)
        {
            let moment = match broken.offset() {
                Some(_) => broken.to_timestamp().ok(),
                None => {
                    let time = broken.to_datetime().or_else(|_| {
                        broken
                            .to_date()
                            .map(|d| d.to_datetime(civil::Time::midnight()))
                    });
                    // %s is a moment and no date.
                    time.ok()
                        .and_then(|t| self.local(t))
                        .or_else(|| broken.to_timestamp().ok())
                }
            };
            return moment.map(micros);
        }
        // Not of eight digits, which are a number, and not of years beyond four digits.
        if !matches!(text.as_bytes(), [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        // BigQuery and others write the zone so.
        if let Some(text) = text.strip_suffix(" UTC") {
            let time: civil::DateTime = text.parse().ok()?;
            return TimeZone::UTC.to_timestamp(time).ok().map(micros);
        }
        let has_offset = text.get(10..)?.contains(['Z', 'z', '+', '-']);
        let moment = match has_offset {
            true => text.parse().ok()?,
            false => self.local(text.parse().ok()?)?,
        };
        Some(micros(moment))
    }

    fn local(&self, time: civil::DateTime) -> Option<Timestamp> {
        self.zone.to_timestamp(time).ok()
    }
}

fn micros(moment: Timestamp) -> Moment {
    let nanos = moment.as_nanosecond();
    // In jiff's years -9999 to 9999 there are fewer than 2^63 microseconds.
    let micros = i64::try_from(nanos.div_euclid(1000)).unwrap_or_default();
    (micros, nanos.rem_euclid(1000) != 0)
}

/// A decimal number of units, exactly.
pub(crate) fn scaled(text: &[u8], unit: Unit) -> Option<Moment> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (is_negative, whole) = match whole.strip_prefix('-') {
        Some(whole) => (true, whole),
        None => (false, whole),
    };
    let is_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || whole.len() > 20 {
        return None;
    }
    // In units of 10^-18 of a nanosecond's billionth there is room for any i64 in i128.
    let fraction = fraction.trim_end_matches('0');
    let (kept, is_finer) = match fraction.get(..12) {
        Some(kept) => (kept, fraction.len() > 12),
        None => (fraction, false),
    };
    let places = u32::try_from(kept.len()).ok()?;
    let kept: i128 = if kept.is_empty() {
        0
    } else {
        kept.parse().ok()?
    };
    let whole: i128 = whole.parse().ok()?;
    let number = whole * 10_i128.pow(12) + kept * 10_i128.pow(12 - places);
    let per_micro = 10_i128.pow(match unit {
        Unit::Second => 6,
        Unit::Millisecond => 9,
        Unit::Microsecond => 12,
        Unit::Nanosecond => 15,
    });
    let signed = if is_negative { -number } else { number };
    let is_cut = is_finer || signed.rem_euclid(per_micro) != 0;
    // Below zero a digit that is left out still moves the floor.
    let floor = (signed - i128::from(is_negative && is_finer)).div_euclid(per_micro);
    Some((i64::try_from(floor).ok()?, is_cut))
}

#[cfg(test)]
mod tests;
