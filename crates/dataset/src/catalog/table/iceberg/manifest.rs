//! Iceberg's manifests: which files there are, in Avro.

use crate::file::guard::guarded;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_avro::reader::{ReaderBuilder, read_header_info};
use arrow_avro::schema::AvroSchema;
use bytes::Bytes;
use graticule_columns::PartitionValue;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Cursor;

/// A manifest, as the list of a snapshot's manifests tells of it.
pub(super) struct Manifest {
    pub(super) path: String,
    spec: i32,
    sequence: i64,
}

impl Manifest {
    /// Of the format's first version, where a snapshot names its manifests itself.
    pub(super) fn first_version(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            spec: 0,
            sequence: 0,
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Data,
    PositionDeletes,
    EqualityDeletes,
}

/// A file that a snapshot has.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) content: Content,
    pub(super) path: String,
    pub(super) format: String,
    /// The version of the partitioning.
    pub(super) spec: i32,
    /// When it came: deletes are of older data.
    pub(super) sequence: i64,
    pub(super) partition: BTreeMap<String, PartitionValue>,
    /// Of a deletion vector: the file whose rows are deleted, and where the vector is.
    pub(super) vector: Option<Vector>,
}

/// Where a deletion vector is.
#[derive(Debug, Clone)]
pub(super) struct Vector {
    pub(super) of: String,
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// The manifests of a snapshot's list.
pub(super) fn list(bytes: Bytes) -> Result<Vec<Manifest>, String> {
    let Some(batch) = rows(bytes, &LIST)? else {
        return Ok(Vec::new());
    };
    let rows = Rows(StructArray::from(batch));
    let manifest = |row: usize| {
        Ok(Manifest {
            path: rows
                .text("manifest_path", row)?
                .ok_or("a manifest has no path")?,
            spec: rows
                .int("partition_spec_id", row)?
                .map_or(Ok(0), i32::try_from)
                .map_err(|e| e.to_string())?,
            sequence: rows.int("sequence_number", row)?.unwrap_or(0),
        })
    };
    (0..rows.0.len()).map(manifest).collect()
}

/// The files of a manifest that are not deleted.
pub(super) fn entries(bytes: Bytes, manifest: &Manifest) -> Result<Vec<Entry>, String> {
    let Some(batch) = rows(bytes, &ENTRIES)? else {
        return Ok(Vec::new());
    };
    let rows = Rows(StructArray::from(batch));
    let files = rows.part("data_file")?.ok_or("it has no data files")?;
    let partitions = files.part("partition")?;
    let mut entries = Vec::new();
    for row in 0..rows.0.len() {
        let status = rows.int("status", row)?;
        if status == Some(2) {
            continue;
        }
        // What was added with the manifest inherits its number.
        let sequence = rows
            .int("sequence_number", row)?
            .unwrap_or(manifest.sequence);
        let vector = || -> Result<Option<Vector>, String> {
            let of = files.text("referenced_data_file", row)?;
            let number = |name: &str| files.int(name, row);
            let (Some(of), Some(offset), Some(bytes)) = (
                of,
                number("content_offset")?,
                number("content_size_in_bytes")?,
            ) else {
                return Ok(None);
            };
            let number = |n: i64| u64::try_from(n).map_err(|e| e.to_string());
            let (offset, bytes) = (number(offset)?, number(bytes)?);
            Ok(Some(Vector { of, offset, bytes }))
        };
        entries.push(Entry {
            content: match files.int("content", row)? {
                None | Some(0) => Content::Data,
                Some(1) => Content::PositionDeletes,
                Some(2) => Content::EqualityDeletes,
                Some(other) => return Err(format!("a file of content {other} is not understood")),
            },
            path: files.text("file_path", row)?.ok_or("a file has no path")?,
            format: files.text("file_format", row)?.unwrap_or_default(),
            spec: manifest.spec,
            sequence,
            partition: partitions
                .as_ref()
                .map_or(Ok(BTreeMap::new()), |p| p.values(row))?,
            vector: vector()?,
        });
    }
    Ok(entries)
}

/// What is read of a list of manifests.
const LIST: [&str; 3] = ["manifest_path", "partition_spec_id", "sequence_number"];
/// What is read of a manifest.
const ENTRIES: [&str; 10] = [
    "status",
    "sequence_number",
    "data_file",
    "content",
    "file_path",
    "file_format",
    "partition",
    "referenced_data_file",
    "content_offset",
    "content_size_in_bytes",
];

/// All records of an Avro file, with the fields of these names; nothing where it has none.
fn rows(bytes: Bytes, names: &[&str]) -> Result<Option<RecordBatch>, String> {
    // A damaged file may make the decoder panic.
    let read = guarded(|| {
        let header = read_header_info(Cursor::new(&bytes)).map_err(|e| e.to_string())?;
        let written = header.writer_schema().map_err(|e| e.to_string())?;
        let mut schema = serde_json::from_str(&written.json_string).map_err(|e| e.to_string())?;
        keep(&mut schema, names);
        let reader = ReaderBuilder::new().with_reader_schema(AvroSchema::new(schema.to_string()));
        let reader = reader
            .build(Cursor::new(&bytes))
            .map_err(|e| e.to_string())?;
        let schema = reader.schema();
        let batches: Result<Vec<_>, _> = reader.collect();
        let batches = batches.map_err(|e| e.to_string())?;
        match batches.is_empty() {
            true => Ok(None),
            false => {
                let whole = concat_batches(&schema, &batches);
                whole.map(Some).map_err(|e| e.to_string())
            }
        }
    });
    read.unwrap_or_else(|_| Err("the decoder gave up".to_owned()))
}

/// Leaves the fields of these names in a record's schema, and in those of its records, but for the values of
/// partitions, which have names of their own. A record without fields, as unpartitioned tables have it, is
/// left out, for it becomes no Arrow array.
fn keep(schema: &mut Value, names: &[&str]) {
    let Some(fields) = schema.get_mut("fields").and_then(Value::as_array_mut) else {
        return;
    };
    fields.retain_mut(|field| {
        let name = field
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let is_partition = name == "partition";
        let is_kept = names.contains(&name);
        let Some(record) = field.get_mut("type").filter(|_| is_kept) else {
            return false;
        };
        if !is_partition {
            keep(record, names);
        }
        let fields = record.get("fields").and_then(Value::as_array);
        fields.is_none_or(|fields| !fields.is_empty())
    });
}

/// Records, by the names of their fields.
struct Rows(StructArray);

impl Rows {
    fn part(&self, name: &str) -> Result<Option<Self>, String> {
        let Some(column) = self.0.column_by_name(name) else {
            return Ok(None);
        };
        let part = column.as_struct_opt();
        part.map(|part| Some(Self(part.clone())))
            .ok_or_else(|| format!("{name} is no record"))
    }

