//! Aggregates, bins, orders and tests of groups over values where they go wrong, against answers worked out by hand.

use crate::common;
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, UInt64Array,
};
use graticule::{
    Aggregate, Answer, Dataset, Engine, Error, Filter, Format, Having, Key, Order, Query, Run,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Three rows of `a`, two of `b`, one of `c`, one of null and one of `d`, five minutes apart, at 10, 50.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let groups = ["a", "a", "a", "b", "b", "c", "", "d"].map(|g| (!g.is_empty()).then_some(g));
    let minutes = (0..8).map(|i| 1_772_323_200_000_000 + i * 300_000_000);
    let floats = vec![
        Some(1.5),
        Some(nan),
        None,
        Some(-0.0),
        Some(0.0),
        Some(inf),
        Some(-inf),
        Some(5e-324),
    ];
    let narrow = vec![
        Some(0.1),
        Some(0.3),
        None,
        Some(-0.0),
        Some(0.7),
        Some(1e38),
        Some(f32::NAN),
        Some(16_777_216.0),
    ];
    let (least, most) = (Some(i64::MIN), Some(i64::MAX));
    let whole = vec![
        least,
        most,
        None,
        Some(0),
        Some(5),
        Some(-5),
        Some(-1),
        Some(7),
    ];
    let unsigned = [u64::MAX, 1 << 63, 0, 0, 1, 2, 3, 4];
    let unsigned = unsigned.into_iter().enumerate();
    let decimals = [125, -125, 0, 5, 15, 1000, 99_999, -1];
    let decimals = decimals.into_iter().enumerate();
    let decimals: Decimal128Array = decimals.map(|(i, v)| (i != 2).then_some(v)).collect();
    let texts = ["x", "it's", "q\"q", "x", "", "é", "a,b", ""];
    let texts = texts.into_iter().enumerate();
    let truth = vec![
        Some(true),
        Some(false),
        None,
        Some(true),
        Some(true),
        Some(false),
        None,
        Some(true),
    ];
    vec![
        ("lon", Arc::new(Float64Array::from(vec![10.0; 8]))),
        ("lat", Arc::new(Float64Array::from(vec![50.0; 8]))),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(minutes)),
        ),
        ("g", Arc::new(StringArray::from(groups.to_vec()))),
        ("f", Arc::new(Float64Array::from(floats))),
        ("n", Arc::new(Float32Array::from(narrow))),
        ("i", Arc::new(Int64Array::from(whole))),
        (
            "u",
            Arc::new(
                unsigned
                    .map(|(i, v)| (i != 2).then_some(v))
                    .collect::<UInt64Array>(),
            ),
        ),
        (
            "d",
            Arc::new(decimals.with_precision_and_scale(10, 2).expect("decimals")),
        ),
        (
            "s",
            Arc::new(
                texts
                    .map(|(i, v)| (i != 4).then_some(v))
                    .collect::<StringArray>(),
            ),
        ),
        ("b", Arc::new(BooleanArray::from(truth))),
        ("where", Arc::new(Int64Array::from_iter_values(0..8))),
        ("count", Arc::new(Int64Array::from_iter_values(0..8))),
        (
            "it's (m/s), 1",
            Arc::new(Int64Array::from_iter_values(0..8)),
        ),
    ]
}

fn write(path: &Path, columns: Vec<(&'static str, ArrayRef)>, rows: usize) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    common::write(path, &batch.slice(0, rows), 8);
}

/// A question as it is typed: keys, aggregates, and what `--having`, `--order-by`, `--top`, `--bottom` and `--timezone` say.
fn asked(by: &str, aggregates: &str, rest: &[(&str, &str)]) -> Query {
    let mut query = Query::new();
    if !by.is_empty() {
        query = query.by(Key::parse_all(by).expect("keys"));
    }
    if !aggregates.is_empty() {
        query = query.aggregate(Aggregate::parse_all(aggregates).expect("aggregates"));
    }
    for (what, text) in rest {
        match *what {
            "where" => query = query.filter(Filter::Where(text.parse().expect("a test"))),
            "having" => query = query.having(text.parse::<Having>().expect("a test")),
            "timezone" => query = query.timezone(*text),
            _ => {
                let mut top = query.top.take().unwrap_or_default();
                match *what {
                    "order-by" => top.by = Order::parse_all(text).expect("an order"),
                    _ => {
                        top.rows = Some(text.parse().expect("a number"));
                        top.bottom = *what == "bottom";
                    }
                }
                query.top = Some(top);
            }
        }
    }
    // As it travels.
    let text = serde_json::to_string(&query).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Query>(&text).expect("a query"),
        query
    );
    query
}

