//! Coordinates to decimals and residuals.

use super::schema::DIGITS;
use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type};
use arrow::error::ArrowError;
use graticule_dataset::Mark;
use graticule_geo::decimal::{self, Degrees};
use std::sync::Arc;

/// The greatest longitude and latitude.
pub(crate) const HALVES: [f64; 2] = [180.0, 90.0];

/// A column of floats as decimals, and its residuals; null where the source is.
pub(crate) fn encode(
    column: &ArrayRef,
    half: f64,
) -> Result<(Decimal128Array, Int64Array), ArrowError> {
    match column.data_type() {
        DataType::Float32 => Ok(encoded(column.as_primitive::<Float32Type>(), half)),
        DataType::Float64 => Ok(encoded(column.as_primitive::<Float64Type>(), half)),
        other => Err(ArrowError::SchemaError(format!("coordinates as {other}"))),
    }
}

fn encoded<T: ArrowPrimitiveType>(
    column: &PrimitiveArray<T>,
    half: f64,
) -> (Decimal128Array, Int64Array)
where
    T::Native: Degrees,
{
    let rows = column.iter().map(|v| v.map(|v| decimal::encode(v, half)));
    let (decimals, residuals): (Vec<_>, Vec<_>) = rows
        .map(|row| match row {
            None => (None, None),
            Some((decimal, residual)) => (decimal.map(i128::from), Some(residual)),
        })
        .unzip();
    let decimals = PrimitiveArray::<Decimal128Type>::from(decimals);
    (decimals, residuals.into())
}

/// What leads from decimals back to the rows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// They alone.
    Decimals,
    /// Residuals, but the decimal of each point is the very number: others are no points, or minus zero.
    Residuals,
    /// Residuals, for some point has other decimals.
    Inexact,
}

pub(crate) fn way_back(column: &ArrayRef, half: f64) -> Result<Way, ArrowError> {
    /// The residual of minus zero, whose decimal is 0.
    const MINUS_ZERO: i64 = -1;
    let (decimals, residuals) = encode(column, half)?;
    let mut way = Way::Decimals;
    for (decimal, residual) in decimals.iter().zip(&residuals) {
        match (decimal, residual) {
            (_, None | Some(0)) => {}
            (None, _) | (Some(0), Some(MINUS_ZERO)) => way = Way::Residuals,
            _ => return Ok(Way::Inexact),
        }
    }
    Ok(way)
}

/// The columns of rows as a file has them.
pub(crate) fn columns(
    mark: &Mark,
    fields: &[(&str, &ArrayRef)],
) -> Result<Vec<ArrayRef>, ArrowError> {
    let marked = [&mark.lon, &mark.lat];
    let mut residuals = [None, None];
    let mut columns = Vec::with_capacity(fields.len() + 2);
    for (name, column) in fields {
        let axis = marked.iter().position(|c| c.name == *name);
        columns.push(match axis {
            None => (*column).clone(),
            Some(axis) if marked[axis].is_float => (*column).clone(),
            Some(axis) => {
                let (decimals, rest) = encode(column, HALVES[axis])?;
                residuals[axis] = Some(Arc::new(rest) as ArrayRef);
                Arc::new(decimals.with_precision_and_scale(DIGITS[axis], decimal::PLACES)?)
            }
        });
    }
    for (marked, rest) in marked.iter().zip(residuals) {
        columns.extend(rest.filter(|_| marked.residual.is_some()));
    }
    Ok(columns)
}
