//! Web-Mercator tiles by their definition: a search among boundaries that are rounded once.

use crate::real::tile_boundary;

/// Beyond this latitude, north or south, there is no tile.
const LIMIT: f64 = 85.051_128_779_8;

/// How near to a boundary, in rows, a row computed in floats is not believed. Its error is less than a hundredth of that
/// at zoom 32, and the more so at others.
const DOUBT: f64 = 0.01;

/// Column and row of the tile that a valid point is in.
pub(crate) fn tile(lon: f64, lat: f64, zoom: u8) -> Option<(u64, u64)> {
    (-LIMIT..=LIMIT)
        .contains(&lat)
        .then(|| (column(lon, zoom), row(lat, zoom)))
}

/// The greatest column whose western edge is not east of the point. Edges are exact in f64; the last column is closed.
fn column(lon: f64, zoom: u8) -> u64 {
    let edge = |column: u64| column as f64 * 360.0 / 2f64.powi(zoom.into()) - 180.0;
    (0..zoom).rev().fold(0, |column, bit| {
        let further = column | 1 << bit;
        if edge(further) <= lon {
            further
        } else {
            column
        }
    })
}

/// The greatest row whose northern boundary is not south of the point: a point on a boundary is in the southern row. The
/// last row is closed, and the first reaches beyond the limit.
fn row(lat: f64, zoom: u8) -> u64 {
    let rows = 2f64.powi(zoom.into());
    let northward = libm::asinh(libm::tan(lat.to_radians())) / std::f64::consts::PI;
    let guess = ((1.0 - northward) / 2.0 * rows).clamp(0.0, rows);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "0 to 2^32, and the floor is meant"
    )]
    let floor = guess as u64;
    let last = (1u64 << zoom) - 1;
    let fraction = guess - guess.floor();
    if (DOUBT..1.0 - DOUBT).contains(&fraction) {
        return floor;
    }
    // The boundary in doubt: the northern one of the row below it.
    let below = if fraction < DOUBT { floor } else { floor + 1 };
    if below == 0 || below > last {
        return below.min(last);
    }
    if lat <= tile_boundary(zoom, below) {
        below
    } else {
        below - 1
    }
}
