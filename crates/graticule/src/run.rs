//! The one loop: plan, schedule, stream chunks through a backend, merge, finish.

use crate::finish::Texts;
use crate::receipt::{self, DatasetUsed, Opening, RECEIPT_VERSION};
use crate::schedule::Schedule;
use crate::select::{Selection, Sink};
use crate::spill::Spill;
use crate::stages::{Clock, STAGES, Stage};
use crate::stream::Jobs;
use crate::{
    Answer, Cache, Dataset, DeviceUsed, Engine, Error, Receipt, Seconds, cpu, finish, partials,
    select,
};
use arrow::array::RecordBatch;
use futures::channel::oneshot;
use graticule_columns::{Chunk, Scan};
use graticule_dataset::{Cost, Fetched};
use graticule_kernels::{Counters, Outcome, Partial, Program, Regions};
use graticule_plan::{KeyDigits, PART_VERSION, Part, Plan, Query};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Called with rows done and rows to do, from any thread.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Asking a question.
pub trait Run {
    /// Answers the question; dropping the future stops the work.
    ///
    /// # Errors
    /// [`Error`] when the question makes no sense, the dataset cannot be read, or the device that
    /// was asked for fails.
    fn run(
        &self,
        engine: &Engine,
        dataset: &Dataset,
    ) -> impl Future<Output = Result<Answer, Error>>;

    /// The blocking twin of [`Self::run`].
    ///
    /// # Errors
    /// As [`Self::run`].
    fn run_blocking(&self, engine: &Engine, dataset: &Dataset) -> Result<Answer, Error> {
        pollster::block_on(self.run(engine, dataset))
    }
}

impl Run for Query {
    async fn run(&self, engine: &Engine, dataset: &Dataset) -> Result<Answer, Error> {
        run_with(self, engine, dataset, None).await
    }
}

