//! One attempt at a run, on the backend that its schedule says.

use crate::cpu::CpuGroups;
use crate::morsels::scan;
use crate::ran::{Found, Path, Phase, Ran, Spent};
use crate::run::Run;
use crate::select::{CpuRows, Selecting, Selection};
use crate::stages::Stage;
use crate::stream::Hand;
use crate::{Cache, DeviceUsed, Error};
use graticule_kernels::Outcome;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a run is for.
pub(crate) enum Purpose<'a> {
    Groups,
    Rows(&'a Selection, Hand),
}

/// Runs on the backend that the schedule says. What a failed run has taken is counted, too.
pub(crate) async fn attempt(
    run: Arc<Run>,
    purpose: &Purpose<'_>,
    fallback: Option<String>,
    spent: &mut Spent,
) -> Result<Ran, Error> {
    let (begin, before) = (Instant::now(), spent.path.total());
    let found = match run.schedule.choice.on_gpu {
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
