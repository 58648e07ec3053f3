//! Which rows are valid and which match.

use jiff::tz::TimeZone;

use crate::geohash::geohash;
use crate::great_circle::distance;
use crate::logic;
use crate::polygon::inside;
use crate::question::{OracleError, Question};
use crate::table::Table;

/// The coordinates of a row that counts: not null, finite, on the earth.
pub(crate) fn valid_point(table: &Table, row: usize) -> Option<(f64, f64)> {
    let (lon, lat) = (table.lon[row]?, table.lat[row]?);
    ((-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)).then_some((lon, lat))
}

/// Whether a valid row passes all filters.
pub(crate) fn matches(
    table: &Table,
    row: usize,
    point: (f64, f64),
    question: &Question,
    zone: &TimeZone,
) -> Result<bool, OracleError> {
    let time = table.time[row];
    let passes = in_places(point, question)
        && question.time.is_none_or(|range| in_time(time, range))
        && question
            .comparisons
            .iter()
            .all(|comparison| logic::holds(table, row, comparison));
    match &question.expression {
        Some(expression) if passes => Ok(logic::truth(table, row, zone, expression)? == Some(true)),
        _ => Ok(passes),
    }
}

fn in_places((lon, lat): (f64, f64), question: &Question) -> bool {
    let in_features = |features: &Vec<_>| features.iter().any(|feature| inside(lon, lat, feature));
    let has_prefix = |prefixes: &Vec<String>| {
        let letters = geohash(lon, lat, 12);
        prefixes.iter().any(|prefix| letters.starts_with(prefix))
    };
    question.bbox.iter().all(|&bbox| in_bbox(lon, lat, bbox))
        && question.polygons.iter().all(in_features)
        && question
            .near
            .iter()
            .all(|&[x, y, metres]| distance(x, y, lon, lat) <= metres)
        && question.geohashes.iter().all(has_prefix)
}

fn in_bbox(lon: f64, lat: f64, [west, south, east, north]: [f64; 4]) -> bool {
    let in_lon = if west <= east {
        west <= lon && lon <= east
    } else {
        lon >= west || lon <= east
    };
    in_lon && south <= lat && lat <= north
}

fn in_time(time: Option<i64>, (from, to): (Option<i64>, Option<i64>)) -> bool {
    time.is_some_and(|time| from.is_none_or(|from| from <= time) && to.is_none_or(|to| time < to))
}