/// Stops the work when it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// As [`Run::run`], and tells how far it is.
///
/// # Errors
/// As [`Run::run`]; [`Error::AnswerSize`] when the answer does not fit half of the engine's memory.
pub async fn run_with(
    query: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Option<Progress>,
) -> Result<Answer, Error> {
    let batches: Arc<Mutex<Vec<RecordBatch>>> = Arc::default();
    let kept = batches.clone();
    let (mut rows, mut bytes, allowed) = (0, 0, engine.memory / 2);
    let sink: Sink = Box::new(move |batch| {
        rows += batch.num_rows() as u64;
        bytes += batch.get_array_memory_size() as u64;
        if bytes > allowed {
            return Err(Error::AnswerSize {
                rows,
                needed: 4 * bytes,
                allowed: 2 * allowed,
            });
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(batch.clone());
        Ok(())
    });
    let receipt = stream_with(query, engine, dataset, progress, sink).await?;
    let batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
    // The first batch is there even if there is no row.
    let batch = arrow::compute::concat_batches(&batches[0].schema(), batches.iter())?;
    Ok(Answer::new(batch, receipt))
}

/// Refuses a plan that reads more than the engine may.
fn allow(engine: &Engine, dataset: &Dataset, plan: &Plan) -> Result<(), Error> {
    let Some(allowed) = engine.max_bytes else {
        return Ok(());
    };
    let Cost { bytes, requests } = dataset.cost(plan);
    if bytes > allowed {
        return Err(Error::TooMuch {
            needed: bytes,
            requests,
            allowed,
        });
    }
    Ok(())
}

/// Rows that are handed out at once.
pub(crate) const HANDED: usize = 1 << 16;

/// As [`run_with`], and hands the rows of the answer to the sink as they come, in their order: any
/// number of them in bounded memory. The first batch is empty and tells the columns.
///
/// # Errors
/// As [`Run::run`], and what the sink says.
pub async fn stream_with(
    query: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Option<Progress>,
    mut sink: Sink,
) -> Result<Receipt, Error> {
    let begin = Instant::now();
    let plan = dataset.plan(query).await?;
    allow(engine, dataset, &plan)?;
    let planned = begin.elapsed();
    let selection = query.select.as_ref().map(|select| {
        let sink = std::mem::replace(&mut sink, Box::new(|_| Ok(())));
        Selection::new(plan.selection.clone(), select.limit, sink)
    });
    let is_selection = selection.is_some();
    let mut ran = run_scan(engine, dataset, plan.part.clone(), progress, selection).await?;
    ran.clock.add(Stage::Plan, planned);
    if is_selection {
        return Ok(ran.receipt(&plan, dataset, begin, Duration::ZERO));
    }
    let merging = Instant::now();
    let mut writing = Duration::ZERO;
    let mut handed = |batch: &RecordBatch| {
        let begin = Instant::now();
        let result = sink(batch);
        writing += begin.elapsed();
        result
    };
    let partials = std::mem::take(&mut ran.outcome.partials);
    if let Some(spill) = &ran.spill {
        let allowed = usize::try_from(engine.memory / 4).unwrap_or(usize::MAX);
        finish::finish_spilled(&plan, spill, &ran.texts, allowed, &mut handed)?;
    } else {
        let batch = finish::finish_partials(&plan, partials, &ran.texts)?;
        handed(&batch.slice(0, 0))?;
        for first in (0..batch.num_rows()).step_by(HANDED) {
            handed(&batch.slice(first, HANDED.min(batch.num_rows() - first)))?;
        }
    }
    let merged = merging.elapsed().saturating_sub(writing);
    ran.clock.add(Stage::Merge, merged);
    let mut receipt = ran.receipt(&plan, dataset, begin, merged);
    receipt.seconds.write = writing.as_secs_f64();
    receipt.busy_seconds.write = receipt.seconds.write;
    Ok(receipt)
}

/// Runs a part of a plan and gives its partial answer, record batches to [`finish`](crate::finish)
/// with those of the others. Reads only what the part names.
///
/// # Errors
/// As [`Run::run`].
pub async fn run_part(part: &Part, engine: &Engine) -> Result<Vec<RecordBatch>, Error> {
    if part.version != PART_VERSION {
        return Err(Error::PartVersion {
            found: part.version,
            known: PART_VERSION,
        });
    }
    let dataset = Dataset::reopen(&part.scan).await?;
    let ran = run_scan(engine, &dataset, part.clone(), None, None).await?;
    let mut batches = partials::batches(&ran.outcome.partials, &ran.texts)?;
    if let Some(spill) = &ran.spill {
        let allowed = usize::try_from(engine.memory / 4).unwrap_or(usize::MAX);
        for partials in spill.merged(&part.programs, allowed) {
            batches.extend(partials::batches(&partials?, &Texts::new())?);
        }
    }
    Ok(batches)
}

/// Runs on a thread of its own, so that any executor can await it.
async fn run_scan(
    engine: &Engine,
    dataset: &Dataset,
    part: Part,
    progress: Option<Progress>,
    selection: Option<Selection>,
) -> Result<Ran, Error> {
    let stopped = Arc::new(AtomicBool::new(false));
    let guard = StopOnDrop(stopped.clone());
    // The first schedule looks for adapters.
    let begin = Instant::now();
    let schedule = Schedule::new(engine, &part.scan)?;
    #[cfg(feature = "gpu")]
    let gpu = crate::gpu::open(engine, &schedule);
    let opened = begin.elapsed();
    let (send, receive) = oneshot::channel();
    let dataset = dataset.clone();
    #[cfg(feature = "gpu")]
    let auto = engine.device == crate::Device::Auto;
    let driver = std::thread::Builder::new().name("graticule-run".to_owned());
    let spawned = Instant::now();
    driver
        .spawn(move || {
            let scan = Arc::new(part.scan);
            let driver = Driver {
                dataset,
                scan,
                regions: Regions::of(&part.programs),
                programs: part.programs,
                known: part.known,
                keys: part.keys,
                schedule,
                stopped,
                progress,
                selection,
            };
            #[cfg(feature = "gpu")]
            let result = driver.run(gpu, auto);
            #[cfg(not(feature = "gpu"))]
            let result = driver.on_cpu(None);
            // The asker may have gone, which is how work is stopped.
            let _ = send.send(result);
        })
        .map_err(|e| Error::Worker(e.to_string()))?;
    let result = receive
        .await
        .map_err(|_| Error::Worker("it panicked".to_owned()))?;
    drop(guard);
    let ran = result?;
    // What is not the run's own is the way to its thread and back, or a device that failed before.
    let parallel = Duration::from_secs_f64(ran.parallel);
    let handing = spawned.elapsed().saturating_sub(parallel);
    ran.clock.add(Stage::Plan, opened + handing);
    Ok(ran)
}

struct Driver {
    dataset: Dataset,
    scan: Arc<Scan>,
    programs: Vec<Program>,
    known: Option<Partial>,
    keys: Vec<KeyDigits>,
    regions: Regions,
    schedule: Schedule,
    stopped: Arc<AtomicBool>,
    progress: Option<Progress>,
    selection: Option<Selection>,
}

impl Driver {
    fn work<'a>(&'a self, clock: &'a Clock) -> Work<'a> {
        Work {
            dataset: &self.dataset,
            scan: &self.scan,
            programs: &self.programs,
            known: self.known.as_ref(),
            keys: &self.keys,
            regions: &self.regions,
            schedule: &self.schedule,
            clock,
            stopped: &self.stopped,
            failed: AtomicBool::new(false),
            progress: self.progress.as_ref(),
            rows_done: AtomicU64::new(0),
            fetched: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            decoded: AtomicU64::new(0),
            texts: Mutex::default(),
            spill: Mutex::default(),
        }
    }

    #[cfg(feature = "gpu")]
    fn run(
        mut self,
        gpu: Result<Option<crate::gpu::Opened>, Error>,
        auto: bool,
    ) -> Result<Ran, Error> {
        let failed = match gpu {
            Ok(None) => return self.on_cpu(None),
            Ok(Some(gpu)) => match self.on_gpu(&gpu) {
                Err(Error::Gpu(error)) => Error::Gpu(error),
                result => return result,
            },
            Err(error) => error,
        };
        if !auto {
            return Err(failed);
        }
        self.schedule.on_gpu = false;
        self.on_cpu(Some(failed.to_string()))
    }

    #[cfg(feature = "gpu")]
    fn on_gpu(&self, gpu: &crate::gpu::Opened) -> Result<Ran, Error> {
        let clock = Clock::default();
        let begin = Instant::now();
        let work = self.work(&clock);
        let found = match &self.selection {
            Some(selection) => crate::gpu::select(&work, gpu, selection)?,
            None => crate::gpu::run(&work, gpu)?,
        };
        Ok(Ran {
            outcome: found.outcome,
            grouping: found.grouping,
            device: found.device,
            fallback: None,
            cpu_steps: found.cpu_steps,
            cache: found.cache,
            uploaded: found.uploaded,
            tally: work.tally(),
            spill: work.spilled(),
            texts: work.texts(),
            seconds: found.seconds,
            parallel: begin.elapsed().as_secs_f64(),
            clock,
        })
    }

    fn on_cpu(&self, fallback: Option<String>) -> Result<Ran, Error> {
        let clock = Clock::default();
        let begin = Instant::now();
        let work = self.work(&clock);
        let (outcome, grouping) = match &self.selection {
            Some(selection) => {
                let counters = select::run(&work, selection)?;
                let partials = Vec::new();
                (Outcome { partials, counters }, "none".to_owned())
            }
            None => cpu::run(&work)?,
        };
        let tally = work.tally();
        let spill = work.spilled();
        let texts = work.texts();
        let mut ran = self.ran(outcome, grouping, fallback, (tally, texts), begin, clock);
        ran.spill = spill;
        Ok(ran)
    }

    /// What a run on the CPU found and took.
    fn ran(
        &self,
        outcome: Outcome,
        grouping: String,
        fallback: Option<String>,
        (tally, texts): (Tally, Texts),
        begin: Instant,
        clock: Clock,
    ) -> Ran {
        Ran {
            outcome,
            grouping,
            device: DeviceUsed {
                name: "cpu".to_owned(),
                backend: "cpu".to_owned(),
                is_software: false,
                threads: self.schedule.threads,
            },
            fallback,
            cpu_steps: Vec::new(),
            cache: Cache::Store,
            uploaded: 0,
            tally,
            texts,
            spill: None,
            seconds: None,
            parallel: begin.elapsed().as_secs_f64(),
            clock,
        }
    }
}

/// What the threads of a run share.
pub(crate) struct Work<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) scan: &'a Arc<Scan>,
    pub(crate) programs: &'a [Program],
    /// What statistics answered, of the first program; to be merged once.
    pub(crate) known: Option<&'a Partial>,
    keys: &'a [KeyDigits],
    #[cfg_attr(
        not(feature = "gpu"),
        expect(dead_code, reason = "they mark rows for a device")
    )]
    regions: &'a Regions,
    pub(crate) schedule: &'a Schedule,
    pub(crate) clock: &'a Clock,
    stopped: &'a AtomicBool,
    failed: AtomicBool,
    progress: Option<&'a Progress>,
    rows_done: AtomicU64,
    fetched: AtomicU64,
    requests: AtomicU64,
    decoded: AtomicU64,
    texts: Mutex<Texts>,
    spill: Mutex<Option<Arc<Spill>>>,
}

