//! Rows are marked on the device and taken on the CPU, by the workers that decode them.

use super::{cpu_steps, device_used, error_of, note_cost};
use crate::ran::Found;
use crate::run::Run;
use crate::schedule::slot_names;
use crate::select::{Matcher, matching};
use crate::{Cache, Error};
use graticule_columns::Chunk;
use graticule_gpu::{Gpu, GpuCost, GpuSelection};
use graticule_kernels::Outcome;
use std::sync::{Mutex, PoisonError};

/// Marks rows on the device, one chunk at a time; workers take turns. All row groups are fetched, for the rows' values
/// come from the files; the columns that the filters read go to the device unless they are there.
pub(crate) struct GpuRows {
    gpu: Gpu,
    marks: Mutex<GpuSelection>,
}

impl GpuRows {
    pub(crate) fn new(run: &Run, gpu: Gpu) -> Result<Self, Error> {
        let keys = slot_names(&run.scan).into_iter().map(Into::into).collect();
        let marks = GpuSelection::new(&gpu, &matching(run), keys).map_err(error_of)?;
        Ok(Self {
            gpu,
            marks: Mutex::new(marks),
        })
    }

    /// What it took.
    pub(crate) fn finish(&self, run: &Run) -> Found {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = marks.counters();
        let mut cpu_steps = cpu_steps(run, counters.rechecked);
        cpu_steps.push("taking the values of the selected rows".to_owned());
        Found {
            grouping: "none".to_owned(),
            device: device_used(run, &self.gpu),
            cpu_steps,
            cache: Cache::Store,
            uploaded: marks.cost().bytes_uploaded,
            outcome: Outcome {
                partials: Vec::new(),
                counters,
            },
        }
    }
}

impl Matcher for GpuRows {
    fn matching(&self, run: &Run, chunk: &Chunk) -> Result<Vec<u32>, Error> {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        // While this worker waited, another one may have met the device's end.
        run.check()?;
        let seconds = |cost: GpuCost| [cost.upload, cost.kernel, cost.readback];
        let before = seconds(marks.cost());
        let rows = marks.matching(chunk).map_err(|error| {
            // Before another worker finds the selection, which is of no more use.
            run.fail(error_of(error));
            Error::Stopped
        })?;
        note_cost(run, before, seconds(marks.cost()));
        Ok(rows)
    }
}
