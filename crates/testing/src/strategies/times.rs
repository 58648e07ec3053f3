//! Times on the edges of ranges, buckets, days, weeks, months and years, and where clocks are changed.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use proptest::prelude::*;
use proptest::sample::select;

use super::{HOUR, ORIGIN};
use crate::calendar;
use crate::question::{Key, Question};

/// Zones with and without changes of the clock: by an hour and by half of one, at midnight and a minute after it, with
/// offsets of half an hour, and one that has skipped a day.
pub(super) const ZONES: [&str; 10] = [
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
];

/// A time of a calendar's edge in the question's zone, one millisecond beside it, or any that [`time`] gives.
pub(super) fn calendar_time(question: &Question, extremes: bool) -> BoxedStrategy<Option<i64>> {
    let zone = calendar::zone(question.timezone.as_deref()).expect("a zone of the list");
    let jumps = prop_oneof![
        3 => select(jumps(&zone)),
        2 => select(midnights(&zone)),
    ];
    let wide = ORIGIN - 24 * 365 * 60 * HOUR..ORIGIN + 24 * 365 * 10 * HOUR;
    prop_oneof![
        3 => (jumps, -1..2i64).prop_map(|(jump, beside)| Some(jump + beside)),
        1 => wide.prop_map(Some),
        3 => time(question, extremes),
    ]
    .boxed()
}

/// When clocks are changed: about [`ORIGIN`], 2009 and 2011; [`ORIGIN`] where they never are.
fn jumps(zone: &TimeZone) -> Vec<i64> {
    let mut jumps = vec![ORIGIN];
    for about in [ORIGIN, 1_257_000_000_000, 1_325_000_000_000] {
        let about = Timestamp::from_millisecond(about).expect("a time of this century");
        let before = zone.preceding(about).take(3);
        let after = zone.following(about).take(3);
        let both = before.chain(after);
        jumps.extend(both.map(|jump| jump.timestamp().as_millisecond()));
    }
    jumps
}

/// Local midnights of Mondays, and of the first days of months and years.
fn midnights(zone: &TimeZone) -> Vec<i64> {
    let mut dates: Vec<Date> = Vec::new();
    for (year, months) in [(1969, 12..13), (1970, 1..2), (2009, 10..13), (2026, 1..13)] {
        for month in months {
            dates.extend(Date::new(year, month, 1));
        }
    }
    dates.extend((1..=28).filter_map(|day| Date::new(2026, 3, day).ok()));
    let midnight = |date: Date| date.to_zoned(zone.clone()).ok();
    let midnights = dates.into_iter().filter_map(midnight);
    midnights
        .map(|midnight: Zoned| midnight.timestamp().as_millisecond())
        .collect()
}

/// A time near [`ORIGIN`] or the epoch, on an edge of the question's range or buckets, or null.
pub(super) fn time(question: &Question, extremes: bool) -> BoxedStrategy<Option<i64>> {
    let mut edges = vec![0, ORIGIN];
    if let Some((from, to)) = question.time {
        edges.extend(from.into_iter().chain(to));
    }
    let widths: Vec<i64> = question
        .keys
        .iter()
        .filter_map(|key| {
            if let Key::Time(w) = key {
                Some(*w)
            } else {
                None
            }
        })
        .collect();
    let widths = if widths.is_empty() {
        vec![HOUR]
    } else {
        widths
    };
    let bucket = (select(widths), -3..4i64, any::<bool>()).prop_map(|(width, n, late)| {
        (if late {
            ORIGIN.div_euclid(width) + n
        } else {
            n
        }) * width
    });
    let edge = prop_oneof![select(edges), bucket];
    let near = (edge, -1..2i64).prop_map(|(edge, beside)| edge.saturating_add(beside));
    let extreme = select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]);
    prop_oneof![
        4 => near.prop_map(Some),
        4 => (ORIGIN - 24 * 90 * HOUR..ORIGIN + 24 * 90 * HOUR).prop_map(Some),
        1 => (-1_000_000_000_000..0i64).prop_map(Some),
        1 => Just(None),
        u32::from(extremes) => extreme.prop_map(Some),
    ]
    .boxed()
}
