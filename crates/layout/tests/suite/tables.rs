//! Of a table the rows are rewritten that its log says are there.

use crate::common::{batch, optimize, options, rows, write};
use arrow::array::Float64Array;
use std::sync::Arc;

#[test]
fn rows_that_a_table_deleted_are_not_rewritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("table");
    let degrees = || Arc::new(Float64Array::from_iter_values((0..10).map(f64::from)));
    let times = (0..10).map(|i| Some(1_772_323_200_000 + i)).collect();
    let points = batch(degrees(), degrees(), times, vec![]);
    write(&source.join("a.parquet"), &points, 3);
    write(&source.join("gone.parquet"), &points, 3);
    // Rows 1 and 4 are deleted, as a bitmap in base 85.
    let column = |name: &str, data_type: &str| {
        format!(
            r#"{{\"name\":\"{name}\",\"type\":\"{data_type}\",\"nullable\":true,\"metadata\":{{}}}}"#
        )
    };
    let columns = [
        column("id", "long"),
        column("time", "timestamp"),
        column("lon", "double"),
        column("lat", "double"),
    ];
    let log = [
        r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#.to_owned(),
        format!(
            r#"{{"metaData":{{"id":"0","format":{{"provider":"parquet","options":{{}}}},"schemaString":"{{\"type\":\"struct\",\"fields\":[{}]}}","partitionColumns":[],"configuration":{{}},"createdTime":0}}}}"#,
            columns.join(",")
        ),
        r#"{"add":{"path":"a.parquet","partitionValues":{},"size":1,"modificationTime":0,"dataChange":true,"deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rrl5","sizeInBytes":36,"cardinality":2}}}"#.to_owned(),
    ];
    std::fs::create_dir(source.join("_delta_log")).expect("made");
    let version = source.join("_delta_log/00000000000000000000.json");
    std::fs::write(version, log.join("\n")).expect("written");
    let made = folder.path().join("made");
    let report = optimize(&options(), &source, &made);
    assert_eq!(report.rows, 8);
    let mut ids: Vec<i64> = rows(&made).into_iter().map(|(id, ..)| id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [0, 2, 3, 5, 6, 7, 8, 9]);
}
