use crate::compose::{Method, needs_publish};
use crate::device::{Gpu, Inner};
use crate::epoch::{Epoch, Taken, row_bits};
use crate::glue::chunk_words;
use crate::memory::{DESCRIPTORS, Held};
use crate::params::{
    AUX_LIST, AUX_MATCHED, AUX_NAN, AUX_OCCUPIED, AUX_RECHECK, AUX_STRAY, ROW_IDS, WORKGROUP, high,
    low, size, word,
};
use crate::readback::{Fetched, fetch, read};
use crate::recheck::{Kept, Pushed, Recheck, Waiting};
use crate::shape::{check, used_slots};
use crate::slab::{ColumnKey, Place, Stored};
use crate::stream::Stream;
use crate::table::{Wanted, check_stray};
use crate::upload::{of_column, of_valid, slice, write_column, write_valid};
use crate::{GpuError, Shape};
use graticule_columns::{Chunk, PACKED_BLOCK, RowOrigin};
use graticule_kernels::{
    Counters, Layout, Outcome, Partial, Program, Session, Table,
};
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
    layout: Layout,
    epoch: Option<Epoch>,
    /// Slots of the next hash table.
    slots: u64,
    batch: Batch,
    params: Held,
    descriptors: Held,
    pipelines: HashMap<(Shape, Method), Pipelines>,
    /// From when on columns of the chunk are used that is not in the batch yet.
    fresh: Option<u64>,
    /// The slab of the last dispatch.
    last_slab: usize,
    pushed: Vec<Pushed>,
    waiting: Waiting,
    first: Option<Partial>,
    merged: Option<Table>,
    counters: Counters,
    cost: GpuCost,
}

#[derive(Debug, Clone)]
struct Pipelines {
    fused: wgpu::ComputePipeline,
    publish: Option<wgpu::ComputePipeline>,
}

/// Chunks of one shape in one slab whose dispatch is not recorded yet.
#[derive(Debug, Default)]
struct Batch {
    slab: usize,
    shape: Option<Shape>,
    chunks: Vec<Waited>,
}

/// A chunk of a batch.
#[derive(Debug)]
struct Waited {
    number: u32,
    from: u32,
    to: u32,
    /// The descriptor after these.
    rest: Vec<u32>,
}

/// A column that a chunk needs on the device: its name there, its slot (none for the bitmap of valid
/// rows), and what is known of it.
type Wish = (ColumnKey, Option<usize>, Stored);

