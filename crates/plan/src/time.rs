//! Times as questions name them.

use crate::PlanError;
use graticule_columns::{TimeUnit, civil_of, nanoseconds_of, time_zone};
use jiff::Span;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An instant, to the nanosecond, UTC. Parses a date (its midnight), a date and time, or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i128);

impl Timestamp {
    /// The first count of the unit that is not before this instant.
    pub(crate) fn ceil(self, unit: TimeUnit) -> i128 {
        let nanos = 1_000_000_000 / i128::from(unit.per_second());
        self.0.div_euclid(nanos) + i128::from(self.0.rem_euclid(nanos) != 0)
    }

    /// The instant of a count; `None` beyond the years that are written.
    pub(crate) fn of_count(count: i64, unit: TimeUnit) -> Option<Self> {
        let each = 1_000_000_000 / i128::from(unit.per_second());
        let instant = i128::from(count) * each;
        civil_of(instant).map(|_| Self(instant))
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn nanoseconds(self) -> i128 {
        self.0
    }

    /// Reads a date, a date and time, or RFC 3339; nothing where it is none of them. What has no offset is of the zone.
    pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Self> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Self(instant.as_nanosecond()));
        }
        // A date, or near the ends of the calendar an instant that is no `jiff::Timestamp`.
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let time = pieces.time();
        let civil = pieces.date().to_datetime(time.unwrap_or_default());
        match pieces.to_numeric_offset() {
            Some(offset) => time.and_then(|_| Self::at(civil, offset)),
            // A zone without an offset is not asked for its clocks.
            None if pieces.time_zone_annotation().is_some() => None,
            None => Self::of(civil, zone),
        }
    }

    /// When the clocks of a zone show this: where they skip it just after, and where they show it twice first.
    fn of(civil: DateTime, zone: &TimeZone) -> Option<Self> {
        Self::at(
            civil,
            match zone.to_ambiguous_timestamp(civil).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => {
                    before
                }
            },
        )
    }

    fn at(civil: DateTime, offset: Offset) -> Option<Self> {
        let instant = nanoseconds_of(civil) - i128::from(offset.seconds()) * 1_000_000_000;
        civil_of(instant).map(|_| Self(instant))
    }
}

impl FromStr for Timestamp {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        Self::read(text, &TimeZone::UTC).ok_or_else(|| PlanError::Time {
            text: text.to_owned(),
            reason: format!("'{text}' is neither a date nor RFC 3339"),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = civil_of(self.0).ok_or(fmt::Error)?;
        write!(f, "{civil}Z")
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}

/// A half-open range of time; an end that is `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first instant inside.
    pub from: Option<Timestamp>,
    /// The first instant after.
    pub to: Option<Timestamp>,
}

impl TimeRange {
    /// A range; from and to may be equal, then no row is inside.
    ///
    /// # Errors
    /// [`PlanError::Time`] when `from` is after `to`.
    pub fn new(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Self, PlanError> {
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(PlanError::Time {
                text: format!("{from}..{to}"),
                reason: "it ends before it begins; swap its ends".to_owned(),
            });
        }
        Ok(Self { from, to })
    }

    /// Whether an end is no whole number of a unit.
    pub fn is_finer_than(&self, unit: TimeUnit) -> bool {
        let each = 1_000_000_000 / i128::from(unit.per_second());
        let mut ends = self.from.into_iter().chain(self.to);
        ends.any(|end| end.0.rem_euclid(each) != 0)
    }

