//! Two values joined.

use num_bigint::{BigInt, BigUint};

use crate::cell::Cell;
use crate::exact::round_ratio;
use crate::question::{Arithmetic, OracleError};

/// Null where one is, and where a divisor is zero.
pub(crate) fn joined(operator: Arithmetic, left: &Cell, right: &Cell) -> Result<Cell, OracleError> {
    if let (Cell::Int(left), Cell::Int(right)) = (left, right) {
        return whole(operator, *left, *right);
    }
    let (Some(left), Some(right)) = (float(left), float(right)) else {
        return Ok(Cell::Null);
    };
    let value = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide if right == 0.0 => return Ok(Cell::Null),
        Arithmetic::Divide => left / right,
    };
    // Processors differ in the sign of what is no number.
    Ok(Cell::Float(if value.is_nan() { f64::NAN } else { value }))
}

fn whole(operator: Arithmetic, left: i128, right: i128) -> Result<Cell, OracleError> {
    let value = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        // Both are of 64 bits.
        Arithmetic::Multiply => left.saturating_mul(right),
        Arithmetic::Divide if right == 0 => return Ok(Cell::Null),
        Arithmetic::Divide => {
            let above = BigInt::from(left * right.signum());
            let below = BigUint::from(right.unsigned_abs());
            return Ok(Cell::Float(round_ratio(&above, &below)));
        }
    };
    if i64::try_from(value).is_err() {
        return Err(OracleError::SumOverflow {
            column: format!("{operator:?}"),
            sum: value,
        });
    }
    Ok(Cell::Int(value))
}

fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Float32(value) => Some((*value).into()),
        _ => None,
    }
}
