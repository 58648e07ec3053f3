//! Questions about points that files declare, and about fields of structs.

use arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{Field, FieldRef};
use graticule::{Aggregate, Bbox, Dataset, Engine, Filter, Key, OpenOptions, Query, Run, count};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use std::path::Path;
use std::sync::Arc;

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn part(name: &str, array: ArrayRef) -> (FieldRef, ArrayRef) {
    (
        Arc::new(Field::new(name, array.data_type().clone(), true)),
        array,
    )
}

/// Three points, of which the second is null; beside them a struct with a text and a number.
fn write(path: &Path, is_wkb: bool) {
    let (x, y): ([f64; 3], [f64; 3]) = ([10.0, 0.0, 11.0], [50.0, 0.0, 51.0]);
    let geometry: ArrayRef = match is_wkb {
        true => {
            let point = |i: usize| {
                [
                    &[1, 1, 0, 0, 0][..],
                    &x[i].to_le_bytes(),
                    &y[i].to_le_bytes(),
                ]
                .concat()
            };
            let points = [Some(point(0)), None, Some(point(2))];
            Arc::new(BinaryArray::from_iter(points))
        }
        false => {
            let parts = vec![part("x", floats(&x)), part("y", floats(&y))];
            let (fields, arrays): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let nulls = vec![true, false, true].into();
            Arc::new(StructArray::new(fields.into(), arrays, Some(nulls)))
        }
    };
    let modes = StringArray::from(vec![Some("bus"), Some("bus"), None]);
    let st = StructArray::from(vec![
        part("mode", Arc::new(modes)),
        part("speed", floats(&[0.5, 1.0, 1.5])),
    ]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", floats(&[1.0, 2.0, 3.0])),
        ("y", floats(&[1.0, 2.0, 3.0])),
        ("geometry", geometry),
        ("st", Arc::new(st)),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    let encoding = if is_wkb { "WKB" } else { "point" };
    let geo = format!(
        r#"{{"version":"1.1.0","primary_column":"geometry","columns":{{"geometry":{{"encoding":"{encoding}","geometry_types":["Point"]}}}}}}"#
    );
    writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
    writer.close().expect("closed");
}

fn ask(path: &Path, options: OpenOptions, query: &Query) -> String {
    let dataset = Dataset::open_with_blocking(path.to_str().expect("text"), options);
    let dataset = dataset.expect("a dataset");
    let answer = query
        .run_blocking(&Engine::cpu().threads(1), &dataset)
        .expect("an answer");
    let mut text = Vec::new();
    answer
        .write("csv".parse().expect("a format"), &mut text)
        .expect("written");
    String::from_utf8(text).expect("text")
}

fn condition(text: &str) -> Filter {
    Filter::Where(text.parse().expect("a condition"))
}

#[test]
fn fields_of_structs_and_of_geometries_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let key = |text: &str| -> Key { text.parse().expect("a key") };
    let sum = |text: &str| -> Aggregate { text.parse().expect("an aggregate") };
    for is_wkb in [true, false] {
        write(&path, is_wkb);
        for ignore_statistics in [false, true] {
            let ask = |query: &Query| {
                let options = OpenOptions {
                    ignore_statistics,
                    ..OpenOptions::default()
                };
                ask(&path, options, query)
            };
            let bbox = Bbox::new(9.0, 49.0, 12.0, 52.0).expect("a box");
            assert_eq!(ask(&Query::new().within(bbox)), "count\n2\n");
            // Columns that are decoded first are a part of the struct.
            let fast = Query::new().filter(condition("st.speed > 1"));
            assert_eq!(ask(&fast), "count\n1\n");
            let fast = fast
                .by([key("st.mode")])
                .aggregate([count(), sum("sum(st.speed)")]);
            assert_eq!(ask(&fast), "st.mode,count,sum(st.speed)\n,1,1.5\n");
            let bus = Query::new().filter(condition("st.mode = 'bus'"));
            assert_eq!(
                ask(&bus.aggregate([sum("max(st.speed)")])),
                "max(st.speed)\n0.5\n"
            );
            // A coordinate is a value as any other.
            let west = Query::new().filter(condition("lon < 10.5"));
            assert_eq!(ask(&west), "count\n1\n");
        }
    }
}

#[test]
fn names_of_columns_go_before_the_geometry() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    write(&path, true);
    let options = OpenOptions {
        lon: Some("x".to_owned()),
        lat: Some("y".to_owned()),
        ..OpenOptions::default()
    };
    let bbox = Bbox::new(0.5, 0.5, 2.5, 2.5).expect("a box");
    assert_eq!(
        ask(&path, options, &Query::new().within(bbox)),
        "count\n2\n"
    );
}
