//! The feeding thread's time, so that its stages explain all of it.

use crate::Seconds;
use crate::stages::{STAGES, Stage};
use crate::work::Work;
use graticule_gpu::{GpuCost, GpuSession};
use std::time::{Duration, Instant};

/// A run on the device: what is there already is pushed, the rest fed, and all of it finished.
pub(super) struct Phases {
    begin: Instant,
    /// Seconds of the pushing, and of the feeding, that the device did not take.
    pushing: f64,
    feeding: f64,
    /// When the last phase ended, and what the device had taken by then.
    ended: f64,
    device: f64,
}

/// Seconds that the device took.
fn device(cost: &GpuCost) -> f64 {
    cost.upload + cost.kernel + cost.readback
}

impl Phases {
    pub(super) fn begin() -> Self {
        Self {
            begin: Instant::now(),
            pushing: 0.0,
            feeding: 0.0,
            ended: 0.0,
            device: 0.0,
        }
    }

    pub(super) fn pushed(&mut self, sessions: &[GpuSession]) {
        self.pushing = self.end(sessions.iter().map(|s| device(&s.cost())).sum());
    }

    pub(super) fn fed(&mut self, sessions: &[GpuSession]) {
        self.feeding = self.end(sessions.iter().map(|s| device(&s.cost())).sum());
    }

    /// Ends a phase: its seconds, less the device's.
    fn end(&mut self, device: f64) -> f64 {
        let now = self.begin.elapsed().as_secs_f64();
        let rest = (now - self.ended) - (device - self.device);
        (self.ended, self.device) = (now, device);
        rest.max(0.0)
    }

    /// The stages. Making sessions and recording passes is the kernels' time, waiting for chunks is shared
    /// between fetching and decoding as the decoding threads' time was, and what is left at the end is merging.
    pub(super) fn seconds(mut self, work: &Work<'_>, cost: &GpuCost) -> Seconds {
        let merging = self.end(device(cost));
        let busy = work.clock.seconds();
        let (fetch, decode) = (busy[Stage::Fetch as usize], busy[Stage::Decode as usize]);
        let mut stages = [0.0; STAGES];
        let mut kernel = cost.kernel + self.pushing;
        if fetch + decode > 0.0 {
            let share = self.feeding / (fetch + decode);
            stages[Stage::Fetch as usize] = fetch * share;
            stages[Stage::Decode as usize] = decode * share;
        } else {
            kernel += self.feeding;
        }
        for (stage, time) in [
            (Stage::Upload, cost.upload),
            (Stage::Kernel, kernel),
            (Stage::Readback, cost.readback),
            (Stage::Merge, merging),
        ] {
            stages[stage as usize] = time;
            let time = Duration::from_secs_f64(time.max(0.0));
            work.clock.add(stage, time);
        }
        Seconds::of_stages(stages)
    }
}
