//! Instants as text, for all years that ISO 8601 has four digits for and those before them.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

const DAY: i128 = 86_400_000_000_000;

/// The civil date and time in UTC of nanoseconds since 1970-01-01; `None` outside the years -9999 to
/// 9999. No time zone is asked, so that these years are whole.
pub fn civil_of(nanoseconds: i128) -> Option<DateTime> {
    let days = i64::try_from(nanoseconds.div_euclid(DAY)).ok()?;
    let date = date_of(days)?;
    let within = nanoseconds.rem_euclid(DAY);
    let (seconds, fraction) = (within / 1_000_000_000, within % 1_000_000_000);
    let small = |n: i128| i8::try_from(n).ok();
    let time = Time::new(
        small(seconds / 3_600)?,
        small(seconds / 60 % 60)?,
        small(seconds % 60)?,
        i32::try_from(fraction).ok()?,
    );
    Some(date.to_datetime(time.ok()?))
}

/// The date that is so many days after 1970-01-01; `None` outside the years -9999 to 9999.
pub fn date_of(days: i64) -> Option<Date> {
    let span = Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

/// Nanoseconds from 1970-01-01 to a civil date and time in UTC.
pub fn nanoseconds_of(civil: DateTime) -> i128 {
    let epoch = Date::constant(1970, 1, 1);
    let days = epoch.until(civil.date()).map_or(0, |span| span.get_days());
    let time = civil.time();
    let seconds = [
        (time.hour(), 3_600),
        (time.minute(), 60),
        (time.second(), 1),
    ];
    let seconds: i64 = seconds.iter().map(|(n, of)| i64::from(*n) * of).sum();
    i128::from(days) * DAY
        + i128::from(seconds) * 1_000_000_000
        + i128::from(time.subsec_nanosecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_are_whole() {
        for (nanoseconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (-1, "1969-12-31T23:59:59.999999999"),
            (253_402_300_799_999_999_999, "9999-12-31T23:59:59.999999999"),
            (-62_135_596_800_000_000_000, "0001-01-01T00:00:00"),
            (-377_705_116_800_000_000_000, "-009999-01-01T00:00:00"),
        ] {
            let civil = civil_of(nanoseconds).expect("a date");
            assert_eq!(civil.to_string(), text);
            assert_eq!(nanoseconds_of(civil), nanoseconds, "{text}");
        }
        assert_eq!(civil_of(253_402_300_800_000_000_000), None);
        assert_eq!(civil_of(i128::MIN), None);
        assert_eq!(date_of(i64::MAX), None);
    }
}