/// Bytes and requests of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    fetched: u64,
    requests: u64,
    decoded: u64,
}

impl Work<'_> {
    /// Begins to fetch row groups.
    pub(crate) fn jobs(&self, wanted: Vec<usize>) -> Jobs {
        Jobs::fetch(self.dataset, self.scan, wanted, self.schedule)
    }

    /// Fails when the asker has gone or another thread has failed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.stopped.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        Ok(())
    }

    /// Lets the other threads end.
    pub(crate) fn stop(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn note_fetched(&self, fetched: &Fetched) {
        self.fetched.fetch_add(fetched.bytes(), Ordering::Relaxed);
        self.requests
            .fetch_add(fetched.requests(), Ordering::Relaxed);
    }

    pub(crate) fn note_decoded(&self, chunk: &Chunk) -> Result<(), Error> {
        self.decoded
            .fetch_add(chunk.bytes() as u64, Ordering::Relaxed);
        if chunk.texts.is_empty() {
            return Ok(());
        }
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        partials::note(&mut texts, chunk.texts.iter().cloned())
    }

    /// Takes groups that outgrow memory.
    pub(crate) fn spill(&self, program: usize, partial: &Partial) -> Result<(), Error> {
        let spill = {
            let mut spill = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
            match &*spill {
                Some(spill) => spill.clone(),
                None => spill.insert(Arc::new(Spill::new(self.keys)?)).clone(),
            }
        };
        self.clock
            .time(Stage::Merge, || spill.take(program, partial))
    }

    /// Whether groups can be told apart without all others, so that they may be spilled.
    pub(crate) fn can_spill(&self) -> bool {
        self.keys.iter().any(|key| !key.digits.is_empty())
    }

    /// The groups that were spilled, if any were.
    pub(crate) fn spilled(&self) -> Option<Arc<Spill>> {
        let spill = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
        spill.clone()
    }

    /// Which rows keep their source coordinates for the device's sake.
    #[cfg(feature = "gpu")]
    pub(crate) fn marked(&self) -> graticule_columns::Keep<'_> {
        graticule_columns::Keep::Marked(self.regions)
    }

    fn texts(self) -> Texts {
        self.texts
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_rows(&self, rows: usize) {
        let done = self.rows_done.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        if let Some(progress) = self.progress {
            progress(done, self.scan.rows());
        }
    }

    fn tally(&self) -> Tally {
        Tally {
            fetched: self.fetched.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            decoded: self.decoded.load(Ordering::Relaxed),
        }
    }
}

