//! What a question will take, before it is asked: a model with few and plain rates.

use crate::money;
use crate::prices::{Machine, Store};
use graticule::{Cost, Plan};
use serde::Serialize;

/// What a plan reads and computes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Work {
    /// Bytes from the store.
    pub bytes: f64,
    /// Requests to it.
    pub requests: f64,
    /// Rows that are decoded.
    pub rows: f64,
    /// Values of them.
    pub values: f64,
}

impl Work {
    /// The most that a plan takes.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn of(plan: &Plan, cost: Cost) -> Self {
        let scan = &plan.part.scan;
        let rows = scan.rows() as f64;
        Self {
            bytes: cost.bytes as f64,
            requests: cost.requests as f64,
            rows,
            values: rows * (scan.sources.len() + scan.carried.len()) as f64,
        }
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            bytes: self.bytes * factor,
            requests: self.requests * factor,
            rows: self.rows * factor,
            values: self.values * factor,
        }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            requests: self.requests + other.requests,
            rows: self.rows + other.rows,
            values: self.values + other.values,
        }
    }
}

/// How fast a store and a processor are taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// Seconds until a request's first byte.
    pub request_seconds: f64,
    /// Requests at a time.
    pub in_flight: f64,
    /// Bytes a second, all requests together.
    pub bytes_per_second: f64,
    /// Seconds to decode a value and compute with it, on one thread.
    pub value_seconds: f64,
}

impl Rates {
    /// The rates for a dataset's URL. A disk is taken to give 1 GB/s after 0.1 ms. Of a remote store each of sixteen requests at a
    /// time waits 50 ms, and all bring 600 MB/s together, about what a machine of 16 cores gets from S3 in its region.
    /// A value takes 10 ns, as `benches/README.md` has it for a small machine.
    pub fn of(url: &str) -> Self {
        let is_remote = url.contains("://") && !url.starts_with("file://");
        let (request_seconds, bytes_per_second) = match is_remote {
            true => (0.05, 6e8),
            false => (0.0001, 1e9),
        };
        Self {
            request_seconds,
            in_flight: 16.0,
            bytes_per_second,
            value_seconds: 1e-8,
        }
    }

    /// Seconds that work takes: reading and computing go on side by side.
    pub fn seconds(&self, work: &Work, threads: u32) -> f64 {
        let waiting = (work.requests / self.in_flight).ceil() * self.request_seconds;
        let reading = waiting + work.bytes / self.bytes_per_second;
        let computing = work.values * self.value_seconds / f64::from(threads.max(1));
        reading.max(computing)
    }

    /// Money for work on a machine, with all its processors, and from a store.
    pub fn money(&self, work: &Work, machine: &Machine, store: Option<&Store>) -> f64 {
        let seconds = self.seconds(work, machine.vcpus.unwrap_or(1));
        spent(machine, store, seconds, [work.requests, work.bytes])
    }
}

/// Money for seconds of a machine, and for requests and bytes of a store.
pub fn spent(
    machine: &Machine,
    store: Option<&Store>,
    seconds: f64,
    [requests, bytes]: [f64; 2],
) -> f64 {
    let to_store = store.map_or(0.0, |s| money::store(s, requests, bytes));
    money::machine_seconds(seconds, machine.per_hour) + to_store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_reading_and_computing_counts() {
        let rates = Rates::of("s3://a/b");
        let work = Work {
            bytes: 6e8,
            requests: 17.0,
            rows: 1e6,
            values: 4e6,
        };
        // Two rounds of requests, one second of bytes; 0.04 s of computing.
        assert!((rates.seconds(&work, 1) - 1.1).abs() < 1e-12);
        let much = Work {
            values: 4e8,
            ..work
        };
        assert!((rates.seconds(&much, 2) - 2.0).abs() < 1e-12);
        let machine = Machine {
            kind: "m".to_owned(),
            class: crate::Class::Cpu,
            per_hour: 3600.0,
            currency: None,
            vcpus: Some(4),
            gpu: None,
            source: "here".to_owned(),
            date: "2026-11-21".to_owned(),
        };
        let store = Store {
            per_thousand_requests: Some(1.0),
            ..Store::default()
        };
        let money = rates.money(&work, &machine, Some(&store));
        assert!((money - 1.117).abs() < 1e-12, "{money}");
        assert!(Rates::of("/data/pings").request_seconds < 0.001);
        assert_eq!(Rates::of("file:///data"), Rates::of("data"));
    }
}
