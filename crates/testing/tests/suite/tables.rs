//! Tables keep their rows through shuffling, splitting and files; strategies make what they promise.

use std::fs::File;

use graticule_testing::strategies::{Shape, case, question, tame_table};
use graticule_testing::{
    Aggregate, Key, OracleError, Question, Table, Values, answer, geohash, rows_of, strategies,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn shape() -> Shape {
    Shape {
        partition: true,
        ..Shape::adversarial(60)
    }
}

proptest! {
    #[test]
    fn order_and_layout_do_not_matter((table, question) in case(shape()), seed: u64, parts in 1..9usize) {
        let expected = answer(&table, &question);
        let shuffled = table.shuffled(seed);
        prop_assert_eq!(&answer(&shuffled, &question), &expected);
        let whole = Table::concat(&shuffled.split(parts));
        prop_assert_eq!(whole.rows(), table.rows());
        prop_assert_eq!(&answer(&whole, &question), &expected);
    }

    /// The fixed-point cell by its definition, floored in exact integers, against the bisection.
    #[test]
    fn geohash_is_the_top_bits_of_the_fixed_point((table, _) in case(shape())) {
        for (lon, lat) in table.lon.iter().zip(&table.lat) {
            let (Some(lon), Some(lat)) = (*lon, *lat) else { continue };
            if lon.abs() <= 180.0 && lat.abs() <= 90.0 {
                let (x, y) = (fixed_point(lon, 180.0) >> 2, fixed_point(lat, 90.0) >> 2);
                let bits = (0..30).rev().fold(0u64, |bits, i| bits << 2 | (x >> i & 1) << 1 | (y >> i & 1));
                let letters = b"0123456789bcdefghjkmnpqrstuvwxyz";
                let text: String = (0..12).rev()
                    .map(|i| char::from(letters[usize::try_from(bits >> (5 * i) & 31).expect("5 bits")]))
                    .collect();
                prop_assert_eq!(geohash(lon, lat, 12), text);
            }
        }
    }
}

/// The greatest k with `k * 2 span / 2^32 - span <= value`, found bit by bit; each edge is exact in f64.
fn fixed_point(value: f64, span: f64) -> u64 {
    let edge = |k: u64| k as f64 * (2.0 * span) / 2f64.powi(32) - span;
    (0..32).rev().fold(0, |k, bit| {
        if edge(k | 1 << bit) <= value {
            k | 1 << bit
        } else {
            k
        }
    })
}

fn samples<T: std::fmt::Debug>(strategy: BoxedStrategy<T>, n: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..n)
        .map(|_| strategy.new_tree(&mut runner).expect("a sample").current())
        .collect()
}

#[test]
fn adversarial_cases_are_worth_their_name() {
    let (mut on_edge, mut matched, mut invalid, mut rows, mut overflows, mut answers) =
        (0, 0, 0, 0, 0, 0);
    for (table, question) in samples(case(shape()), 400) {
        for [west, _, east, _] in &question.bbox {
            on_edge += table
                .lon
                .iter()
                .flatten()
                .filter(|lon| *lon == west || *lon == east)
                .count();
        }
        match answer(&table, &question) {
            Ok(answer) => {
                rows += table.rows();
                matched += answer.rows_matched;
                invalid += answer.rows_invalid;
                answers += 1;
            }
            Err(OracleError::SumOverflow { .. }) => overflows += 1,
            Err(error) => panic!("{error}: {question:?}"),
        }
    }
    let summary = format!(
        "{rows} rows, {matched} matched, {invalid} invalid, {on_edge} on an edge, {answers} answers, {overflows} overflows"
    );
    assert!(
        on_edge * 10 > rows && matched * 10 > rows && invalid * 50 > rows,
        "{summary}"
    );
    assert!(
        answers > 300 && overflows > 0 && overflows < 100,
        "{summary}"
    );
}

#[test]
fn extreme_times_still_have_answers() {
    for (table, question) in samples(
        case(Shape {
            extreme_times: true,
            ..shape()
        }),
        100,
    ) {
        assert!(matches!(
            answer(&table, &question),
            Ok(_) | Err(OracleError::SumOverflow { .. })
        ));
    }
}

#[test]
fn tame_tables_are_valid_and_repeatable() {
    let table = tame_table(2000, 7, true);
    let keys = vec![Key::Partition(strategies::PARTITION.into())];
    let answer = answer(
        &table,
        &Question {
            keys,
            ..Question::default()
        },
    )
    .expect("a count");
    assert_eq!(
        (answer.rows.len(), answer.rows_matched, answer.rows_invalid),
        (3, 2000, 0)
    );
    assert_eq!(
        table.to_record_batch(),
        tame_table(2000, 7, true).to_record_batch()
    );
    assert_ne!(
        table.to_record_batch(),
        tame_table(2000, 8, true).to_record_batch()
    );
}

#[test]
fn tame_questions_meet_tame_tables() {
    let table = tame_table(3000, 1, false);
    let questions = samples(question(Shape::tame(3000)), 60);
    let meets =
        |question: &&Question| answer(&table, question).expect("no overflow").rows_matched > 0;
    assert!(questions.iter().filter(meets).count() > 20);
}

#[test]
fn a_parquet_file_holds_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("points.parquet");
    for (table, _) in samples(case(shape()), 10) {
        table.write_parquet(&path, 7).expect("written");
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).expect("there"))
            .expect("parquet");
        assert_eq!(reader.metadata().num_row_groups(), table.rows().div_ceil(7));
        let read: Vec<_> = reader
            .build()
            .expect("readable")
            .collect::<Result<_, _>>()
            .expect("read");
        assert_eq!(rows_of(&read), rows_of(&[table.to_record_batch()]));
    }
}

#[test]
fn hive_folders_hold_the_rows_of_their_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = tame_table(100, 3, true);
    let paths = table
        .write_hive(folder.path(), strategies::PARTITION, 1000)
        .expect("written");
    let keys = vec![Key::Partition(strategies::PARTITION.into())];
    let expected = answer(
        &table,
        &Question {
            keys,
            aggregates: vec![Aggregate::Count],
            ..Question::default()
        },
    );
    let mut rows = Vec::new();
    for path in &paths {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("there"))
            .expect("parquet");
        assert!(
            reader
                .schema()
                .field_with_name(strategies::PARTITION)
                .is_err()
        );
        rows.push(i128::from(reader.metadata().file_metadata().num_rows()));
    }
    assert!(paths[0].ends_with("day=2026-03-01/part-0.parquet"));
    let counts: Vec<_> = expected
        .expect("a count")
        .rows
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(
        counts,
        rows.into_iter()
            .map(graticule_testing::Cell::Int)
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_difference_names_the_row() {
    let table = Table::new(
        vec![Some(0.0)],
        vec![Some(0.0)],
        vec![None],
        vec![("v".into(), Values::I32(vec![None]))],
    );
    let answer = answer(&table, &Question::default()).expect("a count");
    assert_eq!(answer.difference(&answer.rows), None);
    let wrong = [vec![graticule_testing::Cell::Int(2)]];
    assert_eq!(
        answer.difference(&wrong).expect("it differs"),
        "row 0 should be [Int(1)], is [Int(2)]"
    );
    assert_eq!(
        answer.difference(&[]).expect("it differs"),
        "there should be 1 rows, are 0"
    );
}
