//! Page indexes: read for the files of a scan, and turned into pages.

use crate::contents::Contents;
use crate::footer::{self, Ends, Role};
use crate::guard::guarded;
use crate::open::{Dataset, OpenFile};
use crate::store::{Object, Place};
use crate::{DatasetError, coordinates};
use futures::{StreamExt, TryStreamExt, stream};
use graticule_columns::{Page, Pages, Scan, ScanFile};
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::schema::types::ColumnDescriptor;
use std::sync::Arc;

/// Files whose page indexes are read at the same time.
const IN_FLIGHT: usize = 32;
/// From a remote store, what is less than this is not worth another request.
const WORTH_BYTES: u64 = 256 << 10;

impl Dataset {
    /// What page indexes say of a scan's row groups, one entry for each: `None` where a file has
    /// none, or where its columns at the places `tested` have no pages' bounds. Must be awaited
    /// within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when a file is no longer the one that was planned for, others when
    /// the store fails. A damaged page index is none.
    pub async fn pages(
        &self,
        scan: &Scan,
        tested: &[usize],
    ) -> Result<Vec<Option<Pages>>, DatasetError> {
        if self.ignores_statistics {
            return Ok(vec![None; scan.groups.len()]);
        }
        let names: Vec<&str> = scan.schema.file_columns().collect();
        let tested: Vec<&str> = tested
            .iter()
            .filter_map(|&c| names.get(c).copied())
            .collect();
        let mut groups = vec![Vec::new(); scan.files.len()];
        for (place, group) in scan.groups.iter().enumerate() {
            groups[group.file].push(place);
        }
        let roles = footer::roles(&scan.schema);
        let (tested, roles) = (&tested, &roles);
        let files = scan
            .files
            .iter()
            .zip(groups)
            .map(|(planned, groups)| async move {
                let bytes: u64 = groups.iter().map(|&place| scan.groups[place].bytes).sum();
                let is_worth = bytes >= WORTH_BYTES || (bytes > 0 && !self.place.is_remote());
                let file = match is_worth && !tested.is_empty() {
                    true => self.bounded(planned, tested).await?,
                    false => None,
                };
                // The file itself need not be held any longer.
                let of = |place: usize| {
                    let row_group = scan.groups[place].row_group;
                    // An index with too few entries makes its reader panic; then nothing is known.
                    let known =
                        |file: &OpenFile| guarded(|| pages(file, row_group, roles)).ok().flatten();
                    (place, file.as_deref().and_then(known))
                };
                Ok::<_, DatasetError>(groups.into_iter().map(of).collect::<Vec<_>>())
            });
        // Collected, for a spawned task cannot hold the closure.
        let files: Vec<_> = files.collect();
        let mut found = vec![None; scan.groups.len()];
        let mut read = stream::iter(files).buffered(IN_FLIGHT);
        while let Some(groups) = read.try_next().await? {
            for (place, pages) in groups {
                found[place] = pages;
            }
        }
        Ok(found)
    }

    /// A file with its page index, where that has bounds of one of the columns.
    async fn bounded(
        &self,
        planned: &ScanFile,
        tested: &[&str],
    ) -> Result<Option<Arc<OpenFile>>, DatasetError> {
        let file = self.file(planned).await?;
        let Contents::Parquet(footer) = &file.contents else {
            return Ok(None);
        };
        let has_bounds = footer.metadata().row_groups().iter().any(|group| {
            let mut leaves = tested.iter().filter_map(|name| file.view.leaf(group, name));
            leaves.any(|leaf| group.column(leaf).column_index_offset().is_some())
        });
        match has_bounds {
            true => self.indexed(planned).await.map(Some),
            false => Ok(None),
        }
    }

    /// A file of a scan with its page index, as far as it has one.
    pub(crate) async fn indexed(&self, planned: &ScanFile) -> Result<Arc<OpenFile>, DatasetError> {
        let file = self.file(planned).await?;
        let footer = match &file.contents {
            Contents::Parquet(footer) if !file.is_indexed => footer,
            _ => return Ok(file),
        };
        let _alone = self.turns.of(&planned.path).await;
        if let Some(file) = self.remembered(&planned.path).filter(|f| f.is_indexed) {
            return Ok(file);
        }
        let (footer, bytes, requests) = read_index(&self.place, &file.object, footer).await?;
        self.note_opening(bytes, requests);
        let file = Arc::new(OpenFile {
            object: file.object.clone(),
            contents: Contents::Parquet(footer),
            view: file.view.clone(),
            is_indexed: true,
            tiles: file.tiles.clone(),
        });
        self.remember(file.clone());
        Ok(file)
    }
}

