//! Bytes of the column chunks that matter, and nothing else.

use crate::DatasetError;
use crate::catalog::folders::{of_name, text};
use crate::catalog::open_file::OpenFile;
use crate::decode::absent::Absent;
use crate::decode::fetched::{Encoded, Fetched, columns};
use crate::decode::held::Held;
use crate::decode::ipc;
use crate::file::contents::Contents;
use crate::file::ranges::merge;
use crate::open::Dataset;
use arrow::datatypes::{DataType, Field, FieldRef};
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
        let read: Vec<usize> = places.iter().map(|(_, place)| *place).collect();
        let (held, requests) = self.read_all(&file, contents.ranges(group, &read)).await?;
        let bytes = held.parts.iter().map(|(_, b)| b.len() as u64).sum();
        Ok(Arc::new(Fetched {
            store: self.store().clone(),
            object: planned.path.as_str().into(),
            etag: planned.etag.as_str().into(),
            row_group: group.row_group,
            rows: usize::try_from(group.rows).unwrap_or(usize::MAX),
            kept: group.kept.clone(),
            places,
            absent,
            constants: group.constants.clone(),
            view: file.view.clone(),
            bytes,
            requests,
            encoded: match contents {
                Contents::Parquet(footer) => Encoded::Parquet(footer.clone(), held),
                Contents::Ipc(footer) => {
                    let encoded = ipc::Encoded::new(footer.clone(), group.row_group, &read, held);
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

    async fn read_all(
        &self,
        file: &OpenFile,
        ranges: Vec<Range<u64>>,
    ) -> Result<(Held, u64), DatasetError> {
        let ranges = merge(ranges, self.gap());
        let (parts, tries) = self.place.read_ranges(&file.object, ranges).await?;
        let held = Held {
            size: file.object.size,
            parts,
        };
        Ok((held, tries))
    }
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
