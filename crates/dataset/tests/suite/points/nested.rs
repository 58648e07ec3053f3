//! Points, boxes and other columns that lie within structs and lists.

use super::{PLACES, batch, floats, named, points, wkb, write};
use crate::common::{open, read, scan_of, write as write_ipc};
use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, Int64Array, RecordBatch, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use graticule_dataset::OpenOptions;
use std::sync::Arc;

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