/// Bytes of `params` that a session has.
const PARAMS: u64 = DESCRIPTORS / 4;
/// Rows of one dispatch: about a tenth of a second on a slow GPU.
const DISPATCH_ROWS: u64 = 1 << 26;

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
        if keys.len() != program.slots.len() {
            return Err(GpuError::Chunk(format!(
                "{} keys for {} columns",
                keys.len(),
                program.slots.len()
            )));
        }
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let inner = &gpu.inner;
        Ok(Self {
            number: inner.stream().slabs.tick(),
            params: inner.buffer("parameters", PARAMS, usage)?,
            descriptors: inner.buffer("chunk descriptors", DESCRIPTORS - PARAMS, usage)?,
            gpu: gpu.clone(),
            used: used_slots(&program),
            layout: program.layout(),
            program,
            keys,
            valid_key: "valid".into(),
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
            counters: Counters::default(),
            cost: GpuCost::default(),
        })
    }

    /// The columns that the program reads, under the names that they have on the device: what
    /// [`Gpu::has_resident`] is asked for.
    pub fn keys(&self) -> Vec<ColumnKey> {
        let used = self.keys.iter().zip(&self.used);
        let used = used.filter(|(_, used)| **used).map(|(key, _)| key.clone());
        used.chain([self.valid_key.clone()]).collect()
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
            touched.collect::<Option<Vec<Place>>>()
        };
        let Some(places) = places else {
            return Ok(false);
        };
        let pushed = Pushed {
            origin: origin.clone(),
            kept: None,
        };
        self.cost.bytes_resident += places.iter().map(|p| 4 * u64::from(p.stored.words)).sum::<u64>();
        self.take(pushed, &places)?;
        Ok(true)
    }

    /// The answer. `recheck` fetches rows of chunks that were resident and that f64 must decide.
    ///
    /// # Errors
    /// When the device fails, a row has a key outside its window, the groups do not fit the host's
    /// memory, or rows cannot be fetched again.
    pub fn finish(mut self, recheck: &mut Recheck<'_>) -> Result<GpuOutcome, GpuError> {
        self.close_batch()?;
        self.flush()?;
        let waiting = std::mem::take(&mut self.waiting);
        let host_memory = self.options.host_memory;
        let decided = waiting.decide(&self.program, &self.pushed, host_memory, recheck)?;
        if let Some(outcome) = decided {
            self.counters.rechecked += outcome.counters.rechecked;
            self.counters.matched += outcome.counters.matched;
            self.counters.nan += outcome.counters.nan;
            self.merge(outcome.partial)?;
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
                partial,
                counters: self.counters,
            },
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

    /// The columns that the program reads, and what is to be known of them.
    fn wanted(&self, chunk: &Chunk) -> Vec<Wish> {
        let slots = (0..self.keys.len()).filter(|slot| self.used[*slot]);
        let columns = slots.map(|slot| {
            let stored = of_column(&chunk.columns[slot]);
            (self.keys[slot].clone(), Some(slot), stored)
        });
        let valid = (self.valid_key.clone(), None, of_valid(chunk));
        columns.chain([valid]).collect()
    }

    /// Puts a chunk's columns on the device, as far as they are not there.
    fn upload(&mut self, chunk: &Chunk, wanted: &[Wish]) -> Result<Vec<Place>, GpuError> {
        let gpu = self.gpu.clone();
        let inner: &Inner = &gpu.inner;
        for attempt in 0..3 {
            let mut stream = inner.stream();
            inner.check()?;
            self.fresh = Some(stream.slabs.open(self.number));
            // At last all of them together, wherever some may be.
            let places = self.place(&mut stream, wanted, chunk, attempt < 2)?;
            drop(stream);
            if let Some(places) = places {
                return Ok(places);
            }
            self.close_batch()?;
            inner.stream().slabs.close(self.number, None);
        }
        Err(GpuError::OutOfMemory {
            what: "a chunk's columns beside those of other running queries",
            bytes: wanted.iter().map(|w| 4 * u64::from(w.2.words)).sum(),
            allowed: inner.ledger.allowed,
        })
    }

    /// One try of [`Self::upload`]; `None` where the batch must be recorded first.
    fn place(
        &mut self,
        stream: &mut Stream,
        wanted: &[Wish],
        chunk: &Chunk,
        keep: bool,
    ) -> Result<Option<Vec<Place>>, GpuError> {
        let gpu = self.gpu.clone();
        let (inner, origin) = (&*gpu.inner, &chunk.origin);
        let touch = |(key, _, _): &Wish| stream.slabs.touch(origin, key);
        let mut places: Vec<Option<Place>> = wanted.iter().map(touch).collect();
        let resident = places.iter().flatten().filter(|p| p.stored.words > 0);
        let slab = resident.clone().map(|p| p.slab).next();
        if !keep || resident.clone().any(|p| Some(p.slab) != slab) {
            // One kernel reaches one slab.
            places.fill(None);
        }
        let slab = slab.filter(|_| places.iter().flatten().any(|p| p.stored.words > 0));
        let resident = places.iter().flatten();
        let there: u64 = resident.map(|p| 4 * u64::from(p.stored.words)).sum();
        let missing: Vec<usize> = (0..wanted.len()).filter(|i| places[*i].is_none()).collect();
        let columns: Vec<Stored> = missing.iter().map(|i| wanted[*i].2.clone()).collect();
        let Some(new) = stream.slabs.reserve(inner, &columns, slab)? else {
            return Ok(None);
        };
        self.cost.bytes_resident += there;
        for (i, (id, place)) in missing.into_iter().zip(new) {
            let (key, slot, _) = &wanted[i];
            let valid = chunk.valid.as_ref().filter(|_| place.stored.words > 0);
            self.cost.bytes_uploaded += match (slot, valid) {
                (Some(slot), _) => write_column(stream, inner, &chunk.columns[*slot], &place)?,
                (None, Some(valid)) => write_valid(stream, inner, valid, &place)?,
                (None, None) => 0,
            };
            stream.slabs.publish(id, origin, key);
            places[i] = Some(place);
        }
        Ok(Some(places.into_iter().flatten().collect()))
    }

    /// Puts rows that are on the device in the batch.
    fn take(&mut self, pushed: Pushed, places: &[Place]) -> Result<(), GpuError> {
        let Some((valid, columns)) = places.split_last() else {
            return Err(GpuError::Chunk("a chunk without columns".to_owned()));
        };
        let mut shape = Shape {
            columns: vec![None; self.used.len()],
            has_invalid: valid.stored.words > 0,
        };
        let mut rest = vec![valid.first];
        let mut windows = HashMap::new();
        let slots = (0..self.used.len()).filter(|slot| self.used[*slot]);
        for (slot, place) in slots.zip(columns) {
            let stored = &place.stored;
            shape.columns[slot] = stored.shape;
            windows.insert(slot, stored.window.clone());
            let bitmap = place.first + stored.validity;
            rest.extend([place.first, bitmap, low(stored.base), high(stored.base)]);
        }
        let window = |slot: usize| windows.get(&slot).cloned().unwrap_or(0..0);
        self.widen(&Layout::new(&self.program.accumulators, window))?;
        let slab = places.iter().find(|p| p.stored.words > 0);
        let slab = slab.map_or(0, |p| p.slab);
        let most = (DESCRIPTORS - PARAMS) / 4 / u64::from(chunk_words(&shape));
        let fits = self.batch.slab == slab && self.batch.shape.as_ref() == Some(&shape);
        if !fits || self.batch.chunks.len() as u64 >= most {
            self.close_batch()?;
        }
        self.counters.scanned += pushed.origin.rows as u64;
        self.counters.invalid += valid.stored.invalid;
        self.batch.slab = slab;
        self.batch.shape = Some(shape);
        self.batch.chunks.push(Waited {
            number: word(self.pushed.len() as u64),
            from: 0,
            to: word(pushed.origin.rows as u64),
            rest,
        });
        self.pushed.push(pushed);
        self.fresh = None;
        Ok(())
    }

    /// Makes room for a chunk's lanes; what has gone in is read back first.
    fn widen(&mut self, chunk: &Layout) -> Result<(), GpuError> {
        let wide = self.layout.widened(chunk);
        if wide != self.layout {
            self.close_batch()?;
            self.flush()?;
            self.layout = wide;
        }
        Ok(())
    }

    /// Records the dispatches of the batch.
    fn close_batch(&mut self) -> Result<(), GpuError> {
        let batch = std::mem::take(&mut self.batch);
        if let Some(shape) = &batch.shape {
            let mut chunks = batch.chunks;
            chunks.reverse();
            while !chunks.is_empty() {
                let room = self.room(&chunks)?;
                let now = split_off(&mut chunks, room);
                self.dispatch(batch.slab, shape, &now)?;
            }
        }
        let since = self.fresh;
        self.gpu.inner.stream().slabs.close(self.number, since);
        Ok(())
    }

    /// Rows that the next dispatch may have. Reads counters or tables back where that makes room.
    fn room(&mut self, chunks: &[Waited]) -> Result<u64, GpuError> {
        let rows: u64 = chunks.iter().map(|c| u64::from(c.to - c.from)).sum();
        let wanted = rows.min(DISPATCH_ROWS);
        loop {
            let epoch = self.epoch()?;
            let room = epoch.room();
            let enough = wanted.min(u64::from(epoch.plan.groups) / 8).max(1);
            if room >= wanted {
                return Ok(room.min(DISPATCH_ROWS));
            }
            if epoch.plan.method == Method::Sparse && !epoch.is_counted {
                self.count_slots()?;
                continue;
            }
            if room >= enough {
                return Ok(room.min(DISPATCH_ROWS));
            }
            self.slots = 4 * u64::from(epoch.plan.groups);
            self.flush()?;
        }
    }

    /// The table, made if there is none.
    fn epoch(&mut self) -> Result<&mut Epoch, GpuError> {
        if self.epoch.is_none() {
            let wanted = Wanted {
                method: self.options.method,
                bytes: self.gpu.inner.budget.table,
                rows: self.options.rows,
                slots: self.slots,
            };
            let layout = self.layout.clone();
            let epoch = Epoch::new(&self.gpu.inner, &self.program, layout, wanted)?;
            self.cost.method = Some(epoch.plan.method);
            self.epoch = Some(epoch);
        }
        self.epoch
            .as_mut()
            .ok_or_else(|| GpuError::Chunk("no table".to_owned()))
    }

    /// Learns how many slots are really taken.
    fn count_slots(&mut self) -> Result<(), GpuError> {
        if let Some(epoch) = &mut self.epoch {
            let mut times = Fetched::default();
            let bytes = 4 * u64::from(AUX_LIST);
            let aux = read(&self.gpu.inner, &[(&epoch.aux, 0, bytes)], &mut times)?;
            epoch.occupied = u64::from(aux[AUX_OCCUPIED as usize]);
            epoch.is_counted = true;
            self.cost.kernel += times.waited;
            self.cost.readback += times.copied;
        }
        Ok(())
    }

    fn pipelines(&mut self, shape: &Shape, method: Method) -> Result<Pipelines, GpuError> {
        let key = (shape.clone(), method);
        if let Some(found) = self.pipelines.get(&key) {
            return Ok(found.clone());
        }
        let inner = &self.gpu.inner;
        let text = inner.compose(&self.program, shape, method);
        let publish = needs_publish(&self.program, method);
        let pipelines = Pipelines {
            fused: inner.pipeline(&text, "fused")?,
            publish: if publish {
                Some(inner.pipeline(&text, "publish")?)
            } else {
                None
            },
        };
        self.pipelines.insert(key, pipelines.clone());
        Ok(pipelines)
    }

    /// Records one fused pass over rows of chunks of one shape in one slab.
    fn dispatch(
        &mut self,
        slab: usize,
        shape: &Shape,
        chunks: &[Waited],
    ) -> Result<(), GpuError> {
        let method = self.epoch()?.plan.method;
        let pipelines = self.pipelines(shape, method)?;
        let Some(epoch) = &mut self.epoch else {
            return Ok(());
        };
        let most = chunks.iter().map(|c| c.to).max().unwrap_or(0);
        let params = epoch.params(row_bits(most));
        let descriptors: Vec<u32> = chunks
            .iter()
            .flat_map(|c| [c.number, c.from, c.to].into_iter().chain(c.rest.iter().copied()))
            .collect();
        let inner = &self.gpu.inner;
        let mut stream = inner.stream();
        let stream = &mut *stream;
        stream.write(inner, bytemuck::cast_slice(&params), &self.params.buffer, 0)?;
        let bytes = bytemuck::cast_slice(&descriptors);
        stream.write(inner, bytes, &self.descriptors.buffer, 0)?;
        let group = bind(inner, stream, slab, [&self.params, &self.descriptors], epoch)?;
        let rows = chunks.iter().map(|c| c.to - c.from).max().unwrap_or(0);
        let count = word(chunks.len() as u64);
        let across = (workgroups(inner) / count).clamp(1, rows.div_ceil(WORKGROUP).max(1));
        let mut pass = stream.encoder(inner).begin_compute_pass(&Default::default());
        pass.set_bind_group(0, &group, &[]);
        pass.set_pipeline(&pipelines.fused);
        pass.dispatch_workgroups(across, count, 1);
        if let Some(publish) = &pipelines.publish {
            pass.set_pipeline(publish);
            let across = epoch.plan.groups.div_ceil(WORKGROUP);
            pass.dispatch_workgroups(across.clamp(1, 1024), 1, 1);
        }
        drop(pass);
        for chunk in chunks {
            let (number, from, to) = (chunk.number, chunk.from, chunk.to);
            epoch.note(Taken { number, from, to });
        }
        self.last_slab = slab;
        self.cost.dispatches += 1;
        Ok(())
    }

    /// Reads the table back and starts without one.
    fn flush(&mut self) -> Result<(), GpuError> {
        let Some(epoch) = self.epoch.take().filter(|e| e.rows > 0) else {
            return Ok(());
        };
        let inner = &self.gpu.inner;
        let checksum = inner.checksum()?;
        {
            let mut stream = inner.stream();
            let stream = &mut *stream;
            let buffers = [&self.params, &self.descriptors];
            let group = bind(inner, stream, self.last_slab, buffers, &epoch)?;
            let mut pass = stream.encoder(inner).begin_compute_pass(&Default::default());
            pass.set_bind_group(0, &group, &[]);
            pass.set_pipeline(&checksum);
            let words = epoch.table.bytes.max(epoch.aux.bytes) / 4;
            let across = word(words.div_ceil(u64::from(WORKGROUP) * 16));
            pass.dispatch_workgroups(across.clamp(1, 1024), 1, 1);
        }
        let fetched = fetch(inner, &epoch)?;
        self.cost.kernel += fetched.waited;
        self.cost.readback += fetched.copied;
        self.cost.tables += 1;
        let aux = &fetched.aux;
        check_stray(aux[AUX_STRAY as usize])?;
        let partial = epoch.plan.partial(&self.program, &epoch.layout, &fetched.table)?;
        let counts = partial.words.iter().step_by(partial.layout.stride.max(1));
        if counts.sum::<u64>() != u64::from(aux[AUX_MATCHED as usize]) {
            return Err(GpuError::Damaged {
                what: "the groups' counts are not the count of rows",
            });
        }
        self.counters.matched += u64::from(aux[AUX_MATCHED as usize]);
        self.counters.nan += u64::from(aux[AUX_NAN as usize]);
        self.waiting.note(
            aux[AUX_RECHECK as usize],
            epoch.recheck_capacity,
            &aux[AUX_LIST as usize..],
            &epoch.taken,
        )?;
        drop(epoch);
        self.merge(partial)
    }

    fn merge(&mut self, partial: Partial) -> Result<(), GpuError> {
        let bytes = 8 * partial.words.len() + 4 * partial.digits.len() * partial.groups();
        let is_only = self.merged.is_none() && self.first.is_none();
        if is_only && bytes <= self.options.host_memory {
            self.first = Some(partial);
            return Ok(());
        }
        let mut table = match self.merged.take() {
            Some(table) => table,
            None => Table::new(&self.program, self.options.host_memory)?,
        };
        if let Some(first) = self.first.take() {
            table.absorb(&first)?;
        }
        table.absorb(&partial)?;
        self.merged = Some(table);
        Ok(())
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
        if chunk.len() as u64 >= ROW_IDS / 2 {
            return Err(GpuError::Chunk(format!("{} rows are too many", chunk.len())));
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
        let words: u64 = wanted.iter().map(|w| u64::from(w.2.words) + 4).sum();
        let most = self.gpu.inner.stream().slabs.most_words();
        if words <= most {
            return self.push_piece(chunk, &wanted);
        }
        let rows = chunk.len() as u64;
        let step = size(rows * most / words / 2) / PACKED_BLOCK * PACKED_BLOCK;
        if step == 0 {
            return Err(GpuError::OutOfMemory {
                what: "a few rows of a chunk",
                bytes: 4 * words,
                allowed: self.gpu.inner.ledger.allowed,
            });
        }
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

/// Takes chunks from the end of a reversed list, up to `room` rows and as many as row ids can tell
/// apart; the last one perhaps in part.
fn split_off(chunks: &mut Vec<Waited>, room: u64) -> Vec<Waited> {
    let (mut now, mut rows, mut most) = (Vec::new(), 0, 0);
    while let Some(chunk) = chunks.pop() {
        most = chunk.to.max(most);
        let fits_ids = (now.len() as u64 + 1) << row_bits(most) <= ROW_IDS;
        if rows >= room || !fits_ids {
            chunks.push(chunk);
            break;
        }
        let step = u64::from(chunk.to - chunk.from).min(room - rows);
        rows += step;
        let middle = chunk.from + word(step);
        if middle < chunk.to {
            chunks.push(Waited {
                from: middle,
                rest: chunk.rest.clone(),
                ..chunk
            });
        }
        now.push(Waited { to: middle, ..chunk });
    }
    now
}

/// Workgroups that keep the device busy.
fn workgroups(inner: &Inner) -> u32 {
    if inner.is_software { 16 } else { 2048 }
}

fn bind(
    inner: &Inner,
    stream: &Stream,
    slab: usize,
    [params, chunks]: [&Held; 2],
    epoch: &Epoch,
) -> Result<wgpu::BindGroup, GpuError> {
    let Some(slab) = stream.slabs.buffer(slab) else {
        return Err(inner.lose("a slab is missing"));
    };
    let buffers = [
        &params.buffer,
        slab,
        &epoch.table.buffer,
        &epoch.aux.buffer,
        &chunks.buffer,
    ];
    let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    let descriptor = wgpu::BindGroupDescriptor {
        label: None,
        layout: &inner.bind_group_layout,
        entries: &entries,
    };
    Ok(inner.device.create_bind_group(&descriptor))
}
