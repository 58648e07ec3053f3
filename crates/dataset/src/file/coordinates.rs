//! Coordinates that files do not hold as floats: decimals, whole numbers, and the graticule layout.
//!
//! - `DECIMAL(p, s)` of any physical type is the f64 nearest to the decimal.
//! - Whole numbers are of some [unit](CoordinateUnit), as many trackers send them; in 1e-7 degrees the f64 is
//!   `number / 10^7`.
//! - Files with the layout's [mark](crate::Mark) have floats, or decimals with residuals, which lead back to
//!   the very bits of the source ([`graticule_geo::decimal`]).
//!
//! All become floats as soon as they are decoded, so nothing behind knows of this.

use crate::file::footer::Ends;
use crate::file::mark::{Mark, MarkedCoordinate};
use crate::file::text::nulls;
use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, Int64Array, PrimitiveArray, RecordBatch,
};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Field, Fields, Float32Type, Float64Type,
    Int64Type, Schema,
};
use arrow::error::ArrowError;
use graticule_columns::{Coordinate, Kind};
use graticule_geo::{CoordinateUnit, decimal};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::schema::types::ColumnDescriptor;
use std::sync::Arc;

/// The kind that coordinates of a type are read as; nothing for types that hold none.
pub(crate) fn kind(data_type: &DataType) -> Option<Kind> {
    match data_type {
        DataType::Float32 => Some(Kind::F32),
        DataType::Float64 => Some(Kind::F64),
        whole if whole.is_integer() => Some(Kind::F64),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            Some(Kind::F64)
        }
        // Whole numbers need a unit, which nothing says of places in a dictionary.
        other => values(other).filter(|v| v.is_floating()).and_then(kind),
    }
}

/// The type of what the entries of a dictionary, or of runs, are.
fn values(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Dictionary(_, values) => Some(values),
        DataType::RunEndEncoded(_, values) => Some(values.data_type()),
        _ => None,
    }
}

/// A file's columns as the dataset sees them: coordinates as the source had them, no residuals.
pub(crate) fn seen(fields: &Fields, mark: Option<&Mark>) -> Fields {
    let Some(mark) = mark else {
        return fields.clone();
    };
    let kept = fields.iter().filter(|f| mark.owner(f.name()).is_none());
    kept.map(|field| {
        let marked = mark.coordinates().into_iter();
        match marked.into_iter().find(|c| c.name == *field.name()) {
            None => field.clone(),
            Some(c) => Arc::new(Field::new(field.name(), c.data_type(), true)),
        }
    })
    .collect()
}

impl MarkedCoordinate {
    fn data_type(&self) -> DataType {
        if self.is_f32 {
            DataType::Float32
        } else {
            DataType::Float64
        }
    }
}

/// A batch with its coordinates as floats, where it has any of these names.
pub(crate) fn as_floats(
    batch: RecordBatch,
    coordinates: [&Coordinate; 2],
    mark: Option<&Mark>,
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let is_float = |coordinate: &Coordinate| match schema.field_with_name(&coordinate.name) {
        Ok(field) => field.data_type().is_floating() && coordinate.unit == CoordinateUnit::Degrees,
        Err(_) => true,
    };
    if mark.is_none() && coordinates.iter().all(|c| is_float(c)) {
        return Ok(batch);
    }
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if mark.is_some_and(|m| m.owner(field.name()).is_some()) {
            continue;
        }
        let marked = mark.and_then(|m| m.decimals(field.name()));
        let floats = match marked {
            Some(marked) => restore(&batch, column, marked)?,
            None => match coordinates.iter().find(|c| c.name == *field.name()) {
                Some(coordinate) => plain(column, coordinate.unit)?,
                None => {
                    fields.push(field.clone());
                    columns.push(column.clone());
                    continue;
                }
            },
        };
        fields.push(Arc::new(Field::new(
            field.name(),
            floats.data_type().clone(),
            true,
        )));
        columns.push(floats);
    }
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns)
}

