//! Values as text.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::array_value_to_string;

/// A value as text; `None` for null.
pub(crate) fn cell(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    macro_rules! number {
        ($type:ty) => {
            column.as_primitive::<$type>().value(row).to_string()
        };
    }
    macro_rules! time {
        ($type:ty, $per_second:expr) => {
            time(column.as_primitive::<$type>().value(row), $per_second)
        };
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => float(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Second, _) => time!(TimestampSecondType, 1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => time!(TimestampMillisecondType, 1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => time!(TimestampMicrosecondType, 1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            time!(TimestampNanosecondType, 1_000_000_000)
        }
        // Only rows of a file have such: dates, decimals, lists.
        _ => array_value_to_string(column, row).unwrap_or_default(),
    })
}

/// The shortest text that reads back as the same float.
fn float(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// RFC 3339 in UTC, with as many digits of a second as there are; a bare count of the unit where
/// the year has more than four digits.
fn time(count: i64, per_second: i64) -> String {
    let nanos = i128::from(count) * i128::from(1_000_000_000 / per_second);
    match jiff::Timestamp::from_nanosecond(nanos) {
        Ok(instant) => instant.to_string(),
        Err(_) => count.to_string(),
    }
}

/// A count of a unit since 1970 as RFC 3339 in UTC.
pub fn format_time(count: i64, unit: graticule_columns::TimeUnit) -> String {
    time(count, unit.per_second())
}
