//! Delta Lake tables, with logs written out.

use super::{Named, opened, opened_as_of, refusal, values, write};
use graticule_columns::PartitionValue;
use graticule_dataset::{AsOf, OpenOptions};
use std::path::Path;

const NAMES: [Named; 3] = [("lon", None), ("lat", None), ("id", None)];
const PLAIN: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#;

/// Writes a version of a log.
fn commit(folder: &Path, version: u64, actions: &[String]) {
    let log = folder.join("_delta_log");
    std::fs::create_dir_all(&log).expect("made");
    std::fs::write(log.join(format!("{version:020}.json")), actions.join("\n")).expect("written");
}

fn protocol(features: &[&str]) -> String {
    let features = serde_json::to_string(features).expect("JSON");
    format!(
        r#"{{"protocol":{{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":{features},"writerFeatures":{features}}}}}"#
    )
}

/// A column of the log's schema.
fn column(name: &str, data_type: &str, metadata: &str) -> String {
    format!(r#"{{"name":"{name}","type":"{data_type}","nullable":true,"metadata":{{{metadata}}}}}"#)
}

fn metadata(columns: &[String], partitions: &[&str], configuration: &str) -> String {
    let schema = format!(r#"{{"type":"struct","fields":[{}]}}"#, columns.join(","));
    let schema = serde_json::to_string(&schema).expect("JSON");
    let partitions = serde_json::to_string(partitions).expect("JSON");
    format!(
        r#"{{"metaData":{{"id":"0f0f0f0f-0000-0000-0000-000000000000","format":{{"provider":"parquet","options":{{}}}},"schemaString":{schema},"partitionColumns":{partitions},"configuration":{{{configuration}}},"createdTime":0}}}}"#
    )
}

fn plain_columns() -> Vec<String> {
    let of = |name, data_type| column(name, data_type, "");
    vec![of("lon", "double"), of("lat", "double"), of("id", "long")]
}

fn add(folder: &Path, path: &str, partitions: &str, more: &str) -> String {
    let decoded = path.replace("%25", "%").replace("%20", " ");
    let size = std::fs::metadata(folder.join(decoded)).map_or(1, |m| m.len());
    format!(
        r#"{{"add":{{"path":"{path}","partitionValues":{{{partitions}}},"size":{size},"modificationTime":0,"dataChange":true{more}}}}}"#
    )
}

fn remove(path: &str) -> String {
    format!(
        r#"{{"remove":{{"path":"{path}","deletionTimestamp":1,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{{}},"size":1}}}}"#
    )
}

/// Ids 1 to 3 in the first version; 4 and 5 in the second; the first file replaced in the third by one of 1
/// and 3.
fn replaced() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(&at.join("a.parquet"), NAMES, &[1, 2, 3]);
    write(&at.join("b.parquet"), NAMES, &[4, 5]);
    write(&at.join("c.parquet"), NAMES, &[1, 3]);
    let table = metadata(&plain_columns(), &[], "");
    commit(
        at,
        0,
        &[PLAIN.to_owned(), table, add(at, "a.parquet", "", "")],
    );
    commit(at, 1, &[add(at, "b.parquet", "", "")]);
    commit(at, 2, &[remove("a.parquet"), add(at, "c.parquet", "", "")]);
    folder
}

#[test]
fn rows_that_were_replaced_are_none() {
    let folder = replaced();
    let dataset = opened(folder.path());
    assert_eq!(values(&dataset, "id"), [4, 5, 1, 3]);
    assert_eq!(dataset.metadata().rows(), 4);
    let notes = &dataset.metadata().notes;
    assert!(
        notes[0]
            .text
            .contains("Delta Lake table's log says: version 2"),
        "{notes:?}"
    );
    assert!(!notes[0].is_warning);
}

/// The log has a column that the file lacks, and says nothing of the folder that is called so.
#[test]
fn folders_of_a_table_fill_no_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(&at.join("day=5/a.parquet"), NAMES, &[1, 2]);
    let mut columns = plain_columns();
    columns.push(column("day", "long", ""));
    let table = metadata(&columns, &[], "");
    let add = add(at, "day=5/a.parquet", "", "");
    commit(at, 0, &[PLAIN.to_owned(), table, add]);
    assert_eq!(values(&opened(at), "day"), [-1, -1]);
    let options = OpenOptions {
        as_files: true,
        ..OpenOptions::default()
    };
    let as_files = super::open(at, &options).expect("it opens");
    assert!(as_files.metadata().schema.folders_fill);
}

