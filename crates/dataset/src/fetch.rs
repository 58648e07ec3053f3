//! Bytes of the column chunks that matter, and nothing else.

use crate::DatasetError;
use crate::catalog::folders::{of_name, text};
use crate::decode::absent::Absent;
use crate::decode::fetched::{Encoded, Fetched, columns};
use crate::decode::held::Held;
use crate::decode::ipc;
use crate::file::contents::Contents;
use crate::file::ranges::merge;
use crate::open::Dataset;
use crate::store::{Hot, Version};
use arrow::datatypes::{DataType, Field, FieldRef};
use bytes::Bytes;
use graticule_columns::{Kind, Scan, ScanFile, ScanGroup, Schema};
use std::ops::Range;
use std::sync::Arc;

/// What lies nearer than this in a remote object is read in one request, for a request costs as much
/// time as so many bytes.
const FAR_GAP: u64 = 64 << 10;
/// As [`FAR_GAP`], in a local file.
const NEAR_GAP: u64 = 16 << 10;

impl Dataset {
    /// Fetches what a scan needs of a row group. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when the file is no longer the one that was planned for, others
    /// when the store fails.
    pub async fn fetch(
        &self,
        scan: &Scan,
        group: &ScanGroup,
    ) -> Result<Arc<Fetched>, DatasetError> {
        self.fetch_hot(scan, group, &Hot::default(), false).await
    }

    /// As [`Self::fetch`], and reads nothing that is at hand: of a file that has changed meanwhile, what was planned for.
    /// What is read is kept there if `keeps` says so.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn fetch_hot(
        &self,
        scan: &Scan,
        group: &ScanGroup,
        hot: &Hot,
        keeps: bool,
    ) -> Result<Arc<Fetched>, DatasetError> {
        let planned = &scan.files[group.file];
        let file = match group.kept {
            None => self.file(planned).await?,
            Some(_) => self.indexed(planned).await?,
        };
        let contents = &file.contents;
        if contents.rows_of(group.row_group) != Some(group.rows) {
            return Err(DatasetError::Changed {
                path: planned.path.clone(),
            });
        }
        let mut names = columns(scan);
        names.sort_unstable();
        names.dedup();
        let is_partition = |name: &str| scan.schema.partitions.iter().any(|p| p.name == name);
        let of = |name: &str| {
            let is_logged = is_partition(name);
            let places = contents.places(&file.view, group.row_group, name);
            places.into_iter().filter(move |_| !is_logged)
        };
        let places: Vec<(String, usize)> = names
            .iter()
            .flat_map(|name| of(name).map(|place| ((*name).to_owned(), place)))
            .collect();
        let is_absent = |name: &str| is_partition(name) || file.view.fields().find(name).is_none();
        let absent = names.iter().filter(|name| is_absent(name));
        let folders = match scan.schema.folders_fill {
            true => self.place.folders(&file.object.location),
            false => Vec::new(),
        };
        let absent = absent.filter_map(|name| {
            Some(Absent {
                field: field(&scan.schema, name)?,
                text: match is_partition(name) {
                    true => value_of(&scan.schema, planned, name),
                    false => of_name(&folders, name).map(str::to_owned),
                },
            })
        });
        let absent: Vec<Absent> = absent.collect();
        let leaves: Vec<usize> = places.iter().map(|(_, place)| *place).collect();
        let (object, etag): (Arc<str>, Arc<str>) =
            (planned.path.as_str().into(), planned.etag.as_str().into());
        // A file that tells nothing of its versions may have changed since it was kept.
        let tells = file.object.tells_versions();
        let of = || Arc::new((self.store().clone(), object.clone(), etag.clone()));
        let known = tells.then(|| (hot, of()));
        // Each column by itself, for the next question may want it with others.
        let wanted = leaves.iter().map(|leaf| contents.ranges(group, &[*leaf]));
        let (found, missing) = at_hand(known.as_ref(), wanted);
        let ranges = merge(missing, self.gap());
        let (read_now, requests) = self.place.read_ranges(&file.object, ranges).await?;
        let bytes_of = |parts: &Parts| parts.iter().map(|(_, b)| b.len() as u64).sum();
        let (bytes, at_hand) = (bytes_of(&read_now), bytes_of(&found));
        if let Some((hot, version)) = known.filter(|_| keeps) {
            for (start, bytes) in &read_now {
                hot.keep(&version, *start, bytes);
            }
        }
        let held = Held {
            size: file.object.size,
            parts: together(found, read_now),
        };
        Ok(Arc::new(Fetched {
            store: self.store().clone(),
            object,
            etag,
            row_group: group.row_group,
            rows: usize::try_from(group.rows).unwrap_or(usize::MAX),
            kept: group.kept.clone(),
            places,
            absent,
            constants: group.constants.clone(),
            view: file.view.clone(),
            bytes,
            at_hand,
            requests,
            encoded: match contents {
                Contents::Parquet(footer) => Encoded::Parquet(footer.clone(), held),
                Contents::Ipc(footer) => {
                    let encoded = ipc::Encoded::new(footer.clone(), group.row_group, &leaves, held);
                    Encoded::Ipc(Arc::new(encoded))
                }
            },
        }))
    }

    /// Whether its bytes come over a network.
    pub fn is_remote(&self) -> bool {
        self.place.is_remote()
    }

    /// What lies nearer than this is read in one request.
    pub(crate) fn gap(&self) -> u64 {
        if self.place.is_remote() {
            FAR_GAP
        } else {
            NEAR_GAP
        }
    }
}

