//! Keys and their order, worked out by hand.

use graticule_testing::Cell::{self, Int, Null, Text, Time};
use graticule_testing::{
    Aggregate, Key, OracleError, Order, Question, Table, Values, answer, geohash,
};

fn text(value: &str) -> Cell {
    Text(value.into())
}

/// Valid points at 0, 0 with these times and this column `v`.
fn table(time: Vec<Option<i64>>, values: Values) -> Table {
    Table::new(
        vec![Some(0.0); time.len()],
        vec![Some(0.0); time.len()],
        time,
        vec![("v".into(), values)],
    )
}

fn rows(
    table: &Table,
    keys: &[Key],
    aggregates: &[Aggregate],
    top: Option<(usize, usize)>, // rows, and the aggregate they are ordered by
) -> Vec<Vec<Cell>> {
    let question = Question {
        keys: keys.to_vec(),
        aggregates: aggregates.to_vec(),
        order: (top.iter())
            .map(|&(_, index)| Order {
                column: keys.len() + index,
                descending: None,
            })
            .collect(),
        top: top.map(|(n, _)| n),
        ..Question::default()
    };
    answer(table, &question).expect("the question fits").rows
}

#[test]
fn geohashes_of_known_places() {
    assert_eq!(geohash(-5.6, 42.6, 5), "ezs42");
    assert_eq!(geohash(10.40744, 57.64911, 11), "u4pruydqqvj");
    assert_eq!(geohash(-180.0, -90.0, 12), "000000000000");
    assert_eq!(geohash(180.0, 90.0, 12), "zzzzzzzzzzzz");
    // The middle belongs to the upper half: 0, 0 is 11000 of the first letter.
    assert_eq!(
        (geohash(0.0, 0.0, 1), geohash(-0.0, -0.0, 2)),
        ("s".into(), "s0".into())
    );
    assert_eq!(geohash(-5e-324, -5e-324, 12), "7zzzzzzzzzzz");
    assert_eq!(geohash(-5e-324, 0.0, 1), "e");
    assert_eq!(geohash(0.0, -5e-324, 1), "k");
}

#[test]
fn a_geohash_cell_holds_its_western_edge() {
    // Longitude takes 3 of the 5 bits of the first letter: cells 45 degrees wide.
    assert_eq!(geohash(45.0, 1.0, 1), "t");
    assert_eq!(geohash(45.0f64.next_down(), 1.0, 1), "s");
    // 12 letters halve longitude 30 times.
    let cell = 360.0 / 2f64.powi(30);
    assert_eq!(geohash(cell, 0.0, 12), "s00000000002");
    assert_eq!(geohash(cell.next_down(), 0.0, 12), "s00000000000");
}

#[test]
fn times_floor_from_the_epoch_and_null_comes_last() {
    let time = vec![
        Some(0),
        Some(899_999),
        Some(900_000),
        Some(-1),
        Some(-900_000),
        None,
    ];
    let table = table(time, Values::I32(vec![None; 6]));
    assert_eq!(
        rows(&table, &[Key::Time(900_000)], &[], None),
        [
            [Time(-900_000), Int(2)],
            [Time(0), Int(2)],
            [Time(900_000), Int(1)],
            [Null, Int(1)]
        ],
    );
}

#[test]
fn a_bucket_before_the_first_i64_begins_with_it() {
    let table = table(vec![Some(i64::MIN)], Values::I32(vec![None]));
    assert_eq!(
        rows(&table, &[Key::Time(1000)], &[], None),
        [[Time(i64::MIN), Int(1)]]
    );
}

#[test]
fn whole_days_are_those_of_the_zone() {
    // 2026-03-07T18:14:59.999Z and the millisecond after it, which is midnight in Kathmandu.
    let table = table(
        vec![Some(1_772_907_299_999), Some(1_772_907_300_000)],
        Values::I32(vec![None; 2]),
    );
    let question = Question {
        keys: vec![Key::Time(86_400_000)],
        timezone: Some("Asia/Kathmandu".to_owned()),
        aggregates: vec![Aggregate::Count],
        ..Question::default()
    };
    assert_eq!(
        answer(&table, &question).expect("an answer").rows,
        [
            [Time(1_772_820_900_000), Int(1)],
            [Time(1_772_907_300_000), Int(1)]
        ]
    );
}

