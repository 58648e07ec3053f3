//! A circle in cells: bands of rows, and for each how far from the centre's column its points are.
//!
//! One table of u32, which kernels read as it is:
//!
//! | word | meaning |
//! | --- | --- |
//! | 0 | first row of the first band |
//! | 1 | rows after the first; further rows are outside |
//! | 2 | shift: a band is 2^shift rows, the last may be cut short |
//! | 3 | column of the centre |
//! | 4 + 2 b | band b: cells this many columns or more from the centre's are outside |
//! | 5 + 2 b | band b: cells fewer columns than this from the centre's are inside; at most word 4 + 2 b |
//!
//! A cell's columns from the centre's are `min(x - centre, centre - x)`, both wrapping: 0 to 2^31.
//! So 0 means none and `u32::MAX` all, over the antimeridian and around a pole too.

use super::Circle;
use super::shadow::{Reach, Shadow};
use crate::{Side, lat_of_y_edge, x_of_lon, y_of_lat};

const CELLS: f64 = 4_294_967_296.0;
/// The most bands, so that the table is at most 512 KiB and 16 bytes.
const MAX_BANDS: u32 = 1 << 16;
/// Part of a cell that is more than the rounding of a position in cells (2^-19) and of degrees.
const SLACK: f64 = 1e-3;
/// Words before the bands.
const HEAD: usize = 4;

impl Circle {
    /// The first and the last fixed-point row that can hold a point of the circle.
    pub fn rows(&self) -> (u32, u32) {
        rows(&Shadow::new(self))
    }

    /// The first and the last fixed-point column that can hold a point of the circle; `None` when
    /// it reaches the antimeridian or holds a pole.
    pub fn columns(&self) -> Option<(u32, u32)> {
        let widest = Shadow::new(self).widest();
        let cell = CELLS / 360.0;
        let west = (self.lon() - widest + 180.0) * cell - SLACK;
        let east = (self.lon() + widest + 180.0) * cell + SLACK;
        (west >= 0.0 && east < CELLS).then(|| (floor(west), floor(east)))
    }

    /// Whether the circle may hold a point of the given inclusive ranges of degrees, which do not
    /// wrap. Never false when it holds one; ranges that are not numbers may hold any.
    pub fn may_meet(&self, lon: [f64; 2], lat: [f64; 2]) -> bool {
        if lon.iter().chain(&lat).any(|v| v.is_nan()) {
            return true;
        }
        let shadow = Shadow::new(self);
        let [south, north] = shadow.lats();
        let lats = [lat[0].max(south).max(-90.0), lat[1].min(north).min(90.0)];
        if lats[0] > lats[1] {
            return false;
        }
        let reach = shadow.between(lats, lats.map(|lat| shadow.reach(lat)));
        reach.outer.is_some_and(|reach| {
            [-360.0, 0.0, 360.0].iter().any(|turn| {
                let centre = self.lon() + turn;
                centre + reach + SLACK * 1e-7 >= lon[0] && centre - reach - SLACK * 1e-7 <= lon[1]
            })
        })
    }

    /// The table that [`side`] and [`sides`] read; its layout is the module's.
    pub fn words(&self) -> Vec<u32> {
        let shadow = Shadow::new(self);
        let (first, last) = rows(&shadow);
        let extent = last - first;
        let mut shift = 0;
        while extent >> shift >= MAX_BANDS {
            shift += 1;
        }
        let centre = x_of_lon(self.lon());
        // Where in its cell the centre lies, from 0 to 1.
        let within = (self.lon() + 180.0) * (CELLS / 360.0) - f64::from(centre);
        let mut words = vec![first, extent, shift, centre];
        let mut south = lat_of_y_edge(first);
        let mut reach = shadow.reach(south);
        for band in 0..=extent >> shift {
            let end = u64::from(first) + ((u64::from(band) + 1) << shift);
            let north = u32::try_from(end).map_or(90.0, lat_of_y_edge);
            let north_reach = shadow.reach(north);
            let bounds = shadow.between([south, north], [reach, north_reach]);
            words.extend(halves(bounds, within));
            (south, reach) = (north, north_reach);
        }
        words
    }
}

fn rows(shadow: &Shadow) -> (u32, u32) {
    let [south, north] = shadow.lats();
    (y_of_lat(south.max(-90.0)), y_of_lat(north.min(90.0)))
}

/// The two words of a band. The points of a cell k columns away are between `k - 1 + min(within, 1 -
/// within)` and `k + max(within, 1 - within)` cells away, whichever side it is on.
fn halves(reach: Reach, within: f64) -> [u32; 2] {
    let [near, far] = [within.min(1.0 - within), within.max(1.0 - within)];
    let cells = |degrees: f64| degrees * (CELLS / 360.0);
    let outer = match reach.outer {
        None => 0,
        Some(v) if v >= 180.0 => u32::MAX,
        Some(v) => floor(cells(v) + 2.0 - near + SLACK),
    };
    let inner = match reach.inner {
        None => 0,
        Some(v) if v >= 180.0 => u32::MAX,
        Some(v) => floor((cells(v) + 1.0 - far - SLACK).max(0.0)),
    };
    [outer, inner]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers give 0 to 2^32"
)]
fn floor(v: f64) -> u32 {
    v as u32
}

/// Where a cell lies, by nothing but a circle's [`Circle::words`].
#[inline]
pub fn side(words: &[u32], x: u32, y: u32) -> Side {
    let row = y.wrapping_sub(words[0]);
    if row > words[1] {
        return Side::Outside;
    }
    let band = HEAD + 2 * (row >> words[2]) as usize;
    let columns = x.wrapping_sub(words[3]).min(words[3].wrapping_sub(x));
    if columns >= words[band] {
        Side::Outside
    } else if columns >= words[band + 1] {
        Side::Edge
    } else {
        Side::Inside
    }
}

/// Drops rows outside the circle from `keep` and marks in `edge` those that the cells leave
/// undecided. Both hold 0 or 1 a row; the rows are those of the shortest slice.
pub fn sides(words: &[u32], x: &[u32], y: &[u32], keep: &mut [u8], edge: &mut [u8]) {
    let &[first, extent, shift, centre, ref bands @ ..] = words else {
        return;
    };
    for (((&x, &y), keep), edge) in x.iter().zip(y).zip(keep).zip(edge) {
        let row = y.wrapping_sub(first);
        let band = 2 * (row.min(extent) >> shift) as usize;
        let columns = x.wrapping_sub(centre).min(centre.wrapping_sub(x));
        let meets = (row <= extent) & (columns < bands[band]);
        *keep &= u8::from(meets);
        *edge |= u8::from(meets & (columns >= bands[band + 1]));
    }
}
