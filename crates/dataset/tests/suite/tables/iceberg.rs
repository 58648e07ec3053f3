//! Iceberg tables, with metadata written out.

use super::{Named, opened, opened_as_of, refusal, values, write};
use arrow::array::{
    Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow_avro::writer::AvroWriter;
use graticule_columns::PartitionValue;
use graticule_dataset::{AsOf, OpenOptions};
use parquet::arrow::ArrowWriter;
use std::path::Path;
use std::sync::Arc;

const NAMES: [Named; 3] = [("lon", Some(1)), ("lat", Some(2)), ("id", Some(3))];
const COLUMNS: &str = r#"{"id":1,"name":"lon","type":"double","required":false},
    {"id":2,"name":"lat","type":"double","required":false},
    {"id":3,"name":"id","type":"long","required":false}"#;

/// A file of a manifest.
#[derive(Clone, Copy, Default)]
struct File {
    status: i32,
    sequence: Option<i64>,
    content: i32,
    path: &'static str,
    format: Option<&'static str>,
    day: Option<i32>,
    /// Of a deletion vector: the file, the first byte, the bytes.
    vector: Option<(&'static str, i64, i64)>,
}

/// A table's folder, written as if it lay elsewhere.
struct Folder(tempfile::TempDir);

const LOCATION: &str = "s3://elsewhere/warehouse/pings";

fn column<T>(name: &str, data_type: DataType, array: T) -> (Arc<Field>, ArrayRef)
where
    T: Array + 'static,
{
    (Arc::new(Field::new(name, data_type, true)), Arc::new(array))
}

fn avro(path: &Path, columns: Vec<(Arc<Field>, ArrayRef)>) {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(Arc::new(schema.clone()), arrays).expect("a batch");
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = AvroWriter::new(file, schema).expect("a writer");
    writer.write(&batch).expect("written");
    writer.finish().expect("finished");
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("metadata")).expect("made");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a manifest and the list of a snapshot that has only it.
    fn snapshot(&self, snapshot: i64, sequence: i64, files: &[File]) {
        let path = |path: &str| format!("{LOCATION}/{path}");
        let int = |of: fn(&File) -> Option<i32>| files.iter().map(of).collect::<Int32Array>();
        let long = |of: fn(&File) -> Option<i64>| files.iter().map(of).collect::<Int64Array>();
        let text =
            |of: &dyn Fn(&File) -> Option<String>| files.iter().map(of).collect::<StringArray>();
        let partition = StructArray::from(vec![column("day", DataType::Int32, int(|f| f.day))]);
        let (integer, number) = (DataType::Int32, DataType::Int64);
        let file = StructArray::from(vec![
            column("content", integer.clone(), int(|f| Some(f.content))),
            column("file_path", DataType::Utf8, text(&|f| Some(path(f.path)))),
            column(
                "file_format",
                DataType::Utf8,
                text(&|f| Some(f.format.unwrap_or("PARQUET").to_owned())),
            ),
            column("partition", partition.data_type().clone(), partition),
            column(
                "referenced_data_file",
                DataType::Utf8,
                text(&|f| f.vector.map(|v| path(v.0))),
            ),
            column(
                "content_offset",
                number.clone(),
                long(|f| f.vector.map(|v| v.1)),
            ),
            column(
                "content_size_in_bytes",
                number.clone(),
                long(|f| f.vector.map(|v| v.2)),
            ),
        ]);

        let metadata = self.path().join("metadata");
        avro(
            &metadata.join(format!("m{snapshot}.avro")),
            vec![
                column("status", integer.clone(), int(|f| Some(f.status))),
                column("sequence_number", number.clone(), long(|f| f.sequence)),
                column("data_file", file.data_type().clone(), file),
            ],
        );
        let manifest = format!("metadata/m{snapshot}.avro");
        avro(
            &metadata.join(format!("snap-{snapshot}.avro")),
            vec![
                column(
                    "manifest_path",
                    DataType::Utf8,
                    StringArray::from(vec![path(&manifest)]),
                ),
                column("partition_spec_id", integer, Int32Array::from(vec![0])),
                column("sequence_number", number, Int64Array::from(vec![sequence])),
            ],
        );
    }

    /// Writes a metadata file of some number, with snapshots of these ids and times.
    fn metadata(&self, number: u32, columns: &str, snapshots: &[(i64, i64)], more: &str) {
        let current = snapshots.last().map_or(-1, |(id, _)| *id);
        let snapshots = snapshots.iter().map(|(id, time)| {
            format!(r#"{{"snapshot-id":{id},"timestamp-ms":{time},"schema-id":0,"manifest-list":"{LOCATION}/metadata/snap-{id}.avro"}}"#)
        });
        let snapshots = snapshots.collect::<Vec<_>>().join(",");
        let text = format!(
            r#"{{"format-version":2,"location":"{LOCATION}","last-updated-ms":1,"current-schema-id":1,
            "schemas":[{{"type":"struct","schema-id":0,"fields":[{COLUMNS}]}},
                {{"type":"struct","schema-id":1,"fields":[{columns}]}}],
            "current-snapshot-id":{current},"snapshots":[{snapshots}]{more}}}"#
        );
        let path = self
            .path()
            .join(format!("metadata/{number:05}-a.metadata.json"));
        std::fs::write(path, text).expect("written");
    }

    /// Writes a data file.
    fn data(&self, path: &str, names: [Named; 3], values: &[i64]) {
        write(&self.path().join(path), names, values);
    }

    /// Writes a file of positions of rows.
    fn positions(&self, path: &str, rows: &[(&str, i64)]) {
        let files = rows.iter().map(|(file, _)| format!("{LOCATION}/{file}"));
        let batch = RecordBatch::try_from_iter([
            (
                "file_path",
                Arc::new(StringArray::from_iter_values(files)) as ArrayRef,
            ),
            (
                "pos",
                Arc::new(
                    rows.iter()
                        .map(|(_, row)| Some(*row))
                        .collect::<Int64Array>(),
                ),
            ),
        ]);
        let batch = batch.expect("a batch");
        let file = std::fs::File::create(self.path().join(path)).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
    }
}

