//! Geometries by Parquet's own types, and as some writers leave them; their bounds.

use crate::common::{open, read, scan_of, try_read};
use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use graticule_dataset::{Dataset, OpenOptions};
use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::path::Path;
use std::sync::Arc;

fn point(kind: u8, [x, y]: [f64; 2]) -> Vec<u8> {
    [&[1, kind, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat()
}

/// A multipoint of one.
fn multipoint(place: [f64; 2]) -> Vec<u8> {
    [&[1, 4, 0, 0, 0, 1, 0, 0, 0][..], &point(1, place)].concat()
}

/// A file of one column of bytes, marked as this, whose schema Arrow did not write.
fn write(path: &Path, name: &str, logical: LogicalType, geo: Option<&str>, values: &[Vec<u8>]) {
    let leaf = Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(logical))
        .build()
        .expect("a column");
    let root = Type::group_type_builder("root")
        .with_fields(vec![Arc::new(leaf)])
        .build();
    let pairs = geo.map(|geo| vec![KeyValue::new("geo".to_owned(), geo.to_owned())]);
    let properties = WriterProperties::builder()
        .set_key_value_metadata(pairs)
        .build();
    let file = std::fs::File::create(path).expect("a file");
    let root = Arc::new(root.expect("a schema"));
    let mut writer = SerializedFileWriter::new(file, root, Arc::new(properties)).expect("a writer");
    let mut group = writer.next_row_group().expect("a row group");
    let mut column = group.next_column().expect("a column").expect("one");
    let values: Vec<ByteArray> = values.iter().map(|v| ByteArray::from(v.clone())).collect();
    let typed = column.typed::<ByteArrayType>();
    typed.write_batch(&values, None, None).expect("written");
    column.close().expect("closed");
    group.close().expect("closed");
    writer.close().expect("closed");
}

fn points(dataset: &Dataset) -> Vec<[f64; 2]> {
    let (batches, _) = read(dataset, &scan_of(dataset, &["lon", "lat"]), 10);
    let column = |name: &str| {
        let column = batches[0].column_by_name(name).expect("it was read");
        column.as_primitive::<Float64Type>().values().to_vec()
    };
    column("lon")
        .into_iter()
        .zip(column("lat"))
        .map(|(x, y)| [x, y])
        .collect()
}

const PLACES: [[f64; 2]; 2] = [[10.0, 50.0], [11.0, 51.0]];

#[test]
fn parquet_types_declare_points() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let values = PLACES.map(|place| point(1, place));
    for (logical, is_doubtful) in [
        (LogicalType::geometry(None), false),
        (LogicalType::geometry(Some("EPSG:4326".to_owned())), false),
        (
            LogicalType::geography(Some("OGC:CRS84".to_owned()), None),
            false,
        ),
        (LogicalType::geometry(Some("srid:0".to_owned())), true),
    ] {
        write(&path, "place", logical, None, &values);
        let dataset = open(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(points(&dataset), PLACES);
        let notes = &dataset.metadata().notes;
        assert_eq!(
            notes.iter().any(|note| note.is_warning),
            is_doubtful,
            "{notes:?}"
        );
    }
    let metres = LogicalType::geometry(Some("EPSG:3857".to_owned()));
    write(&path, "place", metres, None, &values);
    let error = open(&path, &OpenOptions::default())
        .expect_err("no degrees")
        .to_string();
    assert!(error.contains("EPSG:3857"), "{error}");
}

#[test]
fn bytes_that_are_marked_as_text_are_points() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let geo = r#"{"version":"1.1.0","primary_column":"pt","columns":{"pt":{"encoding":"WKB","geometry_types":["Point"],"crs":"EPSG:4326"}}}"#;
    // 0xc0 begins no character of UTF-8.
    let places = [[-11.5, 48.1], [11.5, -48.1]];
    write(
        &path,
        "pt",
        LogicalType::String,
        Some(geo),
        &places.map(|place| point(1, place)),
    );
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points(&dataset), places);
    let (batches, _) = read(&dataset, &scan_of(&dataset, &["pt"]), 10);
    assert_eq!(batches[0].column_by_name("pt").map(|c| c.len()), Some(2));
}

#[test]
fn multipoints_of_one_are_points_and_other_shapes_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let geo = r#"{"version":"1.1.0","primary_column":"g","columns":{"g":{"encoding":"WKB","geometry_types":["MultiPoint","Point Z"]}}}"#;
    let mut values = vec![multipoint(PLACES[0]), point(1, PLACES[1])];
    write(&path, "g", LogicalType::geometry(None), Some(geo), &values);
    assert_eq!(
        points(&open(&path, &OpenOptions::default()).expect("it opens")),
        PLACES
    );
    let two = [
        &[1, 4, 0, 0, 0, 2, 0, 0, 0][..],
        &point(1, PLACES[0]),
        &point(1, PLACES[1]),
    ]
    .concat();
    for (other, told) in [(two, "2 points"), (point(3, [0.0, 0.0]), "type 3")] {
        values[1] = other;
        write(&path, "g", LogicalType::geometry(None), None, &values);
        let dataset = open(&path, &OpenOptions::default()).expect("it opens");
        let failed = try_read(&dataset, &scan_of(&dataset, &["lon"]), 10);
        let error = failed.expect_err("not all are points").to_string();
        for part in [told, "row 1", "a.parquet"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("damaged"), "{error}");
    }
}
