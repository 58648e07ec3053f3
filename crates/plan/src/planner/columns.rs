//! Columns by their names, and what can be asked of them.

use super::Planner;
use crate::PlanError;
use crate::meaning::Meaning;
use crate::window::{self, Window};
use arrow::datatypes::DataType;
use graticule_columns::{Kind, PartitionValue, RowGroup, Source};

/// A column of the files.
pub(super) struct Column {
    pub(super) name: String,
    /// Its place among the file columns; none of what only folders say.
    pub(super) place: Option<usize>,
    pub(super) data_type: DataType,
    pub(super) values: Values,
}

/// How kernels see a column's values.
pub(super) enum Values {
    /// As numbers of a kind.
    Numbers(Source, Meaning),
    /// As texts, which bytes and UUIDs are, too.
    Texts(Spelling),
    /// Not at all: they can only be selected, or be null.
    Opaque,
}

/// What texts stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Themselves.
    Text,
    /// Bytes, as they are told.
    Bytes,
    /// UUIDs, whose texts sort as their bytes do.
    Uuid,
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
        let Some(place) = schema.file_column(name) else {
            return self.partition_column(name);
        };
        let column = |data_type: &DataType, values| Column {
            name: name.to_owned(),
            place: Some(place),
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
                    None if attribute.is_uuid => Values::Texts(Spelling::Uuid),
                    None => spelling(data_type).map_or(Values::Opaque, Values::Texts),
                };
                column(data_type, values)
            }
        })
    }

    /// A column that folders or a table's log have, as values of the rows.
    fn partition_column(&self, name: &str) -> Result<Column, PlanError> {
        let mut partitions = self.dataset.schema.partitions.iter();
        let partition = partitions.find(|p| p.name == name);
        let partition = partition.ok_or_else(|| self.no_such(name))?;
        let (name, kind) = (name.to_owned(), Kind::I64);
        Ok(match partition.is_integer {
            true => Column {
                values: Values::Numbers(
                    Source::Value {
                        name: name.clone(),
                        kind,
                    },
                    Meaning::Number,
                ),
                data_type: DataType::Int64,
                place: None,
                name,
            },
            false => Column {
                values: Values::Texts(Spelling::Text),
                data_type: DataType::Utf8,
                place: None,
                name,
            },
        })
    }

    /// The ordered words that numbers of a column can have in these row groups.
    pub(super) fn words(&self, kind: Kind, column: &Column, groups: &[&RowGroup]) -> Window {
        if let Some(place) = column.place {
            return window::words(kind, place, groups);
        }
        let mut partitions = self.dataset.schema.partitions.iter();
        let place = partitions.position(|p| p.name == column.name);
        let files = self.dataset.files.iter();
        let values = files.filter_map(|file| match file.partitions.get(place?)? {
            PartitionValue::Integer(value) => Some(kind.order(value.cast_unsigned())),
            PartitionValue::Text(_) | PartitionValue::Null => None,
        });
        let values: Vec<u64> = values.collect();
        let high = values.iter().copied().max().unwrap_or(0);
        Window {
            low: values.into_iter().min().unwrap_or(0),
            high,
            nullable: true,
        }
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
        let partitions = partitions.filter(|name| schema.file_column(name).is_none());
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

/// What the texts of a type stand for; `None` of a type that is not told as text.
fn spelling(data_type: &DataType) -> Option<Spelling> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(Spelling::Text),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Some(Spelling::Bytes),
        _ => None,
    }
}
