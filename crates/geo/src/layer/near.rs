//! Which edges are near which grid cell.

use super::grid::Grid;

/// The edges near each grid cell: cell i has `refs[starts[i]..starts[i + 1]]`, ascending.
pub(super) struct Near {
    starts: Vec<u32>,
    refs: Vec<u32>,
}

impl Near {
    pub(super) fn of(edges: &[[u32; 4]], grid: &Grid) -> Self {
        let mut starts = vec![0u32; grid.cells() + 2];
        for &edge in edges {
            grid.near(edge, |cell| starts[cell + 2] += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut refs = vec![0; sum as usize];
        for (&edge, number) in edges.iter().zip(0u32..) {
            grid.near(edge, |cell| {
                refs[starts[cell + 1] as usize] = number;
                starts[cell + 1] += 1;
            });
        }
        Self { starts, refs }
    }

    pub(super) fn cell(&self, cell: usize) -> &[u32] {
        &self.refs[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }
}