#[test]
fn files_of_the_newest_snapshot_are_the_table() {
    let folder = Folder::new();
    folder.data("data/a.parquet", NAMES, &[1, 2, 3]);
    folder.data("data/b.parquet", NAMES, &[4]);
    let of = |path| File {
        path,
        ..File::default()
    };
    folder.snapshot(77, 1, &[of("data/a.parquet")]);
    let gone = File {
        status: 2,
        ..of("data/a.parquet")
    };
    folder.snapshot(88, 2, &[gone, of("data/b.parquet")]);
    folder.metadata(1, COLUMNS, &[(77, 1_000)], "");
    folder.metadata(2, COLUMNS, &[(77, 1_000), (88, 2_000)], "");
    let dataset = opened(folder.path());
    assert_eq!(values(&dataset, "id"), [4]);
    let notes: Vec<_> = dataset
        .metadata()
        .notes
        .iter()
        .map(|n| n.text.as_str())
        .collect();
    assert!(
        notes[0]
            .contains("Iceberg table's log says: snapshot 88 of metadata/00002-a.metadata.json"),
        "{notes:?}"
    );
    assert!(notes[1].contains(LOCATION), "{notes:?}");
    assert_eq!(
        values(&opened_as_of(folder.path(), AsOf::Version(77)), "id"),
        [1, 2, 3]
    );
    assert_eq!(
        values(&opened_as_of(folder.path(), AsOf::Time(1_999)), "id"),
        [1, 2, 3]
    );
    let as_of = Some(AsOf::Version(5));
    let said = refusal(
        folder.path(),
        &OpenOptions {
            as_of,
            ..OpenOptions::default()
        },
    );
    assert!(said.contains("no snapshot 5; it has 77, 88"), "{said}");
}

