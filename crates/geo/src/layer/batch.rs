//! Many rows at once, for the CPU: pass after pass over a block of rows. Which rows lie near an
//! edge, and near how many, no branch predictor knows; so each pass does one look-up for all its
//! rows and branches little, and the look-ups overlap in memory.

use super::UNDECIDED;
use super::words::{Edge, Tables, toggles};
use std::cell::RefCell;

/// Rows of a block: its lists stay in the first-level cache.
const BLOCK: usize = 1024;
/// Pairs of a row and an edge that a block collects before it looks at them.
const PAIRS: usize = 4096;

/// The bit of a mask that no zone has: an edge is too near.
const UNKNOWN: u32 = 1 << 31;

/// [`code_of`](super::code_of) for every row.
///
/// # Panics
/// When the slices differ in length.
pub fn codes(words: &[u32], x: &[u32], y: &[u32], out: &mut [u64]) {
    assert!(
        x.len() == y.len() && x.len() == out.len(),
        "columns of one length"
    );
    let tables = Tables::of(words);
    let blocks = x
        .chunks(BLOCK)
        .zip(y.chunks(BLOCK))
        .zip(out.chunks_mut(BLOCK));
    LISTS.with_borrow_mut(|lists| {
        for ((x, y), out) in blocks {
            block(&tables, x, y, out, lists);
        }
    });
}

thread_local! {
    /// Kept, because callers come with a tile of rows at a time and clearing the lists takes as long as
    /// a part of the look-ups.
    static LISTS: RefCell<Lists> = const {
        RefCell::new(Lists {
            cells: [0; BLOCK],
            rows: [0; BLOCK],
            records: [0; BLOCK],
            masks: [0; BLOCK],
            pairs: [(0, 0); PAIRS],
        })
    };
}

struct Lists {
    /// The grid cell of every row.
    cells: [u32; BLOCK],
    /// The rows that are not decided yet.
    rows: [u16; BLOCK],
    /// Their records.
    records: [u32; BLOCK],
    /// Their masks.
    masks: [u32; BLOCK],
    /// Each place in `rows` with each of its references.
    pairs: [(u32, u32); PAIRS],
}

#[expect(clippy::cast_possible_truncation, reason = "a block has 1024 rows")]
fn block(tables: &Tables<'_>, x: &[u32], y: &[u32], out: &mut [u64], lists: &mut Lists) {
    let Lists {
        cells,
        rows,
        records,
        masks,
        pairs,
    } = lists;
    // No branch and no look-up, so that the compiler vectorises it.
    for (cell, (&x, &y)) in cells.iter_mut().zip(x.iter().zip(y)) {
        *cell = tables.cell(x, y);
    }
    let mut left = 0;
    for (row, (&cell, out)) in cells.iter().zip(out.iter_mut()).enumerate() {
        let class = tables.class(cell);
        *out = u64::from(class);
        rows[left % BLOCK] = row as u16;
        left += class as usize >> 1;
    }
    let mut near = 0;
    for at in 0..left {
        let row = rows[at];
        let entry = tables.entry(cells[usize::from(row) % BLOCK]);
        let out = &mut out[usize::from(row)];
        let class = *out as usize;
        *out = u64::from(entry);
        rows[near] = row;
        records[near] = entry;
        near += class & 1;
    }
    let (rows, records) = (&rows[..near], &records[..near]);
    for (mask, &record) in masks.iter_mut().zip(records) {
        *mask = tables.mask(record);
    }
    let points = Points { x, y, rows };
    let mut filled = 0;
    for (at, &record) in records.iter().enumerate() {
        let mut refs = tables.refs(record);
        loop {
            let (now, later) = refs.split_at(refs.len().min(PAIRS - filled));
            for (pair, &reference) in pairs[filled..].iter_mut().zip(now) {
                *pair = (at as u32, reference);
            }
            filled += now.len();
            refs = later;
            if refs.is_empty() {
                break;
            }
            points.walk(tables, &pairs[..filled], masks);
            filled = 0;
        }
    }
    points.walk(tables, &pairs[..filled], masks);
    for ((&row, &record), &mask) in rows.iter().zip(records).zip(masks.iter()) {
        out[usize::from(row)] = if mask & UNKNOWN == 0 {
            tables.resolve(record, mask)
        } else {
            UNDECIDED
        };
    }
}

/// The rows of a block that have records.
struct Points<'a> {
    x: &'a [u32],
    y: &'a [u32],
    rows: &'a [u16],
}

impl Points<'_> {
    /// Changes the masks of all pairs.
    #[inline(always)]
    fn walk(&self, tables: &Tables<'_>, pairs: &[(u32, u32)], masks: &mut [u32; BLOCK]) {
        for &(at, reference) in pairs {
            let at = at as usize;
            let row = usize::from(self.rows[at]);
            let (x, y) = (self.x[row], self.y[row]);
            match toggles(tables.edge(reference), tables.west_of(x), x, y) {
                Edge::Near => masks[at % BLOCK] |= UNKNOWN,
                Edge::Far(toggle) => masks[at % BLOCK] ^= u32::from(toggle) << (reference & 31),
            }
        }
    }
}
