//! Region-and-time questions over billions of GPS points in Parquet, on the CPU or on any GPU that
//! wgpu reaches: exact, the same bits on every device, with a receipt that says what it cost.
//!
//! ```
//! use graticule::{Bbox, Dataset, Engine, Key, Query, Run, count, mean};
//!
//! # fn main() -> Result<(), graticule::Error> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
//! let dataset = Dataset::open_blocking(path)?;
//! let answer = Query::new()
//!     .within(Bbox::new(5.0, 45.0, 15.0, 55.0)?)
//!     .during("2026-03-01..2026-03-02".parse()?)
//!     .by([Key::geohash(4)])
//!     .aggregate([count(), mean("speed_mps")])
//!     .top(3)
//!     .run_blocking(&Engine::cpu(), &dataset)?;
//! println!("{answer}"); // a table; answer.batch() is an Arrow record batch
//! assert!(answer.receipt().rows_matched > 0);
//! # Ok(())
//! # }
//! ```
//!
//! The front door: a [`Query`] is planned from the dataset's metadata ([`Dataset::plan`]), the plan is
//! fitted to this machine, one loop streams chunks through a backend, partial answers merge, and
//! the merged one is finished into an [`Answer`]. Every call has an async form, which may be awaited
//! on any executor, and a blocking twin; dropping a future stops its work. Large answers are pulled,
//! batch by batch, with [`Engine::stream`].
//!
//! An [`Engine`] is a handle: clones share its threads, its memory and its device, so that any number
//! of questions at once stay within them.
//!
//! To spread the work, [`Plan::split`] a plan, [`run_part`] the parts anywhere, and [`finish`] the
//! partials.

mod answer;
mod format;
mod run;

pub use answer::Answer;
/// Answers are made of its record batches, and so are partials: the version that graticule is built with.
pub use arrow;
pub use format::{Format, RowsWriter, save};
pub use graticule_columns::{
    Bins, CalendarUnit, Coordinate, DatasetMetadata, Note, PartitionValue, Schema, TimeUnit,
    printable, requoted,
};
pub use graticule_dataset::{
    AsOf, Cost, FileId, Mark, OpenOptions, Opening, Overlap, StoreOptions, is_data_file,
    is_guarded, place_of, shown_url,
};
pub use graticule_exec::left_over::remove_unfinished;
pub use graticule_exec::{
    Cache, Choice, Dataset, Device, DeviceUsed, Engine, Error, ErrorKind, Progress,
    RECEIPT_VERSION, Rates, Receipt, Rows, Seconds, Work, explain, finish, format_time, measured,
    run_part,
};
/// How people are told of counts and sizes: `1 row`, `12 345`, `1.5 GiB`.
pub use graticule_exec::{bytes as shown_bytes, counted, thousands};
pub use graticule_geo::{Bbox, Circle, CoordinateUnit, GeoError, LonLat};
pub use graticule_kernels::Partial;
pub use graticule_plan::{
    Aggregate, Arithmetic, Expression, Filter, Function, Having, Key, Literal, MinDistinct,
    NamedPlace, NamedZone, NearKey, Operand, Operator, Order, Part, Plan, PlanError, Quantile,
    Query, Select, TimeRange, TimeRanges, Timestamp, Top, ZoneKey, Zones, parts, polygons,
    unquoted, zones, zones_of,
};
pub use run::{Run, run_with};

#[cfg(feature = "gpu")]
pub use graticule_exec::{AdapterReport, GpuOptions, adapters};

#[cfg(all(feature = "gpu", feature = "testing"))]
pub use graticule_exec::Fault;

/// Counts rows.
pub fn count() -> Aggregate {
    Aggregate::Count
}

fn of(function: Function, column: &str) -> Aggregate {
    Aggregate::Of {
        function,
        column: column.to_owned(),
    }
}

/// The exact sum of a column.
pub fn sum(column: &str) -> Aggregate {
    of(Function::Sum, column)
}

/// The exact mean of a column, rounded once.
pub fn mean(column: &str) -> Aggregate {
    of(Function::Mean, column)
}

/// The least value of a column.
pub fn min(column: &str) -> Aggregate {
    of(Function::Min, column)
}

/// The greatest value of a column.
pub fn max(column: &str) -> Aggregate {
    of(Function::Max, column)
}

/// The exact sample variance of a column, rounded once.
pub fn var(column: &str) -> Aggregate {
    of(Function::Var, column)
}

/// The exact sample standard deviation of a column, rounded once.
pub fn stddev(column: &str) -> Aggregate {
    of(Function::Stddev, column)
}

/// The number of distinct values of a column.
pub fn distinct(column: &str) -> Aggregate {
    of(Function::Distinct, column)
}

/// The value of a column at the least time.
pub fn first(column: &str) -> Aggregate {
    of(Function::First, column)
}

/// The value of a column at the greatest time.
pub fn last(column: &str) -> Aggregate {
    of(Function::Last, column)
}

/// A quantile of a column, 0 to 1, within one part in a hundred.
///
/// # Errors
/// [`PlanError::Aggregate`] when the share is not from 0 to 1.
pub fn quantile(column: &str, share: f64) -> Result<Aggregate, PlanError> {
    Ok(of(Function::Quantile(Quantile::new(share)?), column))
}
