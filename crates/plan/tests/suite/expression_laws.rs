//! Expressions of any shape: text and back, and normal forms that pass the same rows.

use graticule_plan::{Expression, Literal, Operand, Operator, PlanError};
use proptest::prelude::*;

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        "[a-c]".prop_map(Operand::Column),
        "\\PC{0,4}".prop_map(Operand::Column),
        Just(Operand::HourOfDay),
        Just(Operand::DayOfWeek),
        Just(Operand::Column("Null".to_owned())),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Boolean),
        any::<i128>().prop_map(Literal::Integer),
        (-2..3i128).prop_map(Literal::Integer),
        prop::num::f64::NORMAL.prop_map(Literal::Float),
        prop::num::f64::SUBNORMAL.prop_map(Literal::Float),
        (-4..4i32).prop_map(|v| Literal::Float(f64::from(v) / 2.0)),
        "\\PC{0,4}".prop_map(Literal::Text),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    ])
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        (operand(), operator(), literal(), any::<bool>()).prop_map(
            |(left, operator, literal, negate)| Expression::Compare {
                left,
                operator,
                literal,
                negate
            }
        ),
        (operand(), operator(), operand(), any::<bool>()).prop_map(
            |(left, operator, right, negate)| Expression::CompareColumns {
                left,
                operator,
                right,
                negate
            }
        ),
        (operand(), "\\PC{1,4}", any::<bool>()).prop_map(|(operand, file, negate)| {
            Expression::InFile {
                operand,
                file,
                values: None,
                negate,
            }
        }),
        (operand(), literal(), literal(), any::<bool>()).prop_map(
            |(operand, low, high, negate)| Expression::Between {
                operand,
                low,
                high,
                negate
            }
        ),
        (
            operand(),
            prop::collection::vec(literal(), 1..4),
            any::<bool>()
        )
            .prop_map(|(operand, list, negate)| Expression::In {
                operand,
                list,
                negate
            }),
        (
            operand(),
            "[a%_]{0,4}",
            prop::option::of(prop::sample::select(vec!['!', '\''])),
            any::<bool>(),
            any::<bool>()
        )
            .prop_map(
                |(operand, pattern, escape, ignore_case, negate)| Expression::Like {
                    operand,
                    pattern: pattern + "'a",
                    escape,
                    ignore_case,
                    negate,
                }
            ),
        (operand(), any::<bool>())
            .prop_map(|(operand, negate)| Expression::IsNull { operand, negate }),
        (operand(), any::<bool>()).prop_map(|(operand, value)| Expression::Is { operand, value }),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|e| Expression::Not(Box::new(e))),
        ]
    })
}

/// What a column holds in a row: null, a number, which may be NaN, or a boolean.
#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    Number(f64),
    Boolean(bool),
}

