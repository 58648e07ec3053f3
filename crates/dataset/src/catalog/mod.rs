//! Listings, tables' logs and footers to what is known of a dataset.

pub(crate) mod arrow_points;
pub(crate) mod bounds;
mod days;
pub(crate) mod describe;
pub(crate) mod folders;
pub(crate) mod kept;
mod look;
pub(crate) mod manifest;
pub(crate) mod open_file;
pub(crate) mod opening;
pub(crate) mod options;
mod outline;
pub(crate) mod page_index;
mod points;
mod schema;
#[cfg_attr(
    not(any(feature = "delta", feature = "iceberg")),
    allow(
        dead_code,
        unused_variables,
        reason = "without them all tables are refused"
    )
)]
pub(crate) mod table;
pub(crate) mod tiles;
pub(crate) mod units;
