//! Columns of the types that lakes have: in filters, keys and aggregates, and as they are told.

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    DurationMillisecondArray, FixedSizeBinaryArray, Float64Array, Int32Array, NullArray,
    RecordBatch, StringArray, StructArray, Time64MicrosecondArray, TimestampMicrosecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use graticule::{Aggregate, Dataset, Engine, Error, Expression, Filter, Format, Key, Query, Run};
use parquet::arrow::ArrowWriter;
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
    let file = File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
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
fn decimals_beyond_64_bits_name_the_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.parquet");
    let long = Decimal128Array::from(vec![Some(7), Some(10i128.pow(30))]);
    let long = long.with_precision_and_scale(38, 0).expect("decimals");
    parquet(&path, vec![("id", Arc::new(long))]);
    let failed = run(&path, &by("id"), Format::Csv).expect_err("no answer");
    assert!(
        failed
            .to_string()
            .contains("1000000000000000000000000000000"),
        "{failed}"
    );
    let rows = csv(&path, &Query::new().select(["id"]));
    assert_eq!(rows, "id 7 1000000000000000000000000000000 ");
}

#[test]
fn dictionaries_may_hold_nulls_and_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dictionary.arrow");
    let values = || Arc::new(StringArray::from(vec![None, Some("a")]));
    let names = DictionaryArray::new(Int32Array::from(vec![0, 1]), values());
    let numbers = Arc::new(Int32Array::from(vec![None, Some(10)]));
    let numbers = DictionaryArray::new(Int32Array::from(vec![0, 1]), numbers);
    let nothing = Arc::new(StringArray::from(Vec::<&str>::new()));
    let nothing = DictionaryArray::new(Int32Array::from(vec![None, None]), nothing);
    let columns: Columns = vec![
        ("name", Arc::new(names)),
        ("number", Arc::new(numbers)),
        ("nothing", Arc::new(nothing)),
        ("void", Arc::new(NullArray::new(2))),
    ];
    arrow(&path, columns);
    assert_eq!(csv(&path, &by("name")), "name,count a,1 ,1 ");
    assert_eq!(csv(&path, &by("number")), "number,count 10,1 ,1 ");
    assert_eq!(csv(&path, &by("nothing")), "nothing,count ,2 ");
    assert_eq!(csv(&path, &filter("name is null")), "count 1 ");
    assert_eq!(csv(&path, &filter("nothing = 'a'")), "count 0 ");
    assert_eq!(
        csv(&path, &agg("distinct(name),distinct(nothing)")),
        "distinct(name),distinct(nothing) 1,0 "
    );
    // A column that has no type can be asked what any can.
    assert_eq!(csv(&path, &by("void")), "void,count ,2 ");
    let all = "distinct(void),min(void),max(void),sum(void),mean(void),median(void),count";
    assert_eq!(
        csv(&path, &agg(all)).split(' ').nth_back(1),
        Some("0,,,,,,2")
    );
    for (question, count) in [
        ("void is null", 2),
        ("void is not null", 0),
        ("void = 'a' or void != 'a'", 0),
        ("not void > 1.5", 0),
        ("void in (1, 2) or void between 1 and 2 or void is true", 0),
        ("void is not true", 2),
    ] {
        assert_eq!(
            csv(&path, &filter(question)),
            format!("count {count} "),
            "{question}"
        );
    }
    let floor = Query {
        min_distinct: Some("void:1".parse().expect("a floor")),
        ..by("name")
    };
    assert_eq!(csv(&path, &floor), "name,count ");
    let select = Query::new().select(["name", "number", "nothing", "void"]);
    let json = run(&path, &select, Format::Json).expect("rows");
    let json = String::from_utf8(json).expect("text");
    assert!(json.contains("[null, null, null, null]"), "{json}");
    assert!(json.contains("[\"a\", 10, null, null]"), "{json}");
}

