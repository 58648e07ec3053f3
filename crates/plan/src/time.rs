//! Times as questions name them.

use crate::PlanError;
use graticule_columns::{TimeUnit, civil_of, nanoseconds_of};
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

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn nanoseconds(self) -> i128 {
        self.0
    }

    /// Reads a date, a date and time, or RFC 3339; nothing where it is none of them.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Self(instant.as_nanosecond()));
        }
        // A date, or near the ends of the calendar an instant that is no `jiff::Timestamp`.
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let time = pieces.time();
        let local = nanoseconds_of(pieces.date().to_datetime(time.unwrap_or_default()));
        let offset = match pieces.to_numeric_offset() {
            Some(offset) => time.map(|_| offset.seconds())?,
            // A zone without an offset is not asked for its clocks.
            None if pieces.time_zone_annotation().is_some() => return None,
            None => 0,
        };
        let instant = local - i128::from(offset) * 1_000_000_000;
        civil_of(instant).map(|_| Self(instant))
    }
}

impl FromStr for Timestamp {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        Self::read(text).ok_or_else(|| PlanError::Time {
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

impl FromStr for TimeRange {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let wrong = |reason: &str| PlanError::Time {
            text: text.to_owned(),
            reason: reason.to_owned(),
        };
        let (from, to) = text
            .split_once("..")
            .ok_or_else(|| wrong("it has no '..'"))?;
        let end = |t: &str| (!t.trim().is_empty()).then(|| t.parse()).transpose();
        Self::new(end(from)?, end(to)?)
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
    fn refusals() {
        for text in [
            "2008-10-01",
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
