//! How files say where a point is: units of whole numbers, geometries, and values that Parquet cannot hold.

use super::support::{Place, check};
use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    StructArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use graticule_geo::CoordinateUnit;
use graticule_layout::import::{Import, ImportError, Unit};
use std::collections::HashMap;
use std::sync::Arc;

fn stream(batch: &RecordBatch) -> Vec<u8> {
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(batch).unwrap();
    stream.into_inner().unwrap()
}

fn notes(report: &graticule_layout::import::Report) -> String {
    let notes: Vec<&str> = report.notes.iter().map(|n| n.text.as_str()).collect();
    notes.join("\n")
}

/// A sixth and a twelfth of a circle, in three units; the same in CSV and Arrow.
#[test]
fn whole_numbers_are_of_the_unit_that_their_names_or_sizes_tell() {
    for (names, [lon, lat], degrees, told) in [
        (
            ["lon", "lat"],
            [60, 30],
            "60.0|30.0",
            "degrees, for none has more",
        ),
        (
            ["lon", "lat"],
            [600_000_000, 300_000_000],
            "60.0|30.0",
            "1e-7 degrees, which is a guess",
        ),
        (
            ["position_long", "position_lat"],
            [536_870_912, 268_435_456],
            "45.0|22.5",
            "semicircles, by their names",
        ),
        (
            ["longitudeE7", "latitudeE7"],
            [600_000_000, 300_000_000],
            "60.0|30.0",
            "1e-7 degrees, by their names",
        ),
    ] {
        let place = Place::new();
        let set = |i: &mut Import| {
            (i.lon, i.lat) = (Some(names[0].to_owned()), Some(names[1].to_owned()));
        };
        let columns = [(names[0], lon), (names[1], lat)]
            .map(|(name, number)| (name, Arc::new(Int32Array::from(vec![number])) as ArrayRef));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let csv = format!("{},{}\n{lon},{lat}\n", names[0], names[1]);
        for (file, bytes) in [("a.arrows", stream(&batch)), ("a.csv", csv.into_bytes())] {
            let (report, rows) = place.import(file, bytes, set).unwrap();
            check(&rows, &["lon Float64|lat Float64", degrees]);
            assert!(notes(&report).contains(told), "{file}: {}", notes(&report));
            assert_eq!(report.invalid, 0);
        }
    }
}

#[test]
fn a_unit_that_may_be_any_is_refused_and_can_be_said() {
    let place = Place::new();
    let columns: [(&str, ArrayRef); 2] = [
        ("x", Arc::new(Int64Array::from(vec![12_500_000]))),
        ("y", Arc::new(Int64Array::from(vec![-33_868_800]))),
    ];
    let batch = stream(&RecordBatch::try_from_iter(columns).unwrap());
    let csv = b"x,y\n12500000,-33868800\n".to_vec();
    for (file, bytes) in [("a.arrows", batch), ("a.csv", csv)] {
        let refused = place.import(file, &bytes, |_| {}).unwrap_err();
        assert!(
            refused.to_string().contains("`coordinate_unit`"),
            "{refused}"
        );
        let set = |i: &mut Import| i.coordinate_unit = Some(CoordinateUnit::Decimal(6));
        let (_, rows) = place.import(file, &bytes, set).unwrap();
        check(&rows, &["lon Float64|lat Float64", "12.5|-33.8688"]);
    }
    let set = |i: &mut Import| i.coordinate_unit = Some(CoordinateUnit::Decimal(6));
    let geojson = r#"{"type":"Point","coordinates":[1,2]}"#;
    let refused = place.import("a.geojson", geojson, set).unwrap_err();
    assert!(matches!(refused, ImportError::Argument { .. }), "{refused}");
}

/// The sample has whole degrees, which a record behind it shows to be none.
#[test]
fn numbers_behind_the_sample_may_show_another_unit() {
    let place = Place::new();
    let zeros = "0,0\n".repeat(10_500);
    let csv = format!("lon,lat\n{zeros}116302500,399712500\n");
    let (_, rows) = place.import("late.csv", csv, |_| {}).unwrap();
    let last = rows.slice(rows.num_rows() - 1, 1);
    check(&last, &["lon Float64|lat Float64", "11.63025|39.97125"]);
}

fn point(x: f64, y: f64) -> Vec<u8> {
    let mut bytes = vec![1, 1, 0, 0, 0];
    bytes.extend(x.to_le_bytes());
    bytes.extend(y.to_le_bytes());
    bytes
}

