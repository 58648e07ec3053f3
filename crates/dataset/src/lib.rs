//! Stores and files, Parquet and Arrow, to chunks.
//!
//! ```no_run
//! use graticule_dataset::{Dataset, OpenOptions};
//!
//! # async fn example() -> Result<(), graticule_dataset::DatasetError> {
//! let dataset = Dataset::open("pings/", &OpenOptions::default()).await?;
//! println!("{} rows in {} files", dataset.metadata().rows(), dataset.metadata().files.len());
//! # Ok(())
//! # }
//! ```
//!
//! Beside `plan` in the arrows: paths come in, [`DatasetMetadata`](graticule_columns::DatasetMetadata)
//! and [`Chunk`](graticule_columns::Chunk)s go out. Everything is read through `object_store` by
//! ranges, local files too. Reading has two halves: [`Dataset::fetch`] waits for bytes and is async,
//! [`Fetched::chunks`] burns CPU and is not. No query and no GPU here.

mod arrow_points;
mod blame;
mod contents;
mod convert;
mod coordinates;
mod cost;
mod cut;
mod days;
mod decode;
mod decoded;
mod derive;
mod describe;
mod early;
mod error;
mod fetch;
mod fit;
mod folders;
mod footer;
mod foreign;
mod geometry;
mod guard;
mod held;
mod hint;
mod ipc;
mod kept;
mod manifest;
mod mapping;
mod mark;
mod meaning;
mod open;
mod opening;
mod outline;
mod page;
mod pages;
mod points;
mod ranges;
mod rows;
mod same;
mod schema;
mod store;
mod stored;
#[cfg_attr(
    not(any(feature = "delta", feature = "iceberg")),
    allow(
        dead_code,
        unused_variables,
        reason = "without them all tables are refused"
    )
)]
mod table;
mod text;
mod thrift;
mod tiles;
mod units;
mod view;
mod writer;

pub use arrow_points::ArrowPoints;
pub use convert::{points as point_columns, time as time_column, value as value_column};
pub use coordinates::RESIDUAL;
pub use cost::Cost;
pub use cut::group_of_rows;
pub use decode::Chunks;
pub use error::DatasetError;
pub use fetch::Fetched;
pub use foreign::not_text;
pub use geometry::{begins_as_point, point_of_wkt};
pub use guard::{Panicked, guarded, guarded_async, is_guarded, spawned};
pub use manifest::cache_folder;
pub use mark::{MARK_KEY, MARK_VERSION, Mark, MarkedCoordinate, TILES_KEY, TilesMark};
pub use open::{Dataset, OpenOptions};
pub use opening::Opening;
pub use same::{FileId, place_of};
pub use store::{Hot, Overlap, StoreOptions, folder_of_both, is_data_file, shown_url};
pub use stored::{is_storable, stored, stored_type};
pub use table::AsOf;
pub use text::{is_uuid, plain as plain_column, plain_type, text_of_uuid, texts, uuids};
pub use tiles::Tiles;
pub use units::{Ends, unit_of};
pub use writer::CheckedWriter;
