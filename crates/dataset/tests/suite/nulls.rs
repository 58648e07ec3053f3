//! Columns that have no type yet, and those whose values are not read whole.

use crate::common::{open, read, scan_of};
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Array, IntervalDayTimeArray, NullArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float64Type, IntervalDayTime, TimeUnit};
use graticule_dataset::{Dataset, OpenOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A file as other writers make them, without a schema of Arrow's.
fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    parquet_with(path, columns, EnabledStatistics::Page);
}

fn parquet_with(path: &Path, columns: Vec<(&str, ArrayRef)>, statistics: EnabledStatistics) {
    let rows = columns.first().map_or(0, |(_, array)| array.len());
    let points: ArrayRef = Arc::new(Float64Array::from(vec![10.0; rows]));
    let all = [("lon", points.clone()), ("lat", points)];
    let batch = RecordBatch::try_from_iter_with_nullable(
        all.into_iter()
            .chain(columns)
            .map(|(name, array)| (name, array, true)),
    );
    let batch = batch.expect("a batch");
    let file = File::create(path).expect("there is room");
    let options = ArrowWriterOptions::new()
        .with_skip_arrow_metadata(true)
        .with_properties(
            WriterProperties::builder()
                .set_statistics_enabled(statistics)
                .build(),
        );
    let writer = ArrowWriter::try_new_with_options(file, batch.schema(), options);
    let mut writer = writer.expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

fn column(dataset: &Dataset, name: &str) -> ArrayRef {
    let (batches, _) = read(dataset, &scan_of(dataset, &[name]), 1000);
    let whole = concat_batches(&batches[0].schema(), &batches).expect("one schema");
    whole.column_by_name(name).expect("it is carried").clone()
}

/// As data frames write a category or an object of which a day has no value.
#[test]
fn a_column_of_nulls_takes_the_type_of_the_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let doubles: ArrayRef = Arc::new(Float64Array::from(vec![None, None]));
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![None, None]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("bus"), None]));
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![5, 6]));
    parquet(
        &at("a.parquet"),
        vec![("mode", doubles.clone()), ("time", doubles)],
    );
    parquet(&at("b.parquet"), vec![("mode", texts), ("time", times)]);
    parquet(
        &at("c.parquet"),
        vec![("mode", numbers.clone()), ("time", numbers)],
    );
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let schema = &dataset.metadata().schema;
    assert_eq!(schema.set_aside, []);
    assert_eq!(schema.attributes[0].data_type, DataType::Utf8);
    let time = schema.time.as_ref().expect("a time column");
    assert_eq!(time.name, "time");
    let modes = column(&dataset, "mode");
    let modes: Vec<_> = modes.as_string::<i32>().iter().collect();
    assert_eq!(modes, [None, None, Some("bus"), None, None, None]);
}

/// Where none has a value the column is what the files say.
#[test]
fn a_column_of_nulls_alone_keeps_its_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let doubles: ArrayRef = Arc::new(Float64Array::from(vec![None]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a")]));
    parquet(&folder.path().join("a.parquet"), vec![("mode", doubles)]);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let schema = &dataset.metadata().schema;
    assert_eq!(schema.attributes[0].data_type, DataType::Float64);
    // Values of two kinds are still none of one column.
    let one: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    parquet(&folder.path().join("b.parquet"), vec![("mode", texts)]);
    parquet(&folder.path().join("c.parquet"), vec![("mode", one)]);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let aside = &dataset.metadata().schema.set_aside;
    assert_eq!(aside.len(), 1);
    assert!(aside[0].reason.contains("no type holds"), "{aside:?}");
}

/// Months would be passed over: 1 month and 3 days would be 3 days.
#[test]
fn intervals_whose_months_are_not_read_cannot_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let spans: ArrayRef = Arc::new(IntervalDayTimeArray::from(vec![IntervalDayTime::new(3, 0)]));
    let one: ArrayRef = Arc::new(Int32Array::from(vec![7]));
    let path = folder.path().join("a.parquet");
    parquet(&path, vec![("span", spans), ("n", one)]);
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    let schema = &dataset.metadata().schema;
    let names: Vec<&str> = schema.attributes.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["n"]);
    assert_eq!(schema.set_aside[0].name, "span");
    assert!(schema.set_aside[0].reason.contains("months"));
    let notes = &dataset.metadata().notes;
    assert!(
        notes
            .iter()
            .any(|n| n.text.contains("'span' cannot be asked"))
    );
}

