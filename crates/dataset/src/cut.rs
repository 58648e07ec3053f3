//! Row groups in pieces of which each fits, where a page index says where their pages are.

use crate::DatasetError;
use crate::decode::fetched::columns;
use crate::file::ranges::merge;
use crate::open::Dataset;
use graticule_columns::{Scan, ScanGroup, intersect};
use std::ops::Range;

/// Pieces of fewer rows are not tried: a page that is larger does not fit.
const LEAST_ROWS: usize = 1 << 10;

impl Dataset {
    /// Cuts rows of a row group in pieces whose pages take at most so many bytes each, as [`Scan`] reads them; nothing
    /// where that cannot be: without a page index, or where pages are larger. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when the file is no longer the one that was planned for, others when the store fails.
    pub async fn cut(
        &self,
        scan: &Scan,
        group: &ScanGroup,
        rows: Range<usize>,
        most: u64,
    ) -> Result<Option<Vec<Range<usize>>>, DatasetError> {
        let file = self.indexed(&scan.files[group.file]).await?;
        let names = columns(scan);
        let contents = &file.contents;
        let places = names
            .iter()
            .flat_map(|name| contents.places(&file.view, group.row_group, name));
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        let bytes = |piece: &Range<usize>| -> u64 {
            let ranges = contents.ranges(&group_of_rows(group, piece), &places);
            let ranges = merge(ranges, self.gap());
            ranges.iter().map(|range| range.end - range.start).sum()
        };
        let (mut cut, mut open) = (Vec::new(), vec![rows]);
        while let Some(piece) = open.pop() {
            if bytes(&piece) <= most {
                cut.push(piece);
                continue;
            }
            if piece.len() < 2 * LEAST_ROWS {
                return Ok(None);
            }
            let middle = piece.start + piece.len() / 2;
            open.extend([middle..piece.end, piece.start..middle]);
        }
        Ok(Some(cut))
    }
}

/// A row group of which only some rows are read.
pub fn group_of_rows(group: &ScanGroup, rows: &Range<usize>) -> ScanGroup {
    let rows: Vec<_> = std::iter::once(rows.start as u64..rows.end as u64).collect();
    let kept = match &group.kept {
        Some(kept) => intersect(kept, &rows),
        None => rows,
    };
    ScanGroup {
        kept: Some(kept),
        ..group.clone()
    }
}
