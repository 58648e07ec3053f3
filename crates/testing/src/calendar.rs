//! Days, weeks, months and years of a time zone. Times are milliseconds since the epoch.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, Zoned};

use crate::question::OracleError;

/// The zone of that name in the database that comes with the calendar; UTC without a name.
pub(crate) fn zone(name: Option<&str>) -> Result<TimeZone, OracleError> {
    let Some(name) = name else {
        return Ok(TimeZone::UTC);
    };
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| OracleError::TimeZone {
            name: name.to_owned(),
        })
}

/// What a clock and a calendar on the wall show.
fn local(time: i64, zone: &TimeZone) -> Result<Zoned, OracleError> {
    let instant = Timestamp::from_millisecond(time).map_err(|_| OracleError::Calendar { time })?;
    Ok(instant.to_zoned(zone.clone()))
}

/// The hour, 0 to 23, that the clock shows.
pub(crate) fn hour_of_day(time: i64, zone: &TimeZone) -> Result<i8, OracleError> {
    Ok(local(time, zone)?.hour())
}

/// The day of the week, 1 for Monday to 7.
pub(crate) fn day_of_week(time: i64, zone: &TimeZone) -> Result<i8, OracleError> {
    Ok(local(time, zone)?.weekday().to_monday_one_offset())
}

/// A stretch of the calendar.
#[derive(Clone, Copy)]
pub(crate) enum Stretch {
    /// So many days, counted from 1970-01-01.
    Days(i64),
    Hour,
    Week,
    Month,
    Quarter,
    Year,
}

/// The first instant of the stretch in which the local date of `time` lies.
pub(crate) fn start(time: i64, zone: &TimeZone, stretch: Stretch) -> Result<i64, OracleError> {
    let local = local(time, zone)?;
    let date = local.date();
    let first = match stretch {
        Stretch::Hour => return hour(&local).ok_or(OracleError::Calendar { time }),
        Stretch::Days(days) => {
            let epoch = Date::constant(1970, 1, 1);
            let since = epoch
                .until(date)
                .map_or(0, |span| i64::from(span.get_days()));
            let begin = Span::new().try_days(since.div_euclid(days) * days).ok();
            begin.and_then(|begin| epoch.checked_add(begin).ok())
        }
        Stretch::Week => {
            let since_monday = Span::new().days(date.weekday().to_monday_zero_offset());
            date.checked_sub(since_monday).ok()
        }
        Stretch::Month => Some(date.first_of_month()),
        Stretch::Quarter => {
            let month = (date.month() - 1) / 3 * 3 + 1;
            Date::new(date.year(), month, 1).ok()
        }
        Stretch::Year => Some(date.first_of_year()),
    };
    first
        .and_then(|first| first_instant(first, zone))
        .ok_or(OracleError::Calendar { time })
}

/// The first instant of the hour that clocks show, or the change of clocks within it, whichever is later.
fn hour(local: &Zoned) -> Option<i64> {
    let time = local.time();
    let since = Span::new()
        .minutes(time.minute())
        .seconds(time.second())
        .nanoseconds(time.subsec_nanosecond());
    let begin = local.timestamp().checked_sub(since).ok()?;
    let just_after = local
        .timestamp()
        .checked_add(Span::new().nanoseconds(1))
        .ok()?;
    let change = local.time_zone().preceding(just_after).next();
    let before = |change: Timestamp| change.checked_sub(Span::new().nanoseconds(1)).ok();
    let is_set = |change: &Timestamp| {
        let offset = |at: Timestamp| local.time_zone().to_offset(at);
        before(*change).is_some_and(|before| offset(before) != offset(*change))
    };
    let change = change.map(|change| change.timestamp()).filter(is_set);
    let begin = change.map_or(begin, |change| begin.max(change));
    Some(begin.as_millisecond())
}

/// The first instant at which the calendar shows that date, or a later one where the zone skipped the whole day. A
/// midnight that comes twice is the earlier one; where midnight is skipped, the day starts with the jump over it.
fn first_instant(date: Date, zone: &TimeZone) -> Option<i64> {
    let midnight = date.at(0, 0, 0, 0);
    let instant = zone.to_ambiguous_timestamp(midnight).compatible().ok()?;
    if instant.to_zoned(zone.clone()).datetime() == midnight {
        return Some(instant.as_millisecond());
    }
    let just_after = instant.checked_add(Span::new().nanoseconds(1)).ok()?;
    let jump = zone.preceding(just_after).next()?;
    Some(jump.timestamp().as_millisecond())
}
