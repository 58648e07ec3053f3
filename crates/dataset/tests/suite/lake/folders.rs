//! Time columns, and what folders say.

use super::{batch, bounds, parquet, type_of, values_of};
use crate::common::{open, scan_of, try_read};
use arrow::array::{
    ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{
    DataType, Float64Type, Int64Type, TimeUnit as ArrowUnit, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use graticule_columns::{Bounds, Source, TimeUnit};
use graticule_dataset::OpenOptions;
use parquet::data_type::{DoubleType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Days from the Julian calendar's first to 1970.
const EPOCH: i64 = 2_440_588;

#[test]
fn int96_holds_its_whole_range() {
    let message = "message m { required double lon; required double lat; optional int96 time; }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    // The days of 9999-12-31, 1500-01-01 (Gregorian) and 0001-01-01, and nanoseconds within them.
    let days = [
        (2_932_896, 3_600_000_000_000),
        (-171_664, 0),
        (-719_162, 1_000),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let file = File::create(folder.path().join("a.parquet")).expect("there is room");
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(file, schema, properties).expect("a writer");
    let mut group = writer.next_row_group().expect("a row group");
    for _ in 0..2 {
        let mut column = group.next_column().expect("a column").expect("a column");
        let values = [10.0; 3];
        column
            .typed::<DoubleType>()
            .write_batch(&values, None, None)
            .expect("written");
        column.close().expect("closed");
    }
    let times = days.map(|(day, nanos): (i64, u64)| {
        let mut time = Int96::new();
        let [low, high] =
            [nanos & 0xffff_ffff, nanos >> 32].map(|v| u32::try_from(v).expect("32 bits"));
        time.set_data(low, high, u32::try_from(day + EPOCH).expect("a day"));
        time
    });
    let mut column = group.next_column().expect("a column").expect("a column");
    column
        .typed::<Int96Type>()
        .write_batch(&times, Some(&[1; 3]), None)
        .expect("written");
    column.close().expect("closed");
    group.close().expect("closed");
    writer.close().expect("closed");
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let notes = &dataset.metadata().notes;
    let told = notes
        .iter()
        .find(|n| n.text.contains("digits below these are cut off"));
    assert!(told.is_some_and(|n| !n.is_warning), "{notes:?}");
    let time = dataset
        .metadata()
        .schema
        .time
        .as_ref()
        .expect("a time column");
    assert_eq!(time.unit, TimeUnit::Microsecond);
    let expected =
        days.map(|(day, nanos)| day * 86_400_000_000 + i64::try_from(nanos / 1000).expect("small"));
    assert_eq!(expected[0], 253_402_218_000_000_000);
    assert_eq!(
        values_of(&dataset, "time")
            .as_primitive::<TimestampMicrosecondType>()
            .values(),
        &expected
    );
    // Beside nanoseconds the far times cannot be held, and are no other ones.
    let nanos = Arc::new(TimestampNanosecondArray::from(vec![5]));
    parquet(
        &folder.path().join("b.parquet"),
        &batch(vec![("time", nanos)]),
    );
    cannot_be_read(
        folder.path(),
        "time",
        ["a.parquet", "'time'", "nanoseconds"],
    );
}

/// A field of a struct is a column of its own, and its digits are cut as others' are.
#[test]
fn int96_within_a_struct_is_told_of() {
    let message = "message m { required double lon; required double lat; \
        required group s { required int96 t; required int96 u; } }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = File::create(folder.path().join("a.parquet")).expect("there is room");
    let writer = SerializedFileWriter::new(file, schema, Arc::default());
    writer.expect("a writer").close().expect("closed");
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let metadata = dataset.metadata();
    for name in ["s.t", "s.u"] {
        let told = format!("column '{name}' is INT96 in ");
        let notes = metadata.notes.iter().filter(|n| n.text.starts_with(&told));
        assert_eq!(notes.count(), 1, "{:?}", metadata.notes);
        let micros = DataType::Timestamp(ArrowUnit::Microsecond, None);
        assert_eq!(type_of(&dataset, name), micros);
    }
}

/// A dataset opens, and a column's values are an error that says so much.
fn cannot_be_read(path: &Path, column: &str, words: [&str; 3]) {
    let dataset = open(path, &OpenOptions::default()).expect("it opens");
    let error = try_read(&dataset, &scan_of(&dataset, &[column]), 10)
        .expect_err("no such value")
        .to_string();
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
}

#[test]
fn times_of_several_units_and_zones_are_instants() {
    let folder = tempfile::tempdir().expect("a folder");
    let micros =
        |zone: Option<&str>| TimestampMicrosecondArray::from(vec![1]).with_timezone_opt(zone);
    let at = |name: &str| folder.path().join(name);
    parquet(
        &at("a.parquet"),
        &batch(vec![("time", Arc::new(micros(Some("+00:00"))))]),
    );
    parquet(
        &at("b.parquet"),
        &batch(vec![("time", Arc::new(micros(None)))]),
    );
    let nanos = TimestampNanosecondArray::from(vec![7]).with_timezone("America/New_York");
    parquet(&at("c.parquet"), &batch(vec![("time", Arc::new(nanos))]));
    let days = arrow::array::Date32Array::from(vec![1]);
    parquet(&at("d.parquet"), &batch(vec![("time", Arc::new(days))]));
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let time = dataset
        .metadata()
        .schema
        .time
        .as_ref()
        .expect("a time column");
    assert_eq!(
        time.data_type,
        DataType::Timestamp(ArrowUnit::Nanosecond, Some("UTC".into()))
    );
    let expected = [1000, 1000, 7, 86_400_000_000_000];
    assert_eq!(
        values_of(&dataset, "time")
            .as_primitive::<TimestampNanosecondType>()
            .values(),
        &expected
    );
    let of = |v: i64| {
        Some(Bounds {
            low: v.cast_unsigned(),
            high: v.cast_unsigned(),
        })
    };
    assert_eq!(bounds(&dataset, "time"), expected.map(of));
}

#[test]
fn the_next_known_name_is_tried_where_the_first_is_no_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(Time64MicrosecondArray::from(vec![1]));
    let instant = Arc::new(TimestampMicrosecondArray::from(vec![2]));
    let path = folder.path().join("a.parquet");
    parquet(
        &path,
        &batch(vec![("time", clock.clone()), ("timestamp", instant)]),
    );
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    let metadata = dataset.metadata();
    assert_eq!(
        metadata.schema.time.as_ref().expect("a time column").name,
        "timestamp"
    );
    assert!(
        metadata.notes[0].text.contains("'timestamp'") && metadata.notes[0].text.contains("'time'")
    );
    // An integer is one only with a unit, and then the first name is taken.
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let instant = Arc::new(TimestampMicrosecondArray::from(vec![2]));
    parquet(&path, &batch(vec![("time", whole), ("ts", instant)]));
    let taken = |options: &OpenOptions| {
        let dataset = open(&path, options).expect("it opens");
        dataset
            .metadata()
            .schema
            .time
            .as_ref()
            .map(|t| t.name.clone())
    };
    let mut options = OpenOptions::default();
    assert_eq!(taken(&options).as_deref(), Some("ts"));
    options.time_unit = Some(TimeUnit::Second);
    assert_eq!(taken(&options).as_deref(), Some("time"));
    parquet(&path, &batch(vec![("time", clock)]));
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert!(dataset.metadata().schema.time.is_none());
    assert!(dataset.metadata().notes[0].text.contains("`time_column`"));
}

#[test]
fn numbers_texts_and_dates_are_time_columns() {
    let read_as = |array: ArrayRef, unit: Option<TimeUnit>| {
        let folder = tempfile::tempdir().expect("a folder");
        parquet(
            &folder.path().join("a.parquet"),
            &batch(vec![("seen", array)]),
        );
        let options = OpenOptions {
            time: Some("seen".to_owned()),
            time_unit: unit,
            ..OpenOptions::default()
        };
        let dataset = open(folder.path(), &options).map_err(|e| e.to_string())?;
        let mut scan = scan_of(&dataset, &[]);
        scan.sources.push(Source::Time);
        let scan = Arc::new(scan);
        let fetched = crate::common::runtime().block_on(dataset.fetch(&scan, &scan.groups[0]));
        let fetched = fetched.map_err(|e| e.to_string())?;
        let chunks = fetched.chunks(&scan, 0..1, 10, graticule_columns::Keep::All);
        let chunk = chunks.map_err(|e| e.to_string())?.next().expect("a chunk");
        let chunk = chunk.map_err(|e| e.to_string())?;
        let value = chunk.columns[2].read64(0..1, &mut [0; 1])[0].cast_signed();
        Ok::<_, String>((
            value,
            dataset
                .metadata()
                .schema
                .time
                .as_ref()
                .expect("a time column")
                .unit,
        ))
    };
    let second = Some(TimeUnit::Second);
    let whole = Arc::new(UInt64Array::from(vec![1_772_323_200]));
    assert_eq!(
        read_as(whole, second),
        Ok((1_772_323_200, TimeUnit::Second))
    );
    let float = Arc::new(Float64Array::from(vec![1_772_323_200.5]));
    assert_eq!(
        read_as(float.clone(), second),
        Ok((1_772_323_200_500_000_000, TimeUnit::Nanosecond))
    );
    assert!(
        read_as(float, None)
            .expect_err("of no unit")
            .contains("`time_unit`")
    );
    let text = |text: &str| Arc::new(StringArray::from(vec![text.to_owned()]));
    assert_eq!(
        read_as(text("2026-03-01T00:00:00+01:00"), None),
        Ok((1_772_319_600_000_000, TimeUnit::Microsecond))
    );
    let error = read_as(text("soon"), None).expect_err("it is no time");
    assert!(
        error.contains("a.parquet") && error.contains("'seen'") && error.contains("'soon'"),
        "{error}"
    );
    let day = Arc::new(arrow::array::Date64Array::from(vec![86_400_000]));
    assert_eq!(read_as(day, None), Ok((86_400_000, TimeUnit::Millisecond)));
}

#[test]
fn a_text_that_is_no_time_is_told_with_its_row() {
    let read = |last: [&str; 2]| {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |times: [Option<&str>; 4]| {
            let degrees: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 4]));
            let times: ArrayRef = Arc::new(StringArray::from(times.to_vec()));
            let columns = [("lon", degrees.clone()), ("lat", degrees), ("seen", times)];
            RecordBatch::try_from_iter(columns).expect("a batch")
        };
        let day = Some("2026-03-01");
        let at = |name: &str| folder.path().join(name);
        parquet(&at("a.parquet"), &of([day, None, day, None]));
        parquet(
            &at("b.parquet"),
            &of([day, None, Some(last[0]), Some(last[1])]),
        );
        let options = OpenOptions {
            time: Some("seen".to_owned()),
            ..OpenOptions::default()
        };
        let dataset = open(folder.path(), &options).expect("it opens");
        let mut scan = scan_of(&dataset, &[]);
        scan.sources.push(Source::Time);
        // The second of two batches has the row.
        try_read(&dataset, &scan, 2).map_err(|error| error.to_string())
    };
    assert!(read(["2026-03-02", "2026-03-02T01:00:00Z"]).is_ok());
    for (last, says) in [
        (
            ["2026-03-02", "soon"],
            "cannot be read: row 3: 'soon' is no time in ISO 8601, such as",
        ),
        (["", "2026-03-02"], "cannot be read: row 2: '' is no time"),
    ] {
        let error = read(last).expect_err("one is no time");
        let place = "b.parquet', row group 0: column 'seen' ";
        assert!(error.contains(&format!("{place}{says}")), "{error}");
    }
}

