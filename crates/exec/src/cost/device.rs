//! How fast a GPU is taken to be, and how fast it was when it was first opened.

use super::rates::{FIXED, probe};
use super::{Rates, Work};
use crate::Error;
use crate::gpu::error_of;
use graticule_dataset::cache_folder;
use graticule_gpu::{Gpu, GpuSession, SessionOptions};
use graticule_kernels::Session;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Rows that the probe counts: a whole chunk.
const PROBED: usize = 1 << 20;
/// Chunks that are counted at once, beside one.
const SEVERAL: usize = 4;
/// The file in the user's cache; another name for other rates.
const FILE: &str = "rates-1.json";

/// How fast a device is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceRates {
    /// Seconds to open it.
    pub(crate) open_seconds: f64,
    /// Bytes a second to it.
    pub(crate) bytes_per_second: f64,
    /// Seconds of a step of a row.
    pub(crate) step_seconds: f64,
    /// Seconds of a question: making a session, reading its groups back.
    pub(crate) question_seconds: f64,
    /// Seconds of a chunk beside those of its rows.
    pub(crate) chunk_seconds: f64,
}

impl Default for DeviceRates {
    /// Of a card in a server, before one was measured.
    fn default() -> Self {
        Self {
            open_seconds: 0.3,
            bytes_per_second: 5e9,
            step_seconds: 5e-11,
            question_seconds: 1e-3,
            chunk_seconds: 5e-5,
        }
    }
}

impl DeviceRates {
    /// Seconds that a question takes on the device, of whose rows a share is there already: the CPU reads, decodes and
    /// derives the others, and finishes groups.
    pub(crate) fn seconds(
        &self,
        rates: &Rates,
        work: &Work,
        threads: u32,
        resident: f64,
        is_open: bool,
    ) -> f64 {
        let missing = 1.0 - resident;
        let opening = if is_open { 0.0 } else { self.open_seconds };
        let preparing = rates.busy(work.decode + work.derive, threads);
        let reading = rates.reading(work);
        let kernel = work.steps * self.step_seconds + work.chunks * self.chunk_seconds;
        FIXED
            + opening
            + self.question_seconds
            + missing * (reading.max(preparing) + work.uploaded / self.bytes_per_second)
            + kernel
            + rates.busy(work.finish, threads)
    }

    /// Measures a device that took so long to open.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn measure(gpu: &Gpu, open_seconds: f64) -> Result<Self, Error> {
        let (program, chunk) = probe(PROBED);
        let program = Arc::new(program);
        let keys: Vec<_> = ["x", "y"]
            .map(|key| format!("a probe's {key}").into())
            .into();
        let run = |chunks: usize| {
            let begin = Instant::now();
            let options = SessionOptions {
                rows: (chunks * PROBED) as u64,
                ..SessionOptions::default()
            };
            let mut session =
                GpuSession::new(gpu, program.clone(), keys.clone(), options).map_err(error_of)?;
            let mut chunk = chunk.clone();
            for row_group in 0..chunks {
                chunk.origin.row_group = row_group;
                session.push(&chunk).map_err(error_of)?;
            }
            let outcome = session.finish(&mut |_, _| Err("a probe has no source".into()));
            let cost = outcome.map_err(error_of)?.cost;
            Ok::<_, Error>((begin.elapsed().as_secs_f64(), cost))
        };
        // The first compiles shaders and uploads, the others find the columns there.
        let (_, uploading) = run(SEVERAL)?;
        let (one, cost) = run(1)?;
        let (several, costs) = run(SEVERAL)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let (bytes, steps, more) = (
            uploading.bytes_uploaded as f64,
            (SEVERAL * PROBED * super::steps::count(&program)) as f64,
            (SEVERAL - 1) as f64,
        );
        let beside = |whole: f64, kernel: f64| (whole - kernel).max(0.0);
        let fixed = beside(one, cost.kernel);
        let measured = Self {
            open_seconds,
            bytes_per_second: bytes / uploading.upload.max(1e-6),
            step_seconds: costs.kernel / steps,
            question_seconds: fixed,
            chunk_seconds: beside(several, costs.kernel + fixed) / more,
        };
        gpu.forget_columns();
        Ok(measured)
    }
}

type Known = BTreeMap<String, DeviceRates>;

fn file() -> Option<PathBuf> {
    Some(cache_folder(None)?.join(FILE))
}

/// The devices that were measured on this machine; none where the file is not there or not sound.
fn known() -> Known {
    let read = file().and_then(|file| fs::read(file).ok());
    let known = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    known.unwrap_or_default()
}

fn name(gpu: &Gpu) -> String {
    let description = gpu.describe();
    format!("{} ({})", description.name, description.backend)
}

/// The rates of a device that is open, or else of the one that was measured, or of one in general.
pub(crate) fn rates_of(gpu: Option<&Gpu>) -> DeviceRates {
    let known = known();
    let of_this = gpu.and_then(|gpu| known.get(&name(gpu)).copied());
    let only = || known.values().next().copied().filter(|_| known.len() == 1);
    of_this.or_else(only).unwrap_or_default()
}

/// Measures a device that is not known yet, and keeps what was found in the user's cache. What cannot be measured or kept
/// is done without.
pub(crate) fn learn(gpu: &Gpu, open_seconds: f64) {
    let mut known = known();
    if known.contains_key(&name(gpu)) {
        return;
    }
    let (Ok(measured), Some(file)) = (DeviceRates::measure(gpu, open_seconds), file()) else {
        return;
    };
    known.insert(name(gpu), measured);
    let Ok(text) = serde_json::to_vec_pretty(&known) else {
        return;
    };
    let written = file.parent().map(fs::create_dir_all);
    if matches!(written, Some(Ok(()))) {
        let beside = file.with_extension(format!("{}.new", std::process::id()));
        if fs::write(&beside, text)
            .and_then(|()| fs::rename(&beside, &file))
            .is_err()
        {
            let _ = fs::remove_file(&beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_device_is_neither_read_nor_decoded() {
        let (rates, device) = (Rates::of(false), DeviceRates::default());
        let work = Work {
            bytes: 1e9,
            decode: 10.0,
            derive: 2.0,
            kernel: 5.0,
            uploaded: 1e9,
            steps: 1e9,
            ..Work::default()
        };
        let seconds = |resident, is_open| device.seconds(&rates, &work, 2, resident, is_open);
        // Decoding on two threads, the upload, the kernels.
        let always = FIXED + device.question_seconds;
        assert!((seconds(0.0, true) - always - (6.0 + 0.2 + 0.05)).abs() < 1e-9);
        assert!((seconds(0.0, false) - seconds(0.0, true) - 0.3).abs() < 1e-9);
        assert!((seconds(1.0, true) - always - 0.05).abs() < 1e-9);
        assert!((seconds(0.5, true) - always - (3.1 + 0.05)).abs() < 1e-9);
        // A question of nothing is the CPU's.
        let nothing = Work::default();
        assert!(device.seconds(&rates, &nothing, 2, 0.0, true) > rates.seconds(&nothing, 2));
    }
}
