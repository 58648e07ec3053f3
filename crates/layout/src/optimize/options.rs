//! What is asked for, and what came of it.

use super::error::{OptimizeError, Result};
use graticule_columns::{TimeUnit, civil_of};
use graticule_dataset::{NO_TIME, OpenOptions};
use jiff::civil::DateTime;
use serde::Serialize;

/// The least memory that the work can be done in, in bytes.
const LEAST_MEMORY: u64 = 32 << 20;

/// How a dataset is to be rewritten.
#[derive(Debug, Clone)]
pub struct Optimize {
    /// How the source's columns are found.
    pub open: OpenOptions,
    /// What time a folder holds; what [fits](Partition::fit) if not given.
    pub partition: Option<Partition>,
    /// The order of rows within a folder.
    pub sort: Sort,
    /// How longitudes and latitudes are written. If not given, as decimals where the decimal of each point is the very
    /// number and they take less than floats do, else as floats.
    pub coordinates: Option<Coordinates>,
    /// Whether to drop what seven decimals do not say: decimals without residuals are written, coordinates come
    /// back rounded to 1e-7 degrees, and those of invalid rows as null.
    pub lossy: bool,
    /// Most memory, in bytes, at least 32 MiB.
    pub memory: u64,
    /// Threads, at least 1.
    pub threads: usize,
}

/// What time a folder of the layout holds, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Partition {
    /// `hour=2026-03-01T05`
    Hour,
    /// `day=2026-03-01`
    Day,
    /// `week=2026-W09`, ISO weeks, which begin on Mondays
    Week,
    /// `month=2026-03`
    Month,
}

/// How longitudes and latitudes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinates {
    /// `DECIMAL` of seven places; where these are not all, a column of residuals leads back to the source's bits.
    Decimal,
    /// The source's own floats, of 64 bits, or of 32 where it has those.
    F64,
}

/// Why coordinates are written as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// It was asked for, by `coordinates` or by `lossy`.
    Asked,
    /// They are floats, for the decimal of some point is not the very number.
    Inexact,
    /// They are decimals, which are exact and take less.
    Smaller(Sizes),
    /// They are floats: decimals are exact, too, but take no less.
    Larger(Sizes),
}

/// What coordinates take in either way, tried on the first rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Rows.
    pub rows: u64,
    /// Bytes of both coordinates as decimals, residuals included.
    pub decimals: u64,
    /// Bytes of both as floats.
    pub floats: u64,
}

/// The order of rows within a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Along the Hilbert curve, then by time.
    Hilbert,
    /// By geohash, then by time.
    Geohash,
    /// As the source has them.
    None,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Rows for which it is done.
    pub rows: u64,
    /// All rows.
    pub rows_total: u64,
}

/// The stages of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the source, sorting, spilling runs.
    Sort,
    /// Merging runs into files.
    Write,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Rows.
    pub rows: u64,
    /// Rows of them without a point.
    pub invalid: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of the source's files.
    pub bytes_before: u64,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Bytes of longitude and latitude among them, residuals included.
    pub bytes_coordinates: u64,
    /// How these are written.
    pub coordinates: Coordinates,
    /// Why so; nothing of what was there already.
    pub because: Option<Because>,
    /// Whether every coordinate comes back as the source's very bits.
    pub exact: bool,
    /// Whether that takes residuals.
    pub residuals: bool,
    /// What time a folder holds; `None` of a dataset without times.
    pub partition: Option<Partition>,
    /// Whether it was there already, so that nothing was done.
    pub was_there: bool,
    /// Seconds that it took.
    pub seconds: f64,
    /// What was guessed of the source, and its columns that are left out.
    pub notes: Vec<String>,
}

impl Optimize {
    /// What time a folder holds, once that is settled.
    pub(crate) fn scale(&self) -> Partition {
        self.partition.unwrap_or(Partition::Day)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.memory < LEAST_MEMORY {
            return Err(OptimizeError::Memory {
                what: "sorting".to_owned(),
                needed: LEAST_MEMORY,
                allowed: self.memory,
            });
        }
        if self.lossy && self.coordinates == Some(Coordinates::F64) {
            return Err(OptimizeError::LossyFloats);
        }
        Ok(())
    }
}

