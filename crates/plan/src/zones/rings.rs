//! The rings of a feature's polygons, checked.

use super::{Why, wrong};
use crate::PlanError;
use geojson::{Geometry, GeometryValue, Position};
use graticule_geo::layer::{LayerError, Zone, judge};

/// Programs that cut at the antimeridian and convert between frames leave about 1e-13 degrees; 1e-9 are a tenth of a
/// millimetre.
const NOISE: f64 = 1e-9;

type Rings = Vec<Vec<[f64; 2]>>;

/// What was found in a geometry.
#[derive(Default)]
struct Found {
    rings: Rings,
    is_moved: bool,
    has_others: bool,
}

/// The rings of a feature, `None` where it holds no area, and what there is to say of it.
pub(super) fn of(
    place: &str,
    geometry: Option<&Geometry>,
) -> Result<(Option<Rings>, Vec<Why>), PlanError> {
    let Some(geometry) = geometry else {
        return Ok((None, vec![Why::NoGeometry]));
    };
    let mut found = Found::default();
    take(place, geometry, &mut found)?;
    let Found {
        rings,
        is_moved,
        has_others,
    } = found;
    match (rings.is_empty(), has_others) {
        (true, true) => return Ok((None, vec![Why::NoArea])),
        (true, false) => return Ok((None, vec![Why::Empty])),
        (false, _) => {}
    }
    let zone = Zone { rings };
    match judge(&zone) {
        Ok(()) => {}
        Err(LayerError::NoRing { .. }) => return Ok((None, vec![Why::Flat])),
        Err(error) => return Err(wrong(place, error.of_one())),
    }
    let moved = is_moved.then_some(Why::Moved);
    let beside = has_others.then_some(Why::Beside);
    Ok((Some(zone.rings), beside.into_iter().chain(moved).collect()))
}

fn take(place: &str, geometry: &Geometry, found: &mut Found) -> Result<(), PlanError> {
    match &geometry.value {
        GeometryValue::Polygon { coordinates } => polygon(place, coordinates, found)?,
        GeometryValue::MultiPolygon { coordinates } => {
            for rings in coordinates {
                polygon(place, rings, found)?;
            }
        }
        GeometryValue::GeometryCollection { geometries } => {
            for geometry in geometries {
                take(place, geometry, found)?;
            }
        }
        _ => found.has_others = true,
    }
    Ok(())
}

fn polygon(place: &str, rings: &[Vec<Position>], found: &mut Found) -> Result<(), PlanError> {
    for ring in rings.iter().filter(|ring| !ring.is_empty()) {
        let points = ring.iter().map(|position| match *position.as_slice() {
            [lon, lat, ..] => {
                let at = [within(lon, 180.0), within(lat, 90.0)];
                found.is_moved |= at != [lon, lat];
                Ok(at)
            }
            _ => Err(wrong(place, "a position has fewer than two numbers")),
        });
        found.rings.push(points.collect::<Result<_, _>>()?);
    }
    Ok(())
}

/// The degrees, or the limit where they are beyond it by no more than noise.
fn within(degrees: f64, limit: f64) -> f64 {
    // Not by a difference, which would not be the decimal that was written.
    match degrees.abs() > limit && degrees.abs() <= limit + NOISE {
        true => limit.copysign(degrees),
        false => degrees,
    }
}
