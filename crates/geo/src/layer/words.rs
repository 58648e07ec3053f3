//! The tables' readers. Every step is as the module's documentation numbers it.

use super::UNDECIDED;
use super::grid::Grid;

/// Words before the classes.
pub(super) const HEADER: usize = 16;
/// Up to this many zones near a cell, all their combinations have a set each.
pub(super) const FEW: u32 = 4;
/// Bits of a class, all sixteen of a word, that are set for classes 2 and 3.
const HIGH: u32 = 0xaaaa_aaaa;

/// The tables, found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) grid: Grid,
    words: &'a [u32],
    classes: &'a [u32],
    ranks: &'a [u32],
    entries: &'a [u32],
    edges: &'a [[u32; 4]],
}

/// A floored edge's answer about a point in a grid cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Edge {
    /// Too near to tell.
    Near,
    /// Whether the zone changes.
    Far(bool),
}

impl<'a> Tables<'a> {
    #[inline]
    pub(super) fn of(words: &'a [u32]) -> Self {
        let [ranks, entries, edges] = [6, 7, 8].map(|i| words[i] as usize);
        Self {
            grid: Grid {
                origin: [words[0], words[1]],
                shift: [words[2], words[3]],
                size: [words[4], words[5]],
            },
            words,
            classes: &words[HEADER..ranks],
            ranks: &words[ranks..entries],
            entries: &words[entries..],
            edges: words[edges..].as_chunks().0,
        }
    }

    /// Step 1 and half of 2: the number of the point's grid cell. Outside the grid it is the cell
    /// after the last one, whose class is 0.
    #[inline(always)]
    pub(super) fn cell(&self, x: u32, y: u32) -> u32 {
        let Grid {
            origin,
            shift,
            size,
        } = self.grid;
        let cx = x.wrapping_sub(origin[0]) >> (shift[0] & 31);
        let cy = y.wrapping_sub(origin[1]) >> (shift[1] & 31);
        let inside = (cx < size[0]) & (cy < size[1]);
        let cell = cy.wrapping_mul(size[0]).wrapping_add(cx);
        if inside { cell } else { size[0] * size[1] }
    }

    /// The other half of step 2: the class of a grid cell.
    #[inline(always)]
    pub(super) fn class(&self, cell: u32) -> u32 {
        // The shift is modulo 32, that is by 2 * (cell % 16).
        self.classes[cell as usize / 16].wrapping_shr(2 * cell) & 3
    }

    /// Step 3: the entry of a grid cell of class 2 or 3.
    #[inline(always)]
    pub(super) fn entry(&self, cell: u32) -> u32 {
        let (word, bit) = (cell as usize / 16, 2 * (cell % 16));
        let before = self.classes[word] & HIGH & ((1 << bit) - 1);
        self.entries[(self.ranks[word] + before.count_ones()) as usize]
    }

    /// The references of a record.
    #[inline(always)]
    pub(super) fn refs(&self, record: u32) -> &'a [u32] {
        let record = record as usize;
        let head = self.words[record];
        let table = if head & 31 <= FEW {
            1 << (head & 31)
        } else {
            2
        };
        &self.words[record + 2 + table..][..head as usize >> 5]
    }

    /// An edge by its reference.
    #[inline(always)]
    pub(super) fn edge(&self, reference: u32) -> [u32; 4] {
        self.edges[reference as usize >> 5]
    }

    /// The first mask of a record.
    #[inline(always)]
    pub(super) fn mask(&self, record: u32) -> u32 {
        self.words[record as usize + 1]
    }

    /// Step 6: the code of a record's mask.
    #[inline(always)]
    pub(super) fn resolve(&self, record: u32, mask: u32) -> u64 {
        let record = record as usize;
        if self.words[record] & 31 <= FEW {
            u64::from(self.words[record + 2 + mask as usize])
        } else if mask == 0 {
            u64::from(self.words[record + 3])
        } else {
            u64::from(self.words[record + 2]) << 32 | u64::from(mask)
        }
    }

    /// The west border of a grid cell, in steps.
    #[inline(always)]
    pub(super) fn west_of(&self, x: u32) -> u32 {
        let shift = self.grid.shift[0] & 31;
        x >> shift << shift
    }

    /// Steps 4 to 6.
    #[inline(always)]
    pub(super) fn record(&self, record: u32, x: u32, y: u32) -> u64 {
        let west = self.west_of(x);
        let mut mask = self.mask(record);
        for &reference in self.refs(record) {
            match toggles(self.edge(reference), west, x, y) {
                Edge::Near => return UNDECIDED,
                Edge::Far(toggle) => mask ^= u32::from(toggle) << (reference & 31),
            }
        }
        self.resolve(record, mask)
    }
}