#[test]
fn a_far_time_falsifies_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("far.parquet");
    let near = 1_772_323_200_000_000;
    let times =
        TimestampMicrosecondArray::from(vec![near, -i64::MAX, 253_402_214_400_000_000, i64::MAX]);
    let days = Date32Array::from(vec![0, i32::MAX, 0, 0]);
    parquet(
        &path,
        vec![("time", Arc::new(times)), ("d", Arc::new(days))],
    );
    assert_eq!(
        csv(&path, &by("time:1h")),
        "time:1h,count -9223372040400000 ms,1 2026-03-01T00:00:00Z,1 9999-12-31T00:00:00Z,1 9223372036800000 ms,1 "
    );
    // Each of the years -290308, 2026, 9999 and 294247 begins where it does, and no row is of none.
    assert_eq!(
        csv(&path, &by("time:year")),
        "time:year,count -9223402780800000 ms,1 2026-01-01T00:00:00Z,1 9999-01-01T00:00:00Z,1 9223371244800000 ms,1 "
    );
    // At 19:59:05, 0, 0 and 4:00:54, of a Sunday, a Sunday, a Friday and a Sunday.
    assert_eq!(
        csv(&path, &by("hour_of_day")),
        "hour_of_day,count 0,2 4,1 19,1 "
    );
    assert_eq!(csv(&path, &by("day_of_week")), "day_of_week,count 5,1 7,3 ");
    let mut kiritimati = filter("time >= '9999-12-31' and time < '9999-12-31T23:59:59'");
    kiritimati = kiritimati.by(Key::parse_all("time:day").expect("keys"));
    kiritimati.timezone = Some("Pacific/Kiritimati".to_owned());
    assert_eq!(
        csv(&path, &kiritimati),
        "time:day,count 9999-12-30T10:00:00Z,1 "
    );
    let rows = csv(&path, &Query::new().select(["time", "d"]));
    assert_eq!(
        rows,
        "time,d 2026-03-01T00:00:00Z,1970-01-01 -9223372036854775807 us,2147483647 days 9999-12-31T00:00:00Z,1970-01-01 9223372036854775807 us,1970-01-01 "
    );
    let path = folder.path().join("ends.parquet");
    let times = TimestampNanosecondArray::from(vec![i64::MIN, 0, i64::MAX]);
    parquet(&path, vec![("time", Arc::new(times))]);
    assert_eq!(
        csv(&path, &by("time:1m")),
        "time:1m,count 1677-09-21T00:12:00Z,1 1970-01-01T00:00:00Z,1 2262-04-11T23:47:00Z,1 "
    );
    assert_eq!(
        csv(&path, &by("time:year")),
        "time:year,count 1677-01-01T00:00:00Z,1 1970-01-01T00:00:00Z,1 2262-01-01T00:00:00Z,1 "
    );
    let path = folder.path().join("ends.arrow");
    let times = TimestampSecondArray::from(vec![i64::MIN, 0, i64::MAX]);
    arrow(&path, vec![("time", Arc::new(times))]);
    assert_eq!(
        csv(&path, &by("time:1s")),
        "time:1s,count -9223372036854775808 s,1 1970-01-01T00:00:00Z,1 9223372036854775807 s,1 "
    );
}

#[test]
fn seconds_leave_in_milliseconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seconds.arrow");
    let times = TimestampSecondArray::from(vec![1_772_323_200, 1_772_326_800]);
    arrow(&path, vec![("time", Arc::new(times))]);
    let selected = Query::new().select(["time", "lon", "lat"]);
    for (query, format) in [
        (selected.clone(), Format::Parquet),
        (selected, Format::GeoParquet),
        (by("time:1h"), Format::Parquet),
        (agg("min(time)"), Format::Parquet),
    ] {
        let bytes = run(&path, &query, format).expect("an answer");
        let found = logical(&folder.path().join("answer.parquet"), &bytes, 0);
        assert!(
            matches!(found, Some(LogicalType::Timestamp { .. })),
            "{found:?}"
        );
    }
}

#[test]
fn days_are_those_of_the_zone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("days.parquet");
    // 2026-03-08T04:59:59Z is 23:59:59 of the 7th in New York; the 8th has 23 hours there.
    let times = TimestampSecondArray::from(vec![
        1_772_945_999,
        1_772_946_000,
        1_773_028_799,
        1_773_028_800,
    ]);
    let times = arrow::compute::cast(
        &times,
        &DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None),
    );
    parquet(&path, vec![("time", times.expect("times"))]);
    for key in ["time:1d", "time:day"] {
        assert_eq!(
            csv(&path, &by(key).timezone("America/New_York")),
            format!(
                "{key},count 2026-03-07T05:00:00Z,1 2026-03-08T05:00:00Z,2 2026-03-09T04:00:00Z,1 "
            )
        );
    }
    assert_eq!(
        csv(&path, &by("time:day").timezone("Asia/Kathmandu")),
        "time:day,count 2026-03-07T18:15:00Z,2 2026-03-08T18:15:00Z,2 "
    );
}

#[test]
fn names_of_columns_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("count.parquet");
    parquet(
        &path,
        vec![("count", Arc::new(Int32Array::from(vec![7, 7])))],
    );
    assert_eq!(csv(&path, &by("count")), "count,count_2 7,2 ");
    let twice = Query::new().select(["count", "count"]);
    assert_eq!(csv(&path, &twice), "count,count_2 7,7 7,7 ");
}

#[test]
fn values_with_parts_are_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("parts.parquet");
    let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), None]));
    let seen: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, 1]));
    let field =
        |name, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let parts = StructArray::from(vec![
        (field("x", &x), x.clone()),
        (field("seen", &seen), seen.clone()),
    ]);
    let parts: ArrayRef = Arc::new(parts);
    arrow(&path.with_extension("arrow"), vec![("p", parts)]);
    let select = Query::new().select(["p"]);
    let json = run(&path.with_extension("arrow"), &select, Format::Json).expect("rows");
    let json = String::from_utf8(json).expect("text");
    assert!(
        json.contains("{\"x\": 2.0, \"seen\": \"1970-01-01T00:00:00Z\"}"),
        "{json}"
    );
    assert!(
        json.contains("{\"x\": null, \"seen\": \"1970-01-01T00:00:01Z\"}"),
        "{json}"
    );
    assert_eq!(
        csv(&path.with_extension("arrow"), &filter("p is null")),
        "count 0 "
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
        (agg("sum(d)"), "min or max"),
        (agg("mean(vessel)"), "distinct(COLUMN)"),
    ] {
        let failed = run(&path, &query, Format::Csv)
            .expect_err("no answer")
            .to_string();
        assert!(failed.contains(hint), "{failed}");
        assert!(!failed.contains("a key;"), "{failed}");
    }
}