/// The footer with the page index.
async fn read_index(
    place: &Place,
    object: &Object,
    before: &ArrowReaderMetadata,
) -> Result<(ArrowReaderMetadata, u64, u64), DatasetError> {
    let (mut bytes, mut requests) = (0, 0);
    let metadata = before.metadata();
    let begun =
        ParquetMetaDataPushDecoder::try_new_with_metadata(object.size, metadata.as_ref().clone());
    let Ok(decoder) = begun else {
        return Ok((before.clone(), 0, 0));
    };
    let mut decoder = decoder.with_page_index_policy(PageIndexPolicy::Optional);
    loop {
        // A damaged index may make the decoder panic; without it the file is as good as before.
        let step = guarded(|| decoder.try_decode());
        let ranges = match step {
            Ok(Ok(DecodeResult::NeedsData(ranges))) => ranges,
            Ok(Ok(DecodeResult::Data(metadata))) => {
                let options = ArrowReaderOptions::new().with_schema(before.schema().clone());
                let footer = guarded(|| {
                    let footer = ArrowReaderMetadata::try_new(Arc::new(metadata), options).ok();
                    footer.filter(|f| is_sound(f.metadata(), object.size))
                });
                let footer = footer.ok().flatten();
                let footer = footer.unwrap_or_else(|| before.clone());
                return Ok((footer, bytes, requests));
            }
            _ => return Ok((before.clone(), bytes, requests)),
        };
        let is_inside = |r: &std::ops::Range<u64>| r.start < r.end && r.end <= object.size;
        if !ranges.iter().all(is_inside) {
            return Ok((before.clone(), bytes, requests));
        }
        let mut buffers = Vec::with_capacity(ranges.len());
        for range in &ranges {
            let (buffer, tries) = place.read(object, range.clone()).await?;
            bytes += range.end - range.start;
            requests += tries;
            buffers.push(buffer);
        }
        if decoder.push_ranges(ranges, buffers).is_err() {
            return Ok((before.clone(), bytes, requests));
        }
    }
}

/// Whether all pages lie in their column chunks, in order, for what is read follows the index.
fn is_sound(metadata: &ParquetMetaData, size: u64) -> bool {
    let Some(index) = metadata.offset_index() else {
        return true;
    };
    let groups = metadata.row_groups();
    index.len() == groups.len()
        && index.iter().zip(groups).all(|(columns, group)| {
            columns.len() == group.num_columns()
                && columns.iter().zip(group.columns()).all(|(pages, column)| {
                    let (start, length) = column.byte_range();
                    let end = start.saturating_add(length).min(size);
                    is_in_order(pages.page_locations(), start..end, group.num_rows())
                })
        })
}

fn is_in_order(pages: &[PageLocation], within: std::ops::Range<u64>, rows: i64) -> bool {
    let mut at = within.start;
    let mut row = -1;
    pages.iter().all(|page| {
        let begin = u64::try_from(page.offset).ok();
        let bytes = u64::try_from(page.compressed_page_size).ok();
        let end = begin.zip(bytes).and_then(|(b, n)| b.checked_add(n));
        let is_next = begin.is_some_and(|b| b >= at)
            && end.is_some_and(|e| e <= within.end)
            && (row >= 0 || page.first_row_index == 0)
            && page.first_row_index > row
            && page.first_row_index < rows.max(1);
        at = end.unwrap_or(u64::MAX);
        row = page.first_row_index;
        is_next
    })
}

fn pages(file: &OpenFile, row_group: usize, roles: &[Role<'_>]) -> Option<Pages> {
    let Contents::Parquet(footer) = &file.contents else {
        return None;
    };
    let metadata = footer.metadata();
    let locations = metadata.offset_index()?.get(row_group)?;
    let bounds = metadata.column_index().and_then(|i| i.get(row_group));
    let group = metadata.row_groups().get(row_group)?;
    let column = |role: &Role<'_>| {
        // The pages of a column's several leaves need not be aligned.
        let leaf = file.view.leaf(group, role.name)?;
        let (_, own) = file.view.fields().find(role.name)?;
        let own = own.data_type();
        let descriptor = group.column(leaf).column_descr();
        let index = bounds.and_then(|b| b.get(leaf));
        let pages = locations.get(leaf)?.page_locations();
        let page = |(place, page): (usize, &PageLocation)| {
            let index = index.filter(|i| !matches!(i, ColumnIndexMetaData::NONE));
            let index = index.filter(|i| i.num_pages() == pages.len() as u64);
            let ends = index.and_then(|i| ends(i, place, descriptor));
            let ends = ends.and_then(|e| file.view.floats_of(role.name, descriptor, e));
            let nulls = index.and_then(|i| i.null_count(place));
            let nulls = nulls.filter(|_| role.unit.is_none() && !role.gains_nulls(own));
            Page {
                first_row: u64::try_from(page.first_row_index).unwrap_or(0),
                bytes: u64::try_from(page.compressed_page_size).unwrap_or(0),
                bounds: ends.and_then(|ends| footer::bounds(role, own, ends)),
                nulls: nulls.and_then(|n| u64::try_from(n).ok()),
            }
        };
        let pages: Vec<Page> = pages.iter().enumerate().map(page).collect();
        (!pages.is_empty()).then_some(pages)
    };
    Some(Pages {
        columns: roles.iter().map(column).collect(),
    })
}

fn ends(index: &ColumnIndexMetaData, page: usize, leaf: &ColumnDescriptor) -> Option<Ends> {
    Some(match index {
        ColumnIndexMetaData::INT32(i) => Ends::Int32(*i.min_value(page)?, *i.max_value(page)?),
        ColumnIndexMetaData::INT64(i) => Ends::Int64(*i.min_value(page)?, *i.max_value(page)?),
        ColumnIndexMetaData::FLOAT(i) => Ends::Float(*i.min_value(page)?, *i.max_value(page)?),
        ColumnIndexMetaData::DOUBLE(i) => Ends::Double(*i.min_value(page)?, *i.max_value(page)?),
        ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(i) | ColumnIndexMetaData::BYTE_ARRAY(i)
            if coordinates::scale(leaf).is_some() =>
        {
            footer::decimal_ends(leaf, i.min_value(page)?, i.max_value(page)?)?
        }
        _ => return None,
    })
}
