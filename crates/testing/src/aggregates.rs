//! What is said of a group, from the values of its rows.

use std::collections::BTreeSet;

use crate::cell::{Cell, value};
use crate::exact::{FloatSum, Spread, round_ratio};
use crate::question::{Aggregate, OracleError};
use crate::table::{Number, Table, Values};

/// The aggregate of the rows `members`.
pub(crate) fn aggregate_of(
    table: &Table,
    members: &[usize],
    aggregate: &Aggregate,
) -> Result<Cell, OracleError> {
    let Some(column) = aggregate.column() else {
        return Ok(Cell::Int(members.len() as i128));
    };
    let values = table.column(column).expect("the question was checked");
    if matches!(aggregate, Aggregate::Distinct(_)) {
        return Ok(Cell::Int(distinct(values, members).len() as i128));
    }
    let has_value = |row: &usize| values.number(*row).is_some_and(|number| !is_nan(number));
    let members: Vec<usize> = members.iter().copied().filter(has_value).collect();
    let numbers: Vec<Number> = members
        .iter()
        .filter_map(|&row| values.number(row))
        .collect();
    if numbers.is_empty() {
        return Ok(Cell::Null);
    }
    Ok(match aggregate {
        Aggregate::Count | Aggregate::Distinct(_) => unreachable!("they are answered above"),
        Aggregate::Sum(_) => match total(&numbers) {
            Total::Int(sum) if i64::try_from(sum).is_err() => {
                return Err(OracleError::SumOverflow {
                    column: column.to_owned(),
                    sum,
                });
            }
            Total::Int(sum) => Cell::Int(sum),
            Total::Float(sum) => Cell::Float(sum.divided_by(1)),
        },
        Aggregate::Mean(_) => Cell::Float(match total(&numbers) {
            Total::Int(sum) => round_ratio(&sum.into(), &numbers.len().into()),
            Total::Float(sum) => sum.divided_by(numbers.len()),
        }),
        Aggregate::Var(_) => spread(&numbers, Spread::variance),
        Aggregate::Stddev(_) => spread(&numbers, Spread::deviation),
        // The order of cells is that of the values: -0.0 below 0.0, and NaN are gone.
        Aggregate::Min(_) => nth(numbers, 0),
        Aggregate::Max(_) => {
            let last = numbers.len() - 1;
            nth(numbers, last)
        }
        Aggregate::Quantile(_, quantile) => {
            let rank = rank(*quantile, numbers.len());
            nth(numbers, rank - 1)
        }
        Aggregate::First(_) => smallest_at(table, values, &members, BTreeSet::first),
        Aggregate::Last(_) => smallest_at(table, values, &members, BTreeSet::last),
    })
}

/// The distinct values at these rows: null and NaN are none, -0.0 and 0.0 are one.
pub(crate) fn distinct(values: &Values, rows: &[usize]) -> BTreeSet<Cell> {
    let cells = rows.iter().map(|&row| value(values, row));
    cells
        .filter_map(|cell| match cell {
            Cell::Null => None,
            Cell::Float(value) => (!value.is_nan()).then_some(Cell::Float(value + 0.0)),
            Cell::Float32(value) => (!value.is_nan()).then_some(Cell::Float32(value + 0.0)),
            other => Some(other),
        })
        .collect()
}

/// The nth number from 0 in ascending order.
fn nth(numbers: Vec<Number>, n: usize) -> Cell {
    let mut cells: Vec<Cell> = numbers.into_iter().map(Cell::from).collect();
    cells.sort();
    cells[n].clone()
}

/// `ceil(quantile * n)`, at least 1.
fn rank(quantile: f64, n: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number from 0 to n"
    )]
    let rank = (quantile * n as f64).ceil() as usize;
    rank.clamp(1, n)
}

/// The smallest value at the time that is chosen from the rows'.
fn smallest_at(
    table: &Table,
    values: &Values,
    members: &[usize],
    choose: fn(&BTreeSet<i64>) -> Option<&i64>,
) -> Cell {
    let times: BTreeSet<i64> = members.iter().filter_map(|&row| table.time[row]).collect();
    let Some(&time) = choose(&times) else {
        return Cell::Null;
    };
    let at_time = members.iter().filter(|&&row| table.time[row] == Some(time));
    at_time
        .map(|&row| value(values, row))
        .min()
        .expect("the time is that of a row")
}

fn is_nan(number: Number) -> bool {
    match number {
        Number::Int(_) => false,
        Number::F32(value) => value.is_nan(),
        Number::F64(value) => value.is_nan(),
    }
}

/// The variance or deviation of numbers that are not NaN.
fn spread(numbers: &[Number], read: fn(&Spread) -> f64) -> Cell {
    if numbers.len() < 2 {
        return Cell::Null;
    }
    let floats: Vec<f64> = numbers.iter().filter_map(|number| float(*number)).collect();
    if floats.iter().any(|value| value.is_infinite()) {
        return Cell::Float(f64::NAN);
    }
    let integers = numbers.iter().filter_map(|number| match number {
        Number::Int(value) => Some(*value),
        _ => None,
    });
    Cell::Float(read(&if floats.is_empty() {
        Spread::of_integers(integers)
    } else {
        Spread::of_floats(floats.into_iter())
    }))
}

fn float(number: Number) -> Option<f64> {
    match number {
        Number::Int(_) => None,
        Number::F32(value) => Some(value.into()),
        Number::F64(value) => Some(value),
    }
}

/// An exact sum; i128 holds 2^63 values of any 64-bit integer.
enum Total {
    Int(i128),
    Float(FloatSum),
}

fn total(numbers: &[Number]) -> Total {
    let mut whole = 0;
    let mut real = FloatSum::default();
    let mut is_int = true;
    for &number in numbers {
        match number {
            Number::Int(value) => whole += value,
            Number::F32(value) => {
                is_int = false;
                real.add(value.into());
            }
            Number::F64(value) => {
                is_int = false;
                real.add(value);
            }
        }
    }
    if is_int {
        Total::Int(whole)
    } else {
        Total::Float(real)
    }
}