#[test]
fn older_versions_by_number_and_time() {
    let folder = replaced();
    let at = folder.path();
    assert_eq!(values(&opened_as_of(at, AsOf::Version(0)), "id"), [1, 2, 3]);
    assert_eq!(
        values(&opened_as_of(at, AsOf::Version(1)), "id"),
        [1, 2, 3, 4, 5]
    );
    // The log's files say when their versions came.
    for (version, seconds) in [(0u64, 100), (1, 200), (2, 300)] {
        let path = at.join(format!("_delta_log/{version:020}.json"));
        let file = std::fs::File::options()
            .write(true)
            .open(path)
            .expect("it is there");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(time).expect("set");
    }
    assert_eq!(
        values(&opened_as_of(at, AsOf::Time(200_000)), "id"),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        values(&opened_as_of(at, AsOf::Time(199_999)), "id"),
        [1, 2, 3]
    );
    assert_eq!(
        values(&opened_as_of(at, AsOf::Time(900_000)), "id"),
        [4, 5, 1, 3]
    );
    let as_of = |as_of: AsOf| OpenOptions {
        as_of: Some(as_of),
        ..OpenOptions::default()
    };
    let said = refusal(at, &as_of(AsOf::Time(99_000)));
    assert!(
        said.contains("no version as of 1970-01-01T00:01:39Z"),
        "{said}"
    );
    let said = refusal(at, &as_of(AsOf::Version(9)));
    assert!(
        said.contains("no version 9") && said.contains("the newest is 2"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_gone_is_named() {
    let folder = replaced();
    std::fs::remove_file(folder.path().join("c.parquet")).expect("removed");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(
        said.contains("version 2 has the file") && said.contains("c.parquet"),
        "{said}"
    );
}

#[test]
fn rows_of_deletion_vectors_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(&at.join("a.parquet"), NAMES, &[10, 11, 12, 13, 14, 15]);
    write(&at.join("b.parquet"), NAMES, &[20]);
    let table = metadata(&plain_columns(), &[], "");
    // Rows 1 and 4, a bitmap in base 85.
    let vector = r#","deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rrl5","sizeInBytes":36,"cardinality":2}"#;
    commit(
        at,
        0,
        &[
            protocol(&["deletionVectors"]),
            table,
            add(at, "a.parquet", "", ""),
            add(at, "b.parquet", "", ""),
        ],
    );
    let whole = opened(at);
    assert_eq!(values(&whole, "id"), [10, 11, 12, 13, 14, 15, 20]);
    commit(
        at,
        1,
        &[remove("a.parquet"), add(at, "a.parquet", "", vector)],
    );
    let dataset = opened(at);
    assert_eq!(values(&dataset, "id"), [10, 12, 13, 15, 20]);
    assert_eq!(dataset.metadata().rows(), 5);
    assert_ne!(dataset.fingerprint(), whole.fingerprint());
}

#[test]
fn partitions_are_the_log_s_not_the_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for file in ["day=9/a.parquet", "n=x%20y/b.parquet", "c.parquet"] {
        write(&at.join(file), NAMES, &[1]);
    }
    let mut columns = plain_columns();
    columns.extend([column("n", "integer", ""), column("day", "date", "")]);
    commit(
        at,
        0,
        &[
            PLAIN.to_owned(),
            metadata(&columns, &["n", "day"], ""),
            add(at, "c.parquet", r#""n":"","day":"2026-03-01""#, ""),
            add(at, "day=9/a.parquet", r#""n":"7","day":"2026-03-02""#, ""),
            add(at, "n=x%2520y/b.parquet", r#""n":"-8","day":null"#, ""),
        ],
    );
    let dataset = opened(at);
    let metadata = dataset.metadata();
    let names: Vec<_> = metadata
        .schema
        .partitions
        .iter()
        .map(|p| (p.name.as_str(), p.is_integer))
        .collect();
    assert_eq!(names, [("n", true), ("day", false)]);
    let values: Vec<_> = metadata
        .files
        .iter()
        .map(|file| file.partitions.clone())
        .collect();
    let day = |text: &str| PartitionValue::Text(text.to_owned());
    assert_eq!(
        values,
        [
            [PartitionValue::Null, day("2026-03-01")],
            [PartitionValue::Integer(7), day("2026-03-02")],
            [PartitionValue::Integer(-8), PartitionValue::Null],
        ]
    );
}

#[test]
fn columns_may_be_named_otherwise_in_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    // The table's "id" is the files' "col-3", and "lat" is another column there.
    write(
        &at.join("a.parquet"),
        [("col-1", None), ("lat", None), ("col-3", None)],
        &[1, 2],
    );
    write(
        &at.join("b.parquet"),
        [("col-1", None), ("lat", None), ("id", None)],
        &[3],
    );
    let mapped = |name: &str, data_type: &str, id: i32, own: &str| {
        let metadata =
            format!(r#""delta.columnMapping.id":{id},"delta.columnMapping.physicalName":"{own}""#);
        column(name, data_type, &metadata)
    };
    let columns = [
        mapped("lat", "double", 1, "col-1"),
        mapped("lon", "double", 2, "lat"),
        mapped("id", "long", 3, "col-3"),
        mapped("new", "long", 4, "col-4"),
    ];
    let configuration =
        r#""delta.columnMapping.mode":"name","delta.columnMapping.maxColumnId":"4""#;
    commit(
        at,
        0,
        &[
            protocol(&["columnMapping"]),
            metadata(&columns, &[], configuration),
            add(at, "a.parquet", "", ""),
            add(at, "b.parquet", "", ""),
        ],
    );
    let dataset = opened(at);
    let schema = &dataset.metadata().schema;
    assert_eq!(
        (schema.lon.name.as_str(), schema.lat.name.as_str()),
        ("lon", "lat")
    );
    let attributes: Vec<_> = schema.attributes.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(attributes, ["id", "new"]);
    // What the files call "id" is no column of the table.
    assert_eq!(values(&dataset, "id"), [1, 2, -1]);
    assert_eq!(values(&dataset, "new"), [-1, -1, -1]);
}

#[test]
fn a_table_without_rows_has_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    commit(
        folder.path(),
        0,
        &[PLAIN.to_owned(), metadata(&plain_columns(), &[], "")],
    );
    let dataset = opened(folder.path());
    assert_eq!(dataset.metadata().rows(), 0);
    assert_eq!(dataset.metadata().schema.attributes[0].name, "id");
}

#[test]
fn features_that_are_not_understood_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(&at.join("a.parquet"), NAMES, &[1]);
    let table = metadata(&plain_columns(), &[], "");
    commit(
        at,
        0,
        &[
            protocol(&["thirdEye"]),
            table.clone(),
            add(at, "a.parquet", "", ""),
        ],
    );
    let said = refusal(at, &OpenOptions::default());
    assert!(
        said.contains("Delta Lake") && said.contains("thirdEye"),
        "{said}"
    );
    commit(at, 0, &["{\"add\":".to_owned()]);
    let said = refusal(at, &OpenOptions::default());
    assert!(said.contains("its log cannot be followed"), "{said}");
}
