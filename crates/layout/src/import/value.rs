//! Types of columns, and which texts are values of them.

mod clock;
mod notation;
mod number;

pub(crate) use super::options::ColumnType as Type;
use arrow::datatypes::{DataType, TimeUnit};
pub(crate) use clock::{Clock, Moment};
pub(crate) use notation::Notation;
pub(crate) use number::{EXACT, Number, any_int};

impl Type {
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Text => DataType::Utf8,
        }
    }

    /// As messages call a value of it.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Int => "an integer of 64 bits",
            Self::Float => "a number",
            Self::Bool => "true or false",
            Self::Time => "a time",
            Self::Text => "UTF-8 text",
        }
    }
}

pub(crate) fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
