mod dispatch;
mod flush;
mod place;
mod selection;

use crate::compose::Method;
use crate::constants::Lookup;
use crate::device::Gpu;
use crate::epoch::Epoch;
use crate::memory::Held;
use crate::params::{ROW_IDS, size};
use crate::recheck::{Kept, Pushed, Recheck, Waiting};
use crate::shape::check;
use crate::slab::{ColumnKey, ColumnPlace, Stored};
use crate::upload::slice;
use crate::{GpuError, Shape};
use dispatch::{Batch, MOST_DESCRIPTORS, PARAMS, Pipelines};
use graticule_columns::{Chunk, PACKED_BLOCK, RowOrigin};
use graticule_kernels::{
    Counters, Grouping, Outcome, Partial, Program, RecordLayout, Session, Table,
};
pub use selection::GpuSelection;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use wgpu::BufferUsages;

/// How to run a program.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Bound of the groups on the host, in bytes.
    pub host_memory: usize,
    /// The most rows that will come; a hint for the size of tables.
    pub rows: u64,
    /// The method, where it is not left to choose; one that does not fit is passed over.
    pub method: Option<Method>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            host_memory: usize::MAX,
            rows: u64::MAX,
            method: None,
        }
    }
}

/// What a device found, and what it took.
#[derive(Debug, Clone)]
pub struct GpuOutcome {
    /// The groups and what happened to the rows.
    pub outcome: Outcome,
    /// More records of groups: those that the host's memory had no room to merge.
    pub full: Vec<Partial>,
    /// The cost.
    pub cost: GpuCost,
}

/// What a run on a device took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GpuCost {
    /// Bytes of columns copied to the device.
    pub bytes_uploaded: u64,
    /// Bytes of columns that were there already.
    pub bytes_resident: u64,
    /// Fused passes.
    pub dispatches: u64,
    /// Tables read back.
    pub tables: u64,
    /// Seconds spent in copying columns into staging buffers, waiting for one included.
    pub upload: f64,
    /// Seconds spent in waiting for kernels.
    pub kernel: f64,
    /// Seconds spent in copying tables out.
    pub readback: f64,
    /// The most bytes of device memory that were ever in use.
    pub peak_bytes: u64,
    /// How groups were found last.
    pub method: Option<Method>,
}

/// A run of a program on a device. Chunks go in by [`Session::push`] or [`Self::push_resident`]; the
/// answer comes out once, at the end.
#[derive(Debug)]
pub struct GpuSession {
    gpu: Gpu,
    program: Arc<Program>,
    keys: Vec<ColumnKey>,
    valid_key: ColumnKey,
    used: Vec<bool>,
    options: SessionOptions,
    /// Number of this session among the device's.
    number: u64,
    layout: RecordLayout,
    epoch: Option<Epoch>,
    /// Slots of the next hash table.
    slots: u64,
    batch: Batch,
    params: Held,
    descriptors: Held,
    /// Tables of layers and circles.
    lookup: Held,
    pipelines: HashMap<(Shape, Method), Pipelines>,
    /// From when on columns of the chunk are used that is not in the batch yet.
    fresh: Option<u64>,
    /// The slab of the last dispatch.
    last_slab: usize,
    pushed: Vec<Pushed>,
    waiting: Waiting,
    first: Option<Partial>,
    merged: Option<Table>,
    /// Groups for whose merging the host's memory has no room.
    full: Vec<Partial>,
    counters: Counters,
    cost: GpuCost,
}

/// A column that a chunk needs on the device: its name there, its slot (none for the bitmap of valid
/// rows), and what is known of it.
type Wish = (ColumnKey, Option<usize>, Stored);

/// The name of the bitmap of valid rows: those of the coordinates.
fn valid_key(keys: &[ColumnKey]) -> ColumnKey {
    let coordinates: Vec<&str> = keys.iter().take(2).map(|key| &**key).collect();
    format!("valid:{}", coordinates.join(":")).into()
}

impl GpuSession {
    /// A session. `keys` names the column of each slot.
    ///
    /// # Errors
    /// When the program cannot run on a device, or memory does not suffice.
    pub fn new(
        gpu: &Gpu,
        program: Arc<Program>,
        keys: Vec<ColumnKey>,
        options: SessionOptions,
    ) -> Result<Self, GpuError> {
        check(&program)?;
        // Bits tell no groups.
        let method = options.method.filter(|m| *m != Method::Matching);
        Self::open(gpu, program, keys, SessionOptions { method, ..options })
    }

