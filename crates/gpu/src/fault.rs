use crate::GpuOptions;
use std::sync::atomic::{AtomicU64, Ordering};

/// A fault that tests inject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One bit of the n-th piece that is read back, counted from 0, comes back wrong.
    FlipBit {
        /// Which piece.
        readback: u64,
        /// Which bit of it, modulo its length.
        bit: u64,
    },
    /// The device goes away after so many submissions.
    LoseDevice {
        /// How many succeed.
        submissions: u64,
    },
    /// Allocations fail, from the n-th on, counted from 0.
    OutOfMemory {
        /// The first that fails.
        from: u64,
        /// How many fail.
        times: u64,
    },
    /// The device never ends its work after so many submissions.
    Hang {
        /// How many end.
        submissions: u64,
    },
}

/// Counts what faults are counted by.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    fault: Option<Fault>,
    readbacks: AtomicU64,
    submissions: AtomicU64,
    allocations: AtomicU64,
}

impl Faults {
    pub(crate) fn new(options: &GpuOptions) -> Self {
        Self {
            fault: options.fault,
            ..Self::default()
        }
    }

    /// Damages what was read back, where told to.
    pub(crate) fn read_back(&self, words: &mut [u32]) {
        let now = self.readbacks.fetch_add(1, Ordering::Relaxed);
        if let Some(Fault::FlipBit { readback, bit }) = self.fault
            && readback == now
            && !words.is_empty()
        {
            let place = (bit / 32) % words.len() as u64;
            if let Ok(place) = usize::try_from(place) {
                words[place] ^= 1 << (bit % 32);
            }
        }
    }

    /// Whether the device is to be lost at this submission.
    pub(crate) fn submitted(&self) -> bool {
        let now = self.submissions.fetch_add(1, Ordering::Relaxed);
        matches!(self.fault, Some(Fault::LoseDevice { submissions }) if now >= submissions)
    }

    /// Whether the device is to hang.
    pub(crate) fn hangs(&self) -> bool {
        let now = self.submissions.load(Ordering::Relaxed);
        matches!(self.fault, Some(Fault::Hang { submissions }) if now > submissions)
    }

    /// Whether this allocation is to fail.
    pub(crate) fn allocated(&self) -> bool {
        let now = self.allocations.fetch_add(1, Ordering::Relaxed);
        matches!(self.fault, Some(Fault::OutOfMemory { from, times })
            if now >= from && now - from < times)
    }
}
