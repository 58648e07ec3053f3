//! Fields of structs as columns of their own, by dotted names such as `location.lon`.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::nullif;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Structs within each other are followed so far.
const DEPTH: usize = 16;

/// A field of a struct that holds values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// What it is called: the names on its path, with points between.
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
}

/// The fields of the structs among columns, with their types; no column and no leaf before it is
/// called so. What is in lists belongs to no row of its own, and is left out.
pub(crate) fn of(fields: &Fields) -> Vec<(Leaf, FieldRef)> {
    let mut found: Vec<(Leaf, FieldRef)> = Vec::new();
    let mut add = |leaf: Leaf, field: &Field| {
        let is_taken =
            fields.find(&leaf.name).is_some() || found.iter().any(|(l, _)| l.name == leaf.name);
        if !is_taken {
            let field = Field::new(&leaf.name, field.data_type().clone(), true);
            found.push((leaf, Arc::new(field)));
        }
    };
    for field in fields {
        if matches!(field.data_type(), DataType::Struct(_)) {
            walk(&[field.name().clone()], field, &mut add);
        }
    }
    found
}

fn walk(path: &[String], field: &Field, add: &mut impl FnMut(Leaf, &Field)) {
    match field.data_type() {
        DataType::Struct(parts) if path.len() < DEPTH => {
            for part in parts {
                let path = [path, &[part.name().clone()]].concat();
                walk(&path, part, add);
            }
        }
        other if other.is_nested() => {}
        _ => add(
            Leaf {
                name: path.join("."),
                path: path.to_vec(),
            },
            field,
        ),
    }
}

impl Leaf {
    /// Its values, null where a struct around them is; nothing where the batch lacks them.
    pub(crate) fn values(&self, batch: &RecordBatch) -> Result<Option<ArrayRef>, ArrowError> {
        let Some((first, rest)) = self.path.split_first() else {
            return Ok(None);
        };
        let Some(mut array) = batch.column_by_name(first) else {
            return Ok(None);
        };
        let mut nulls: Option<NullBuffer> = None;
        for part in rest {
            let Some(parent) = array.as_struct_opt() else {
                return Ok(None);
            };
            let Some(child) = parent.column_by_name(part) else {
                return Ok(None);
            };
            nulls = NullBuffer::union(nulls.as_ref(), parent.nulls());
            array = child;
        }
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            None => Ok(Some(Arc::clone(array))),
            Some(nulls) => {
                let is_null = BooleanArray::new(!nulls.inner(), None);
                nullif(array, &is_null).map(Some)
            }
        }
    }
}
