//! What a scan will read, before it reads.

use crate::decode::fetched::columns;
use crate::file::footer;
use crate::file::ranges::merge;
use crate::open::Dataset;
use graticule_columns::{Scan, ScanGroup};
use std::collections::HashMap;
use std::ops::Range;

/// Bytes and requests, as a store counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes.
    pub bytes: u64,
    /// Requests, were none to fail.
    pub requests: u64,
}

impl Dataset {
    /// What it takes to [fetch](Self::fetch) all of a scan, and the footers that are not there yet:
    /// the most that a question costs, for what lies on a device already is not fetched. Of an Arrow
    /// file that only the manifest knows, headers and dictionaries of record batches come on top.
    pub fn cost(&self, scan: &Scan) -> Cost {
        self.cost_at(scan, self)
    }

    /// As [`Self::cost`], if the files lay where another dataset lies: near reads are merged as there.
    pub fn cost_at(&self, scan: &Scan, other: &Self) -> Cost {
        let files = self.metadata().files.iter();
        let files: HashMap<&str, usize> = files
            .enumerate()
            .map(|(i, f)| (f.path.as_str(), i))
            .collect();
        let names = columns(scan);
        let mut cost = Cost::default();
        let mut last = None;
        for group in &scan.groups {
            let planned = &scan.files[group.file];
            let open = self.remembered(&planned.path);
            if open.is_none() && last != Some(group.file) {
                cost.bytes += footer::FIRST_GUESS.min(planned.size);
                cost.requests += 1;
            }
            last = Some(group.file);
            let is_indexed = open.as_ref().is_some_and(|open| open.is_indexed);
            let ranges: Vec<Range<u64>> = match open {
                Some(open) => {
                    let contents = &open.contents;
                    let places = names
                        .iter()
                        .flat_map(|name| contents.places(&open.view, group.row_group, name));
                    contents.ranges(group, &places.collect::<Vec<_>>())
                }
                None => self.known_ranges(&files, scan, group, &names),
            };
            let chunks = ranges.len() as u64;
            let mut requests = 0;
            for range in merge(ranges, other.gap()) {
                cost.bytes += range.end - range.start;
                requests += 1;
            }
            // Which pages hold what is left of it, the index will tell: fewer bytes, and at most a request for each range.
            let kept = group.kept.as_ref().filter(|_| !is_indexed);
            cost.requests += kept.map_or(requests, |kept| requests.max(chunks * kept.len() as u64));
        }
        cost
    }

    /// The column chunks of a row group by what the manifest keeps.
    fn known_ranges(
        &self,
        files: &HashMap<&str, usize>,
        scan: &Scan,
        group: &ScanGroup,
        names: &[&str],
    ) -> Vec<Range<u64>> {
        let file = files.get(scan.files[group.file].path.as_str());
        let file = file.map(|&place| &self.metadata().files[place]);
        let Some(metadata) = file.and_then(|f| f.row_groups.get(group.row_group)) else {
            return Vec::new();
        };
        let columns = scan.schema.file_columns().zip(metadata.columns.iter());
        let read = columns.filter(|(name, chunk)| chunk.bytes > 0 && names.contains(name));
        read.map(|(_, chunk)| chunk.offset..chunk.offset + chunk.bytes)
            .collect()
    }
}
