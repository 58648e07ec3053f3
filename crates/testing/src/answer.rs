//! What is true: every row is looked at, every group is aggregated from the values of its rows.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::exact::{FloatSum, round_ratio};
use crate::filter::{matches, valid_point};
use crate::geohash::geohash;
use crate::question::{Aggregate, Key, OracleError, Question};
use crate::table::{Number, Table, Values};

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One row a group: its keys, then its aggregates.
    pub rows: Vec<Vec<Cell>>,
    /// Valid rows that pass all filters.
    pub rows_matched: usize,
    /// Rows whose coordinates are null, not finite or not on the earth, of the whole table: an engine that prunes
    /// scans, and so reports, fewer.
    pub rows_invalid: usize,
}

impl Answer {
    /// The first place where `rows` differ from this answer's, in words; `None` where they are the same.
    pub fn difference(&self, rows: &[Vec<Cell>]) -> Option<String> {
        if let Some(row) =
            (0..self.rows.len().min(rows.len())).find(|&row| self.rows[row] != rows[row])
        {
            return Some(format!(
                "row {row} should be {:?}, is {:?}",
                self.rows[row], rows[row]
            ));
        }
        (self.rows.len() != rows.len()).then(|| {
            format!(
                "there should be {} rows, are {}",
                self.rows.len(),
                rows.len()
            )
        })
    }
}

/// Answers a question, or says why there is no answer. A sum beyond i64 is an error in any group, also in one that
/// `top` would leave out.
pub fn answer(table: &Table, question: &Question) -> Result<Answer, OracleError> {
    question.check(table)?;
    let mut groups: BTreeMap<Vec<Cell>, Vec<usize>> = BTreeMap::new();
    if question.keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    let mut rows_matched = 0;
    let mut rows_invalid = 0;
    for row in 0..table.rows() {
        let Some(point) = valid_point(table, row) else {
            rows_invalid += 1;
            continue;
        };
        if matches(table, row, point, question) {
            rows_matched += 1;
            let keys: Result<Vec<Cell>, _> = question
                .keys
                .iter()
                .map(|key| key_of(table, row, point, key))
                .collect();
            groups.entry(keys?).or_default().push(row);
        }
    }

    let count = [Aggregate::Count];
    let aggregates = if question.aggregates.is_empty() {
        &count
    } else {
        question.aggregates.as_slice()
    };
    let mut rows = Vec::new();
    for (mut cells, members) in groups {
        for aggregate in aggregates {
            cells.push(aggregate_of(table, &members, aggregate)?);
        }
        rows.push(cells);
    }
    if let Some((n, index)) = question.top {
        // The sort is stable and the groups come by keys ascending, so ties stay in that order.
        let column = question.keys.len() + index;
        rows.sort_by(|a, b| a[column].descending(&b[column]));
        rows.truncate(n);
    }
    Ok(Answer {
        rows,
        rows_matched,
        rows_invalid,
    })
}

fn key_of(
    table: &Table,
    row: usize,
    (lon, lat): (f64, f64),
    key: &Key,
) -> Result<Cell, OracleError> {
    Ok(match key {
        &Key::Geohash(precision) => Cell::Text(geohash(lon, lat, precision)),
        &Key::Time(width) => match table.time[row] {
            None => Cell::Null,
            Some(time) => {
                let (time_wide, width_wide) = (i128::from(time), i128::from(width));
                let start = time_wide.div_euclid(width_wide) * width_wide;
                Cell::Time(
                    i64::try_from(start).map_err(|_| OracleError::BucketStart { time, width })?,
                )
            }
        },
        Key::Column(column) | Key::Partition(column) => {
            match table.column(column).expect("the question was checked") {
                Values::Bool(v) => v[row].map_or(Cell::Null, Cell::Bool),
                Values::Text(v) => v[row].clone().map_or(Cell::Null, Cell::Text),
                numbers => numbers.number(row).map_or(Cell::Null, cell),
            }
        }
    })
}

fn cell(number: Number) -> Cell {
    match number {
        Number::Int(value) => Cell::Int(value),
        Number::F32(value) => Cell::Float32(value),
        Number::F64(value) => Cell::Float(value),
    }
}

fn aggregate_of(
    table: &Table,
    members: &[usize],
    aggregate: &Aggregate,
) -> Result<Cell, OracleError> {
    let Some(column) = aggregate.column() else {
        return Ok(Cell::Int(members.len() as i128));
    };
    let values = table.column(column).expect("the question was checked");
    let numbers: Vec<Number> = members
        .iter()
        .filter_map(|&row| values.number(row))
        .filter(|number| !is_nan(*number))
        .collect();
    if numbers.is_empty() {
        return Ok(Cell::Null);
    }
    Ok(match aggregate {
        Aggregate::Count => unreachable!("count reads no column"),
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
        // The order of cells is that of the values: -0.0 below 0.0, and NaN are gone.
        Aggregate::Min(_) => numbers
            .into_iter()
            .map(cell)
            .min()
            .expect("there is a value"),
        Aggregate::Max(_) => numbers
            .into_iter()
            .map(cell)
            .max()
            .expect("there is a value"),
    })
}

fn is_nan(number: Number) -> bool {
    match number {
        Number::Int(_) => false,
        Number::F32(value) => value.is_nan(),
        Number::F64(value) => value.is_nan(),
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
