//! Values of a record, and the columns that they are appended to.

use crate::import::record::Fields;
use crate::import::value::Type;
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use std::sync::Arc;

/// The value of a column in the record at hand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    Time(i64),
    Text(usize, usize),
    /// A value of the path.
    Path(usize),
}

/// A column that grows.
pub(super) enum Builder {
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Builder {
    pub(super) fn new(kind: Type) -> Self {
        match kind {
            Type::Int => Self::Int(Int64Builder::new()),
            Type::Float => Self::Float(Float64Builder::new()),
            Type::Bool => Self::Bool(BooleanBuilder::new()),
            Type::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Type::Text => Self::Text(StringBuilder::new()),
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::Int(b) => b.append_null(),
            Self::Float(b) => b.append_null(),
            Self::Bool(b) => b.append_null(),
            Self::Time(b) => b.append_null(),
            Self::Text(b) => b.append_null(),
        }
    }

    /// Appends a cell; how many bytes of text it had.
    pub(super) fn append(&mut self, cell: Cell, fields: &Fields, path: &[String]) -> usize {
        match (self, cell) {
            (Self::Int(b), Cell::Int(v)) => b.append_value(v),
            (Self::Float(b), Cell::Float(v)) => b.append_value(v),
            (Self::Bool(b), Cell::Bool(v)) => b.append_value(v),
            (Self::Time(b), Cell::Time(v)) => b.append_value(v),
            (Self::Text(b), Cell::Text(begin, end)) => {
                // The cell was made of valid text; this costs less than keeping a reference.
                let text = std::str::from_utf8(&fields.bytes[begin..end]).unwrap_or_default();
                b.append_value(text);
                return end - begin;
            }
            (Self::Text(b), Cell::Path(place)) => {
                b.append_value(&path[place]);
                return path[place].len();
            }
            (builder, _) => builder.append_null(),
        }
        0
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int(b) => Arc::new(b.finish()),
            Self::Float(b) => Arc::new(b.finish()),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
        }
    }
}