/// What a run found and took.
struct Ran {
    outcome: Outcome,
    grouping: String,
    device: DeviceUsed,
    fallback: Option<String>,
    cpu_steps: Vec<String>,
    cache: Cache,
    uploaded: u64,
    tally: Tally,
    texts: Texts,
    spill: Option<Arc<Spill>>,
    /// Stages along the critical path, where the backend knows them itself.
    seconds: Option<Seconds>,
    parallel: f64,
    clock: Clock,
}

impl Ran {
    fn receipt(
        &self,
        plan: &Plan,
        dataset: &Dataset,
        begin: Instant,
        finishing: Duration,
    ) -> Receipt {
        let Counters {
            scanned,
            invalid,
            matched,
            rechecked,
            device,
            nan,
        } = self.outcome.counters;
        let busy = Seconds {
            wall: 0.0,
            ..Seconds::of_stages(self.clock.seconds())
        };
        let wall = begin.elapsed().as_secs_f64();
        let finishing = finishing.as_secs_f64();
        let mut seconds = self
            .seconds
            .unwrap_or_else(|| exclusive(self.clock.seconds(), self.parallel, finishing));
        seconds.plan = busy.plan;
        seconds.merge += finishing;
        seconds.wall = wall;
        let metadata = dataset.metadata();
        let (opening_bytes, opening_requests) = dataset.files.opening_cost();
        Receipt {
            version: RECEIPT_VERSION,
            query: plan.query.clone(),
            dataset: DatasetUsed {
                url: metadata.url.clone(),
                fingerprint: fingerprint(dataset),
            },
            device: self.device.clone(),
            fallback: self.fallback.clone(),
            cpu_steps: self.cpu_steps.clone(),
            grouping: self.grouping.clone(),
            cache: self.cache,
            rows_total: plan.pruning.rows_total,
            rows_scanned: scanned,
            rows_matched: matched + plan.pruning.rows_answered,
            rows_answered: plan.pruning.rows_answered,
            rows_invalid: invalid,
            rows_rechecked: rechecked,
            rows_device: device,
            values_nan: nan,
            files_total: plan.pruning.files_total,
            files_pruned: plan.pruning.files_pruned,
            row_groups_total: plan.pruning.row_groups_total,
            row_groups_pruned: plan.pruning.row_groups_pruned,
            pages_pruned: plan.pruning.pages_pruned,
            tiles_pruned: plan.pruning.tiles_pruned,
            tiles_answered: plan.pruning.tiles_answered,
            bytes_total: plan.pruning.bytes_total,
            bytes_fetched: self.tally.fetched,
            bytes_decoded: self.tally.decoded,
            bytes_uploaded: self.uploaded,
            bytes_spilled: self.spill.as_ref().map_or(0, |spill| spill.bytes()),
            opening: Opening {
                bytes: opening_bytes,
                requests: opening_requests,
            },
            requests: self.tally.requests,
            peak_memory_bytes: receipt::peak_memory(),
            dollars: None,
            seconds,
            busy_seconds: Seconds { wall, ..busy },
        }
    }
}

/// Shares the wall time of the parallel phase among its stages as the threads' time was. Planning
/// and finishing, which run alone, are in `busy` too and are left out.
fn exclusive(mut busy: [f64; STAGES], parallel: f64, finishing: f64) -> Seconds {
    busy[Stage::Plan as usize] = 0.0;
    let merge = &mut busy[Stage::Merge as usize];
    *merge = (*merge - finishing).max(0.0);
    let total: f64 = busy.iter().sum();
    let share = if total > 0.0 { parallel / total } else { 0.0 };
    Seconds::of_stages(busy.map(|s| s * share))
}

fn fingerprint(dataset: &Dataset) -> String {
    let mut hasher = DefaultHasher::new();
    for file in &dataset.metadata().files {
        (&file.path, &file.etag, file.size).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