    fn open(
        gpu: &Gpu,
        program: Arc<Program>,
        keys: Vec<ColumnKey>,
        options: SessionOptions,
    ) -> Result<Self, GpuError> {
        if keys.len() != program.slots.len() {
            return Err(GpuError::Chunk(format!(
                "{} keys for {} columns",
                keys.len(),
                program.slots.len()
            )));
        }
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let inner = &gpu.inner;
        let words = Lookup::new(&program).words;
        let bytes = 4 * words.len().max(1) as u64;
        let lookup = loop {
            match inner.buffer("polygons and circles", bytes, usage) {
                // Columns that only might be asked for again give way.
                Err(GpuError::OutOfMemory { .. }) if inner.stream().slabs.shed() => {}
                other => break other?,
            }
        };
        inner
            .stream()
            .write(inner, bytemuck::cast_slice(&words), &lookup.buffer, 0)?;
        Ok(Self {
            number: inner.stream().slabs.tick(),
            params: inner.buffer("parameters", PARAMS, usage)?,
            descriptors: inner.buffer("chunk descriptors", MOST_DESCRIPTORS, usage)?,
            gpu: gpu.clone(),
            used: program.used_slots(),
            lookup,
            layout: program.layout(),
            program,
            valid_key: valid_key(&keys),
            keys,
            options,
            epoch: None,
            slots: 0,
            batch: Batch::default(),
            pipelines: HashMap::new(),
            fresh: None,
            last_slab: 0,
            pushed: Vec::new(),
            waiting: Waiting::default(),
            first: None,
            merged: None,
            full: Vec::new(),
            counters: Counters::default(),
            cost: GpuCost::default(),
        })
    }

    /// The columns that the program reads, under the names that they have on the device: what
    /// [`Gpu::has_resident`] is asked for.
    pub fn keys(&self) -> Vec<ColumnKey> {
        Self::keys_of(&self.program, &self.keys)
    }

    /// As [`Self::keys`], of a program whose slots have these columns.
    pub fn keys_of(program: &Program, columns: &[ColumnKey]) -> Vec<ColumnKey> {
        let used = columns.iter().zip(program.used_slots());
        let used = used.filter(|(_, used)| *used).map(|(key, _)| key.clone());
        used.chain([valid_key(columns)]).collect()
    }

    /// What it took so far.
    pub fn cost(&self) -> GpuCost {
        self.cost
    }

    /// Takes rows whose columns are on the device already; says whether they were.
    ///
    /// # Errors
    /// As [`Session::push`].
    pub fn push_resident(&mut self, origin: &RowOrigin) -> Result<bool, GpuError> {
        let keys = self.keys();
        let places = {
            let mut stream = self.gpu.inner.stream();
            self.gpu.inner.check()?;
            if !stream.slabs.has(origin, &keys) {
                return Ok(false);
            }
            self.fresh = Some(stream.slabs.open(self.number));
            let touched = keys.iter().map(|key| stream.slabs.touch(origin, key));
            touched.collect::<Option<Vec<ColumnPlace>>>()
        };
        let Some(places) = places else {
            return Ok(false);
        };
        let pushed = Pushed {
            origin: origin.clone(),
            kept: None,
        };
        self.cost.bytes_resident += places
            .iter()
            .map(|p| 4 * u64::from(p.stored.words))
            .sum::<u64>();
        self.take(pushed, &places)?;
        Ok(true)
    }

    /// The answer. `recheck` fetches rows of chunks that were resident and that f64 must decide.
    ///
    /// # Errors
    /// When the device fails, a row has a key outside its window, the groups do not fit the host's
    /// memory, or rows cannot be fetched again.
    pub fn finish(mut self, recheck: &mut Recheck<'_>) -> Result<GpuOutcome, GpuError> {
        let (begin, before) = (Instant::now(), self.cost.kernel + self.cost.readback);
        self.close_batch()?;
        let counted = self.cost.kernel + self.cost.readback - before;
        self.cost.kernel += (begin.elapsed().as_secs_f64() - counted).max(0.0);
        self.flush()?;
        let waiting = std::mem::take(&mut self.waiting);
        let host_memory = self.options.host_memory;
        let decided = waiting.decide(&self.program, &self.pushed, host_memory, recheck)?;
        if let Some(outcome) = decided {
            self.counters.rechecked += outcome.counters.rechecked;
            self.counters.matched += outcome.counters.matched;
            self.counters.nan += outcome.counters.nan;
            for partial in outcome.partials {
                self.merge(partial)?;
            }
        }
        self.counters.device = self.counters.scanned - self.counters.rechecked;
        let partial = match (self.merged.take(), self.first.take()) {
            (Some(table), _) => table.into_partial(),
            (None, Some(partial)) => partial,
            (None, None) => Partial::empty(self.program.digits.len(), self.program.layout()),
        };
        self.cost.peak_bytes = self.gpu.memory().1;
        Ok(GpuOutcome {
            outcome: Outcome {
                partials: vec![partial],
                counters: self.counters,
            },
            full: self.take_full(),
            cost: self.cost,
        })
    }

