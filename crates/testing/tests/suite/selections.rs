//! Orders, the privacy floor and the rows themselves, worked out by hand.

use graticule_testing::Cell::{self, Bool, Float, Int, Null, Text, Time};
use graticule_testing::{Aggregate, Key, OracleError, Order, Question, Table, Values, answer};

/// Keys 0 to 3 in `k`, with 2, 2, 1 and 1 distinct values in `who`, and values in `v` of which NaN and null are two.
fn table() -> Table {
    let rows = [
        (0, Some("a"), Some(1.0)),
        (0, Some("b"), Some(f64::NAN)),
        (1, Some("a"), Some(-0.0)),
        (1, Some("B"), Some(0.0)),
        (1, Some("a"), None),
        (2, Some("a"), Some(5.0)),
        (2, Some("a"), Some(6.0)),
        (3, Some("z"), None),
        (3, None, None),
    ];
    let k = rows.iter().map(|row| Some(row.0)).collect();
    let who = rows.iter().map(|row| row.1.map(str::to_owned)).collect();
    let v = rows.iter().map(|row| row.2).collect();
    let time = (0..9).map(|n| (n != 4).then_some(n)).collect();
    Table::new(
        vec![Some(-0.0); 9],
        vec![Some(1.5); 9],
        time,
        vec![
            ("k".into(), Values::I64(k)),
            ("who".into(), Values::Text(who)),
            ("v".into(), Values::F64(v)),
        ],
    )
}

/// The keys that are left, in their order.
fn keys(question: Question) -> Vec<Cell> {
    let question = Question {
        keys: vec![Key::Column("k".into())],
        ..question
    };
    let rows = answer(&table(), &question).expect("it fits").rows;
    rows.into_iter().map(|row| row[0].clone()).collect()
}

fn floor(column: &str, least: u64) -> Question {
    Question {
        min_distinct: Some((column.into(), least)),
        ..Question::default()
    }
}

#[test]
fn groups_with_too_few_distinct_values_are_dropped() {
    assert_eq!(keys(floor("who", 0)), [0, 1, 2, 3].map(Int));
    assert_eq!(keys(floor("who", 1)), [0, 1, 2, 3].map(Int));
    assert_eq!(keys(floor("who", 2)), [0, 1].map(Int));
    assert!(keys(floor("who", 3)).is_empty());
    // NaN is no value, and the zeros are one.
    assert_eq!(keys(floor("v", 1)), [0, 1, 2].map(Int));
    assert_eq!(keys(floor("v", 2)), [2].map(Int));
}

#[test]
fn the_floor_comes_before_the_top_and_holds_without_keys() {
    let question = |least, n| Question {
        top: Some(n),
        ..floor("who", least)
    };
    assert_eq!(keys(question(2, 9)), [1, 0].map(Int));
    assert_eq!(keys(question(2, 1)), [1].map(Int));
    // Of all rows together the values are B, a, b and z.
    let all = |least| answer(&table(), &floor("who", least)).expect("it fits");
    assert_eq!(all(4).rows, [[Int(9)]]);
    assert!(all(5).rows.is_empty());
    assert_eq!(all(5).rows_matched, 9);
}

#[test]
fn a_dropped_group_says_nothing_not_even_that_its_sum_overflows() {
    let mut table = table();
    table.columns[0].1 = Values::I64(vec![Some(i64::MAX); 9]);
    let question = |least| Question {
        aggregates: vec![Aggregate::Sum("k".into())],
        ..floor("who", least)
    };
    assert!(matches!(
        answer(&table, &question(4)),
        Err(OracleError::SumOverflow { .. })
    ));
    assert!(
        answer(&table, &question(5))
            .expect("no group")
            .rows
            .is_empty()
    );
}

#[test]
fn an_order_without_a_top_keeps_all_rows() {
    let question = |place: usize| Question {
        aggregates: vec![Aggregate::Count, Aggregate::Max("v".into())],
        order: vec![Order {
            column: 1 + place,
            descending: None,
        }],
        ..Question::default()
    };
    assert_eq!(keys(question(0)), [1, 0, 2, 3].map(Int));
    assert_eq!(keys(question(1)), [2, 0, 1, 3].map(Int), "null last");
    let error = |question| answer(&table(), &question).expect_err("it does not fit");
    assert_eq!(
        error(question(2)),
        OracleError::Order {
            index: 3,
            columns: 2
        }
    );
}

fn select(columns: &[&str], limit: Option<usize>) -> Question {
    let columns = columns.iter().map(|&column| column.into()).collect();
    Question {
        select: Some((columns, limit)),
        ..Question::default()
    }
}

#[test]
fn a_selection_is_the_matching_rows_as_they_are() {
    let question = Question {
        time: Some((Some(1), Some(4))),
        ..select(&["v", "lon", "time", "who"], None)
    };
    let answer_of = |question| answer(&table(), &question).expect("it fits");
    let expected = [(f64::NAN, 1, "b"), (-0.0, 2, "a"), (0.0, 3, "B")]
        .map(|(v, time, who)| [Float(v), Float(-0.0), Time(time), Text(who.into())]);
    assert_eq!(answer_of(question).rows, expected);
    let all = answer_of(select(&["time", "lat", "who"], None)).rows;
    assert_eq!(all.len(), 9);
    assert_eq!(all[4], [Null, Float(1.5), Text("a".into())]);
    assert_eq!(all[8], [Time(8), Float(1.5), Null]);
    let limited = answer_of(select(&["k"], Some(2)));
    assert_eq!(limited.rows, [[Int(0)], [Int(0)]]);
    assert_eq!(limited.rows_matched, 9, "the limit is none on what matches");
    assert!(answer_of(select(&["k"], Some(0))).rows.is_empty());
}

#[test]
fn a_selection_leaves_out_invalid_rows_and_keeps_the_order() {
    let table = Table::new(
        vec![Some(3.0), None, Some(1.0), Some(2.0)],
        vec![Some(0.0); 4],
        vec![None; 4],
        vec![(
            "b".into(),
            Values::Bool(vec![Some(true), None, None, Some(false)]),
        )],
    );
    let answer = answer(&table, &select(&["lon", "b"], None)).expect("it fits");
    assert_eq!(
        answer.rows,
        [
            [Float(3.0), Bool(true)],
            [Float(1.0), Null],
            [Float(2.0), Bool(false)]
        ]
    );
    assert_eq!(answer.difference(&answer.rows), None);
}

#[test]
fn rows_and_groups_are_not_asked_for_at_once() {
    let question = || select(&["k"], None);
    for wrong in [
        Question {
            keys: vec![Key::HourOfDay],
            ..question()
        },
        Question {
            aggregates: vec![Aggregate::Count],
            ..question()
        },
        Question {
            top: Some(1),
            ..question()
        },
        Question {
            min_distinct: Some(("k".into(), 1)),
            ..question()
        },
    ] {
        assert!(matches!(
            answer(&table(), &wrong),
            Err(OracleError::SelectAndGroup { .. })
        ));
    }
    assert_eq!(
        answer(&table(), &select(&["w"], None)),
        Err(OracleError::UnknownColumn { column: "w".into() })
    );
}
