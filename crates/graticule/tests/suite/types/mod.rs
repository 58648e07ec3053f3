//! Columns of the types that lakes have: in filters, keys and aggregates, and as they are told.

mod times;
mod values;

use crate::common;
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMillisecondArray,
    FixedSizeBinaryArray, Float64Array, RecordBatch, Time64MicrosecondArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Schema};
use graticule::{
    Aggregate, Dataset, Engine, Error, Expression, Filter, Format, Key, OpenOptions, Query, Run,
};
use parquet::basic::LogicalType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

type Columns = Vec<(&'static str, ArrayRef)>;

/// Three rows at 1, 2 and 3 degrees with these columns beside.
fn batch(columns: Columns) -> RecordBatch {
    let rows = columns[0].1.len();
    let places = [1.0, 2.0, 3.0, 4.0].into_iter().take(rows);
    let places: ArrayRef = Arc::new(Float64Array::from_iter_values(places));
    let all = [("lon", places.clone()), ("lat", places)];
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = all
        .into_iter()
        .chain(columns)
        .map(|(name, array)| {
            let field = Field::new(name, array.data_type().clone(), true);
            let field = match name {
                "device" => field.with_metadata(
                    [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())].into(),
                ),
                _ => field,
            };
            (field, array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch")
}

fn parquet(path: &Path, columns: Columns) {
    let batch = batch(columns);
    common::write(path, &batch, batch.num_rows().max(1));
}

fn arrow(path: &Path, columns: Columns) {
    let batch = batch(columns);
    let file = File::create(path).expect("a file");
    let mut writer =
        arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.finish().expect("a footer");
}

fn run(path: &Path, query: &Query, format: Format) -> Result<Vec<u8>, Error> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text"))?;
    let answer = query.run_blocking(&Engine::cpu().threads(1), &dataset)?;
    let mut bytes = Vec::new();
    answer.write(format, &mut bytes)?;
    Ok(bytes)
}

/// The logical type of a column of a Parquet file of these bytes.
fn logical(path: &Path, bytes: &[u8], column: usize) -> Option<LogicalType> {
    std::fs::write(path, bytes).expect("a file");
    let file = SerializedFileReader::new(File::open(path).expect("the file")).expect("a file");
    let schema = file.metadata().file_metadata().schema_descr_ptr();
    schema.column(column).logical_type_ref().cloned()
}

fn csv(path: &Path, query: &Query) -> String {
    let bytes = run(path, query, Format::Csv).unwrap_or_else(|e| panic!("{e}"));
    String::from_utf8(bytes).expect("text").replace('\n', " ")
}

fn by(keys: &str) -> Query {
    Query::new().by(Key::parse_all(keys).expect("keys"))
}

fn agg(aggregates: &str) -> Query {
    Query::new().aggregate(Aggregate::parse_all(aggregates).expect("aggregates"))
}

fn filter(text: &str) -> Query {
    let expression: Expression = text.parse().unwrap_or_else(|e| panic!("{e}"));
    Query::new().filter(Filter::Where(expression))
}

fn decimals() -> ArrayRef {
    let decimals = Decimal128Array::from(vec![Some(1250), Some(-75), None]);
    Arc::new(decimals.with_precision_and_scale(10, 2).expect("decimals"))
}

/// Of which a footer's bounds, read as floats, would leave out all.
fn positive() -> ArrayRef {
    let decimals = Decimal128Array::from(vec![150, 250, 350]);
    Arc::new(decimals.with_precision_and_scale(9, 2).expect("decimals"))
}

fn everything() -> Columns {
    let uuid = |last: u8| [[0u8; 15].as_slice(), &[last]].concat();
    let uuids = [uuid(1), uuid(2), uuid(1)];
    let uuids = FixedSizeBinaryArray::try_from_iter(uuids.iter()).expect("uuids");
    let seen = vec![1_772_323_200_000_000, 1_772_323_200_500_000, 0];
    vec![
        ("speed", decimals()),
        // 2026-03-01, 2026-03-02 and null.
        (
            "d",
            Arc::new(Date32Array::from(vec![Some(20_513), Some(20_514), None])),
        ),
        (
            "seen",
            Arc::new(TimestampMicrosecondArray::from(seen).with_timezone("UTC")),
        ),
        ("device", Arc::new(uuids)),
        (
            "vessel",
            Arc::new(BinaryArray::from_vec(vec![b"KESTREL", &[0xff], b"KESTREL"])),
        ),
        (
            "u",
            Arc::new(UInt64Array::from(vec![(1 << 63) + 1, 1 << 63, 5])),
        ),
        (
            "at",
            Arc::new(Time64MicrosecondArray::from(vec![30_600_000_000, 0, 1])),
        ),
        (
            "took",
            Arc::new(DurationMillisecondArray::from(vec![1_500, 90_000, -1])),
        ),
        ("price", positive()),
        (
            "moving",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                Some(true),
            ])),
        ),
    ]
}