/// `(bx - ax) * (y - ay) - (by - ay) * (x - ax)`, modulo 2^64.
#[inline(always)]
pub(super) fn cross([ax, ay, bx, by]: [u32; 4], x: i64, y: i64) -> i64 {
    let [ax, ay, bx, by] = [ax, ay, bx, by].map(i64::from);
    let left = (bx - ax).wrapping_mul(y - ay);
    left.wrapping_sub((by - ay).wrapping_mul(x - ax))
}

/// Step 5 for one edge; `west` is the grid cell's west border.
#[inline(always)]
pub(super) fn toggles(edge: [u32; 4], west: u32, x: u32, y: u32) -> Edge {
    let [ax, ay, bx, by] = edge;
    let cross = cross(edge, i64::from(x), i64::from(y));
    let width = u64::from(ax.abs_diff(bx)) + u64::from(by - ay);
    if cross.unsigned_abs() <= width
        && ax.min(bx).saturating_sub(1) <= x
        && x <= ax.max(bx).saturating_add(1)
        && ay.saturating_sub(1) <= y
        && y <= by.saturating_add(1)
    {
        return Edge::Near;
    }
    Edge::Far(toggle(edge, west, y, cross > 0))
}

/// Whether an edge changes its zone for a point at height `y`, `left` if strictly west of it.
#[inline(always)]
pub(super) fn toggle<T: PartialOrd + Copy>(
    [ax, ay, bx, by]: [T; 4],
    west: T,
    y: T,
    left: bool,
) -> bool {
    let beside = (ay <= y) & (y < by) & (left != (ax > west));
    let beyond = ((ax <= west) != (bx <= west)) & (y >= by);
    beside | beyond
}

/// The code of a fixed-point cell by a layer's words: 0 when in no zone, else a code for
/// [`Layer::members`](super::Layer::members), or [`UNDECIDED`].
pub fn code_of(words: &[u32], x: u32, y: u32) -> u64 {
    let tables = Tables::of(words);
    let cell = tables.cell(x, y);
    let class = tables.class(cell);
    match class {
        0 | 1 => u64::from(class),
        2 => u64::from(tables.entry(cell)),
        _ => tables.record(tables.entry(cell), x, y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn cross_fits_64_bits_near_an_edge(
            (ax, ay, bx, by) in any::<(u32, u32, u32, u32)>(),
            along in 0.0..=1.0f64,
            (east, north) in (-536_870_915i64..=536_870_915, -536_870_915i64..=536_870_915),
        ) {
            let [ax, ay, bx, by] = [ax, ay.min(by), bx, ay.max(by)];
            let at = |a: u32, b: u32| f64::from(a) + (f64::from(b) - f64::from(a)) * along;
            #[expect(clippy::cast_possible_truncation, reason = "some point of the edge will do")]
            let (x, y) = (at(ax, bx) as i64 + east, at(ay, by) as i64 + north);
            let wide = |v: i64, u: u32| i128::from(v) - i128::from(u);
            let true_cross = wide(i64::from(bx), ax) * wide(y, ay) - wide(i64::from(by), ay) * wide(x, ax);
            prop_assert_eq!(i128::from(cross([ax, ay, bx, by], x, y)), true_cross);
        }
    }
}
