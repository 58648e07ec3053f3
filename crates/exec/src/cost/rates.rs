//! How fast a store and a processor are taken to be.

use super::Work;
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
use graticule_kernels::{Accumulator, Code, CpuSession, Digit, DigitPart, Program, Session, Slot};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use std::time::Instant;

/// Seconds of a question of nothing: threads, planning, an answer.
pub(super) const FIXED: f64 = 0.002;
/// Rows that the probe counts.
const PROBED: usize = 1 << 16;
/// Seconds that a row of the probe takes on the machine of `benches/README.md`.
const REFERENCE: f64 = 9.4e-10;

/// How fast a store and a processor are taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Seconds until a request's first byte.
    pub request_seconds: f64,
    /// Requests at a time.
    pub in_flight: f64,
    /// Bytes a second, all requests together.
    pub bytes_per_second: f64,
    /// Seconds of this processor for a second of the one that [`Work`] is told in.
    pub slowness: f64,
}

impl Rates {
    /// The rates for a store, on a processor like that of `benches/README.md`. A disk is taken to give 1 GB/s after 0.1 ms.
    /// Of a remote store each of sixteen requests at a time waits 50 ms, and all bring 600 MB/s together, about what a
    /// machine of 16 cores gets from S3 in its region.
    pub fn of(is_remote: bool) -> Self {
        let (request_seconds, bytes_per_second) = match is_remote {
            true => (0.05, 6e8),
            false => (0.0001, 1e9),
        };
        Self {
            request_seconds,
            in_flight: 16.0,
            bytes_per_second,
            slowness: 1.0,
        }
    }

    /// As [`Self::of`], on this machine's processor, which is measured once a process, in less than a millisecond.
    pub fn here(is_remote: bool) -> Self {
        static SLOWNESS: OnceLock<f64> = OnceLock::new();
        Self {
            slowness: *SLOWNESS.get_or_init(slowness),
            ..Self::of(is_remote)
        }
    }

    /// Seconds to wait for bytes.
    pub fn reading(&self, work: &Work) -> f64 {
        let waiting = (work.requests / self.in_flight).ceil() * self.request_seconds;
        waiting + work.bytes / self.bytes_per_second
    }

    /// Seconds that the CPU takes with so many threads: reading and computing go on side by side, and then groups are
    /// finished.
    pub fn seconds(&self, work: &Work, threads: u32) -> f64 {
        let computing = self.busy(work.decode + work.derive + work.kernel, threads);
        FIXED + self.reading(work).max(computing) + self.busy(work.finish, threads)
    }

    /// Seconds that so many threads take for so many of one.
    pub(super) fn busy(&self, seconds: f64, threads: u32) -> f64 {
        seconds * self.slowness / f64::from(threads.max(1))
    }
}

/// Points one after the other, as the CPU and a device are probed with.
pub(super) fn probe(rows: usize) -> (Program, Chunk) {
    let slot = Slot { kind: Kind::U32 };
    let digit = |slot, first| Digit {
        code: Code::Cell {
            slot,
            shift: 26,
            first,
        },
        part: DigitPart::Whole,
        extent: 1 << 6,
    };
    let program = Program {
        slots: vec![slot; 2],
        layers: vec![],
        filters: vec![],
        live: None,
        digits: vec![digit(0, 0), digit(1, 0)],
        accumulators: vec![Accumulator::Count, Accumulator::Sum { slot: 0 }],
    };
    let words =
        |step: u32| -> Vec<u32> { (0u32..).map(|i| i.wrapping_mul(step)).take(rows).collect() };
    let column = |step| Column::new(Kind::U32, Data::Plain32(words(step).into()), None);
    let chunk = Chunk {
        origin: RowOrigin {
            store: "".into(),
            object: "a probe".into(),
            etag: "".into(),
            row_group: 0,
            first_row: 0,
            rows,
        },
        // A track crosses a cell in some thousand rows.
        columns: vec![column(9_973), column(5_003)],
        valid: None,
        exact: ExactRows::default(),
        texts: vec![],
    };
    (program, chunk)
}

/// How many times as slow as the machine of `benches/README.md` this one is, by the best of a few runs. Where it cannot be told
/// it is as fast.
fn slowness() -> f64 {
    let (program, chunk) = probe(PROBED);
    let run = || {
        let begin = Instant::now();
        let mut session = CpuSession::new(vec![program.clone()], usize::MAX).ok()?;
        session.push(&chunk).ok()?;
        session.finish();
        Some(begin.elapsed().as_secs_f64())
    };
    let best = (0..5).filter_map(|_| run()).fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let slowness = best / (REFERENCE * PROBED as f64);
    match slowness.is_finite() {
        true => slowness.clamp(0.1, 10.0),
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_reading_and_computing_counts() {
        let rates = Rates::of(true);
        let work = Work {
            bytes: 6e8,
            requests: 17.0,
            decode: 0.5,
            finish: 0.25,
            ..Work::default()
        };
        // Two rounds of requests and one second of bytes, then groups.
        assert!((rates.seconds(&work, 1) - (FIXED + 1.1 + 0.25)).abs() < 1e-12);
        let much = Work {
            decode: 2.0,
            derive: 1.0,
            kernel: 1.0,
            ..work
        };
        assert!((rates.seconds(&much, 2) - (FIXED + 2.0 + 0.125)).abs() < 1e-12);
        let slow = Rates {
            slowness: 3.0,
            ..rates
        };
        assert!((slow.seconds(&much, 2) - (FIXED + 6.0 + 0.375)).abs() < 1e-12);
        assert!(Rates::of(false).request_seconds < 0.001);
    }
}
