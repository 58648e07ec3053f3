//! Which columns are the points: what files declare goes before what columns are called.

use crate::common::{open, read, scan_of, write as write_ipc};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float32Array, Float64Array, Int64Array, RecordBatch,
    StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
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

#[test]
fn boxes_of_singles_hold_their_points() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    // The nearest f32 of 10.1 is 10.1000004, and that of -1.426645041 is -1.426645.
    let places = [[-1.426_645_041, 43.6], [10.1, 50.1]];
    #[expect(
        clippy::cast_possible_truncation,
        reason = "as a plain cast makes them"
    )]
    let single = |axis: usize| -> ArrayRef {
        Arc::new(Float32Array::from(
            places.map(|p: [f64; 2]| p[axis] as f32).to_vec(),
        ))
    };
    let side = |name: &str, axis| {
        (
            Arc::new(Field::new(name, DataType::Float32, false)),
            single(axis),
        )
    };
    let boxes = StructArray::from(vec![
        side("xmin", 0),
        side("ymin", 1),
        side("xmax", 0),
        side("ymax", 1),
    ]);
    let covering = r#""encoding":"WKB","covering":{"bbox":{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}"#;
    for (place, other) in [(places[0], places[1]), (places[1], places[0])] {
        let whole = batch(vec![
            ("geometry", wkb(places)),
            ("bbox", Arc::new(boxes.clone())),
        ]);
        write(&path, &whole, Some(covering));
        let dataset = open(&path, &OpenOptions::default()).expect("it opens");
        let group = &dataset.metadata().files[0].row_groups[0];
        for axis in [0, 1] {
            let bounds = group.columns.at(axis).bounds.expect("boxes");
            let [low, high] = [bounds.low, bounds.high].map(f64::from_bits);
            let (least, most) = (place[axis].min(other[axis]), place[axis].max(other[axis]));
            assert!(low < least && least < low + 1e-5, "{low} {least}");
            assert!(high > most && most > high - 1e-5, "{high} {most}");
        }
    }
    // Nothing but its name says what a struct is of that the file does not declare.
    let whole = batch(vec![
        ("geometry", wkb(places)),
        ("bbox", Arc::new(boxes.clone())),
    ]);
    write(&path, &whole, Some(r#""encoding":"WKB""#));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    let group = &dataset.metadata().files[0].row_groups[0];
    assert_eq!(
        [0, 1].map(|axis| group.columns.at(axis).bounds),
        [None, None]
    );
    // The box of the whole file tells as much, where rows have none.
    let told = r#""encoding":"WKB","bbox":[-1.426645041,43.6,10.1,50.1]"#;
    write(&path, &batch(vec![("geometry", wkb(places))]), Some(told));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    let bounds = dataset.metadata().files[0].row_groups[0]
        .columns
        .at(0)
        .bounds;
    let ends = bounds.map(|b| [b.low, b.high].map(f64::from_bits));
    assert_eq!(ends, Some([-1.426_645_041, 10.1]));
}

#[test]
fn geoarrow_declares_points_in_either_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let extended = |array: &ArrayRef, name: &str| {
        let metadata = [
            ("ARROW:extension:name".to_owned(), name.to_owned()),
            (
                "ARROW:extension:metadata".to_owned(),
                r#"{"crs":"OGC:CRS84","crs_type":"authority_code"}"#.to_owned(),
            ),
        ];
        let field = Field::new("place", array.data_type().clone(), true);
        field.with_metadata(metadata.into())
    };
    let part = |name: &str, values| {
        (
            Arc::new(Field::new(name, DataType::Float64, true)),
            floats(values),
        )
    };
    let separated: ArrayRef = Arc::new(StructArray::from(vec![
        part("x", [10.0, 11.0]),
        part("y", [50.0, 51.0]),
    ]));
    let item = Arc::new(Field::new("xy", DataType::Float64, true));
    let values = Float64Array::from(vec![10.0, 50.0, 11.0, 51.0]);
    let interleaved: ArrayRef = Arc::new(arrow::array::FixedSizeListArray::new(
        item,
        2,
        Arc::new(values),
        None,
    ));
    let text: ArrayRef = Arc::new(arrow::array::StringArray::from(vec![
        "POINT (10 50)",
        "POINT Z (11 51 3)",
    ]));
    let cases = [
        ("geoarrow.point", separated),
        ("geoarrow.point", interleaved),
        ("geoarrow.wkb", wkb(PLACES)),
        ("ogc.wkb", wkb(PLACES)),
        ("geoarrow.wkt", text),
    ];
    for (name, array) in cases {
        let schema = arrow::datatypes::Schema::new(vec![
            Field::new("x", DataType::Float64, true),
            Field::new("y", DataType::Float64, true),
            extended(&array, name),
        ]);
        let columns = vec![floats([0.0, 0.0]), floats([0.0, 0.0]), array];
        let whole = RecordBatch::try_new(Arc::new(schema), columns).expect("a batch");
        let path = folder.path().join("a.parquet");
        write(&path, &whole, None);
        let arrow = folder.path().join("a.arrow");
        write_ipc(&arrow, &whole, &[2], None);
        for path in [&path, &arrow] {
            let dataset = open(path, &OpenOptions::default()).expect("it opens");
            assert_eq!(points(&dataset), PLACES, "{name} in {}", path.display());
        }
    }
}