#[test]
fn a_time_below_the_footers_minimum_is_an_error_or_of_its_own_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lies.parquet");
    // 05:00, 10:00 and 11:00 of 2026-03-01; the footer is made to say that the least is 10:00.
    let hour = |hour: i64| (1_772_323_200 + 3_600 * hour) * 1_000_000;
    let times = TimestampMicrosecondArray::from(vec![hour(5), hour(10), hour(11)]);
    parquet(&path, vec![("time", Arc::new(times))]);
    let mut bytes = std::fs::read(&path).expect("the file");
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes"));
    let footer = &mut bytes[end - length as usize..end];
    let mut patched = 0;
    for at in 0..footer.len() - 8 {
        if footer[at..at + 8] == hour(5).to_le_bytes() {
            footer[at..at + 8].copy_from_slice(&hour(10).to_le_bytes());
            patched += 1;
        }
    }
    assert!(patched > 0, "statistics");
    std::fs::write(&path, bytes).expect("a file");
    let failed = run(&path, &by("time:1h"), Format::Csv).expect_err("no answer");
    let begin = format!("'{}', row group 0: a row has a key outside", path.display());
    assert!(failed.to_string().starts_with(&begin), "{failed}");
    assert_eq!(
        csv(&path, &by("hour_of_day")),
        "hour_of_day,count 5,1 10,1 11,1 "
    );
}

#[test]
fn bytes_have_one_order_that_of_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let values: [&[u8]; 4] = [b"\x80\x01", b"ab", b"~~", b"\x01\x02"];
    let raw = BinaryArray::from_vec(values.to_vec());
    let fixed = FixedSizeBinaryArray::try_from_iter(values.iter()).expect("bytes");
    let keys = Int32Array::from(vec![0, 1, 2, 3]);
    let dictionary = DictionaryArray::new(keys, Arc::new(raw.clone()));
    let uuids = [0xff, 0x20, 0x9a, 0x0b].map(|byte| [byte; 16]);
    let uuids = FixedSizeBinaryArray::try_from_iter(uuids.iter()).expect("uuids");
    let columns: Columns = vec![
        ("raw", Arc::new(raw)),
        ("fixed", Arc::new(fixed)),
        ("listed", Arc::new(dictionary)),
        ("device", Arc::new(uuids)),
    ];
    let paths = ["a.parquet", "a.arrow"].map(|name| folder.path().join(name));
    parquet(&paths[0], columns.clone());
    arrow(&paths[1], columns);
    for path in paths {
        for column in ["raw", "fixed", "listed"] {
            for (test, count) in [
                (r"? >= '\x80'", 1),
                ("? < 'ab'", 1),
                ("? <= 'ab'", 2),
                (r"? > '\x0102'", 3),
                (r"? <= '\x'", 0),
                // However they are spelled.
                (r"? between '\x6162' and '\x80FF'", 3),
                (r"? not between 'ab' and '\x80'", 2),
                (r"? in ('\x6162', '\x8001', '\x0102')", 3),
                (r"? = '\x7E7e'", 1),
                (r"? != '\x8001'", 3),
            ] {
                let test = test.replace('?', column);
                assert_eq!(
                    csv(&path, &filter(&test)),
                    format!("count {count} "),
                    "{test}"
                );
            }
            let order = format!(r"{column},count \x0102,1 ab,1 ~~,1 \x8001,1 ");
            assert_eq!(csv(&path, &by(column)), order);
            let least = csv(&path, &agg(&format!("min({column}),max({column})")));
            assert!(least.ends_with(r" \x0102,\x8001 "), "{least}");
            let wrong = run(&path, &filter(&format!(r"{column} > '\x8'")), Format::Csv);
            let wrong = wrong.expect_err("half a byte").to_string();
            assert!(wrong.contains(r"such as '\x00ff'"), "{wrong}");
        }
        let uuid =
            |byte: &str| format!("{0}{0}{0}{0}-{0}{0}-{0}{0}-{0}{0}-{0}{0}{0}{0}{0}{0}", byte);
        let told = ["0b", "20", "9a", "ff"].map(uuid);
        let order = told.iter().map(|uuid| format!("{uuid},1 "));
        let order = format!("device,count {}", order.collect::<String>());
        assert_eq!(csv(&path, &by("device")), order);
        let test = format!("device >= '{}' and device < '{}'", told[1], told[3]);
        assert_eq!(csv(&path, &filter(&test)), "count 2 ");
        let ends = csv(&path, &agg("min(device),max(device)"));
        assert!(
            ends.ends_with(&format!(" {},{} ", told[0], told[3])),
            "{ends}"
        );
    }
}
