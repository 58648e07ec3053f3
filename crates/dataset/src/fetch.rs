//! Bytes of the column chunks that matter, and nothing else.

use crate::mark::Mark;
use crate::open::{Dataset, OpenFile};
use crate::{DatasetError, footer};
use bytes::{Buf, Bytes};
use futures::future;
use graticule_columns::{Scan, ScanGroup, Source};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};
use std::ops::Range;
use std::sync::Arc;

/// Column chunks that are nearer than this are read in one request.
const GAP: u64 = 256 << 10;

/// The bytes of a row group that a question needs, ready to be decoded in slices.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub(crate) object: Arc<str>,
    pub(crate) etag: Arc<str>,
    pub(crate) footer: ArrowReaderMetadata,
    pub(crate) row_group: usize,
    pub(crate) rows: usize,
    /// Leaf columns that were fetched, with the name of the column they belong to.
    pub(crate) leaves: Vec<(String, usize)>,
    pub(crate) constants: Vec<u32>,
    pub(crate) held: Held,
    pub(crate) mark: Option<Mark>,
    bytes: u64,
    requests: u64,
}

impl Fetched {
    /// Bytes that were fetched.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Requests that were made.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Number of rows of the row group.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl Dataset {
    /// Fetches what a scan needs of a row group. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when the file is no longer the one that was planned for, others
    /// when the store fails.
    pub async fn fetch(&self, scan: &Scan, group: &ScanGroup) -> Result<Fetched, DatasetError> {
        let planned = &scan.files[group.file];
        let file = self.file(&planned.path, &planned.etag).await?;
        let metadata = file.footer.metadata();
        let changed = || DatasetError::Changed {
            path: planned.path.clone(),
        };
        let row_group = metadata
            .row_groups()
            .get(group.row_group)
            .filter(|g| u64::try_from(g.num_rows()) == Ok(group.rows))
            .ok_or_else(changed)?;
        let mark = file.mark()?;
        let names = columns(scan);
        let schema = metadata.file_metadata().schema_descr();
        let leaves: Vec<(String, usize)> = (0..row_group.num_columns())
            .filter_map(|leaf| {
                let name = schema.column(leaf).path().parts().first().cloned()?;
                // Residuals go with their coordinates.
                let owner = mark.as_ref().and_then(|m| m.owner(&name));
                let name = owner.map_or(name.clone(), str::to_owned);
                names.contains(&name.as_str()).then_some((name, leaf))
            })
            .collect();
        let ranges = leaves.iter().map(|(_, leaf)| {
            let (start, length) = row_group.column(*leaf).byte_range();
            start..start + length
        });
        let held = self.read_all(&file, ranges.collect()).await?;
        Ok(Fetched {
            object: planned.path.as_str().into(),
            etag: planned.etag.as_str().into(),
            footer: file.footer.clone(),
            row_group: group.row_group,
            rows: usize::try_from(group.rows).unwrap_or(usize::MAX),
            leaves,
            constants: group.constants.clone(),
            mark,
            bytes: held.parts.iter().map(|(_, b)| b.len() as u64).sum(),
            requests: held.parts.len() as u64,
            held,
        })
    }

    async fn read_all(
        &self,
        file: &OpenFile,
        ranges: Vec<Range<u64>>,
    ) -> Result<Held, DatasetError> {
        let reads = merge(ranges).into_iter().map(|range| async move {
            let bytes = footer::read(&self.place, &file.object, range.clone()).await?;
            Ok::<_, DatasetError>((range.start, bytes))
        });
        Ok(Held {
            size: file.object.size,
            parts: future::try_join_all(reads).await?,
        })
    }
}

/// Names of the file columns that a scan reads.
fn columns(scan: &Scan) -> Vec<&str> {
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
        // Coordinates are always read.
        Source::Constant { .. } | Source::H3 { .. } | Source::TileRow { .. } => None,
    }
}

/// Joins ranges that overlap or lie near each other.
fn merge(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|r| r.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end + GAP => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Some ranges of a file, to the Parquet reader the file.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    size: u64,
    /// Offset and bytes, ascending.
    parts: Vec<(u64, Bytes)>,
}

impl Held {
    fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let part = self.parts.partition_point(|(offset, _)| *offset <= start);
        let held = part.checked_sub(1).map(|i| &self.parts[i]);
        held.filter(|(offset, bytes)| start - offset <= bytes.len() as u64)
            .and_then(|(offset, bytes)| Some(bytes.slice(usize::try_from(start - offset).ok()?..)))
            .ok_or_else(|| {
                ParquetError::General(format!("offset {start} is outside what was fetched"))
            })
    }
}

impl Length for Held {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Held {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} reach beyond what was fetched"
            )));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_one_request() {
        let far = 10 * GAP;
        assert_eq!(
            merge(vec![far..far + 5, 0..10, 10 + GAP..20 + GAP]),
            [0..20 + GAP, far..far + 5]
        );
    }
}