    /// The first and the last count of the unit that is inside; `None` when none can be.
    pub(crate) fn counts(&self, unit: TimeUnit) -> Option<(i64, i64)> {
        let low = self.from.map_or(i128::from(i64::MIN), |t| t.ceil(unit));
        let high = self.to.map_or(i128::from(i64::MAX), |t| t.ceil(unit) - 1);
        let low = i64::try_from(low.max(i128::from(i64::MIN))).ok()?;
        let high = i64::try_from(high.min(i128::from(i64::MAX))).ok()?;
        (low <= high).then_some((low, high))
    }
}

impl TimeRange {
    /// Reads `FROM..TO`, or a day, week, month or year, by the clocks of a zone.
    fn read(text: &str, zone: &TimeZone) -> Result<Self, PlanError> {
        let wrong = |reason: String| PlanError::Time {
            text: text.trim().to_owned(),
            reason,
        };
        let instant = |text: &str| {
            let civil = stretch(text).map(|[first, _]| Timestamp::of(first, zone));
            let read = civil.unwrap_or_else(|| Timestamp::read(text, zone));
            let text = text.trim();
            read.ok_or_else(|| wrong(format!("'{text}' is neither a date nor RFC 3339")))
        };
        if let Some((from, to)) = text.split_once("..") {
            let end = |text: &str| (!text.trim().is_empty()).then(|| instant(text)).transpose();
            return Self::new(end(from)?, end(to)?);
        }
        let Some([first, after]) = stretch(text) else {
            instant(text)?;
            return Err(wrong("it has no '..'".to_owned()));
        };
        let [from, to] = [first, after].map(|civil| Timestamp::of(civil, zone));
        match (from, to) {
            (Some(from), Some(to)) => Self::new(Some(from), Some(to)),
            _ => Err(wrong("it lies at the end of the calendar".to_owned())),
        }
    }
}

/// The beginning of a day, an ISO week, a month or a year, and of the next one.
fn stretch(text: &str) -> Option<[DateTime; 2]> {
    let text = text.trim();
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<i16>().ok()).flatten()
    };
    let year = number(text.get(..4)?, 4)?;
    let date = |month: i16, day: i16| {
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let (first, span) = match text.get(4..)?.strip_prefix('-') {
        None if text.len() == 4 => (date(1, 1)?, Span::new().years(1)),
        None => return None,
        Some(rest) => match (rest.strip_prefix('W'), rest.split_once('-')) {
            (Some(week), _) => {
                let week = i8::try_from(number(week, 2)?).ok()?;
                let monday = ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
                (monday.date(), Span::new().weeks(1))
            }
            (None, None) => (date(number(rest, 2)?, 1)?, Span::new().months(1)),
            (None, Some((month, day))) => {
                let date = date(number(month, 2)?, number(day, 2)?)?;
                (date, Span::new().days(1))
            }
        },
    };
    let after = first.checked_add(span).ok()?;
    Some([first, after].map(|date| date.to_datetime(Time::midnight())))
}

/// `FROM..TO`, or a day such as `2026-03-09`, a month, a year or an ISO week such as `2026-W10`; UTC.
impl FromStr for TimeRange {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        Self::read(text, &TimeZone::UTC)
    }
}

/// Some ranges of time, at least one; what is in one of them is inside. As data one is a range, several are a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Ranges", into = "Ranges")]
pub struct TimeRanges(Vec<TimeRange>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Ranges {
    One(TimeRange),
    Many(Vec<TimeRange>),
}

impl TimeRanges {
    /// Reads ranges between commas. What has no offset is of the zone, an IANA name.
    ///
    /// # Errors
    /// [`PlanError::Time`] where one is no range, [`PlanError::Timezone`] where there is no such zone.
    pub fn read(text: &str, zone: &str) -> Result<Self, PlanError> {
        let zone = time_zone(zone).map_err(|reason| PlanError::Timezone { reason })?;
        let ranges = text.split(',').map(|text| TimeRange::read(text, &zone));
        Ok(Self(ranges.collect::<Result<_, _>>()?))
    }

    /// The ranges.
    pub fn iter(&self) -> impl Iterator<Item = &TimeRange> {
        self.0.iter()
    }

    /// These and others.
    #[must_use]
    pub fn or(mut self, others: impl Into<Self>) -> Self {
        self.0.extend(others.into().0);
        self
    }

    /// The counts of the unit that are inside, first and last, ascending and apart from one another.
    pub(crate) fn counts(&self, unit: TimeUnit) -> Vec<(i64, i64)> {
        let mut counts: Vec<_> = self.0.iter().filter_map(|r| r.counts(unit)).collect();
        counts.sort_unstable();
        let mut apart: Vec<(i64, i64)> = Vec::with_capacity(counts.len());
        for (low, high) in counts {
            match apart.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => apart.push((low, high)),
            }
        }
        apart
    }
}

/// As [`TimeRanges::read`], in UTC.
impl FromStr for TimeRanges {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        Self::read(text, "UTC")
    }
}

impl From<TimeRange> for TimeRanges {
    fn from(range: TimeRange) -> Self {
        Self(vec![range])
    }
}

impl TryFrom<Ranges> for TimeRanges {
    type Error = PlanError;

    fn try_from(ranges: Ranges) -> Result<Self, PlanError> {
        match ranges {
            Ranges::One(range) => Ok(range.into()),
            Ranges::Many(ranges) if ranges.is_empty() => Err(PlanError::Time {
                text: "[]".to_owned(),
                reason: "it holds no range".to_owned(),
            }),
            Ranges::Many(ranges) => Ok(Self(ranges)),
        }
    }
}

