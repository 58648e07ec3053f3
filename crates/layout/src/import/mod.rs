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
//! was named, is found by convention or is the only one of times; other columns keep their names.
//! Rows whose coordinates are missing or out of range are kept and counted. Whole numbers are of the unit that
//! [`Import::coordinate_unit`] says, or is told as for a dataset; a column of CSV called `wkt`, `geometry`, `geom` or
//! `the_geom` is the place where no two columns are, or else the only column of points in well-known text.
//!
//! A column of CSV, GPX or GeoJSON is Int64, Float64, Boolean, Timestamp (microseconds, UTC) or
//! Utf8, as a sample of its values tells: what all of them are. A column without a value has no
//! type and is not written, as files of a dataset may lack columns. A row of Arrow with a value that the type
//! which it is written with does not hold is a reject. If later values show that the
//! sample told wrong, all values are looked at and the import begins again. So a record is a reject,
//! which is counted and kept, for its shape, its place, its time, or a value that is not of a type
//! that the caller declared, and for nothing else; and rejects say nothing of types. A time column
//! is one where more than half of the values are times.
//!
//! Digits are numbers unless they may be a name: zeros or a plus before whole numbers (`007`) count
//! only in a column that has fractions too, digits around a bare `e` (`4e0071`) never do. Words for
//! null are listed at [`Import::nulls`].

mod csv;
mod error;
mod geojson;
mod gpx;
mod ipc;
mod lines;
mod open;
mod options;
mod path;
mod point;
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
pub use graticule_columns::Note;
pub use options::{ColumnType, Format, Import, Unit};
pub use report::{Reject, Report};
