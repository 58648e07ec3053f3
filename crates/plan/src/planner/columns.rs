//! Columns by their names, and what can be asked of them.

use super::Planner;
use crate::PlanError;
use crate::meaning::Meaning;
use arrow::datatypes::DataType;
use graticule_columns::{Kind, Source};

/// A column of the files.
pub(super) struct Column {
    pub(super) name: String,
    /// Its place among the file columns.
    pub(super) place: usize,
    pub(super) data_type: DataType,
    pub(super) values: Values,
}

/// How kernels see a column's values.
pub(super) enum Values {
    /// As numbers of a kind.
    Numbers(Source, Meaning),
    /// As texts, which bytes and UUIDs are, too.
    Texts { is_uuid: bool },
    /// Not at all: they can only be selected, or be null.
    Opaque,
}

impl Column {
    /// The error that it cannot be used so.
    pub(super) fn wrong(&self, purpose: &'static str, hint: &'static str) -> PlanError {
        PlanError::ColumnType {
            name: self.name.clone(),
            data_type: self.data_type.to_string(),
            purpose,
            hint,
        }
    }
}

impl Planner<'_> {
    /// A file column by name.
    pub(super) fn column(&self, name: &str) -> Result<Column, PlanError> {
        let schema = &self.dataset.schema;
        let place = schema.file_column(name).ok_or_else(|| self.no_such(name))?;
        let column = |data_type: &DataType, values| Column {
            name: name.to_owned(),
            place,
            data_type: data_type.clone(),
            values,
        };
        let numbers = |kind, meaning| {
            let name = name.to_owned();
            Values::Numbers(Source::Value { name, kind }, meaning)
        };
        let time = schema.time.as_ref();
        if let Some(time) = time.filter(|t| t.name == name) {
            let meaning = Meaning::instants(time.unit);
            return Ok(column(
                &time.data_type,
                Values::Numbers(Source::Time, meaning),
            ));
        }
        let degrees = |kind: Kind| {
            let data_type = match kind {
                Kind::F32 => DataType::Float32,
                _ => DataType::Float64,
            };
            column(&data_type, numbers(kind, Meaning::Number))
        };
        Ok(match place {
            0 => degrees(schema.lon.kind),
            1 => degrees(schema.lat.kind),
            _ => {
                let attribute = &schema.attributes[place - 2 - usize::from(time.is_some())];
                let data_type = plain_type(&attribute.data_type);
                let values = match attribute.kind {
                    Some(kind) => numbers(kind, Meaning::of(data_type)),
                    None if is_text(data_type) => Values::Texts {
                        is_uuid: attribute.is_uuid,
                    },
                    None => Values::Opaque,
                };
                column(data_type, values)
            }
        })
    }

    pub(super) fn no_such(&self, name: &str) -> PlanError {
        let schema = &self.dataset.schema;
        if let Some(column) = schema.set_aside.iter().find(|c| c.name == name) {
            return PlanError::SetAside {
                name: name.to_owned(),
                reason: column.reason.clone(),
            };
        }
        let partitions = schema.partitions.iter().map(|p| p.name.as_str());
        PlanError::NoSuchColumn {
            name: name.to_owned(),
            columns: schema
                .file_columns()
                .chain(partitions)
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// The type of the values of dictionaries and of runs; any other as it is.
fn plain_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        other => other,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}
