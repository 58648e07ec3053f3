//! From a question to its answer: planned, admitted, run on a backend, merged, finished, handed out.

use crate::answers::{self, Asked, Kept};
use crate::attempt::{Purpose, attempt};
use crate::cost::{self, Choice};
use crate::dataset::on_io;
use crate::finish::{self, Finished, Texts};
use crate::ran::{Found, Ran, Spent};
use crate::run::{Progress, Run};
use crate::runtime::{Reservation, Runtime, io};
use crate::schedule::{self, Schedule};
use crate::select::{self, RowKeys, Selection};
use crate::stages::Stage;
use crate::stream::{Out, Stop, Working, channel};
use crate::{Cache, Dataset, DeviceUsed, Engine, Error, ErrorKind, Receipt, Rows, partials};
use arrow::array::RecordBatch;
use graticule_dataset::{check_within, guarded_async};
use graticule_kernels::Outcome;
use graticule_plan::{PART_VERSION, Part, Plan, Query};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

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
        if !query.also_in.is_empty() {
            return self.also_in(query, dataset, progress).await;
        }
        if let Some(select) = query.select.as_ref().filter(|s| !s.order.is_empty()) {
            return self.ordered(query, select, dataset, progress).await;
        }
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
        let stop = Stop(stopped);
        Rows::of(coming, Working { stop, task }, begin).await
    }
}

/// Runs a part of a plan and gives its partial answer, record batches to [`finish`](crate::finish)
/// with those of the others. Reads only what the part names.
///
/// # Errors
/// As [`Engine::stream`], and [`Error::PartVersion`].
pub async fn run_part(part: &Part, engine: &Engine) -> Result<Vec<RecordBatch>, Error> {
    if part.version() != PART_VERSION {
        return Err(Error::PartVersion {
            found: part.version(),
            known: PART_VERSION,
        });
    }
    part.validate()?;
    if let Some(roots) = &engine.runtime.settings.roots {
        check_within(part.scan(), roots)?;
    }
    let dataset = Dataset::reopen(part.scan()).await?;
    let stopped: Arc<AtomicBool> = Arc::default();
    let question = Question {
        runtime: engine.runtime.clone(),
        dataset,
        stopped: stopped.clone(),
        progress: None,
    };
    let _stop = Stop(stopped);
    let what = format!("a part of '{}'", part.scan().url);
    on_io(what, question.part(part.clone())).await
}

/// Who asks what.
struct Question {
    runtime: Arc<Runtime>,
    dataset: Dataset,
    stopped: Arc<AtomicBool>,
    progress: Option<Progress>,
}

impl Question {
    async fn answer(self, query: &Query, out: &mut Out, begin: Instant) -> Result<Receipt, Error> {
        let plan = self.dataset.plan(query).await?;
        self.allow(plan.part())?;
        let mut spent = Spent::default();
        spent.path.add(Stage::Plan, begin.elapsed());
        if let Some(select) = &query.select {
            let keys = RowKeys::new(&plan);
            let schema = select::schema(&plan, &keys)?;
            out.begin(&schema);
            let selection = Selection {
                columns: plan.selection().to_vec(),
                keys,
                schema,
                limit: select.limit.unwrap_or(u64::MAX),
            };
            let purpose = Purpose::Rows(&selection, out.hand());
            // Rows stay as long as the caller likes, so a selection begins with a part of much memory.
            let most = (self.runtime.memory() / 4).max(ENOUGH);
            let ran = self
                .run(plan.part(), 0..=most, &purpose, &mut spent)
                .await?;
            return Ok(ran.receipt(&plan, &spent, begin));
        }
        let plan = Arc::new(plan);
        let all = self.runtime.memory();
        let mut ran = self.groups(&plan, 0..=all, &mut spent).await?;
        let mut finished = self.finish(&plan, &mut ran, out, &mut spent).await;
        if let Err(error) = &finished
            && error.is_memory()
            && ran.run.schedule.memory < all
        {
            drop(ran);
            ran = self.groups(&plan, all..=all, &mut spent).await?;
            finished = self.finish(&plan, &mut ran, out, &mut spent).await;
        }
        finished?;
        Ok(ran.receipt(&plan, &spent, begin))
    }

