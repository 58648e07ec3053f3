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
//!
//! Inside are four rooms, each of which knows only those before it: `store`, bytes of a place; `file`, what one
//! file says of itself; `decode`, its bytes to chunks; `catalog`, what all files are together.

#![cfg_attr(
    not(all(feature = "remote", feature = "delta", feature = "iceberg")),
    allow(
        dead_code,
        reason = "what only a store or a table that is left out needs"
    )
)]

mod catalog;
mod cost;
mod cut;
mod decode;
mod error;
mod fetch;
mod file;
mod open;
mod pages;
mod sample;
mod store;
mod tiles;

pub use catalog::arrow_points::ArrowPoints;
pub use catalog::manifest::cache_folder;
pub use catalog::opening::Opening;
pub use catalog::options::OpenOptions;
pub use catalog::table::AsOf;
pub use catalog::tiles::Tiles;
pub use catalog::units::{Ends, unit_of};
pub use cost::Cost;
pub use cut::group_of_rows;
pub use decode::chunks::Chunks;
pub use decode::convert::{points as point_columns, time as time_column, value as value_column};
pub use decode::fetched::Fetched;
pub use decode::stored::{is_storable, stored, stored_type};
pub use decode::writer::CheckedWriter;
pub use error::DatasetError;
pub use file::coordinates::RESIDUAL;
pub use file::foreign::not_text;
pub use file::geometry::{begins_as_point, point_of_wkt};
pub use file::guard::{Panicked, guarded, guarded_async, is_guarded, spawned};
pub use file::mark::{
    MARK_KEY, MARK_VERSION, Mark, MarkedCoordinate, NO_TIME, TILES_KEY, TilesMark,
};
pub use file::text::{is_uuid, plain as plain_column, plain_type, text_of_uuid, texts, uuids};
pub use open::Dataset;
pub use store::{
    FileId, Hot, Overlap, StoreOptions, check_within, folder_of_both, is_data_file, place_of,
    shown_url,
};
