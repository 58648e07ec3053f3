//! Rows are marked on the device and taken on the CPU, by the threads that decode them.

use super::{Found, Opened, cpu_steps, device_used, error_of};
use crate::schedule::slot_names;
use crate::select::{Selection, run_marked};
use crate::stages::Stage;
use crate::work::Work;
use crate::{Cache, Error};
use graticule_columns::Chunk;
use graticule_gpu::GpuSelection;
use graticule_kernels::Outcome;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What marks rows on the device: one for all threads, which take turns.
pub(crate) struct Marks(Mutex<GpuSelection>);

impl Marks {
    /// The matching rows of a chunk.
    pub(crate) fn matching(&self, work: &Work<'_>, chunk: &Chunk) -> Result<Vec<u32>, Error> {
        let mut selection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // While this thread waited, another one may have met the device's end.
        work.check()?;
        selection.matching(chunk).map_err(error_of)
    }
}

/// Runs a selection over all row groups. All are fetched, for the rows' values come from the files; the
/// columns that the filters read go to the device unless they are there.
pub(crate) fn select(
    work: &Work<'_>,
    opened: &Opened,
    selection: &Selection,
) -> Result<Found, Error> {
    let gpu = &opened.gpu;
    let keys = slot_names(work.scan).into_iter().map(Into::into).collect();
    let marks = GpuSelection::new(gpu, &work.programs[0], keys).map_err(error_of)?;
    let marks = Marks(Mutex::new(marks));
    run_marked(work, selection, &marks)?;
    let marks = marks.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (counters, cost) = (marks.counters(), marks.cost());
    for (stage, time) in [
        (Stage::Upload, cost.upload),
        (Stage::Kernel, cost.kernel),
        (Stage::Readback, cost.readback),
    ] {
        let time = Duration::from_secs_f64(time.max(0.0));
        work.clock.add(stage, time);
    }
    let mut cpu_steps = cpu_steps(work, counters.rechecked);
    cpu_steps.push("taking the values of the selected rows".to_owned());
    Ok(Found {
        grouping: "none".to_owned(),
        device: device_used(work, gpu),
        cpu_steps,
        cache: Cache::Store,
        uploaded: cost.bytes_uploaded,
        seconds: None,
        outcome: Outcome {
            partials: Vec::new(),
            counters,
        },
    })
}
