//! From a question to its answer: planned, admitted, run on a backend, merged, finished, handed out.

use crate::answers::{self, Asked, Kept};
use crate::cpu::CpuGroups;
use crate::finish::{self, Finished, Texts};
use crate::morsels::scan;
use crate::ran::{Found, Path, Phase, Ran};
use crate::run::{Progress, Run};
use crate::runtime::{Runtime, io};
use crate::schedule::{self, Schedule};
use crate::select::{self, CpuRows, Selecting, Selection};
use crate::stages::Stage;
use crate::stream::{Hand, Out, Working, channel};
use crate::{Cache, Dataset, DeviceUsed, Engine, Error, Receipt, Rows, partials};
use arrow::array::RecordBatch;
use graticule_columns::TEXT_HASHES;
use graticule_dataset::{Cost, guarded_async};
use graticule_kernels::Outcome;
use graticule_plan::{PART_VERSION, Part, Plan, Query};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Rows that are handed out at once.
pub const HANDED: usize = 1 << 16;

impl Engine {
    /// Answers a question; its rows are pulled as the caller wants them, any number of them in bounded memory. Comes back
    /// when the columns are known, which for groups is when all rows were looked at. Dropping the future or the rows stops
    /// the work.
    ///
    /// # Errors
    /// [`Error`] when the question makes no sense, the dataset cannot be read, or the device that was asked for fails; what
    /// fails later comes in place of a batch.
    pub async fn stream(&self, query: &Query, dataset: &Dataset) -> Result<Rows, Error> {
        self.stream_with(query, dataset, None).await
    }

    /// As [`Self::stream`], and tells how far it is.
    ///
    /// # Errors
    /// As [`Self::stream`].
    pub async fn stream_with(
        &self,
        query: &Query,
        dataset: &Dataset,
        progress: Option<Progress>,
    ) -> Result<Rows, Error> {
        let begin = Instant::now();
        let (mut out, coming) = channel();
        let stopped: Arc<AtomicBool> = Arc::default();
        let question = Question {
            runtime: self.runtime.clone(),
            dataset: dataset.clone(),
            stopped: stopped.clone(),
            progress,
        };
        let query = query.clone();
        let task = io().spawn(async move {
            let answered = guarded_async(question.answer(&query, &mut out, begin)).await;
            let panicked = |p: graticule_dataset::Panicked| Err(Error::Worker(p.to_string()));
            out.end(answered.unwrap_or_else(panicked));
        });
        Rows::of(coming, Working { stopped, task }, begin).await
    }
}

/// Runs a part of a plan and gives its partial answer, record batches to [`finish`](crate::finish)
/// with those of the others. Reads only what the part names.
///
/// # Errors
/// As [`Engine::stream`], and [`Error::PartVersion`].
pub async fn run_part(part: &Part, engine: &Engine) -> Result<Vec<RecordBatch>, Error> {
    if part.version != PART_VERSION {
        return Err(Error::PartVersion {
            found: part.version,
            known: PART_VERSION,
        });
    }
    part.validate()?;
    let dataset = Dataset::reopen(&part.scan).await?;
    let stopped: Arc<AtomicBool> = Arc::default();
    let question = Question {
        runtime: engine.runtime.clone(),
        dataset,
        stopped: stopped.clone(),
        progress: None,
    };
    let part = part.clone();
    let (send, receive) = tokio::sync::oneshot::channel();
    let task = io().spawn(async move {
        let found = guarded_async(question.part(part)).await;
        let panicked = |p: graticule_dataset::Panicked| Err(Error::Worker(p.to_string()));
        // The asker may have gone, which is how work is stopped.
        let _ = send.send(found.unwrap_or_else(panicked));
    });
    let _working = Working { stopped, task };
    let lost = |_| Error::Worker("the task of a part was lost".to_owned());
    receive.await.map_err(lost)?
}

/// Who asks what.
struct Question {
    runtime: Arc<Runtime>,
    dataset: Dataset,
    stopped: Arc<AtomicBool>,
    progress: Option<Progress>,
}

/// What a run is for.
enum Purpose<'a> {
    Groups,
    Rows(&'a Selection, Hand),
}

