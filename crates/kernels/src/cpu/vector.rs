//! Room for a vector of rows.

use super::VECTOR;
use super::read::{self, Marks, Scratch};
use super::rows::Rows;
use crate::exponents::Exponents;
use crate::places;
use graticule_columns::Chunk;
use std::ops::Range;

/// What is known of the rows of a vector, and the values that are worked on.
#[derive(Debug)]
pub(super) struct Vector {
    /// 1 for rows that pass the filters so far.
    pub(super) keep: Vec<u8>,
    /// 1 for rows that integers leave open.
    pub(super) edge: Vec<u8>,
    /// Rows that passed.
    pub(super) selected: Rows,
    /// Those of them that a program takes.
    pub(super) chosen: Rows,
    pub(super) x: Vec<u32>,
    pub(super) y: Vec<u32>,
    /// Of the chosen rows.
    pub(super) places: Vec<u32>,
    pub(super) codes: Vec<u64>,
    pub(super) distances: Vec<u32>,
    pub(super) runs: places::Scratch,
    pub(super) scratch: Scratch,
    pub(super) marks: Marks,
    pub(super) live: Live,
}

/// Those of the chosen rows whose value is neither null nor NaN.
#[derive(Debug)]
pub(super) struct Live {
    /// Positions among the chosen rows.
    pub(super) rows: Rows,
    pub(super) places: Vec<u32>,
    pub(super) runs: places::Scratch,
    pub(super) bits32: Vec<u32>,
    pub(super) bits64: Vec<u64>,
    /// Of all rows of the vector.
    pub(super) times: Vec<u64>,
}

impl Vector {
    pub(super) fn new() -> Self {
        Self {
            keep: vec![0; VECTOR],
            edge: vec![0; VECTOR],
            selected: Rows::default(),
            chosen: Rows::default(),
            x: vec![0; VECTOR],
            y: vec![0; VECTOR],
            places: vec![0; VECTOR],
            codes: vec![0; VECTOR],
            distances: vec![0; VECTOR],
            runs: places::Scratch::default(),
            scratch: Scratch::new(),
            marks: Marks::new(),
            live: Live {
                rows: Rows::default(),
                places: vec![0; VECTOR],
                runs: places::Scratch::default(),
                bits32: vec![0; VECTOR],
                bits64: vec![0; VECTOR],
                times: vec![0; VECTOR],
            },
        }
    }

    /// Brings the cells of all rows to `x` and `y`.
    pub(super) fn load_points(&mut self, chunk: &Chunk, rows: &Range<usize>) {
        let count = rows.len();
        for (column, out) in chunk.columns.iter().zip([&mut self.x, &mut self.y]) {
            let words = column.read32(rows.clone(), &mut self.scratch.words32);
            out[..count].copy_from_slice(words);
        }
    }

    /// Leaves the rows that are kept in `selected`.
    pub(super) fn select(&mut self, count: usize) {
        self.selected.mark(&self.keep[..count]);
    }

    /// Leaves the selected rows that a program takes in `chosen`: all, or those whose value in the
    /// slot is neither null nor NaN.
    pub(super) fn choose(&mut self, chunk: &Chunk, rows: &Range<usize>, live: Option<usize>) {
        self.chosen.copy(&self.selected);
        if let Some(slot) = live {
            let column = &chunk.columns[slot];
            let bits = read::bits(column, rows, Some(&self.selected), &mut self.scratch);
            let may_be_nan = column.kind().is_float() && Exponents::of(bits).nan;
            let live = &mut self.live.rows;
            let marks = &mut self.marks;
            read::live(column, rows, &self.selected, bits, may_be_nan, marks, live);
            self.chosen.keep(live);
        }
    }
}
