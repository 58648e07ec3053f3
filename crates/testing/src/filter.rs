//! Which rows are valid and which match.

use std::cmp::Ordering;

use crate::question::{Comparison, Literal, Op, Question};
use crate::table::{Number, Table};

/// The coordinates of a row that counts: not null, finite, on the earth.
pub(crate) fn valid_point(table: &Table, row: usize) -> Option<(f64, f64)> {
    let (lon, lat) = (table.lon[row]?, table.lat[row]?);
    ((-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)).then_some((lon, lat))
}

/// Whether a valid row passes all filters.
pub(crate) fn matches(
    table: &Table,
    row: usize,
    (lon, lat): (f64, f64),
    question: &Question,
) -> bool {
    question.bbox.iter().all(|&bbox| in_bbox(lon, lat, bbox))
        && question
            .time
            .is_none_or(|range| in_time(table.time[row], range))
        && question
            .comparisons
            .iter()
            .all(|comparison| holds(table, row, comparison))
}

fn in_bbox(lon: f64, lat: f64, [west, south, east, north]: [f64; 4]) -> bool {
    let in_lon = if west <= east {
        west <= lon && lon <= east
    } else {
        lon >= west || lon <= east
    };
    in_lon && south <= lat && lat <= north
}

fn in_time(time: Option<i64>, (from, to): (Option<i64>, Option<i64>)) -> bool {
    time.is_some_and(|time| from.is_none_or(|from| from <= time) && to.is_none_or(|to| time < to))
}

fn holds(table: &Table, row: usize, comparison: &Comparison) -> bool {
    let values = table
        .column(&comparison.column)
        .expect("the question was checked");
    let Some(value) = values.number(row) else {
        return false;
    };
    let order = match (value, comparison.literal) {
        (Number::Int(value), Literal::Int(literal)) => Some(value.cmp(&i128::from(literal))),
        (Number::Int(value), Literal::Float(literal)) => compare_exactly(value, literal),
        (Number::F32(value), literal) => f64::from(value).partial_cmp(&as_f64(literal)),
        (Number::F64(value), literal) => value.partial_cmp(&as_f64(literal)),
    };
    match comparison.op {
        Op::Less => order == Some(Ordering::Less),
        Op::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Op::Greater => order == Some(Ordering::Greater),
        Op::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Op::Equal => order == Some(Ordering::Equal),
        Op::NotEqual => order != Some(Ordering::Equal),
    }
}

fn as_f64(literal: Literal) -> f64 {
    match literal {
        Literal::Int(literal) => literal as f64,
        Literal::Float(literal) => literal,
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
