//! Hours, weekdays, days, weeks, months, quarters and years of a time zone.

use crate::TimeUnit;
use crate::instant::date_of;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// What of the calendar a time is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// 0 to 23.
    HourOfDay,
    /// ISO: 1 is Monday, 7 is Sunday.
    DayOfWeek,
    /// Hours, each of them once, also where clocks show one twice.
    Hour,
    /// So many days, counted from 1970-01-01; at least 1.
    Days(u32),
    /// ISO weeks, which begin on Mondays.
    Week,
    /// Months.
    Month,
    /// Quarters of a year, which begin with January, April, July and October.
    Quarter,
    /// Years.
    Year,
}

/// A unit of the calendar, as the clocks of a time zone show it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Calendar {
    /// The unit.
    pub unit: CalendarUnit,
    /// The zone's IANA name, such as `Europe/Berlin`, or `UTC`.
    pub zone: String,
}

/// Reads counts of a time unit as ordinals of a calendar.
///
/// It keeps the stretches of counts in which the zone's offset is the same, so that a time near the
/// last one costs a comparison and some integer arithmetic.
#[derive(Debug, Clone)]
pub struct CalendarReader {
    unit: CalendarUnit,
    zone: TimeZone,
    per_second: i64,
    /// The stretch of the last count.
    last: Stretch,
    /// All that were met, ascending.
    known: Vec<Stretch>,
}

/// Counts for which the zone's offset is the same.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// The least and the greatest of them.
    low: i64,
    high: i64,
    /// Seconds that local clocks are ahead of UTC.
    offset: i64,
}

const HOUR: i64 = 3_600;
/// How many hours of clocks may begin within one of UTC: before they are set, then, and after.
const HOURS: i64 = 3;
const DAY: i64 = 86_400;
/// From Monday 1969-12-29 to 1970-01-01.
const DAYS_AFTER_MONDAY: i64 = 3;

/// A time zone by its IANA name, as all machines know it.
///
/// # Errors
/// The reason, when there is none of the name.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    let zones = TimeZoneDatabase::bundled();
    zones.get(name).map_err(|_| {
        let end = format!("/{}", name.to_ascii_lowercase());
        let mut known = zones.available();
        let meant = known.find(|name| name.as_str().to_ascii_lowercase().ends_with(&end));
        format!(
            "'{name}' is no time zone; write an IANA name such as {}, or UTC",
            meant.map_or("Europe/Berlin".to_owned(), |name| name.to_string())
        )
    })
}

impl Calendar {
    /// A reader of counts of the time unit.
    ///
    /// # Errors
    /// The reason, when there is no such time zone.
    pub fn reader(&self, time: TimeUnit) -> Result<CalendarReader, String> {
        Ok(CalendarReader {
            unit: self.unit,
            zone: time_zone(&self.zone)?,
            per_second: time.per_second(),
            last: Stretch {
                low: 1,
                high: 0,
                offset: 0,
            },
            known: Vec::new(),
        })
    }
}

impl CalendarReader {
    /// The ordinal of a count of the time unit: the hour, the ISO weekday, or a number that grows
    /// by one from each so many days, week, month or year to the next: days since 1970-01-01, weeks
    /// since Monday 1969-12-29, months and quarters since 1970-01, the year itself; hours have numbers between which others
    /// may be missing. The calendar goes on for all counts; the least and
    /// the greatest ordinal stand for all beyond them too.
    #[inline]
    pub fn ordinal(&mut self, count: i64) -> i32 {
        if count < self.last.low || self.last.high < count {
            self.last = self.stretch(count);
        }
        let second = count.div_euclid(self.per_second);
        // At the ends of i64 a week less has the same hour and weekday, and the other units have no such ordinals.
        let local = second.checked_add(self.last.offset);
        let local = local.unwrap_or(second - second.signum() * 7 * DAY + self.last.offset);
        let day = local.div_euclid(DAY);
        let ordinal = match self.unit {
            CalendarUnit::HourOfDay => local.rem_euclid(DAY) / HOUR,
            CalendarUnit::DayOfWeek => (day + DAYS_AFTER_MONDAY).rem_euclid(7) + 1,
            CalendarUnit::Hour => self.hour(second),
            CalendarUnit::Days(days) => day.div_euclid(i64::from(days.max(1))),
            CalendarUnit::Week => (day + DAYS_AFTER_MONDAY).div_euclid(7),
            CalendarUnit::Month => month(day),
            CalendarUnit::Quarter => month(day).div_euclid(3),
            CalendarUnit::Year => month(day).div_euclid(12) + 1970,
        };
        let held = ordinal.clamp(i32::MIN.into(), i32::MAX.into());
        i32::try_from(held).unwrap_or(i32::MAX)
    }