#[test]
fn fields_of_structs_are_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |name: &str, values| {
        (
            Arc::new(Field::new(name, DataType::Float64, true)),
            floats(values),
        )
    };
    let place: ArrayRef = Arc::new(StructArray::from(vec![
        part("1", [10.0, 11.0]),
        part("2", [50.0, 51.0]),
    ]));
    let more: ArrayRef = Arc::new(StructArray::from(vec![
        part("speed", [0.5, 1.5]),
        part("b", [1.0, 2.0]),
    ]));
    let whole = batch(vec![
        ("pt", place),
        ("st", more),
        // What is really called so is meant.
        ("st.b", floats([5.0, 6.0])),
    ]);
    let path = folder.path().join("a.parquet");
    write(&path, &whole, None);
    let arrow = folder.path().join("a.arrow");
    write_ipc(&arrow, &whole, &[2], None);
    for path in [&path, &arrow] {
        let dataset = open(path, &named("pt.1", "pt.2")).expect("it opens");
        assert_eq!(points(&dataset), PLACES);
        let names: Vec<&str> = dataset.metadata().schema.file_columns().collect();
        assert_eq!(names, ["pt.1", "pt.2", "pt", "st", "st.b", "st.speed"]);
        let (batches, _) = read(&dataset, &scan_of(&dataset, &["st.speed", "st.b"]), 2);
        let column = |name: &str| {
            let column = batches[0].column_by_name(name).expect("it was read");
            column.as_primitive::<Float64Type>().values().to_vec()
        };
        assert_eq!(
            (column("st.speed"), column("st.b")),
            (vec![0.5, 1.5], vec![5.0, 6.0])
        );
        let schema = crate::common::runtime()
            .block_on(dataset.arrow_schema())
            .expect("a schema");
        let kept: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(kept, ["pt.1", "pt.2", "st", "st.b"]);
    }
    // Parquet has bounds of fields, too.
    let dataset = open(&path, &named("pt.1", "pt.2")).expect("it opens");
    let metadata = dataset.metadata();
    let speed = metadata.schema.file_column("st.speed").expect("a column");
    let bounds = metadata.files[0].row_groups[0]
        .columns
        .at(speed)
        .bounds
        .expect("bounds");
    assert_eq!([bounds.low, bounds.high].map(f64::from_bits), [0.5, 1.5]);
}

/// Fields that are never null, as most writers have them.
fn required(parts: Vec<(&str, ArrayRef)>, nulls: Option<NullBuffer>) -> ArrayRef {
    let field = |(name, array): (&str, ArrayRef)| {
        let field = Field::new(name, array.data_type().clone(), false);
        (Arc::new(field), array)
    };
    let (fields, arrays): (Vec<_>, Vec<_>) = parts.into_iter().map(field).unzip();
    Arc::new(StructArray::new(fields.into(), arrays, nulls))
}

/// Of a struct only the fields that are asked are read; the others are neither null nor there.
#[test]
fn fields_that_are_never_null_are_read_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = |values: [i64; 3]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let degrees = |values: [f64; 3]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
    let inner = required(vec![("c", whole([5, 6, 7])), ("d", whole([0; 3]))], None);
    let middle = Some(NullBuffer::from(vec![true, false, true]));
    let outer = vec![("a", whole([1, 2, 3])), ("b", whole([9; 3])), ("t", inner)];
    let place = vec![
        ("lon", degrees([10.0, 11.0, 12.0])),
        ("lat", degrees([50.0, 51.0, 52.0])),
        ("acc", degrees([0.5; 3])),
    ];
    let all = batch(vec![
        ("loc", required(place, None)),
        ("s", required(outer, middle)),
    ]);
    let path = folder.path().join("a.parquet");
    let field = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
    let fields: Vec<Field> = all.schema().fields().iter().map(field).collect();
    let schema = Arc::new(arrow::datatypes::Schema::new(fields));
    let all = RecordBatch::try_new(schema, all.columns().to_vec()).expect("columns");
    write(&path, &all, None);
    let arrow = folder.path().join("a.arrow");
    write_ipc(&arrow, &all, &[3], None);
    for path in [&path, &arrow] {
        let dataset = open(path, &named("loc.lon", "loc.lat")).expect("it opens");
        let expected = [[10.0, 50.0], [11.0, 51.0], [12.0, 52.0]];
        assert_eq!(points(&dataset), expected);
        for names in [
            &["s.a", "s.t.c"][..],
            &["s.t.c", "s", "s.a"],
            &["s.a", "loc", "s.t.c"],
        ] {
            let (batches, _) = read(&dataset, &scan_of(&dataset, names), 2);
            let read = concat_batches(&batches[0].schema(), &batches).expect("one schema");
            let read_as = |name: &str| -> Vec<Option<i64>> {
                let column = read.column_by_name(name).expect("it was read");
                column.as_primitive::<Int64Type>().iter().collect()
            };
            assert_eq!(read_as("s.a"), [Some(1), None, Some(3)], "{names:?}");
            assert_eq!(read_as("s.t.c"), [Some(5), None, Some(7)], "{names:?}");
            // What is asked whole is whole.
            for name in names.iter().filter(|name| !name.contains('.')) {
                let column = read.column_by_name(name).expect("it was read");
                let same = all.column_by_name(name).expect("it was written");
                assert_eq!(&column.to_data(), &same.to_data(), "{name}");
            }
        }
    }
}

/// GeoArrow's points with heights and measures: the geometry is a struct of which x and y are read.
#[test]
fn points_with_heights_are_points() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    for more in [&["z"][..], &["m"], &["z", "m"]] {
        let mut parts = vec![("x", floats([10.0, 11.0])), ("y", floats([50.0, 51.0]))];
        parts.extend(more.iter().map(|name| (*name, floats([1.0, 2.0]))));
        let whole = batch(vec![("geometry", required(parts, None))]);
        let encoding = r#""encoding":"point","geometry_types":["Point Z"]"#;
        write(&path, &whole, Some(encoding));
        let dataset = open(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(points(&dataset), PLACES, "{more:?}");
    }
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
