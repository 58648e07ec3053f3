//! What zones must be like, and what is said when they are not.

use super::Zone;
use thiserror::Error;

/// With more vertices the tables would not fit the smallest device's bindings (128 MiB).
const MOST_VERTICES: usize = 4_000_000;

/// Why zones cannot be used. Zones, rings and vertices are counted from 0 here, from 1 in messages.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LayerError {
    /// No zone at all.
    #[error("there is no zone: give at least one polygon")]
    NoZones,
    /// A coordinate out of range, or not a number.
    #[error(
        "zone {}, ring {}, vertex {}: [{lon}, {lat}] is not a longitude within -180 to 180 and a latitude within -90 to 90 degrees{hint}",
        zone + 1, ring + 1, vertex + 1
    )]
    Coordinate {
        /// Which zone.
        zone: usize,
        /// Which ring of the zone.
        ring: usize,
        /// Which vertex of the ring.
        vertex: usize,
        /// The longitude as given.
        lon: f64,
        /// The latitude as given.
        lat: f64,
        /// What to do.
        hint: &'static str,
    },
    /// A zone without a ring of three distinct vertices.
    #[error(
        "zone {} has no ring of at least three distinct vertices, so it encloses nothing: leave the zone out, or give it a ring",
        zone + 1
    )]
    NoRing {
        /// Which zone.
        zone: usize,
    },
    /// An edge over more than half of the circle of longitudes.
    #[error(
        "zone {}, ring {}: the edge from vertex {}, longitude {from}, to longitude {to} spans more than 180 degrees and so probably crosses the antimeridian: cut the polygon there into two (RFC 7946, section 3.1.9); if it does go the long way, as a view of half the world and more does, give the edge a vertex in between, or use a bbox",
        zone + 1, ring + 1, vertex + 1
    )]
    LongEdge {
        /// Which zone.
        zone: usize,
        /// Which ring of the zone.
        ring: usize,
        /// The vertex at which the edge begins.
        vertex: usize,
        /// Longitude of that vertex.
        from: f64,
        /// Longitude of the next one.
        to: f64,
    },
    /// More than 31 zones have borders in one place.
    #[error(
        "more than 31 zones have borders close to [{lon}, {lat}], as far as {west_east} degrees east and {south_north} north of it: give fewer zones at once, or leave out copies of the same border"
    )]
    Crowded {
        /// West end of the place.
        lon: f64,
        /// South end of the place.
        lat: f64,
        /// Width of the place in degrees.
        west_east: f64,
        /// Height of the place in degrees.
        south_north: f64,
    },
    /// More vertices than the tables can hold.
    #[error("{vertices} vertices are more than 4000000: simplify the zones, or give fewer at once")]
    TooManyVertices {
        /// How many there are.
        vertices: usize,
    },
    /// Tables that would be too large.
    #[error(
        "the zones overlap so often, or have so many long edges, that their tables would not fit 128 MiB: simplify the zones, or give fewer at once"
    )]
    TooLarge,
}

impl LayerError {
    /// The zone at fault, where it is one's.
    pub fn zone(&self) -> Option<usize> {
        match self {
            Self::Coordinate { zone, .. } | Self::NoRing { zone } | Self::LongEdge { zone, .. } => {
                Some(*zone)
            }
            _ => None,
        }
    }

    /// The text without the number of the zone, for whoever calls it by another name.
    pub fn of_one(&self) -> String {
        let text = self.to_string();
        let numbered = self.zone().map(|zone| format!("zone {}", zone + 1));
        let rest = numbered.and_then(|numbered| text.strip_prefix(&numbered));
        rest.map_or(text.as_str(), |rest| rest.trim_start_matches([',', ' ']))
            .to_owned()
    }
}

/// The zones without empty rings, and their bounds.
pub(super) fn check(mut zones: Vec<Zone>) -> Result<(Vec<Zone>, [f64; 4]), LayerError> {
    if zones.is_empty() {
        return Err(LayerError::NoZones);
    }
    let vertices = zones.iter().flat_map(|z| &z.rings).map(Vec::len).sum();
    if vertices > MOST_VERTICES {
        return Err(LayerError::TooManyVertices { vertices });
    }
    let mut bounds = [180.0f64, 90.0, -180.0, -90.0];
    for number in 0..zones.len() {
        judge_one(number, &zones[number]).map_err(|error| match error {
            LayerError::Coordinate {
                zone,
                ring,
                vertex,
                lon,
                lat,
                ..
            } => LayerError::Coordinate {
                zone,
                ring,
                vertex,
                lon,
                lat,
                hint: hint(&zones, [lon, lat]),
            },
            error => error,
        })?;
        let zone = &mut zones[number];
        zone.rings.retain(|ring| encloses(ring));
        for &[lon, lat] in zone.rings.iter().flatten() {
            bounds[0] = bounds[0].min(lon);
            bounds[1] = bounds[1].min(lat);
            bounds[2] = bounds[2].max(lon);
            bounds[3] = bounds[3].max(lat);
        }
    }
    Ok((zones, bounds))
}

/// Judges a zone by itself, as if it were the only one.
///
/// # Errors
/// What [`Layer::new`](super::Layer::new) would say of it.
pub fn judge(zone: &Zone) -> Result<(), LayerError> {
    judge_one(0, zone)
}

fn judge_one(zone: usize, judged: &Zone) -> Result<(), LayerError> {
    for (ring, points) in judged.rings.iter().enumerate() {
        for (vertex, &[lon, lat]) in points.iter().enumerate() {
            if !crate::is_valid(lon, lat) {
                let hint = hint(std::slice::from_ref(judged), [lon, lat]);
                return Err(LayerError::Coordinate {
                    zone,
                    ring,
                    vertex,
                    lon,
                    lat,
                    hint,
                });
            }
        }
        long_edge(zone, ring, points)?;
    }
    match judged.rings.iter().any(|ring| encloses(ring)) {
        true => Ok(()),
        false => Err(LayerError::NoRing { zone }),
    }
}

fn hint(zones: &[Zone], [lon, lat]: [f64; 2]) -> &'static str {
    let mut all = zones.iter().flat_map(|z| &z.rings).flatten();
    let is_close = lon.abs() <= 181.0 && lat.abs() <= 91.0;
    if !is_close && all.clone().all(|&[lon, lat]| crate::is_valid(lat, lon)) {
        ": are longitude and latitude swapped? Longitude comes first"
    } else if all.any(|v| v.iter().any(|c| c.abs() > 360.0)) {
        ": are these degrees on WGS 84? Projected coordinates must be turned into degrees first"
    } else {
        ": correct the vertex, or leave the zone out"
    }
}

fn long_edge(zone: usize, ring: usize, points: &[[f64; 2]]) -> Result<(), LayerError> {
    for (vertex, [from, to]) in super::edges::of_ring(points).enumerate() {
        let (from, to) = (from[0], to[0]);
        // From end to end of the world: the border of a polygon that holds a whole zone of latitudes.
        let whole = from.abs() == 180.0 && to.abs() == 180.0;
        if (from - to).abs() > 180.0 && !whole {
            return Err(LayerError::LongEdge {
                zone,
                ring,
                vertex,
                from,
                to,
            });
        }
    }
    Ok(())
}

/// Whether a ring has three distinct vertices; others cover each edge twice and enclose nothing.
fn encloses(ring: &[[f64; 2]]) -> bool {
    let Some(first) = ring.first() else {
        return false;
    };
    let Some(second) = ring.iter().find(|v| *v != first) else {
        return false;
    };
    ring.iter().any(|v| v != first && v != second)
}