impl Partition {
    /// The column that the folders' names hold.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The number of the partition that holds a time; ascending with time. `None` beyond the
    /// calendar's years -9999 to 9999.
    pub(crate) fn ordinal(self, count: i64, unit: TimeUnit) -> Option<i64> {
        let second = count.div_euclid(unit.per_second());
        let civil = civil(second)?;
        Some(match self {
            Self::Hour => second.div_euclid(3_600),
            Self::Day => second.div_euclid(86_400),
            // 1970-01-01 was a Thursday.
            Self::Week => (second.div_euclid(86_400) + 3).div_euclid(7),
            Self::Month => i64::from(civil.year()) * 12 + i64::from(civil.month()) - 1,
        })
    }

    /// The value in the folder's name.
    pub(crate) fn folder(self, ordinal: Option<i64>) -> String {
        let named = ordinal.and_then(|ordinal| self.named(ordinal));
        named.unwrap_or_else(|| NO_TIME.to_owned())
    }

    fn named(self, ordinal: i64) -> Option<String> {
        let at = |second: Option<i64>| civil(second?);
        let date = |year: i16, month: i8, day: i8| format!("{}-{month:02}-{day:02}", years(year));
        Some(match self {
            Self::Hour => {
                let time = at(ordinal.checked_mul(3_600))?;
                let day = date(time.year(), time.month(), time.day());
                format!("{day}T{:02}", time.hour())
            }
            Self::Day => {
                let time = at(ordinal.checked_mul(86_400))?;
                date(time.year(), time.month(), time.day())
            }
            Self::Week => {
                // Its Thursday lies in the week's year.
                let time = at(ordinal.checked_mul(7)?.checked_mul(86_400))?;
                let week = time.date().iso_week_date();
                format!("{}-W{:02}", years(week.year()), week.week())
            }
            Self::Month => {
                let year = i16::try_from(ordinal.div_euclid(12)).ok()?;
                format!("{}-{:02}", years(year), ordinal.rem_euclid(12) + 1)
            }
        })
    }
}

/// As ISO 8601 writes years.
/// The date and time in UTC of a second since 1970-01-01.
fn civil(second: i64) -> Option<DateTime> {
    civil_of(i128::from(second) * 1_000_000_000)
}

fn years(year: i16) -> String {
    if year < 0 {
        format!("-{:06}", -i32::from(year))
    } else {
        format!("{year:04}")
    }
}

impl Sort {
    /// The name in the mark.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hilbert => "hilbert",
            Self::Geohash => "geohash",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(partition: Partition, second: i64) -> String {
        partition.folder(partition.ordinal(second, TimeUnit::Second))
    }

    #[test]
    fn folders_by_hand() {
        // 2026-03-01T05:59:59Z, a Sunday; 2026 began on a Thursday, so it is the end of week 9.
        let time = 1_772_344_799;
        assert_eq!(folder(Partition::Hour, time), "2026-03-01T05");
        assert_eq!(folder(Partition::Hour, time + 1), "2026-03-01T06");
        assert_eq!(folder(Partition::Day, time), "2026-03-01");
        assert_eq!(folder(Partition::Week, time), "2026-W09");
        assert_eq!(folder(Partition::Week, time + 86_400), "2026-W10");
        assert_eq!(folder(Partition::Month, time), "2026-03");
        // The last second of the calendar.
        assert_eq!(folder(Partition::Hour, 253_402_300_799), "9999-12-31T23");
        assert_eq!(folder(Partition::Week, 253_402_300_799), "9999-W52");
        assert_eq!(folder(Partition::Day, 253_402_300_800), NO_TIME);
        // Before the epoch; 2021-01-01 is in the last week of 2020.
        assert_eq!(folder(Partition::Hour, -1), "1969-12-31T23");
        assert_eq!(folder(Partition::Week, 1_609_459_200), "2020-W53");
        assert_eq!(folder(Partition::Month, -1), "1969-12");
        assert_eq!(Partition::Day.ordinal(-1, TimeUnit::Millisecond), Some(-1));
        for partition in [
            Partition::Hour,
            Partition::Day,
            Partition::Week,
            Partition::Month,
        ] {
            assert_eq!(folder(partition, i64::MAX), NO_TIME);
            assert_eq!(partition.folder(None), NO_TIME);
        }
    }
}
