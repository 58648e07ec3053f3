//! Columns of Arrow as they are written, and what would be lost so.

use crate::import::options::Unit;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use graticule_dataset::{plain_column, stored};

/// Bytes of text that a batch may have once its dictionaries are unpacked.
const UNPACKED: usize = 64 << 20;

/// A column in the type that it is written with; numbers that are times count a unit. A value that the type does
/// not hold is null, or an error where it is a part of another.
pub(super) fn fitted(
    array: &ArrayRef,
    to: &DataType,
    unit: Option<Unit>,
) -> Result<ArrayRef, ArrowError> {
    let mut plain = plain_column(array)?;
    if let Some(unit) = unit {
        plain = counted(&plain, unit)?;
    }
    match (plain.data_type(), to) {
        (from, to) if from == to => Ok(plain),
        // Milliseconds that there are not would be the last that there are.
        (DataType::Timestamp(TimeUnit::Second, _), DataType::Timestamp(..)) => cast(&plain, to),
        (_, to) if to.is_nested() => {
            let strict = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            cast_with_options(&plain, to, &strict)
        }
        _ => stored(&plain, to),
    }
}

/// Rows whose value is null only since it was fitted; NaN is no value.
pub(super) fn lost(from: &ArrayRef, fitted: &ArrayRef) -> Vec<usize> {
    let (nulls, before) = (fitted.logical_nulls(), from.logical_nulls());
    let Some(nulls) = nulls.filter(|n| n.null_count() > 0) else {
        return Vec::new();
    };
    let is_nan = |row: usize| match from.data_type() {
        float if float.is_floating() => {
            let number = cast(&from.slice(row, 1), &DataType::Float64);
            number.is_ok_and(|n| n.as_primitive::<Float64Type>().value(0).is_nan())
        }
        _ => false,
    };
    let is_lost = |row: &usize| {
        let was_null = before.as_ref().is_some_and(|before| before.is_null(*row));
        nulls.is_null(*row) && !was_null && !is_nan(*row)
    };
    (0..from.len()).filter(is_lost).collect()
}

/// A row for the reject file.
pub(super) fn record(batch: &RecordBatch, row: usize) -> String {
    let value = |column: &ArrayRef| match column.is_null(row) {
        true => String::new(),
        false => array_value_to_string(column, row).unwrap_or_default(),
    };
    let values: Vec<String> = batch.columns().iter().map(value).collect();
    values.join(",")
}

/// Numbers as moments.
fn counted(numbers: &ArrayRef, unit: Unit) -> Result<ArrayRef, ArrowError> {
    if numbers.data_type().is_integer() {
        // Through signed ones, which say what is beyond them.
        let numbers = cast(numbers, &DataType::Int64)?;
        return cast(&numbers, &timestamp(unit));
    }
    let micros = match unit {
        Unit::Second => 1e6,
        Unit::Millisecond => 1e3,
        Unit::Microsecond => 1.0,
        Unit::Nanosecond => 1e-3,
    };
    let numbers = cast(numbers, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    // What is no moment, as NaN, is null.
    let moments: Int64Array = numbers.unary_opt(|number| {
        let rounded = (number * micros).round();
        #[expect(clippy::cast_possible_truncation, reason = "it is below 2^62")]
        (rounded.abs() < 4e18).then_some(rounded as i64)
    });
    cast(&moments, &timestamp(Unit::Microsecond))
}

pub(super) fn timestamp(unit: Unit) -> DataType {
    let unit = match unit {
        Unit::Second => TimeUnit::Second,
        Unit::Millisecond => TimeUnit::Millisecond,
        Unit::Microsecond => TimeUnit::Microsecond,
        Unit::Nanosecond => TimeUnit::Nanosecond,
    };
    DataType::Timestamp(unit, Some("UTC".into()))
}

/// How many rows of a batch may be unpacked at a time.
pub(super) fn rows(batch: &RecordBatch, most: usize) -> usize {
    let longest = batch.columns().iter().map(|c| longest(c.as_ref())).max();
    (UNPACKED / longest.unwrap_or(0).max(1)).clamp(1, most)
}

/// The bytes of the longest text of a dictionary.
fn longest(array: &dyn Array) -> usize {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        return 0;
    };
    let values = dictionary.values();
    match values.data_type() {
        DataType::Utf8 => values
            .as_string::<i32>()
            .iter()
            .flatten()
            .map(str::len)
            .max(),
        DataType::LargeUtf8 => values
            .as_string::<i64>()
            .iter()
            .flatten()
            .map(str::len)
            .max(),
        DataType::Utf8View => values.as_string_view().iter().flatten().map(str::len).max(),
        DataType::Binary => values
            .as_binary::<i32>()
            .iter()
            .flatten()
            .map(<[u8]>::len)
            .max(),
        DataType::LargeBinary => values
            .as_binary::<i64>()
            .iter()
            .flatten()
            .map(<[u8]>::len)
            .max(),
        DataType::BinaryView => values
            .as_binary_view()
            .iter()
            .flatten()
            .map(<[u8]>::len)
            .max(),
        _ => None,
    }
    .unwrap_or(0)
}
