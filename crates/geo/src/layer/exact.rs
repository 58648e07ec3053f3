//! The definition in f64, and a short way to it.

use super::words::{Edge, Tables, toggle, toggles};
use super::{Layer, Zone, edges};
use crate::{lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};
use robust::{Coord, orient2d};

/// Whether a point is strictly west of an upward edge that reaches over its height, `ay <= y < by`:
/// exact for all finite coordinates, subnormal ones too.
fn is_west([ax, ay, bx, by]: [f64; 4], [x, y]: [f64; 2]) -> bool {
    if y == ay {
        return x < ax;
    }
    if x >= ax.max(bx) {
        return false;
    }
    if x <= ax.min(bx) {
        return true;
    }
    // Shewchuk's predicate, exact as long as no product underflows. All four differences that it
    // multiplies are different from 0 here, so both axes may be stretched until none matters.
    let [east, north] = [stretch([ax, bx, x]), stretch([ay, by, y])];
    let at = |x: f64, y: f64| Coord {
        x: x * east,
        y: y * north,
    };
    orient2d(at(ax, ay), at(bx, by), at(x, y)) > 0.0
}

/// A power of two that takes the coordinates of one axis far away from both ends of f64's range.
fn stretch(coordinates: [f64; 3]) -> f64 {
    let power = |exponent: u64| f64::from_bits((1023 + exponent) << 52);
    let largest = coordinates.iter().fold(0.0f64, |m, c| m.max(c.abs()));
    if largest * power(400) > 1.0 {
        power(490)
    } else {
        power(900)
    }
}

/// The definition, edge by edge.
pub(super) fn holds(zone: &Zone, point: [f64; 2]) -> bool {
    let counts = |[a, b]: [[f64; 2]; 2]| {
        let upward = a[1] <= point[1];
        if upward == (b[1] <= point[1]) {
            return false;
        }
        let [low, high] = if upward { [a, b] } else { [b, a] };
        is_west([low[0], low[1], high[0], high[1]], point)
    };
    let edges = zone.rings.iter().flat_map(|ring| edges::of_ring(ring));
    edges.filter(|&edge| counts(edge)).count() % 2 == 1
}

impl Layer {
    /// The code of a point by f64: what every zone's [`Self::holds`] says, found from the few edges
    /// near the point's grid cell. A point out of range is in no zone.
    pub fn exact(&self, lon: f64, lat: f64) -> u64 {
        if !crate::is_valid(lon, lat) {
            return 0;
        }
        let (x, y) = (x_of_lon(lon), y_of_lat(lat));
        let tables = Tables::of(self.words());
        let cell = tables.cell(x, y);
        let class = tables.class(cell);
        match class {
            0 | 1 => u64::from(class),
            2 => u64::from(tables.entry(cell)),
            _ => {
                let record = tables.entry(cell);
                tables.resolve(record, self.exact_mask(&tables, record, cell, [lon, lat]))
            }
        }
    }

    /// The mask of the zones with borders near the grid cell that hold the point. The same walk as
    /// with integers, from the same corner, along the true edges; where an edge is too near the
    /// corner to start there, the zone is asked whole.
    fn exact_mask(&self, tables: &Tables<'_>, record: u32, cell: u32, point: [f64; 2]) -> u32 {
        let columns = tables.grid.size[0];
        let [x, y] = tables.grid.corner(cell % columns, cell / columns);
        let corner = [lon_of_x_edge(x), lat_of_y_edge(y)];
        let (mut mask, mut unsure) = (tables.mask(record), 0u32);
        for &reference in tables.refs(record) {
            let (edge, bit) = (reference as usize >> 5, reference & 31);
            let integers = match toggles(self.edges.fixed[edge], x, x, y) {
                Edge::Far(toggle) => toggle,
                Edge::Near => {
                    unsure |= 1 << bit;
                    continue;
                }
            };
            let ends = self.edges.degrees[edge];
            let at = |p: [f64; 2]| toggle(ends, corner[0], p[1], is_west(ends, p));
            mask ^= u32::from(integers ^ at(corner) ^ at(point)) << bit;
        }
        for &reference in tables.refs(record) {
            let (edge, bit) = (reference as usize >> 5, reference & 31);
            if unsure >> bit & 1 == 1 {
                unsure &= !(1 << bit);
                let zone = self.edges.zone[edge] as usize;
                mask &= !(1 << bit);
                mask |= u32::from(holds(&self.zones[zone], point)) << bit;
            }
        }
        mask
    }
}
