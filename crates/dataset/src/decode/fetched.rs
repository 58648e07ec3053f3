//! Bytes of a row group that were fetched, and which columns of the file they are of.

use crate::decode::absent::Absent;
use crate::decode::held::Held;
use crate::decode::ipc;
use crate::file::view::View;
use graticule_columns::{Scan, Source};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of a row group that a question needs, ready to be decoded in slices.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub(crate) store: Arc<str>,
    pub(crate) object: Arc<str>,
    pub(crate) etag: Arc<str>,
    pub(crate) row_group: usize,
    pub(crate) rows: usize,
    /// The rows whose pages were fetched; all of them where nothing is said.
    pub(crate) kept: Option<Vec<Range<u64>>>,
    /// The places in the file of the columns that were fetched, with the names of those they belong to.
    pub(crate) places: Vec<(String, usize)>,
    /// Columns that are needed and that the file lacks.
    pub(crate) absent: Vec<Absent>,
    pub(crate) constants: Vec<u32>,
    pub(crate) encoded: Encoded,
    pub(crate) view: View,
    pub(crate) bytes: u64,
    pub(crate) at_hand: u64,
    pub(crate) requests: u64,
}

/// Columns as the file has them.
#[derive(Debug, Clone)]
pub(crate) enum Encoded {
    Parquet(ArrowReaderMetadata, Held),
    Ipc(Arc<ipc::Encoded>),
}

impl Fetched {
    /// Bytes that were fetched.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that were at hand from an earlier fetch.
    pub fn at_hand(&self) -> u64 {
        self.at_hand
    }

    /// Requests that were made, those that failed and were made again included.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Number of rows of the row group.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// Names of the file columns that a scan reads.
pub(crate) fn columns(scan: &Scan) -> Vec<&str> {
    scan.sources
        .iter()
        .filter_map(|s| column(scan, s))
        .chain(scan.carried.iter().map(String::as_str))
        .collect()
}

/// Name of the file column that a slot comes from, if from one.
pub(crate) fn column<'a>(scan: &'a Scan, source: &'a Source) -> Option<&'a str> {
    match source {
        Source::FixedLon => Some(scan.schema.lon.name.as_str()),
        Source::FixedLat => Some(scan.schema.lat.name.as_str()),
        Source::Time | Source::Calendar(_) => scan.schema.time.as_ref().map(|t| t.name.as_str()),
        Source::Value { name, .. } | Source::Text { name } | Source::Matches { name, .. } => {
            Some(name.as_str())
        }
        // Coordinates are always read, and what others are composed of has slots of its own.
        Source::Constant { .. }
        | Source::H3 { .. }
        | Source::TileRow { .. }
        | Source::Nearest(_)
        | Source::Where { .. }
        | Source::Holds(_)
        | Source::Bins { .. }
        | Source::Among { .. }
        | Source::Order { .. } => None,
    }
}
