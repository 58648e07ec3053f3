//! The mark that a file of the graticule layout carries, by which readers find the way back.

use crate::file::contents::Contents;
use graticule_columns::{TileSlot, TimeUnit, requoted};
use serde::{Deserialize, Serialize};

/// The key of the mark in a Parquet file's key-value metadata; its value is JSON.
pub const MARK_KEY: &str = "graticule.layout";
/// The version that this graticule writes, and the only one it reads.
pub const MARK_VERSION: u32 = 1;

/// What the name of a folder says of rows without a time, and of times beyond the calendar. It is not what Hive
/// writes, `__HIVE_DEFAULT_PARTITION__`: pandas opens no dataset that has that beside texts.
pub const NO_TIME: &str = "null";

/// What a file of the graticule layout says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// [`MARK_VERSION`].
    pub version: u32,
    /// How rows are ordered within a partition: `hilbert`, `geohash` or `none`.
    pub sort: String,
    /// What a folder holds: `hour`, `day`, `week` or `month` of the time in UTC; nothing where the
    /// source has no time column.
    pub partition: Option<String>,
    /// The folders' column.
    pub folder: Option<String>,
    /// Longitudes.
    pub lon: MarkedCoordinate,
    /// Latitudes.
    pub lat: MarkedCoordinate,
    /// Name of the time column.
    pub time: Option<String>,
    /// What the times count, where they are whole numbers without a unit of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<TimeUnit>,
    /// Rows of each page, and of each tile of the statistics.
    pub page_rows: u32,
    /// Whether every coordinate comes back as the source's very bits.
    pub exact: bool,
    /// Of which source, by which settings: equal only where a second run would write the same.
    #[serde(default)]
    pub made_of: String,
    /// Rows of the file without a point.
    #[serde(default)]
    pub invalid: u64,
}

/// A coordinate column of the layout: decimals of seven places, or floats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedCoordinate {
    /// The column's name.
    pub name: String,
    /// Whether the source had 32-bit floats, else it had 64-bit ones.
    pub is_f32: bool,
    /// Whether the column holds these floats as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_float: bool,
    /// The column of residuals of decimals; nothing where all are 0.
    pub residual: Option<String>,
}

/// The key of the statistics in a Parquet file's key-value metadata; its value is a [`TilesMark`] in
/// JSON.
pub const TILES_KEY: &str = "graticule.tiles";

/// Where a file of the graticule layout has the statistics of its tiles, and what they are: one record
/// batch of an Arrow stream, a partial whose groups are the tiles and whose first digit is their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TilesMark {
    /// Where the stream begins in the file.
    pub offset: u64,
    /// Its bytes.
    pub bytes: u64,
    /// `XxHash64` of them, seed 0.
    pub hash: u64,
    /// Rows of each tile but the last: tile `i` holds the file's rows from `i * tile_rows` on.
    pub tile_rows: u32,
    /// What the slots of the partial's accumulators are.
    pub slots: Vec<TileSlot>,
}

impl TilesMark {
    /// The statistics of a file, if it has some that can be read.
    pub(crate) fn of(contents: &Contents) -> Option<Self> {
        // Copied to an Arrow file, the key would point into another one.
        let Contents::Parquet(_) = contents else {
            return None;
        };
        serde_json::from_str(contents.value(TILES_KEY)?).ok()
    }
}

impl Mark {
    /// The mark of a file, or nothing where it has none; the reason where it cannot be read.
    pub(crate) fn of(contents: &Contents) -> Result<Option<Self>, String> {
        let Some(text) = contents.value(MARK_KEY) else {
            return Ok(None);
        };
        // The version first, for another one may have other fields.
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let wrong =
            |e: serde_json::Error| format!("its {MARK_KEY} cannot be read: {}", requoted(e));
        let Version { version } = serde_json::from_str(text).map_err(wrong)?;
        if version != MARK_VERSION {
            return Err(format!(
                "it is of version {version} of the graticule layout, and this graticule reads {MARK_VERSION}"
            ));
        }
        serde_json::from_str(text).map(Some).map_err(wrong)
    }

    pub(crate) fn coordinates(&self) -> [&MarkedCoordinate; 2] {
        [&self.lon, &self.lat]
    }

    /// A coordinate that is in decimals.
    pub(crate) fn decimals(&self, column: &str) -> Option<&MarkedCoordinate> {
        let mut coordinates = self.coordinates().into_iter();
        coordinates.find(|c| c.name == column && !c.is_float)
    }

    /// The coordinate whose residuals a column holds.
    pub(crate) fn owner(&self, column: &str) -> Option<&str> {
        let of = |c: &&MarkedCoordinate| c.residual.as_deref() == Some(column);
        let found = self.coordinates().into_iter().find(of);
        found.map(|c| c.name.as_str())
    }
}
