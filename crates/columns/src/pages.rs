//! Pages of column chunks, where a file's page index tells of them.

use crate::Bounds;
use std::ops::Range;

/// What a page index says of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Its first row, counted from the beginning of the row group.
    pub first_row: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Least and greatest value that is not null, where the index tells.
    pub bounds: Option<Bounds>,
    /// Number of nulls, where the index tells.
    pub nulls: Option<u64>,
}

/// What a page index says of a row group's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// One for each of [`Schema::file_columns`](crate::Schema::file_columns): its pages in order, the
    /// first of which begins at row 0. `None` where nothing is known of them.
    pub columns: Vec<Option<Vec<Page>>>,
}

impl Pages {
    /// The rows of a page of a column in a row group of so many rows.
    ///
    /// # Panics
    /// When there is no such page.
    pub fn rows(pages: &[Page], page: usize, rows: u64) -> Range<u64> {
        pages[page].first_row..pages.get(page + 1).map_or(rows, |next| next.first_row)
    }
}

/// Whether a row is in some range of several, ascending and disjoint.
pub fn overlaps(ranges: &[Range<u64>], rows: &Range<u64>) -> bool {
    let first = ranges.partition_point(|r| r.end <= rows.start);
    ranges.get(first).is_some_and(|r| r.start < rows.end)
}

/// The rows that are in a range of the one and in one of the other, both ascending and disjoint.
pub fn intersect(some: &[Range<u64>], others: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut both = Vec::new();
    for rows in some {
        let first = others.partition_point(|r| r.end <= rows.start);
        let inside = others[first..].iter().take_while(|r| r.start < rows.end);
        both.extend(inside.map(|r| r.start.max(rows.start)..r.end.min(rows.end)));
    }
    both
}

/// The rows `within` in chunks of `chunk_rows`, counted from its beginning, cut down to the ranges
/// that are kept: `None` for all rows. The chunks of a row group, whoever makes or expects them.
pub fn pieces(
    kept: Option<&[Range<u64>]>,
    within: Range<usize>,
    chunk_rows: usize,
) -> Vec<Range<usize>> {
    let step = chunk_rows.max(1);
    let chunks = within
        .clone()
        .step_by(step)
        .map(|start| start..within.end.min(start.saturating_add(step)));
    let Some(kept) = kept else {
        return chunks.collect();
    };
    let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    for chunk in chunks {
        let first = kept.partition_point(|r| row(r.end) <= chunk.start);
        let inside = kept[first..]
            .iter()
            .take_while(|r| row(r.start) < chunk.end);
        pieces.extend(inside.map(|r| row(r.start).max(chunk.start)..row(r.end).min(chunk.end)));
    }
    pieces
}

/// The same, where those of one chunk stay together, however many they are.
pub fn gathered(
    kept: Option<&[Range<u64>]>,
    within: Range<usize>,
    chunk_rows: usize,
) -> Vec<Vec<Range<usize>>> {
    let chunk = |piece: &Range<usize>| (piece.start - within.start) / chunk_rows.max(1);
    let mut chunks: Vec<Vec<Range<usize>>> = Vec::new();
    for piece in pieces(kept, within.clone(), chunk_rows) {
        match chunks.last_mut() {
            Some(last) if chunk(&last[0]) == chunk(&piece) => last.push(piece),
            _ => chunks.push(vec![piece]),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_both_are_cut_at_the_ends_of_either() {
        let live = [0..3, 4..10, 20..30];
        assert_eq!(
            intersect(&[2..5, 9..25], &live),
            [2..3, 4..5, 9..10, 20..25]
        );
        assert_eq!(
            intersect(&live, &[2..5, 9..25]),
            [2..3, 4..5, 9..10, 20..25]
        );
        assert!(intersect(&live, &[3..4, 10..20]).is_empty());
    }

    #[test]
    fn pieces_are_chunks_cut_down() {
        assert_eq!(pieces(None, 2..9, 3), [2..5, 5..8, 8..9]);
        let kept = [0..1, 4..7, 8..20];
        assert_eq!(pieces(Some(&kept), 0..10, 5), [0..1, 4..5, 5..7, 8..10]);
        assert_eq!(pieces(Some(&kept), 4..9, 3), [4..7, 8..9]);
        assert_eq!(
            gathered(Some(&kept), 0..10, 5),
            [vec![0..1, 4..5], vec![5..7, 8..10]]
        );
        assert!(pieces(Some(&kept), 2..4, 1).is_empty());
        assert!(pieces(None, 3..3, 1).is_empty());
        assert!(
            overlaps(&kept, &(6..8)) && !overlaps(&kept, &(1..4)) && !overlaps(&kept, &(20..21))
        );
    }
}
