//! From a table to a partial.

use super::GpuSession;
use super::dispatch::bind;
use crate::GpuError;
use crate::epoch::Epoch;
use crate::params::{
    AUX_LIST, AUX_MATCHED, AUX_NAN, AUX_RECHECK, AUX_STRAY, AUX_VISITED, WORKGROUP, low, word,
};
use crate::readback::fetch;
use crate::table::check_stray;
use std::time::Instant;

/// A table on the host.
pub(super) struct Flushed {
    pub(super) epoch: Epoch,
    pub(super) table: Vec<u32>,
    /// Rows that the device found to match.
    pub(super) matched: u32,
}

impl GpuSession {
    /// Reads the table back, merges its groups and starts without one.
    pub(super) fn flush(&mut self) -> Result<(), GpuError> {
        let Some(flushed) = self.read_back()? else {
            return Ok(());
        };
        let Flushed {
            epoch,
            table,
            matched,
        } = flushed;
        let partial = epoch.plan.partial(&self.program, &epoch.layout, &table)?;
        let counts = partial.words.iter().step_by(partial.layout.stride.max(1));
        if counts.sum::<u64>() != u64::from(matched) {
            return Err(GpuError::Damaged {
                what: "the groups' counts are not the count of rows",
            });
        }
        drop(epoch);
        self.merge(partial)
    }

    /// Reads the table back, if rows went into one, and with it what became of them.
    pub(super) fn read_back(&mut self) -> Result<Option<Flushed>, GpuError> {
        let Some(epoch) = self.epoch.take().filter(|e| e.rows > 0) else {
            return Ok(None);
        };
        let begin = Instant::now();
        let inner = &self.gpu.inner;
        let checksum = inner.checksum()?;
        {
            let mut stream = inner.stream();
            let stream = &mut *stream;
            let buffers = [&self.params, &self.descriptors, &self.lookup];
            let group = bind(inner, stream, self.last_slab, buffers, &epoch);
            let mut pass = stream
                .encoder(inner)
                .begin_compute_pass(&Default::default());
            pass.set_bind_group(0, &group, &[]);
            pass.set_pipeline(&checksum);
            let words = epoch.table.bytes.max(epoch.aux.bytes) / 4;
            let across = word(words.div_ceil(u64::from(WORKGROUP) * 16));
            pass.dispatch_workgroups(across.clamp(1, 1024), 1, 1);
        }
        let fetched = fetch(inner, &epoch)?;
        // Submitting may take the kernels' time as well: software adapters run them there.
        self.cost.kernel += (begin.elapsed().as_secs_f64() - fetched.copied).max(fetched.waited);
        self.cost.readback += fetched.copied;
        self.cost.tables += 1;
        let aux = &fetched.aux;
        if aux[AUX_VISITED as usize] != low(epoch.rows) {
            return Err(GpuError::Damaged {
                what: "the device did not visit every row",
            });
        }
        check_stray(aux[AUX_STRAY as usize])?;
        let matched = aux[AUX_MATCHED as usize];
        self.counters.matched += u64::from(matched);
        self.counters.nan += u64::from(aux[AUX_NAN as usize]);
        self.waiting.note(
            aux[AUX_RECHECK as usize],
            epoch.recheck_capacity,
            &aux[AUX_LIST as usize..],
            &epoch.taken,
        )?;
        Ok(Some(Flushed {
            table: fetched.table,
            matched,
            epoch,
        }))
    }
}