/// SQL's three truths; `None` is unknown. Values of other types than the literal's compare as false.
fn truth(expression: &Expression, value: Value) -> Option<bool> {
    let not = |negate: bool, found: bool| match value {
        Value::Null => None,
        _ => Some(found != negate),
    };
    let test = |operator: Operator, literal: &Literal| match (value, literal) {
        (Value::Number(v), Literal::Integer(l)) => ieee(operator, v, *l as f64),
        (Value::Number(v), Literal::Float(l)) => ieee(operator, v, *l),
        (Value::Boolean(v), Literal::Boolean(l)) => {
            ieee(operator, f64::from(u8::from(v)), f64::from(u8::from(*l)))
        }
        _ => false,
    };
    match expression {
        Expression::And(all) => all
            .iter()
            .map(|e| truth(e, value))
            .reduce(|a, b| match (a, b) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            })
            .unwrap_or(Some(true)),
        Expression::Or(all) => all
            .iter()
            .map(|e| truth(e, value))
            .reduce(|a, b| match (a, b) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            })
            .unwrap_or(Some(false)),
        Expression::Not(inner) => truth(inner, value).map(|t| !t),
        Expression::Compare {
            operator,
            literal,
            negate,
            ..
        } => not(*negate, test(*operator, literal)),
        // All columns hold the same here.
        Expression::CompareColumns {
            operator, negate, ..
        } => not(
            *negate,
            match value {
                Value::Number(v) => ieee(*operator, v, v),
                Value::Null | Value::Boolean(_) => ieee(*operator, 0.0, 0.0),
            },
        ),
        // A file that holds nothing.
        Expression::InFile { negate, .. } => not(*negate, false),
        Expression::Between {
            low, high, negate, ..
        } => not(
            *negate,
            test(Operator::GreaterOrEqual, low) && test(Operator::LessOrEqual, high),
        ),
        Expression::In { list, negate, .. } => {
            not(*negate, list.iter().any(|l| test(Operator::Equal, l)))
        }
        // Of no text, which there is none of here.
        Expression::Like { negate, .. } => not(*negate, false),
        Expression::IsNull { negate, .. } => Some(matches!(value, Value::Null) != *negate),
        Expression::Is { value: wanted, .. } => {
            Some(matches!(value, Value::Boolean(v) if v == *wanted))
        }
    }
}

fn ieee(operator: Operator, a: f64, b: f64) -> bool {
    match operator {
        Operator::Equal => a == b,
        Operator::NotEqual => a != b,
        Operator::Less => a < b,
        Operator::LessOrEqual => a <= b,
        Operator::Greater => a > b,
        Operator::GreaterOrEqual => a >= b,
    }
}

/// With two truths only, as normal forms allow.
fn passes(expression: &Expression, value: Value) -> bool {
    match expression {
        Expression::And(all) => all.iter().all(|e| passes(e, value)),
        Expression::Or(all) => all.iter().any(|e| passes(e, value)),
        Expression::Not(_) | Expression::Is { .. } => panic!("{expression} is left"),
        leaf => truth(leaf, value) == Some(true),
    }
}

/// Whether the expression holds `is true` or `is false`, which only boolean columns can be asked.
fn asks_booleans(expression: &Expression) -> bool {
    match expression {
        Expression::And(all) | Expression::Or(all) => all.iter().any(asks_booleans),
        Expression::Not(inner) => asks_booleans(inner),
        leaf => matches!(leaf, Expression::Is { .. }),
    }
}

proptest! {
    #[test]
    fn text_and_back(expression in expression()) {
        let text = expression.to_string();
        prop_assert_eq!(text.parse::<Expression>(), Ok(expression.clone()), "{}", text);
        let normal = expression.normalised();
        prop_assert_eq!(normal.to_string().parse::<Expression>(), Ok(normal.clone()));
        prop_assert_eq!(normal.normalised(), normal);
    }

    #[test]
    fn normal_forms_pass_the_same_rows(expression in expression()) {
        let normal = expression.normalised();
        let mut values = vec![Value::Null, Value::Boolean(false), Value::Boolean(true)];
        if !asks_booleans(&expression) {
            let numbers = [f64::NAN, -1.0, 0.0, 0.5, 1.0, f64::INFINITY];
            values.extend(numbers.map(Value::Number));
        }
        for value in values {
            let wanted = truth(&expression, value) == Some(true);
            prop_assert_eq!(passes(&normal, value), wanted, "{} of {:?}", expression, value);
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,40}", words in prop::collection::vec(prop::sample::select(vec![
        "a", "and", "or", "not", "(", ")", "in", "between", "is", "null", "3", "'x'", "=", "<", ",", "true", "hour_of_day", "\"", "'",
    ]), 0..12)) {
        for text in [text, words.join(" "), words.concat()] {
            match text.parse::<Expression>() {
                Ok(read) => prop_assert_eq!(read.to_string().parse::<Expression>(), Ok(read)),
                Err(PlanError::Expression { column, .. }) => {
                    prop_assert!((1..=text.chars().count() + 1).contains(&column));
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
