//! Which column is the place, which the time.

use super::error::ImportError;
use super::options::Import;
use graticule_columns::{Note, listed};
use graticule_geo::CoordinateUnit;

/// With those of Movebank, GBIF and GPSBabel behind the usual ones.
pub(crate) const LON: &[&str] = &[
    "lon",
    "lng",
    "longitude",
    "x",
    "long",
    "location-long",
    "decimallongitude",
];
pub(crate) const LAT: &[&str] = &["lat", "latitude", "y", "location-lat", "decimallatitude"];
/// Columns of points in well-known text, where no columns are called so.
const WKT: &[&str] = &["wkt", "geometry", "geom", "the_geom"];
pub(crate) const TIME: &[&str] = &["time", "timestamp", "ts", "datetime"];

/// What to do where the unit of the coordinates cannot be told.
pub(crate) const UNITS: &str =
    "; say which with `coordinate_unit` degrees, 1e-7, 1e-6 or semicircles";

/// The numbers of the columns that mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) place: PointAt,
    pub(crate) time: Option<Time>,
    /// Of the place's numbers.
    pub(crate) unit: CoordinateUnit,
    /// Whether the unit was told by values that are all whole numbers.
    pub(crate) is_whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointAt {
    Point {
        lon: usize,
        lat: usize,
    },
    /// A list of points.
    Polyline(usize),
    /// A point in well-known text.
    Wkt(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    One(usize, Told),
    /// A date, and the time of day.
    Two(usize, usize),
}

/// What tells that a column is the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The caller.
    Said,
    /// Its name.
    Name,
    /// Its values, which are all times, as no other column's are.
    Values,
}

/// Finds the roles among a file's columns: the place by the names given or by convention, the time
/// only where it is named, as others are told by their values too.
pub(crate) fn find(import: &Import, file: &str, names: &[String]) -> Result<Roles, ImportError> {
    let missing = |role, setting, tried: String| ImportError::NoColumn {
        file: file.to_owned(),
        role,
        tried,
        setting,
        columns: listed(names),
    };
    let exactly = |name: &str| names.iter().position(|n| n == name);
    let known = |all: &[&str]| all.iter().find_map(|name| named(names, name));
    let column = |role, setting, named: Option<&str>, all: &[&str]| match named {
        Some(name) => exactly(name).ok_or_else(|| missing(role, setting, format!("'{name}'"))),
        None => known(all).ok_or_else(|| missing(role, setting, all.join(", "))),
    };
    let place = match import.polyline.as_deref() {
        Some(name) => PointAt::Polyline(column("polyline", "polyline", Some(name), &[])?),
        None => PointAt::Point {
            lon: column("longitude", "lon", import.lon.as_deref(), LON)?,
            lat: column("latitude", "lat", import.lat.as_deref(), LAT)?,
        },
    };
    let time = match import.time.as_deref() {
        None => None,
        Some(name) => match (exactly(name), name.split_once('+')) {
            (Some(column), _) => Some(Time::One(column, Told::Said)),
            (None, Some((date, clock))) => {
                let find = |name: &str| column("time", "time_column", Some(name.trim()), &[]);
                Some(Time::Two(find(date)?, find(clock)?))
            }
            (None, None) => Some(Time::One(
                column("time", "time_column", Some(name), &[])?,
                Told::Said,
            )),
        },
    };
    Ok(Roles {
        place,
        time,
        unit: import.coordinate_unit.unwrap_or_default(),
        is_whole: false,
    })
}

/// As [`find`], of texts, among which may be points.
pub(crate) fn find_texts(
    import: &Import,
    file: &str,
    names: &[String],
) -> Result<Roles, ImportError> {
    if let Some(name) = &import.geometry {
        let wkt = names.iter().position(|n| n == name);
        let wkt = wkt.ok_or_else(|| ImportError::NoColumn {
            file: file.to_owned(),
            role: "geometry",
            tried: format!("'{name}'"),
            setting: "geometry",
            columns: listed(names),
        })?;
        return of_wkt(import, file, names, wkt);
    }
    let found = find(import, file, names);
    let wkt = WKT.iter().find_map(|name| named(names, name));
    match (found, wkt) {
        (Err(_), Some(wkt)) if !is_named(import) => of_wkt(import, file, names, wkt),
        (found, _) => found,
    }
}

