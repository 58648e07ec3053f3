//! The CPU path: tiles of rows, columnar loops that the compiler turns into SIMD, then scatter.

use crate::steps::{self, Records};
use crate::{
    Accumulator, Code, Counters, Filter, Grouping, KernelError, Layout, Outcome, Part, Program,
    Session, Table, lanes,
};
use graticule_columns::{Chunk, Column};
use graticule_geo::{Bbox, FixedBbox};
use std::ops::Range;

/// Rows that are worked on at once: their columns stay in the first-level cache.
pub const TILE: usize = 1024;

/// One thread's run of a program.
#[derive(Debug)]
pub struct CpuSession<'p> {
    program: &'p Program,
    boxes: Vec<(Bbox, FixedBbox)>,
    table: Table,
    counters: Counters,
    tile: Tile,
}

/// Scratch of a tile.
#[derive(Debug)]
struct Tile {
    keep: Vec<u8>,
    edge: Vec<u8>,
    /// Rows within the tile that are left.
    selected: Vec<u32>,
    places: Vec<u32>,
    digits: Vec<Vec<u32>>,
    codes: Vec<u64>,
    values: Vec<u64>,
    nulls: Vec<bool>,
    /// Places and bits of the rows whose value is neither null nor NaN.
    live_places: Vec<u32>,
    live: Vec<u64>,
    words32: Vec<u32>,
    more32: Vec<u32>,
    words64: Vec<u64>,
}

impl Tile {
    fn new(digits: usize) -> Self {
        Self {
            keep: vec![0; TILE],
            edge: vec![0; TILE],
            selected: Vec::with_capacity(TILE),
            places: vec![0; TILE],
            digits: vec![Vec::with_capacity(TILE); digits],
            codes: vec![0; TILE],
            values: vec![0; TILE],
            nulls: vec![false; TILE],
            live_places: Vec::with_capacity(TILE),
            live: Vec::with_capacity(TILE),
            words32: vec![0; TILE],
            more32: vec![0; TILE],
            words64: vec![0; TILE],
        }
    }
}

