//! Arrow's arrays to the columns of a chunk.

use crate::file::text::plain;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal256Type, DecimalType, Float32Type,
    Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use graticule_columns::{Column, Data, Degrees, Kind};
use graticule_geo::fix_columns;
use std::sync::Arc;

/// Coordinates in fixed point, and as the file has them.
pub(crate) struct Points {
    pub(crate) x: ScalarBuffer<u32>,
    pub(crate) y: ScalarBuffer<u32>,
    pub(crate) valid: Option<BooleanBuffer>,
    pub(crate) lon: Degrees,
    pub(crate) lat: Degrees,
}

impl Points {
    pub(crate) fn fix(lon: &ArrayRef, lat: &ArrayRef) -> Result<Self, ArrowError> {
        let lon = cast(lon, &DataType::Float64)?;
        let lat = cast(lat, &DataType::Float64)?;
        let (lon, lat) = (
            lon.as_primitive::<Float64Type>(),
            lat.as_primitive::<Float64Type>(),
        );
        let rows = lon.len();
        let (mut x, mut y, mut valid) = (vec![0; rows], vec![0; rows], vec![false; rows]);
        let mut invalid = fix_columns(lon.values(), lat.values(), &mut x, &mut y, &mut valid);
        for nulls in [lon.nulls(), lat.nulls()].into_iter().flatten() {
            for (valid, not_null) in valid.iter_mut().zip(nulls) {
                invalid += usize::from(*valid && !not_null);
                *valid &= not_null;
            }
        }
        Ok(Self {
            x: x.into(),
            y: y.into(),
            valid: (invalid > 0).then(|| BooleanBuffer::from(valid)),
            lon: lon.values().clone().into(),
            lat: lat.values().clone().into(),
        })
    }
}

/// Longitudes and latitudes in fixed point, and which of them are points, if not all are.
///
/// # Errors
/// When the arrays are no numbers.
pub fn points(
    lon: &ArrayRef,
    lat: &ArrayRef,
) -> Result<([Column; 2], Option<BooleanBuffer>), ArrowError> {
    let Points { x, y, valid, .. } = Points::fix(lon, lat)?;
    let column = |words| Column::new(Kind::U32, Data::Plain32(words), None);
    Ok(([column(x), column(y)], valid))
}

/// A file column as values of a kind, which [`Attribute::kind`](graticule_columns::Attribute::kind)
/// tells. Dates, times and durations are their counts, decimals the whole numbers that are left without
/// their point.
///
/// # Errors
/// When the array is of another type than the kind is made of, or a decimal does not fit the kind.
pub fn value(kind: Kind, array: &ArrayRef) -> Result<Column, ArrowError> {
    let array = plain(array)?;
    let array = match array.data_type() {
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => unscaled(&array)?,
        _ => array,
    };
    let array = strictly(
        &array,
        match kind {
            Kind::I32 => &DataType::Int32,
            Kind::U32 => &DataType::UInt32,
            Kind::I64 => &DataType::Int64,
            Kind::U64 => &DataType::UInt64,
            Kind::F32 => &DataType::Float32,
            Kind::F64 => &DataType::Float64,
        },
    )?;
    Ok(match kind {
        Kind::I32 => plain32::<Int32Type>(kind, &array),
        Kind::U32 => plain32::<UInt32Type>(kind, &array),
        Kind::F32 => plain32::<Float32Type>(kind, &array),
        Kind::F64 => {
            let array = array.as_primitive::<Float64Type>();
            Column::new(
                kind,
                Data::Plain64(words64(array.values().inner())),
                bits(array),
            )
        }
        Kind::I64 => {
            let array = array.as_primitive::<Int64Type>();
            Column::compact(kind, words64(array.values().inner()), bits(array))
        }
        Kind::U64 => {
            let array = array.as_primitive::<UInt64Type>();
            Column::compact(kind, words64(array.values().inner()), bits(array))
        }
    })
}

/// An array as another type; a value that does not fit is an error, not null.
fn strictly(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, data_type, &options)
}

/// The whole numbers that decimals are without their point.
fn unscaled(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let (precision, scale) = match array.data_type() {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => (*p, *s),
        _ => (0, 0),
    };
    let wide = strictly(array, &DataType::Decimal256(precision, scale))?;
    let wide = wide.as_primitive::<Decimal256Type>();
    let narrow = wide.try_unary::<_, Int64Type, _>(|number| {
        let fits = number.to_i128().and_then(|n| i64::try_from(n).ok());
        fits.ok_or_else(|| {
            let text = Decimal256Type::format_decimal(number, precision, scale);
            ArrowError::ComputeError(format!(
                "the decimal {text} has more digits than 64 bits hold, and can only be selected"
            ))
        })
    })?;
    Ok(Arc::new(narrow))
}

/// The time column as i64 in the dataset's unit: dates become seconds, integers are widened.
///
/// # Errors
/// When an integer cannot be widened.
pub fn time(array: &ArrayRef) -> Result<Column, ArrowError> {
    let array = plain(array)?;
    let array = match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let seconds = days.unary::<_, Int64Type>(|day| i64::from(day) * 86_400);
            Arc::new(seconds)
        }
        DataType::Date64 => cast(&array, &DataType::Timestamp(TimeUnit::Millisecond, None))?,
        DataType::Int32 | DataType::UInt32 => cast(&array, &DataType::Int64)?,
        _ => array.clone(),
    };
    let column = |values: &arrow::buffer::Buffer, validity| {
        Column::compact(Kind::I64, words64(values), validity)
    };
    macro_rules! of {
        ($type:ty) => {{
            let array = array.as_primitive::<$type>();
            column(array.values().inner(), bits(array))
        }};
    }
    Ok(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => of!(TimestampSecondType),
        DataType::Timestamp(TimeUnit::Millisecond, _) => of!(TimestampMillisecondType),
        DataType::Timestamp(TimeUnit::Microsecond, _) => of!(TimestampMicrosecondType),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => of!(TimestampNanosecondType),
        _ => of!(Int64Type),
    })
}

fn plain32<T: ArrowPrimitiveType>(kind: Kind, array: &ArrayRef) -> Column {
    let array = array.as_primitive::<T>();
    let buffer = array.values().inner().clone();
    let words = ScalarBuffer::new(buffer, 0, array.len());
    Column::new(kind, Data::Plain32(words), bits(array))
}

fn words64(buffer: &arrow::buffer::Buffer) -> ScalarBuffer<u64> {
    ScalarBuffer::new(buffer.clone(), 0, buffer.len() / 8)
}

fn bits(array: &dyn Array) -> Option<BooleanBuffer> {
    let bits = array.nulls().map(|nulls| nulls.inner())?;
    // Some of a batch's rows may begin within a byte, where devices cannot read them.
    Some(match bits.offset() {
        0 => bits.clone(),
        _ => BooleanBuffer::new(bits.sliced(), 0, bits.len()),
    })
}
