//! What is said of a group, from the values of its rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::arithmetic::joined;
use crate::cell::{Cell, value};
use crate::exact::{FloatSum, Spread, round_ratio};
use crate::filter::valid_point;
use crate::keys::groups_of;
use crate::logic::truth;
use crate::question::{Aggregate, Arithmetic, Literal, OracleError};
use crate::table::{Number, Table, Values};

/// The aggregate of the rows `members`.
pub(crate) fn aggregate_of(
    table: &Table,
    zone: &TimeZone,
    members: &[usize],
    aggregate: &Aggregate,
) -> Result<Cell, OracleError> {
    let of = |aggregate: &Aggregate| aggregate_of(table, zone, members, aggregate);
    match aggregate {
        Aggregate::Count => Ok(Cell::Int(members.len() as i128)),
        Aggregate::Number(Literal::Int(value)) => Ok(Cell::Int((*value).into())),
        Aggregate::Number(Literal::Float(value)) => Ok(Cell::Float(*value)),
        Aggregate::Number(_) => Ok(Cell::Null),
        Aggregate::Where(aggregate, condition) => {
            let mut some = Vec::new();
            for &row in members {
                if truth(table, row, zone, condition)? == Some(true) {
                    some.push(row);
                }
            }
            aggregate_of(table, zone, &some, aggregate)
        }
        Aggregate::Arithmetic(operator, left, right) => joined(*operator, &of(left)?, &of(right)?),
        Aggregate::Span(column) => joined(
            Arithmetic::Subtract,
            &of(&Aggregate::Max(column.clone()))?,
            &of(&Aggregate::Min(column.clone()))?,
        ),
        Aggregate::DistinctKey(key) => {
            let mut keys = BTreeSet::new();
            for &row in members {
                let point = valid_point(table, row).expect("a row that matched");
                let found = groups_of(table, row, point, std::slice::from_ref(key), zone)?;
                keys.extend(
                    found
                        .into_iter()
                        .flatten()
                        .filter(|k| k.cell() != Cell::Null),
                );
            }
            Ok(Cell::Int(keys.len() as i128))
        }
        _ => of_column(table, members, aggregate),
    }
}

/// The aggregate of a column's values.
fn of_column(table: &Table, members: &[usize], aggregate: &Aggregate) -> Result<Cell, OracleError> {
    let column = aggregate.column().expect("others are answered above");
    let values = table.column(column).expect("the question was checked");
    if matches!(aggregate, Aggregate::Distinct(_)) {
        return Ok(Cell::Int(distinct(values, members).len() as i128));
    }
    let members: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&row| is_value(&value(values, row)))
        .collect();
    if matches!(aggregate, Aggregate::Values(_)) {
        return Ok(Cell::Int(members.len() as i128));
    }
    if members.is_empty() {
        return Ok(Cell::Null);
    }
    let numbers = || -> Vec<Number> {
        let numbers = members.iter().filter_map(|&row| values.number(row));
        numbers.collect()
    };
    // The order of cells is that of the values: -0.0 below 0.0.
    let nth = |n: usize| {
        let mut cells: Vec<Cell> = members.iter().map(|&row| value(values, row)).collect();
        cells.sort();
        cells[n].clone()
    };
    Ok(match aggregate {
        Aggregate::Sum(_) => match total(&numbers()) {
            Total::Int(sum) if i64::try_from(sum).is_err() => {
                return Err(OracleError::SumOverflow {
                    column: column.to_owned(),
                    sum,
                });
            }
            Total::Int(sum) => Cell::Int(sum),
            Total::Float(sum) => Cell::Float(sum.divided_by(1)),
        },
        Aggregate::Mean(_) => Cell::Float(match total(&numbers()) {
            Total::Int(sum) => round_ratio(&sum.into(), &members.len().into()),
            Total::Float(sum) => sum.divided_by(members.len()),
        }),
        Aggregate::Var(_) => spread(&numbers(), 1, Spread::variance),
        Aggregate::Stddev(_) => spread(&numbers(), 1, Spread::deviation),
        Aggregate::VarPop(_) => spread(&numbers(), 0, Spread::variance),
        Aggregate::StddevPop(_) => spread(&numbers(), 0, Spread::deviation),
        Aggregate::Min(_) | Aggregate::Any(_) => nth(0),
        Aggregate::Max(_) => nth(members.len() - 1),
        Aggregate::Quantile(_, quantile) | Aggregate::ExactQuantile(_, quantile) => {
            nth(rank(*quantile, members.len()) - 1)
        }
        Aggregate::Mode(_) => mode(members.iter().map(|&row| value(values, row))),
        Aggregate::Histogram(_, bins) => histogram(&numbers(), *bins),
        Aggregate::First(_) => smallest_at(table, values, &members, BTreeSet::first),
        Aggregate::Last(_) => smallest_at(table, values, &members, BTreeSet::last),
        other => unreachable!("{other:?} is answered above"),
    })
}