#[test]
fn files_may_lack_a_column_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let points = batch(vec![]);
    let other =
        RecordBatch::try_from_iter([("v", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    parquet(&at("a.parquet"), &other.expect("a batch"));
    let seen = Arc::new(TimestampMicrosecondArray::from(vec![3]));
    parquet(&at("b.parquet"), &batch(vec![("seen", seen)]));
    parquet(&at("c.parquet"), &points);
    let named = OpenOptions {
        lon: Some("lon".to_owned()),
        lat: Some("lat".to_owned()),
        time: Some("seen".to_owned()),
        ..OpenOptions::default()
    };
    let dataset = open(folder.path(), &named).expect("it opens");
    let note = &dataset.metadata().notes[0];
    assert!(
        note.is_warning && note.text.contains("a.parquet") && note.text.contains("1 of 3"),
        "{}",
        note.text
    );
    let lon = values_of(&dataset, "lon");
    let expected: Float64Array = [None, Some(10.0), Some(10.0)].into_iter().collect();
    assert_eq!(lon.as_primitive::<Float64Type>(), &expected);
    // It has no other points, so that the guess is told in the same way.
    let guessed = open(folder.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(guessed.metadata().notes[0], *note);
    // But other points may be what is meant.
    let other = [("x", 1.0), ("y", 2.0)]
        .map(|(name, v)| (name, Arc::new(Float64Array::from(vec![v])) as ArrayRef));
    let other = RecordBatch::try_from_iter(other).expect("a batch");
    parquet(&at("d.parquet"), &other);
    let error = open(folder.path(), &OpenOptions::default())
        .expect_err("its points are others")
        .to_string();
    let words = ["d.parquet", "b.parquet", "no column 'lon'", "has x and y"];
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
    assert!(open(folder.path(), &named).is_ok());
}

/// Writes a file below a folder of a name and a text.
fn within(root: &Path, folder: &str, batch: &RecordBatch) {
    let folder = root.join(folder);
    std::fs::create_dir_all(&folder).expect("there is room");
    parquet(&folder.join("a.parquet"), batch);
}

#[test]
fn a_files_own_column_beats_its_folders_text() {
    let root = tempfile::tempdir().expect("a folder");
    let of = |text: Option<&str>| batch(vec![("p", Arc::new(StringArray::from(vec![text])))]);
    within(root.path(), "p=a+b", &of(Some("a b")));
    within(root.path(), "p=null", &of(None));
    let dataset = open(root.path(), &OpenOptions::default()).expect("it opens");
    let metadata = dataset.metadata();
    assert!(metadata.schema.partitions.is_empty());
    assert!(metadata.notes[0].text.contains("'p'") && !metadata.notes[0].is_warning);
    let expected: StringArray = [Some("a b"), None].into_iter().collect();
    assert_eq!(values_of(&dataset, "p").as_string::<i32>(), &expected);
    // A file that lacks the column has its folder's text, as a value of the column's type.
    let root = tempfile::tempdir().expect("a folder");
    let one = Arc::new(Int64Array::from(vec![-1]));
    within(root.path(), "k=1", &batch(vec![("k", one)]));
    within(root.path(), "k=2", &batch(vec![]));
    within(root.path(), "k=__HIVE_DEFAULT_PARTITION__", &batch(vec![]));
    let dataset = open(root.path(), &OpenOptions::default()).expect("it opens");
    let expected: Int64Array = [Some(-1), Some(2), None].into_iter().collect();
    assert_eq!(
        values_of(&dataset, "k").as_primitive::<Int64Type>(),
        &expected
    );
    let of = |v: i64| {
        Some(Bounds {
            low: v.cast_unsigned(),
            high: v.cast_unsigned(),
        })
    };
    assert_eq!(bounds(&dataset, "k"), [of(-1), of(2), None]);
    within(root.path(), "k=two", &batch(vec![]));
    cannot_be_read(root.path(), "k", ["k=two", "'k'", "'two'"]);
}

#[test]
fn folders_hold_truth_values_and_floats_too() {
    let root = tempfile::tempdir().expect("a folder");
    for folder in [
        "b=true/f=1.5/k=1/v=1.10",
        "b=false/f=2/k=null/v=1.9",
        "b=null/f=/k=3/v=null",
    ] {
        within(root.path(), folder, &batch(vec![]));
    }
    let dataset = open(root.path(), &OpenOptions::default()).expect("it opens");
    assert_eq!(
        (type_of(&dataset, "b"), type_of(&dataset, "f")),
        (DataType::Boolean, DataType::Float64)
    );
    // In the order of the paths: false, null, true.
    let truth: arrow::array::BooleanArray = [Some(false), None, Some(true)].into_iter().collect();
    assert_eq!(values_of(&dataset, "b").as_boolean(), &truth);
    let floats: Float64Array = [Some(2.0), None, Some(1.5)].into_iter().collect();
    assert_eq!(
        values_of(&dataset, "f").as_primitive::<Float64Type>(),
        &floats
    );
    use graticule_columns::PartitionValue::{Integer, Null, Text};
    let text = |text: &str| Text(text.to_owned());
    let partitions: Vec<_> = dataset
        .metadata()
        .files
        .iter()
        .map(|f| f.partitions.clone())
        .collect();
    assert_eq!(
        partitions,
        [
            vec![Null, text("1.9")],
            vec![Integer(3), text("null")],
            vec![Integer(1), text("1.10")]
        ]
    );
}
