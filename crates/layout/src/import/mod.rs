//! CSV, GPX, GeoJSON and Arrow points to Parquet.
//!
//! ```no_run
//! use graticule_layout::import::Import;
//!
//! let mut import = Import::new(["trips.csv.gz"]);
//! import.lon = Some("pickup_longitude".to_owned());
//! import.lat = Some("pickup_latitude".to_owned());
//! import.time = Some("pickup_datetime".to_owned());
//! let report = import.run("trips".as_ref())?;
//! eprintln!("{report}");
//! # Ok::<(), graticule_layout::import::ImportError>(())
//! ```
//!
//! What is written is called `lon` and `lat` (doubles, in degrees) and `time`, where a time column
//! was named or is found by convention; other columns keep their names. Rows whose coordinates are
//! missing or out of range are kept and counted.
//!
//! A column of CSV, GPX or GeoJSON is Int64, Float64, Boolean, Timestamp (microseconds, UTC) or
//! Utf8, as a sample of its values tells; empty ones are null. If later values show that the sample
//! told wrong (a number that is not whole among whole ones, a column that seemed to be empty, a new
//! property), all values are looked at and the import begins again. Any other value that does not
//! fit its column makes its record a reject, which is counted and kept: never a null. So it is with a time
//! column of which nine values in ten are times; `text` keeps all of them, as texts.

mod csv;
mod error;
mod geojson;
mod gpx;
mod ipc;
mod lines;
mod open;
mod options;
mod path;
mod record;
mod rejects;
mod report;
mod roles;
mod rows;
mod run;
mod schema;
mod source;
mod staging;
mod survey;
mod text;
mod value;
mod write;

pub use error::ImportError;
pub use options::{Format, Import, Unit};
pub use report::{Reject, Report};