    fn column(
        &self,
        name: &str,
        row: usize,
        wanted: &DataType,
    ) -> Result<Option<ArrayRef>, String> {
        let column = self
            .0
            .column_by_name(name)
            .filter(|column| column.is_valid(row));
        let cast = column.map(|column| cast(&column.slice(row, 1), wanted));
        cast.transpose().map_err(|e| format!("{name}: {e}"))
    }

    fn int(&self, name: &str, row: usize) -> Result<Option<i64>, String> {
        let column = self.column(name, row, &DataType::Int64)?;
        Ok(column.map(|column| column.as_primitive::<Int64Type>().value(0)))
    }

    fn text(&self, name: &str, row: usize) -> Result<Option<String>, String> {
        let column = self.column(name, row, &DataType::Utf8)?;
        Ok(column.map(|column| column.as_string::<i32>().value(0).to_owned()))
    }

    /// The values of a row as partitions have them.
    fn values(&self, row: usize) -> Result<BTreeMap<String, PartitionValue>, String> {
        let value = |(field, column): (&arrow::datatypes::FieldRef, &ArrayRef)| {
            let value = if column.is_null(row) {
                PartitionValue::Null
            } else if column.data_type().is_integer() {
                let wide =
                    cast(&column.slice(row, 1), &DataType::Int64).map_err(|e| e.to_string())?;
                PartitionValue::Integer(wide.as_primitive::<Int64Type>().value(0))
            } else {
                let options = FormatOptions::default();
                let shown = ArrayFormatter::try_new(column, &options).map_err(|e| e.to_string())?;
                PartitionValue::Text(shown.value(row).to_string())
            };
            Ok((field.name().clone(), value))
        };
        self.0
            .fields()
            .iter()
            .zip(self.0.columns())
            .map(value)
            .collect()
    }
}