    /// Refuses a part that reads more than the engine may.
    fn allow(&self, part: &Part) -> Result<(), Error> {
        let cost = self.dataset.files.cost(part.scan());
        self.runtime.settings.allow(cost)
    }

    /// Runs a plan of groups, unless its answer was kept; once more with another hash where two texts share one.
    async fn groups(
        &self,
        plan: &Plan,
        within: RangeInclusive<u64>,
        spent: &mut Spent,
    ) -> Result<Ran, Error> {
        let mut part = plan.part().clone();
        let answers = &self.runtime.answers;
        let asked = answers.are_kept().then(|| self.asked(&part)).flatten();
        if let Some(kept) = asked.as_ref().and_then(|asked| answers.find(asked)) {
            return self.known(part, kept, spent).await;
        }
        let mut ran = loop {
            let ran = self.run(&part, within.clone(), &Purpose::Groups, spent);
            let ran = ran.await;
            let is_same = matches!(ran, Err(Error::SameHash { .. }));
            match is_same.then(|| part.with_next_hash()).flatten() {
                Some(next) => part = next,
                None => break ran?,
            }
        };
        if asked.is_some() {
            self.gather(&mut ran, spent).await?;
        }
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

    /// Puts groups that have left their tables together again, unless they are on disk.
    async fn gather(&self, ran: &mut Ran, spent: &mut Spent) -> Result<(), Error> {
        let (begin, run) = (Instant::now(), ran.run.clone());
        let pool = self.runtime.pool()?;
        if let Some(partials) = pool.run(move || run.gathered()).await? {
            ran.found.outcome.partials = partials;
            ran.run.clock.add(Stage::Merge, begin.elapsed());
            spent.path.add(Stage::Merge, begin.elapsed());
        }
        Ok(())
    }

    fn asked(&self, part: &Part) -> Option<Asked> {
        answers::asked(self.dataset.files.store(), part)
    }

    /// A run whose outcome is known.
    async fn known(&self, part: Part, kept: Arc<Kept>, spent: &mut Spent) -> Result<Ran, Error> {
        let choice = Choice::of(false, "the answer was kept");
        let schedule = Schedule::new(&self.runtime, self.runtime.memory(), part.scan(), choice)?;
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
            let gathered = match finish::has_few_rows(&planned) {
                true => {
                    let few = run.of_parted(|spill, share| {
                        finish::finish_parted(&planned, spill, &texts, share, &|| run.check())
                    })?;
                    if let Some(few) = few {
                        return Ok(few);
                    }
                    // What did not fit so does not fit otherwise.
                    None
                }
                false => run.gathered()?,
            };
            let Some(spill) = run.spilled() else {
                let partials = gathered.unwrap_or(partials);
                let batch = finish::finish_partials(&planned, partials, &texts, 2 * quarter(&run))?;
                return Ok(Finished::of(batch));
            };
            let bounds = (quarter(&run), 3 * quarter(&run));
            finish::finish_spilled(&planned, &spill, &texts, bounds, &|| run.check())
        });
        let finished = finished.await;
        let Finished {
            schema,
            mut batches,
        } = finished.map_err(|error| self.told(error, plan.part()))?;
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
            let next = next.await.map_err(|error| self.told(error, plan.part()))?;
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
        let purpose = Purpose::Groups;
        let ran = self.run(&part, 0..=all, &purpose, &mut spent).await?;
        let is_all = ran.run.schedule.memory >= all;
        match self.batches(&part, ran, &mut spent).await {
            Err(error) if error.is_memory() && !is_all => {
                let ran = self.run(&part, all..=all, &purpose, &mut spent).await?;
                self.batches(&part, ran, &mut spent).await
            }
            batches => batches,
        }
    }

    /// The partial answer of a part that has run, as it travels.
    async fn batches(
        &self,
        part: &Part,
        mut ran: Ran,
        spent: &mut Spent,
    ) -> Result<Vec<RecordBatch>, Error> {
        self.gather(&mut ran, spent).await?;
        let pool = self.runtime.pool()?;
        let (run, partials) = (ran.run, ran.found.outcome.partials);
        let programs = part.programs().to_vec();
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
            part.programs().len(),
            part.scan().rows(),
        )
    }

    async fn reserve(&self, bytes: u64, spent: &mut Spent) -> Result<Reservation, Error> {
        let begin = Instant::now();
        let memory = self.runtime.reserve(bytes).await?;
        spent.path.add(Stage::Queue, begin.elapsed());
        Ok(memory)
    }

    /// Whether a device is to answer, and why.
    async fn choose(&self, part: &Arc<Part>, spent: &mut Spent) -> Result<Choice, Error> {
        let begin = Instant::now();
        let (runtime, dataset, part) = (self.runtime.clone(), self.dataset.clone(), part.clone());
        let pool = self.runtime.pool()?;
        let choice = pool.run(move || {
            let choice = cost::choose(&runtime, &dataset, &part);
            #[cfg(feature = "gpu")]
            if choice.on_gpu {
                // It looks for adapters, which later is known.
                runtime.gpu.has_hardware();
            }
            Ok(choice)
        });
        let choice = choice.await?;
        spent.path.add(Stage::Plan, begin.elapsed());
        Ok(choice)
    }

    /// Runs a part within the memory that it is thought to need, as far as that lies between two bounds, or, where it was
    /// too little, all there is.
    async fn run(
        &self,
        part: &Part,
        within: RangeInclusive<u64>,
        purpose: &Purpose<'_>,
        spent: &mut Spent,
    ) -> Result<Ran, Error> {
        let part = Arc::new(part.clone());
        let choice = self.choose(&part, spent).await?;
        let wanted = match choice.on_gpu {
            // A device's memory may be the host's, and questions take turns at it anyway.
            true => u64::MAX,
            false => {
                let is_remote = self.dataset.files.is_remote();
                schedule::wanted(&self.runtime, part.scan(), part.programs(), is_remote)
                    .clamp(*within.start(), *within.end())
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

    async fn run_within(
        &self,
        bytes: u64,
        part: &Arc<Part>,
        choice: Choice,
        purpose: &Purpose<'_>,
        spent: &mut Spent,
    ) -> Result<Ran, Error> {
        let memory = self.reserve(bytes, spent).await?;
        let schedule = Schedule::new(&self.runtime, memory.bytes, part.scan(), choice)?;
        if !schedule.choice.on_gpu {
            let run = self.begin(Part::clone(part), schedule, memory);
            return attempt(run, purpose, None, spent).await;
        }
        let on_cpu = Choice {
            on_gpu: false,
            ..schedule.choice.clone()
        };
        let run = self.begin(Part::clone(part), schedule, memory);
        let failed = match attempt(run, purpose, None, spent).await {
            Err(error) if error.kind() == ErrorKind::Device => error,
            ran => return ran,
        };
        if self.runtime.settings.device != crate::Device::Auto {
            return Err(failed);
        }
        let memory = self.reserve(bytes, spent).await?;
        let schedule = Schedule::new(&self.runtime, memory.bytes, part.scan(), on_cpu)?;
        let run = self.begin(Part::clone(part), schedule, memory);
        attempt(run, purpose, Some(failed.to_string()), spent).await
    }
}

/// A quarter of a run's memory; groups that come from disk are finished in one.
fn quarter(run: &Run) -> usize {
    usize::try_from(run.schedule.memory / 4).unwrap_or(usize::MAX)
}