#[test]
fn arrow_geometries_are_points() {
    let points = [point(11.5, 48.25), point(-0.125, 51.5)];
    let wkb: ArrayRef = Arc::new(BinaryArray::from_iter_values(points));
    let xs: ArrayRef = Arc::new(Float64Array::from(vec![11.5, -0.125]));
    let ys: ArrayRef = Arc::new(Float64Array::from(vec![48.25, 51.5]));
    let field = |name| Arc::new(Field::new(name, DataType::Float64, true));
    let separated: ArrayRef = Arc::new(StructArray::from(vec![
        (field("x"), xs.clone()),
        (field("y"), ys.clone()),
    ]));
    let extension =
        |name: &str| HashMap::from([("ARROW:extension:name".to_owned(), name.to_owned())]);
    let geo = r#"{"version":"1.0.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Point"]}}}"#;
    let geo = HashMap::from([("geo".to_owned(), geo.to_owned())]);
    for (geometry, of_field, of_schema) in [
        (wkb.clone(), extension("geoarrow.wkb"), HashMap::new()),
        (separated, extension("geoarrow.point"), HashMap::new()),
        (wkb, HashMap::new(), geo),
    ] {
        let place = Place::new();
        let fields = vec![
            // A grid, which is not what the file declares.
            Field::new("x", DataType::Float64, true),
            Field::new("y", DataType::Float64, true),
            Field::new("geometry", geometry.data_type().clone(), true).with_metadata(of_field),
        ];
        let schema = Schema::new_with_metadata(fields, of_schema);
        let columns = vec![ys.clone(), xs.clone(), geometry];
        let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
        let (report, rows) = place.import("a.arrows", stream(&batch), |_| {}).unwrap();
        check(
            &rows,
            &[
                "lon Float64|lat Float64|x Float64|y Float64",
                "11.5|48.25|48.25|11.5",
                "-0.125|51.5|51.5|-0.125",
            ],
        );
        assert!(notes(&report).contains("of the geometry 'geometry'"));
    }
}

#[test]
fn fields_of_structs_are_coordinates() {
    let place = Place::new();
    let field = |name| Arc::new(Field::new(name, DataType::Float64, true));
    let one = |number| Arc::new(Float64Array::from(vec![number])) as ArrayRef;
    let position: ArrayRef = Arc::new(StructArray::from(vec![
        (field("lon"), one(11.5)),
        (field("lat"), one(48.25)),
    ]));
    let batch = RecordBatch::try_from_iter([("at", position), ("v", one(1.0))]).unwrap();
    let set = |i: &mut Import| {
        (i.lon, i.lat) = (Some("at.lon".to_owned()), Some("at.lat".to_owned()));
    };
    let (_, rows) = place.import("a.arrows", stream(&batch), set).unwrap();
    check(
        &rows,
        &["lon Float64|lat Float64|v Float64", "11.5|48.25|1.0"],
    );
}

/// 292 million years in milliseconds are more than 64 bits hold, and so are counts from 2^63 on.
#[test]
fn rows_whose_values_would_be_lost_are_rejects() {
    let place = Place::new();
    let columns: [(&str, ArrayRef); 4] = [
        ("lon", Arc::new(Float64Array::from(vec![1.0; 4]))),
        ("lat", Arc::new(Float64Array::from(vec![2.0; 4]))),
        (
            "time",
            Arc::new(UInt64Array::from(vec![
                Some(60),
                Some(1 << 63),
                None,
                Some(61),
            ])),
        ),
        (
            "seen",
            Arc::new(TimestampSecondArray::from(vec![
                Some(1),
                Some(1),
                None,
                Some(i64::MAX / 1000 + 1),
            ])),
        ),
    ];
    let bytes = stream(&RecordBatch::try_from_iter(columns).unwrap());
    let set = |i: &mut Import| i.time_unit = Some(Unit::Second);
    let (report, rows) = place.import("a.arrows", bytes, set).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|seen Time",
            "1.0|2.0|1970-01-01T00:01:00Z|1970-01-01T00:00:01",
            "1.0|2.0|-|-",
        ],
    );
    assert_eq!((report.records, report.rows, report.rejects), (4, 2, 2));
    let lines: Vec<u64> = report.first_rejects.iter().map(|r| r.line).collect();
    assert_eq!(lines, [2, 4]);
    assert!(report.first_rejects[1].reason.contains("column 'seen'"));
}

#[test]
fn texts_of_points_are_points() {
    let place = Place::new();
    for name in ["wkt", "the_geom", "Geometry"] {
        let csv = format!(
            "id,{name},time\n1,POINT (11.5 48.25),2026-03-01T00:00:00Z\n2,\"SRID=4326;POINT Z (-0.125 51.5 7)\",\n\
             3,POINT EMPTY,\n4,\"LINESTRING (1 2, 3 4)\",\n"
        );
        let (report, rows) = place.import("a.csv", csv, |_| {}).unwrap();
        check(
            &rows,
            &[
                "lon Float64|lat Float64|time Time|id Int64",
                "11.5|48.25|2026-03-01T00:00:00Z|1",
                "-0.125|51.5|-|2",
                "-|-|-|3",
            ],
        );
        assert_eq!((report.rejects, report.invalid), (1, 1));
        assert!(notes(&report).contains("in well-known text"));
    }
    let csv = "geom,n\nSRID=3857;POINT (1280000 6140000),1\nPOINT (11.5 48.25),2\n";
    let (report, _) = place.import("c.csv", csv, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (1, 1));
    assert!(
        report.first_rejects[0].reason.contains("SRID 3857"),
        "{report}"
    );
    // Columns of numbers come first.
    let csv = "lon,lat,geom\n1,2,POINT (3 4)\n";
    let (_, rows) = place.import("b.csv", csv, |_| {}).unwrap();
    check(
        &rows,
        &["lon Float64|lat Float64|geom Utf8", "1.0|2.0|POINT (3 4)"],
    );
}

