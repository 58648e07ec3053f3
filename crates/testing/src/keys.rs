//! Which group, or groups, a row is in.

use h3o::{LatLng, Resolution};
use jiff::tz::TimeZone;

use crate::bins::{bin, round};
use crate::calendar::{self, Stretch};
use crate::cell::{Cell, value};
use crate::geohash::geohash;
use crate::polygon::inside;
use crate::question::{Feature, Key, OracleError};
use crate::table::{Table, Values};
use crate::tile::tile;

/// Milliseconds.
const DAY: i64 = 86_400_000;

/// One key of a group, in the order of groups. A key is `Other` throughout a question, or a tile where there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GroupKey {
    /// Column and row, which order as numbers, and the zoom level.
    Tile(u64, u64, u8),
    /// What orders as its cell does.
    Other(Cell),
}

impl GroupKey {
    /// As it is in the answer.
    pub(crate) fn cell(&self) -> Cell {
        match self {
            Self::Tile(x, y, zoom) => Cell::Text(format!("{zoom}/{x}/{y}")),
            Self::Other(cell) => cell.clone(),
        }
    }
}

/// The keys of every group that the row is in: several, or none, where a key is a zone.
pub(crate) fn groups_of(
    table: &Table,
    row: usize,
    point: (f64, f64),
    keys: &[Key],
    zone: &TimeZone,
) -> Result<Vec<Vec<GroupKey>>, OracleError> {
    let mut groups = vec![Vec::new()];
    for key in keys {
        let values = match key {
            Key::Zone { zones, other } => zones_of(point, zones, *other),
            _ => vec![key_of(table, row, point, key, zone)?],
        };
        let with = |group: &Vec<GroupKey>, value: &GroupKey| {
            let mut group = group.clone();
            group.push(value.clone());
            group
        };
        groups = groups
            .iter()
            .flat_map(|group| values.iter().map(move |value| with(group, value)))
            .collect();
    }
    Ok(groups)
}

/// The names of the zones, each once.
fn zones_of((lon, lat): (f64, f64), zones: &[(String, Feature)], other: bool) -> Vec<GroupKey> {
    let mut names: Vec<GroupKey> = zones
        .iter()
        .filter(|(_, feature)| inside(lon, lat, feature))
        .map(|(name, _)| GroupKey::Other(Cell::Text(name.clone())))
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() && other {
        names.push(GroupKey::Other(Cell::Null));
    }
    names
}

fn key_of(
    table: &Table,
    row: usize,
    (lon, lat): (f64, f64),
    key: &Key,
    zone: &TimeZone,
) -> Result<GroupKey, OracleError> {
    let time = table.time[row];
    let stretch = |stretch| match time {
        None => Ok(Cell::Null),
        Some(time) => calendar::start(time, zone, stretch).map(Cell::Time),
    };
    let number = |read: fn(i64, &TimeZone) -> Result<i8, OracleError>| match time {
        None => Ok(Cell::Null),
        Some(time) => read(time, zone).map(|number| Cell::Int(number.into())),
    };
    let cell = match key {
        &Key::Geohash(precision) => Cell::Text(geohash(lon, lat, precision)),
        &Key::H3(resolution) => Cell::Text(h3(lon, lat, resolution)),
        &Key::H3Parent(of, resolution) => Cell::Text(h3_parent(lon, lat, of, resolution)),
        &Key::Tile(zoom) => match tile(lon, lat, zoom) {
            None => Cell::Null,
            Some((x, y)) => return Ok(GroupKey::Tile(x, y, zoom)),
        },
        &Key::Time(width) if width % DAY == 0 && *zone != TimeZone::UTC => {
            stretch(Stretch::Days(width / DAY))?
        }
        &Key::Time(width) => bucket(time, width),
        Key::TimeHour => stretch(Stretch::Hour)?,
        Key::TimeDay => stretch(Stretch::Days(1))?,
        Key::TimeQuarter => stretch(Stretch::Quarter)?,
        Key::TimeWeek => stretch(Stretch::Week)?,
        Key::TimeMonth => stretch(Stretch::Month)?,
        Key::TimeYear => stretch(Stretch::Year)?,
        Key::HourOfDay => number(calendar::hour_of_day)?,
        Key::DayOfWeek => number(calendar::day_of_week)?,
        Key::Bin {
            column,
            width,
            places,
        } => bin(
            &value(table.column(column).expect("the question was checked"), row),
            *width,
            *places,
            most(table, column),
        ),
        Key::Round { column, places } => round(
            &value(table.column(column).expect("the question was checked"), row),
            *places,
            most(table, column),
        ),
        Key::Column(column) | Key::Partition(column) => {
            value(table.column(column).expect("the question was checked"), row)
        }
        Key::Zone { .. } => unreachable!("a zone key has several values"),
    };
    Ok(GroupKey::Other(cell))
}

/// The H3 cell as hex text.
fn h3(lon: f64, lat: f64, resolution: u8) -> String {
    let resolution = Resolution::try_from(resolution).expect("the question was checked");
    let point = LatLng::new(lat, lon).expect("a valid point is finite");
    point.to_cell(resolution).to_string()
}

fn h3_parent(lon: f64, lat: f64, of: u8, resolution: u8) -> String {
    let [of, resolution] = [of, resolution]
        .map(|resolution| Resolution::try_from(resolution).expect("the question was checked"));
    let point = LatLng::new(lat, lon).expect("a valid point is finite");
    let parent = point.to_cell(of).parent(resolution);
    parent.expect("it is coarser").to_string()
}

/// Where the bucket begins before all times that there are, the first of those.
fn bucket(time: Option<i64>, width: i64) -> Cell {
    let Some(time) = time else {
        return Cell::Null;
    };
    let (time_wide, width_wide) = (i128::from(time), i128::from(width));
    let start = time_wide.div_euclid(width_wide) * width_wide;
    Cell::Time(i64::try_from(start).unwrap_or(i64::MIN))
}

/// The greatest integer that multiples of a column's are told as.
fn most(table: &Table, column: &str) -> i128 {
    match table.column(column) {
        Some(Values::U64(_)) => u64::MAX.into(),
        _ => i64::MAX.into(),
    }
}