fn none() -> ArrayRef {
    Arc::new(NullArray::new(1))
}

/// A type is one even of nulls, where another file has none.
#[test]
fn a_type_goes_before_none() {
    let typed: [ArrayRef; 4] = [
        Arc::new(StringArray::from(vec![None::<&str>])),
        Arc::new(Int32Array::from(vec![None])),
        Arc::new(Float64Array::from(vec![None])),
        Arc::new(TimestampMicrosecondArray::from(vec![None])),
    ];
    for ignore_statistics in [false, true] {
        for column_of in &typed {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |name: &str| folder.path().join(name);
            parquet(&at("a.parquet"), vec![("c", column_of.clone())]);
            // Such nulls few writers count.
            let void = vec![("c", none())];
            parquet_with(&at("b.parquet"), void, EnabledStatistics::None);
            let options = OpenOptions {
                ignore_statistics,
                ..OpenOptions::default()
            };
            let dataset = open(folder.path(), &options).expect("it opens");
            let found = &dataset.metadata().schema.attributes[0].data_type;
            assert_eq!(found, column_of.data_type());
            assert_eq!(column(&dataset, "c").null_count(), 2);
        }
    }
}

/// No value is of either type, so there is nothing that no type would hold.
#[test]
fn nulls_of_two_types_are_nulls() {
    let folder = tempfile::tempdir().expect("a folder");
    let doubles: ArrayRef = Arc::new(Float64Array::from(vec![None]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    let at = |name: &str| folder.path().join(name);
    let with = |array: ArrayRef| vec![("c", array.clone()), ("time", array)];
    parquet(&at("a.parquet"), with(doubles));
    parquet(&at("b.parquet"), with(texts));
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let schema = &dataset.metadata().schema;
    assert_eq!(schema.set_aside, []);
    assert_eq!(schema.attributes[0].data_type, DataType::Null);
    assert_eq!(column(&dataset, "c").logical_null_count(), 2);
    // A time is one even where there is none.
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(schema.time.as_ref().map(|t| &t.data_type), Some(&micros));
    assert_eq!(column(&dataset, "time").null_count(), 2);
}

/// Of columns that are called as times the first that has any is it.
#[test]
fn a_time_column_of_nulls_is_one_where_there_is_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let named = |columns| {
        parquet(&path, columns);
        let dataset = open(&path, &OpenOptions::default()).expect("it opens");
        let time = dataset.metadata().schema.time.clone();
        let notes: Vec<String> = dataset
            .metadata()
            .notes
            .iter()
            .map(|n| n.text.clone())
            .collect();
        (time.map(|time| time.name), notes.concat())
    };
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![5]));
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![5]));
    let (name, notes) = named(vec![("time", none())]);
    assert_eq!((name.as_deref(), notes.as_str()), (Some("time"), ""));
    assert_eq!(
        named(vec![("time", none()), ("ts", times)]).0.as_deref(),
        Some("ts")
    );
    let (name, notes) = named(vec![("time", none()), ("ts", numbers)]);
    assert!(
        name.is_none() && notes.contains("'ts' (Int32) may be one"),
        "{notes}"
    );
}

/// The points of a day without any.
#[test]
fn coordinates_of_nulls_are_no_places() {
    let void: ArrayRef = Arc::new(NullArray::new(2));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>; 2]));
    let degrees: ArrayRef = Arc::new(Float64Array::from(vec![11.0, 12.0]));
    let whole: ArrayRef = Arc::new(Int32Array::from(vec![110_000_000, 120_000_000]));
    let expected = [None, None, Some(11.0), Some(12.0)];
    for (no_place, place) in [
        (&void, &degrees),
        (&void, &whole),
        (&texts, &degrees),
        (&texts, &whole),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, array) in [("a", no_place), ("b", place)] {
            let columns = [("lon", array.clone(), true), ("lat", array.clone(), true)];
            let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("a batch");
            let path = folder.path().join(format!("{name}.parquet"));
            let file = File::create(path).expect("there is room");
            let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
            writer.write(&batch).expect("written");
            writer.close().expect("closed");
        }
        let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
        let lon = column(&dataset, "lon");
        let lon: Vec<_> = lon.as_primitive::<Float64Type>().iter().collect();
        assert_eq!(
            lon,
            expected,
            "{} and {}",
            no_place.data_type(),
            place.data_type()
        );
    }
}
