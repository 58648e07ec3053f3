//! An edge between vertices in fixed point, and on which side of it points lie: exact.

/// An edge from `(ax, ay)` to `(bx, by)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) ax: u32,
    pub(super) ay: u32,
    pub(super) bx: u32,
    pub(super) by: u32,
}

impl Edge {
    /// Positive for points to the left of the edge.
    #[inline]
    pub(super) fn cross(&self, x: u32, y: u32) -> i128 {
        let difference = |a: u32, b: u32| i128::from(i64::from(a) - i64::from(b));
        difference(self.bx, self.ax) * difference(y, self.ay)
            - difference(self.by, self.ay) * difference(x, self.ax)
    }

    /// Whether the edge comes within one step of a point, in the greater difference.
    #[inline]
    pub(super) fn is_near(&self, x: u32, y: u32) -> bool {
        let within = |a: u32, b: u32, p: u32| {
            p.saturating_add(1) >= a.min(b) && p <= a.max(b).saturating_add(1)
        };
        within(self.ax, self.bx, x) && within(self.ay, self.by, y) && {
            let reach = u64::from(self.ax.abs_diff(self.bx)) + u64::from(self.ay.abs_diff(self.by));
            self.cross(x, y).unsigned_abs() <= u128::from(reach)
        }
    }

    /// Whether the edge is crossed on the way east from a point.
    #[inline]
    pub(super) fn is_east_of(&self, x: u32, y: u32) -> bool {
        let rises = self.ay <= y;
        if rises == (self.by <= y) {
            return false;
        }
        if x < self.ax.min(self.bx) {
            return true;
        }
        if x >= self.ax.max(self.bx) {
            return false;
        }
        let cross = self.cross(x, y);
        if rises { cross > 0 } else { cross < 0 }
    }

    /// Whether the edge is crossed on the way north from a point.
    #[inline]
    pub(super) fn is_north_of(&self, x: u32, y: u32) -> bool {
        let goes_east = self.ax <= x;
        if goes_east == (self.bx <= x) {
            return false;
        }
        let cross = self.cross(x, y);
        if cross == 0 {
            // The point lies a little to the east of where the edge is: below it where it rises.
            return (self.bx > self.ax) == (self.by > self.ay) && self.by != self.ay;
        }
        if goes_east { cross < 0 } else { cross > 0 }
    }
}
