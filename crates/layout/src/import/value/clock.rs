//! Times.

use jiff::civil::{self, DateTime};
use jiff::fmt::strtime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// A moment, in microseconds from 1970-01-01 UTC, and whether finer digits were cut off.
pub(crate) type Moment = (i64, bool);

/// After so many years the calendar and the weekdays are the same again.
const CYCLE: i16 = 400;
const CYCLE_DAYS: i128 = 146_097;

/// How times are written.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) zone: TimeZone,
    pub(crate) format: Option<String>,
}

impl Clock {
    /// Reads a time by the format, or as ISO 8601, RFC 3339 or RFC 9557 write it.
    pub(crate) fn moment(&self, text: &[u8]) -> Option<Moment> {
        let text = std::str::from_utf8(text).ok()?;
        if let Some(format) = &self.format
            && let Ok(broken) = strtime::parse(format, text)
        {
            return self.formatted(&broken);
        }
        // Not of eight digits, which are a number, and not of years beyond four digits.
        if !matches!(text.as_bytes(), [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        let (time, apart) = zone_apart(text);
        let pieces = Pieces::parse(time.as_ref()).ok()?;
        let time = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        if let Some(offset) = pieces.to_numeric_offset() {
            return at(time, offset);
        }
        // A zone that is named counts, or there is no time: it is never left out.
        match (pieces.to_time_zone().ok()?, apart) {
            (Some(zone), None) => local(time, &zone),
            (None, Some(name)) => local(time, &TimeZone::get(name).ok()?),
            (None, None) => local(time, &self.zone),
            (Some(_), Some(_)) => None,
        }
    }

    fn formatted(&self, broken: &strtime::BrokenDownTime) -> Option<Moment> {
        // A date alone is its midnight.
        let Ok(time) = broken.to_datetime() else {
            // %s is a moment and no date.
            return broken.to_timestamp().ok().map(of);
        };
        match (broken.offset(), broken.iana_time_zone()) {
            (Some(offset), _) => at(time, offset),
            (None, Some(name)) => local(time, &TimeZone::get(name).ok()?),
            (None, None) => local(time, &self.zone),
        }
    }
}

/// A time, and the zone's name that stands behind it after a space, as some write it; an offset
/// that stands so is put to the time.
fn zone_apart(text: &str) -> (std::borrow::Cow<'_, str>, Option<&str>) {
    match text.rsplit_once(' ') {
        Some((time, "UTC" | "GMT" | "Z")) if time.len() > 10 => (time.into(), Some("UTC")),
        Some((time, zone)) if time.len() > 10 && zone.starts_with(['+', '-']) => {
            (format!("{time}{zone}").into(), None)
        }
        Some((time, zone)) if time.len() > 10 && zone.contains('/') && !zone.contains('[') => {
            (time.into(), Some(zone))
        }
        _ => (text.into(), None),
    }
}

/// A time in a zone: the earlier of two, and one that is skipped moved by the skip.
fn local(time: DateTime, zone: &TimeZone) -> Option<Moment> {
    if let Ok(moment) = zone.to_timestamp(time) {
        return Some(of(moment));
    }
    if let Ok(offset) = zone.to_fixed_offset() {
        return at(time, offset);
    }
    // jiff's moments end a day before its years do; the rules of a zone go on as they are.
    let before = time.checked_sub(i64::from(CYCLE).years()).ok()?;
    let moment = zone.to_timestamp(before).ok()?.as_nanosecond();
    cut(moment + CYCLE_DAYS * 86_400_000_000_000)
}

/// A time so far from UTC, of any year from 0 to 9999.
fn at(time: DateTime, offset: Offset) -> Option<Moment> {
    let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let nanos = time.duration_since(epoch).as_nanos();
    cut(nanos - i128::from(offset.seconds()) * 1_000_000_000)
}

fn of(moment: Timestamp) -> Moment {
    // In jiff's years -9999 to 9999 there are fewer than 2^63 microseconds.
    cut(moment.as_nanosecond()).unwrap_or_default()
}

fn cut(nanos: i128) -> Option<Moment> {
    let micros = i64::try_from(nanos.div_euclid(1000)).ok()?;
    Some((micros, nanos.rem_euclid(1000) != 0))
}
