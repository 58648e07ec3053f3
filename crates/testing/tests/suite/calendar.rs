//! Weeks, months, years, days and hours of time zones, worked out by hand.

use graticule_testing::Cell::{self, Int, Null, Time};
use graticule_testing::{Key, OracleError, Question, Table, answer};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// 2026-03-01T00:00:00Z, a Sunday.
const MARCH: i64 = 1_772_323_200_000;

fn ask(zone: Option<&str>, key: Key, time: Option<i64>) -> Result<Cell, OracleError> {
    let table = Table::new(vec![Some(0.0)], vec![Some(0.0)], vec![time], vec![]);
    let question = Question {
        keys: vec![key],
        timezone: zone.map(str::to_owned),
        ..Question::default()
    };
    answer(&table, &question).map(|answer| answer.rows[0][0].clone())
}

fn utc(key: Key, time: i64) -> Cell {
    ask(None, key, Some(time)).expect("it fits")
}

fn in_zone(zone: &str, key: Key, time: i64) -> Cell {
    ask(Some(zone), key, Some(time)).expect("it fits")
}

#[test]
fn utc_weeks_begin_on_monday() {
    assert_eq!(utc(Key::TimeWeek, MARCH), Time(MARCH - 6 * DAY));
    assert_eq!(utc(Key::TimeWeek, MARCH + DAY - 1), Time(MARCH - 6 * DAY));
    assert_eq!(utc(Key::TimeWeek, MARCH + DAY), Time(MARCH + DAY));
    // The epoch was a Thursday.
    assert_eq!(utc(Key::TimeWeek, 0), Time(-3 * DAY));
    assert_eq!(utc(Key::TimeWeek, -3 * DAY), Time(-3 * DAY));
    assert_eq!(utc(Key::TimeWeek, -3 * DAY - 1), Time(-10 * DAY));
}

#[test]
fn utc_months_and_years() {
    assert_eq!(utc(Key::TimeMonth, MARCH), Time(MARCH));
    assert_eq!(utc(Key::TimeMonth, MARCH - 1), Time(MARCH - 28 * DAY));
    assert_eq!(
        utc(Key::TimeMonth, MARCH + 31 * DAY),
        Time(MARCH + 31 * DAY)
    );
    assert_eq!(utc(Key::TimeYear, MARCH), Time(MARCH - 59 * DAY));
    assert_eq!(utc(Key::TimeMonth, -1), Time(-31 * DAY));
    assert_eq!(utc(Key::TimeYear, -1), Time(-365 * DAY));
    assert_eq!(utc(Key::TimeYear, 0), Time(0));
}

#[test]
fn utc_hours_and_days() {
    assert_eq!(utc(Key::HourOfDay, MARCH + HOUR - 1), Int(0));
    assert_eq!(utc(Key::HourOfDay, MARCH + HOUR), Int(1));
    assert_eq!(utc(Key::HourOfDay, -1), Int(23));
    assert_eq!(utc(Key::DayOfWeek, MARCH), Int(7));
    assert_eq!(utc(Key::DayOfWeek, MARCH + DAY), Int(1));
    assert_eq!(utc(Key::DayOfWeek, -1), Int(3));
}

#[test]
fn new_york_moves_its_clock_on_the_8th_of_march() {
    let new_york = |key, time| in_zone("America/New_York", key, time);
    // March begins at 05:00 UTC, April, an hour earlier by the clock, at 04:00.
    let april = MARCH + 31 * DAY + 4 * HOUR;
    assert_eq!(new_york(Key::TimeMonth, april - 1), Time(MARCH + 5 * HOUR));
    assert_eq!(new_york(Key::TimeMonth, april), Time(april));
    assert_eq!(
        new_york(Key::TimeMonth, MARCH + 5 * HOUR - 1),
        Time(MARCH - 28 * DAY + 5 * HOUR)
    );
    assert_eq!(
        new_york(Key::TimeYear, april),
        Time(MARCH - 59 * DAY + 5 * HOUR)
    );
    let monday = MARCH + 8 * DAY + 4 * HOUR;
    assert_eq!(new_york(Key::TimeWeek, monday), Time(monday));
    assert_eq!(
        new_york(Key::TimeWeek, monday - 1),
        Time(MARCH + DAY + 5 * HOUR)
    );
    // At 07:00 UTC two o'clock becomes three.
    let jump = MARCH + 7 * DAY + 7 * HOUR;
    assert_eq!(new_york(Key::HourOfDay, jump - 1), Int(1));
    assert_eq!(new_york(Key::HourOfDay, jump), Int(3));
    assert_eq!(new_york(Key::DayOfWeek, MARCH + 5 * HOUR - 1), Int(6));
    assert_eq!(new_york(Key::DayOfWeek, MARCH + 5 * HOUR), Int(7));
}

#[test]
fn days_are_those_of_the_zone_and_other_buckets_stay_in_utc() {
    // One o'clock of the 1st of March is 20:00 of the day before, which began at 05:00 UTC.
    let in_zone = |width| in_zone("America/New_York", Key::Time(width), MARCH + HOUR);
    assert_eq!(in_zone(DAY), Time(MARCH - 19 * HOUR));
    assert_eq!(in_zone(DAY / 2), Time(MARCH));
}

#[test]
fn a_day_whose_midnight_is_skipped_begins_with_the_jump() {
    // Asuncion, 2017-10-01: midnight, 04:00 UTC, is one o'clock.
    let jump = 1_506_830_400_000;
    assert_eq!(
        in_zone("America/Asuncion", Key::TimeMonth, jump + HOUR),
        Time(jump)
    );
    assert_eq!(in_zone("America/Asuncion", Key::HourOfDay, jump), Int(1));
    // Toronto, Monday 1919-03-31: from 23:30 the day before, 04:30 UTC, to 00:30.
    let jump = -1_601_753_400_000;
    assert_eq!(
        in_zone("America/Toronto", Key::TimeWeek, jump + HOUR),
        Time(jump)
    );
    assert_eq!(in_zone("America/Toronto", Key::DayOfWeek, jump), Int(1));
    assert_eq!(in_zone("America/Toronto", Key::DayOfWeek, jump - 1), Int(7));
}

#[test]
fn a_date_that_comes_twice_begins_once() {
    // Saint John's, 2009: at a minute past midnight of the 1st of November it is a minute past 23:00 of October again.
    let november = 1_257_042_600_000; // 02:30 UTC
    let october = 1_254_364_200_000; // 2009-10-01T02:30Z
    let month = |time| in_zone("America/St_Johns", Key::TimeMonth, time);
    assert_eq!(month(november - 1), Time(october));
    assert_eq!(month(november), Time(november));
    assert_eq!(month(november + 60_000 - 1), Time(november));
    assert_eq!(month(november + 60_000), Time(october));
    assert_eq!(month(november + HOUR - 1), Time(october));
    assert_eq!(month(november + HOUR), Time(november));
}

#[test]
fn null_times_are_the_null_group_and_far_ones_errors() {
    for key in [
        Key::TimeWeek,
        Key::TimeMonth,
        Key::TimeYear,
        Key::HourOfDay,
        Key::DayOfWeek,
    ] {
        assert_eq!(ask(None, key.clone(), None), Ok(Null));
        let time = i64::MAX;
        assert_eq!(
            ask(None, key, Some(time)),
            Err(OracleError::Calendar { time })
        );
    }
    let name = "Mars/Olympus".to_owned();
    assert_eq!(
        ask(Some(&name), Key::TimeWeek, None),
        Err(OracleError::TimeZone { name })
    );
}