impl Question {
    async fn answer(self, query: &Query, out: &mut Out, begin: Instant) -> Result<Receipt, Error> {
        let plan = self.dataset.plan(query).await?;
        self.allow(&plan)?;
        let mut path = Path::default();
        path.add(Stage::Plan, begin.elapsed());
        if let Some(select) = &query.select {
            let schema = select::schema(&plan.part.scan, &plan.selection);
            out.begin(&schema);
            let selection = Selection {
                columns: plan.selection.clone(),
                schema,
                limit: select.limit.unwrap_or(u64::MAX),
            };
            let purpose = Purpose::Rows(&selection, out.hand());
            let ran = self.run(plan.part.clone(), &purpose, path).await?;
            return Ok(ran.receipt(&plan, begin));
        }
        let mut ran = self.groups(&plan, path).await?;
        let plan = Arc::new(plan);
        self.finish(&plan, &mut ran, out).await?;
        Ok(ran.receipt(&plan, begin))
    }

    /// Refuses a plan that reads more than the engine may.
    fn allow(&self, plan: &Plan) -> Result<(), Error> {
        let Some(allowed) = self.runtime.settings.max_bytes else {
            return Ok(());
        };
        let Cost { bytes, requests } = self.dataset.cost(plan);
        if bytes > allowed {
            return Err(Error::TooMuch {
                needed: bytes,
                requests,
                allowed,
            });
        }
        Ok(())
    }

    /// Runs a plan of groups; once more with another hash where two texts share one.
    async fn groups(&self, plan: &Plan, path: Path) -> Result<Ran, Error> {
        let mut part = plan.part.clone();
        let answers = &self.runtime.answers;
        let asked = answers.are_kept().then(|| self.asked(&part)).flatten();
        if let Some(kept) = asked.as_ref().and_then(|asked| answers.find(asked)) {
            return self.known(part, &kept, path);
        }
        let ran = loop {
            match self.run(part.clone(), &Purpose::Groups, path).await {
                Err(Error::SameHash { .. }) if part.scan.text_hash + 1 < TEXT_HASHES => {
                    part.scan.text_hash += 1;
                }
                ran => break ran?,
            }
        };
        if let Some(asked) = asked.filter(|_| ran.run.spilled().is_none()) {
            let kept = Kept {
                partials: ran.found.outcome.partials.clone(),
                texts: ran.run.texts_met(),
                counters: ran.found.outcome.counters,
                grouping: ran.found.grouping.clone(),
            };
            answers.keep(asked, kept);
        }
        Ok(ran)
    }

    fn asked(&self, part: &Part) -> Option<Asked> {
        answers::asked(self.dataset.files.store(), part)
    }

    /// A run whose outcome is known.
    fn known(&self, part: Part, kept: &Kept, path: Path) -> Result<Ran, Error> {
        let choice = (false, "the answer was kept".to_owned());
        let memory = self.runtime.memory();
        let schedule = Schedule::new(&self.runtime, memory, &part.scan, choice)?;
        let found = Found {
            outcome: Outcome {
                partials: kept.partials.clone(),
                counters: kept.counters,
            },
            grouping: kept.grouping.clone(),
            device: DeviceUsed::cpu(schedule.threads),
            cpu_steps: Vec::new(),
            cache: Cache::Answer,
            uploaded: 0,
        };
        let (stopped, progress) = (self.stopped.clone(), self.progress.clone());
        let (runtime, dataset) = (self.runtime.clone(), self.dataset.clone());
        let run = Run::new(
            runtime,
            dataset,
            part,
            (schedule, None),
            (stopped, progress),
        );
        run.know(kept.texts.clone());
        Ok(Ran {
            run: Arc::new(run),
            found,
            fallback: None,
            path,
        })
    }

