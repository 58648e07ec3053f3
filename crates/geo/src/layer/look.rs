//! From a cell to its code. Twin: `shaders/layer.wgsl`.

use super::edge::Edge;
use super::{HEADER, UNDECIDED};

/// What the grid says of a cell.
pub(super) enum Found {
    Code(u32),
    /// The place of a record, and its grid cell's south-west corner.
    Record {
        at: u32,
        x: u32,
        y: u32,
    },
}

/// Marks a cell's word as the place of a record.
pub(super) const IS_RECORD: u32 = 1 << 31;
/// Marks the upper half of a code as that of a cell that some zones hold as a whole.
pub(super) const HAS_BASE: u32 = 1 << 31;
/// Words of a record before its edges.
pub(super) const RECORD: usize = 4;
/// Words of an edge.
pub(super) const EDGE: usize = 5;

#[inline]
pub(super) fn find(words: &[u32], x: u32, y: u32) -> Found {
    let (dx, dy) = (x.wrapping_sub(words[2]), y.wrapping_sub(words[3]));
    let (column, row) = (dx >> words[0], dy >> words[1]);
    // The grid's end may lie beyond the end of the world, where numbers begin again.
    if x < words[2] || y < words[3] || column >= words[4] || row >= words[5] {
        return Found::Code(0);
    }
    let cell = row as usize * words[4] as usize + column as usize;
    let class = words[words[6] as usize + cell / 16] >> (2 * (cell % 16)) & 3;
    if class < 2 {
        return Found::Code(class);
    }
    let word = words[words[7] as usize + cell];
    if word & IS_RECORD == 0 {
        return Found::Code(word);
    }
    Found::Record {
        at: word & !IS_RECORD,
        x: words[2].wrapping_add(column << words[0]),
        y: words[3].wrapping_add(row << words[1]),
    }
}

/// The code of a cell whose record is at `at` and whose zones are in `mask`.
pub(super) fn resolve(words: &[u32], at: usize, mask: u32) -> u64 {
    match words[at + 2] {
        // In none of the cell's zones, and in none that holds all of it.
        0 if mask == 0 && words[at + 3] & HAS_BASE == 0 => 0,
        0 => u64::from(words[at + 3] & !HAS_BASE) << 32 | u64::from(mask),
        table => u64::from(words[table as usize + mask as usize]),
    }
}

/// The code of a cell from the tables of a [`Layer`](super::Layer).
pub fn code_of(words: &[u32], x: u32, y: u32) -> u64 {
    match find(words, x, y) {
        Found::Code(code) => u64::from(code),
        Found::Record { at, x: cx, y: cy } => walk(words, at as usize, (cx, cy), (x, y)),
    }
}

/// Walks from the corner to the point.
#[inline]
fn walk(words: &[u32], at: usize, (cx, cy): (u32, u32), (x, y): (u32, u32)) -> u64 {
    let mut mask = words[at + 1];
    let edges = &words[at + RECORD..at + RECORD + EDGE * words[at] as usize];
    for edge in edges.chunks_exact(EDGE) {
        let bit = edge[4];
        let edge = Edge {
            ax: edge[0],
            ay: edge[1],
            bx: edge[2],
            by: edge[3],
        };
        if edge.is_near(x, y) {
            return UNDECIDED;
        }
        let north = edge.is_north_of(cx, cy) ^ edge.is_north_of(cx, y);
        let east = edge.is_east_of(cx, y) ^ edge.is_east_of(x, y);
        mask ^= u32::from(north ^ east) << bit;
    }
    resolve(words, at, mask)
}

/// The codes of cells, as [`code_of`] gives them.
///
/// # Panics
/// When the slices differ in length, or `words` are no layer's.
pub fn codes(words: &[u32], x: &[u32], y: &[u32], out: &mut [u64]) {
    assert!(x.len() == y.len() && x.len() == out.len() && words.len() > HEADER);
    let &[x_shift, y_shift, x0, y0, columns, rows, ..] = words else {
        return;
    };
    let classes = &words[words[6] as usize..words[7] as usize];
    // All classes first, which most rows need no more than; then the others.
    let mut others = false;
    for ((&x, &y), out) in x.iter().zip(y).zip(out.iter_mut()) {
        let (column, row) = (x.wrapping_sub(x0) >> x_shift, y.wrapping_sub(y0) >> y_shift);
        let inside = x >= x0 && y >= y0 && column < columns && row < rows;
        let cell = if inside { row * columns + column } else { 0 };
        let class = classes[(cell / 16) as usize] >> (2 * (cell % 16)) & 3;
        let class = if inside { class } else { 0 };
        others |= class == 2;
        *out = u64::from(class);
    }
    if others {
        for ((&x, &y), out) in x.iter().zip(y).zip(out.iter_mut()) {
            if *out == 2 {
                *out = code_of(words, x, y);
            }
        }
    }
}