#[test]
fn rows_are_deleted_by_position() {
    let folder = Folder::new();
    folder.data("data/a.parquet", NAMES, &[10, 11, 12, 13, 14, 15]);
    folder.data("data/b.parquet", NAMES, &[20, 21]);
    folder.positions(
        "data/d.parquet",
        &[
            ("data/a.parquet", 5),
            ("data/b.parquet", 0),
            ("data/a.parquet", 1),
        ],
    );
    let of = |path, sequence| File {
        path,
        sequence: Some(sequence),
        ..File::default()
    };
    // The second file came after the deletes, which are of older rows.
    folder.snapshot(
        1,
        9,
        &[
            of("data/a.parquet", 1),
            of("data/b.parquet", 3),
            File {
                content: 1,
                ..of("data/d.parquet", 2)
            },
        ],
    );
    folder.metadata(1, COLUMNS, &[(1, 0)], "");
    let dataset = opened(folder.path());
    assert_eq!(values(&dataset, "id"), [10, 12, 13, 14, 20, 21]);
    assert_eq!(dataset.metadata().rows(), 6);
}

#[test]
fn rows_are_deleted_by_vector() {
    let folder = Folder::new();
    folder.data("data/a.parquet", NAMES, &[10, 11, 12]);
    // A bitmap with row 2, in its frame.
    let body = [
        &[0xD1, 0xD3, 0x39, 0x64][..],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 2, 0],
    ]
    .concat();
    let length = u32::try_from(body.len()).expect("small").to_be_bytes();
    let checksum = crc32fast::hash(&body).to_be_bytes();
    let blob = [&b"PFA1"[..], &length, &body, &checksum, b"PFA1"].concat();
    std::fs::write(folder.path().join("data/v.puffin"), &blob).expect("written");
    let bytes = i64::try_from(blob.len() - 8).expect("small");
    let of = |path| File {
        path,
        sequence: Some(1),
        ..File::default()
    };
    folder.snapshot(
        1,
        1,
        &[
            of("data/a.parquet"),
            File {
                content: 1,
                format: Some("PUFFIN"),
                vector: Some(("data/a.parquet", 4, bytes)),
                ..of("data/v.puffin")
            },
        ],
    );
    folder.metadata(1, COLUMNS, &[(1, 0)], "");
    assert_eq!(values(&opened(folder.path()), "id"), [10, 11]);
}

