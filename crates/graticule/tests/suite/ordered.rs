//! The first rows of a selection by values of theirs.

use crate::common;
use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use graticule::{Dataset, Engine, Order, Query, Run};
use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

const ROWS: usize = 200_000;

/// Row `i` has the id `i`, a value of which some are null or NaN, and a text of few.
fn value(i: usize) -> Option<f64> {
    let mixed = i.wrapping_mul(2_654_435_761) % 1_000_003;
    match mixed % 97 {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(-0.0),
        _ => Some((mixed % 5_000) as f64 - 2_500.0),
    }
}

fn word(i: usize) -> String {
    format!("w{}", i.wrapping_mul(7_919) % 11)
}

fn write(path: &Path) {
    let degrees: ArrayRef = Arc::new(Float64Array::from(vec![1.0; ROWS]));
    let ids = (0..ROWS).map(|i| i as i64);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lon", degrees.clone()),
        ("lat", degrees),
        ("id", Arc::new(Int64Array::from_iter_values(ids))),
        (
            "v",
            Arc::new((0..ROWS).map(value).collect::<Float64Array>()),
        ),
        (
            "w",
            Arc::new(StringArray::from_iter_values((0..ROWS).map(word))),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    );
    let batch = batch.expect("a batch");
    common::write(path, &batch, 30_000);
}

fn ids(path: &Path, query: &Query, engine: &Engine) -> Vec<i64> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let answer = query.run_blocking(engine, &dataset).expect("an answer");
    assert_eq!(answer.receipt().query, *query);
    let batches = answer.batches().iter();
    let ids = batches.flat_map(|batch| {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        ids.values().to_vec()
    });
    ids.collect()
}

/// NaN is above all numbers, null last either way.
fn compared(one: Option<f64>, other: Option<f64>, descending: bool) -> Ordering {
    match (one, other) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

#[test]
fn the_first_rows_are_those_of_a_stable_sort() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.parquet");
    write(&path);
    let select = || Query::new().select(["id"]);
    for (descending, limit) in [
        (true, 7),
        (false, 40_000),
        (true, 100_000),
        (false, ROWS + 5),
    ] {
        let mut sorted: Vec<usize> = (0..ROWS).collect();
        sorted.sort_by(|a, b| {
            compared(value(*a), value(*b), descending).then_with(|| word(*a).cmp(&word(*b)))
        });
        let by = Order::by("v");
        let by = if descending { by.descending() } else { by };
        let query = select()
            .select_by(by)
            .select_by(Order::by("w"))
            .limit(limit as u64);
        let expected: Vec<i64> = sorted.into_iter().take(limit).map(|i| i as i64).collect();
        for threads in [1, 3] {
            assert!(
                ids(&path, &query, &Engine::cpu().threads(threads)) == expected,
                "{limit}"
            );
        }
    }
    // Equal ones stay in the order of the dataset.
    let by_word = select().select_by(Order::by("w").descending()).limit(3);
    let ninth = (0..ROWS).filter(|i| word(*i) == "w9").take(3);
    assert_eq!(
        ids(&path, &by_word, &Engine::cpu()),
        ninth.map(|i| i as i64).collect::<Vec<_>>()
    );
    assert_eq!(ids(&path, &by_word.limit(0), &Engine::cpu()), [0i64; 0]);
}

#[test]
fn what_cannot_be_ordered_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.parquet");
    write(&path);
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let refused = |query: &Query, memory: u64| {
        let engine = Engine::cpu().memory(memory);
        let answer = query.run_blocking(&engine, &dataset);
        answer.expect_err("no answer").to_string()
    };
    let all = Query::new().select(["*"]).select_by(Order::by("v"));
    let plenty = 1 << 30;
    let nothing = all.clone().select_by(Order::by("x")).limit(3);
    for (query, said) in [
        (&all, "say how many with `limit`"),
        (&nothing, "no column 'x'"),
    ] {
        let told = refused(query, plenty);
        assert!(told.contains(said), "{told}");
        let planned = dataset.plan_blocking(query).expect_err("no plan");
        assert_eq!(planned.to_string(), told);
    }
    let much = refused(&all.limit(ROWS as u64), 16 << 20);
    assert!(much.contains("lower `limit`"), "{much}");
}

#[test]
fn a_star_is_all_columns_but_those_that_are_excluded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.parquet");
    write(&path);
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let csv = |query: &Query| {
        let answer = query
            .run_blocking(&Engine::cpu(), &dataset)
            .expect("an answer");
        common::csv(&answer)
    };
    let all = Query::new().select(["*"]).exclude(["lat", "v"]).limit(2);
    assert_eq!(csv(&all), "lon,id,w\n1.0,0,w0\n1.0,1,w10\n");
    let twice = Query::new()
        .select(["w", "*"])
        .exclude(["lat", "lon"])
        .limit(1);
    assert_eq!(
        csv(&twice.select_by(Order::by("id"))),
        "w,id,v,w_2\nw0,0,,w0\n"
    );
    let none = Query::new().select(["w"]).exclude(["lat"]);
    let none = none
        .run_blocking(&Engine::cpu(), &dataset)
        .expect_err("of no use");
    assert!(none.to_string().contains("select '*'"), "{none}");
}
