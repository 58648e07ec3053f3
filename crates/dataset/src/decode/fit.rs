//! Values of a file's type as those of the dataset's, each the same or an error.
//!
//! As soon as a batch is decoded its columns are brought to the types that they have in all files
//! ([`meaning`](crate::file::meaning)), so that nothing behind knows that files differ.

use crate::file::meaning::common;
use crate::file::text::nulls;
use arrow::array::{
    Array, ArrayRef, AsArray, GenericListArray, Int64Array, ListArray, MapArray, OffsetSizeTrait,
    StructArray, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, FieldRef, Fields, Float64Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::FormatOptions;
use std::sync::Arc;
use thiserror::Error;

/// A value that the dataset's type cannot hold, or a column that cannot be read.
#[derive(Debug, Error)]
#[error("column '{column}': {reason}")]
pub(crate) struct Unfit {
    pub(crate) column: String,
    pub(crate) reason: String,
    /// Its row, where one row is to blame: in the array first, then in the row group.
    pub(crate) row: Option<usize>,
}

impl Unfit {
    pub(crate) fn of(column: &str, reason: impl Into<String>) -> ArrowError {
        ArrowError::ExternalError(Box::new(Self {
            column: column.to_owned(),
            reason: reason.into(),
            row: None,
        }))
    }

    /// Of a row of the array.
    pub(crate) fn at(column: &str, row: usize, reason: String) -> ArrowError {
        ArrowError::ExternalError(Box::new(Self {
            column: column.to_owned(),
            reason,
            row: Some(row),
        }))
    }
}

/// That a column has values of a type that it was left without, for its footer says that all are null.
pub(crate) fn not_null(column: &str, own: &DataType) -> ArrowError {
    let reason = format!(
        "it has values of {own} here, though the footer says that all are null; `ignore_statistics` believes no footer"
    );
    Unfit::of(column, reason)
}

/// The values of an array as another type, all of them as they are.
///
/// # Errors
/// [`Unfit`] with the first value that the type cannot hold.
pub(crate) fn fit(column: &str, array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    if let Some(nulls) = nulls(array, to) {
        return Ok(nulls);
    }
    // Bytes of a fixed length are texts beside others that are bytes.
    let is_bytes = matches!(array.data_type(), DataType::FixedSizeBinary(_));
    let holds_none = array.data_type() != to && *to == DataType::Null;
    if holds_none || (!is_bytes && common(array.data_type(), to).is_none()) {
        return Err(not_null(column, array.data_type()));
    }
    convert(array, to).map_err(|reason| {
        let from = array.data_type();
        Unfit::of(
            column,
            format!("it is {from} here and {to} in the dataset: {reason}"),
        )
    })
}

fn convert(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    use DataType as T;
    let from = array.data_type();
    if from == to {
        return Ok(array.clone());
    }
    match (from, to) {
        (T::Null, _) => Ok(new_null_array(to, array.len())),
        (T::Dictionary(_, values), _) if !matches!(to, T::Dictionary(..)) => {
            convert(&strictly(array, values)?, to)
        }
        (T::RunEndEncoded(_, values), _) => convert(&strictly(array, values.data_type())?, to),
        (T::Date64, T::Date32) => {
            let days = array.as_primitive::<Date64Type>();
            let days = days.try_unary::<_, Date32Type, String>(|ms| {
                let day = (ms % 86_400_000 == 0).then_some(ms / 86_400_000);
                let day = day.and_then(|day| i32::try_from(day).ok());
                day.ok_or_else(|| format!("{ms} ms are no whole days"))
            });
            Ok(Arc::new(days?))
        }
        (T::Date64, T::Timestamp(unit, zone)) if *unit != TimeUnit::Second => {
            let counts = finer(array, TimeUnit::Millisecond, *unit)?;
            Ok(timestamps(&counts, *unit, zone.as_ref()))
        }
        (T::Date32 | T::Date64, T::Timestamp(unit, zone)) => {
            let days = convert(array, &T::Date32)?;
            let days = days.as_primitive::<Date32Type>();
            let factor = 86_400 * per_second(*unit);
            let counts = days.try_unary::<_, Int64Type, String>(|day| {
                let count = i64::from(day).checked_mul(factor);
                count.ok_or_else(|| beyond(day, "days", *unit))
            });
            Ok(timestamps(&counts?, *unit, zone.as_ref()))
        }
        (T::Timestamp(a, _), T::Timestamp(b, zone)) => {
            Ok(timestamps(&finer(array, *a, *b)?, *b, zone.as_ref()))
        }
        (T::Time32(a) | T::Time64(a), T::Time32(b) | T::Time64(b))
        | (T::Duration(a), T::Duration(b)) => from_counts(&finer(array, *a, *b)?, to),
        (from, T::Float32 | T::Float64) if from.is_integer() || is_decimal(from) => {
            exact(array, to)
        }
        (T::List(_), T::List(of)) => list(array.as_list::<i32>(), of),
        (T::LargeList(_), T::List(of)) => list(array.as_list::<i64>(), of),
        (T::FixedSizeList(inner, _), T::List(_)) => {
            convert(&strictly(array, &T::List(inner.clone()))?, to)
        }
        (T::ListView(inner), T::List(_)) => convert(&strictly(array, &T::List(inner.clone()))?, to),
        (T::LargeListView(inner), T::List(_)) => {
            convert(&strictly(array, &T::LargeList(inner.clone()))?, to)
        }
        (T::Struct(_), T::Struct(fields)) => structs(array.as_struct(), fields),
        (T::Map(..), T::Map(entries, sorted)) => map(array.as_map(), entries, *sorted),
        _ => strictly(array, to),
    }
}

/// As arrow converts, with an error for values that do not fit.
fn strictly(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    let options = CastOptions {
        safe: false,
        format_options: FormatOptions::default(),
    };
    cast_with_options(array, to, &options).map_err(|e| e.to_string())
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Decimal128(..)
            | DataType::Decimal256(..)
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
    )
}