/// The floats of a column without residuals.
fn plain(column: &ArrayRef, unit: CoordinateUnit) -> Result<ArrayRef, ArrowError> {
    let scale = match column.data_type() {
        DataType::Float32 | DataType::Float64 if unit == CoordinateUnit::Degrees => {
            return Ok(column.clone());
        }
        // Whole numbers beyond 2^53 are no place in any unit.
        number if number.is_floating() || number.is_integer() => {
            let numbers = cast(column, &DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            let degrees: Float64Array = numbers.unary(|number| unit.degrees(number));
            return Ok(Arc::new(degrees));
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => *scale,
        other => match values(other) {
            Some(values) => return plain(&cast(column, values)?, unit),
            // Of any type, where the column has no values here.
            None => {
                let reason = || ArrowError::SchemaError(format!("coordinates cannot be {other}"));
                return nulls(column, &DataType::Float64).ok_or_else(reason);
            }
        },
    };
    let whole = cast(column, &DataType::Decimal128(38, scale))?;
    let whole = whole.as_primitive::<Decimal128Type>();
    let floats: Float64Array = whole.unary(|v| unit.degrees(nearest(v, scale)));
    Ok(Arc::new(floats))
}

/// The f64 that is nearest to `whole * 10^-scale`.
pub(crate) fn nearest(whole: i128, scale: i8) -> f64 {
    // Both exact, so that the quotient is rounded once.
    if whole.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        #[expect(clippy::cast_precision_loss, reason = "it has at most 53 bits")]
        return whole as f64 / 10f64.powi(scale.into());
    }
    let text = format!("{whole}e{}", -i16::from(scale));
    text.parse().unwrap_or(f64::NAN)
}

/// The source's floats from decimals and residuals.
fn restore(
    batch: &RecordBatch,
    column: &ArrayRef,
    marked: &MarkedCoordinate,
) -> Result<ArrayRef, ArrowError> {
    let wrong = |what: &str| {
        ArrowError::SchemaError(format!("{what} is not as the graticule layout has it"))
    };
    let decimals = column
        .as_primitive_opt::<Decimal128Type>()
        .filter(|d| d.scale() == decimal::PLACES)
        .ok_or_else(|| wrong(&marked.name))?;
    let residuals = match &marked.residual {
        None => None,
        Some(name) => {
            let found = batch.column_by_name(name);
            let found = found.and_then(|c| c.as_primitive_opt::<Int64Type>());
            Some(found.ok_or_else(|| wrong(name))?)
        }
    };
    Ok(if marked.is_f32 {
        let floats: Float32Array = floats::<Float32Type>(decimals, residuals);
        Arc::new(floats)
    } else {
        let floats: Float64Array = floats::<Float64Type>(decimals, residuals);
        Arc::new(floats)
    })
}

fn floats<T: ArrowPrimitiveType>(
    decimals: &PrimitiveArray<Decimal128Type>,
    residuals: Option<&Int64Array>,
) -> PrimitiveArray<T>
where
    T::Native: decimal::Degrees,
{
    // Beyond the earth in a damaged file; saturated it is no point either.
    let narrow = |v: i128| i64::try_from(v).unwrap_or(i64::MAX);
    let Some(residuals) = residuals else {
        return decimals.unary(|v| decimal::decode(Some(narrow(v)), 0));
    };
    let rows = decimals.iter().zip(residuals);
    rows.map(|row| match row {
        (None, None) => None,
        (decimal, residual) => Some(decimal::decode(decimal.map(narrow), residual.unwrap_or(0))),
    })
    .collect()
}

/// Places of the decimals that a leaf column holds, if it does.
pub(crate) fn scale(leaf: &ColumnDescriptor) -> Option<i8> {
    let scale = match leaf.logical_type_ref() {
        Some(LogicalType::Decimal(decimal)) => decimal.scale,
        // As older writers have it.
        None if leaf.converted_type() == ConvertedType::DECIMAL => leaf.type_scale(),
        _ => return None,
    };
    i8::try_from(scale).ok()
}

/// Bounds of a leaf column's values as floats where it holds marked decimals; as they are where it does not.
pub(crate) fn marked_ends(
    leaf: &ColumnDescriptor,
    marked: Option<&MarkedCoordinate>,
    ends: Ends,
) -> Option<Ends> {
    let (Some(scale), Some(marked)) = (scale(leaf), marked) else {
        return Some(ends);
    };
    // A residual leads at most half a decimal away. The next decimals are beyond that, and a range that
    // is too wide is only less sharp.
    let spare = i64::from(marked.residual.is_some());
    let (low, high) = whole(ends)?;
    let low = nearest(low.saturating_sub(spare).into(), scale);
    let high = nearest(high.saturating_add(spare).into(), scale);
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is meant")]
    Some(match marked.is_f32 {
        true => Ends::Float(low as f32, high as f32),
        false => Ends::Double(low, high),
    })
}

/// Bounds of a coordinate, of which decimals are the whole numbers without their point, as numbers.
pub(crate) fn plain_ends(own: &DataType, ends: Ends) -> Option<Ends> {
    let (DataType::Decimal32(_, scale)
    | DataType::Decimal64(_, scale)
    | DataType::Decimal128(_, scale)
    | DataType::Decimal256(_, scale)) = own
    else {
        return Some(ends);
    };
    let (low, high) = whole(ends)?;
    Some(Ends::Double(
        nearest(low.into(), *scale),
        nearest(high.into(), *scale),
    ))
}

/// Bounds of a coordinate in degrees.
pub(crate) fn degree_ends(ends: Ends, unit: CoordinateUnit) -> Ends {
    match ends {
        Ends::Float(..) | Ends::Double(..) if unit == CoordinateUnit::Degrees => ends,
        other => {
            let [low, high] = other.numbers().map(|number| unit.degrees(number));
            Ends::Double(low, high)
        }
    }
}

fn whole(ends: Ends) -> Option<(i64, i64)> {
    match ends {
        Ends::Int32(low, high) => Some((low.into(), high.into())),
        Ends::Int64(low, high) => Some((low, high)),
        Ends::Float(..) | Ends::Double(..) => None,
    }
}

/// What the names of residual columns end in, after the coordinate's name.
pub const RESIDUAL: &str = "_residual";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_nearest_floats() {
        assert_eq!(nearest(1_163_160_001, 7), 116.316_000_1);
        assert_eq!(nearest(-90, 0), -90.0);
        assert_eq!(nearest(9, -1), 90.0);
        assert_eq!(
            nearest(11_631_600_010_000_000_000_000_001, 23),
            116.316_000_1
        );
        assert_eq!(nearest(i128::MAX, 38), 1.701_411_834_604_692_3);
    }
}
