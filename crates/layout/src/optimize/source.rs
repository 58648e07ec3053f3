//! The source: its row groups, read as batches of rows with their keys' makings.

use super::error::{OptimizeError, Result};
use super::schema;
use super::{Optimize, Partition};
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use graticule_columns::{Chunk, DatasetMetadata, Keep, Scan, Source};
use graticule_dataset::{Dataset, Fetched, MARK_KEY, TILES_KEY, folder_of_both, group_of_rows};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use twox_hash::XxHash64;

/// Rows that are decoded at once.
const CHUNK_ROWS: usize = 1 << 14;

/// An open source.
pub(crate) struct Rows {
    runtime: Runtime,
    dataset: Dataset,
    pub(crate) scan: Arc<Scan>,
    /// Rows before each row group.
    firsts: Vec<u64>,
    /// The columns of the rows as they are sorted.
    pub(crate) sorted: SchemaRef,
    /// The same columns with the types that the source has them in.
    pub(crate) declared: SchemaRef,
}

/// Which source and options some work is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    /// Of the layout, and of the runs and journals that lead to it.
    version: u32,
    source: String,
    /// Hash of the dataset's fingerprint, and of the options that matter.
    hash: String,
}

const FINGERPRINT_VERSION: u32 = 4;

impl Fingerprint {
    /// As files say of themselves what they were made of.
    pub(crate) fn word(&self) -> String {
        format!("{}-{}", self.version, self.hash)
    }
}

impl Rows {
    pub(crate) fn open(url: &str, options: &Optimize) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("graticule-io")
            .enable_all()
            .build()
            .map_err(OptimizeError::Threads)?;
        let (dataset, first) = runtime.block_on(async {
            let dataset = Dataset::open(url, &options.open).await?;
            let first = dataset.arrow_schema().await?;
            Ok::<_, OptimizeError>((dataset, first))
        })?;
        let metadata = stored(dataset.metadata(), &first);
        let mut sources = vec![Source::FixedLon, Source::FixedLat];
        sources.extend(metadata.schema.time.iter().map(|_| Source::Time));
        let scan = Scan::everything(&metadata, sources, metadata.schema.file_columns());
        let mut before = 0;
        let firsts = scan.groups.iter().map(|group| {
            before += group.rows;
            before - group.rows
        });
        let declared = schema::declared(&first, &scan.schema);
        schema::check(&declared)?;
        Ok(Self {
            firsts: firsts.collect(),
            sorted: Arc::new(schema::sorted(&declared)),
            declared: Arc::new(declared),
            runtime,
            dataset,
            scan: Arc::new(scan),
        })
    }

    /// What there is to say of the source: what was guessed, and the columns that are left out.
    pub(crate) fn notes(&self) -> Vec<String> {
        let metadata = self.dataset.metadata();
        let left_out = metadata.schema.set_aside.iter();
        let left_out = left_out.map(|c| format!("column '{}' is left out: {}", c.name, c.reason));
        let warnings = metadata.notes.iter().filter(|note| note.is_warning);
        warnings
            .map(|note| note.text.clone())
            .chain(left_out)
            .collect()
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.scan.rows()
    }

    /// The folders that fit it.
    pub(crate) fn fit(&self) -> Partition {
        Partition::fit(self.dataset.metadata())
    }

    /// Whether the source and a destination lie in one another.
    pub(crate) fn meets(&self, destination: &Path) -> bool {
        self.dataset.meets(destination)
    }

    /// What there is to say of a destination beside a source that is one file.
    pub(crate) fn note_of_both(&self, source: &str, destination: &Path) -> Option<String> {
        let [file] = &self.dataset.metadata().files[..] else {
            return None;
        };
        // As it was spelled, where that is a path: a link to it may lie elsewhere. Those of a store do not begin so.
        let known = Path::new(&file.path);
        let named = match Path::new(source) {
            path if path.is_file() => path,
            _ if known.is_absolute() => known,
            _ => return None,
        };
        let folder = folder_of_both(named, destination)?;
        Some(format!(
            "'{}' holds these rows twice now: ask '{}' or '{source}', not the folder",
            folder.display(),
            destination.display()
        ))
    }

    /// Bytes of the files.
    pub(crate) fn bytes(&self) -> u64 {
        self.dataset.metadata().files.iter().map(|f| f.size).sum()
    }

    pub(crate) fn fingerprint(&self, options: &Optimize) -> Fingerprint {
        let files = self.dataset.fingerprint();
        let roles = (
            &self.scan.schema.lon.name,
            &self.scan.schema.lat.name,
            &self.scan.schema.lon.unit,
            &self.scan.schema.time,
        );
        let how = (
            options.scale(),
            options.sort,
            options.coordinates,
            options.lossy,
            &options.open.without,
        );
        let text = serde_json::to_string(&(files, roles, how)).unwrap_or_default();
        Fingerprint {
            version: FINGERPRINT_VERSION,
            source: self.scan.url.clone(),
            hash: format!("{:016x}", XxHash64::oneshot(0, text.as_bytes())),
        }
    }

    /// The number of a row of a row group among all rows.
    pub(crate) fn number(&self, group: usize, row: usize) -> u64 {
        self.firsts[group] + row as u64
    }

    /// Rows of a row group in pieces of at most so many bytes, where a page index tells how; nothing where it does not.
    pub(crate) fn cut(
        &self,
        group: usize,
        rows: Range<usize>,
        most: u64,
    ) -> Result<Option<Vec<Range<usize>>>> {
        let group = &self.scan.groups[group];
        let cut = self.dataset.cut(&self.scan, group, rows, most);
        Ok(self.runtime.block_on(cut)?)
    }

    /// Fetches a row group, or of a piece of it the pages that hold the rows.
    pub(crate) fn fetch(&self, group: usize, rows: &Range<usize>) -> Result<Arc<Fetched>> {
        let group = &self.scan.groups[group];
        let piece = (rows.len() as u64) < group.rows;
        let piece = piece.then(|| group_of_rows(group, rows));
        let fetch = self
            .dataset
            .fetch(&self.scan, piece.as_ref().unwrap_or(group));
        Ok(self.runtime.block_on(fetch)?)
    }

    /// Calls `take` with rows of a row group, chunk by chunk: the chunk's x, y and perhaps time, the rows in the
    /// columns of [`Self::sorted`], and where they lie. Of rows deleted among them nothing is said: what is
    /// left of several stretches is one chunk, as many rows as without deletions.
    pub(crate) fn read(
        &self,
        fetched: &Arc<Fetched>,
        group: usize,
        rows: Range<usize>,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let kept = self.scan.groups[group].kept.as_deref();
        let mut chunks = fetched.chunks(&self.scan, rows, CHUNK_ROWS, Keep::Gathered)?;
        let file = &self.scan.files[self.scan.groups[group].file];
        while let Some(next) = chunks.next_carried() {
            let (chunk, batch) = next?;
            let wrong = |e: arrow::error::ArrowError| graticule_dataset::DatasetError::Data {
                path: file.path.clone(),
                row_group: self.scan.groups[group].row_group,
                reason: e.to_string(),
            };
            let batch = schema::rows(&self.sorted, &self.scan.schema, &batch, &file.partitions);
            let first = chunk.origin.first_row;
            let end = end_of(kept, first, chunk.len());
            take(&chunk, batch.map_err(wrong)?, first..end)?;
        }
        Ok(())
    }
}

