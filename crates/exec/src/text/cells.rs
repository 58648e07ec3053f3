//! Values as text.

use super::moments;
use crate::role::{CALENDAR, Told};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, DictionaryArray, RunArray, StructArray,
};
use arrow::datatypes::{
    ArrowDictionaryKeyType, DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Field, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    RunEndIndexType, UInt8Type, UInt16Type, UInt32Type, UInt64Type, UnionMode,
};
use arrow::downcast_dictionary_array;
use graticule_columns::text_of_bytes;
use graticule_dataset::{is_uuid, plain_column, plain_type, texts};

/// A column as it is told: values for dictionaries and runs, texts for UUIDs and for instants of a time zone's calendar.
///
/// # Errors
/// Where a dictionary is damaged.
pub fn told(field: &Field, column: &ArrayRef) -> Result<ArrayRef, arrow::error::ArrowError> {
    let told = field.metadata().get(CALENDAR);
    match told.and_then(|name| Told::named(name)) {
        _ if is_uuid(field) => texts(column, true),
        Some(told) => plain_column(column).map(|column| moments::told(&column, told)),
        None => plain_column(column),
    }
}

/// Whether a column's values are told as numbers.
pub fn is_number(data_type: &DataType) -> bool {
    let plain = plain_type(data_type);
    let is_decimal = matches!(plain, DataType::Decimal32(..) | DataType::Decimal64(..));
    is_decimal || plain.is_numeric()
}

/// A value as text; `None` for null.
pub fn cell(column: &ArrayRef, row: usize) -> Option<String> {
    if is_null(column, row) {
        return None;
    }
    Some(text(column, row).unwrap_or_else(|| nested(column, row)))
}

/// A value as JSON.
pub fn json(column: &ArrayRef, row: usize) -> String {
    if is_null(column, row) {
        return "null".to_owned();
    }
    let data_type = column.data_type();
    match text(column, row) {
        None => nested(column, row),
        Some(text) if *data_type == DataType::Boolean => text,
        // JSON has no infinities; they are strings, so that nothing is lost.
        Some(text) if is_number(data_type) && !text.ends_with(['f', 'N']) => text,
        Some(text) => string(&text),
    }
}

/// A text as JSON.
pub fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_null(column: &ArrayRef, row: usize) -> bool {
    *column.data_type() == DataType::Null || column.is_null(row)
}

/// The text of a value that has no parts.
fn text(column: &ArrayRef, row: usize) -> Option<String> {
    macro_rules! number {
        ($type:ty) => {
            column.as_primitive::<$type>().value(row).to_string()
        };
    }
    macro_rules! decimal {
        ($type:ty) => {
            column.as_primitive::<$type>().value_as_string(row)
        };
    }
    let bytes = |bytes: &[u8]| text_of_bytes(bytes).into_owned();
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => column.as_string_view().value(row).to_owned(),
        DataType::Binary => bytes(column.as_binary::<i32>().value(row)),
        DataType::LargeBinary => bytes(column.as_binary::<i64>().value(row)),
        DataType::BinaryView => bytes(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes(column.as_fixed_size_binary().value(row)),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => float(column.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => float(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        _ => return moments::text(column, row),
    })
}

/// The shortest text that reads back as the same float.
fn float(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// A value with parts, as JSON.
fn nested(column: &ArrayRef, row: usize) -> String {
    let list = |items: ArrayRef| {
        let items = (0..items.len()).map(|item| json(&items, item));
        format!("[{}]", items.collect::<Vec<_>>().join(", "))
    };
    match column.data_type() {
        DataType::List(_) => list(column.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(column.as_list::<i64>().value(row)),
        DataType::ListView(_) => list(column.as_list_view::<i32>().value(row)),
        DataType::LargeListView(_) => list(column.as_list_view::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(column.as_fixed_size_list().value(row)),
        DataType::Struct(_) => object(column.as_struct(), row),
        DataType::Map(..) => map(&column.as_map().value(row)),
        DataType::Union(_, mode) => {
            let union = column.as_union();
            let child = union.child(union.type_id(row));
            let place = match mode {
                UnionMode::Dense => union.value_offset(row),
                UnionMode::Sparse => row,
            };
            json(child, place)
        }
        DataType::Dictionary(..) => downcast_dictionary_array!(
            column => keyed(column, row),
            _ => "null".to_owned()
        ),
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => run::<Int16Type>(column, row),
            DataType::Int32 => run::<Int32Type>(column, row),
            _ => run::<Int64Type>(column, row),
        },
        _ => "null".to_owned(),
    }
}

fn keyed<K: ArrowDictionaryKeyType>(dictionary: &DictionaryArray<K>, row: usize) -> String {
    dictionary
        .key(row)
        .filter(|key| *key < dictionary.values().len())
        .map_or_else(|| "null".to_owned(), |key| json(dictionary.values(), key))
}

fn run<R: RunEndIndexType + ArrowPrimitiveType>(column: &ArrayRef, row: usize) -> String {
    let runs = column.as_any().downcast_ref::<RunArray<R>>();
    runs.map_or_else(
        || "null".to_owned(),
        |runs| json(runs.values(), runs.get_physical_index(row)),
    )
}

fn object(of: &StructArray, row: usize) -> String {
    let parts = of.fields().iter().zip(of.columns());
    let parts = parts.map(|(field, part)| {
        let value = match told(field, &part.slice(row, 1)) {
            Ok(part) => json(&part, 0),
            Err(_) => json(part, row),
        };
        format!("{}: {value}", string(field.name()))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

/// The entries of a map: an object where its keys are texts, else pairs.
fn map(entries: &StructArray) -> String {
    let (keys, values) = (entries.column(0), entries.column(1));
    let is_text = |key: &String| key.starts_with('"');
    let keys: Vec<String> = (0..entries.len()).map(|row| json(keys, row)).collect();
    let values = (0..entries.len()).map(|row| json(values, row));
    let pairs = keys.iter().zip(values);
    if keys.iter().all(is_text) {
        let pairs = pairs.map(|(key, value)| format!("{key}: {value}"));
        return format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "));
    }
    let pairs = pairs.map(|(key, value)| format!("[{key}, {value}]"));
    format!("[{}]", pairs.collect::<Vec<_>>().join(", "))
}
