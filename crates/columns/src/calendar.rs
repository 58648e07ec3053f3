//! Hours, weekdays, days, weeks, months and years of a time zone.

use crate::TimeUnit;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What of the calendar a time is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// 0 to 23.
    HourOfDay,
    /// ISO: 1 is Monday, 7 is Sunday.
    DayOfWeek,
    /// So many days, counted from 1970-01-01; at least 1.
    Days(u32),
    /// ISO weeks, which begin on Mondays.
    Week,
    /// Months.
    Month,
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

const DAY: i64 = 86_400;
/// From Monday 1969-12-29 to 1970-01-01.
const DAYS_AFTER_MONDAY: i64 = 3;
/// The days of -9999-01-01 and 9999-12-31, counted from 1970-01-01.
const FIRST_DAY: i64 = -4_371_587;
const LAST_DAY: i64 = 2_932_896;

impl Calendar {
    /// A reader of counts of the time unit.
    ///
    /// # Errors
    /// The reason, when there is no such time zone.
    pub fn reader(&self, time: TimeUnit) -> Result<CalendarReader, String> {
        let zones = TimeZoneDatabase::bundled();
        let zone = zones.get(&self.zone).map_err(|_| {
            let end = format!("/{}", self.zone.to_ascii_lowercase());
            let mut known = zones.available();
            let meant = known.find(|name| name.as_str().to_ascii_lowercase().ends_with(&end));
            format!(
                "'{}' is no time zone; write an IANA name such as {}, or UTC",
                self.zone,
                meant.map_or("Europe/Berlin".to_owned(), |name| name.to_string())
            )
        })?;
        Ok(CalendarReader {
            unit: self.unit,
            zone,
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
    /// since Monday 1969-12-29, months since 1970-01, the year itself. `None` where the local date is outside the years -9999 to
    /// 9999.
    #[inline]
    pub fn ordinal(&mut self, count: i64) -> Option<i32> {
        if count < self.last.low || self.last.high < count {
            self.last = self.stretch(count);
        }
        let local = count
            .div_euclid(self.per_second)
            .saturating_add(self.last.offset);
        let day = local.div_euclid(DAY);
        if !(FIRST_DAY..=LAST_DAY).contains(&day) {
            return None;
        }
        let ordinal = match self.unit {
            CalendarUnit::HourOfDay => local.rem_euclid(DAY) / 3_600,
            CalendarUnit::DayOfWeek => (day + DAYS_AFTER_MONDAY).rem_euclid(7) + 1,
            CalendarUnit::Days(days) => day.div_euclid(i64::from(days.max(1))),
            CalendarUnit::Week => (day + DAYS_AFTER_MONDAY).div_euclid(7),
            CalendarUnit::Month => month(day),
            CalendarUnit::Year => month(day).div_euclid(12) + 1970,
        };
        i32::try_from(ordinal).ok()
    }

    /// The count at which the days, week, month or year of an ordinal begin in the zone. Where clocks
    /// leap over its first midnight, the first instant after the leap; where they show it twice,
    /// the first of the two. What would begin before the year -9999 begins with it. `None` for the other
    /// units, outside the years -9999 to 9999, and where an `i64` cannot hold the count.
    pub fn start(&self, ordinal: i32) -> Option<i64> {
        let date = |year: i64, month: i64| {
            Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()
        };
        let (ordinal, epoch) = (i64::from(ordinal), date(1970, 1)?);
        let of_day = |day: i64| {
            let span = Span::new().try_days(day.max(FIRST_DAY)).ok()?;
            epoch.checked_add(span).ok()
        };
        let date = match self.unit {
            CalendarUnit::HourOfDay | CalendarUnit::DayOfWeek => return None,
            CalendarUnit::Days(days) => of_day(ordinal * i64::from(days))?,
            CalendarUnit::Week => of_day(ordinal * 7 - DAYS_AFTER_MONDAY)?,
            CalendarUnit::Month => date(1970 + ordinal.div_euclid(12), ordinal.rem_euclid(12) + 1)?,
            CalendarUnit::Year => date(ordinal, 1)?,
        };
        let local = i64::from(epoch.until(date).ok()?.get_days()) * DAY;
        let midnight = date.to_datetime(Time::midnight());
        let ahead = |offset: Offset| i64::from(offset.seconds());
        let second = match self.zone.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => local - ahead(offset),
            AmbiguousOffset::Fold { before, .. } => local - ahead(before),
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the offset after the leap, midnight is an instant before it.
                let before = instant(local - ahead(after));
                let leap = self.zone.following(before).next()?;
                leap.timestamp().as_second()
            }
        };
        second.checked_mul(self.per_second)
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