fn run(path: &Path, query: &Query) -> Result<Answer, Error> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text"))?;
    query.run_blocking(&Engine::cpu().threads(1), &dataset)
}

fn written(answer: &Answer, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    answer.write(format, &mut bytes).expect("written");
    bytes
}

/// The lines of CSV behind the header, or the error.
fn lines(path: &Path, query: &Query) -> String {
    match run(path, query) {
        Err(error) => error.to_string(),
        Ok(answer) => {
            let text = String::from_utf8(written(&answer, Format::Csv)).expect("text");
            let lines: Vec<&str> = text.lines().skip(1).collect();
            lines.join(" ")
        }
    }
}

#[test]
fn groups_of_values_where_aggregates_go_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 8);
    for (aggregates, told) in [
        (
            "count(f),count(where f > 0),count(where b)",
            "a,1,1,1 b,2,0,2 c,1,1,0 d,1,1,1 ,1,0,0",
        ),
        (
            "mode(f),median(f, exact)",
            "a,1.5,1.5 b,0.0,-0.0 c,inf,inf d,5e-324,5e-324 ,-inf,-inf",
        ),
        ("span(f)", "a,0.0 b,0.0 c,NaN d,0.0 ,NaN"),
        // The smallest of several; the zero that there is.
        (
            "mode(n),mode(i)",
            "a,0.1,-9223372036854775808 b,-0.0,0 c,1e38,-5 d,16777216.0,7 ,,-1",
        ),
        (
            "mode(s),first(s),last(s where b)",
            "a,it's,x,x b,x,x,x c,é,é, d,,, ,\"a,b\",\"a,b\",",
        ),
        (
            "mode(b),sum(b),count(b)",
            "a,false,1,2 b,true,2,2 c,false,0,1 d,true,1,1 ,,,0",
        ),
        (
            "span(d),mode(d),sum(d) * 2",
            "a,2.50,-1.25,0.00 b,0.10,0.05,0.40 c,0.00,10.00,20.00 d,0.00,-0.01,-0.02 ,0.00,999.99,1999.98",
        ),
        (
            "var_pop(d),stddev_pop(i where g = 'b'),var(d)",
            "a,1.5625,,3.125 b,0.0025,2.5,0.005 c,0.0,, d,0.0,, ,0.0,,",
        ),
        (
            "max(u) / 2,max(u) - min(u)",
            "a,9.223372036854776e18,9223372036854775807 b,0.5,1 c,1.0,0 d,2.0,0 ,1.5,0",
        ),
        (
            "moving: count(where b), share: moving / count, share * 100",
            "a,1,0.3333333333333333,33.33333333333333 b,2,1.0,100.0 c,0,0.0,0.0 d,1,1.0,100.0 ,0,0.0,0.0",
        ),
        (
            "count / sum(i where i = 0),1 / (count - count)",
            "a,, b,, c,, d,, ,,",
        ),
        (
            "max(time) - min(time),span(time)",
            "a,PT600S,PT600S b,PT300S,PT300S c,PT0S,PT0S d,PT0S,PT0S ,PT0S,PT0S",
        ),
        (
            "distinct(h3:9),distinct(bin(i, 5)),distinct(time:day where b)",
            "a,1,2,1 b,1,2,1 c,1,1,0 d,1,1,1 ,1,1,0",
        ),
        (
            "sum(\"where\" where \"where\" > 3),sum(count),sum(\"it's (m/s), 1\")",
            "a,,3,3 b,4,7,7 c,5,5,5 d,7,7,7 ,6,6,6",
        ),
        (
            "count(where s = 'it''s' or s = 'q\"q'),count(where s in ('a,b', ')'))",
            "a,2,0 b,0,0 c,0,0 d,0,0 ,0,1",
        ),
    ] {
        assert_eq!(
            lines(&path, &asked("g", aggregates, &[])),
            told,
            "{aggregates}"
        );
    }
    for aggregates in [
        "span(i)",
        "max(u) + 1",
        "9223372036854775807 + count",
        "count * 9223372036854775807",
    ] {
        let error = lines(&path, &asked("", aggregates, &[]));
        assert!(error.contains("overflows Int64"), "{aggregates}: {error}");
    }
}

