//! Questions at random, and those of real data.

use super::{engine, engines, has_gpu};
use crate::common::{Outcome, ask, cases, query_of, rows, whole_seconds};
use graticule::{Bbox, Dataset, Engine, Error, GpuOptions, Key, PlanError, Query, Run};
use graticule_testing::strategies::{Shape, case, rich_case};
use graticule_testing::{OracleError, Question, Table, answer};
use parquet::file::properties::WriterProperties;
use proptest::strategy::Strategy;
use std::path::Path;

#[test]
fn random_questions_have_the_cpus_bytes() {
    have_the_cpus_bytes(24, &case(Shape::adversarial(1200)));
}

#[test]
fn every_device_leaves_out_pages_and_tests_edges_again() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("track.parquet");
    // A hundredth of a degree a row; the box's edges lie in cells of rows 640 and 700.
    let degrees = (0..1_200u32).map(|i| Some(f64::from(i) / 100.0));
    let table = Table::new(
        degrees.clone().collect(),
        degrees.collect(),
        vec![Some(0); 1_200],
        vec![],
    );
    table
        .write_parquet_with(&path, small_pages())
        .expect("a file");
    let bbox = Bbox::new(6.4, 0.0, 7.0, 90.0).expect("a box");
    let query = Query::new().within(bbox);
    for (name, engine) in engines() {
        let (_, answer) = ask(&path, &query, &engine);
        let answer = answer.expect("an answer");
        let receipt = answer.receipt();
        // Rows 640 to 700, of pages of which two begin at 600 and 664.
        assert_eq!(receipt.rows_matched, 61, "{name}");
        assert!(receipt.rows_rechecked > 0, "{name}: {receipt:?}");
        assert!(receipt.pages_pruned > 0, "{name}: {receipt:?}");
    }
}

#[test]
fn rich_questions_have_the_cpus_bytes() {
    have_the_cpus_bytes(24, &rich_case(Shape::adversarial(600)));
}

#[test]
fn selected_rows_have_the_cpus_bytes() {
    let is_selection = |(_, question): &(Table, Question)| question.select.is_some();
    let questions = rich_case(Shape::adversarial(600));
    have_the_cpus_bytes(12, &questions.prop_filter("no selection", is_selection));
}

/// Row groups and pages of few rows.
fn small_pages() -> WriterProperties {
    WriterProperties::builder()
        .set_max_row_group_row_count(Some(600))
        .set_data_page_row_count_limit(64)
        .set_write_batch_size(64)
        .build()
}

fn have_the_cpus_bytes(count: u32, questions: &impl Strategy<Value = (Table, Question)>) {
    if !has_gpu() {
        return;
    }
    let engines = engines();
    let mut runner = proptest::test_runner::TestRunner::new(cases(count));
    let result = runner.run(questions, |(table, question)| {
        let question = whole_seconds(question);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("points.parquet");
        table
            .write_parquet_with(&path, small_pages())
            .expect("a file");
        let query = query_of(&question);
        let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
        let planned = dataset.plan_blocking(&query);
        let is_refused = matches!(planned, Err(Error::Plan(PlanError::Region(_))));
        if is_refused {
            return Ok(());
        }
        let (cpu, _) = ask(&path, &query, &Engine::cpu());
        match (&cpu, answer(&table, &question)) {
            (Outcome::Rows { cells, .. }, Ok(truth)) => assert_eq!(truth.difference(cells), None),
            (Outcome::Overflow, Err(OracleError::SumOverflow { .. })) => {}
            // The oracle adds up groups that are not told, too.
            (Outcome::Rows { .. }, Err(OracleError::SumOverflow { .. }))
                if question.top.is_some() || question.having.is_some() => {}
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
        for (name, engine) in &engines {
            let (gpu, _) = ask(&path, &query, engine);
            assert_eq!(gpu, cpu, "{name}: {question:?}");
        }
        Ok(())
    });
    result.expect("every case agrees");
}

#[test]
fn real_data_have_the_cpus_bytes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/geolife-5m.parquet"
    );
    if !Path::new(path).exists() {
        eprintln!("SKIPPED: {path} is not here");
        return;
    }
    if !has_gpu() {
        return;
    }
    let dataset = Dataset::open_blocking(path).expect("a dataset");
    let gpu = engine(GpuOptions::default());
    let all = |by: &[&str], agg: &[&str]| {
        Query::new()
            .by(by.iter().map(|k| k.parse::<Key>().expect("a key")))
            .aggregate(agg.iter().map(|a| a.parse().expect("an aggregate")))
    };
    let beijing: Bbox = "115.4,39.4,117.5,41.1".parse().expect("a box");
    let small: Bbox = "116.30,39.97,116.33,40.00".parse().expect("a box");
    for query in [
        all(&[], &["count"]),
        all(
            &[],
            &[
                "count",
                "min(altitude_m)",
                "max(altitude_m)",
                "mean(altitude_m)",
            ],
        )
        .within(small)
        .during("2008-10-01..2008-12-30".parse().expect("a range")),
        all(&[], &["count", "sum(trip_id)"]).within(beijing),
        all(&["geohash:6"], &["count"]).top(10),
        all(&["geohash:7"], &["count"]).within(beijing),
        all(&["time:1d"], &["count"]).during("2008-10-01..2008-11-01".parse().expect("a range")),
        all(
            &["geohash:6", "user_id"],
            &["count", "mean(altitude_m)", "max(time)"],
        )
        .within(beijing),
        all(&["geohash:12"], &["count"]).within(small).top(100),
        Query::new()
            .within(small)
            .select(["time", "lon", "lat", "altitude_m"]),
    ] {
        let cpu = query
            .run_blocking(&Engine::cpu(), &dataset)
            .expect("an answer");
        let answer = query.run_blocking(&gpu, &dataset).expect("an answer");
        assert_eq!(rows(&answer), rows(&cpu), "{query:?}");
        let receipt = answer.receipt();
        assert!(
            receipt.rows_rechecked * 10_000 < receipt.rows_total,
            "{receipt:?}"
        );
    }
}