    /// The count at which the hour, days, week, month, quarter or year of an ordinal begin in the zone. Where clocks
    /// leap over its first midnight, the first instant after the leap; where they show it twice,
    /// the first of the two. Before the year -9999 and after 9999 the offset is that of the nearest instant within. `None`
    /// for the other units, for the least and the greatest ordinal, and where an `i64` cannot hold the count.
    pub fn start(&self, ordinal: i32) -> Option<i64> {
        if matches!(ordinal, i32::MIN | i32::MAX) {
            return None;
        }
        let ordinal = i64::from(ordinal);
        let day = match self.unit {
            CalendarUnit::HourOfDay | CalendarUnit::DayOfWeek => return None,
            CalendarUnit::Hour => {
                let begins = self.hours(ordinal.div_euclid(HOURS));
                let place = usize::try_from(ordinal.rem_euclid(HOURS)).ok()?;
                return begins.get(place)?.checked_mul(self.per_second);
            }
            CalendarUnit::Days(days) => ordinal * i64::from(days),
            CalendarUnit::Week => ordinal * 7 - DAYS_AFTER_MONDAY,
            CalendarUnit::Month => first_day(ordinal),
            CalendarUnit::Quarter => first_day(ordinal * 3),
            CalendarUnit::Year => first_day((ordinal - 1970) * 12),
        };
        let second = match date_of(day) {
            Some(date) => self.first_instant(date, day * DAY)?,
            None => {
                let local = day.checked_mul(DAY)?;
                local.checked_sub(self.zone.to_offset(instant(local)).seconds().into())?
            }
        };
        second.checked_mul(self.per_second)
    }

    /// The ordinal of the hour that clocks show at a second of the last stretch: [`HOURS`] for each hour of UTC, in which
    /// clocks may begin so many. Those that are set by less than an hour, or not on the hour, begin more than one.
    fn hour(&self, second: i64) -> i64 {
        let into = (second.rem_euclid(HOUR) + self.last.offset).rem_euclid(HOUR);
        let hour = second.saturating_sub(into).div_euclid(HOUR);
        if self.last.low.div_euclid(self.per_second) < hour.saturating_mul(HOUR) {
            return hour.saturating_mul(HOURS);
        }
        self.hour_of_leap(second)
    }

    /// The same where clocks have just been set.
    #[cold]
    fn hour_of_leap(&self, second: i64) -> i64 {
        /// No ordinal tells of hours beyond these seconds.
        const FAR: i64 = i32::MAX as i64 * HOUR;
        let second = second.clamp(-FAR, FAR);
        let hour = second.div_euclid(HOUR);
        let found = [hour, hour - 1].into_iter().find_map(|hour| {
            let begins = self.hours(hour);
            let place = begins.iter().rposition(|begin| *begin <= second)?;
            Some(hour * HOURS + i64::try_from(place).ok()?)
        });
        found.unwrap_or(hour * HOURS)
    }

    /// The seconds within an hour of UTC at which those of clocks begin.
    fn hours(&self, hour: i64) -> Vec<i64> {
        let ahead = |second: i64| i64::from(self.zone.to_offset(instant(second)).seconds());
        let (mut from, end) = (hour * HOUR, (hour + 1) * HOUR);
        let mut begins = Vec::new();
        while from < end {
            let leap = self.zone.following(instant(from)).next();
            let leap = leap.map_or(end, |leap| leap.timestamp().as_second());
            let until = leap.clamp(from + 1, end);
            let whole = from + (-from - ahead(from)).rem_euclid(HOUR);
            let is_set = whole != from && ahead(from - 1) != ahead(from);
            begins.extend(is_set.then_some(from));
            begins.extend((whole < until).then_some(whole));
            from = until;
        }
        begins
    }

