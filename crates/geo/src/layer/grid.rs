//! The grid over the zones, and which of its cells an edge comes near.

/// A grid cell counts as near an edge from this many steps.
const REACH: i64 = 2;
/// Cells finer than 64 steps (0.6 m) would be mostly reach.
const FINEST: u32 = 6;

/// A grid of power-of-two cells over all edges and two steps round them. Its cells begin at multiples
/// of their size, so that none reaches beyond the world, where a point from the other end would be in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// South-west corner in steps.
    pub(super) origin: [u32; 2],
    /// A cell is `1 << shift` steps wide and high.
    pub(super) shift: [u32; 2],
    /// Cells per row, rows.
    pub(super) size: [u32; 2],
}

impl Grid {
    /// The finest grid of at most `1 << level` cells, about as many rows as columns; `level` is at
    /// least 6, for it begins with 8 by 8 cells of the world, which keeps the shifts at 29 or less.
    pub(super) fn over(edges: &[[u32; 4]], level: u32) -> Self {
        let (mut low, mut high) = ([u32::MAX; 2], [0; 2]);
        for &[ax, ay, bx, by] in edges {
            low = [low[0].min(ax).min(bx), low[1].min(ay)];
            high = [high[0].max(ax).max(bx), high[1].max(by)];
        }
        let low = low.map(|v| v.saturating_sub(2));
        let high = high.map(|v| v.saturating_add(2));
        let count = |axis: usize, shift: u32| (high[axis] >> shift) - (low[axis] >> shift) + 1;
        let mut shift = [29; 2];
        loop {
            let size = [count(0, shift[0]), count(1, shift[1])];
            let mut axis = usize::from(size[1] < size[0]);
            if shift[axis] == FINEST {
                axis = 1 - axis;
            }
            let mut finer = shift;
            finer[axis] -= 1;
            let cells = u64::from(count(0, finer[0])) * u64::from(count(1, finer[1]));
            if finer[axis] < FINEST || cells > 1 << level {
                let origin = [0, 1].map(|i| low[i] >> shift[i] << shift[i]);
                return Self {
                    origin,
                    shift,
                    size,
                };
            }
            shift = finer;
        }
    }

    pub(super) fn cells(&self) -> usize {
        self.size[0] as usize * self.size[1] as usize
    }

    /// South-west corner of a cell.
    pub(super) fn corner(&self, cx: u32, cy: u32) -> [u32; 2] {
        [
            self.origin[0] + (cx << self.shift[0]),
            self.origin[1] + (cy << self.shift[1]),
        ]
    }

    /// About as many cells as the edges touch, in all; cheap.
    pub(super) fn most_refs(&self, edges: &[[u32; 4]]) -> u64 {
        let [sx, sy] = self.shift;
        let cells = |&[ax, ay, bx, by]: &[u32; 4]| {
            // A row's stretch of the edge, grown by the reach, adds up to two cells to each row.
            u64::from(ax.abs_diff(bx) >> sx) + 3 * (u64::from((by - ay) >> sy) + 2)
        };
        edges.iter().map(cells).sum()
    }

    /// Calls `each` with the number of every cell within two steps of the edge, once.
    pub(super) fn near(&self, edge: [u32; 4], mut each: impl FnMut(usize)) {
        let [ax, ay, bx, by] = edge.map(i64::from);
        let [gx, gy] = self.origin.map(i64::from);
        let [w, h] = self.size.map(i64::from);
        let [sx, sy] = self.shift;
        let row = |y: i64| ((y - gy) >> sy).clamp(0, h - 1);
        let column = |x: i64| ((x - gx) >> sx).clamp(0, w - 1);
        for cy in row(ay - REACH)..=row(by + REACH) {
            let south = gy + (cy << sy);
            // The stretch of the edge within reach of the row.
            let low = ay.max(south - REACH);
            let high = by.min(south + (1 << sy) - 1 + REACH);
            let (west, east) = if ay == by {
                (ax.min(bx), ax.max(bx))
            } else {
                let (l, h) = (x_at([ax, ay, bx, by], low), x_at([ax, ay, bx, by], high));
                (l[0].min(h[0]), l[1].max(h[1]))
            };
            for cx in column(west - REACH)..=column(east + REACH) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to the grid"
                )]
                each((cy * w + cx) as usize);
            }
        }
    }
}

/// Where a sloped edge is at height `y`: the steps at or before, and at or after.
fn x_at([ax, ay, bx, by]: [i64; 4], y: i64) -> [i64; 2] {
    let (dx, dy, up) = (bx - ax, by - ay, y - ay);
    match dx.checked_mul(up) {
        Some(product) => {
            let floor = product.div_euclid(dy);
            [ax + floor, ax + floor + i64::from(floor * dy != product)]
        }
        None => {
            let product = i128::from(dx) * i128::from(up);
            let floor = product.div_euclid(i128::from(dy));
            // At most |dx|, since up <= dy.
            #[expect(clippy::cast_possible_truncation, reason = "at most 33 bits")]
            let floor = floor as i64;
            [ax + floor, ax + floor + 1]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether an edge comes within `reach` of a box, by separating axes.
    fn comes_near(edge: [u32; 4], low: [i64; 2], high: [i64; 2], reach: i64) -> bool {
        let [ax, ay, bx, by] = edge.map(i64::from);
        let (west, east) = (low[0] - reach, high[0] + reach);
        let (south, north) = (low[1] - reach, high[1] + reach);
        let side = |x: i64, y: i64| {
            (i128::from(bx - ax) * i128::from(y - ay) - i128::from(by - ay) * i128::from(x - ax))
                .signum()
        };
        let sides = [
            side(west, south),
            side(west, north),
            side(east, south),
            side(east, north),
        ];
        let split = !sides.iter().all(|&s| s > 0) && !sides.iter().all(|&s| s < 0);
        split && ax.min(bx) <= east && ax.max(bx) >= west && ay <= north && by >= south
    }

    proptest! {
        #[test]
        fn near_cells_are_those_within_reach(
            (x, y) in any::<(u32, u32)>(),
            others in prop::collection::vec((any::<u32>(), any::<u32>(), 0u32..32), 1..4),
            level in 6u32..14,
        ) {
            let edge = |&(i, j, shift): &(u32, u32, u32)| {
                let (bx, by) = (x.wrapping_add(i >> shift), y.wrapping_add(j >> shift));
                if y <= by { [x, y, bx, by] } else { [bx, by, x, y] }
            };
            let edges: Vec<_> = others.iter().map(edge).collect();
            let grid = Grid::over(&edges, level);
            prop_assert!(grid.cells() <= 1 << level && grid.shift.iter().all(|&s| s <= 29));
            for &edge in &edges {
                let mut listed = vec![0; grid.cells()];
                grid.near(edge, |cell| listed[cell] += 1);
                for cy in 0..grid.size[1] {
                    for cx in 0..grid.size[0] {
                        let low = grid.corner(cx, cy).map(i64::from);
                        let high = [0, 1].map(|i| low[i] + (1 << grid.shift[i]) - 1);
                        let times = listed[(cy * grid.size[0] + cx) as usize];
                        prop_assert!(times <= 1);
                        prop_assert!(times == 1 || !comes_near(edge, low, high, 2));
                        prop_assert!(times == 0 || comes_near(edge, low, high, 3));
                    }
                }
            }
        }
    }
}
