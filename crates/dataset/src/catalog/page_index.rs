//! Page indexes of files, turned into pages.

use crate::DatasetError;
use crate::catalog::bounds::{self, Role};
use crate::catalog::open_file::OpenFile;
use crate::file::contents::Contents;
use crate::file::coordinates;
use crate::file::footer::{self, Ends};
use crate::file::guard::guarded;
use crate::store::{Object, StoreRoot};
use graticule_columns::{Page, Pages};
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::schema::types::ColumnDescriptor;
use std::sync::Arc;

/// The footer with the page index.
pub(crate) async fn read_index(
    place: &StoreRoot,
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

pub(crate) fn pages(file: &OpenFile, row_group: usize, roles: &[Role<'_>]) -> Option<Pages> {
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
                bounds: ends.and_then(|ends| bounds::bounds(role, own, ends)),
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
