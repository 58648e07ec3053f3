use crate::{Column, Degrees};
use arrow_buffer::BooleanBuffer;
use std::ops::Range;
use std::sync::Arc;

/// Where the rows of a chunk came from. Two chunks with equal origins and lengths hold the same
/// rows, so this is also the identity under which columns stay on a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowOrigin {
    /// What tells the store from others: objects of the same name in two of them are not the same.
    pub store: Arc<str>,
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

/// Which rows of a row group become chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of a range, so that equal ranges are equal chunks; those without a row that matters are left out.
    All,
    /// Those that may matter: a chunk may have rows from several ranges, and of its origin only the first row is so.
    Gathered,
}

/// The source coordinates of all or of a few rows of a chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactRows {
    /// Row numbers within the chunk, ascending; `None` for all rows.
    pub rows: Option<Vec<u32>>,
    /// Longitudes in degrees, one a row.
    pub lon: Degrees,
    /// Latitudes in degrees, one a row.
    pub lat: Degrees,
}

impl ExactRows {
    /// Of no row.
    pub fn none() -> Self {
        Self {
            rows: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Of the given rows of those that all coordinates are of.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn some(rows: Vec<u32>, lon: &[f64], lat: &[f64]) -> Self {
        let of = |all: &[f64]| rows.iter().map(|&row| all[row as usize]).collect();
        Self {
            lon: of(lon),
            lat: of(lat),
            rows: Some(rows),
        }
    }

    /// As [`some`](Self::some), of those that lie in any way; rows that are out of range have none.
    pub fn among(rows: Vec<u32>, lon: &Degrees, lat: &Degrees) -> Self {
        let point = |row: &u32| lon.get(*row as usize).zip(lat.get(*row as usize));
        let points: Vec<Option<(f64, f64)>> = rows.iter().map(point).collect();
        let held = rows
            .iter()
            .zip(&points)
            .filter(|(_, point)| point.is_some());
        Self {
            rows: Some(held.map(|(row, _)| *row).collect()),
            lon: points.iter().flatten().map(|point| point.0).collect(),
            lat: points.iter().flatten().map(|point| point.1).collect(),
        }
    }

    /// The source longitude and latitude of a row, if kept.
    #[inline]
    pub fn get(&self, row: u32) -> Option<(f64, f64)> {
        let at = match &self.rows {
            None => row as usize,
            Some(rows) => rows.binary_search(&row).ok()?,
        };
        Some((self.lon.get(at)?, self.lat.get(at)?))
    }

    /// Those of some rows, numbered from the first of them.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has fewer than 2^32 rows"
    )]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let part = match &self.rows {
            None => range.clone(),
            Some(rows) => {
                let from = rows.partition_point(|r| (*r as usize) < range.start);
                from..rows.partition_point(|r| (*r as usize) < range.end)
            }
        };
        let first = range.start as u32;
        let renumbered = |rows: &Vec<u32>| rows[part.clone()].iter().map(|r| r - first).collect();
        Self {
            rows: self.rows.as_ref().map(renumbered),
            lon: self.lon.slice(part.clone()),
            lat: self.lat.slice(part),
        }
    }

    /// Those of the rows at the given places, numbered by their place in the list.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has fewer than 2^32 rows"
    )]
    fn take(&self, places: &[u32]) -> Self {
        let (mut rows, mut lon, mut lat) = (Vec::new(), Vec::new(), Vec::new());
        for (new, &old) in places.iter().enumerate() {
            if let Some(point) = self.get(old) {
                rows.push(new as u32);
                lon.push(point.0);
                lat.push(point.1);
            }
        }
        Self {
            rows: Some(rows),
            lon: lon.into(),
            lat: lat.into(),
        }
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
    /// Source coordinates of all rows, as they are decoded, or of those that may be asked for again.
    pub exact: ExactRows,
    /// Texts that the chunk is the first of its row group to hold, by the hash that stands for them
    /// in the columns of [`Source::Text`](crate::Source::Text).
    pub texts: Vec<(u64, String)>,
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
        self.columns.iter().map(Column::bytes).sum::<usize>()
            + self.exact.rows.as_ref().map_or(0, |r| 20 * r.len())
    }

    /// The rows at the given places, ascending, as a chunk of their own; it keeps their source
    /// coordinates. Its origin is that of the whole chunk with the new length.
    ///
    /// # Panics
    /// When a place is out of range.
    #[must_use]
    pub fn take(&self, places: &[u32]) -> Self {
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
            exact: self.exact.take(places),
            texts: self.texts.clone(),
        }
    }
}
