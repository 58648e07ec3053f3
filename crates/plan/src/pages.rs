//! Leaving out pages, once a page index tells of them.

use crate::Plan;
use crate::prune::{self, Stretch, Test};
use graticule_columns::{ColumnChunk, DatasetMetadata, Page, Pages, RowGroup, intersect, overlaps};
use std::ops::Range;

/// A plan's filters as pruning sees them.
#[derive(Debug)]
pub struct Pruner {
    tests: Vec<Test>,
    /// File columns that the tests look at.
    tested: Vec<usize>,
    /// File columns that are read.
    read: Vec<usize>,
    /// For each row group of the plan its file's place in the dataset.
    files: Vec<usize>,
}

impl Pruner {
    pub(crate) fn new(tests: Vec<Test>, read: Vec<usize>, files: Vec<usize>) -> Self {
        Self {
            tested: prune::tested(&tests),
            tests,
            read,
            files,
        }
    }

    /// Places of the [file columns](graticule_columns::Schema::file_columns) whose pages' bounds can
    /// leave something out; none where no filter is on a column of the files.
    pub fn tested(&self) -> &[usize] {
        &self.tested
    }

    /// Leaves out rows of which the pages' statistics say that none can match. `pages` has one entry
    /// for each row group of the plan, `None` where nothing is known. The plan must be the one that
    /// this came with.
    pub fn narrow(&self, plan: &mut Plan, dataset: &DatasetMetadata, pages: &[Option<Pages>]) {
        let groups = std::mem::take(&mut plan.part.scan.groups);
        let before: Vec<usize> = groups.iter().map(|g| g.file).collect();
        for ((mut group, &file), pages) in groups.into_iter().zip(&self.files).zip(pages) {
            let file = &dataset.files[file];
            let metadata = &file.row_groups[group.row_group];
            let Some(pages) = pages else {
                plan.part.scan.groups.push(group);
                continue;
            };
            let mut kept = self.kept(dataset, metadata, pages, &file.partitions);
            let is_whole = matches!(&kept[..], [all] if *all == (0..group.rows));
            if let Some(live) = &group.kept {
                kept = intersect(live, &kept);
            }
            if kept.is_empty() {
                plan.pruning.row_groups_pruned += 1;
                continue;
            }
            if !is_whole {
                plan.pruning.pages_pruned +=
                    self.left_out(metadata, pages, &kept, &mut group.bytes);
                group.kept = Some(kept);
            }
            plan.part.scan.groups.push(group);
        }
        let mut emptied: Vec<usize> = before;
        emptied.dedup();
        let left: Vec<usize> = plan.part.scan.groups.iter().map(|g| g.file).collect();
        emptied.retain(|file| left.binary_search(file).is_err());
        plan.pruning.files_pruned += emptied.len() as u64;
    }

    /// The rows that can matter.
    fn kept(
        &self,
        dataset: &DatasetMetadata,
        group: &RowGroup,
        pages: &Pages,
        values: &[graticule_columns::PartitionValue],
    ) -> Vec<Range<u64>> {
        // Of each column: what its footer says, its pages, and the place of the page that is looked at.
        let mut columns: Vec<(ColumnChunk, &[Page], usize)> = Vec::new();
        for &place in &self.tested {
            let of = pages.columns.get(place).and_then(Option::as_deref);
            columns.push((group.columns.at(place), of.unwrap_or_default(), 0));
        }
        // Between two cuts no column begins another page.
        let mut cuts: Vec<u64> = columns
            .iter()
            .flat_map(|(_, pages, _)| pages.iter().map(|p| p.first_row))
            .chain([0, group.rows])
            .filter(|cut| *cut <= group.rows)
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut kept: Vec<Range<u64>> = Vec::new();
        for cut in cuts.windows(2) {
            let rows = cut[0]..cut[1];
            let length = rows.end - rows.start;
            for (_, pages, at) in &mut columns {
                while pages
                    .get(*at + 1)
                    .is_some_and(|next| next.first_row <= rows.start)
                {
                    *at += 1;
                }
            }
            let column = |place: usize| {
                let known = self.tested.binary_search(&place);
                let (whole, pages, at) = &columns[known.expect("a column that is tested")];
                let Some(page) = pages.get(*at) else {
                    // What holds for a row group holds for its rows, but for how many are null.
                    let nulls = some_of(whole.nulls, group.rows, length);
                    return ColumnChunk {
                        nulls,
                        ..whole.clone()
                    };
                };
                let of = Pages::rows(pages, *at, group.rows);
                ColumnChunk {
                    bounds: page.bounds.or(whole.bounds),
                    nulls: some_of(page.nulls, of.end - of.start, length),
                    ..ColumnChunk::default()
                }
            };
            let stretch = Stretch {
                rows: length,
                column: &column,
            };
            let test = |t: &Test| t.may_pass(&dataset.schema, values, Some(&stretch));
            if !self.tests.iter().all(test) {
                continue;
            }
            match kept.last_mut() {
                Some(last) if last.end == rows.start => last.end = rows.end,
                _ => kept.push(rows),
            }
        }
        kept
    }

    /// Counts the pages that are not read, and the bytes that are.
    fn left_out(
        &self,
        group: &RowGroup,
        pages: &Pages,
        kept: &[Range<u64>],
        bytes: &mut u64,
    ) -> u64 {
        let mut pruned = 0;
        *bytes = 0;
        let columns = group.columns.iter().enumerate();
        let read = columns.filter(|(column, _)| self.read.binary_search(column).is_ok());
        for (column, chunk) in read {
            let mut of_column = chunk.bytes;
            for (i, page) in pages.columns[column].iter().flatten().enumerate() {
                let all = pages.columns[column].as_deref().unwrap_or_default();
                if !overlaps(kept, &Pages::rows(all, i, group.rows)) {
                    pruned += 1;
                    of_column = of_column.saturating_sub(page.bytes);
                }
            }
            *bytes += of_column;
        }
        pruned
    }
}

/// How many nulls some of the rows have, where all rows or none are null.
fn some_of(nulls: Option<u64>, of: u64, rows: u64) -> Option<u64> {
    match nulls? {
        0 => Some(0),
        all if all == of => Some(rows),
        _ => None,
    }
}
