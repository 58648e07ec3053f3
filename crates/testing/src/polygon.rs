//! Points in polygons: even-odd in the plane of longitude and latitude, in exact integers.

use std::cmp::Ordering;

use crate::exact::in_units;
use crate::question::{Feature, Ring};

/// Whether the point is inside the feature: strictly west of an odd number of edges, where an edge from A to B is met
/// if `(Ay <= y) != (By <= y)`. So a western and a southern edge are inside, an eastern and a northern one outside.
pub(crate) fn inside(lon: f64, lat: f64, feature: &Feature) -> bool {
    let edges = feature.iter().flat_map(edges);
    edges.filter(|&(a, b)| meets([lon, lat], a, b)).count() % 2 == 1
}

/// From each position to the next, and from the last to the first.
fn edges(ring: &Ring) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    let next = ring.iter().cycle().skip(1);
    ring.iter().copied().zip(next.copied())
}

fn meets(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> bool {
    if (a[1] <= point[1]) == (b[1] <= point[1]) {
        return false;
    }
    let (low, high) = if a[1] < b[1] { (a, b) } else { (b, a) };
    is_west(point, low, high)
}

/// `x < low.x + (y - low.y) * (high.x - low.x) / (high.y - low.y)`, multiplied by the positive denominator. A finite f64
/// is a whole number of units, so nothing is rounded.
fn is_west(point: [f64; 2], low: [f64; 2], high: [f64; 2]) -> bool {
    let [x, y] = point.map(in_units);
    let [low_x, low_y] = low.map(in_units);
    let [high_x, high_y] = high.map(in_units);
    let east_of_low = (x - &low_x) * (high_y - &low_y);
    let edge_east_of_low = (y - low_y) * (high_x - low_x);
    east_of_low.cmp(&edge_east_of_low) == Ordering::Less
}