#[test]
fn filters_compare_exactly() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.parquet");
    parquet(&path, everything());
    for (text, count) in [
        ("speed > 5", 1),
        ("speed = 12.5", 1),
        ("speed = 12.500000000000000001", 0),
        ("speed between -0.75 and 12.49", 1),
        ("price >= 2.5", 2),
        ("speed is null", 1),
        ("d = '2026-03-02'", 1),
        ("d = date '2026-03-02'", 1),
        ("d < '2026-03-01T00:00:00.5Z'", 1),
        ("d is null", 1),
        ("seen > '2026-03-01T00:00:00Z'", 1),
        ("seen = '2026-03-01T01:00:00.5+01:00'", 1),
        ("seen < '2026-03-01'", 1),
        ("device = '00000000-0000-0000-0000-000000000001'", 2),
        ("device = '{00000000000000000000000000000002}'", 1),
        ("vessel = 'KESTREL'", 2),
        ("vessel = '\\xff'", 1),
        ("device like '%-000000000001'", 2),
        ("device not ilike '%2' ", 2),
        ("u = 9223372036854775809", 1),
        ("u in (9223372036854775808, 5)", 2),
        ("at = '08:30:00'", 1),
        ("at < '08:30'", 2),
        ("took > 'PT1S'", 2),
        ("took = '90s'", 1),
    ] {
        assert_eq!(
            csv(&path, &filter(text)),
            format!("count {count} "),
            "{text}"
        );
    }
}

#[test]
fn the_time_column_is_time_too_and_clocks_are_local() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.parquet");
    parquet(&path, everything());
    let options = OpenOptions {
        time: Some("seen".to_owned()),
        ..OpenOptions::default()
    };
    let dataset = Dataset::open_with_blocking(path.to_str().expect("text"), options);
    let dataset = dataset.expect("a dataset");
    let run = |query: &Query| {
        let answer = query.run_blocking(&Engine::cpu().threads(1), &dataset);
        let receipt = answer.expect("an answer").receipt().clone();
        (receipt.rows_matched, receipt.rows_scanned)
    };
    for (text, zone, counted) in [
        ("time > '2026-03-01'", "UTC", (1, 3)),
        ("time > '2026-03-01'", "Europe/Berlin", (2, 3)),
        ("seen > '2026-03-01'", "Europe/Berlin", (2, 3)),
        ("time > '2026-03-01T00:00:00Z'", "Europe/Berlin", (1, 3)),
        (
            "time between timestamp '1970-01-01' and '2026-03-01'",
            "UTC",
            (2, 3),
        ),
        ("d = '2026-03-01'", "Europe/Berlin", (1, 3)),
        // Left out by the footer.
        ("time > '2026-03-02'", "UTC", (0, 0)),
    ] {
        assert_eq!(
            run(&filter(text).timezone(zone)),
            counted,
            "{text} in {zone}"
        );
    }
    for (times, counted) in [
        ("1970,2026-03", (3, 3)),
        ("1970-01-01,2026-03-01T00:00:00.2Z..", (2, 3)),
        ("2027,..1970", (0, 0)),
    ] {
        let ranges = times.parse().expect("ranges");
        let query = Query::new().filter(Filter::Time(ranges));
        assert_eq!(run(&query), counted, "{times}");
    }
}

#[test]
fn keys_are_told_in_their_types() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.parquet");
    parquet(&path, everything());
    for (keys, answer) in [
        ("speed", "speed,count -0.75,1 12.50,1 ,1 "),
        ("price", "price,count 1.50,1 2.50,1 3.50,1 "),
        ("d", "d,count 2026-03-01,1 2026-03-02,1 ,1 "),
        (
            "seen",
            "seen,count 1970-01-01T00:00:00Z,1 2026-03-01T00:00:00Z,1 2026-03-01T00:00:00.5Z,1 ",
        ),
        (
            "device",
            "device,count 00000000-0000-0000-0000-000000000001,2 00000000-0000-0000-0000-000000000002,1 ",
        ),
        ("vessel", "vessel,count KESTREL,2 \\xff,1 "),
        ("at", "at,count 00:00:00,1 00:00:00.000001,1 08:30:00,1 "),
        ("took", "took,count -PT0.001S,1 PT1.5S,1 PT90S,1 "),
    ] {
        assert_eq!(csv(&path, &by(keys)), answer);
    }
    for (aggregates, answer) in [
        ("sum(speed),mean(speed)", "11.75,5.875 "),
        ("min(d),max(d)", "2026-03-01,2026-03-02 "),
        ("min(seen),max(at)", "1970-01-01T00:00:00Z,08:30:00 "),
        ("sum(took),max(took)", "PT91.499S,PT90S "),
        ("sum(moving),min(moving)", "2,false "),
        ("distinct(device),distinct(d)", "2,2 "),
        ("var(speed),median(speed)", "87.78125,-0.75 "),
    ] {
        let answered = csv(&path, &agg(aggregates));
        assert!(answered.ends_with(&format!(" {answer}")), "{answered}");
    }
    let bytes = run(&path, &by("d,speed").aggregate([]), Format::Parquet).expect("an answer");
    let answer = folder.path().join("answer.parquet");
    let day = logical(&answer, &bytes, 0);
    assert!(matches!(day, Some(LogicalType::Date)), "{day:?}");
    let speed = logical(&answer, &bytes, 1);
    assert!(
        matches!(speed, Some(LogicalType::Decimal { .. })),
        "{speed:?}"
    );
}

#[test]
fn a_filter_is_no_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.parquet");
    parquet(&path, everything());
    for (query, hint) in [
        (filter("d = 3"), "'2026-03-02'"),
        (filter("speed = 'fast'"), "with a number"),
        (filter("device = 'x'"), "UUID"),
        (filter("at > 8"), "'08:30:00'"),
        (filter("vessel like 'K%'"), "'like' is for texts"),
        (filter("d like '2026%'"), "'like' is for texts"),
        (agg("sum(d)"), "take its min, max, span"),
        (agg("mean(vessel)"), "distinct(COLUMN)"),
    ] {
        let failed = run(&path, &query, Format::Csv)
            .expect_err("no answer")
            .to_string();
        assert!(failed.contains(hint), "{failed}");
        assert!(!failed.contains("a key;"), "{failed}");
    }
}
