//! Which zones are refused.

use super::Zone;
use thiserror::Error;

/// Why zones cannot be used. Zones and rings are counted from 1.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LayerError {
    /// There is nothing.
    #[error("there is no polygon")]
    Empty,
    /// A zone without a ring of three different points.
    #[error("polygon {zone} has no ring of three different points, so it holds nothing")]
    NoRing {
        /// The zone.
        zone: usize,
    },
    /// A coordinate off the earth.
    #[error(
        "polygon {zone}, ring {ring}: {lon}, {lat} is no longitude (-180 to 180) and latitude (-90 to 90){hint}"
    )]
    OffEarth {
        /// The zone.
        zone: usize,
        /// The ring.
        ring: usize,
        /// What should be a longitude.
        lon: f64,
        /// What should be a latitude.
        lat: f64,
        /// What may have happened.
        hint: &'static str,
    },
    /// An edge that goes more than half round the earth.
    #[error(
        "polygon {zone}, ring {ring}: the edge from longitude {from} to {to} spans more than 180 degrees; edges are straight in the plane, so cut the polygon at the antimeridian (RFC 7946, section 3.1.9)"
    )]
    Antimeridian {
        /// The zone.
        zone: usize,
        /// The ring.
        ring: usize,
        /// Where the edge begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// More than the tables can hold.
    #[error("polygons of {edges} edges are too many or too tangled for the tables; simplify them")]
    TooMany {
        /// Edges in all.
        edges: usize,
    },
    /// More zones than a mask has bits meet in one place.
    #[error("more than 31 polygons have edges near {lon}, {lat}; simplify them or split the file")]
    Crowd {
        /// Where.
        lon: f64,
        /// Where.
        lat: f64,
    },
}

/// Refuses what makes no sense; drops rings that hold nothing.
pub(super) fn check(zones: &mut [Zone]) -> Result<(), LayerError> {
    if zones.is_empty() {
        return Err(LayerError::Empty);
    }
    let on_earth =
        |[lon, lat]: [f64; 2]| (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
    let all = || zones.iter().flat_map(|z| z.rings.iter().flatten());
    let is_swapped = all().all(|&[lon, lat]| on_earth([lat, lon]));
    for (zone, number) in zones.iter_mut().zip(1..) {
        for (ring, place) in zone.rings.iter().zip(1..) {
            let off = ring.iter().find(|point| !on_earth(**point));
            if let Some(&[lon, lat]) = off {
                return Err(LayerError::OffEarth {
                    zone: number,
                    ring: place,
                    lon,
                    lat,
                    hint: if is_swapped {
                        "; are longitude and latitude swapped?"
                    } else {
                        ""
                    },
                });
            }
            let ends = ring.iter().skip(1).chain(ring.first());
            for (&[from, _], &[to, _]) in ring.iter().zip(ends) {
                let at_ends = from.abs() == 180.0 && to.abs() == 180.0;
                if (from - to).abs() > 180.0 && !at_ends {
                    return Err(LayerError::Antimeridian {
                        zone: number,
                        ring: place,
                        from,
                        to,
                    });
                }
            }
        }
        zone.rings.retain(|ring| {
            let mut points: Vec<_> = ring
                .iter()
                .map(|p| p.map(|v| (v + 0.0).to_bits()))
                .collect();
            points.sort_unstable();
            points.dedup();
            points.len() > 2
        });
        if zone.rings.is_empty() {
            return Err(LayerError::NoRing { zone: number });
        }
    }
    Ok(())
}