    /// The second at which a date begins whose midnight is so many seconds of local clocks after 1970.
    fn first_instant(&self, date: Date, local: i64) -> Option<i64> {
        let midnight = date.to_datetime(Time::midnight());
        let ahead = |offset: Offset| i64::from(offset.seconds());
        Some(match self.zone.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => local - ahead(offset),
            AmbiguousOffset::Fold { before, .. } => local - ahead(before),
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the offset after the leap, midnight is an instant before it.
                let before = instant(local - ahead(after));
                let leap = self.zone.following(before).next()?;
                leap.timestamp().as_second()
            }
        })
    }

    /// The stretch that holds a count.
    #[cold]
    fn stretch(&mut self, count: i64) -> Stretch {
        let place = self.known.partition_point(|known| known.high < count);
        if let Some(known) = self.known.get(place).filter(|known| known.low <= count) {
            return *known;
        }
        let at = instant(count.div_euclid(self.per_second));
        // Offsets change on whole seconds; before the first change and after the last there is no
        // end, nor where it is beyond what an i64 holds.
        let after = self.zone.following(at).next();
        let next = instant(at.as_second() + 1);
        let before = self.zone.preceding(next).next();
        let scaled = |second: i64| second.checked_mul(self.per_second);
        let stretch = Stretch {
            low: before
                .and_then(|change| scaled(change.timestamp().as_second()))
                .unwrap_or(i64::MIN),
            high: after
                .and_then(|change| scaled(change.timestamp().as_second()))
                .map_or(i64::MAX, |first| first - 1),
            offset: i64::from(self.zone.to_offset(at).seconds()),
        };
        self.known.insert(place, stretch);
        stretch
    }
}