/// Bytes of a file and where they begin.
type Parts = Vec<(u64, Bytes)>;

/// Ranges of columns of a version of a file: those that are at hand, and those that are to be read.
fn at_hand(
    known: Option<&(&Hot, Version)>,
    wanted: impl Iterator<Item = Vec<Range<u64>>>,
) -> (Parts, Vec<Range<u64>>) {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    // Pages of one column follow each other, and a reader may go from one to the next.
    for range in wanted.flat_map(|ranges| merge(ranges, 0)) {
        match known.and_then(|(hot, version)| hot.find(version, &range)) {
            Some(bytes) => found.push((range.start, bytes)),
            None => missing.push(range),
        }
    }
    (found, missing)
}

/// All parts in order, without those that another one holds: what was read for the gap between two may hold one that was
/// found, and columns may share bytes.
fn together(found: Parts, read: Parts) -> Parts {
    let end = |part: &(u64, Bytes)| part.0 + part.1.len() as u64;
    let mut parts = read;
    parts.extend(found);
    parts.sort_by_key(|part| (part.0, std::cmp::Reverse(end(part))));
    let mut reached = 0;
    parts.retain(|part| {
        let is_new = end(part) > reached;
        reached = reached.max(end(part));
        is_new
    });
    parts
}

/// The text of a file's value of a partition.
fn value_of(schema: &Schema, file: &ScanFile, name: &str) -> Option<String> {
    let place = schema.partitions.iter().position(|p| p.name == name)?;
    text(file.partitions.get(place)?)
}

/// A column of the dataset as a file would have it.
fn field(schema: &Schema, name: &str) -> Option<FieldRef> {
    let time = schema.time.as_ref().filter(|t| t.name == name);
    let attribute = schema.attributes.iter().find(|a| a.name == name);
    let mut partitions = schema.partitions.iter();
    let is_whole = partitions.any(|p| p.name == name && p.is_integer);
    let mut points = [&schema.lon, &schema.lat].into_iter();
    let point = points.find(|c| c.name == name).map(|c| match c.kind {
        Kind::F32 => &DataType::Float32,
        _ => &DataType::Float64,
    });
    let data_type = time
        .map(|t| &t.data_type)
        .or(attribute.map(|a| &a.data_type))
        .or(point)
        .or(is_whole.then_some(&DataType::Int64))?;
    Some(Arc::new(Field::new(name, data_type.clone(), true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: u64, bytes: &'static [u8]) -> (u64, Bytes) {
        (start, Bytes::from_static(bytes))
    }

    #[test]
    fn parts_lie_in_order_and_none_within_another() {
        let read = vec![part(0, b"abc"), part(20, b"gap and all")];
        let found = vec![
            part(22, b"p"),
            part(10, b"found"),
            part(10, b"fo"),
            part(12, b"un"),
        ];
        let parts = together(found, read);
        assert_eq!(
            parts,
            [
                part(0, b"abc"),
                part(10, b"found"),
                part(20, b"gap and all")
            ]
        );
    }

    #[test]
    fn a_column_is_found_alone_and_what_is_missing_is_read() {
        let hot = Hot::within(1000);
        let version: Version = Arc::new(("s".into(), "a".into(), "1".into()));
        hot.keep(&version, 10, &Bytes::from_static(b"0123456789"));
        // Two pages of one column that follow each other, a column that reaches beyond, one that is not there.
        let wanted = vec![vec![12..14, 14..16], vec![18..22], vec![40..41]];
        let (found, missing) = at_hand(Some(&(&hot, version)), wanted.into_iter());
        assert_eq!(found, [part(12, b"2345")]);
        assert_eq!(missing, [18..22, 40..41]);
    }
}