/// The most frequent value, of several the smallest.
fn mode(values: impl Iterator<Item = Cell>) -> Cell {
    let mut counts: BTreeMap<Cell, (u64, Cell)> = BTreeMap::new();
    for value in values {
        let (count, told) = counts
            .entry(without_sign(value.clone()))
            .or_insert((0, value.clone()));
        *count += 1;
        *told = value.max(told.clone());
    }
    let mut most = (0, Cell::Null);
    for (count, told) in counts.into_values() {
        if count > most.0 {
            most = (count, told);
        }
    }
    most.1
}

/// How many finite values lie from each edge to below the next, in the last bin that edge, too.
fn histogram(numbers: &[Number], bins: u16) -> Cell {
    let floats = numbers.iter().map(|number| match *number {
        Number::Int(value) => value as f64,
        Number::F32(value) => value.into(),
        Number::F64(value) => value,
    });
    let finite: Vec<f64> = floats.filter(|value| value.is_finite()).collect();
    let (Some(low), Some(high)) = (
        finite.iter().copied().reduce(f64::min),
        finite.iter().copied().reduce(f64::max),
    ) else {
        return Cell::Null;
    };
    let edge = |bin: u16| {
        let share = f64::from(bin) / f64::from(bins);
        if (high - low).is_finite() {
            low + (high - low) * share
        } else {
            2.0 * (low / 2.0 + (high / 2.0 - low / 2.0) * share)
        }
    };
    let mut counts = vec![0; bins.into()];
    for value in finite {
        let bin = (1..bins).rev().find(|&bin| edge(bin) <= value);
        counts[usize::from(bin.unwrap_or(0))] += 1;
    }
    Cell::Histogram {
        low: low + 0.0,
        high: high + 0.0,
        counts,
    }
}

/// The distinct values at these rows: null and NaN are none, -0.0 and 0.0 are one.
pub(crate) fn distinct(values: &Values, rows: &[usize]) -> BTreeSet<Cell> {
    let cells = rows.iter().map(|&row| value(values, row));
    cells.filter(is_value).map(without_sign).collect()
}

/// Neither null nor NaN.
fn is_value(cell: &Cell) -> bool {
    match cell {
        Cell::Null => false,
        Cell::Float(value) => !value.is_nan(),
        Cell::Float32(value) => !value.is_nan(),
        _ => true,
    }
}

/// Of the two zeros one.
fn without_sign(cell: Cell) -> Cell {
    match cell {
        Cell::Float(value) => Cell::Float(value + 0.0),
        Cell::Float32(value) => Cell::Float32(value + 0.0),
        other => other,
    }
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

/// The variance or deviation of numbers that are not NaN.
fn spread(numbers: &[Number], missing: usize, read: fn(&Spread, usize) -> f64) -> Cell {
    if numbers.len() <= missing {
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
    let spread = if floats.is_empty() {
        Spread::of_integers(integers)
    } else {
        Spread::of_floats(floats.into_iter())
    };
    Cell::Float(read(&spread, missing))
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