#[test]
fn histograms_in_all_formats() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let of = |values: Vec<f64>| {
        let degrees = vec![1.0; values.len()];
        let rows = values.len();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("lon", Arc::new(Float64Array::from(degrees.clone()))),
            ("lat", Arc::new(Float64Array::from(degrees))),
            ("v", Arc::new(Float64Array::from(values))),
        ];
        write(&path, columns, rows);
        let answer = run(&path, &asked("", "hist(v, 3)", &[])).expect("an answer");
        let text = String::from_utf8(written(&answer, Format::Json)).expect("text");
        text.lines().nth(1).expect("a row").trim().to_owned()
    };
    let inf = f64::INFINITY;
    for (values, told) in [
        (
            vec![0.0, 1.0, 2.0, 3.0, -0.0],
            r#"[{"low": 0.0, "high": 3.0, "counts": [2, 1, 2]}]"#,
        ),
        (
            vec![inf, 7.0, -inf, f64::NAN],
            r#"[{"low": 7.0, "high": 7.0, "counts": [0, 0, 1]}]"#,
        ),
        (vec![inf, f64::NAN], "[null]"),
        // The range itself is beyond all floats.
        (
            vec![f64::MAX, -f64::MAX, 0.0, 1e308, -1e308],
            r#"[{"low": -1.7976931348623157e308, "high": 1.7976931348623157e308, "counts": [2, 1, 2]}]"#,
        ),
    ] {
        assert_eq!(of(values), told);
    }
    of(vec![1.0, 2.0]);
    let query = asked("geohash:1", "hist(v, 2)", &[]);
    let answer = run(&path, &query).expect("an answer");
    let bins = r#"{"low": 1.0, "high": 2.0, "counts": [1, 1]}"#;
    let text = String::from_utf8(written(&answer, Format::Table)).expect("text");
    assert!(text.ends_with("  1.0 ██ 2.0\n"), "{text}");
    for format in [Format::Json, Format::GeoJson] {
        let text = String::from_utf8(written(&answer, format)).expect("text");
        assert!(text.contains(bins), "{text}");
    }
    let text = String::from_utf8(written(&answer, Format::Csv)).expect("text");
    assert!(text.contains(&bins.replace('"', "\"\"")), "{text}");
    let parquet = folder.path().join("answer.parquet");
    for (format, name) in [(Format::Parquet, "Parquet"), (Format::Arrow, "Arrow")] {
        std::fs::write(&parquet, written(&answer, format)).expect("a file");
        let file = File::open(&parquet).expect("the file");
        let batch = match format {
            Format::Parquet => {
                let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
                reader.build().expect("a reader").next().expect("a batch")
            }
            _ => arrow::ipc::reader::FileReader::try_new(file, None)
                .expect("Arrow")
                .next()
                .expect("a batch"),
        };
        let batch = batch.expect("rows");
        assert_eq!(
            graticule_testing::rows_of(&[batch]),
            graticule_testing::rows_of(answer.batches()),
            "{name}"
        );
    }
}

#[test]
fn bins_of_extremes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 8);
    for (by, told) in [
        ("bin(f, 0.5)", "-inf,1 0.0,3 1.5,1 inf,1 ,2"),
        ("round(f, 0)", "-inf,1 0.0,3 2.0,1 inf,1 ,2"),
        // 2^24 is one of many multiples that the next float of 32 bits is nearest to.
        (
            "bin(n, 0.1)",
            "0.0,1 0.1,1 0.3,1 0.7,1 16777216.0,1 inf,1 ,2",
        ),
        (
            "bin(n, 0.000001)",
            "0.0,1 0.1,1 0.3,1 0.7,1 16777216.0,1 inf,1 ,2",
        ),
        (
            "bin(u, 1)",
            "0,1 1,1 2,1 3,1 4,1 9223372036854775808,1 18446744073709551615,1 ,1",
        ),
        // What lies beyond all integers is told as the last of them.
        (
            "round(u, -3)",
            "0,5 9223372036854776000,1 18446744073709551615,1 ,1",
        ),
        (
            "bin(i, 10)",
            "-9223372036854775808,1 -10,2 0,3 9223372036854775800,1 ,1",
        ),
        (
            "bin(d, 0.5)",
            "-1.50,1 -0.50,1 0.00,2 1.00,1 10.00,1 999.50,1 ,1",
        ),
        (
            "round(d, 1)",
            "-1.30,1 0.00,1 0.10,1 0.20,1 1.30,1 10.00,1 1000.00,1 ,1",
        ),
    ] {
        assert_eq!(lines(&path, &asked(by, "", &[])), told, "{by}");
    }
}

