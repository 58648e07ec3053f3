use crate::Column;
use arrow_buffer::BooleanBuffer;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where the rows of a chunk came from. Two chunks with equal origins and lengths hold the same
/// rows, so this is also the identity under which columns stay on a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowOrigin {
    /// Path of the object in its store.
    pub object: Arc<str>,
    /// What the store calls this version of the object.
    pub etag: Arc<str>,
    /// Index of the row group in the file.
    pub row_group: usize,
    /// First row, counted from the beginning of the row group.
    pub first_row: usize,
    /// Number of rows.
    pub rows: usize,
}

/// Cells whose rows a question may have to ask again in f64, such as those of a bbox's edges.
/// Whoever makes chunks keeps the source coordinates of the rows in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Cells of longitude.
    pub x: Vec<u32>,
    /// Cells of latitude.
    pub y: Vec<u32>,
}

/// The source coordinates of a few rows of a chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactRows {
    /// Row numbers within the chunk, ascending.
    pub rows: Vec<u32>,
    /// Longitudes in degrees, one a row.
    pub lon: Vec<f64>,
    /// Latitudes in degrees, one a row.
    pub lat: Vec<f64>,
}

impl ExactRows {
    /// The source longitude and latitude of a row, if kept.
    pub fn get(&self, row: u32) -> Option<(f64, f64)> {
        let at = self.rows.binary_search(&row).ok()?;
        Some((self.lon[at], self.lat[at]))
    }
}

/// The unit of work: equally long columns of one row range.
///
/// Column 0 is the fixed-point longitude, column 1 the latitude, further ones are what the question
/// asked for, in its order.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Where the rows came from.
    pub origin: RowOrigin,
    /// The columns.
    pub columns: Vec<Column>,
    /// A set bit for each row whose coordinates are a point; `None` when all are.
    pub valid: Option<BooleanBuffer>,
    /// Source coordinates of the rows in watched cells.
    pub exact: ExactRows,
}

impl Chunk {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.origin.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows whose coordinates are no point.
    pub fn invalid(&self) -> usize {
        self.valid
            .as_ref()
            .map_or(0, |v| v.len() - v.count_set_bits())
    }

    /// Bytes of the columns in memory.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum::<usize>() + 20 * self.exact.rows.len()
    }

    /// The rows at the given places, ascending, as a chunk of their own; it keeps their source
    /// coordinates. Its origin is that of the whole chunk with the new length.
    ///
    /// # Panics
    /// When a place is out of range.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has fewer than 2^32 rows"
    )]
    pub fn take(&self, places: &[u32]) -> Self {
        let mut exact = ExactRows::default();
        for (new, &old) in places.iter().enumerate() {
            if let Some((lon, lat)) = self.exact.get(old) {
                exact.rows.push(new as u32);
                exact.lon.push(lon);
                exact.lat.push(lat);
            }
        }
        Self {
            origin: RowOrigin {
                rows: places.len(),
                ..self.origin.clone()
            },
            columns: self.columns.iter().map(|c| c.take(places)).collect(),
            valid: self
                .valid
                .as_ref()
                .map(|v| places.iter().map(|&p| v.value(p as usize)).collect()),
            exact,
        }
    }
}