impl<'p> CpuSession<'p> {
    /// A session whose groups stay within `allowed` bytes.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn new(program: &'p Program, allowed: usize) -> Result<Self, KernelError> {
        let boxes = program.filters.iter().filter_map(|f| match f {
            Filter::Bbox(bbox) => Some((*bbox, bbox.fixed())),
            Filter::Range { .. } => None,
        });
        Ok(Self {
            program,
            boxes: boxes.collect(),
            table: Table::new(program, allowed)?,
            counters: Counters::default(),
            tile: Tile::new(program.digits.len()),
        })
    }

    /// How groups are found.
    pub fn grouping(&self) -> Grouping {
        self.table.grouping()
    }

    /// What was found.
    pub fn finish(self) -> Outcome {
        Outcome {
            partial: self.table.into_partial(),
            counters: self.counters,
        }
    }

    fn tile(&mut self, chunk: &Chunk, rows: Range<usize>) -> Result<(), KernelError> {
        self.filter(chunk, &rows)?;
        if self.tile.selected.is_empty() {
            return Ok(());
        }
        self.counters.matched += self.tile.selected.len() as u64;
        self.group(chunk, &rows)?;
        self.accumulate(chunk, &rows);
        Ok(())
    }

    /// Leaves the rows that pass every filter in `selected`.
    fn filter(&mut self, chunk: &Chunk, rows: &Range<usize>) -> Result<(), KernelError> {
        let tile = &mut self.tile;
        let count = rows.len();
        let (keep, edge) = (&mut tile.keep[..count], &mut tile.edge[..count]);
        match &chunk.valid {
            None => keep.fill(1),
            Some(valid) => spread(keep, |i| valid.value(rows.start + i)),
        }
        edge.fill(0);
        for (_, fixed) in &self.boxes {
            let x = chunk.columns[0].read32(rows.clone(), &mut tile.words32);
            let y = chunk.columns[1].read32(rows.clone(), &mut tile.more32);
            steps::bbox(fixed, x, y, keep, edge);
        }
        for filter in &self.program.filters {
            let &Filter::Range {
                slot,
                low,
                high,
                negate,
            } = filter
            else {
                continue;
            };
            let column = &chunk.columns[slot];
            let kind = column.kind();
            if kind.is_wide() {
                let bits = column.read64(rows.clone(), &mut tile.words64);
                steps::range64(kind, bits, (low, high), negate, keep);
            } else {
                let bits = column.read32(rows.clone(), &mut tile.words32);
                steps::range32(kind, bits, (low, high), negate, keep);
            }
            if let Some(validity) = column.validity() {
                for (i, keep) in keep.iter_mut().enumerate() {
                    *keep &= u8::from(validity.value(rows.start + i));
                }
            }
        }
        if !self.boxes.is_empty() {
            self.recheck(chunk, rows.start, count)?;
        }
        let tile = &mut self.tile;
        tile.selected.clear();
        let kept = (0u32..).zip(&tile.keep[..count]);
        tile.selected
            .extend(kept.filter(|(_, keep)| **keep != 0).map(|(i, _)| i));
        Ok(())
    }

    /// Asks the f64 predicate about rows in edge cells that every other filter lets pass.
    fn recheck(&mut self, chunk: &Chunk, start: usize, count: usize) -> Result<(), KernelError> {
        let exact = &chunk.exact;
        let tile = &mut self.tile;
        if !tile.edge[..count].contains(&1) {
            return Ok(());
        }
        for i in 0..count {
            if tile.edge[i] & tile.keep[i] == 0 {
                continue;
            }
            let row = u32::try_from(start + i).unwrap_or(u32::MAX);
            let (lon, lat) = exact.get(row).ok_or(KernelError::NotWatched { row })?;
            let inside = self.boxes.iter().all(|(bbox, _)| bbox.holds(lon, lat));
            tile.keep[i] = u8::from(inside);
            self.counters.rechecked += 1;
        }
        Ok(())
    }

    /// Leaves the places of the selected rows' groups in `places`.
    fn group(&mut self, chunk: &Chunk, rows: &Range<usize>) -> Result<(), KernelError> {
        let tile = &mut self.tile;
        let count = tile.selected.len();
        for (i, digit) in self.program.digits.iter().enumerate() {
            let column = &chunk.columns[digit.code.slot()];
            gather(column, rows, tile);
            let (values, codes) = (&mut tile.values[..count], &mut tile.codes[..count]);
            match digit.code {
                Code::Cell { shift, first, .. } => steps::cell(values, shift, first, codes),
                Code::Bucket { first, width, .. } => {
                    order(column, values);
                    steps::bucket(values, first, width, codes);
                }
                Code::Offset { low, .. } => {
                    order(column, values);
                    steps::offset(values, low, codes);
                }
                Code::Null { .. } => steps::null(&tile.nulls[..count], codes),
            }
            if column.validity().is_some() && !matches!(digit.code, Code::Null { .. }) {
                for (code, _) in codes.iter_mut().zip(&tile.nulls).filter(|(_, n)| **n) {
                    *code = 0;
                }
            }
            for code in codes.iter_mut() {
                match digit.part {
                    Part::Whole => {}
                    Part::High => *code >>= 32,
                    Part::Low => *code &= 0xffff_ffff,
                }
            }
            if codes.iter().any(|&code| code >= digit.extent) {
                return Err(KernelError::Stray);
            }
            let digits = &mut tile.digits[i];
            digits.clear();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "below an extent of at most 2^32"
            )]
            digits.extend(codes.iter().map(|&code| code as u32));
        }
        self.table.places(&tile.digits, count, &mut tile.places)
    }

    fn accumulate(&mut self, chunk: &Chunk, rows: &Range<usize>) {
        let tile = &mut self.tile;
        let count = tile.selected.len();
        let Layout { fields, stride } = self.table.layout.clone();
        let mut gathered = None;
        for field in &fields {
            let mut records = Records {
                words: &mut self.table.words,
                stride,
                at: field.at,
            };
            let Some(slot) = field.accumulator.slot() else {
                steps::count(&mut records, &tile.places[..count]);
                continue;
            };
            let column = &chunk.columns[slot];
            let kind = column.kind();
            if gathered != Some(slot) {
                gather(column, rows, tile);
                let nan = keep_live(column, tile, count);
                self.counters.nan += nan;
                gathered = Some(slot);
            }
            let (places, bits) = (&tile.live_places, &tile.live);
            match field.accumulator {
                Accumulator::Count => {}
                Accumulator::Valid { .. } => steps::valid(&mut records, places),
                Accumulator::Sum { .. } => {
                    steps::sum(&mut records, places, kind, bits, field.lanes.start);
                }
                Accumulator::Min { .. } | Accumulator::Max { .. } => {
                    let ordered = &mut tile.codes[..bits.len()];
                    for (word, &bits) in ordered.iter_mut().zip(bits) {
                        *word = kind.order(bits);
                    }
                    if matches!(field.accumulator, Accumulator::Min { .. }) {
                        steps::min(&mut records, places, ordered);
                    } else {
                        steps::max(&mut records, places, ordered);
                    }
                }
            }
        }
    }
}

