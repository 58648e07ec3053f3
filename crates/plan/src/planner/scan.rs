//! What is to be read.

use super::Planner;
use crate::plan::Pruning;
use crate::prune::{self, Stretch, Test};
use graticule_columns::{PartitionValue, ScanFile, ScanGroup, Schema, Source};

impl Planner<'_> {
    /// The files and row groups that can matter.
    pub(super) fn scan(&self) -> (Vec<ScanFile>, Vec<(usize, ScanGroup)>, Pruning) {
        let mut pruning = Pruning {
            rows_total: self.dataset.rows(),
            ..Pruning::default()
        };
        let (mut files, mut groups) = (Vec::new(), Vec::new());
        let tested = prune::tested(&self.tests);
        // What the footer says of those columns.
        let mut known = Vec::with_capacity(tested.len());
        for (place, file) in self.dataset.files.iter().enumerate() {
            pruning.files_total += 1;
            pruning.bytes_total += file.size;
            pruning.row_groups_total += file.row_groups.len() as u64;
            let before = groups.len();
            let may_pass = |rows: Option<&Stretch<'_>>| {
                let test = |t: &Test| t.may_pass(&self.dataset.schema, &file.partitions, rows);
                self.tests.iter().all(test)
            };
            if may_pass(None) {
                for (row_group, group) in file.row_groups.iter().enumerate() {
                    known.clear();
                    let columns = group.columns.iter().enumerate();
                    let looked_at = |place: &usize| tested.binary_search(place).is_ok();
                    known.extend(
                        columns
                            .filter(|(place, _)| looked_at(place))
                            .map(|(_, c)| c),
                    );
                    let column = |place: usize| {
                        let at = tested
                            .binary_search(&place)
                            .expect("a column that is tested");
                        known[at].clone()
                    };
                    let stretch = Stretch {
                        rows: group.rows,
                        column: &column,
                    };
                    if group.rows_live() > 0 && may_pass(Some(&stretch)) {
                        groups.push((place, ScanGroup::of(files.len(), row_group, group)));
                    }
                }
            }
            let kept = groups.len() - before;
            pruning.row_groups_pruned += (file.row_groups.len() - kept) as u64;
            if kept == 0 {
                pruning.files_pruned += 1;
                continue;
            }
            files.push(ScanFile::from(file));
        }
        (files, groups, pruning)
    }

    /// Fills in what is only known once all slots are: bytes and constants of the row groups.
    pub(super) fn fill(
        &self,
        carried: &[String],
        files: &mut [ScanFile],
        groups: &mut [(usize, ScanGroup)],
    ) {
        let columns = columns_read(&self.dataset.schema, &self.sources, carried);
        for (place, group) in groups {
            let metadata = &self.dataset.files[*place].row_groups[group.row_group];
            let chunks = metadata.columns.iter().enumerate();
            let read = chunks.filter(|(place, _)| columns.binary_search(place).is_ok());
            group.bytes = read.map(|(_, chunk)| chunk.bytes).sum();
            let values = &files[group.file].partitions;
            let constant = |(partition, known): &(usize, Vec<PartitionValue>)| {
                // One that is not known is no other's: it lies outside of all windows.
                let place = known.binary_search(&values[*partition]).ok();
                let place = place.and_then(|place| u32::try_from(place).ok());
                place.unwrap_or(u32::MAX)
            };
            group.constants = self.constants.iter().map(constant).collect();
        }
    }
}

/// The file columns that are read for some slots and carried columns, ascending.
pub(crate) fn columns_read(schema: &Schema, sources: &[Source], carried: &[String]) -> Vec<usize> {
    let mut columns: Vec<usize> = sources
        .iter()
        .filter_map(|source| match source {
            Source::FixedLon => Some(0),
            Source::FixedLat => Some(1),
            Source::Time | Source::Calendar(_) => Some(2),
            Source::Value { name, .. } | Source::Text { name } | Source::Matches { name, .. } => {
                schema.file_column(name)
            }
            Source::Constant { .. }
            | Source::H3 { .. }
            | Source::TileRow { .. }
            | Source::Nearest(_)
            | Source::Where { .. }
            | Source::Holds(_)
            | Source::Bins { .. }
            | Source::Among { .. }
            | Source::Order { .. } => None,
        })
        .collect();
    columns.extend(carried.iter().filter_map(|name| schema.file_column(name)));
    columns.sort_unstable();
    columns.dedup();
    columns
}
