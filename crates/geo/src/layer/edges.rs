//! The edges of all zones, as given and floored to steps.

use super::Zone;
use crate::geohash::spread;
use crate::{x_of_lon, y_of_lat};

/// The edges of all zones, each upward (or level), in the order of a Z curve through their middles:
/// neighbours on the map are neighbours in memory, and two zones' copies of a border lie together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edges {
    /// `[ax, ay, bx, by]` in steps, `ay <= by`.
    pub(super) fixed: Vec<[u32; 4]>,
    /// The same in degrees; flooring keeps the order, so these are upward too.
    pub(super) degrees: Vec<[f64; 4]>,
    /// The edge's zone.
    pub(super) zone: Vec<u32>,
}

/// The edges of a ring, the closing one included.
pub(super) fn of_ring(ring: &[[f64; 2]]) -> impl Iterator<Item = [[f64; 2]; 2]> {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(&a, &b)| [a, b])
}

impl Edges {
    pub(super) fn of(zones: &[Zone]) -> Self {
        let mut all = Vec::new();
        for (zone, number) in zones.iter().zip(0u32..) {
            for [a, b] in zone.rings.iter().flat_map(|ring| of_ring(ring)) {
                // A vertex given twice, or a closed ring's closing edge.
                if a == b {
                    continue;
                }
                let [a, b] = if a[1] <= b[1] { [a, b] } else { [b, a] };
                let [ax, bx] = [a[0], b[0]].map(x_of_lon);
                let [ay, by] = [a[1], b[1]].map(y_of_lat);
                let middle = spread(ax.midpoint(bx)) << 1 | spread(ay.midpoint(by));
                all.push((middle, [ax, ay, bx, by], [a[0], a[1], b[0], b[1]], number));
            }
        }
        all.sort_by_key(|&(middle, ..)| middle);
        Self {
            fixed: all.iter().map(|edge| edge.1).collect(),
            degrees: all.iter().map(|edge| edge.2).collect(),
            zone: all.iter().map(|edge| edge.3).collect(),
        }
    }
}