/// The place by its values, where neither the caller nor a name tells it: the only column of points in well-known text.
pub(crate) fn place(
    import: &Import,
    file: &str,
    names: &[String],
    is_points: &dyn Fn(usize) -> bool,
) -> Result<Option<String>, ImportError> {
    if is_named(import) || find_texts(import, file, names).is_ok() {
        return Ok(None);
    }
    let points = names.iter().enumerate().filter(|(c, _)| is_points(*c));
    let points: Vec<&str> = points.map(|(_, name)| name.as_str()).collect();
    match points[..] {
        [] => Ok(None),
        [name] => Ok(Some(name.to_owned())),
        _ => Err(ImportError::File {
            file: file.to_owned(),
            reason: format!(
                "several columns hold points: {}; choose one with `geometry`",
                points.join(", ")
            ),
        }),
    }
}

/// Whether the caller named the place.
fn is_named(import: &Import) -> bool {
    let named = [&import.lon, &import.lat, &import.polyline, &import.geometry];
    named.iter().any(|name| name.is_some())
}

/// The roles beside a place in well-known text.
fn of_wkt(import: &Import, file: &str, names: &[String], wkt: usize) -> Result<Roles, ImportError> {
    // The time is found as with a place of two columns.
    let mut import = import.clone();
    let name = Some(names[wkt].clone());
    (import.lon, import.lat) = (name.clone(), name);
    let roles = find(&import, file, names)?;
    Ok(Roles {
        place: PointAt::Wkt(wkt),
        ..roles
    })
}

/// The first column of a name, in any case, behind the mark of a comment and before a unit in brackets.
fn named(names: &[String], name: &str) -> Option<usize> {
    let is_it = |n: &String| {
        let n = n.trim_start_matches('#');
        let n = n.split(['(', '[']).next().unwrap_or(n);
        n.trim().eq_ignore_ascii_case(name)
    };
    names.iter().position(is_it)
}

/// What is known of a column that may be the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    Times,
    /// More than half are times.
    MostlyTimes,
    Numbers,
    Empty,
    Other,
}

/// Finds the time where the caller named none: the first known name whose values are times, or
/// numbers or nothing, or else the only column of times.
pub(crate) fn time(
    import: &Import,
    names: &[String],
    looks: &dyn Fn(usize) -> Looks,
) -> (Option<Time>, Option<Note>) {
    let known = TIME.iter().filter_map(|name| named(names, name));
    let known: Vec<usize> = known.collect();
    let first = |wanted: &&[Looks]| {
        let mut known = known.iter().copied();
        known.find(|c| wanted.contains(&looks(*c)))
    };
    let times: &[Looks] = &[Looks::Times, Looks::MostlyTimes];
    let wanted: [&[Looks]; 3] = match import.time_unit {
        Some(_) => [&[Looks::Numbers], &[Looks::Empty, Looks::Other], times],
        None => [times, &[Looks::Empty], &[Looks::Numbers]],
    };
    let note = |text: String, is_warning| Some(Note { text, is_warning });
    if let Some(column) = wanted.iter().find_map(first) {
        let name = &names[column];
        if looks(column) == Looks::Numbers && import.time_unit.is_none() {
            let text = format!(
                "no times: column '{name}' holds numbers; `time_unit` says what they count, \
                 or `time_column` names another"
            );
            return (Some(Time::One(column, Told::Name)), note(text, true));
        }
        let is_plain = name.eq_ignore_ascii_case("time");
        let said = note(format!("the time is column '{name}'"), false);
        return (
            Some(Time::One(column, Told::Name)),
            said.filter(|_| !is_plain),
        );
    }
    let others = (0..names.len()).filter(|c| looks(*c) == Looks::Times);
    let others: Vec<usize> = others.collect();
    match others[..] {
        [] if !known.is_empty() => {
            let text = format!(
                "no times: half of the values of column '{0}' or more are none; `time_format` says how they are written, \
                 `time_column` {0} rejects what is none, DATE+CLOCK joins two columns",
                names[known[0]]
            );
            (None, note(text, true))
        }
        [] => {
            let text = "no time column was found; `time_column` names one, DATE+CLOCK two of them, \
                        `time_unit` says what numbers count and `time_format` how times are written";
            (None, note(text.to_owned(), true))
        }
        [column] => {
            let text = format!(
                "the time is column '{}', the only one of times; `time_column` names another",
                names[column]
            );
            (Some(Time::One(column, Told::Values)), note(text, false))
        }
        _ => {
            let others: Vec<&str> = others.iter().map(|c| names[*c].as_str()).collect();
            let text = format!(
                "no time was taken, for several columns are times: {}; choose with `time_column`",
                others.join(", ")
            );
            (None, note(text, true))
        }
    }
}