    /// Finishes groups and hands them out, batch by batch.
    async fn finish(&self, plan: &Arc<Plan>, ran: &mut Ran, out: &mut Out) -> Result<(), Error> {
        let pool = self.runtime.pool()?;
        let begin = Instant::now();
        let partials = std::mem::take(&mut ran.found.outcome.partials);
        let (run, planned) = (ran.run.clone(), plan.clone());
        let finished = pool.run(move || {
            let texts = run.texts();
            let Some(spill) = run.spilled() else {
                let batch = finish::finish_partials(&planned, partials, &texts)?;
                return Ok(Finished::of(batch));
            };
            finish::finish_spilled(&planned, &spill, &texts, quarter(&run), &|| run.check())
        });
        let finished = finished.await;
        let Finished {
            schema,
            mut batches,
        } = finished.map_err(|error| self.told(error, &plan.part))?;
        out.begin(&schema);
        let mut finishing = begin.elapsed();
        let hand = out.hand();
        let allowed = ran.run.schedule.ready_bytes();
        loop {
            hand.wait(allowed).await;
            let begin = Instant::now();
            let next = pool.run(move || Ok((batches.next().transpose()?, batches)));
            let next = next.await.map_err(|error| self.told(error, &plan.part))?;
            finishing += begin.elapsed();
            batches = next.1;
            match next.0 {
                Some(batch) => hand.give(batch),
                None => break,
            }
        }
        ran.run.clock.add(Stage::Merge, finishing);
        ran.path.add(Stage::Merge, finishing);
        Ok(())
    }

    async fn part(self, part: Part) -> Result<Vec<RecordBatch>, Error> {
        let ran = self
            .run(part.clone(), &Purpose::Groups, Path::default())
            .await?;
        let pool = self.runtime.pool()?;
        let (run, partials) = (ran.run, ran.found.outcome.partials);
        let programs = part.programs.clone();
        let batches = pool.run(move || {
            let mut batches = partials::batches(&partials, &run.texts())?;
            if let Some(spill) = &run.spilled() {
                for merged in spill.merged(&programs, quarter(&run)) {
                    run.check()?;
                    batches.extend(partials::batches(&merged?.partials, &Texts::new())?);
                }
            }
            Ok(batches)
        });
        batches.await.map_err(|error| self.told(error, &part))
    }

    /// The error with what memory would suffice.
    fn told(&self, error: Error, part: &Part) -> Error {
        error.within(
            &self.runtime.settings,
            part.programs.len(),
            part.scan.rows(),
        )
    }

    /// Runs a part within the memory that it is thought to need, or, where that was too little, all there is.
    async fn run(&self, part: Part, purpose: &Purpose<'_>, path: Path) -> Result<Ran, Error> {
        let all = self.runtime.memory();
        let (runtime, part) = (self.runtime.clone(), Arc::new(part));
        let choosing = part.clone();
        // The first schedule looks for adapters.
        let begin = Instant::now();
        let pool = self.runtime.pool()?;
        let choice = pool.run(move || Ok(schedule::choose(&runtime, &choosing.scan)));
        let choice = choice.await?;
        let mut path = path;
        path.add(Stage::Plan, begin.elapsed());
        let wanted = match choice.0 {
            // A device's memory may be the host's, and questions take turns at it anyway.
            true => all,
            false => {
                let is_remote = self.dataset.files.is_remote();
                schedule::wanted(&self.runtime, &part.scan, &part.programs, is_remote)
            }
        };
        let mut bytes = wanted.min(all);
        loop {
            let ran = self.run_within(bytes, &part, &choice, purpose, path).await;
            match ran {
                Err(error) if error.is_memory() && bytes < all => bytes = all,
                ran => return ran.map_err(|error| self.told(error, &part)),
            }
        }
    }

    async fn run_within(
        &self,
        bytes: u64,
        part: &Arc<Part>,
        choice: &(bool, String),
        purpose: &Purpose<'_>,
        mut path: Path,
    ) -> Result<Ran, Error> {
        let begin = Instant::now();
        let memory = self.runtime.reserve(bytes).await?;
        path.add(Stage::Queue, begin.elapsed());
        let schedule = Schedule::new(&self.runtime, memory.bytes, &part.scan, choice.clone())?;
        let begin = |schedule: Schedule, memory| {
            Arc::new(Run::new(
                self.runtime.clone(),
                self.dataset.clone(),
                Part::clone(part),
                (schedule, Some(memory)),
                (self.stopped.clone(), self.progress.clone()),
            ))
        };
        if !schedule.on_gpu {
            return on_cpu(begin(schedule, memory), purpose, None, path).await;
        }
        let began = Instant::now();
        #[cfg(feature = "gpu")]
        let failed = {
            let run = begin(schedule.clone(), memory);
            match on_gpu(run.clone(), purpose, path).await {
                Err(Error::Gpu(error)) => Error::Gpu(error),
                ran => return ran,
            }
        };
        #[cfg(not(feature = "gpu"))]
        let failed = {
            drop(memory);
            Error::NoGpuSupport
        };
        if self.runtime.settings.device != crate::Device::Auto {
            return Err(failed);
        }
        path.add(Stage::Plan, began.elapsed());
        let choice = (false, schedule.why);
        let memory = self.runtime.reserve(bytes).await?;
        let schedule = Schedule::new(&self.runtime, memory.bytes, &part.scan, choice)?;
        let run = begin(schedule, memory);
        on_cpu(run, purpose, Some(failed.to_string()), path).await
    }
}

