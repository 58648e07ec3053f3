//! Dates, times and durations as text.
//!
//! RFC 3339 where the calendar has the day, years -9999 to 9999; beyond it, as for the sentinels that
//! stand for no time at all, the count with its unit. Durations and intervals are those of ISO 8601.

use crate::role::Told;
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use graticule_columns::{civil_of, date_of};
use jiff::tz::TimeZoneDatabase;
use std::sync::Arc;

const NANOSECONDS: i128 = 1_000_000_000;
const DAY_MS: i64 = 86_400_000;

/// The text of a value that is not null; `None` where the type is none of time.
pub(super) fn text(column: &ArrayRef, row: usize) -> Option<String> {
    macro_rules! count {
        ($type:ty) => {
            column.as_primitive::<$type>().value(row)
        };
    }
    Some(match column.data_type() {
        DataType::Date32 => date(count!(Date32Type)),
        DataType::Date64 => date_ms(count!(Date64Type)),
        DataType::Timestamp(unit, _) => {
            let count = match unit {
                TimeUnit::Second => count!(TimestampSecondType),
                TimeUnit::Millisecond => count!(TimestampMillisecondType),
                TimeUnit::Microsecond => count!(TimestampMicrosecondType),
                TimeUnit::Nanosecond => count!(TimestampNanosecondType),
            };
            instant(count, *unit)
        }
        DataType::Time32(unit) => {
            let count = match unit {
                TimeUnit::Second => count!(Time32SecondType),
                _ => count!(Time32MillisecondType),
            };
            time_of_day(i64::from(count), *unit)
        }
        DataType::Time64(unit) => {
            let count = match unit {
                TimeUnit::Microsecond => count!(Time64MicrosecondType),
                _ => count!(Time64NanosecondType),
            };
            time_of_day(count, *unit)
        }
        DataType::Duration(unit) => {
            let count = match unit {
                TimeUnit::Second => count!(DurationSecondType),
                TimeUnit::Millisecond => count!(DurationMillisecondType),
                TimeUnit::Microsecond => count!(DurationMicrosecondType),
                TimeUnit::Nanosecond => count!(DurationNanosecondType),
            };
            let nanoseconds = nanoseconds(count, *unit);
            let sign = if nanoseconds < 0 { "-" } else { "" };
            format!("{sign}PT{}S", seconds(nanoseconds.unsigned_abs()))
        }
        DataType::Interval(unit) => match unit {
            IntervalUnit::YearMonth => interval(count!(IntervalYearMonthType), 0, 0),
            IntervalUnit::DayTime => {
                let of = count!(IntervalDayTimeType);
                interval(0, of.days, i64::from(of.milliseconds) * 1_000_000)
            }
            IntervalUnit::MonthDayNano => {
                let of = count!(IntervalMonthDayNanoType);
                interval(of.months, of.days, of.nanoseconds)
            }
        },
        _ => return None,
    })
}

/// Instants by the clocks of their time zone; those beyond the calendar, and columns of anything else, as they are.
pub(super) fn told(column: &ArrayRef, told: Told) -> ArrayRef {
    let DataType::Timestamp(unit, Some(zone)) = column.data_type() else {
        return column.clone();
    };
    let Ok(zone) = TimeZoneDatabase::bundled().get(zone) else {
        return column.clone();
    };
    let Ok(counts) = cast(column, &DataType::Int64) else {
        return column.clone();
    };
    let text = |count: i64| match jiff::Timestamp::from_nanosecond(nanoseconds(count, *unit)) {
        Ok(at) => local(&at.to_zoned(zone.clone()), told),
        Err(_) => instant(count, *unit),
    };
    let counts = counts.as_primitive::<Int64Type>().iter();
    let texts = counts.map(|count| count.map(text));
    Arc::new(texts.collect::<StringArray>())
}

/// An instant by the clocks of its zone.
fn local(at: &jiff::Zoned, told: Told) -> String {
    let date = at.date().to_string();
    // Without the day, and without the month.
    let month = date.rsplit_once('-').map_or("", |(month, _)| month);
    let year = month.rsplit_once('-').map_or("", |(year, _)| year);
    match told {
        Told::Time | Told::Hour if *at.time_zone() == jiff::tz::TimeZone::UTC => {
            format!("{}Z", at.datetime())
        }
        Told::Time | Told::Hour => {
            let offset = at.offset().seconds();
            let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
            let (hours, minutes) = (size / 3_600, size / 60 % 60);
            format!("{}{sign}{hours:02}:{minutes:02}", at.datetime())
        }
        Told::Day => date.clone(),
        Told::Week => {
            let week = at.date().iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Told::Month => month.to_owned(),
        Told::Quarter => format!("{year}-Q{}", (at.month() - 1) / 3 + 1),
        Told::Year => year.to_owned(),
    }
}

fn per_second(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => NANOSECONDS,
    }
}

