//! Which types of Arrow are written, and as what.

use arrow::array::{Array, AsArray, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use graticule_dataset::guarded;
use parquet::arrow::ArrowWriter;
use std::sync::Arc;

/// Bytes of text that a batch may have once its dictionaries are unpacked.
const UNPACKED: usize = 64 << 20;

/// The type that a column is written with: dictionaries and runs are unpacked, for Parquet has
/// dictionaries of its own and not all of Arrow's can be written; and what Parquet has no word for
/// becomes what other readers know for a time too.
pub(super) fn plain(data_type: &DataType) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        let data_type = plain(field.data_type());
        Arc::new(Field::clone(field).with_data_type(data_type))
    };
    match data_type {
        DataType::Dictionary(_, values) => match plain(values) {
            DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
            DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
            other => other,
        },
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, len) => DataType::FixedSizeList(inner(field), *len),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    }
}

/// Whether Parquet can hold a column of a type. The writer is asked, within a guard, for it
/// stops at some.
pub(super) fn is_writable(data_type: &DataType) -> bool {
    let write = || {
        let field = Field::new("probe", data_type.clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema.clone(), vec![new_null_array(data_type, 1)])?;
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, None)?;
        writer.write(&batch)?;
        writer.close()
    };
    matches!(guarded(write), Ok(Ok(_)))
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