/// Bytes of groups that are finished at once.
fn quarter(run: &Run) -> usize {
    usize::try_from(run.schedule.memory / 4).unwrap_or(usize::MAX)
}

fn everything(run: &Run) -> Vec<usize> {
    (0..run.scan.groups.len()).collect()
}

async fn on_cpu(
    run: Arc<Run>,
    purpose: &Purpose<'_>,
    fallback: Option<String>,
    mut path: Path,
) -> Result<Ran, Error> {
    let phase = Phase::begin(&run);
    let (outcome, grouping) = match purpose {
        Purpose::Groups => {
            let groups: Arc<CpuGroups> = Arc::default();
            scan(&run, everything(&run), &groups, None).await?;
            path.end(&run, &phase);
            let phase = Phase::begin(&run);
            let merging = run.clone();
            let pool = run.runtime.pool()?;
            let merged = pool.run(move || groups.finish(&merging)).await?;
            path.end(&run, &phase);
            merged
        }
        Purpose::Rows(selection, hand) => {
            let (matcher, selection) = (CpuRows::default(), Selection::clone(selection));
            let rows = Arc::new(Selecting::new(&run, matcher, selection, hand.clone()));
            scan(&run, everything(&run), &rows, Some(hand.room())).await?;
            path.end(&run, &phase);
            let (partials, counters) = (Vec::new(), rows.matcher.counters());
            (Outcome { partials, counters }, "none".to_owned())
        }
    };
    let found = Found {
        outcome,
        grouping,
        device: DeviceUsed::cpu(run.schedule.threads),
        cpu_steps: Vec::new(),
        cache: Cache::Store,
        uploaded: 0,
    };
    Ok(Ran {
        run,
        found,
        fallback,
        path,
    })
}

#[cfg(feature = "gpu")]
async fn on_gpu(run: Arc<Run>, purpose: &Purpose<'_>, mut path: Path) -> Result<Ran, Error> {
    use crate::gpu::{self, GpuGroups, GpuRows};
    let pool = run.runtime.pool()?;
    let begin = Instant::now();
    let opening = run.runtime.clone();
    let gpu = pool.run(move || gpu::open(&opening)).await?;
    path.add(Stage::Plan, begin.elapsed());
    let found = match purpose {
        Purpose::Groups => {
            let phase = Phase::begin(&run);
            let pushing = run.clone();
            let begun = pool.run(move || {
                let begin = Instant::now();
                let begun = GpuGroups::begin(&pushing, gpu)?;
                // Making sessions and recording passes is the kernels' time.
                pushing.clock.add(Stage::Kernel, begin.elapsed());
                Ok(begun)
            });
            let (groups, wanted) = begun.await?;
            path.end(&run, &phase);
            let groups = Arc::new(groups);
            if !wanted.is_empty() {
                let phase = Phase::begin(&run);
                scan(&run, wanted, &groups, None).await?;
                path.end(&run, &phase);
            }
            let phase = Phase::begin(&run);
            let finishing = run.clone();
            let found = pool.run(move || groups.finish(&finishing)).await?;
            path.end(&run, &phase);
            found
        }
        Purpose::Rows(selection, hand) => {
            let phase = Phase::begin(&run);
            let beginning = run.clone();
            let matcher = pool.run(move || GpuRows::new(&beginning, gpu)).await?;
            let selection = Selection::clone(selection);
            let rows = Arc::new(Selecting::new(&run, matcher, selection, hand.clone()));
            scan(&run, everything(&run), &rows, Some(hand.room())).await?;
            path.end(&run, &phase);
            rows.matcher.finish(&run)
        }
    };
    Ok(Ran {
        run,
        found,
        fallback: None,
        path,
    })
}
