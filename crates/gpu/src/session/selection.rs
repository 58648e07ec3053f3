//! Which rows of a chunk match: a bit for each, set on the device.

use super::dispatch::Batch;
use super::flush::Flushed;
use super::{ColumnKey, GpuCost, GpuSession, SessionOptions, Wish};
use crate::compose::{Method, filters_of};
use crate::device::Gpu;
use crate::recheck::Waiting;
use crate::shape::check;
use crate::upload::slice;
use crate::{GpuError, params::word};
use graticule_columns::Chunk;
use graticule_kernels::{Counters, Program};
use std::sync::Arc;

/// A run of a program's filters on a device. Chunks go in one at a time by [`Self::matching`], the twin of
/// [`CpuSession::matching`](graticule_kernels::CpuSession::matching); no group is kept of them.
#[derive(Debug)]
pub struct GpuSelection {
    session: GpuSession,
}

impl GpuSelection {
    /// A selection by the program's filters. `keys` names the column of each slot.
    ///
    /// # Errors
    /// When the program cannot run on a device, or memory does not suffice.
    pub fn new(gpu: &Gpu, program: &Program, keys: Vec<ColumnKey>) -> Result<Self, GpuError> {
        check(program)?;
        let options = SessionOptions {
            method: Some(Method::Matching),
            ..SessionOptions::default()
        };
        let session = GpuSession::open(gpu, Arc::new(filters_of(program)), keys, options)?;
        Ok(Self { session })
    }

    /// The rows of a chunk that pass every filter, ascending. Those that integers leave open are decided
    /// in f64, with the chunk's own source coordinates.
    ///
    /// # Errors
    /// When the device fails, its memory does not suffice for a few rows of the chunk, or the chunk lacks
    /// columns, or the source coordinates of a row that needs them.
    pub fn matching(&mut self, chunk: &Chunk) -> Result<Vec<u32>, GpuError> {
        self.session.check_chunk(chunk)?;
        if chunk.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = self.session.wanted(chunk);
        let Some(step) = self.session.step(chunk, &wanted)? else {
            return self.session.matching(chunk, &wanted);
        };
        let mut rows = Vec::new();
        for start in (0..chunk.len()).step_by(step) {
            let piece = slice(chunk, start..(start + step).min(chunk.len()));
            let first = word(start as u64);
            rows.extend(self.matching(&piece)?.into_iter().map(|row| first + row));
        }
        Ok(rows)
    }

    /// What happened to the rows so far.
    pub fn counters(&self) -> Counters {
        let counters = self.session.counters;
        Counters {
            device: counters.scanned - counters.rechecked,
            ..counters
        }
    }

    /// What it took so far.
    pub fn cost(&self) -> GpuCost {
        GpuCost {
            peak_bytes: self.session.gpu.memory().1,
            ..self.session.cost
        }
    }
}

impl GpuSession {
    /// The matching rows of a chunk that fits.
    fn matching(&mut self, chunk: &Chunk, wanted: &[Wish]) -> Result<Vec<u32>, GpuError> {
        // What a failure may have left is of another chunk.
        self.epoch = None;
        self.batch = Batch::default();
        self.pushed.clear();
        self.waiting = Waiting::default();
        self.options.rows = chunk.len() as u64;
        // Before the chunk's columns are held, which could not give way to it.
        self.epoch()?;
        self.push_piece(chunk, wanted)?;
        self.close_batch()?;
        let pushed = std::mem::take(&mut self.pushed);
        let Some(Flushed { table, matched, .. }) = self.read_back()? else {
            return Ok(Vec::new());
        };
        let mut rows = Vec::with_capacity(matched as usize);
        for (first, mut bits) in (0..).step_by(32).zip(table) {
            while bits != 0 {
                rows.push(first + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        let is_beyond = rows.last().is_some_and(|row| *row as usize >= chunk.len());
        if is_beyond || rows.len() as u64 != u64::from(matched) {
            return Err(GpuError::Damaged {
                what: "the rows' bits are not the count of rows",
            });
        }
        let waiting = std::mem::take(&mut self.waiting);
        let (decided, counters) = waiting.matching(&self.program, &pushed)?;
        self.counters.rechecked += counters.rechecked;
        self.counters.matched += counters.matched;
        if !decided.is_empty() {
            rows.extend(decided);
            rows.sort_unstable();
        }
        Ok(rows)
    }
}
