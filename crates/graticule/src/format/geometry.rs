//! Where rows are: cells as polygons, points as points.

use crate::Error;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Schema};
use graticule_exec::{ROLE, Role};
use graticule_geo::{geohash, h3, tile};

/// Which columns tell where a row is.
pub(super) enum Places {
    Cells { column: usize, role: Role },
    Points { lon: usize, lat: usize },
}

/// A geometry in degrees, longitude first.
pub(super) enum Geometry {
    Point([f64; 2]),
    /// A closed ring, counterclockwise; several where a cell crosses the antimeridian.
    Polygons(Vec<Vec<[f64; 2]>>),
}

impl Places {
    pub(super) fn of(schema: &Schema) -> Result<Self, Error> {
        let find = |wanted: &dyn Fn(Role) -> bool| {
            schema.fields().iter().enumerate().find_map(|(i, field)| {
                let name = field.metadata().get(ROLE)?;
                let role = Role::ALL.iter().find(|(known, _)| known == name)?.1;
                wanted(role).then_some((i, role))
            })
        };
        let is_cell = |role| matches!(role, Role::Geohash | Role::H3 | Role::Tile);
        if let Some((column, role)) = find(&is_cell) {
            return Ok(Self::Cells { column, role });
        }
        match (find(&|r| r == Role::Lon), find(&|r| r == Role::Lat)) {
            (Some((lon, _)), Some((lat, _))) => Ok(Self::Points { lon, lat }),
            _ => Err(Error::NoGeometry),
        }
    }

    pub(super) fn geometry(&self, batch: &RecordBatch, row: usize) -> Option<Geometry> {
        match *self {
            Self::Points { lon, lat } => {
                let degrees = |column: usize| {
                    let column = batch.column(column).slice(row, 1);
                    let column = cast(&column, &DataType::Float64).ok()?;
                    let column = column.as_primitive::<Float64Type>();
                    column.is_valid(0).then(|| column.value(0))
                };
                Some(Geometry::Point([degrees(lon)?, degrees(lat)?]))
            }
            Self::Cells { column, role } => {
                let column = batch.column(column).as_string_opt::<i32>()?;
                let text = column.is_valid(row).then(|| column.value(row))?;
                let bounds = match role {
                    Role::H3 => {
                        let cell = u64::from_str_radix(text, 16).ok()?;
                        return Some(Geometry::Polygons(unwrapped(h3::boundary(cell))));
                    }
                    Role::Tile => {
                        let mut parts = text.split('/').map(|p| p.parse::<u32>().ok());
                        tile::bounds(parts.next()??, parts.next()??, parts.next()??)
                    }
                    _ => geohash::bounds(text).ok()?,
                };
                let [w, s, e, n] = bounds;
                let ring = vec![[w, s], [e, s], [e, n], [w, n], [w, s]];
                Some(Geometry::Polygons(vec![ring]))
            }
        }
    }

    pub(super) fn geojson(&self, batch: &RecordBatch, row: usize) -> Option<String> {
        let point = |[lon, lat]: &[f64; 2]| format!("[{lon:?}, {lat:?}]");
        let rings = |ring: &Vec<[f64; 2]>| {
            let points: Vec<String> = ring.iter().map(point).collect();
            format!("[[{}]]", points.join(", "))
        };
        Some(match self.geometry(batch, row)? {
            // JSON has neither NaN nor infinity: a row that is no point has no geometry.
            Geometry::Point(at) if at.iter().all(|v| v.is_finite()) => {
                format!("{{\"type\": \"Point\", \"coordinates\": {}}}", point(&at))
            }
            Geometry::Point(_) => return None,
            Geometry::Polygons(polygons) => match polygons.as_slice() {
                [ring] => format!(
                    "{{\"type\": \"Polygon\", \"coordinates\": {}}}",
                    rings(ring)
                ),
                several => {
                    let all: Vec<String> = several.iter().map(rings).collect();
                    format!(
                        "{{\"type\": \"MultiPolygon\", \"coordinates\": [{}]}}",
                        all.join(", ")
                    )
                }
            },
        })
    }
}

/// A ring whose longitudes jump over the antimeridian, cut there (RFC 7946, section 3.1.9).
fn unwrapped(ring: Vec<[f64; 2]>) -> Vec<Vec<[f64; 2]>> {
    let jumps = ring.windows(2).any(|p| (p[0][0] - p[1][0]).abs() > 180.0);
    if !jumps {
        return vec![ring];
    }
    if let Some(ring) = around_pole(&ring) {
        return vec![ring];
    }
    let east: Vec<[f64; 2]> = ring
        .into_iter()
        .map(|[lon, lat]| [if lon < 0.0 { lon + 360.0 } else { lon }, lat])
        .collect();
    // Sutherland and Hodgman's clip against longitude 180, on either side.
    let clip = |keep: &dyn Fn(f64) -> bool, shift: f64| {
        let mut part: Vec<[f64; 2]> = Vec::new();
        for pair in east.windows(2) {
            let ([a, p], [b, q]) = (pair[0], pair[1]);
            if keep(a) {
                part.push([a - shift, p]);
            }
            if keep(a) != keep(b) {
                part.push([180.0 - shift, p + (q - p) * (180.0 - a) / (b - a)]);
            }
        }
        part.extend(part.first().copied());
        part
    };
    vec![
        clip(&|lon| lon <= 180.0, 0.0),
        clip(&|lon| lon > 180.0, 360.0),
    ]
}

/// A ring that winds round a pole, as one over all longitudes with the pole's edge; `None` if it does not.
fn around_pole(ring: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let step = |p: &[[f64; 2]]| (p[1][0] - p[0][0] + 540.0).rem_euclid(360.0) - 180.0;
    let turn: f64 = ring.windows(2).map(step).sum();
    let (_, vertices) = ring.split_last()?;
    if turn.abs() < 180.0 {
        return None;
    }
    let mut east = vertices.to_vec();
    if turn < 0.0 {
        east.reverse();
    }
    let next = |i: usize| east[(i + 1) % east.len()];
    // Where the way east leaves the map, and comes in again.
    let last = (0..east.len()).find(|&i| east[i][0] - next(i)[0] > 180.0)?;
    let ([a, p], [b, q]) = (east[last], next(last));
    let lat = p + (q - p) * (180.0 - a) / (b + 360.0 - a);
    let pole = 90.0f64.copysign(p);
    east.rotate_left((last + 1) % vertices.len());
    let mut whole = vec![[-180.0, lat]];
    whole.extend(east);
    whole.extend([[180.0, lat], [180.0, pole], [-180.0, pole], [-180.0, lat]]);
    if pole < 0.0 {
        whole.reverse();
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_around_a_pole_hold_it() {
        let ring = |lat: f64| [-150.0, -30.0, 90.0, -150.0].map(|lon| [lon, lat]).to_vec();
        let north = unwrapped(ring(80.0));
        assert_eq!(
            north,
            [[
                [-180.0, 80.0],
                [-150.0, 80.0],
                [-30.0, 80.0],
                [90.0, 80.0],
                [180.0, 80.0],
                [180.0, 90.0],
                [-180.0, 90.0],
                [-180.0, 80.0]
            ]]
        );
        let mut west = ring(80.0);
        west.reverse();
        assert_eq!(unwrapped(west), north);
        let south = unwrapped(ring(-80.0)).remove(0);
        assert!(south.contains(&[180.0, -90.0]) && south.first() == south.last());
    }
}
