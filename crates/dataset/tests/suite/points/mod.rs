//! Which columns are the points: what files declare goes before what columns are called.

mod nested;

use crate::common::{open, read, scan_of};
use arrow::array::{ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Float64Type;
use graticule_dataset::{Dataset, OpenOptions};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use std::path::Path;
use std::sync::Arc;

const WKB: &str = r#""encoding":"WKB","geometry_types":["Point"]"#;

fn floats(values: [f64; 2]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

/// Munich-like places, which no other column of these tests holds.
fn wkb(points: [[f64; 2]; 2]) -> ArrayRef {
    let value =
        |[x, y]: [f64; 2]| [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat();
    Arc::new(BinaryArray::from_iter_values(points.map(value)))
}

const PLACES: [[f64; 2]; 2] = [[10.0, 50.0], [11.0, 51.0]];

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn write(path: &Path, batch: &RecordBatch, geometry: Option<&str>) {
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(batch).expect("written");
    if let Some(described) = geometry {
        let geo = format!(
            r#"{{"version":"1.1.0","primary_column":"geometry","columns":{{"geometry":{{{described}}}}}}}"#
        );
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
    }
    writer.close().expect("closed");
}

fn named(lon: &str, lat: &str) -> OpenOptions {
    OpenOptions {
        lon: Some(lon.to_owned()),
        lat: Some(lat.to_owned()),
        ..OpenOptions::default()
    }
}

fn geometry(name: &str) -> OpenOptions {
    OpenOptions {
        geometry: Some(name.to_owned()),
        ..OpenOptions::default()
    }
}

/// The points as they are read.
fn points(dataset: &Dataset) -> Vec<[f64; 2]> {
    let schema = &dataset.metadata().schema;
    let names = [schema.lon.name.as_str(), schema.lat.name.as_str()];
    let (batches, _) = read(dataset, &scan_of(dataset, &names), 1);
    let value = |batch: &RecordBatch, name: &str| {
        let column = batch.column_by_name(name).expect("it was read");
        column.as_primitive::<Float64Type>().value(0)
    };
    batches
        .iter()
        .map(|batch| names.map(|name| value(batch, name)))
        .collect()
}

fn notes(dataset: &Dataset) -> String {
    let notes = dataset.metadata().notes.iter();
    notes
        .map(|note| format!("{} {}\n", note.is_warning, note.text))
        .collect()
}

#[test]
fn a_declared_geometry_goes_before_columns_by_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let whole = batch(vec![
        ("x", floats([3.0, 4.0])),
        ("geometry", wkb(PLACES)),
        ("y", floats([7.0, 8.0])),
    ]);
    write(&path, &whole, Some(WKB));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), PLACES);
    assert_eq!(dataset.metadata().schema.lon.name, "lon");
    let told = notes(&dataset);
    assert!(
        told.contains("geometry 'geometry'") && told.contains("`lon` x `lat` y"),
        "{told}"
    );
    let dataset = open(&path, &named("x", "y")).expect("it opens");
    assert_eq!(points(&dataset), [[3.0, 7.0], [4.0, 8.0]]);
    assert!(notes(&dataset).contains("not of the geometry 'geometry'"));
    // What is kept of it all: the points stand for the geometry where they are taken from it.
    let kept = |options: &OpenOptions| -> Vec<String> {
        let dataset = open(&path, options).expect("it opens");
        let schema = crate::common::runtime()
            .block_on(dataset.arrow_schema())
            .expect("a schema");
        schema.fields().iter().map(|f| f.name().clone()).collect()
    };
    assert_eq!(kept(&OpenOptions::default()), ["x", "lon", "lat", "y"]);
    assert_eq!(kept(&named("x", "y")), ["x", "geometry", "y"]);
}

#[test]
fn one_name_alone_does_no_harm_and_taken_names_are_not_taken_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    // A latency, say.
    write(
        &path,
        &batch(vec![
            ("lat", floats([12.5, 13.5])),
            ("geometry", wkb(PLACES)),
        ]),
        Some(WKB),
    );
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), PLACES);
    assert_eq!(dataset.metadata().schema.lat.name, "geometry.y");
    let both = vec![
        ("lon", floats([1.0, 2.0])),
        ("lat", floats([3.0, 4.0])),
        ("geometry", wkb(PLACES)),
    ];
    write(&path, &batch(both), Some(WKB));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), PLACES);
    assert!(notes(&dataset).contains("`lon` lon `lat` lat"));
    let dataset = open(&path, &named("lon", "lat")).expect("it opens");
    assert_eq!(points(&dataset), [[1.0, 3.0], [2.0, 4.0]]);
}

