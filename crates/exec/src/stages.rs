//! Where the time goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a thread can be busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Plan,
    Queue,
    Fetch,
    Decode,
    Derive,
    Upload,
    Kernel,
    Readback,
    Merge,
}

/// Number of stages.
pub(crate) const STAGES: usize = 9;

/// Nanoseconds of each stage, summed over threads.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    nanos: [AtomicU64; STAGES],
}

impl Clock {
    pub(crate) fn add(&self, stage: Stage, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos[stage as usize].fetch_add(nanos, Ordering::Relaxed);
    }

    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = work();
        self.add(stage, begin.elapsed());
        result
    }

    pub(crate) fn seconds(&self) -> [f64; STAGES] {
        self.nanos
            .each_ref()
            .map(|n| Duration::from_nanos(n.load(Ordering::Relaxed)).as_secs_f64())
    }
}
