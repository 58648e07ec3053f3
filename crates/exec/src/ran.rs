//! What a run found and took, and the receipt of it.

use crate::receipt::{self, DatasetUsed, Opening, RECEIPT_VERSION};
use crate::run::{Run, Tally};
use crate::stages::{STAGES, Stage};
use crate::{Cache, DeviceUsed, Receipt, Seconds};
use graticule_kernels::{Counters, Outcome};
use graticule_plan::{Plan, unmatched};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a backend found and took.
pub(crate) struct Found {
    pub(crate) outcome: Outcome,
    pub(crate) grouping: String,
    pub(crate) device: DeviceUsed,
    pub(crate) cpu_steps: Vec<String>,
    pub(crate) cache: Cache,
    pub(crate) uploaded: u64,
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) run: Arc<Run>,
    pub(crate) found: Found,
    pub(crate) fallback: Option<String>,
}

/// What a question has taken: also in runs that failed before the one that answered.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    pub(crate) path: Path,
    /// Bytes and requests of failed runs.
    pub(crate) failed: Tally,
}

/// Time along the critical path: phases, one after the other, each shared among the stages as the busy time of all
/// threads was.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Path {
    seconds: [f64; STAGES],
}

/// A phase that goes on.
pub(crate) struct Phase {
    begin: Instant,
    busy: [f64; STAGES],
}

impl Phase {
    pub(crate) fn begin(run: &Run) -> Self {
        Self {
            begin: Instant::now(),
            busy: run.clock.seconds(),
        }
    }
}

impl Path {
    /// Seconds in all.
    pub(crate) fn total(&self) -> f64 {
        self.seconds.iter().sum()
    }

    /// Time of a stage in which nothing else went on.
    pub(crate) fn add(&mut self, stage: Stage, time: Duration) {
        self.seconds[stage as usize] += time.as_secs_f64();
    }

    /// A phase that has ended; where no thread was busy it went by in waiting for bytes.
    pub(crate) fn end(&mut self, run: &Run, phase: &Phase) {
        let wall = phase.begin.elapsed().as_secs_f64();
        let mut busy = run.clock.seconds();
        for (after, before) in busy.iter_mut().zip(phase.busy) {
            *after = (*after - before).max(0.0);
        }
        let total: f64 = busy.iter().sum();
        if total > 0.0 {
            for (seconds, busy) in self.seconds.iter_mut().zip(busy) {
                *seconds += wall * busy / total;
            }
        } else {
            self.seconds[Stage::Fetch as usize] += wall;
        }
    }
}

impl Ran {
    pub(crate) fn receipt(&self, plan: &Plan, spent: &Spent, begin: Instant) -> Receipt {
        let Counters {
            scanned,
            invalid,
            matched,
            rechecked,
            device,
            nan,
        } = self.found.outcome.counters;
        let run = &self.run;
        let dataset = &run.dataset;
        let wall = begin.elapsed().as_secs_f64();
        let mut busy = run.clock.seconds();
        for stage in [Stage::Plan, Stage::Queue] {
            busy[stage as usize] = spent.path.seconds[stage as usize];
        }
        let busy = Seconds::of_stages(busy);
        let seconds = Seconds {
            wall,
            ..Seconds::of_stages(spent.path.seconds)
        };
        let (tally, spilled) = (run.tally().and(spent.failed), run.spilled());
        let metadata = dataset.metadata();
        let rows_matched = matched + plan.pruning().rows_answered;
        let is_asked = plan
            .query()
            .select
            .as_ref()
            .is_none_or(|s| s.limit != Some(0));
        let (opening_bytes, opening_requests) = dataset.files.opening_cost();
        Receipt {
            version: RECEIPT_VERSION,
            query: plan.query().clone(),
            dataset: DatasetUsed {
                url: graticule_dataset::shown_url(&metadata.url).to_owned(),
                fingerprint: dataset.fingerprint(),
                notes: dataset.notes().map(|note| note.text.clone()).collect(),
            },
            device: self.found.device.clone(),
            fallback: self.fallback.clone(),
            choice: run.schedule.choice.clone(),
            cpu_steps: self.found.cpu_steps.clone(),
            columns_by_library: run.by_library(),
            grouping: self.found.grouping.clone(),
            cache: match (self.found.cache, tally.at_hand, tally.fetched) {
                (Cache::Store, 1.., 0) => Cache::Memory,
                (Cache::Store, 1.., _) => Cache::Partly,
                (cache, ..) => cache,
            },
            rows_total: plan.pruning().rows_total,
            rows_scanned: scanned,
            rows_matched,
            unmatched: (rows_matched == 0 && is_asked && plan.pruning().rows_total > 0)
                .then(|| unmatched(plan, metadata, scanned, invalid)),
            rows_answered: plan.pruning().rows_answered,
            rows_invalid: invalid,
            rows_rechecked: rechecked,
            rows_device: device,
            values_nan: nan,
            files_total: plan.pruning().files_total,
            files_pruned: plan.pruning().files_pruned,
            row_groups_total: plan.pruning().row_groups_total,
            row_groups_pruned: plan.pruning().row_groups_pruned,
            pages_pruned: plan.pruning().pages_pruned,
            tiles_pruned: plan.pruning().tiles_pruned,
            tiles_answered: plan.pruning().tiles_answered,
            bytes_total: plan.pruning().bytes_total,
            bytes_fetched: tally.fetched,
            bytes_decoded: tally.decoded,
            bytes_uploaded: self.found.uploaded,
            bytes_spilled: spilled.as_ref().map_or(0, |spill| spill.bytes()),
            opening: Opening {
                bytes: opening_bytes,
                requests: opening_requests,
            },
            requests: tally.requests,
            peak_memory_bytes: receipt::peak_memory(),
            dollars: None,
            seconds,
            busy_seconds: Seconds { wall, ..busy },
        }
    }
}
