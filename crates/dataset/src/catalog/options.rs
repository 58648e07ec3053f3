//! What a caller says of a dataset.

use crate::catalog::table::AsOf;
use crate::store::StoreOptions;
use graticule_columns::TimeUnit;
use graticule_geo::CoordinateUnit;
use std::path::PathBuf;
use std::time::Duration;

/// How to find a dataset's columns; by convention where nothing is said.
///
/// Coordinates are floats or decimals in degrees, whole numbers of a [unit](CoordinateUnit), or points of a geometry
/// that the files declare. Files of the graticule layout say themselves how theirs lead back to the source's floats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Name of the longitude column.
    pub lon: Option<String>,
    /// Name of the latitude column.
    pub lat: Option<String>,
    /// Name of the column with the geometry whose points are meant, where a file declares several, or
    /// columns called as coordinates are besides.
    pub geometry: Option<String>,
    /// Unit of the coordinates, where it is not degrees and the files do not say it.
    pub coordinate_unit: Option<CoordinateUnit>,
    /// Name of the time column.
    pub time: Option<String>,
    /// Unit of an integer time column.
    pub time_unit: Option<TimeUnit>,
    /// Where a remote store is and who asks.
    pub store: StoreOptions,
    /// How long a remote store may go without answering; a minute if not given.
    pub patience: Option<Duration>,
    /// The directory where manifests are kept; `GRATICULE_CACHE_DIR` or the user's cache directory if
    /// not given.
    pub cache: Option<PathBuf>,
    /// Whether to look into all files of a directory, whatever their names, and to read those that are Parquet or
    /// Arrow; without it only files that are named so are read. Names that begin with `.` or `_` stay left out.
    pub all_files: bool,
    /// Bytes of files' footers that stay at hand; [`Self::FOOTERS`] if not given. Others are read again when their turn comes.
    pub footers: Option<u64>,
    /// Whether to keep a manifest of a small dataset too.
    pub index: bool,
    /// A partition column of UTC days, months or hours, such as `2026-03-01`: the times of the rows in
    /// its folders, where footers do not tell them.
    pub partition_time: Option<String>,
    /// Whether to leave out nothing for what footers, page indexes, statistics of tiles and declared folders say of
    /// the rows, so that all are read; for files that do not tell the truth.
    pub ignore_statistics: bool,
    /// Whether the files of a table are read as they lie, whatever its log says.
    pub as_files: bool,
    /// The version of a Delta Lake or Iceberg table; the newest one if not given.
    pub as_of: Option<AsOf>,
    /// Columns that are left out, as if no file had them.
    pub without: Vec<String>,
}

impl OpenOptions {
    /// Bytes of files' footers that stay at hand where nobody says.
    pub const FOOTERS: u64 = 48 << 20;
}
