//! Scratch of a tile of rows.

use super::TILE;
use graticule_columns::{Chunk, Column};
use std::ops::Range;

/// What is known of the rows of a tile, and the values that are worked on.
#[derive(Debug)]
pub(super) struct Tile {
    /// 1 for rows that pass the filters so far.
    pub(super) keep: Vec<u8>,
    /// 1 for rows that integers leave open.
    pub(super) edge: Vec<u8>,
    /// Rows within the tile that passed.
    pub(super) selected: Vec<u32>,
    /// Those of them that a program takes.
    pub(super) chosen: Vec<u32>,
    pub(super) x: Vec<u32>,
    pub(super) y: Vec<u32>,
    pub(super) places: Vec<u32>,
    pub(super) codes: Vec<u64>,
    /// Bits and nullness of the chosen rows.
    pub(super) values: Vec<u64>,
    pub(super) nulls: Vec<bool>,
    /// Places and bits of the rows whose value is neither null nor NaN.
    pub(super) live_places: Vec<u32>,
    pub(super) live: Vec<u64>,
    /// Their rows within the tile.
    pub(super) live_rows: Vec<u32>,
    pub(super) words32: Vec<u32>,
    pub(super) words64: Vec<u64>,
}

impl Tile {
    pub(super) fn new() -> Self {
        Self {
            keep: vec![0; TILE],
            edge: vec![0; TILE],
            selected: Vec::with_capacity(TILE),
            chosen: Vec::with_capacity(TILE),
            x: vec![0; TILE],
            y: vec![0; TILE],
            places: vec![0; TILE],
            codes: vec![0; TILE],
            values: vec![0; TILE],
            nulls: vec![false; TILE],
            live_places: Vec::with_capacity(TILE),
            live: Vec::with_capacity(TILE),
            live_rows: Vec::with_capacity(TILE),
            words32: vec![0; TILE],
            words64: vec![0; TILE],
        }
    }

    /// Brings the cells of all rows to `x` and `y`.
    pub(super) fn load_points(&mut self, chunk: &Chunk, rows: &Range<usize>) {
        let count = rows.len();
        for (column, out) in chunk.columns.iter().zip([&mut self.x, &mut self.y]) {
            let words = column.read32(rows.clone(), &mut self.words32);
            out[..count].copy_from_slice(words);
        }
    }

    /// Leaves the rows that are kept in `selected`.
    pub(super) fn select(&mut self, count: usize) {
        // Every row is written and the next one over it, unless it is kept: no predictor knows which.
        self.selected.resize(TILE, 0);
        let mut kept = 0;
        for (i, &keep) in (0u32..).zip(&self.keep[..count]) {
            self.selected[kept % TILE] = i;
            kept += usize::from(keep);
        }
        self.selected.truncate(kept);
    }

    /// Leaves the selected rows that a program takes in `chosen`: all, or those whose value in the
    /// slot is neither null nor NaN.
    pub(super) fn choose(&mut self, chunk: &Chunk, rows: &Range<usize>, live: Option<usize>) {
        self.chosen.clear();
        self.chosen.extend_from_slice(&self.selected);
        if let Some(slot) = live {
            let column = &chunk.columns[slot];
            self.gather(column, rows);
            self.keep_live(column);
            std::mem::swap(&mut self.chosen, &mut self.live_rows);
        }
    }

    /// Brings the bits and the nullness of the chosen rows together.
    pub(super) fn gather(&mut self, column: &Column, rows: &Range<usize>) {
        let count = self.chosen.len();
        let is_all = count == rows.len();
        let values = &mut self.values[..count];
        if column.kind().is_wide() {
            let bits = column.read64(rows.clone(), &mut self.words64);
            if is_all {
                values.copy_from_slice(bits);
            } else {
                for (value, &row) in values.iter_mut().zip(&self.chosen) {
                    *value = bits[row as usize];
                }
            }
        } else {
            let bits = column.read32(rows.clone(), &mut self.words32);
            if is_all {
                for (value, &bits) in values.iter_mut().zip(bits) {
                    *value = u64::from(bits);
                }
            } else {
                for (value, &row) in values.iter_mut().zip(&self.chosen) {
                    *value = u64::from(bits[row as usize]);
                }
            }
        }
        match column.validity() {
            None => self.nulls[..count].fill(false),
            Some(validity) => {
                for (null, &row) in self.nulls[..count].iter_mut().zip(&self.chosen) {
                    *null = !validity.value(rows.start + row as usize);
                }
            }
        }
    }

    /// Leaves the gathered values that are neither null nor NaN; returns how many were NaN.
    pub(super) fn keep_live(&mut self, column: &Column) -> u64 {
        let count = self.chosen.len();
        let kind = column.kind();
        if column.validity().is_none() && !kind.is_float() {
            self.live.clear();
            self.live_places.clear();
            self.live_rows.clear();
            self.live.extend_from_slice(&self.values[..count]);
            self.live_places.extend_from_slice(&self.places[..count]);
            self.live_rows.extend_from_slice(&self.chosen);
            return 0;
        }
        let (least, greatest) = kind.numbers();
        self.live.resize(TILE, 0);
        self.live_places.resize(TILE, 0);
        self.live_rows.resize(TILE, 0);
        // As in `select`.
        let (mut live, mut not_null) = (0, 0);
        for i in 0..count {
            let bits = self.values[i];
            self.live[live % TILE] = bits;
            self.live_places[live % TILE] = self.places[i];
            self.live_rows[live % TILE] = self.chosen[i];
            let is_number = (least..=greatest).contains(&kind.order(bits));
            not_null += usize::from(!self.nulls[i]);
            live += usize::from(!self.nulls[i] & is_number);
        }
        self.live.truncate(live);
        self.live_places.truncate(live);
        self.live_rows.truncate(live);
        (not_null - live) as u64
    }
}