#[test]
fn orders_and_tests_of_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 8);
    for (aggregates, rest, told) in [
        ("sum(n)", vec![("order-by", "sum(n) asc")], "a b d c ·"),
        ("sum(n)", vec![("order-by", "sum(n)")], "c d b a ·"),
        ("sum(n)", vec![("bottom", "2")], "a b"),
        ("min(f)", vec![("top", "9")], "c a d b ·"),
        ("min(f)", vec![("bottom", "9")], "· b d a c"),
        ("", vec![("order-by", "g desc")], "d c b a ·"),
        ("", vec![("order-by", "count asc, g desc")], "d c · b a"),
        (
            "",
            vec![("bottom", "2"), ("order-by", "count, g desc")],
            "d c",
        ),
        (
            "x: count",
            vec![("order-by", "max(i) desc"), ("top", "3")],
            "a d b",
        ),
        ("m: mode(s)", vec![("order-by", "m asc")], "d · a b c"),
        ("", vec![("top", "0")], ""),
        ("", vec![("having", "count > 1")], "a b"),
        ("", vec![("having", "mean(f) > 0")], "a c d"),
        ("", vec![("having", "not mean(f) > 0")], "b ·"),
        ("", vec![("having", "mode(b) and not count = 2")], "d"),
        ("", vec![("having", "max(n) is null or g is null")], "·"),
        (
            "",
            vec![("having", "hist(f, 2) is null"), ("order-by", "g")],
            "c ·",
        ),
        (
            "share: count(where b) / count",
            vec![("having", "share >= 0.5 and max(s) > 'a'")],
            "b",
        ),
        ("g: count", vec![("having", "g_2 = 3")], "a"),
        (
            "\"a,b\": count",
            vec![("order-by", "\"a,b\" asc, \"g\" desc")],
            "d c · b a",
        ),
        // By the aggregate, though a key has its name.
        ("g: min(f)", vec![("top", "2")], "c a"),
    ] {
        let rest: Vec<(&str, &str)> = rest;
        let query = asked("g", aggregates, &rest);
        let answer = run(&path, &query).unwrap_or_else(|e| panic!("{rest:?}: {e}"));
        let groups: Vec<String> = graticule_testing::rows_of(answer.batches())
            .into_iter()
            .map(|row| match &row[0] {
                graticule_testing::Cell::Text(text) => text.clone(),
                _ => "·".to_owned(),
            })
            .collect();
        assert_eq!(groups.join(" "), told, "{aggregates} {rest:?}");
    }
    let histogram = asked("g", "hist(f, 2)", &[("top", "1")]);
    let error = lines(&path, &histogram);
    assert!(error.contains("cannot order by"), "{error}");
}

/// No row, no row that passes, and rows of which none passes the condition of an aggregate.
#[test]
fn folders_of_integers_are_values_of_aggregates() {
    let folder = tempfile::tempdir().expect("a folder");
    for (hour, rows) in [
        ("7", 2),
        ("-3", 1),
        ("12", 3),
        ("__HIVE_DEFAULT_PARTITION__", 8),
    ] {
        let at = folder.path().join(format!("hour={hour}"));
        std::fs::create_dir(&at).expect("a folder");
        write(&at.join("a.parquet"), columns(), rows);
    }
    let aggregates = "mode(hour),median(hour, exact),quantile(hour, 0.1, exact),hist(hour, 3),mode(hour where hour < 9)";
    let query = asked("", aggregates, &[]);
    let histogram = r#""{""low"": -3.0, ""high"": 12.0, ""counts"": [1, 0, 5]}""#;
    assert_eq!(
        lines(folder.path(), &query),
        format!("12,7,-3,{histogram},7")
    );
}

