//! Regions that depend on the dataset: its busiest cells.

use crate::run::{Cell, RunError, Runner};
use crate::{CompareError, Residency};
use arrow::array::{Array, RecordBatch, StringArray};
use graticule::{Bbox, Dataset, Device, Engine, Filter, Key, NamedZone, Query, Run};
use serde::{Deserialize, Serialize};

/// The geohash cell with the most points, as one of the filters that can say where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The cell's letters, 1 to 12: 8 is a house (38 m), 7 a street (153 m), 6 a neighbourhood
    /// (1.2 km), 4 a city (39 km), in longitude at the equator.
    pub busiest: u32,
    /// The filter.
    pub form: Form,
}

/// How a region is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// As a box, edges included.
    Bbox,
    /// As a polygon of 48 corners, the ellipse within the cell.
    Polygon,
    /// As a prefix of the order of geohashes.
    Geohash,
}

/// Corners of the ellipse.
const CORNERS: u32 = 48;
const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

impl Region {
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.busiest {
            1..=12 => Ok(()),
            n => Err(format!(
                "region: busiest is 1 to 12 letters of a geohash, {n} is not"
            )),
        }
    }

    /// The filter for a cell; `None` where its text is no geohash.
    pub(crate) fn filter(&self, cell: &str) -> Option<Filter> {
        let [west, south, east, north] = edges(cell)?;
        Some(match self.form {
            Form::Geohash => Filter::Geohash(vec![cell.to_owned()]),
            Form::Bbox => Filter::Bbox(Bbox::new(west, south, east, north).ok()?),
            Form::Polygon => {
                let corner = |i: u32| {
                    let angle = std::f64::consts::TAU * f64::from(i) / f64::from(CORNERS);
                    let at =
                        |low: f64, high: f64, part: f64| (low + high + (high - low) * part) / 2.0;
                    [at(west, east, angle.cos()), at(south, north, angle.sin())]
                };
                let name = Some(cell.to_owned());
                let rings = vec![(0..CORNERS).map(corner).collect()];
                Filter::Polygon(vec![NamedZone { name, rings }])
            }
        })
    }
}

/// West, south, east and north of a geohash cell, in degrees.
fn edges(cell: &str) -> Option<[f64; 4]> {
    let (mut lon, mut lat) = ([-180.0, 180.0], [-90.0, 90.0]);
    let mut is_lon = true;
    for letter in cell.bytes() {
        let code = LETTERS.iter().position(|l| *l == letter)?;
        for bit in (0..5).rev() {
            let side = if is_lon { &mut lon } else { &mut lat };
            side[1 - (code >> bit & 1)] = f64::midpoint(side[0], side[1]);
            is_lon = !is_lon;
        }
    }
    Some([lon[0], lat[0], lon[1], lat[1]])
}

/// The geohash cell with the most points.
pub(crate) fn busiest(runner: &mut dyn Runner, letters: u32) -> Result<String, CompareError> {
    let what = |reason: String| {
        CompareError::Argument(format!(
            "the busiest geohash cell of {letters} letters: {reason}"
        ))
    };
    let query = Query::new().by([Key::geohash(letters)]).top(1);
    let cell = Cell {
        layout: 0,
        query: &query,
        share: None,
        device: &Device::Cpu,
        state: Residency::Warm,
    };
    let measured = match runner.run(&cell) {
        Ok(measured) => measured,
        Err(RunError::Stopped) => return Err(CompareError::Stopped),
        Err(RunError::Failed(reason)) => return Err(what(reason)),
    };
    first(&measured.answer).ok_or_else(|| what("the dataset holds no point".to_owned()))
}

/// As [`busiest`], asked of a dataset itself.
pub(crate) fn busiest_of(dataset: &Dataset, letters: u32) -> Result<String, CompareError> {
    let query = Query::new().by([Key::geohash(letters)]).top(1);
    let answer = query.run_blocking(&Engine::cpu(), dataset);
    let answer = answer.map_err(|source| CompareError::Question {
        what: format!("the busiest geohash cell of {letters} letters"),
        source: Box::new(source),
    })?;
    let none = || CompareError::Argument("the sample holds no point".to_owned());
    first(answer.batch()).ok_or_else(none)
}

/// The first key of an answer, if it has one.
fn first(answer: &RecordBatch) -> Option<String> {
    let keys = answer.column(0).as_any().downcast_ref::<StringArray>();
    let keys = keys.filter(|keys| !keys.is_empty());
    keys.map(|keys| keys.value(0).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_their_edges() {
        assert_eq!(edges(""), Some([-180.0, -90.0, 180.0, 90.0]));
        // e = 01101: lon 0, lat 1, lon 1, lat 0, lon 1.
        assert_eq!(edges("e"), Some([-45.0, 0.0, 0.0, 45.0]));
        assert_eq!(
            edges("ezs42"),
            Some([-5.625, 42.58300781250, -5.5810546875, 42.626953125])
        );
        assert_eq!(edges("a"), None);
    }

    #[test]
    fn the_polygon_lies_in_the_cell() {
        let region = Region {
            busiest: 1,
            form: Form::Polygon,
        };
        let Some(Filter::Polygon(zones)) = region.filter("e") else {
            panic!("a polygon")
        };
        assert_eq!(zones[0].rings[0].len(), 48);
        assert_eq!(zones[0].rings[0][0], [0.0, 22.5]);
        assert!(
            zones[0].rings[0]
                .iter()
                .all(|[x, y]| (-45.0..=0.0).contains(x) && (0.0..=45.0).contains(y))
        );
    }
}