/// The instant of a count of seconds, or the nearest one that there is.
fn instant(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Months from 1970-01 to the month of a day since 1970-01-01. Years are counted from March, so
/// that the leap day is the last of its year, and in eras of 400 years, which repeat.
fn month(day: i64) -> i64 {
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let since_march = (5 * day + 2) / 153;
    (era * 400 + year - 1970) * 12 + since_march + 2
}

/// Days from 1970-01-01 to the first of a month that is so many months after 1970-01; the inverse of [`month`].
fn first_day(months: i64) -> i64 {
    // From March, as there.
    let months = months - 2;
    let (year, since_march) = (1970 + months.div_euclid(12), months.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * since_march + 2) / 5 + 365 * of_era + of_era / 4 - of_era / 100;
    era * 146_097 + day - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(unit: CalendarUnit, zone: &str, time: TimeUnit) -> CalendarReader {
        let zone = zone.to_owned();
        Calendar { unit, zone }.reader(time).expect("a zone")
    }

    const UNITS: [CalendarUnit; 5] = [
        CalendarUnit::Days(1),
        CalendarUnit::Week,
        CalendarUnit::Month,
        CalendarUnit::Quarter,
        CalendarUnit::Year,
    ];

    /// The first instant of the year 10000, where the calendar of four digits ends.
    const Y10K: i64 = 253_402_300_800;

    #[test]
    fn the_calendar_goes_on() {
        // 10000-01-01 is a Saturday.
        let begins = [Y10K, Y10K - 5 * DAY, Y10K, Y10K, Y10K];
        for (unit, begin) in UNITS.into_iter().zip(begins) {
            let mut reader = reader(unit, "UTC", TimeUnit::Second);
            let ordinal = reader.ordinal(Y10K);
            assert_eq!(reader.start(ordinal), Some(begin), "{unit:?}");
            assert_eq!(reader.ordinal(begin - 1), ordinal - 1, "{unit:?}");
        }
        // A year of 10000's length from 12000-01-01 on, as from 2000-01-01.
        let mut months = reader(CalendarUnit::Month, "UTC", TimeUnit::Second);
        let march = months.ordinal(951_868_800);
        let later = march + 12 * 10_000;
        assert_eq!(months.start(later), Some(951_868_800 + 25 * 146_097 * DAY));
        let of = |unit, count| reader(unit, "UTC", TimeUnit::Microsecond).ordinal(count);
        // 294247-01-10T04:00:54.775807Z, a Sunday.
        assert_eq!(of(CalendarUnit::HourOfDay, i64::MAX), 4);
        assert_eq!(of(CalendarUnit::DayOfWeek, i64::MAX), 7);
        assert_eq!(of(CalendarUnit::Year, i64::MAX), 294_247);
    }

    /// In Kiribati clocks are 14 hours ahead.
    #[test]
    fn the_end_of_9999_ahead_of_utc() {
        let day = 253_402_300_799_000;
        for unit in UNITS {
            let mut reader = reader(unit, "Pacific/Kiritimati", TimeUnit::Millisecond);
            let ordinal = reader.ordinal(day);
            let begin = match unit {
                CalendarUnit::Week => Y10K - 5 * DAY,
                _ => Y10K,
            };
            assert_eq!(
                reader.start(ordinal),
                Some((begin - 14 * 3_600) * 1_000),
                "{unit:?}"
            );
        }
    }

    /// Clocks in Berlin went from 03:00 back to 02:00 at 2026-10-25T01:00Z; those in Kathmandu are 5:45 hours ahead; on
    /// Lord Howe Island they go forward by half an hour, from 02:00 to 02:30 at 2026-10-03T15:30Z.
    #[test]
    fn hours_are_each_told_once() {
        let begins = |zone: &str, count: i64| {
            let mut reader = reader(CalendarUnit::Hour, zone, TimeUnit::Second);
            let ordinal = reader.ordinal(count);
            reader.start(ordinal)
        };
        let back = 1_792_890_000;
        assert_eq!(begins("Europe/Berlin", back - 1), Some(back - HOUR));
        assert_eq!(begins("Europe/Berlin", back + 1), Some(back));
        // 1970-01-01T05:45 there: the hour began at 05:00.
        assert_eq!(begins("Asia/Kathmandu", 0), Some(-30 * 60));
        assert_eq!(begins("UTC", -1), Some(-HOUR));
        let forward = 1_791_041_400;
        for (second, begin) in [
            (-HOUR, -HOUR),
            (-1, -HOUR),
            (0, 0),
            (1_799, 0),
            (1_800, 1_800),
        ] {
            let told = begins("Australia/Lord_Howe", forward + second);
            assert_eq!(told, Some(forward + begin), "{second}");
        }
        // From 00:01 back to 23:01 of the day before, at 2010-11-07T02:31Z.
        let back = 1_289_097_060;
        for (second, begin) in [
            (-61, -60 - HOUR),
            (-1, -60),
            (0, 0),
            (3_539, 0),
            (3_540, 3_540),
        ] {
            let told = begins("America/St_Johns", back + second);
            assert_eq!(told, Some(back + begin), "{second}");
        }
    }

    /// From 02:00 back to 01:30 at 2026-04-04T15:00Z.
    #[test]
    fn clocks_go_back_into_an_hour() {
        let mut hours = reader(CalendarUnit::Hour, "Australia/Lord_Howe", TimeUnit::Second);
        let back = 1_775_314_800;
        for (second, begin) in [(-1, -HOUR), (0, 0), (1_799, 0), (1_800, 1_800)] {
            let ordinal = hours.ordinal(back + second);
            assert_eq!(hours.start(ordinal), Some(back + begin), "{second}");
        }
    }

    #[test]
    fn quarters() {
        let mut quarters = reader(CalendarUnit::Quarter, "UTC", TimeUnit::Second);
        // 2026-05-17 is in the quarter that begins on 2026-04-01.
        let ordinal = quarters.ordinal(1_778_976_000);
        assert_eq!(ordinal, 56 * 4 + 1);
        assert_eq!(quarters.start(ordinal), Some(1_775_001_600));
        assert_eq!(quarters.ordinal(-1), -1);
    }

    #[test]
    fn what_no_ordinal_tells_is_beyond() {
        for unit in UNITS.into_iter().chain([CalendarUnit::Hour]) {
            let mut reader = reader(unit, "Asia/Tokyo", TimeUnit::Second);
            for (count, ordinal) in [(i64::MIN, i32::MIN), (i64::MAX, i32::MAX)] {
                assert_eq!(
                    (reader.ordinal(count), reader.start(ordinal)),
                    (ordinal, None)
                );
            }
        }
        // The day of -infinity begins before all that microseconds hold.
        let mut days = reader(CalendarUnit::Days(1), "UTC", TimeUnit::Microsecond);
        let first = days.ordinal(i64::MIN + 1);
        assert_eq!(days.start(first), None);
        assert_eq!(days.start(first + 1), Some(-106_751_991 * DAY * 1_000_000));
    }
}