/// What takes a chunk of rows: its x, y and perhaps time, its columns, and where they lie in the row group.
type Take<'a> = dyn FnMut(&Chunk, RecordBatch, Range<usize>) -> Result<()> + 'a;

/// The row after so many rows from a first one on, of which only the kept ones count: `None` for all.
fn end_of(kept: Option<&[Range<u64>]>, first: usize, rows: usize) -> usize {
    let Some(kept) = kept else {
        return first + rows;
    };
    let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
    let (mut end, mut left) = (first, rows);
    let begun = kept.partition_point(|range| row(range.end) <= first);
    for range in &kept[begun..] {
        if left == 0 {
            break;
        }
        let from = row(range.start).max(first);
        let taken = left.min(row(range.end) - from);
        (end, left) = (from + taken, left - taken);
    }
    end
}

/// What is known of the columns that are to be kept; the others are made of them.
fn stored(metadata: &DatasetMetadata, kept: &Schema) -> DatasetMetadata {
    let mut metadata = metadata.clone();
    let roles = 2 + usize::from(metadata.schema.time.is_some());
    let attributes = metadata.schema.attributes.iter();
    let is_kept: Vec<bool> = std::iter::repeat_n(true, roles)
        .chain(attributes.map(|a| kept.column_with_name(&a.name).is_some()))
        .collect();
    let mut places = is_kept[roles..].iter();
    metadata
        .schema
        .attributes
        .retain(|_| places.next() == Some(&true));
    for group in metadata.files.iter_mut().flat_map(|f| &mut f.row_groups) {
        let places = is_kept.iter().zip(group.columns.iter());
        let kept = places.filter_map(|(kept, column)| kept.then_some(column));
        group.columns = kept.collect();
    }
    metadata
}

/// The schema without what describes the rows' storage and no longer holds.
pub(crate) fn described(schema: &Schema) -> Schema {
    let mut metadata = schema.metadata.clone();
    // It speaks of indexes of rows and of float columns.
    metadata.remove("pandas");
    // Of the source, where that is in the layout.
    metadata.remove(MARK_KEY);
    metadata.remove(TILES_KEY);
    // It describes a geometry, where the points stand for that now.
    let geo = metadata
        .get("geo")
        .and_then(|geo| serde_json::from_str(geo).ok());
    let primary = geo
        .as_ref()
        .and_then(|geo: &serde_json::Value| geo.get("primary_column")?.as_str());
    if primary.is_none_or(|name| schema.column_with_name(name).is_none()) {
        metadata.remove("geo");
    }
    Schema::new_with_metadata(schema.fields().clone(), metadata)
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn rows_that_are_left_of_stretches_end_where_the_last_one_lies() {
        assert_eq!(end_of(None, 3, 4), 7);
        let kept = [2..5, 8..9, 20..40];
        // Rows 2, 3 and 4; then 8; then 20 and 21.
        assert_eq!(end_of(Some(&kept), 2, 3), 5);
        assert_eq!(end_of(Some(&kept), 2, 4), 9);
        assert_eq!(end_of(Some(&kept), 2, 6), 22);
        // From the middle of one, and from between two.
        assert_eq!(end_of(Some(&kept), 4, 2), 9);
        assert_eq!(end_of(Some(&kept), 21, 5), 26);
        assert_eq!(end_of(Some(&kept), 6, 1), 9);
    }
}
