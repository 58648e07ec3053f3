//! From a question to its answer: planned, admitted, run on a backend, merged, finished, handed out.

use crate::answers::{self, Asked, Kept};
use crate::cpu::CpuGroups;
use crate::finish::{self, Finished, Texts};
use crate::morsels::scan;
use crate::ran::{Found, Path, Phase, Ran, Spent};
use crate::run::{Progress, Run};
use crate::runtime::{Reservation, Runtime, io};
use crate::schedule::{self, Schedule};
use crate::select::{self, CpuRows, Selecting, Selection};
use crate::stages::Stage;
use crate::stream::{Hand, Out, Working, channel};
use crate::{Cache, Dataset, DeviceUsed, Engine, Error, ErrorKind, Receipt, Rows, partials};
use arrow::array::RecordBatch;
use graticule_columns::TEXT_HASHES;
use graticule_dataset::{Cost, guarded_async};
use graticule_kernels::Outcome;
use graticule_plan::{PART_VERSION, Part, Plan, Query};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Bytes with which a selection works at its full speed.
const ENOUGH: u64 = 256 << 20;

/// Rows that are handed out at once.
pub const HANDED: usize = 1 << 16;

impl Engine {
    /// Answers a question; its rows are pulled as the caller wants them, any number of them in bounded memory. Comes back
    /// when the columns are known, which for groups is when all rows were looked at. Dropping the future or the rows stops
    /// the work.
    ///
    /// The memory that a question has reserved is given back when its last row was taken or its rows are dropped. Until then
    /// another question may have to wait for it: who asks while taking rows does so on another thread or task.
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
        self.allow(&plan.part)?;
        let mut spent = Spent::default();
        spent.path.add(Stage::Plan, begin.elapsed());
        if let Some(select) = &query.select {
            let schema = select::schema(&plan.part.scan, &plan.selection);
            out.begin(&schema);
            let selection = Selection {
                columns: plan.selection.clone(),
                schema,
                limit: select.limit.unwrap_or(u64::MAX),
            };
            let purpose = Purpose::Rows(&selection, out.hand());
            // Rows stay as long as the caller likes, so a selection begins with a part of much memory.
            let most = (self.runtime.memory() / 4).max(ENOUGH);
            let ran = self.run(&plan.part, most, &purpose, &mut spent).await?;
            return Ok(ran.receipt(&plan, &spent, begin));
        }
        let plan = Arc::new(plan);
        let all = self.runtime.memory();
        let mut ran = self.groups(&plan, all, &mut spent).await?;
        let mut finished = self.finish(&plan, &mut ran, out, &mut spent).await;
        if let Err(error) = &finished
            && error.is_memory()
            && ran.run.schedule.memory < all
        {
            drop(ran);
            ran = self.with_all(&plan.part, &mut spent).await?;
            finished = self.finish(&plan, &mut ran, out, &mut spent).await;
        }
        finished?;
        Ok(ran.receipt(&plan, &spent, begin))
    }

    /// Refuses a part that reads more than the engine may.
    fn allow(&self, part: &Part) -> Result<(), Error> {
        let Some(allowed) = self.runtime.settings.max_bytes else {
            return Ok(());
        };
        let Cost { bytes, requests } = self.dataset.files.cost(&part.scan);
        if bytes > allowed {
            return Err(Error::TooMuch {
                needed: bytes,
                requests,
                allowed,
            });
        }
        Ok(())
    }

    /// Runs a plan of groups, unless its answer was kept; once more with another hash where two texts share one.
    async fn groups(&self, plan: &Plan, most: u64, spent: &mut Spent) -> Result<Ran, Error> {
        let mut part = plan.part.clone();
        let answers = &self.runtime.answers;
        let asked = answers.are_kept().then(|| self.asked(&part)).flatten();
        if let Some(kept) = asked.as_ref().and_then(|asked| answers.find(asked)) {
            return self.known(part, kept, spent).await;
        }
        let ran = loop {
            match self.run(&part, most, &Purpose::Groups, spent).await {
                Err(Error::SameHash { .. }) if part.scan.text_hash + 1 < TEXT_HASHES => {
                    part.scan.text_hash += 1;
                }
                ran => break ran?,
            }
        };
        let partials = &ran.found.outcome.partials;
        if let Some(asked) = asked.filter(|_| ran.run.spilled().is_none() && answers.take(partials))
        {
            let kept = Kept {
                partials: partials.clone(),
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
    async fn known(&self, part: Part, kept: Arc<Kept>, spent: &mut Spent) -> Result<Ran, Error> {
        let choice = (false, "the answer was kept".to_owned());
        let schedule = Schedule::new(&self.runtime, self.runtime.memory(), &part.scan, choice)?;
        // For a copy of it, and what is made of that.
        let memory = self.reserve(4 * kept.bytes(), spent).await?;
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
        let run = self.begin(part, schedule, memory);
        run.know(kept.texts.clone());
        Ok(Ran {
            run,
            found,
            fallback: None,
        })
    }

    fn begin(&self, part: Part, schedule: Schedule, memory: Reservation) -> Arc<Run> {
        let (runtime, dataset) = (self.runtime.clone(), self.dataset.clone());
        let asker = (self.stopped.clone(), self.progress.clone());
        Arc::new(Run::new(runtime, dataset, part, (schedule, memory), asker))
    }

    /// Finishes groups and hands them out, batch by batch.
    async fn finish(
        &self,
        plan: &Arc<Plan>,
        ran: &mut Ran,
        out: &mut Out,
        spent: &mut Spent,
    ) -> Result<(), Error> {
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
        // Rows that are in memory anyway need no room.
        let allowed = match ran.run.spilled() {
            Some(_) => ran.run.schedule.ready_bytes(),
            None => u64::MAX,
        };
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
        spent.path.add(Stage::Merge, finishing);
        Ok(())
    }

    async fn part(self, part: Part) -> Result<Vec<RecordBatch>, Error> {
        self.allow(&part)?;
        let (all, mut spent) = (self.runtime.memory(), Spent::default());
        let ran = self.run(&part, all, &Purpose::Groups, &mut spent).await?;
        let is_all = ran.run.schedule.memory >= all;
        match self.batches(&part, ran).await {
            Err(error) if error.is_memory() && !is_all => {
                let ran = self.with_all(&part, &mut spent).await?;
                self.batches(&part, ran).await
            }
            batches => batches,
        }
    }

    /// The partial answer of a part that has run, as it travels.
    async fn batches(&self, part: &Part, ran: Ran) -> Result<Vec<RecordBatch>, Error> {
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
        batches.await.map_err(|error| self.told(error, part))
    }

    /// The error with what memory would suffice.
    fn told(&self, error: Error, part: &Part) -> Error {
        error.within(
            &self.runtime.settings,
            part.programs.len(),
            part.scan.rows(),
        )
    }

    async fn reserve(&self, bytes: u64, spent: &mut Spent) -> Result<Reservation, Error> {
        let begin = Instant::now();
        let memory = self.runtime.reserve(bytes).await?;
        spent.path.add(Stage::Queue, begin.elapsed());
        Ok(memory)
    }

    /// Whether a device is to answer, and why.
    async fn choose(&self, part: &Arc<Part>, spent: &mut Spent) -> Result<(bool, String), Error> {
        let begin = Instant::now();
        let (runtime, part) = (self.runtime.clone(), part.clone());
        let pool = self.runtime.pool()?;
        let choice = pool.run(move || {
            let choice = schedule::choose(&runtime, &part.scan);
            #[cfg(feature = "gpu")]
            if choice.0 {
                // It looks for adapters, which later is known.
                runtime.gpu.has_hardware();
            }
            Ok(choice)
        });
        let choice = choice.await?;
        spent.path.add(Stage::Plan, begin.elapsed());
        Ok(choice)
    }

    /// Runs a part within the memory that it is thought to need, at most so much, or, where that was too little, all
    /// there is.
    async fn run(
        &self,
        part: &Part,
        most: u64,
        purpose: &Purpose<'_>,
        spent: &mut Spent,
    ) -> Result<Ran, Error> {
        let part = Arc::new(part.clone());
        let choice = self.choose(&part, spent).await?;
        let wanted = match choice.0 {
            // A device's memory may be the host's, and questions take turns at it anyway.
            true => u64::MAX,
            false => {
                let is_remote = self.dataset.files.is_remote();
                schedule::wanted(&self.runtime, &part.scan, &part.programs, is_remote).min(most)
            }
        };
        let all = self.runtime.memory();
        let ran = self.run_within(wanted, &part, choice.clone(), purpose, spent);
        let ran = match ran.await {
            Err(error) if error.is_memory() && wanted < all => {
                let again = self.run_within(all, &part, choice, purpose, spent);
                again.await
            }
            ran => ran,
        };
        ran.map_err(|error| self.told(error, &part))
    }

    /// Runs a part of groups within all the memory there is.
    async fn with_all(&self, part: &Part, spent: &mut Spent) -> Result<Ran, Error> {
        let part = Arc::new(part.clone());
        let choice = self.choose(&part, spent).await?;
        let all = self.runtime.memory();
        let ran = self.run_within(all, &part, choice, &Purpose::Groups, spent);
        let ran = ran.await;
        ran.map_err(|error| self.told(error, &part))
    }

    async fn run_within(
        &self,
        bytes: u64,
        part: &Arc<Part>,
        choice: (bool, String),
        purpose: &Purpose<'_>,
        spent: &mut Spent,
    ) -> Result<Ran, Error> {
        let memory = self.reserve(bytes, spent).await?;
        let schedule = Schedule::new(&self.runtime, memory.bytes, &part.scan, choice)?;
        if !schedule.on_gpu {
            let run = self.begin(Part::clone(part), schedule, memory);
            return attempt(run, purpose, None, spent).await;
        }
        let why = schedule.why.clone();
        let run = self.begin(Part::clone(part), schedule, memory);
        let failed = match attempt(run, purpose, None, spent).await {
            Err(error) if error.kind() == ErrorKind::Device => error,
            ran => return ran,
        };
        if self.runtime.settings.device != crate::Device::Auto {
            return Err(failed);
        }
        let memory = self.reserve(bytes, spent).await?;
        let schedule = Schedule::new(&self.runtime, memory.bytes, &part.scan, (false, why))?;
        let run = self.begin(Part::clone(part), schedule, memory);
        attempt(run, purpose, Some(failed.to_string()), spent).await
    }
}

/// Runs on the backend that the schedule says. What a failed run has taken is counted, too.
async fn attempt(
    run: Arc<Run>,
    purpose: &Purpose<'_>,
    fallback: Option<String>,
    spent: &mut Spent,
) -> Result<Ran, Error> {
    let (begin, before) = (Instant::now(), spent.path.total());
    let found = match run.schedule.on_gpu {
        #[cfg(feature = "gpu")]
        true => on_gpu(&run, purpose, &mut spent.path).await,
        #[cfg(not(feature = "gpu"))]
        true => Err(Error::NoGpuSupport),
        false => on_cpu(&run, purpose, &mut spent.path).await,
    };
    if found.is_err() {
        let known = Duration::from_secs_f64((spent.path.total() - before).max(0.0));
        let lost = begin.elapsed().saturating_sub(known);
        spent.path.add(Stage::Plan, lost);
        spent.failed = spent.failed.and(run.tally());
    }
    Ok(Ran {
        found: found?,
        run,
        fallback,
    })
}

/// Bytes of groups that are finished at once.
fn quarter(run: &Run) -> usize {
    usize::try_from(run.schedule.memory / 4).unwrap_or(usize::MAX)
}

fn everything(run: &Run) -> Vec<usize> {
    (0..run.scan.groups.len()).collect()
}

async fn on_cpu(run: &Arc<Run>, purpose: &Purpose<'_>, path: &mut Path) -> Result<Found, Error> {
    let phase = Phase::begin(run);
    let (outcome, grouping) = match purpose {
        Purpose::Groups => {
            let groups: Arc<CpuGroups> = Arc::default();
            scan(run, everything(run), &groups, None).await?;
            path.end(run, &phase);
            let phase = Phase::begin(run);
            let merging = run.clone();
            let pool = run.runtime.pool()?;
            let merged = pool.run(move || groups.finish(&merging)).await?;
            path.end(run, &phase);
            merged
        }
        Purpose::Rows(selection, hand) => {
            let (matcher, selection) = (CpuRows::default(), Selection::clone(selection));
            let rows = Arc::new(Selecting::new(run, matcher, selection, hand.clone()));
            scan(run, everything(run), &rows, Some(hand.room())).await?;
            path.end(run, &phase);
            let (partials, counters) = (Vec::new(), rows.matcher.counters());
            (Outcome { partials, counters }, "none".to_owned())
        }
    };
    Ok(Found {
        outcome,
        grouping,
        device: DeviceUsed::cpu(run.schedule.threads),
        cpu_steps: Vec::new(),
        cache: Cache::Store,
        uploaded: 0,
    })
}

#[cfg(feature = "gpu")]
async fn on_gpu(run: &Arc<Run>, purpose: &Purpose<'_>, path: &mut Path) -> Result<Found, Error> {
    use crate::gpu::{self, GpuGroups, GpuRows};
    let pool = run.runtime.pool()?;
    let begin = Instant::now();
    let opening = run.runtime.clone();
    let gpu = pool.run(move || gpu::open(&opening)).await?;
    path.add(Stage::Plan, begin.elapsed());
    Ok(match purpose {
        Purpose::Groups => {
            let phase = Phase::begin(run);
            let pushing = run.clone();
            let begun = pool.run(move || {
                let begin = Instant::now();
                let begun = GpuGroups::begin(&pushing, gpu)?;
                // Making sessions and recording passes is the kernels' time.
                pushing.clock.add(Stage::Kernel, begin.elapsed());
                Ok(begun)
            });
            let (groups, wanted) = begun.await?;
            path.end(run, &phase);
            let groups = Arc::new(groups);
            if !wanted.is_empty() {
                let phase = Phase::begin(run);
                scan(run, wanted, &groups, None).await?;
                path.end(run, &phase);
            }
            let phase = Phase::begin(run);
            let finishing = run.clone();
            let found = pool.run(move || groups.finish(&finishing)).await?;
            path.end(run, &phase);
            found
        }
        Purpose::Rows(selection, hand) => {
            let phase = Phase::begin(run);
            let beginning = run.clone();
            let matcher = pool.run(move || GpuRows::new(&beginning, gpu)).await?;
            let selection = Selection::clone(selection);
            let rows = Arc::new(Selecting::new(run, matcher, selection, hand.clone()));
            scan(run, everything(run), &rows, Some(hand.room())).await?;
            path.end(run, &phase);
            rows.matcher.finish(run)
        }
    })
}
