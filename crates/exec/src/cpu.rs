//! The CPU backend: each thread decodes and computes, and keeps its own groups.

use crate::stages::Stage;
use crate::stream::Jobs;
use crate::work::Work;
use crate::workers::{self, At};
use crate::{Error, partials};
use graticule_columns::Keep;
use graticule_kernels::{Counters, CpuSession, Grouping, Outcome, Partial};
use std::time::{Duration, Instant};

/// Runs all jobs; the partial answers of the threads are merged.
pub(crate) fn run(work: &Work<'_>) -> Result<(Outcome, String), Error> {
    let jobs = work.jobs((0..work.scan.groups.len()).collect());
    let done = workers::run(work, || (), |at| thread(work, &jobs, at))?;
    jobs.check()?;
    let grouping = match done.first() {
        Some((_, Grouping::Sparse)) => "sparse",
        _ => "dense",
    };
    let merged = work.clock.time(Stage::Merge, || {
        merge(work, done.into_iter().map(|d| d.0).collect())
    })?;
    Ok((merged, grouping.to_owned()))
}

fn thread(work: &Work<'_>, jobs: &Jobs, at: &At) -> Result<(Outcome, Grouping), Error> {
    let mut session = CpuSession::new(work.programs, work.schedule.table_bytes)?;
    let grouping = session.grouping();
    while let Some(mut job) = work.clock.time(Stage::Fetch, || jobs.next(work))? {
        at.set(Some(job.place));
        let mut chunks = work.clock.time(Stage::Decode, || {
            job.fetched.chunks(
                work.scan,
                job.rows.clone(),
                work.schedule.chunk_rows,
                Keep::Gathered,
            )
        })?;
        if job.rows.start == 0 {
            work.note_fetched(&job.fetched);
        }
        while let Some(chunk) = work.clock.time(Stage::Decode, || chunks.next()) {
            work.check()?;
            let chunk = chunk?;
            work.note_decoded(&mut job.texts, &chunk)?;
            let (begin, mut spilling) = (Instant::now(), Duration::ZERO);
            session.push_draining(&chunk, &mut |program, partial| {
                let begin = Instant::now();
                let spilled = work.spill(program, &partial);
                spilling += begin.elapsed();
                spilled
            })?;
            let kernel = begin.elapsed().saturating_sub(spilling);
            work.clock.add(Stage::Kernel, kernel);
            work.note_rows(chunk.len());
        }
        jobs.done(&job);
    }
    at.set(None);
    let outcome = work.clock.time(Stage::Merge, || session.finish());
    Ok((outcome, grouping))
}

/// Merges what threads, or a GPU and the CPU beside it, found.
pub(crate) fn merge(work: &Work<'_>, outcomes: Vec<Outcome>) -> Result<Outcome, Error> {
    let mut counters = Counters::default();
    for outcome in &outcomes {
        counters.add(&outcome.counters);
    }
    let allowed = work.schedule.table_bytes.saturating_mul(2);
    let found = |program: usize| outcomes.iter().map(move |o| &o.partials[program]);
    if work.spilled().is_some() || partials::outgrow(work, allowed, found) {
        for outcome in &outcomes {
            for (program, partial) in outcome.partials.iter().enumerate() {
                work.spill(program, partial)?;
            }
        }
        work.answered.map_or(Ok(()), |known| work.spill(0, known))?;
        let partials = Vec::new();
        return Ok(Outcome { partials, counters });
    }
    let mut found: Vec<Vec<Partial>> = vec![Vec::new(); work.programs.len()];
    found[0].extend(work.answered.cloned());
    for outcome in outcomes {
        for (all, partial) in found.iter_mut().zip(outcome.partials) {
            all.push(partial);
        }
    }
    let partials = work.programs.iter().zip(found);
    let partials = partials.map(|(program, all)| partials::merge(program, all, allowed));
    Ok(Outcome {
        partials: partials.collect::<Result<_, _>>()?,
        counters,
    })
}
