//! The UTC days of a dataset.

use crate::CompareError;
use graticule::{Dataset, Filter, Query, TimeRange};
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
/// Days that a dataset may have; more are a wrong unit of time.
const MOST_DAYS: i64 = 200_000;

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Day {
    range: TimeRange,
    pub(crate) date: jiff::civil::Date,
}

impl Day {
    pub(crate) fn new(number: i64) -> Result<Self, CompareError> {
        let date = |number: i64| {
            let instant = jiff::Timestamp::from_second(number * DAY);
            instant.map(|i| jiff::tz::TimeZone::UTC.to_datetime(i).date())
        };
        let wrong = |e: jiff::Error| CompareError::Argument(format!("the dataset's times: {e}"));
        let (from, to) = (
            date(number).map_err(wrong)?,
            date(number + 1).map_err(wrong)?,
        );
        Ok(Self {
            range: range(&format!("{from}..{to}"))?,
            date: from,
        })
    }

    pub(crate) fn range(&self) -> TimeRange {
        self.range
    }

    /// Whether a question asks about some of the day.
    pub(crate) fn is_asked(&self, query: &Query) -> bool {
        let mut ranges = query.filters.iter().filter_map(|filter| match filter {
            Filter::Time(ranges) => Some(ranges),
            _ => None,
        });
        ranges.all(|ranges| ranges.iter().any(|range| self.meets(range)))
    }

    /// Whether a range holds some of the day.
    fn meets(&self, other: &TimeRange) -> bool {
        let is_before = |to, from| match (to, from) {
            (Some(to), Some(from)) => to <= from,
            _ => false,
        };
        !is_before(self.range.to, other.from) && !is_before(other.to, self.range.from)
    }
}

/// The UTC days that may have rows, by what the footers say.
pub(crate) fn days(dataset: &Dataset) -> Result<Vec<Day>, CompareError> {
    let wrong = |reason: &str| CompareError::Argument(format!("no advice: {reason}"));
    let metadata = dataset.metadata();
    let Some(time) = &metadata.schema.time else {
        return Err(wrong(
            "the dataset has no time column, and days of it are what is tried; name one with `time_column`",
        ));
    };
    let mut numbers = BTreeSet::new();
    let groups = metadata.files.iter().flat_map(|file| &file.row_groups);
    for group in groups.filter(|group| group.rows > 0) {
        // Behind longitude and latitude comes the time.
        let Some(bounds) = group.columns.get(2).and_then(|column| column.bounds) else {
            return Err(wrong("the footers do not say which times the rows have"));
        };
        let day = |bits: u64| bits.cast_signed().div_euclid(time.unit.per_second() * DAY);
        let (first, last) = (day(bounds.low), day(bounds.high));
        if last.saturating_sub(first) > MOST_DAYS {
            return Err(wrong(
                "the times of a row group are five hundred years apart; check `time_unit`",
            ));
        }
        numbers.extend(first..=last);
    }
    if numbers.is_empty() {
        return Err(wrong("the dataset holds no row"));
    }
    numbers.into_iter().map(Day::new).collect()
}

/// The first and the last day that may have rows; `None` where the footers tell no times.
pub(crate) fn ends(dataset: &Dataset) -> Option<[String; 2]> {
    let days = days(dataset).ok()?;
    let ends = [days.first()?, days.last()?];
    Some(ends.map(|day| day.date.to_string()))
}

fn range(text: &str) -> Result<TimeRange, CompareError> {
    let range: Result<TimeRange, _> = text.parse();
    range.map_err(|e| CompareError::Argument(format!("the dataset's times: {e}")))
}