#[test]
fn deletes_by_value_and_other_files_are_refused() {
    let folder = Folder::new();
    folder.data("data/a.parquet", NAMES, &[1]);
    let of = |path, sequence| File {
        path,
        sequence: Some(sequence),
        ..File::default()
    };
    let equality = File {
        content: 2,
        ..of("data/e.parquet", 2)
    };
    folder.snapshot(1, 1, &[of("data/a.parquet", 1), equality]);
    folder.metadata(1, COLUMNS, &[(1, 0)], "");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(
        said.contains("equality deletes") && said.contains("data/e.parquet"),
        "{said}"
    );
    let orc = File {
        format: Some("ORC"),
        ..of("data/a.orc", 1)
    };
    folder.snapshot(1, 1, &[orc]);
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(said.contains("is ORC"), "{said}");
    let path = folder.path().join("metadata/00001-a.metadata.json");
    std::fs::write(path, r#"{"format-version":4}"#).expect("written");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(said.contains("version 4 of Iceberg's format"), "{said}");
}

#[test]
fn columns_are_known_by_their_ids() {
    let folder = Folder::new();
    // "id" was renamed to "vehicle", and another "id" was added.
    let columns = r#"{"id":1,"name":"lon","type":"double","required":false},
        {"id":2,"name":"lat","type":"double","required":false},
        {"id":3,"name":"vehicle","type":"long","required":false},
        {"id":4,"name":"id","type":"long","required":false}"#;
    folder.data("data/a.parquet", NAMES, &[1, 2]);
    folder.data(
        "data/b.parquet",
        [("lon", Some(1)), ("lat", Some(2)), ("vehicle", Some(3))],
        &[3],
    );
    folder.data(
        "data/c.parquet",
        [("LON", None), ("lat", None), ("old", None)],
        &[5],
    );
    let of = |path| File {
        path,
        ..File::default()
    };
    folder.snapshot(
        1,
        1,
        &[
            of("data/a.parquet"),
            of("data/b.parquet"),
            of("data/c.parquet"),
        ],
    );
    let names = r#"[{"field-id":1,"names":["LON","lon"]},{"field-id":2,"names":["lat"]},{"field-id":3,"names":["old"]}]"#;
    let names = serde_json::to_string(names).expect("JSON");
    let more = format!(r#","properties":{{"schema.name-mapping.default":{names}}}"#);
    folder.metadata(1, columns, &[(1, 0)], &more);
    let dataset = opened(folder.path());
    assert_eq!(values(&dataset, "vehicle"), [1, 2, 3, 5]);
    assert_eq!(values(&dataset, "id"), [-1, -1, -1, -1]);
    // The snapshot itself has the columns of its time.
    let then = opened_as_of(folder.path(), AsOf::Version(1));
    assert_eq!(values(&then, "id"), [1, 2, 3, 5]);
}

#[test]
fn partitions_that_files_lack_are_the_manifest_s() {
    let folder = Folder::new();
    let columns = format!(r#"{COLUMNS},{{"id":4,"name":"date","type":"int","required":false}}"#);
    let spec = r#","partition-specs":[{"spec-id":0,"fields":[{"source-id":4,"field-id":1000,"name":"day","transform":"identity"}]}]"#;
    folder.data("data/day=5/a.parquet", NAMES, &[1]);
    folder.data("data/b.parquet", NAMES, &[2]);
    let of = |path, day| File {
        path,
        day,
        ..File::default()
    };
    folder.snapshot(
        1,
        1,
        &[
            of("data/day=5/a.parquet", Some(7)),
            of("data/b.parquet", None),
        ],
    );
    folder.metadata(1, &columns, &[(1, 0)], spec);
    let dataset = opened(folder.path());
    let metadata = dataset.metadata();
    assert_eq!(metadata.schema.partitions[0].name, "date");
    let values: Vec<_> = metadata
        .files
        .iter()
        .map(|f| f.partitions.clone())
        .collect();
    assert_eq!(
        values,
        [[PartitionValue::Null], [PartitionValue::Integer(7)]]
    );
    // Where files have the column, it is the truth.
    folder.data(
        "data/day=5/a.parquet",
        [("lon", Some(1)), ("lat", Some(2)), ("date", Some(4))],
        &[6],
    );
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(said.contains("b.parquet' has no column 'date'"), "{said}");
    folder.snapshot(1, 1, &[of("data/day=5/a.parquet", Some(7))]);
    let dataset = opened(folder.path());
    assert!(dataset.metadata().schema.partitions.is_empty());
}

#[test]
fn defaults_that_files_lack_are_refused() {
    let folder = Folder::new();
    let columns = format!(
        r#"{COLUMNS},{{"id":4,"name":"fleet","type":"long","required":false,"initial-default":3}},
        {{"id":5,"name":"shape","type":"variant","required":false}}"#
    );
    folder.data("data/a.parquet", NAMES, &[1]);
    folder.snapshot(
        1,
        1,
        &[File {
            path: "data/a.parquet",
            ..File::default()
        }],
    );
    folder.metadata(1, &columns, &[(1, 0)], "");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(
        said.contains("no column 'fleet', which has a default"),
        "{said}"
    );
    folder.data(
        "data/a.parquet",
        [("lon", Some(1)), ("lat", Some(2)), ("fleet", Some(4))],
        &[9],
    );
    let dataset = opened(folder.path());
    assert_eq!(values(&dataset, "fleet"), [9]);
    let notes = &dataset.metadata().notes;
    assert!(
        notes.iter().any(|n| n.text.contains("'shape' is left out")),
        "{notes:?}"
    );
}

#[test]
fn a_table_without_a_snapshot_has_columns() {
    let folder = Folder::new();
    folder.metadata(0, COLUMNS, &[], "");
    let dataset = opened(folder.path());
    assert_eq!(dataset.metadata().rows(), 0);
    assert_eq!(dataset.metadata().schema.attributes[0].name, "id");
}

/// Two rows without partitions, as pyiceberg 0.12.0 wrote them.
#[test]
fn tables_of_pyiceberg() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/suite/tables/pyiceberg-0.12.0"
    );
    let dataset = opened(Path::new(folder));
    assert_eq!(values(&dataset, "id"), [1, 2]);
    assert_eq!(dataset.metadata().schema.partitions.len(), 0);
}
