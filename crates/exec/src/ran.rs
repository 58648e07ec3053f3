//! What a run found and took, and the receipt of it.

use crate::finish::Texts;
use crate::receipt::{self, DatasetUsed, Opening, RECEIPT_VERSION};
use crate::spill::Spill;
use crate::stages::{Clock, STAGES, Stage};
use crate::work::Tally;
use crate::{Cache, Dataset, DeviceUsed, Receipt, Seconds};
use graticule_kernels::{Counters, Outcome};
use graticule_plan::Plan;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a run found and took.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) grouping: String,
    pub(crate) device: DeviceUsed,
    pub(crate) fallback: Option<String>,
    pub(crate) cpu_steps: Vec<String>,
    pub(crate) cache: Cache,
    pub(crate) uploaded: u64,
    pub(crate) tally: Tally,
    pub(crate) texts: Texts,
    pub(crate) spill: Option<Arc<Spill>>,
    /// Stages along the critical path, where the backend knows them itself.
    pub(crate) seconds: Option<Seconds>,
    pub(crate) parallel: f64,
    pub(crate) clock: Clock,
}

impl Ran {
    pub(crate) fn receipt(
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
                url: graticule_dataset::shown_url(&metadata.url).to_owned(),
                fingerprint: dataset.fingerprint(),
                notes: dataset.notes().map(|note| note.text.clone()).collect(),
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
