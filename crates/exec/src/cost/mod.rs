//! What a part makes a machine do, from metadata alone, and how long that is thought to take: a model of few and plain
//! rates, and always called so. It decides between devices, and tells before a question runs what it will take.

mod choice;
#[cfg(feature = "gpu")]
pub(crate) mod device;
mod rates;
mod steps;

pub use choice::Choice;
pub(crate) use choice::choose;
#[cfg(feature = "gpu")]
pub(crate) use device::learn;
pub use rates::Rates;

use graticule_dataset::Cost;
use graticule_plan::Part;
use serde::{Deserialize, Serialize};

/// What a part reads and computes. Its seconds are those of one thread of the machine that `benches/README.md` was
/// measured on; [`Rates`] say how fast another one is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Bytes from the store.
    pub bytes: f64,
    /// Requests to it.
    pub requests: f64,
    /// Rows that are decoded.
    pub rows: f64,
    /// Seconds to decompress and decode them, and to hash texts.
    pub decode: f64,
    /// Seconds for what only the CPU derives: H3 cells, rows of tiles, calendars.
    pub derive: f64,
    /// Seconds for filters, keys and aggregates on the CPU.
    pub kernel: f64,
    /// Seconds to merge and finish groups.
    pub finish: f64,
    /// Bytes that the columns take on a device.
    pub uploaded: f64,
    /// Rows times the steps that each goes through on a device.
    pub steps: f64,
    /// Chunks, each of which is a dispatch on a device.
    pub chunks: f64,
}

impl Work {
    /// What a part takes of a dataset that costs so much to read.
    pub fn of(part: &Part, cost: Cost) -> Self {
        steps::of(part, cost)
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        self.each(Self::default(), |one, _| one * factor)
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.each(other, |one, other| one + other)
    }

    fn each(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            bytes: of(self.bytes, other.bytes),
            requests: of(self.requests, other.requests),
            rows: of(self.rows, other.rows),
            decode: of(self.decode, other.decode),
            derive: of(self.derive, other.derive),
            kernel: of(self.kernel, other.kernel),
            finish: of(self.finish, other.finish),
            uploaded: of(self.uploaded, other.uploaded),
            steps: of(self.steps, other.steps),
            chunks: of(self.chunks, other.chunks),
        }
    }
}