fn name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

fn nanoseconds(count: i64, unit: TimeUnit) -> i128 {
    i128::from(count) * (NANOSECONDS / per_second(unit))
}

fn instant(count: i64, unit: TimeUnit) -> String {
    match civil_of(nanoseconds(count, unit)) {
        Some(civil) => format!("{civil}Z"),
        None => format!("{count} {}", name(unit)),
    }
}

fn date(days: i32) -> String {
    match date_of(days.into()) {
        Some(date) => date.to_string(),
        None => format!("{days} days"),
    }
}

/// A date in milliseconds, which may be none of midnight.
fn date_ms(count: i64) -> String {
    match civil_of(nanoseconds(count, TimeUnit::Millisecond)) {
        Some(civil) if count % DAY_MS == 0 => civil.date().to_string(),
        Some(civil) => civil.to_string(),
        None => format!("{count} ms"),
    }
}

fn time_of_day(count: i64, unit: TimeUnit) -> String {
    let nanoseconds = nanoseconds(count, unit);
    match civil_of(nanoseconds) {
        Some(civil) if (0..86_400 * NANOSECONDS).contains(&nanoseconds) => civil.time().to_string(),
        _ => format!("{count} {}", name(unit)),
    }
}

/// Seconds with as many digits behind the point as there are.
fn seconds(nanoseconds: u128) -> String {
    let (whole, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    match rest {
        0 => whole.to_string(),
        _ => format!("{whole}.{}", format!("{rest:09}").trim_end_matches('0')),
    }
}

fn interval(months: i32, days: i32, nanoseconds: i64) -> String {
    let part = |count: i32, unit: &str| match count {
        0 => String::new(),
        _ => format!("{count}{unit}"),
    };
    let (months_days, sign) = (
        part(months, "M") + &part(days, "D"),
        if nanoseconds < 0 { "-" } else { "" },
    );
    match nanoseconds {
        0 if !months_days.is_empty() => format!("P{months_days}"),
        _ => {
            let seconds = seconds(nanoseconds.unsigned_abs().into());
            format!("P{months_days}T{sign}{seconds}S")
        }
    }
}

/// A count of a unit since 1970 as RFC 3339 in UTC.
pub fn format_time(count: i64, unit: graticule_columns::TimeUnit) -> String {
    instant(
        count,
        match unit {
            graticule_columns::TimeUnit::Second => TimeUnit::Second,
            graticule_columns::TimeUnit::Millisecond => TimeUnit::Millisecond,
            graticule_columns::TimeUnit::Microsecond => TimeUnit::Microsecond,
            graticule_columns::TimeUnit::Nanosecond => TimeUnit::Nanosecond,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_four_digit_years_are_rfc_3339() {
        let us = |count| instant(count, TimeUnit::Microsecond);
        assert_eq!(us(253_402_214_400_000_000), "9999-12-31T00:00:00Z");
        assert_eq!(us(253_402_300_799_999_999), "9999-12-31T23:59:59.999999Z");
        assert_eq!(us(253_402_300_800_000_000), "253402300800000000 us");
        assert_eq!(us(-62_135_596_800_000_000), "0001-01-01T00:00:00Z");
        assert_eq!(us(1_500_000), "1970-01-01T00:00:01.5Z");
        assert_eq!(us(-i64::MAX), "-9223372036854775807 us");
        assert_eq!(
            instant(i64::MIN, TimeUnit::Second),
            "-9223372036854775808 s"
        );
        assert_eq!(
            instant(i64::MIN, TimeUnit::Nanosecond),
            "1677-09-21T00:12:43.145224192Z"
        );
    }

    #[test]
    fn dates_beyond_the_calendar_are_counts() {
        assert_eq!(date(20_514), "2026-03-02");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(date(i32::MAX), "2147483647 days");
        assert_eq!(date_ms(DAY_MS), "1970-01-02");
        assert_eq!(date_ms(DAY_MS + 1), "1970-01-02T00:00:00.001");
        assert_eq!(date_ms(i64::MAX), "9223372036854775807 ms");
    }

    #[test]
    fn times_of_day_and_spans() {
        assert_eq!(time_of_day(30_600, TimeUnit::Second), "08:30:00");
        assert_eq!(time_of_day(1, TimeUnit::Nanosecond), "00:00:00.000000001");
        assert_eq!(time_of_day(86_400, TimeUnit::Second), "86400 s");
        assert_eq!(time_of_day(-1, TimeUnit::Microsecond), "-1 us");
        assert_eq!(seconds(90_500_000_000), "90.5");
        assert_eq!(interval(1, 2, 5_400_000_000_000), "P1M2DT5400S");
        assert_eq!(interval(0, 0, 0), "PT0S");
        assert_eq!(interval(0, -1, -500_000_000), "P-1DT-0.5S");
    }
}
