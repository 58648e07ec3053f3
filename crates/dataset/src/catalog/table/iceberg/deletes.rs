//! Rows that an Iceberg snapshot deletes: by file and position in Parquet, or as a bitmap in Puffin.

use super::manifest::{Content, Entry, Vector};
use super::{Folder, IN_FLIGHT};
use crate::DatasetError;
use crate::file::footer;
use crate::file::guard::guarded;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use roaring::RoaringTreemap;
use std::collections::HashMap;

/// The first bytes of a deletion vector, behind its length.
const MAGIC: [u8; 4] = [0xD1, 0xD3, 0x39, 0x64];

/// The deleted rows of a snapshot's files.
#[derive(Default)]
pub(super) struct Deletes {
    /// By file, with the number from which on it is not concerned.
    positions: HashMap<Path, Vec<(i64, Vec<u64>)>>,
    /// By file; they stand for all positions of it.
    vectors: HashMap<Path, Vec<u64>>,
}

/// What a file of deletes says: the data file, and rows of it.
type Said = Vec<(String, Vec<u64>)>;

impl Deletes {
    /// Reads those that are no equality deletes.
    pub(super) async fn read(folder: &Folder<'_>, entries: &[Entry]) -> Result<Self, DatasetError> {
        let entries = entries
            .iter()
            .filter(|e| e.content == Content::PositionDeletes);
        let read = entries.map(|entry| async move {
            let bytes = folder.bytes_of(&entry.path).await?;
            let said = guarded(|| said(entry, bytes));
            let said = said.unwrap_or_else(|_| Err("the decoder gave up".to_owned()));
            let path = &entry.path;
            let said =
                said.map_err(|e| folder.wrong(format!("its '{path}' cannot be read: {e}")))?;
            Ok::<_, DatasetError>((entry, said))
        });
        let read: Vec<_> = read.collect();
        let read: Vec<(&Entry, Said)> =
            stream::iter(read).buffered(IN_FLIGHT).try_collect().await?;
        let mut deletes = Self::default();
        for (entry, said) in read {
            for (file, rows) in said {
                let file = folder.at(&file)?;
                match entry.vector {
                    Some(_) => deletes.vectors.entry(file).or_default().extend(rows),
                    None => {
                        let known = deletes.positions.entry(file).or_default();
                        known.push((entry.sequence, rows));
                    }
                }
            }
        }
        Ok(deletes)
    }

    /// The deleted rows of a file that came with a number, ascending.
    pub(super) fn of(&self, file: &Path, sequence: i64) -> Vec<u64> {
        if let Some(rows) = self.vectors.get(file) {
            let mut rows = rows.clone();
            rows.sort_unstable();
            return rows;
        }
        let known = self.positions.get(file).into_iter().flatten();
        let later = known.filter(|(of, _)| *of >= sequence);
        let mut rows: Vec<u64> = later.flat_map(|(_, rows)| rows).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

fn said(entry: &Entry, bytes: Bytes) -> Result<Said, String> {
    match &entry.vector {
        Some(vector) => Ok(vec![(vector.of.clone(), rows_of(vector, &bytes)?)]),
        None if entry.format.eq_ignore_ascii_case("parquet") => positions(bytes),
        None => Err(format!(
            "deleted rows in {} are not understood",
            entry.format
        )),
    }
}

/// The rows of a deletion vector: its length, a magic number, a bitmap of 64 bits, a checksum.
fn rows_of(vector: &Vector, file: &[u8]) -> Result<Vec<u64>, String> {
    let damaged = || "its deletion vector is damaged".to_owned();
    let number = |n: u64| usize::try_from(n).ok();
    let blob = || {
        let start = number(vector.offset)?;
        file.get(start..start.checked_add(number(vector.bytes)?)?)
    };
    let blob = blob().ok_or_else(damaged)?;
    let (length, rest) = blob.split_first_chunk::<4>().ok_or_else(damaged)?;
    let (body, checksum) = rest.split_last_chunk::<4>().ok_or_else(damaged)?;
    let is_whole = u32::from_be_bytes(*length) as usize == body.len()
        && body.starts_with(&MAGIC)
        && crc32fast::hash(body) == u32::from_be_bytes(*checksum);
    if !is_whole {
        return Err(damaged());
    }
    let rows = RoaringTreemap::deserialize_from(&body[MAGIC.len()..]);
    Ok(rows.map_err(|e| e.to_string())?.into_iter().collect())
}

/// Rows of each file, of a Parquet file of `file_path` and `pos`.
fn positions(bytes: Bytes) -> Result<Said, String> {
    footer::check(&bytes)?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options);
    let reader = reader
        .and_then(|builder| builder.build())
        .map_err(|e| e.to_string())?;
    let mut said: HashMap<String, Vec<u64>> = HashMap::new();
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|e| e.to_string())?;
        let column = |name: &str, wanted: &DataType| {
            let column = batch.column_by_name(name);
            let column = column.ok_or_else(|| format!("it has no column {name}"))?;
            cast(column, wanted).map_err(|e| e.to_string())
        };
        let files = column("file_path", &DataType::Utf8)?;
        let rows = column("pos", &DataType::Int64)?;
        if files.null_count() + rows.null_count() > 0 {
            return Err("a deleted row has no file or no number".to_owned());
        }
        let files = files.as_string::<i32>();
        for (place, row) in rows.as_primitive::<Int64Type>().values().iter().enumerate() {
            let row = u64::try_from(*row).map_err(|_| format!("it deletes row {row}"))?;
            let file = files.value(place);
            match said.get_mut(file) {
                Some(rows) => rows.push(row),
                None => {
                    said.insert(file.to_owned(), vec![row]);
                }
            }
        }
    }
    let mut said: Said = said.into_iter().collect();
    said.sort();
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(rows: &[u64]) -> Vec<u8> {
        let mut body = MAGIC.to_vec();
        let bitmap: RoaringTreemap = rows.iter().copied().collect();
        bitmap.serialize_into(&mut body).expect("it is written");
        let length = u32::try_from(body.len())
            .expect("it is small")
            .to_be_bytes();
        [&length[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
    }

    #[test]
    fn deletion_vectors() {
        let blob = blob(&[0, 7, 1 << 33]);
        let vector = Vector {
            of: "a".to_owned(),
            offset: 4,
            bytes: blob.len() as u64,
        };
        let file = [b"PFA1", &blob[..]].concat();
        assert_eq!(rows_of(&vector, &file), Ok(vec![0, 7, 1 << 33]));
        for place in 4..file.len() {
            let mut damaged = file.clone();
            damaged[place] ^= 1;
            assert!(rows_of(&vector, &damaged).is_err(), "{place}");
        }
        assert!(rows_of(&vector, &file[..file.len() - 1]).is_err());
    }

    #[test]
    fn deletes_are_of_older_data() {
        let file = Path::from("a");
        let mut deletes = Deletes::default();
        let said = vec![(3, vec![5, 1]), (4, vec![1, 9])];
        deletes.positions.insert(file.clone(), said);
        assert_eq!(deletes.of(&file, 3), [1, 5, 9]);
        assert_eq!(deletes.of(&file, 4), [1, 9]);
        assert!(deletes.of(&file, 5).is_empty() && deletes.of(&Path::from("b"), 0).is_empty());
        deletes.vectors.insert(file.clone(), vec![2]);
        assert_eq!(deletes.of(&file, 3), [2]);
    }
}
