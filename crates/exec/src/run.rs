//! The one loop: plan, schedule, stream chunks through a backend, merge, finish.

use crate::finish::Texts;
use crate::ran::Ran;
use crate::schedule::Schedule;
use crate::select::{Selection, Sink};
use crate::stages::{Clock, Stage};
use crate::work::{State, Tally, Work};
use crate::{Cache, Dataset, DeviceUsed, Engine, Error, Receipt, cpu, finish, partials, select};
use arrow::array::RecordBatch;
use futures::channel::oneshot;
use graticule_columns::{Scan, TEXT_HASHES};
use graticule_dataset::{Cost, guarded};
use graticule_kernels::{Outcome, Partial, Program, Regions};
use graticule_plan::{KeyDigits, PART_VERSION, Part, Plan, Query};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Called with rows done and rows to do, from any thread.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Stops the work when it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
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
pub const HANDED: usize = 1 << 16;

/// Answers a query, and hands the rows of the answer to the sink as they come, in their order: any
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
    let mut ran = match selection {
        Some(_) => run_scan(engine, dataset, plan.part.clone(), progress, selection).await?,
        None => run_groups(engine, dataset, &plan, progress).await?,
    };
    ran.clock.add(Stage::Plan, planned);
    if is_selection {
        return Ok(ran.receipt(&plan, dataset, begin, Duration::ZERO));
    }
    let merging = Instant::now();
    let mut writing = Duration::ZERO;
    let mut handed = |batch: &RecordBatch| {
        let begin = Instant::now();
        let result = select::hand(&mut sink, batch);
        writing += begin.elapsed();
        result
    };
    let partials = std::mem::take(&mut ran.outcome.partials);
    if let Some(spill) = &ran.spill {
        let allowed = usize::try_from(engine.memory / 4).unwrap_or(usize::MAX);
        let finished = finish::finish_spilled(&plan, spill, &ran.texts, allowed, &mut handed);
        let (programs, rows) = (plan.part.programs.len(), plan.part.scan.rows());
        finished.map_err(|error| error.within(engine, programs, rows))?;
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

/// Runs a plan of groups; once more with another hash where two texts share one.
async fn run_groups(
    engine: &Engine,
    dataset: &Dataset,
    plan: &Plan,
    progress: Option<Progress>,
) -> Result<Ran, Error> {
    let mut part = plan.part.clone();
    loop {
        match run_scan(engine, dataset, part.clone(), progress.clone(), None).await {
            Err(Error::SameHash { .. }) if part.scan.text_hash + 1 < TEXT_HASHES => {
                part.scan.text_hash += 1;
            }
            ran => return ran,
        }
    }
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
    part.validate()?;
    let dataset = Dataset::reopen(&part.scan).await?;
    let ran = run_scan(engine, &dataset, part.clone(), None, None).await?;
    let mut batches = partials::batches(&ran.outcome.partials, &ran.texts)?;
    if let Some(spill) = &ran.spill {
        let allowed = usize::try_from(engine.memory / 4).unwrap_or(usize::MAX);
        for merged in spill.merged(&part.programs, allowed) {
            let (programs, rows) = (part.programs.len(), part.scan.rows());
            let merged = merged.map_err(|error| error.within(engine, programs, rows))?;
            batches.extend(partials::batches(&merged.partials, &Texts::new())?);
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
    let (programs, rows) = (part.programs.len(), part.scan.rows());
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
                regions: Arc::new(Regions::of(&part.programs)),
                programs: part.programs,
                answered: part.answered,
                keys: part.keys,
                schedule,
                stopped,
                progress,
                selection,
            };
            #[cfg(feature = "gpu")]
            let run = || driver.run(gpu, auto);
            #[cfg(not(feature = "gpu"))]
            let run = || driver.on_cpu(None);
            let result = guarded(run).unwrap_or_else(|p| Err(Error::Worker(p.to_string())));
            // The asker may have gone, which is how work is stopped.
            let _ = send.send(result);
        })
        .map_err(Error::Threads)?;
    let result = receive
        .await
        .map_err(|_| Error::Worker("a thread died".to_owned()))?;
    drop(guard);
    let ran = result.map_err(|error| error.within(engine, programs, rows))?;
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
    answered: Option<Partial>,
    keys: Vec<KeyDigits>,
    regions: Arc<Regions>,
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
            answered: self.answered.as_ref(),
            keys: &self.keys,
            regions: &self.regions,
            schedule: &self.schedule,
            clock,
            stopped: &self.stopped,
            progress: self.progress.as_ref(),
            state: State::default(),
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
