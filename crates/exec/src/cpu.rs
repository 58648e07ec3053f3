//! The CPU backend: sessions that workers take and give back, so that there are as many as ever work at once.

use crate::aggregate::Aggregator;
use crate::run::Run;
use crate::stages::Stage;
use crate::{Error, partials};
use graticule_columns::Chunk;
use graticule_kernels::{Counters, CpuSession, Grouping, Outcome, Partial};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions that nobody works with at the moment.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Vec<CpuSession>>);

impl Sessions {
    /// Works with a session; one that has failed is of no more use.
    pub(crate) fn with<T>(
        &self,
        begin: impl FnOnce() -> Result<CpuSession, Error>,
        work: impl FnOnce(&mut CpuSession) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = match free {
            Some(session) => session,
            None => begin()?,
        };
        let done = work(&mut session)?;
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(session);
        Ok(done)
    }

    /// The sessions, taken out.
    pub(crate) fn take(&self) -> Vec<CpuSession> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds chunks up to groups on the CPU.
#[derive(Default)]
pub(crate) struct CpuGroups(Sessions);

impl Aggregator for CpuGroups {
    fn push(&self, run: &Run, chunk: &Chunk) -> Result<(), Error> {
        let begin = || {
            let allowed = run.schedule.table_bytes;
            Ok(CpuSession::new(run.programs.clone(), allowed)?)
        };
        self.0.with(begin, |session| {
            let (begin, mut spilling) = (Instant::now(), Duration::ZERO);
            session.push_draining(chunk, run.has_parts(), &mut |program, partial| {
                let begin = Instant::now();
                let spilled = run.spill(program, &partial);
                spilling += begin.elapsed();
                spilled
            })?;
            let kernel = begin.elapsed().saturating_sub(spilling);
            run.clock.add(Stage::Kernel, kernel);
            run.note_rows(chunk.len());
            Ok(())
        })
    }
}

impl CpuGroups {
    /// The merged groups of all sessions, and how they were found.
    pub(crate) fn finish(&self, run: &Run) -> Result<(Outcome, String), Error> {
        let mut sessions = self.0.take();
        if sessions.is_empty() {
            let session = CpuSession::new(run.programs.clone(), run.schedule.table_bytes)?;
            sessions.push(session);
        }
        let grouping = match sessions[0].grouping() {
            Grouping::Sparse => "sparse",
            Grouping::Dense => "dense",
        };
        let merged = run.clock.time(Stage::Merge, || {
            merge(
                run,
                sessions.into_par_iter().map(CpuSession::finish).collect(),
            )
        })?;
        Ok((merged, grouping.to_owned()))
    }
}

/// Merges what sessions found.
fn merge(run: &Run, outcomes: Vec<Outcome>) -> Result<Outcome, Error> {
    let mut counters = Counters::default();
    for outcome in &outcomes {
        counters.add(&outcome.counters);
    }
    let allowed = run.schedule.table_bytes.saturating_mul(2);
    let found = |program: usize| outcomes.iter().map(move |o| &o.partials[program]);
    if run.spilled().is_some() || partials::are_many(run, allowed, found) {
        outcomes.into_par_iter().try_for_each(|outcome| {
            let mut partials = outcome.partials.iter().enumerate();
            partials.try_for_each(|(program, partial)| run.spill(program, partial))
        })?;
        let answered = run.answered.as_ref();
        answered.map_or(Ok(()), |known| run.spill(0, known))?;
        let partials = Vec::new();
        return Ok(Outcome { partials, counters });
    }
    let mut found: Vec<Vec<Partial>> = vec![Vec::new(); run.programs.len()];
    found[0].extend(run.answered.clone());
    for outcome in outcomes {
        for (all, partial) in found.iter_mut().zip(outcome.partials) {
            all.push(partial);
        }
    }
    let partials = run.programs.iter().zip(found);
    let partials = partials.map(|(program, all)| partials::merge(program, all, allowed));
    Ok(Outcome {
        partials: partials.collect::<Result<_, _>>()?,
        counters,
    })
}
