//! Columns that a file lacks, as texts beside it say.

use crate::decode::fit::Unfit;
use arrow::array::{ArrayRef, BooleanArray, StringArray, UInt32Array, new_null_array};
use arrow::compute::{CastOptions, cast_with_options, take};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;
use arrow::util::display::FormatOptions;
use std::sync::Arc;

pub(crate) const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// What stands for null among numbers and truth values; among texts these are texts.
pub(crate) const NULLS: &[&str] = &["", "null", "NULL", "None"];

/// A column that a file lacks.
#[derive(Debug, Clone)]
pub(crate) struct Absent {
    pub(crate) field: FieldRef,
    /// What its folder says of it; it is null where that says nothing.
    pub(crate) text: Option<String>,
}

impl Absent {
    /// Its rows, which are all alike.
    ///
    /// # Errors
    /// [`Unfit`] where the folder's text is no value of the column's type.
    pub(crate) fn rows(&self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let data_type = self.field.data_type();
        let Some(text) = self.text.as_deref() else {
            return Ok(new_null_array(data_type, rows));
        };
        let value = value(data_type, text).ok_or_else(|| {
            let reason = format!("the folder of the file says '{text}', which is no {data_type}");
            Unfit::of(self.field.name(), reason)
        })?;
        take(&value, &UInt32Array::from(vec![0; rows]), None)
    }
}

/// One row of a folder's text as a type.
pub(crate) fn value(data_type: &DataType, text: &str) -> Option<ArrayRef> {
    let is_text = match data_type {
        DataType::Dictionary(_, values) => values.is_string(),
        other => other.is_string(),
    };
    if text == HIVE_NULL || (!is_text && NULLS.contains(&text)) {
        return Some(new_null_array(data_type, 1));
    }
    if *data_type == DataType::Boolean {
        return Some(Arc::new(BooleanArray::from(vec![truth(text)?])));
    }
    let options = CastOptions {
        safe: false,
        format_options: FormatOptions::default(),
    };
    cast_with_options(&StringArray::from(vec![text]), data_type, &options).ok()
}

pub(crate) fn truth(text: &str) -> Option<bool> {
    let is = |word| text.eq_ignore_ascii_case(word);
    (is("true") || is("false")).then(|| is("true"))
}