#[test]
fn shapes_that_are_no_points_leave_the_place_to_columns_of_degrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let areas = r#""encoding":"WKB","geometry_types":["Polygon"]"#;
    let with = |lon: &'static str, lat: &'static str| {
        let columns = vec![
            (lon, floats([1.0, 2.0])),
            (lat, floats([3.0, 4.0])),
            ("geometry", wkb(PLACES)),
        ];
        batch(columns)
    };
    write(&path, &with("lon", "lat"), Some(areas));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), [[1.0, 3.0], [2.0, 4.0]]);
    let told = notes(&dataset);
    assert!(told.contains("true") && told.contains("Polygon"), "{told}");
    // x and y may be anything.
    write(&path, &with("x", "y"), Some(areas));
    let error = open(&path, &OpenOptions::default())
        .expect_err("no points")
        .to_string();
    assert!(
        error.contains("Polygon") && error.contains("`lon` x `lat` y"),
        "{error}"
    );
    let metres = r#""encoding":"WKB","crs":"EPSG:3857""#;
    write(&path, &with("x", "y"), Some(metres));
    let error = open(&path, &OpenOptions::default())
        .expect_err("no degrees")
        .to_string();
    assert!(error.contains("EPSG:3857"), "{error}");
    let error = open(&path, &geometry("geometry"))
        .expect_err("no degrees")
        .to_string();
    assert!(error.contains("EPSG:3857"), "{error}");
    let error = open(&path, &geometry("shape"))
        .expect_err("no column")
        .to_string();
    assert!(
        error.contains("shape") && error.contains("`geometry`"),
        "{error}"
    );
}

#[test]
fn a_reference_that_nobody_names_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let whole = batch(vec![("geometry", wkb(PLACES))]);
    write(&path, &whole, Some(r#""encoding":"WKB","crs":null"#));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), PLACES);
    let told = notes(&dataset);
    assert!(
        told.starts_with("true") && told.contains("does not say of which CRS"),
        "{told}"
    );
    // By the standard no key is no doubt.
    write(&path, &whole, Some(WKB));
    assert_eq!(
        notes(&open(&path, &OpenOptions::default()).expect("it opens")),
        ""
    );
}

/// A file that has none lies beside files that do, whether these declare them or not.
#[test]
fn files_without_points_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    write(&at("a.parquet"), &batch(vec![("id", ids)]), None);
    write(
        &at("b.parquet"),
        &batch(vec![("geometry", wkb(PLACES))]),
        Some(WKB),
    );
    for options in [OpenOptions::default(), geometry("geometry")] {
        let dataset = open(folder.path(), &options).expect("it opens");
        let (batches, _) = read(&dataset, &scan_of(&dataset, &["lon"]), 2);
        let lon = concat_batches(&batches[0].schema(), &batches).expect("one schema");
        let lon = lon.column(0).as_primitive::<Float64Type>().iter();
        assert_eq!(lon.collect::<Vec<_>>(), [None, Some(10.0), Some(11.0)]);
        let told = notes(&dataset);
        let text = "true 1 of 2 files lack a coordinate, and their rows have no place";
        assert!(told.contains(text) && told.contains("a.parquet"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    // The file that has geometries is the one whose geometries are told.
    let error = open(folder.path(), &geometry("geom")).expect_err("none");
    let error = error.to_string();
    assert!(
        error.contains("b.parquet") && error.ends_with("columns: geometry"),
        "{error}"
    );
    // One coordinate in one file and one in another are no points.
    write(
        &at("a.parquet"),
        &batch(vec![("lon", floats([1.0, 2.0]))]),
        None,
    );
    write(
        &at("b.parquet"),
        &batch(vec![("lat", floats([1.0, 2.0]))]),
        None,
    );
    let error = open(folder.path(), &OpenOptions::default()).expect_err("no points");
    assert!(
        error.to_string().contains("has no latitude column"),
        "{error}"
    );
}