#[test]
fn times_are_of_the_zone_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let mut with_changed = columns();
    let naive = (0..8).map(|row| 1_772_323_200_000_000 + row * 300_000_000);
    let naive = TimestampMicrosecondArray::from_iter_values(naive);
    with_changed.push(("changed", Arc::new(naive)));
    write(&path, with_changed, 8);
    let zone = ("timezone", "Asia/Kathmandu");
    // A column without a zone is UTC, as the time column is.
    let query = asked("", "max(changed),max(time)", &[zone]);
    assert_eq!(
        lines(&path, &query),
        "2026-03-01T06:20:00+05:45,2026-03-01T06:20:00+05:45"
    );
    for (having, told) in [
        ("\"time:day\" = '2026-03-01'", "2026-03-01,8"),
        ("\"time:day\" >= '2026-03-02'", ""),
        ("max(time) > '2026-03-01T06:19'", "2026-03-01,8"),
        ("max(time) > '2026-03-01T06:21'", ""),
        ("max(time) > '2026-03-01T00:34:00Z'", "2026-03-01,8"),
    ] {
        let query = asked("time:day", "count", &[zone, ("having", having)]);
        assert_eq!(lines(&path, &query), told, "{having}");
    }
}

#[test]
fn a_top_without_aggregates_is_one_of_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 8);
    let mut query = asked("g", "count", &[("top", "2")]);
    query.aggregates.clear();
    assert_eq!(lines(&path, &query), "a b");
}

#[test]
fn nothing_has_answers_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let all = "count,count(f),sum(i),mode(f),span(u),hist(n, 2),median(d, exact),any(s),distinct(h3:3),count / sum(i)";
    let none = "0,0,,,,,,,0,";
    write(&path, columns(), 0);
    assert_eq!(lines(&path, &asked("", all, &[])), none);
    assert_eq!(lines(&path, &asked("g,bin(f, 1),time:hour", all, &[])), "");
    assert_eq!(
        lines(&path, &asked("", all, &[("having", "count > 0")])),
        ""
    );
    write(&path, columns(), 8);
    assert_eq!(
        lines(&path, &asked("", all, &[("where", "count > 8")])),
        none
    );
    let some = "count(where f > 9),mode(s where count > 8),hist(n, 2 where i is null and u is null),span(i where count > 8)";
    assert_eq!(
        lines(&path, &asked("g", some, &[("where", "g = 'd'")])),
        "d,0,,,"
    );
}

/// Clocks in Berlin are set at 01:00Z on 2026-03-29 and 2026-10-25, on Lord Howe Island by half an hour at 15:30Z on
/// 2026-10-03.
#[test]
fn hours_and_days_where_clocks_are_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let of = |seconds: &[i64]| {
        let times = seconds.iter().map(|second| second * 1_000_000);
        let degrees = vec![1.0; seconds.len()];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("lon", Arc::new(Float64Array::from(degrees.clone()))),
            ("lat", Arc::new(Float64Array::from(degrees))),
            (
                "time",
                Arc::new(TimestampMicrosecondArray::from_iter_values(times)),
            ),
        ];
        write(&path, columns, seconds.len());
    };
    let told = |by: &str, zone: &str| lines(&path, &asked(by, "", &[("timezone", zone)]));
    let (march, october) = (1_774_746_000, 1_792_890_000);
    of(&[march - 1, march, october - 1, october, october + 3_600]);
    assert_eq!(
        told("time:hour", "Europe/Berlin"),
        "2026-03-29T01:00:00+01:00,1 2026-03-29T03:00:00+02:00,1 2026-10-25T02:00:00+02:00,1 \
         2026-10-25T02:00:00+01:00,1 2026-10-25T03:00:00+01:00,1"
    );
    assert_eq!(
        told("time:day", "Europe/Berlin"),
        "2026-03-29,2 2026-10-25,3"
    );
    assert_eq!(
        told("time:quarter,time:month,time:week", "Asia/Kathmandu"),
        "2026-Q1,2026-03,2026-W13,2 2026-Q4,2026-10,2026-W43,3"
    );
    assert_eq!(
        told("time:hour", "Asia/Kathmandu"),
        "2026-03-29T06:00:00+05:45,2 2026-10-25T06:00:00+05:45,2 2026-10-25T07:00:00+05:45,1"
    );
    let forward = 1_791_041_400;
    of(&[
        forward - 3_600,
        forward - 1,
        forward,
        forward + 1_799,
        forward + 1_800,
    ]);
    assert_eq!(
        told("time:hour", "Australia/Lord_Howe"),
        "2026-10-04T01:00:00+10:30,2 2026-10-04T02:30:00+11:00,2 2026-10-04T03:00:00+11:00,1"
    );
}
