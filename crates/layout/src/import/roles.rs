//! Which column is the place, which the time.

use super::error::ImportError;
use super::options::Import;

pub(crate) const LON: &[&str] = &["lon", "lng", "longitude", "x"];
pub(crate) const LAT: &[&str] = &["lat", "latitude", "y"];
pub(crate) const TIME: &[&str] = &["time", "timestamp", "ts", "datetime"];

/// The numbers of the columns that mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) place: Place,
    pub(crate) time: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Point {
        lon: usize,
        lat: usize,
    },
    /// A list of points.
    Polyline(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// The flag says whether the caller named it.
    One(usize, bool),
    /// A date, and the time of day.
    Two(usize, usize),
}

/// Finds the roles among a file's columns, by the names given or by convention.
pub(crate) fn find(import: &Import, file: &str, names: &[String]) -> Result<Roles, ImportError> {
    let missing = |role, flag, tried: String| ImportError::NoColumn {
        file: file.to_owned(),
        role,
        tried,
        flag,
        columns: names.join(", "),
    };
    let exactly = |name: &str| names.iter().position(|n| n == name);
    let known = |all: &[&str]| {
        let any_case = |name: &&str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
        all.iter().find_map(any_case)
    };
    let column = |role, flag, named: Option<&str>, all: &[&str]| match named {
        Some(name) => exactly(name).ok_or_else(|| missing(role, flag, format!("'{name}'"))),
        None => known(all).ok_or_else(|| missing(role, flag, all.join(", "))),
    };
    let place = match import.polyline.as_deref() {
        Some(name) => Place::Polyline(column("polyline", "--polyline", Some(name), &[])?),
        None => Place::Point {
            lon: column("longitude", "--lon", import.lon.as_deref(), LON)?,
            lat: column("latitude", "--lat", import.lat.as_deref(), LAT)?,
        },
    };
    let time = match import.time.as_deref() {
        None => known(TIME).map(|column| Time::One(column, false)),
        Some(name) => match (exactly(name), name.split_once('+')) {
            (Some(column), _) => Some(Time::One(column, true)),
            (None, Some((date, clock))) => {
                let find = |name: &str| column("time", "--time-column", Some(name.trim()), &[]);
                Some(Time::Two(find(date)?, find(clock)?))
            }
            (None, None) => Some(Time::One(
                column("time", "--time-column", Some(name), &[])?,
                true,
            )),
        },
    };
    Ok(Roles { place, time })
}