    /// Puts a chunk's columns on the device and its rows in the batch.
    fn push_piece(&mut self, chunk: &Chunk, wanted: &[Wish]) -> Result<(), GpuError> {
        let begin = Instant::now();
        let places = self.upload(chunk, wanted)?;
        self.cost.upload += begin.elapsed().as_secs_f64();
        let pushed = Pushed {
            origin: chunk.origin.clone(),
            kept: Some(Kept::of(chunk)),
        };
        self.take(pushed, &places)
    }

    /// Takes out the groups that the host's memory has no room to merge. Asked after each push, it
    /// keeps them from piling up.
    pub fn take_full(&mut self) -> Vec<Partial> {
        std::mem::take(&mut self.full)
    }

    fn merge(&mut self, partial: Partial) -> Result<(), GpuError> {
        let room = self.options.host_memory / 4;
        let is_only = self.merged.is_none() && self.first.is_none();
        if is_only && partial.bytes() <= room {
            self.first = Some(partial);
            return Ok(());
        }
        let mut table = match self.merged.take() {
            Some(table) => table,
            None => Table::new(&self.program, self.options.host_memory)?,
        };
        for partial in self.first.take().into_iter().chain([partial]) {
            if table.outgrows(&partial.layout) {
                self.full.push(table.drain());
            }
            table.widen(&partial.layout)?;
            // A table takes up to four times the bytes of its groups.
            if table.grouping() == Grouping::Sparse && partial.bytes() > room / 4 {
                self.full.push(partial);
                continue;
            }
            table.absorb(&partial)?;
            if table.is_full() {
                self.full.push(table.drain());
            }
        }
        self.merged = Some(table);
        Ok(())
    }

    /// Rows of the pieces into which a chunk must be cut; `None` where it fits as it is.
    fn step(&self, chunk: &Chunk, wanted: &[Wish]) -> Result<Option<usize>, GpuError> {
        let words: u64 = wanted.iter().map(|w| u64::from(w.2.words) + 4).sum();
        let most = self.gpu.inner.stream().slabs.most_words();
        let rows = chunk.len() as u64;
        let mut step = if words <= most {
            rows
        } else {
            rows * most / words / 2
        };
        if self.options.method == Some(Method::Matching) {
            step = step.min(8 * self.gpu.inner.budget.table);
        }
        if step == rows {
            return Ok(None);
        }
        match size(step) / PACKED_BLOCK * PACKED_BLOCK {
            0 => Err(GpuError::OutOfMemory {
                what: "a few rows of a chunk",
                bytes: 4 * words,
                allowed: self.gpu.inner.ledger.allowed,
            }),
            step => Ok(Some(step)),
        }
    }

    fn check_chunk(&self, chunk: &Chunk) -> Result<(), GpuError> {
        let slots = &self.program.slots;
        if chunk.columns.len() < slots.len() {
            let message = format!("{} columns for {} slots", chunk.columns.len(), slots.len());
            return Err(GpuError::Chunk(message));
        }
        for (i, (column, slot)) in chunk.columns.iter().zip(slots).enumerate() {
            if column.kind() != slot.kind || column.len() != chunk.len() {
                return Err(GpuError::Chunk(format!(
                    "column {i} has {} values of {:?}, not {} of {:?}",
                    column.len(),
                    column.kind(),
                    chunk.len(),
                    slot.kind
                )));
            }
        }
        let valid = chunk
            .valid
            .as_ref()
            .map_or(chunk.len(), |valid| valid.len());
        if valid != chunk.len() {
            return Err(GpuError::Chunk(format!(
                "{valid} bits of {} rows say whether they are points",
                chunk.len()
            )));
        }
        if chunk.len() as u64 >= ROW_IDS / 2 {
            return Err(GpuError::Chunk(format!(
                "{} rows are too many",
                chunk.len()
            )));
        }
        Ok(())
    }
}

impl Session for GpuSession {
    type Error = GpuError;

    fn push(&mut self, chunk: &Chunk) -> Result<(), GpuError> {
        self.check_chunk(chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        let wanted = self.wanted(chunk);
        let Some(step) = self.step(chunk, &wanted)? else {
            return self.push_piece(chunk, &wanted);
        };
        for start in (0..chunk.len()).step_by(step) {
            let piece = slice(chunk, start..(start + step).min(chunk.len()));
            self.push(&piece)?;
        }
        Ok(())
    }
}

impl Drop for GpuSession {
    fn drop(&mut self) {
        self.gpu.inner.stream().slabs.close(self.number, None);
    }
}
