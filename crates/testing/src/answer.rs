//! What is true: every row is looked at, every group is aggregated from the values of its rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::aggregates::{aggregate_of, distinct};
use crate::calendar;
use crate::cell::{Cell, value};
use crate::filter::{matches, valid_point};
use crate::keys::{GroupKey, groups_of};
use crate::logic::truth_of;
use crate::question::{Aggregate, Operand, OracleError, Question};
use crate::table::Table;
use crate::tolerance::Tolerance;

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One row a group, its keys and then its aggregates; or the columns of one selected row.
    pub rows: Vec<Vec<Cell>>,
    /// How near an engine's values in each column must come to these.
    pub tolerances: Vec<Tolerance>,
    /// Valid rows that pass all filters, those included that are in no zone or beyond the limit of a selection.
    pub rows_matched: usize,
    /// Rows whose coordinates are null, not finite or not on the earth, of the whole table: an engine that prunes
    /// scans, and so reports, fewer.
    pub rows_invalid: usize,
}

impl Answer {
    /// The first place where `rows` differ from this answer's by more than an engine's approximations may, in words;
    /// `None` where they are the same. Which row stands where is held to the exact values, also where the order is by an
    /// approximation.
    pub fn difference(&self, rows: &[Vec<Cell>]) -> Option<String> {
        let fits = |(exact, other): (&Vec<Cell>, &Vec<Cell>)| {
            exact.len() == other.len()
                && (self.tolerances.iter().zip(exact).zip(other))
                    .all(|((tolerance, exact), other)| tolerance.allows(exact, other))
        };
        if let Some(row) = self.rows.iter().zip(rows).position(|pair| !fits(pair)) {
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
/// `top` would leave out, but not in one that `min_distinct` does.
pub fn answer(table: &Table, question: &Question) -> Result<Answer, OracleError> {
    question.check(table)?;
    let zone = calendar::zone(question.timezone.as_deref())?;
    let mut matched = Vec::new();
    let mut rows_invalid = 0;
    for row in 0..table.rows() {
        match valid_point(table, row) {
            None => rows_invalid += 1,
            Some(point) if matches(table, row, point, question, &zone)? => {
                matched.push((row, point));
            }
            Some(_) => {}
        }
    }
    let (rows, tolerances) = match &question.select {
        Some((columns, limit)) => {
            let limit = limit.unwrap_or(usize::MAX);
            let rows = matched.iter().take(limit);
            let source = |row| {
                columns
                    .iter()
                    .map(|name| source(table, row, name))
                    .collect()
            };
            (
                rows.map(|&(row, _)| source(row)).collect(),
                vec![Tolerance::None; columns.len()],
            )
        }
        None => groups(table, question, &matched, &zone)?,
    };
    Ok(Answer {
        rows,
        tolerances,
        rows_matched: matched.len(),
        rows_invalid,
    })
}

/// The value as it is in the table.
fn source(table: &Table, row: usize, name: &str) -> Cell {
    match name {
        "lon" => table.lon[row].map_or(Cell::Null, Cell::Float),
        "lat" => table.lat[row].map_or(Cell::Null, Cell::Float),
        "time" => table.time[row].map_or(Cell::Null, Cell::Time),
        _ => value(table.column(name).expect("the question was checked"), row),
    }
}

type Columns = (Vec<Vec<Cell>>, Vec<Tolerance>);

/// A column of a row of the answer.
fn told(cells: &[Cell], operand: &Operand) -> Cell {
    match operand {
        Operand::Answer(place) => cells[*place].clone(),
        _ => unreachable!("the answer has no rows' values"),
    }
}

/// The order of two groups by one column, nulls last: keys as keys are ordered.
fn compare(a: &Group, b: &Group, column: usize, descends: bool) -> Ordering {
    let (a_cell, b_cell) = (&a.1[column], &b.1[column]);
    match (a.0.get(column), b.0.get(column)) {
        (Some(a), Some(b)) if descends && *a_cell != Cell::Null && *b_cell != Cell::Null => {
            b.cmp(a)
        }
        (Some(a), Some(b)) if !matches!((a_cell, b_cell), (Cell::Null, _) | (_, Cell::Null)) => {
            a.cmp(b)
        }
        _ if descends => a_cell.descending(b_cell),
        _ => a_cell.cmp(b_cell),
    }
}

type Group = (Vec<GroupKey>, Vec<Cell>);

/// A row for each group, and how exact each column is.
fn groups(
    table: &Table,
    question: &Question,
    matched: &[(usize, (f64, f64))],
    zone: &TimeZone,
) -> Result<Columns, OracleError> {
    let mut groups: BTreeMap<Vec<GroupKey>, Vec<usize>> = BTreeMap::new();
    if question.keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for &(row, point) in matched {
        for group in groups_of(table, row, point, &question.keys, zone)? {
            groups.entry(group).or_default().push(row);
        }
    }
    if let Some((column, least)) = &question.min_distinct {
        let values = table.column(column).expect("the question was checked");
        groups.retain(|_, members| distinct(values, members).len() as u64 >= *least);
    }

    let count = [Aggregate::Count];
    let aggregates = if question.aggregates.is_empty() {
        &count
    } else {
        question.aggregates.as_slice()
    };
    let mut rows = Vec::new();
    for (keys, members) in groups {
        let mut cells: Vec<Cell> = keys.iter().map(GroupKey::cell).collect();
        for aggregate in aggregates {
            cells.push(aggregate_of(table, zone, &members, aggregate)?);
        }
        let passes = question.having.iter().try_fold(true, |_, having| {
            truth_of(having, &|operand| Ok(told(&cells, operand))).map(|t| t == Some(true))
        })?;
        if passes {
            rows.push((keys, cells));
        }
    }
    // The sort is stable and the groups come by keys ascending, so ties stay in that order.
    let orders = question.orders();
    rows.sort_by(|a, b| {
        let by = |&(column, descends): &(usize, bool)| compare(a, b, column, descends);
        orders.iter().map(by).fold(Ordering::Equal, Ordering::then)
    });
    let mut rows: Vec<Vec<Cell>> = rows.into_iter().map(|(_, cells)| cells).collect();
    rows.truncate(question.top.unwrap_or(usize::MAX));
    let mut tolerances = vec![Tolerance::None; question.keys.len()];
    tolerances.extend(aggregates.iter().map(Tolerance::of));
    Ok((rows, tolerances))
}