#[test]
fn columns_group_numerically_with_null_last() {
    let keys = [Key::Column("v".into())];
    let unsigned = table(
        vec![None; 4],
        Values::U64(vec![None, Some(u64::MAX), Some(9), Some(10)]),
    );
    assert_eq!(
        rows(&unsigned, &keys, &[], None),
        [
            [Int(9), Int(1)],
            [Int(10), Int(1)],
            [Int(u64::MAX.into()), Int(1)],
            [Null, Int(1)]
        ],
    );
    let signed = table(vec![None; 3], Values::I32(vec![Some(1), Some(-1), Some(1)]));
    assert_eq!(
        rows(&signed, &keys, &[], None),
        [[Int(-1), Int(1)], [Int(1), Int(2)]]
    );
    let bools = table(
        vec![None; 3],
        Values::Bool(vec![None, Some(true), Some(false)]),
    );
    let answer = rows(&bools, &keys, &[], None);
    assert_eq!(
        answer,
        [
            [Cell::Bool(false), Int(1)],
            [Cell::Bool(true), Int(1)],
            [Null, Int(1)]
        ]
    );
}

#[test]
fn a_partition_orders_by_bytes() {
    let days = ["b", "B", "a", "é", "a"]
        .map(|day| Some(day.to_owned()))
        .to_vec();
    let answer = rows(
        &table(vec![None; 5], Values::Text(days)),
        &[Key::Partition("v".into())],
        &[],
        None,
    );
    assert_eq!(
        answer,
        [("B", 1), ("a", 2), ("b", 1), ("é", 1)].map(|(day, n)| [text(day), Int(n)])
    );
}

#[test]
fn several_keys_order_from_the_left() {
    let time = vec![Some(5), Some(15), Some(5), Some(15)];
    let table = table(time, Values::I64(vec![Some(1), Some(1), None, Some(0)]));
    assert_eq!(
        rows(&table, &[Key::Column("v".into()), Key::Time(10)], &[], None),
        [
            [Int(0), Time(10), Int(1)],
            [Int(1), Time(0), Int(1)],
            [Int(1), Time(10), Int(1)],
            [Null, Time(0), Int(1)],
        ],
    );
}

#[test]
fn no_keys_give_one_row_and_keys_without_a_match_none() {
    let aggregates = [
        Aggregate::Count,
        Aggregate::Sum("v".into()),
        Aggregate::Min("v".into()),
    ];
    let empty = table(vec![], Values::F64(vec![]));
    assert_eq!(rows(&empty, &[], &aggregates, None), [[Int(0), Null, Null]]);
    assert!(rows(&empty, &[Key::Geohash(5)], &aggregates, None).is_empty());
}

#[test]
fn top_orders_descending_then_by_keys_with_nulls_last() {
    let time: Vec<Option<i64>> = [0, 1, 2, 3, 4].map(Some).to_vec();
    let table = table(
        time,
        Values::F64(vec![
            Some(1.0),
            None,
            Some(2.0),
            Some(1.0),
            Some(f64::INFINITY),
        ]),
    );
    let top = |n| -> Vec<Cell> {
        let aggregates = [Aggregate::Count, Aggregate::Max("v".into())];
        rows(&table, &[Key::Time(1)], &aggregates, Some((n, 1)))
            .into_iter()
            .map(|row| row[0].clone())
            .collect()
    };
    assert_eq!(top(9), [4, 2, 0, 3, 1].map(Time));
    assert_eq!(top(3), [4, 2, 0].map(Time));
    assert!(top(0).is_empty());
}

#[test]
fn questions_that_do_not_fit_are_errors() {
    let table = table(vec![], Values::F64(vec![]));
    let error = |question| answer(&table, &question).expect_err("it does not fit");
    let keys = |key| Question {
        keys: vec![key],
        ..Question::default()
    };
    assert_eq!(
        error(keys(Key::Geohash(13))),
        OracleError::Precision { precision: 13 }
    );
    assert_eq!(error(keys(Key::Time(0))), OracleError::Width { width: 0 });
    assert!(matches!(
        error(keys(Key::Column("v".into()))),
        OracleError::WrongType { .. }
    ));
    let aggregates = vec![Aggregate::Sum("w".into())];
    let unknown = Question {
        aggregates,
        ..Question::default()
    };
    assert_eq!(
        error(unknown),
        OracleError::UnknownColumn { column: "w".into() }
    );
    let top = Question {
        order: vec![Order {
            column: 1,
            descending: None,
        }],
        ..Question::default()
    };
    assert_eq!(
        error(top),
        OracleError::Order {
            index: 1,
            columns: 1
        }
    );
}
