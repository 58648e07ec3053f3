//! Columns compared with columns, and with long lists, against rows found by hand.

use crate::common;
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};
use graticule::{Dataset, Engine, Expression, Filter, Query, Run};
use std::path::Path;
use std::sync::Arc;

const MIDNIGHT: i64 = 1_772_323_200;

fn columns() -> Vec<(&'static str, ArrayRef)> {
    let beyond = 9_007_199_254_740_993;
    let whole = vec![
        Some(i64::MIN),
        Some(beyond),
        Some(-1),
        Some(5),
        None,
        Some(2),
        Some(7),
    ];
    let unsigned = vec![
        Some(0),
        Some(beyond.cast_unsigned()),
        Some(u64::MAX),
        Some(5),
        Some(1),
        None,
        Some(8),
    ];
    let floats = vec![
        -9_223_372_036_854_775_808.0,
        9_007_199_254_740_992.0,
        f64::NAN,
        5.0,
        1.0,
        2.5,
        f64::INFINITY,
    ];
    let fine = vec![
        Some(150),
        Some(250),
        Some(10),
        Some(500),
        None,
        Some(250),
        Some(-1),
    ];
    let coarse = vec![15, 24, 1, 51, 10, 25, 0];
    let decimal = |values: Decimal128Array, precision, scale| {
        values
            .with_precision_and_scale(precision, scale)
            .expect("decimals")
    };
    let micros = (0..7).map(|row| (MIDNIGHT + row * 300) * 1_000_000 + i64::from(row == 1));
    let millis = (0..7).map(|row| (row != 4).then_some((MIDNIGHT + row * 300) * 1_000));
    let (yes, no) = (Some(true), Some(false));
    vec![
        ("lon", Arc::new(Float64Array::from(vec![10.0; 7]))),
        ("lat", Arc::new(Float64Array::from(vec![50.0; 7]))),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(micros)),
        ),
        ("id", Arc::new(Int32Array::from_iter_values(0..7))),
        ("i", Arc::new(Int64Array::from(whole))),
        ("u", Arc::new(UInt64Array::from(unsigned))),
        ("f", Arc::new(Float64Array::from(floats))),
        ("d", Arc::new(decimal(Decimal128Array::from(fine), 10, 2))),
        ("e", Arc::new(decimal(Decimal128Array::from(coarse), 5, 1))),
        (
            "s",
            Arc::new(StringArray::from(vec![
                Some("a"),
                Some("b"),
                Some(""),
                Some("é"),
                None,
                Some("x"),
                Some("x"),
            ])),
        ),
        (
            "t",
            Arc::new(StringArray::from(vec![
                Some("a"),
                Some("c"),
                Some(""),
                Some("é"),
                Some("a"),
                None,
                Some("y"),
            ])),
        ),
        (
            "p",
            Arc::new(BooleanArray::from(vec![yes, no, yes, no, None, yes, no])),
        ),
        (
            "q",
            Arc::new(BooleanArray::from(vec![yes, yes, no, no, yes, None, no])),
        ),
        (
            "seen",
            Arc::new(TimestampMillisecondArray::from_iter(millis)),
        ),
    ]
}

