//! Sources that declare their points or hold them in structs, and what is found again in the layout.

use crate::common::{optimize, options};
use arrow::array::{
    ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, RecordBatch, StructArray,
};
use arrow::datatypes::{Field, FieldRef, Float64Type};
use graticule_dataset::{Dataset, OpenOptions};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use std::path::Path;
use std::sync::Arc;

fn floats(values: [f64; 2]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn fields(parts: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let field = |(name, array): (&str, ArrayRef)| -> (FieldRef, ArrayRef) {
        (
            Arc::new(Field::new(name, array.data_type().clone(), true)),
            array,
        )
    };
    Arc::new(StructArray::from(
        parts.into_iter().map(field).collect::<Vec<_>>(),
    ))
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, geo: Option<&str>) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    if let Some(geo) = geo {
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_owned()));
    }
    writer.close().expect("closed");
}

/// The columns of an optimized dataset without any flags, and what some of floats hold.
fn made(path: &Path, wanted: &[&str]) -> (Vec<String>, Vec<Vec<f64>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    let url = path.to_str().expect("text");
    let dataset = runtime
        .block_on(Dataset::open(url, &OpenOptions::default()))
        .expect("it opens");
    let schema = runtime.block_on(dataset.arrow_schema()).expect("a schema");
    assert!(
        dataset.metadata().notes.is_empty(),
        "{:?}",
        dataset.metadata().notes
    );
    assert!(!schema.metadata().contains_key("geo"));
    let names = schema.fields().iter().map(|f| f.name().clone()).collect();
    let mut values = vec![Vec::new(); wanted.len()];
    crate::common::each(path, &mut |batch| {
        for (name, values) in wanted.iter().zip(&mut values) {
            let column = batch.column_by_name(name).expect("it was read");
            values.extend(column.as_primitive::<Float64Type>().values());
        }
    });
    (names, values)
}

#[test]
fn a_layout_knows_its_columns_by_its_mark() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let times: ArrayRef = Arc::new(arrow::array::TimestampMillisecondArray::from(vec![0, 1]));
    let columns = vec![
        ("decimallongitude", floats([10.1, 11.1])),
        ("decimallatitude", floats([50.1, 51.1])),
        ("eventdate", times),
        // What guesses would find.
        ("x", floats([1.0, 2.0])),
        ("y", floats([1.0, 2.0])),
    ];
    write(&path("a.parquet"), columns, None);
    let mut named = options();
    named.open.lon = Some("decimallongitude".to_owned());
    named.open.lat = Some("decimallatitude".to_owned());
    named.open.time = Some("eventdate".to_owned());
    optimize(&named, &path("a.parquet"), &path("made"));
    let (names, values) = made(&path("made"), &["decimallongitude", "x"]);
    assert_eq!(
        names,
        ["decimallongitude", "decimallatitude", "eventdate", "x", "y"]
    );
    assert_eq!(values, [[10.1, 11.1], [1.0, 2.0]]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    let made = path("made");
    let plain = OpenOptions::default();
    let dataset = Dataset::open(made.to_str().expect("text"), &plain);
    let dataset = runtime.block_on(dataset).expect("it opens");
    let schema = &dataset.metadata().schema;
    assert_eq!(schema.lon.name, "decimallongitude");
    assert_eq!(
        schema.time.as_ref().map(|t| t.name.as_str()),
        Some("eventdate")
    );
}

#[test]
fn structs_are_kept_once_and_points_stand_for_their_geometry() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let wkb = |i: usize| {
        let (x, y) = ([10.25, 11.25][i], [50.5, 51.5][i]);
        [
            &[1, 1, 0, 0, 0][..],
            &f64::to_le_bytes(x),
            &f64::to_le_bytes(y),
        ]
        .concat()
    };
    let state = || {
        fields(vec![
            ("speed", floats([0.5, 1.5])),
            ("mode", Arc::new(Int64Array::from(vec![1, 2]))),
        ])
    };
    let columns = vec![
        ("x", floats([1.0, 2.0])),
        (
            "geometry",
            Arc::new(BinaryArray::from_iter_values([wkb(0), wkb(1)])) as ArrayRef,
        ),
        ("st", state()),
    ];
    let geo = r#"{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Point"]}}}"#;
    write(&path("a.parquet"), columns, Some(geo));
    optimize(&options(), &path("a.parquet"), &path("geometry"));
    let (names, values) = made(&path("geometry"), &["lon", "lat", "x", "st.speed"]);
    assert_eq!(names, ["x", "lon", "lat", "st"]);
    assert_eq!(
        values,
        [[10.25, 11.25], [50.5, 51.5], [1.0, 2.0], [0.5, 1.5]]
    );
    let place = fields(vec![
        ("lon", floats([10.25, 11.25])),
        ("lat", floats([50.5, 51.5])),
        ("name", Arc::new(Int64Array::from(vec![7, 8]))),
    ]);
    write(
        &path("b.parquet"),
        vec![("location", place), ("st", state())],
        None,
    );
    let mut named = options();
    named.open.lon = Some("location.lon".to_owned());
    named.open.lat = Some("location.lat".to_owned());
    optimize(&named, &path("b.parquet"), &path("struct"));
    let (names, values) = made(
        &path("struct"),
        &["location.lon", "location.lat", "st.speed"],
    );
    assert_eq!(names, ["location", "st", "location.lon", "location.lat"]);
    assert_eq!(values, [[10.25, 11.25], [50.5, 51.5], [0.5, 1.5]]);
}
