//! Builds the tables: chooses the grid, and tries another where it does not do.

use super::LayerError;
use super::edges::Edges;
use super::grid::Grid;
use super::scan::{Failed, Scan};
use super::sets::Sets;

/// References that a table may hold.
const MOST_REFS: u64 = 16 << 20;
/// Coarsest grid: 8 by 8 cells if it spans the world.
const COARSEST: u32 = 6;
/// Finest grid: 4 M cells, whose classes take 1 MiB, a core's second-level cache.
const FINEST: u32 = 22;

/// The words of a layer, and what its codes stand for.
pub(super) fn build(edges: &Edges) -> Result<(Vec<u32>, Sets), LayerError> {
    let fits = |level| Grid::over(&edges.fixed, level).most_refs(&edges.fixed) <= MOST_REFS;
    let start = level_for(edges.fixed.len());
    let mut level = start;
    while level > COARSEST && !fits(level) {
        level -= 1;
    }
    if !fits(level) {
        return Err(LayerError::TooLarge);
    }
    let mut finer = level == start;
    loop {
        match Scan::run(edges, Grid::over(&edges.fixed, level)) {
            Ok(built) => return Ok(built),
            Err(Failed::Crowded(_)) if finer && level < FINEST && fits(level + 1) => level += 1,
            Err(Failed::Large(_)) if level > COARSEST => (finer, level) = (false, level - 1),
            Err(Failed::Crowded(error) | Failed::Large(error)) => return Err(error),
        }
    }
}

/// More edges, more cells, for a row near an edge costs many times as much as another; but with few
/// edges there are few such rows, and small tables stay in the cache.
fn level_for(edges: usize) -> u32 {
    match edges {
        0..64 => 18,
        64..1024 => 19,
        1024..524_288 => 20,
        _ => FINEST,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Layer, UNDECIDED, check};
    use super::*;
    use crate::{Zone, x_of_lon, y_of_lat};
    use proptest::prelude::*;

    proptest! {
        /// Cells of up to 2^29 steps, with which only huge tables are built otherwise.
        #[test]
        fn the_coarsest_grid_answers_the_same(
            rings in prop::collection::vec(prop::collection::vec((-90.0..=90.0f64, -90.0..=90.0f64), 3..40), 1..8),
            points in prop::collection::vec((-180.0..=180.0f64, -90.0..=90.0f64), 64),
        ) {
            let zone = |ring: &Vec<(f64, f64)>| Zone {
                rings: vec![ring.iter().map(|&(lon, lat)| [lon, lat]).collect()],
            };
            // The ends of the world, so that the cells are as large as they can be.
            let world = vec![[-180.0, -90.0], [180.0, -90.0], [180.0, 90.0], [-180.0, 89.0]];
            let zones = rings.iter().map(zone).chain([Zone { rings: vec![world] }]).collect();
            let (zones, bounds) = check::check(zones).expect("good zones");
            let edges = Edges::of(&zones);
            let grid = Grid::over(&edges.fixed, COARSEST);
            prop_assert_eq!(grid.shift, [29, 29]);
            let Ok((words, sets)) = Scan::run(&edges, grid) else {
                return Err(TestCaseError::fail("no tables"));
            };
            let layer = Layer { zones, bounds, edges, sets, words };
            for (lon, lat) in points {
                let held: Vec<u32> = (0..).zip(&layer.zones).map(|(n, _)| n)
                    .filter(|&n: &u32| layer.holds(n as usize, lon, lat)).collect();
                let code = layer.code(x_of_lon(lon), y_of_lat(lat));
                prop_assert!(code == UNDECIDED || layer.members(code) == held);
                prop_assert_eq!(layer.members(layer.exact(lon, lat)), held);
            }
        }
    }
}
