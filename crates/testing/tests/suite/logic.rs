//! Conditions with three values, worked out by hand.

use graticule_testing::Literal::{Bool, Float, Int, Text};
use graticule_testing::{
    Expression, Literal, Op, Operand, OracleError, Question, Table, Values, answer,
};

fn column(name: &str) -> Operand {
    Operand::Column(name.into())
}

fn compare(name: &str, op: Op, literal: Literal) -> Expression {
    Expression::Compare(column(name), op, literal)
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

fn and(a: Expression, b: Expression) -> Expression {
    Expression::And(Box::new(a), Box::new(b))
}

fn or(a: Expression, b: Expression) -> Expression {
    Expression::Or(Box::new(a), Box::new(b))
}

/// Four rows: `n` 1, 2, null, 3; `x` 0.5, NaN, null, -0.0; `t` "", "b", null, "é"; `f` false, true, null, true; times
/// Thursday 00:00, Sunday 23:59:59.999, null, Monday 00:00.
fn table() -> Table {
    let texts = [Some(""), Some("b"), None, Some("é")];
    let texts = texts.map(|text| text.map(str::to_owned)).to_vec();
    let columns = vec![
        (
            "n".into(),
            Values::I32(vec![Some(1), Some(2), None, Some(3)]),
        ),
        (
            "x".into(),
            Values::F64(vec![Some(0.5), Some(f64::NAN), None, Some(-0.0)]),
        ),
        ("t".into(), Values::Text(texts)),
        (
            "f".into(),
            Values::Bool(vec![Some(false), Some(true), None, Some(true)]),
        ),
    ];
    let day = 86_400_000;
    let time = vec![Some(0), Some(4 * day - 1), None, Some(4 * day)];
    Table::new(vec![Some(0.0); 4], vec![Some(0.0); 4], time, columns)
}

/// Which rows pass.
fn passing(expression: Expression) -> Vec<usize> {
    let passes = |row: &usize| {
        let question = Question {
            expression: Some(expression.clone()),
            ..Question::default()
        };
        let answer = answer(&table().take(&[*row]), &question).expect("it fits");
        answer.rows_matched == 1
    };
    (0..4).filter(passes).collect()
}

#[test]
fn unknown_is_neither_true_nor_false() {
    assert_eq!(passing(compare("n", Op::Less, Int(2))), [0]);
    assert_eq!(passing(not(compare("n", Op::Less, Int(2)))), [1, 3]);
    assert_eq!(passing(compare("n", Op::NotEqual, Int(2))), [0, 3]);
    assert_eq!(passing(Expression::IsNull(column("n"))), [2]);
    assert_eq!(passing(not(Expression::IsNull(column("t")))), [0, 1, 3]);
}

#[test]
fn and_and_or_know_what_one_side_decides() {
    // Of row 2 `n` is null, and `is null` true: unknown beside true, false and unknown.
    let unknown = || compare("n", Op::Equal, Int(1));
    let yes = || Expression::IsNull(column("n"));
    let no = || not(Expression::IsNull(column("n")));
    let true_of_2 = |expression: Expression| passing(expression).contains(&2);
    for (expression, is, is_not) in [
        (and(unknown(), yes()), false, false),
        (and(yes(), unknown()), false, false),
        (and(unknown(), no()), false, true),
        (and(no(), unknown()), false, true),
        (and(unknown(), unknown()), false, false),
        (and(yes(), yes()), true, false),
        (or(unknown(), yes()), true, false),
        (or(yes(), unknown()), true, false),
        (or(unknown(), no()), false, false),
        (or(no(), unknown()), false, false),
        (or(unknown(), unknown()), false, false),
        (or(no(), no()), false, true),
    ] {
        assert_eq!(true_of_2(expression.clone()), is, "{expression:?}");
        assert_eq!(
            true_of_2(not(expression.clone())),
            is_not,
            "not {expression:?}"
        );
    }
}

#[test]
fn nan_is_unequal_to_all() {
    assert_eq!(passing(compare("x", Op::NotEqual, Float(0.5))), [1, 3]);
    assert_eq!(passing(not(compare("x", Op::Equal, Float(0.5)))), [1, 3]);
    assert_eq!(passing(not(compare("x", Op::Less, Int(9)))), [1]);
    let between = Expression::Between(column("x"), Int(0), Int(1));
    assert_eq!(passing(between.clone()), [0, 3], "-0.0 equals 0");
    assert_eq!(passing(not(between)), [1]);
    let listed = Expression::In(column("x"), vec![Float(f64::NAN), Float(0.0)]);
    assert_eq!(passing(listed), [3]);
}

#[test]
fn between_and_in() {
    let between = |a, b| Expression::Between(column("n"), a, b);
    assert_eq!(passing(between(Int(2), Int(3))), [1, 3]);
    assert!(passing(between(Int(3), Int(2))).is_empty());
    assert_eq!(passing(not(between(Int(3), Int(2)))), [0, 1, 3]);
    assert_eq!(passing(between(Float(1.5), Float(2.5))), [1]);
    let listed = Expression::In(column("n"), vec![Int(3), Int(1), Int(9)]);
    assert_eq!(passing(listed.clone()), [0, 3]);
    assert_eq!(passing(not(listed)), [1]);
}

#[test]
fn text_compares_by_bytes_and_false_is_less() {
    assert_eq!(passing(compare("t", Op::GreaterOrEqual, Text("b"))), [1, 3]);
    assert_eq!(
        passing(compare("t", Op::Less, Text("z"))),
        [0, 1],
        "é is c3 a9"
    );
    assert_eq!(passing(compare("t", Op::Equal, Text(""))), [0]);
    let listed = Expression::In(column("t"), vec![Text("é"), Text("B")]);
    assert_eq!(passing(listed), [3]);
    assert_eq!(passing(compare("f", Op::Equal, Bool(true))), [1, 3]);
    assert_eq!(passing(compare("f", Op::NotEqual, Bool(true))), [0]);
    assert_eq!(passing(compare("f", Op::Less, Bool(true))), [0]);
}

#[test]
fn patterns_match_whole_texts() {
    let like = |pattern, any_case| Expression::Like(column("t"), pattern, any_case);
    assert_eq!(passing(like("%", false)), [0, 1, 3]);
    assert_eq!(passing(not(like("_", false))), [0]);
    assert_eq!(passing(like("%b%", false)), [1]);
    assert!(passing(like("B", false)).is_empty());
    assert_eq!(passing(like("B", true)), [1]);
    assert_eq!(passing(like("É%", true)), [3]);
}

#[test]
fn hours_and_days_of_the_time() {
    let day = |op, n| Expression::Compare(Operand::DayOfWeek, op, Int(n));
    let hour = |op, n| Expression::Compare(Operand::HourOfDay, op, Int(n));
    assert_eq!(passing(day(Op::Equal, 4)), [0]);
    assert_eq!(passing(day(Op::Equal, 7)), [1]);
    assert_eq!(passing(not(day(Op::Greater, 1))), [3]);
    assert_eq!(passing(hour(Op::Equal, 0)), [0, 3]);
    assert_eq!(passing(hour(Op::GreaterOrEqual, 23)), [1]);
    assert_eq!(passing(Expression::IsNull(Operand::HourOfDay)), [2]);
    // In New York it is five hours earlier.
    let question = |expression| Question {
        expression: Some(expression),
        timezone: Some("America/New_York".into()),
        ..Question::default()
    };
    let count = |expression| {
        answer(&table(), &question(expression))
            .expect("it fits")
            .rows_matched
    };
    assert_eq!(count(hour(Op::Equal, 19)), 2);
    assert_eq!(count(day(Op::Equal, 3)), 1);
    assert_eq!(count(day(Op::Equal, 7)), 2);
}

#[test]
fn conditions_that_do_not_fit_are_errors() {
    let error = |expression| {
        let question = Question {
            expression: Some(expression),
            ..Question::default()
        };
        answer(&table(), &question).expect_err("it does not fit")
    };
    for (name, literal) in [
        ("n", Text("1")),
        ("x", Bool(true)),
        ("t", Int(1)),
        ("f", Int(1)),
    ] {
        let wrong = error(or(
            Expression::IsNull(column("n")),
            not(compare(name, Op::Equal, literal)),
        ));
        let left = name.to_owned();
        assert_eq!(wrong, OracleError::Incomparable { left, literal });
    }
    assert!(matches!(
        error(Expression::IsNull(column("w"))),
        OracleError::UnknownColumn { .. }
    ));
    assert!(matches!(
        error(Expression::In(column("n"), vec![])),
        OracleError::EmptyList { .. }
    ));
}
