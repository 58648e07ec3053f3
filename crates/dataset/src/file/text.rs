//! Texts that values compare, group and are printed by: those of text columns, and of bytes.
//!
//! Bytes are told as [`text_of_bytes`] does. UUIDs are written as RFC 9562 does: lower case, with hyphens.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type};
use arrow::error::ArrowError;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use graticule_columns::{hex, text_of_bytes};
use std::sync::Arc;

/// The name of Arrow's extension type of UUIDs.
const UUID: &str = "arrow.uuid";

/// Whether a field is marked as holding UUIDs.
pub fn is_uuid(field: &Field) -> bool {
    field.extension_type_name() == Some(UUID)
        && matches!(plain_type(field.data_type()), DataType::FixedSizeBinary(16))
}

/// A field of 16 bytes each, marked as UUIDs.
#[must_use]
pub fn uuids(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(EXTENSION_TYPE_NAME_KEY.to_owned(), UUID.to_owned());
    field.with_metadata(metadata)
}

/// The 16 bytes of a UUID as text; other bytes as [`text_of_bytes`].
pub fn text_of_uuid(bytes: &[u8]) -> String {
    if bytes.len() != 16 {
        return text_of_bytes(bytes).into_owned();
    }
    let mut text = String::with_capacity(36);
    for (place, part) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if place > 0 {
            text.push('-');
        }
        hex(&mut text, &bytes[part]);
    }
    text
}

/// The type of the values of dictionaries and of runs; any other as it is.
pub fn plain_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        other => other,
    }
}

/// Whether a type is that of nothing but nulls.
pub(crate) fn is_null(data_type: &DataType) -> bool {
    *plain_type(data_type) == DataType::Null
}

/// Nulls of another type, where an array holds nothing else.
pub(crate) fn nulls(array: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    let is_null = array.data_type() != to && array.logical_null_count() == array.len();
    is_null.then(|| new_null_array(to, array.len()))
}

/// The values of dictionaries and of runs, a null where the row or its value is null; any other array as
/// it is.
///
/// # Errors
/// When the array is not what its type says.
pub fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => plain(&cast(array, values)?),
        DataType::RunEndEncoded(_, values) => plain(&cast(array, values.data_type())?),
        _ => Ok(array.clone()),
    }
}

/// The texts of an array of texts or bytes.
///
/// # Errors
/// When the array is of neither.
pub fn texts(array: &ArrayRef, is_uuid: bool) -> Result<ArrayRef, ArrowError> {
    let of = |bytes: &[u8]| match is_uuid {
        true => text_of_uuid(bytes),
        false => text_of_bytes(bytes).into_owned(),
    };
    let array = plain(array)?;
    let texts: StringArray = match array.data_type() {
        DataType::Binary => array.as_binary::<i32>().iter().map(|b| b.map(of)).collect(),
        DataType::LargeBinary => array.as_binary::<i64>().iter().map(|b| b.map(of)).collect(),
        DataType::BinaryView => {
            let bytes = array.as_binary_view().iter();
            bytes.map(|b| b.map(of)).collect()
        }
        DataType::FixedSizeBinary(_) => {
            let bytes = array.as_fixed_size_binary().iter();
            bytes.map(|b| b.map(of)).collect()
        }
        _ => return cast(&array, &DataType::Utf8),
    };
    Ok(Arc::new(texts))
}

/// The distinct texts of a column and, one a row, the place among them; `None` for null.
pub(crate) fn texts_of(
    array: &ArrayRef,
    is_uuid: bool,
) -> Result<(StringArray, Vec<Option<usize>>), ArrowError> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        let values = texts(array, is_uuid)?;
        let values = values.as_string::<i32>().clone();
        let places = (0..array.len()).map(|row| values.is_valid(row).then_some(row));
        return Ok((values.clone(), places.collect()));
    };
    let values = texts(dictionary.values(), is_uuid)?;
    let values = values.as_string::<i32>().clone();
    let keys = cast(dictionary.keys(), &DataType::Int64)?;
    let place = |key: Option<i64>| {
        let place = usize::try_from(key?).ok()?;
        // Dictionaries may hold a null among their values.
        (place < values.len() && values.is_valid(place)).then_some(place)
    };
    let places = keys.as_primitive::<Int64Type>().iter().map(place).collect();
    Ok((values, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{DictionaryArray, Int32Array};

    #[test]
    fn uuids_have_hyphens() {
        let bytes: Vec<u8> = (0..16).map(|i| i * 0x11).collect();
        assert_eq!(text_of_uuid(&bytes), "00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn a_null_among_a_dictionarys_values_is_null() {
        let values = StringArray::from(vec![None, Some("a")]);
        let keys = Int32Array::from(vec![Some(0), Some(1), None]);
        let array: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(values)));
        assert_eq!(
            texts_of(&array, false).expect("texts").1,
            [None, Some(1), None]
        );
        let plain = plain(&array).expect("values");
        assert_eq!(plain.null_count(), 2);
    }

    #[test]
    fn a_dictionary_may_be_empty() {
        let keys = Int32Array::from(vec![None, None]);
        let values: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
        let array: ArrayRef = Arc::new(DictionaryArray::new(keys, values));
        assert_eq!(texts_of(&array, false).expect("texts").1, [None, None]);
        assert_eq!(plain(&array).expect("values").null_count(), 2);
    }
}