impl From<TimeRanges> for Ranges {
    fn from(TimeRanges(ranges): TimeRanges) -> Self {
        match ranges[..] {
            [range] => Self::One(range),
            _ => Self::Many(ranges),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let range: TimeRange = "2008-10-01..2008-12-30".parse().expect("a range");
        let (low, high) = range.counts(TimeUnit::Second).expect("not empty");
        assert_eq!((low, high), (1_222_819_200, 1_230_595_199));
        let range: TimeRange = "2008-10-01T08:00:00.5+08:00..".parse().expect("a range");
        assert_eq!(
            range.counts(TimeUnit::Second),
            Some((1_222_819_201, i64::MAX))
        );
        assert_eq!(
            range.counts(TimeUnit::Millisecond),
            Some((1_222_819_200_500, i64::MAX))
        );
        let last: TimeRange = "9999-12-31T23:59:59.999999999Z..".parse().expect("a range");
        assert_eq!(
            last.counts(TimeUnit::Microsecond),
            Some((253_402_300_800_000_000, i64::MAX))
        );
        let far: TimeRange = "..9999-12-31T23:00:00-00:30".parse().expect("a range");
        assert_eq!(
            far.counts(TimeUnit::Second),
            Some((i64::MIN, 253_402_298_999))
        );
        let text = String::from(far.to.expect("an end"));
        assert_eq!(text, "9999-12-31T23:30:00Z");
        let empty: TimeRange = "2008-10-01..2008-10-01".parse().expect("a range");
        assert_eq!(empty.counts(TimeUnit::Nanosecond), None);
        let ancient: TimeRange = "0001-01-01..9999-01-01".parse().expect("a range");
        assert_eq!(
            ancient.counts(TimeUnit::Nanosecond),
            Some((i64::MIN, i64::MAX))
        );
    }

    #[test]
    fn days_weeks_months_and_years() {
        for (text, range) in [
            ("2026-03-09", "2026-03-09..2026-03-10"),
            (" 2026-W10 ", "2026-03-02..2026-03-09"),
            ("2026-W01", "2025-12-29..2026-01-05"),
            ("2024-02", "2024-02-01..2024-03-01"),
            ("2026", "2026-01-01..2027-01-01"),
            ("2026-02..2026-W10", "2026-02-01..2026-03-02"),
        ] {
            assert_eq!(text.parse::<TimeRange>(), range.parse(), "{text}");
        }
    }

    /// Clocks in Berlin are an hour ahead of UTC, from 2026-03-29 on two; in Havana they skip midnight then.
    #[test]
    fn clocks_of_a_zone() {
        for (text, zone, utc) in [
            (
                "2026-03-29",
                "Europe/Berlin",
                "2026-03-28T23:00Z..2026-03-29T22:00Z",
            ),
            (
                "2026-10-25",
                "Europe/Berlin",
                "2026-10-24T22:00Z..2026-10-25T23:00Z",
            ),
            ("2026-03-29T02:30..", "Europe/Berlin", "2026-03-29T01:30Z.."),
            ("2026-10-25T02:30..", "Europe/Berlin", "2026-10-25T00:30Z.."),
            (
                "2026-03-29T02:30Z..2026-03-29T04:30+01:00",
                "Europe/Berlin",
                "2026-03-29T02:30Z..2026-03-29T03:30Z",
            ),
            (
                "2026-03-08",
                "America/Havana",
                "2026-03-08T05:00Z..2026-03-09T04:00Z",
            ),
        ] {
            let read = TimeRanges::read(text, zone).expect("a range");
            assert_eq!(read, utc.parse().expect("a range"), "{text}");
        }
        let wrong = TimeRanges::read("2026-03-08", "Europe/Wien");
        assert!(matches!(wrong, Err(PlanError::Timezone { .. })));
    }

    #[test]
    fn several_ranges_are_joined() {
        let counts = |text: &str| {
            let ranges: TimeRanges = text.parse().expect("ranges");
            ranges.counts(TimeUnit::Second)
        };
        assert_eq!(
            counts("1970-01-03, 1970-01-01..1970-01-01T12:00,1970-01-01T06:00..1970-01-02"),
            [(0, 86_399), (172_800, 259_199)]
        );
        assert_eq!(counts("1970-01-02..,1970-01-01"), [(0, i64::MAX)]);
        assert!(counts("1970-01-02..1970-01-02").is_empty());
    }

    #[test]
    fn one_range_is_data_as_ever() {
        let one = r#"{"from":"2026-03-01T00:00:00Z","to":null}"#;
        for text in [one.to_owned(), format!("[{one},{one}]")] {
            let ranges: TimeRanges = serde_json::from_str(&text).expect("ranges");
            assert_eq!(serde_json::to_string(&ranges).expect("JSON"), text);
        }
        assert!(serde_json::from_str::<TimeRanges>("[]").is_err());
    }

    #[test]
    fn refusals() {
        for text in [
            "2008-10-01T08:00:00Z",
            "2008-13",
            "2008-W60",
            "08",
            "9999",
            "2008-13-01..",
            "2009-01-01..2008-01-01",
            "x..y",
        ] {
            assert!(
                matches!(text.parse::<TimeRange>(), Err(PlanError::Time { .. })),
                "{text}"
            );
        }
    }
}