fn write(path: &Path, columns: Vec<(&'static str, ArrayRef)>, group_rows: usize) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    common::write(path, &batch, group_rows);
}

/// The ids of the rows that pass, or the error.
fn passing(dataset: &Dataset, query: Query, engine: &Engine) -> String {
    match query.select(["id"]).run_blocking(engine, dataset) {
        Err(error) => error.to_string(),
        Ok(answer) => {
            let text = common::csv(&answer);
            text.lines().skip(1).collect::<Vec<_>>().join(" ")
        }
    }
}

fn test(text: &str) -> Query {
    let test: Expression = text.parse().expect(text);
    Query::new().filter(Filter::Where(test))
}

fn engines() -> Vec<Engine> {
    #[cfg(feature = "gpu")]
    if crate::gpu::has_gpu() {
        return vec![Engine::cpu(), Engine::on(graticule::Device::Gpu(None))];
    }
    vec![Engine::cpu()]
}

#[test]
fn columns_compare_by_what_their_values_are() {
    let folder = tempfile::tempdir().expect("a folder");
    // One row group, and one for each row, which statistics alone decide.
    for (name, rows) in [("one.parquet", 7), ("each.parquet", 1)] {
        let path = folder.path().join(name);
        write(&path, columns(), rows);
        let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
        for (text, expected) in [
            ("i = u", "1 3"),
            ("i < u", "0 2 6"),
            ("i > u", ""),
            ("not i = u", "0 2 6"),
            ("not (i = u or i is null)", "0 2 6"),
            ("i = f", "0 3"),
            ("i > f", "1"),
            ("i != f", "1 2 5 6"),
            ("not i > f", "0 2 3 5 6"),
            ("i <= f", "0 3 5 6"),
            ("u > f", "0 1"),
            ("f = f", "0 1 3 4 5 6"),
            ("d = e", "0 2 5"),
            ("d > e", "1"),
            ("d < e", "3 6"),
            ("d = f", "3 5"),
            ("d > i", "0 2 5"),
            ("s = t", "0 2 3"),
            ("s != t", "1 6"),
            ("not s = t", "1 6"),
            ("time = seen", "0 2 3 5 6"),
            ("time > seen", "1"),
            ("p = q", "0 3 6"),
            ("p > q", "2"),
            ("p < q", "1"),
            ("u = hour_of_day()", "0"),
            ("i = u and p = q or d > e", "1 3"),
        ] {
            for engine in engines() {
                assert_eq!(
                    passing(&dataset, test(text), &engine),
                    expected,
                    "{name}: {text}"
                );
            }
        }
        for (text, hint) in [
            ("s < t", "by = and != alone"),
            ("s = i", "texts with texts"),
            ("p = i", "booleans with booleans"),
            ("time = i", "instants"),
            ("i = nowhere", "no column 'nowhere'"),
        ] {
            let error = passing(&dataset, test(text), &Engine::cpu());
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}

#[test]
fn aggregates_take_rows_by_two_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 3);
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let aggregates = "count(where i < u),count(where s = t),max(d where d > e)";
    let aggregates = graticule::Aggregate::parse_all(aggregates).expect("aggregates");
    let query = Query::new().aggregate(aggregates);
    for engine in engines() {
        let answer = query.run_blocking(&engine, &dataset).expect("an answer");
        let text = common::csv(&answer);
        assert_eq!(text.lines().nth(1), Some("3,3,2.50"));
    }
}

#[test]
fn long_lists_are_what_short_ones_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 2);
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let far: Vec<String> = (0..100)
        .map(|n| (n * 1_000_003 + 100).to_string())
        .collect();
    let listed = |column: &str, values: &[&str]| {
        let all: Vec<&str> = values
            .iter()
            .copied()
            .chain(far.iter().map(String::as_str))
            .collect();
        [
            format!("{column} in ({})", all.join(", ")),
            format!("{column} not in ({})", all.join(", ")),
        ]
    };
    for (column, values, within, without) in [
        (
            "i",
            &["5", "-9223372036854775808", "7.0"][..],
            "0 3 6",
            "1 2 5",
        ),
        ("u", &["18446744073709551615", "5", "-1"], "2 3", "0 1 4 6"),
        ("f", &["5", "2.5", "9007199254740993"], "3 5", "0 1 2 4 6"),
        ("d", &["2.5", "-0.01", "0.100"], "1 2 5 6", "0 3"),
        ("hour_of_day()", &["0"], "0 1 2 3 4 5 6", ""),
    ] {
        for engine in engines() {
            let [inside, outside] = listed(column, values);
            assert_eq!(
                passing(&dataset, test(&inside), &engine),
                within,
                "{column}"
            );
            assert_eq!(
                passing(&dataset, test(&outside), &engine),
                without,
                "{column}"
            );
        }
    }
}

#[test]
fn lists_come_from_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns(), 2);
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let file = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        move |name: &str| match name {
            "list" => Ok(values.clone()),
            other => Err(format!("no '{other}'")),
        }
    };
    for (column, values, expected) in [
        ("i", &["5", "9007199254740993"][..], "1 3"),
        ("d", &["1.5"], "0"),
        ("s", &["x", "é", "5"], "3 5 6"),
        ("p", &["TRUE"], "0 2 5"),
        (
            "time",
            &["2026-03-01T00:10:00", "2026-03-01T01:15+01:00"],
            "2 3",
        ),
        ("i", &[], ""),
    ] {
        for not in ["", "not "] {
            let query = test(&format!("{column} {not}in file 'list'")).listed(file(values));
            let found = passing(&dataset, query.expect("a list"), &Engine::cpu());
            if not.is_empty() {
                assert_eq!(found, expected, "{column}");
            } else {
                let live = passing(
                    &dataset,
                    test(&format!("{column} is not null")),
                    &Engine::cpu(),
                );
                let others = live.split(' ').filter(|id| !expected.contains(id));
                assert_eq!(found, others.collect::<Vec<_>>().join(" "), "not {column}");
            }
        }
    }
    let wrong = test("i in file 'list'")
        .listed(file(&["5", "x5"]))
        .expect("a list");
    let error = passing(&dataset, wrong, &Engine::cpu());
    assert_eq!(
        error,
        "in the list 'list': value 2, 'x5', does not compare with i"
    );
    assert_eq!(
        test("i in file 'gone'").listed(file(&[])),
        Err("no 'gone'".to_owned())
    );
    let unread = passing(&dataset, test("i in file 'list'"), &Engine::cpu());
    assert!(unread.contains("it was not read"), "{unread}");
    let empty = test("i in file 'list'").listed(file(&[])).expect("a list");
    let answer = empty
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    let why = answer.receipt().unmatched.clone();
    assert_eq!(
        why.as_deref(),
        Some("no row matches: the list 'list' is empty")
    );
}
