//! Types that mean the same, or have one that holds the values of all.

use super::{batch, bounds, lake, parquet, type_of, values_of};
use crate::common::{open, scan_of, try_read};
use arrow::array::{
    ArrayRef, AsArray, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray,
    NullArray, StringArray, StringViewArray,
};
use arrow::datatypes::{DataType, Int8Type, Int64Type};
use graticule_columns::Bounds;
use graticule_dataset::{Dataset, OpenOptions};
use parquet::data_type::DoubleType;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::sync::Arc;

#[test]
fn texts_of_any_kind_are_texts() {
    let places: DictionaryArray<Int8Type> = [Some("d")].into_iter().collect();
    let folder = lake(vec![
        Arc::new(StringArray::from(vec!["a"])),
        Arc::new(LargeStringArray::from(vec!["b"])),
        Arc::new(StringViewArray::from(vec![
            "a text of more than twelve bytes",
        ])),
        Arc::new(places),
        Arc::new(NullArray::new(1)),
    ]);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(type_of(&dataset, "c"), DataType::Utf8);
    let expected = [
        Some("a"),
        Some("b"),
        Some("a text of more than twelve bytes"),
        Some("d"),
        None,
    ];
    assert_eq!(
        values_of(&dataset, "c").as_string::<i32>(),
        &expected.into_iter().collect::<StringArray>()
    );
}

#[test]
fn numbers_widen_with_their_bounds() {
    let folder = lake(vec![
        Arc::new(Int32Array::from(vec![-7])),
        Arc::new(Int64Array::from(vec![1 << 40])),
        Arc::new(arrow::array::UInt8Array::from(vec![200])),
    ]);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(
        values_of(&dataset, "c")
            .as_primitive::<Int64Type>()
            .values(),
        &[-7, 1 << 40, 200]
    );
    let of = |v: i64| {
        Some(Bounds {
            low: v.cast_unsigned(),
            high: v.cast_unsigned(),
        })
    };
    // Arrow files have none.
    assert_eq!(bounds(&dataset, "c"), [of(-7), None, of(200)]);
    let folder = lake(vec![
        Arc::new(Int64Array::from(vec![3])),
        Arc::new(Float64Array::from(vec![0.5])),
        Arc::new(Int64Array::from(vec![(1 << 53) + 1])),
    ]);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(type_of(&dataset, "c"), DataType::Float64);
    let three = 3f64.to_bits();
    assert_eq!(
        bounds(&dataset, "c"),
        [
            Some(Bounds {
                low: three,
                high: three
            }),
            None,
            None
        ]
    );
    let error = try_read(&dataset, &scan_of(&dataset, &["c"]), 10)
        .expect_err("it is no float")
        .to_string();
    for part in ["2.parquet", "'c'", "9007199254740993", "Int64", "Float64"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("damaged"), "{error}");
}

#[test]
fn a_column_of_no_common_type_stops_only_who_asks_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |c: ArrayRef| batch(vec![("c", c), ("n", Arc::new(Int64Array::from(vec![1])))]);
    parquet(
        &folder.path().join("a.parquet"),
        &of(Arc::new(StringArray::from(vec!["x"]))),
    );
    parquet(
        &folder.path().join("b.parquet"),
        &of(Arc::new(Int64Array::from(vec![5]))),
    );
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(
        values_of(&dataset, "n")
            .as_primitive::<Int64Type>()
            .values(),
        &[1, 1]
    );
    let schema = &dataset.metadata().schema;
    assert_eq!(
        schema.file_columns().collect::<Vec<_>>(),
        ["lon", "lat", "n"]
    );
    assert_eq!(schema.set_aside[0].name, "c");
    let note = &dataset.metadata().notes[0].text;
    for text in [note, &schema.set_aside[0].reason] {
        for part in ["a.parquet", "b.parquet", "Utf8", "Int64"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn columns_are_left_out_who_asks_for_it() {
    let folder = lake(vec![Arc::new(StringArray::from(vec!["a"]))]);
    let options = OpenOptions {
        without: vec!["c".to_owned()],
        ..OpenOptions::default()
    };
    let dataset = open(folder.path(), &options).expect("it opens");
    assert!(dataset.metadata().schema.attributes.is_empty());
    assert_eq!(dataset.metadata().schema.set_aside[0].name, "c");
    let options = OpenOptions {
        without: vec!["d".to_owned()],
        ..OpenOptions::default()
    };
    let error = open(folder.path(), &options)
        .expect_err("there is none")
        .to_string();
    assert!(
        error.contains("'d'") && error.contains("lon, lat, c"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_called_text_are_told_by_name() {
    let message = "message m { required double lon; required double lat; required binary pt (UTF8); required int64 n; }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = File::create(folder.path().join("a.parquet")).expect("there is room");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a row group");
    for _ in 0..2 {
        let mut column = group.next_column().expect("a column").expect("a column");
        column
            .typed::<DoubleType>()
            .write_batch(&[10.0], None, None)
            .expect("written");
        column.close().expect("closed");
    }
    let mut column = group.next_column().expect("a column").expect("a column");
    let bytes = parquet::data_type::ByteArray::from(vec![1, 0xff, 0xfe]);
    column
        .typed::<parquet::data_type::ByteArrayType>()
        .write_batch(&[bytes], None, None)
        .expect("written");
    column.close().expect("closed");
    let mut column = group.next_column().expect("a column").expect("a column");
    column
        .typed::<parquet::data_type::Int64Type>()
        .write_batch(&[4], None, None)
        .expect("written");
    column.close().expect("closed");
    group.close().expect("closed");
    writer.close().expect("closed");
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(column_values(&dataset), [4]);
    let error = try_read(&dataset, &scan_of(&dataset, &["n", "pt"]), 10)
        .expect_err("no text")
        .to_string();
    for part in [
        "a.parquet",
        "row group 0",
        "'pt'",
        "Utf8",
        "no UTF-8",
        "`without`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(
        !error.contains("damaged") && !error.contains("copy"),
        "{error}"
    );
}

fn column_values(dataset: &Dataset) -> Vec<i64> {
    values_of(dataset, "n")
        .as_primitive::<Int64Type>()
        .values()
        .to_vec()
}

#[test]
fn other_formats_are_told_by_what_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    for (bytes, part) in [
        (&b"lon,lat\n10,50\n11,51\n"[..], "graticule import"),
        (b"{\"type\": \"FeatureCollection\"}", "graticule import"),
        (b"\0\0\0\0\0\0\0\0\0\0\0\0LANC", "Lance"),
        (b"VTXF\0\0\0\0\0\0\0\0VTXF", "Vortex"),
    ] {
        std::fs::write(&path, bytes).expect("written");
        let error = open(&path, &OpenOptions::default())
            .expect_err("no Parquet")
            .to_string();
        assert!(
            error.contains(part) && !error.contains("copy it again"),
            "{error}"
        );
    }
    // What begins as Parquet was cut off.
    std::fs::write(&path, b"PAR1 and no more than that").expect("written");
    let error = open(&path, &OpenOptions::default())
        .expect_err("no end")
        .to_string();
    assert!(error.contains("copy it again"), "{error}");
}
