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

/// Whether a row of the column needs a residual.
pub(crate) fn needs_residual(column: &ArrayRef, half: f64) -> Result<bool, ArrowError> {
    let (_, residuals) = encode(column, half)?;
    Ok(residuals.iter().flatten().any(|residual| residual != 0))
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
