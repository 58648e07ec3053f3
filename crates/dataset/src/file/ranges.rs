//! Which ranges of a Parquet file hold what a scan reads, and which of them are one request.

use graticule_columns::{ScanGroup, overlaps};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::page_index::offset_index::PageLocation;
use std::ops::Range;

/// The ranges of a leaf column that a scan reads of a row group.
pub(crate) fn ranges_of(
    footer: &ArrowReaderMetadata,
    group: &ScanGroup,
    leaf: usize,
) -> Vec<Range<u64>> {
    let metadata = footer.metadata();
    let (start, length) = metadata
        .row_group(group.row_group)
        .column(leaf)
        .byte_range();
    let pages = metadata
        .offset_index()
        .and_then(|i| i.get(group.row_group)?.get(leaf));
    let whole = start..start + length;
    match (&group.kept, pages) {
        (Some(kept), Some(pages)) => kept_ranges(
            start..start + length,
            pages.page_locations(),
            kept,
            group.rows,
        ),
        _ => vec![whole],
    }
}

/// The ranges of the pages with rows that are kept, and of the dictionary before them.
fn kept_ranges(
    whole: Range<u64>,
    pages: &[PageLocation],
    kept: &[Range<u64>],
    rows: u64,
) -> Vec<Range<u64>> {
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let Some(first) = pages.first() else {
        return vec![whole];
    };
    let mut ranges = Vec::new();
    if number(first.offset) > whole.start {
        ranges.push(whole.start..number(first.offset));
    }
    for (i, page) in pages.iter().enumerate() {
        let next = pages.get(i + 1);
        let of = number(page.first_row_index)..next.map_or(rows, |n| number(n.first_row_index));
        if overlaps(kept, &of) {
            let start = number(page.offset);
            ranges.push(start..start + number(page.compressed_page_size.into()));
        }
    }
    ranges
}

/// Joins ranges that overlap or lie near each other.
pub(crate) fn merge(mut ranges: Vec<Range<u64>>, gap: u64) -> Vec<Range<u64>> {
    ranges.sort_by_key(|r| r.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end + gap => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_one_request() {
        assert_eq!(merge(vec![100..105, 0..10, 14..20], 4), [0..20, 100..105]);
        assert_eq!(merge(vec![0..10, 15..20], 4), [0..10, 15..20]);
    }

    #[test]
    fn only_pages_that_matter_are_fetched() {
        let page = |offset, first_row_index| PageLocation {
            offset,
            compressed_page_size: 10,
            first_row_index,
        };
        let pages = [page(120, 0), page(130, 5), page(140, 9)];
        let ranges = |kept: &[Range<u64>]| kept_ranges(100..150, &pages, kept, 12);
        assert_eq!(ranges(&[5..8, 8..9]), [100..120, 130..140]);
        assert_eq!(
            ranges(&[4..6, 11..12]),
            [100..120, 120..130, 130..140, 140..150]
        );
        assert_eq!(
            kept_ranges(120..150, &pages, &[4..5, 9..10], 12),
            [120..130, 140..150]
        );
    }
}
