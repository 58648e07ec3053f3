//! Conditions, true, false or unknown.

use std::cmp::Ordering;

use jiff::tz::TimeZone;

use crate::calendar;
use crate::cell::{Cell, value};
use crate::question::{Comparison, Expression, Literal, Op, Operand, OracleError};
use crate::table::Table;

/// Whether a comparison is true: of a null it is not.
pub(crate) fn holds(table: &Table, row: usize, comparison: &Comparison) -> bool {
    let left = column(table, row, &comparison.column);
    compare(&left, comparison.op, &comparison.literal) == Some(true)
}

/// What a condition of a row is; `None` is unknown.
pub(crate) fn truth(
    table: &Table,
    row: usize,
    zone: &TimeZone,
    expression: &Expression,
) -> Result<Option<bool>, OracleError> {
    truth_of(expression, &|operand| {
        operand_value(table, row, zone, operand)
    })
}

/// What a condition of these values is; `None` is unknown.
pub(crate) fn truth_of(
    expression: &Expression,
    left: &dyn Fn(&Operand) -> Result<Cell, OracleError>,
) -> Result<Option<bool>, OracleError> {
    let truth = |inner: &Expression| truth_of(inner, left);
    Ok(match expression {
        Expression::And(a, b) => and(truth(a)?, truth(b)?),
        Expression::Or(a, b) => or(truth(a)?, truth(b)?),
        Expression::Not(inner) => truth(inner)?.map(|truth| !truth),
        Expression::Compare(operand, op, literal) => compare(&left(operand)?, *op, literal),
        Expression::Columns(one, op, other) => {
            let of = |name: &String| left(&Operand::Column(name.clone()));
            let (one, other) = (of(one)?, of(other)?);
            match (&one, &other) {
                (Cell::Null, _) | (_, Cell::Null) => None,
                _ => Some(passes(between(&one, &other), *op)),
            }
        }
        Expression::Between(operand, first, second) => {
            let left = left(operand)?;
            and(
                compare(&left, Op::GreaterOrEqual, first),
                compare(&left, Op::LessOrEqual, second),
            )
        }
        Expression::In(operand, literals) => {
            let left = left(operand)?;
            let equals = |literal| compare(&left, Op::Equal, literal);
            literals.iter().map(equals).fold(Some(false), or)
        }
        Expression::Like(operand, pattern, ignore_case) => match left(operand)? {
            Cell::Text(text) if *ignore_case => {
                Some(like(&pattern.to_lowercase(), &text.to_lowercase()))
            }
            Cell::Text(text) => Some(like(pattern, &text)),
            _ => None,
        },
        Expression::IsNull(operand) => Some(matches!(left(operand)?, Cell::Null)),
    })
}

/// Whether what is left of a text is as what is left of a pattern.
fn like(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    let mut others = text.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| like(rest.as_str(), &text[at..]))
        }
        Some(wanted) => others.next().is_some_and(|c| {
            (wanted == '_' || wanted == c) && like(rest.as_str(), others.as_str())
        }),
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn column(table: &Table, row: usize, name: &str) -> Cell {
    value(table.column(name).expect("the question was checked"), row)
}

fn operand_value(
    table: &Table,
    row: usize,
    zone: &TimeZone,
    operand: &Operand,
) -> Result<Cell, OracleError> {
    let of_time = |read: fn(i64, &TimeZone) -> Result<i8, OracleError>| match table.time[row] {
        None => Ok(Cell::Null),
        Some(time) => read(time, zone).map(|number| Cell::Int(number.into())),
    };
    match operand {
        Operand::Column(name) => Ok(column(table, row, name)),
        Operand::HourOfDay => of_time(calendar::hour_of_day),
        Operand::DayOfWeek => of_time(calendar::day_of_week),
        Operand::Answer(_) => unreachable!("the question was checked"),
    }
}

fn compare(left: &Cell, op: Op, literal: &Literal) -> Option<bool> {
    if matches!(left, Cell::Null) {
        return None;
    }
    Some(passes(order(left, literal), op))
}

fn passes(order: Option<Ordering>, op: Op) -> bool {
    match op {
        Op::Less => order == Some(Ordering::Less),
        Op::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Op::Greater => order == Some(Ordering::Greater),
        Op::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Op::Equal => order == Some(Ordering::Equal),
        Op::NotEqual => order != Some(Ordering::Equal),
    }
}

/// The order of two values; `None` if one is NaN.
fn between(one: &Cell, other: &Cell) -> Option<Ordering> {
    let float = |cell: &Cell| match cell {
        Cell::Float32(value) => Some(f64::from(*value)),
        Cell::Float(value) => Some(*value),
        _ => None,
    };
    match (one, other) {
        (Cell::Int(a), Cell::Int(b)) => Some(a.cmp(b)),
        (Cell::Int(a), b) => compare_exactly(*a, float(b)?),
        (a, Cell::Int(b)) => compare_exactly(*b, float(a)?).map(Ordering::reverse),
        (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
        (a, b) => float(a)?.partial_cmp(&float(b)?),
    }
}

/// The order of a value and a literal; `None` if one is NaN.
fn order(left: &Cell, literal: &Literal) -> Option<Ordering> {
    match (left, literal) {
        (Cell::Int(value), Literal::Int(literal)) => Some(value.cmp(&i128::from(*literal))),
        (Cell::Int(value), Literal::Float(literal)) => compare_exactly(*value, *literal),
        (Cell::Float32(value), Literal::Int(literal)) => {
            compare_exactly((*literal).into(), f64::from(*value)).map(Ordering::reverse)
        }
        (Cell::Float(value), Literal::Int(literal)) => {
            compare_exactly((*literal).into(), *value).map(Ordering::reverse)
        }
        (Cell::Float32(value), literal) => f64::from(*value).partial_cmp(&as_f64(literal)),
        (Cell::Float(value), literal) => value.partial_cmp(&as_f64(literal)),
        (Cell::Text(value), Literal::Text(literal)) => {
            Some(value.as_bytes().cmp(literal.as_bytes()))
        }
        (Cell::Bool(value), Literal::Bool(literal)) => Some(value.cmp(literal)),
        _ => unreachable!("the question was checked: {left:?} is not compared with {literal:?}"),
    }
}

fn as_f64(literal: &Literal) -> f64 {
    match literal {
        Literal::Int(literal) => *literal as f64,
        Literal::Float(literal) => *literal,
        Literal::Text(_) | Literal::Bool(_) => {
            unreachable!("the question was checked: {literal:?} is not compared with a number")
        }
    }
}

/// An integer of at most 64 bits against a float, as real numbers: `value as f64` would round beyond 2^53.
fn compare_exactly(value: i128, literal: f64) -> Option<Ordering> {
    if literal.is_nan() {
        return None;
    }
    if literal.abs() >= 2f64.powi(65) {
        return Some(if literal > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number below 2^65 is an i128"
    )]
    let whole = literal.trunc() as i128;
    let fraction = literal - literal.trunc();
    Some(value.cmp(&whole).then(0.0.partial_cmp(&fraction)?))
}
