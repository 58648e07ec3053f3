//! Columns of points to their longitudes and latitudes.

use super::{Encoding, wkb, wkt};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// A value that is not one point.
#[derive(Debug, thiserror::Error)]
#[error("row {row}: {reason}")]
pub(crate) struct NoPoint {
    /// In the array first, then in the row group.
    pub(crate) row: usize,
    reason: String,
}

/// The coordinate of each point; null where the point is. Nothing where the column lacks what holds it.
pub(crate) fn points(
    encoding: Encoding,
    column: &ArrayRef,
) -> Result<[Option<ArrayRef>; 2], ArrowError> {
    match encoding {
        Encoding::Wkb => {
            let values = cast(column, &DataType::LargeBinary)?;
            parsed(values.as_binary::<i64>().iter(), wkb::point)
        }
        Encoding::Wkt => {
            let values = cast(column, &DataType::LargeUtf8)?;
            parsed(values.as_string::<i64>().iter(), wkt::point)
        }
        Encoding::Separated => Ok([part(column, "x")?, part(column, "y")?]),
        Encoding::Interleaved => Ok(interleaved(column)?.map(Some)),
    }
}

fn parsed<T>(
    values: impl ExactSizeIterator<Item = Option<T>>,
    point: impl Fn(T) -> Result<(f64, f64), String>,
) -> Result<[Option<ArrayRef>; 2], ArrowError> {
    let mut x = Float64Builder::with_capacity(values.len());
    let mut y = Float64Builder::with_capacity(values.len());
    for (row, value) in values.enumerate() {
        let point = value
            .map(&point)
            .transpose()
            .map_err(|reason| ArrowError::ExternalError(Box::new(NoPoint { row, reason })))?;
        x.append_option(point.map(|p| p.0));
        y.append_option(point.map(|p| p.1));
    }
    Ok([Some(Arc::new(x.finish())), Some(Arc::new(y.finish()))])
}

/// A null point has null coordinates, whatever lies beneath.
fn part(column: &ArrayRef, name: &str) -> Result<Option<ArrayRef>, ArrowError> {
    let points = column.as_struct();
    let Some(part) = points.column_by_name(name) else {
        return Ok(None);
    };
    let part = cast(part, &DataType::Float64)?;
    let part = part.as_primitive::<Float64Type>();
    let nulls = NullBuffer::union(part.nulls(), points.nulls());
    let part = Float64Array::new(part.values().clone(), nulls);
    Ok(Some(Arc::new(part)))
}

fn interleaved(column: &ArrayRef) -> Result<[ArrayRef; 2], ArrowError> {
    let points = column.as_fixed_size_list();
    let values = cast(points.values(), &DataType::Float64)?;
    let values = values.as_primitive::<Float64Type>();
    let start = |row: usize| usize::try_from(points.value_offset(row)).unwrap_or(usize::MAX);
    let axis = |axis: usize| -> ArrayRef {
        let value = |row: usize| {
            let at = start(row) + axis;
            let is_there = points.is_valid(row) && values.is_valid(at);
            is_there.then(|| values.value(at))
        };
        Arc::new((0..points.len()).map(value).collect::<Float64Array>())
    };
    Ok([axis(0), axis(1)])
}