/// Whole numbers as floats, which must be the same numbers.
fn exact(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    let floats = strictly(array, to)?;
    // The types are chosen so that floats hold all integers that are narrower.
    if array
        .data_type()
        .primitive_width()
        .is_some_and(|bytes| bytes < 8)
    {
        return Ok(floats);
    }
    let before = strictly(array, &DataType::Decimal128(38, 0))?;
    let before = before.as_primitive::<Decimal128Type>();
    let wide = strictly(&floats, &DataType::Float64)?;
    let numbers = before.iter().zip(wide.as_primitive::<Float64Type>());
    for (number, float) in numbers.filter_map(|(number, float)| number.zip(float)) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "floats beyond are saturated, and differ"
        )]
        let back = float as i128;
        if back != number {
            return Err(format!("no float is {number}"));
        }
    }
    Ok(floats)
}

/// How many of a unit make a second.
pub(crate) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "seconds",
        TimeUnit::Millisecond => "milliseconds",
        TimeUnit::Microsecond => "microseconds",
        TimeUnit::Nanosecond => "nanoseconds",
    }
}

fn beyond(count: impl std::fmt::Display, from: &str, to: TimeUnit) -> String {
    format!(
        "{count} {from} from 1970 are more than 64 bits hold in {}",
        name(to)
    )
}

/// Counts of a unit as those of a finer one, whatever they count.
fn finer(array: &ArrayRef, from: TimeUnit, to: TimeUnit) -> Result<Int64Array, String> {
    let counts = match array.data_type() {
        DataType::Time32(_) => cast(
            &cast(array, &DataType::Int32).map_err(|e| e.to_string())?,
            &DataType::Int64,
        ),
        _ => cast(array, &DataType::Int64),
    };
    let counts = counts.map_err(|e| e.to_string())?;
    let counts = counts.as_primitive::<Int64Type>();
    scaled(counts, from, to)
}

/// Counts of a unit as those of another that is as fine or finer.
pub(crate) fn scaled(
    counts: &Int64Array,
    from: TimeUnit,
    to: TimeUnit,
) -> Result<Int64Array, String> {
    if from == to {
        return Ok(counts.clone());
    }
    let factor = per_second(to) / per_second(from);
    if factor == 0 {
        return Err(format!("{} cannot hold {}", name(to), name(from)));
    }
    counts.try_unary(|count| {
        count
            .checked_mul(factor)
            .ok_or_else(|| beyond(count, name(from), to))
    })
}

/// Counts as timestamps.
pub(crate) fn timestamps(counts: &Int64Array, unit: TimeUnit, zone: Option<&Arc<str>>) -> ArrayRef {
    let zone = zone.cloned();
    match unit {
        TimeUnit::Second => Arc::new(
            counts
                .reinterpret_cast::<TimestampSecondType>()
                .with_timezone_opt(zone),
        ),
        TimeUnit::Millisecond => Arc::new(
            counts
                .reinterpret_cast::<TimestampMillisecondType>()
                .with_timezone_opt(zone),
        ),
        TimeUnit::Microsecond => Arc::new(
            counts
                .reinterpret_cast::<TimestampMicrosecondType>()
                .with_timezone_opt(zone),
        ),
        TimeUnit::Nanosecond => Arc::new(
            counts
                .reinterpret_cast::<TimestampNanosecondType>()
                .with_timezone_opt(zone),
        ),
    }
}

/// Counts as times of the day or as durations.
fn from_counts(counts: &Int64Array, to: &DataType) -> Result<ArrayRef, String> {
    let counts: ArrayRef = Arc::new(counts.clone());
    match to {
        DataType::Time32(_) => strictly(&strictly(&counts, &DataType::Int32)?, to),
        _ => strictly(&counts, to),
    }
}

fn list<O: OffsetSizeTrait>(
    lists: &GenericListArray<O>,
    of: &FieldRef,
) -> Result<ArrayRef, String> {
    let values = convert(lists.values(), of.data_type())?;
    let offsets = lists
        .offsets()
        .iter()
        .map(|offset| i32::try_from(offset.as_usize()));
    let offsets = offsets.collect::<Result<Vec<i32>, _>>();
    let offsets = offsets.map_err(|_| "a batch holds more than 2^31 items".to_owned())?;
    let offsets = OffsetBuffer::new(offsets.into());
    let lists = ListArray::try_new(of.clone(), offsets, values, lists.nulls().cloned());
    Ok(Arc::new(lists.map_err(|e| e.to_string())?))
}

fn structs(structs: &StructArray, fields: &Fields) -> Result<ArrayRef, String> {
    let parts = fields
        .iter()
        .map(|field| match structs.column_by_name(field.name()) {
            Some(part) => convert(part, field.data_type()),
            None => Ok(new_null_array(field.data_type(), structs.len())),
        });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let nulls = structs.nulls().cloned();
    let structs = StructArray::try_new_with_length(fields.clone(), parts, nulls, structs.len());
    Ok(Arc::new(structs.map_err(|e| e.to_string())?))
}

fn map(map: &MapArray, entries: &FieldRef, sorted: bool) -> Result<ArrayRef, String> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err("a map has no entries".to_owned());
    };
    let parts = map.entries().columns().iter().zip(fields);
    let parts = parts.map(|(part, field)| convert(part, field.data_type()));
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
    StructArray::try_new(fields.clone(), parts, None)
        .and_then(|parts| MapArray::try_new(entries.clone(), offsets, parts, nulls, sorted))
        .map(|map| Arc::new(map) as ArrayRef)
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests;
