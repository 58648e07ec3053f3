//! Synthetic nations of GPS points: invented cities, roads and devices, written as Parquet, the same
//! bytes for the same seed.
//!
//! ```
//! use graticule_generate::{FileLayout, Nation};
//!
//! let dir = tempfile::tempdir()?;
//! let nation = Nation { points: 2_000, days: 3, seed: 7, layout: FileLayout::DayFolders, ..Nation::default() };
//! let written = nation.write(dir.path(), |_points_so_far| {})?;
//! assert_eq!((written.points, written.files), (2_000, 3));
//! assert!(dir.path().join("day=2026-03-01/part-0000.parquet").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the nation is like
//!
//! Some sixty cities of Zipf sizes lie between 5 and 15 degrees east and 45 and 55 degrees north, joined
//! by winding roads. Each device lives in a city and has its habits: private cars at rush hours, working
//! ones by day, night ones by night. They drive along streets and roads, wait at lights, park, and report a
//! noisy position every 1 to 60 seconds; positions arrive in small uploads, some of them late.
//!
//! | column | type | |
//! |---|---|---|
//! | `device_id` | Int32 | from 1 |
//! | `time` | Timestamp(ms, UTC) | rows lie in the order of arrival: roughly, not exactly, by time |
//! | `lon`, `lat` | Float64 | whole multiples of 1e-7 degrees; about 0.1 % invalid (null, NaN, 400.166667), fewer at 0/0 |
//! | `speed_mps` | Float32 | tenths; some null |
//! | `heading_deg` | Float32 | tenths, clockwise from north; a standing vehicle keeps its last |
//! | `altitude_m` | Float32 | tenths; rarely null or NaN |
//! | `accuracy_m` | Int32 | |
//! | `trip_id` | Int64 | null while parked |
//! | `moving` | Boolean | |
//!
//! A day, in a folder's name too, is the nation's local day, [`UTC_OFFSET_HOURS`] ahead of UTC: the first two
//! hours of a folder belong to the UTC day before.
//!
//! A day of more than about a million rows is cut by device, as a partitioned queue would deliver it: every row group
//! then spans the whole day, in order of arrival.
//!
//! # Its place
//!
//! Depends on no other graticule crate; `cli` and the tests call it. Inside:
//! `nation -> plan` (days, files, row groups) `-> write` (threads) `-> slice` (devices in order of arrival)
//! `-> device -> vehicle -> country`, and `rows` turns pings into Arrow.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that fails may panic")
)]

mod country;
mod device;
mod encode;
mod error;
mod nation;
mod plan;
mod rng;
mod road;
mod rows;
mod slice;
mod staging;
mod vehicle;
mod write;

pub use error::GenerateError;
pub use nation::{FileLayout, Nation, Written};
pub use plan::UTC_OFFSET_HOURS;