impl Session for CpuSession<'_> {
    type Error = KernelError;

    fn push(&mut self, chunk: &Chunk) -> Result<(), KernelError> {
        let accumulators = &self.program.accumulators;
        let window = |slot: usize| lanes::of_column(&chunk.columns[slot]);
        self.table.widen(&Layout::new(accumulators, window));
        self.counters.scanned += chunk.len() as u64;
        self.counters.invalid += chunk.invalid() as u64;
        for start in (0..chunk.len()).step_by(TILE) {
            self.tile(chunk, start..(start + TILE).min(chunk.len()))?;
        }
        Ok(())
    }
}

fn spread(keep: &mut [u8], bit: impl Fn(usize) -> bool) {
    for (i, keep) in keep.iter_mut().enumerate() {
        *keep = u8::from(bit(i));
    }
}

/// Brings the bits and the nullness of the selected rows together.
fn gather(column: &Column, rows: &Range<usize>, tile: &mut Tile) {
    let count = tile.selected.len();
    let out = tile.values[..count].iter_mut().zip(&tile.selected);
    if column.kind().is_wide() {
        let bits = column.read64(rows.clone(), &mut tile.words64);
        out.for_each(|(value, &row)| *value = bits[row as usize]);
    } else {
        let bits = column.read32(rows.clone(), &mut tile.words32);
        out.for_each(|(value, &row)| *value = u64::from(bits[row as usize]));
    }
    match column.validity() {
        None => tile.nulls[..count].fill(false),
        Some(validity) => {
            for (null, &row) in tile.nulls[..count].iter_mut().zip(&tile.selected) {
                *null = !validity.value(rows.start + row as usize);
            }
        }
    }
}

fn order(column: &Column, values: &mut [u64]) {
    for value in values {
        *value = column.kind().order(*value);
    }
}

/// Leaves the gathered values that are neither null nor NaN; returns how many were NaN.
fn keep_live(column: &Column, tile: &mut Tile, count: usize) -> u64 {
    tile.live.clear();
    tile.live_places.clear();
    let kind = column.kind();
    if column.validity().is_none() && !kind.is_float() {
        tile.live.extend_from_slice(&tile.values[..count]);
        tile.live_places.extend_from_slice(&tile.places[..count]);
        return 0;
    }
    let (least, greatest) = kind.numbers();
    let mut nan = 0;
    for i in (0..count).filter(|&i| !tile.nulls[i]) {
        if (least..=greatest).contains(&kind.order(tile.values[i])) {
            tile.live.push(tile.values[i]);
            tile.live_places.push(tile.places[i]);
        } else {
            nan += 1;
        }
    }
    nan
}