#[test]
fn texts_of_points_are_known_by_what_they_hold() {
    let place = Place::new();
    let rows_of = [
        "lon Float64|lat Float64|time Time|id Int64",
        "11.5|48.25|2026-03-01T00:00:00Z|1",
        "-0.125|51.5|-|2",
        "-|-|-|4",
    ];
    for name in ["st_astext", "location", "lonlat"] {
        // The id of what is no point says nothing of types.
        let csv = format!(
            "id,{name},time\n1,POINT (11.5 48.25),2026-03-01T00:00:00Z\n2,\"srid=4326; point z (-0.125 51.5 7)\",\n\
             x,\"LINESTRING (1 2, 3 4)\",\n4,,\n"
        );
        let (report, rows) = place.import("a.csv", csv.clone(), |_| {}).unwrap();
        check(&rows, &rows_of);
        assert_eq!(report.rejects, 1, "{report}");
        assert!(notes(&report).contains(&format!("the points are of column '{name}'")));
        let set = |i: &mut Import| i.geometry = Some(name.to_owned());
        let (_, rows) = place.import("a.csv", csv, set).unwrap();
        check(&rows, &rows_of);
    }
    // Names that no point has are not looked for.
    let csv = "id,place\n1,Point Reyes\n2,Point Loma\n";
    let error = place.import("b.csv", csv, |_| {}).unwrap_err();
    assert!(matches!(error, ImportError::NoColumn { .. }), "{error}");

    let csv = "from,to,lon,lat\nPOINT (1 2),POINT (3 4),5,6\n";
    let (_, rows) = place.import("c.csv", csv, |_| {}).unwrap();
    assert_eq!(rows.num_columns(), 4);
    let csv = "from,to\nPOINT (1 2),POINT (3 4)\n";
    let error = place.import("c.csv", csv, |_| {}).unwrap_err().to_string();
    assert!(
        error.contains("several columns hold points: from, to; choose one with `geometry`"),
        "{error}"
    );
    let set = |name: &'static str| move |i: &mut Import| i.geometry = Some(name.to_owned());
    let (_, rows) = place.import("c.csv", csv, set("to")).unwrap();
    check(
        &rows,
        &["lon Float64|lat Float64|from Utf8", "3.0|4.0|POINT (1 2)"],
    );
    let error = place
        .import("c.csv", csv, set("at"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("none is named 'at'; `geometry` names"),
        "{error}"
    );
    let geojson = r#"{"type":"Point","coordinates":[1,2]}"#;
    let error = place.import("d.geojson", geojson, set("to")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("it is for CSV"),
        "{error}"
    );
}

/// A file of Arrow is asked like one of Parquet.
#[test]
fn points_beside_their_source_are_told_twice() {
    let place = Place::new();
    let columns: [(&str, ArrayRef); 2] = [
        ("lon", Arc::new(Float64Array::from(vec![1.5]))),
        ("lat", Arc::new(Float64Array::from(vec![2.5]))),
    ];
    let batch = stream(&RecordBatch::try_from_iter(columns).unwrap());
    let import = |name: &str, bytes: &[u8]| place.import(name, bytes, |_| {}).unwrap().0;
    let told = notes(&import("a.arrow", &batch));
    let folder = place.path("out");
    let folder = folder.parent().unwrap().display();
    assert!(
        told.contains(&format!("'{folder}' holds these points twice now")),
        "{told}"
    );
    // Elsewhere, of another format, or where no listing finds it, it is not.
    for (name, bytes) in [
        ("below/a.arrow", &batch[..]),
        ("b.csv", b"lon,lat\n1.5,2.5\n"),
        ("_a.arrow", &batch[..]),
    ] {
        let told = notes(&import(name, bytes));
        assert!(!told.contains("twice"), "{name}: {told}");
    }
}

/// Texts as they are, though of a type of which many writers' dictionaries are.
#[test]
fn columns_that_are_no_coordinates_are_refused_by_name() {
    let place = Place::new();
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1.5"]));
    let batch = RecordBatch::try_from_iter([("lon", texts.clone()), ("lat", texts)]).unwrap();
    let refused = place
        .import("a.arrows", stream(&batch), |_| {})
        .unwrap_err();
    assert!(refused.to_string().contains("'lon' is Utf8"), "{refused}");
}
