//! Iceberg's columns: ids, names and types.

use super::metadata::{Metadata, Schema, SchemaField};
use arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use graticule_columns::{ColumnMapping, Note, Partition};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The columns of a version.
pub(super) struct Columns {
    pub(super) fields: Fields,
    /// Those that are partitions as they are, with their ids.
    pub(super) partitions: Vec<(Partition, i32)>,
    pub(super) mapping: ColumnMapping,
    /// Those that have another value than null where a file lacks them.
    pub(super) defaults: Vec<String>,
    pub(super) notes: Vec<Note>,
}

impl Columns {
    pub(super) fn of(metadata: &Metadata, schema: &Schema) -> Self {
        let (mut fields, mut notes, mut ids) = (Vec::new(), Vec::new(), BTreeMap::new());
        for field in &schema.fields {
            let mut leave_out = |reason: String| {
                notes.push(Note {
                    text: format!("column '{}' is left out: {reason}", field.name),
                    is_warning: false,
                });
            };
            let Some(data_type) = data_type(&field.data_type) else {
                leave_out(format!("its type {} is not understood", field.data_type));
                continue;
            };
            // Files are mapped by the ids of whole columns only.
            if data_type.is_nested() && are_parts_renamed(metadata, field.id) {
                leave_out("the table renames its parts".to_owned());
                continue;
            }
            fields.push(Field::new(&field.name, data_type, true));
            ids.insert(field.id, field.name.clone());
        }
        let names = metadata.properties.get("schema.name-mapping.default");
        let names = names.map_or_else(BTreeMap::new, |text| names_of(text, &ids));
        let partitions = metadata.identity_ids().into_iter().filter_map(|id| {
            let name = ids.get(&id)?;
            let field = fields.iter().find(|field| field.name() == name)?;
            let partition = Partition {
                name: name.clone(),
                is_integer: field.data_type().is_integer(),
            };
            Some((partition, id))
        });
        let is_default = |field: &&SchemaField| {
            let default = field.initial_default.as_ref();
            default.is_some_and(|default| !default.is_null()) && ids.contains_key(&field.id)
        };
        let defaults = schema.fields.iter().filter(is_default);
        Self {
            partitions: partitions.collect(),
            defaults: defaults.map(|field| field.name.clone()).collect(),
            fields: fields.into(),
            mapping: ColumnMapping::Ids(ids, names),
            notes,
        }
    }
}

/// Whether parts of a nested column have, in some version of the schema, other names for their ids, or other ids for
/// their names.
fn are_parts_renamed(metadata: &Metadata, id: i32) -> bool {
    let mut parts: BTreeSet<(String, i64)> = BTreeSet::new();
    let versions = metadata.schemas().flat_map(|schema| &schema.fields);
    for field in versions.filter(|field| field.id == id) {
        parts_of(&field.data_type, "", &mut parts);
    }
    has_other_names(&parts)
}

fn has_other_names(parts: &BTreeSet<(String, i64)>) -> bool {
    let names: BTreeSet<&String> = parts.iter().map(|(name, _)| name).collect();
    let ids: BTreeSet<i64> = parts.iter().map(|(_, id)| *id).collect();
    names.len() != parts.len() || ids.len() != parts.len()
}

/// The named parts of a type, each with its id.
fn parts_of(of: &Value, path: &str, parts: &mut BTreeSet<(String, i64)>) {
    for field in of
        .get("fields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let (Some(name), Some(id)) = (
            field.get("name").and_then(Value::as_str),
            field.get("id").and_then(Value::as_i64),
        ) else {
            continue;
        };
        let path = format!("{path}.{name}");
        if let Some(of) = field.get("type") {
            parts_of(of, &path, parts);
        }
        parts.insert((path, id));
    }
    for part in ["element", "key", "value"] {
        if let Some(of) = of.get(part) {
            parts_of(of, &format!("{path}.{part}"), parts);
        }
    }
}

/// From names in files without ids to the columns' names.
fn names_of(text: &str, ids: &BTreeMap<i32, String>) -> BTreeMap<String, String> {
    let mapped: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let mut all = BTreeMap::new();
    for field in &mapped {
        let id = field.get("field-id").and_then(Value::as_i64);
        let id = id.and_then(|id| i32::try_from(id).ok());
        let Some(name) = id.and_then(|id| ids.get(&id)) else {
            continue;
        };
        let names = field.get("names").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        all.extend(names.map(|own| (own.to_owned(), name.clone())));
    }
    all
}

/// The type of a column that no file has; nothing where it is not understood.
fn data_type(of: &Value) -> Option<DataType> {
    let micros =
        |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
    let nanos =
        |zone: Option<&str>| DataType::Timestamp(TimeUnit::Nanosecond, zone.map(Into::into));
    let Some(name) = of.as_str() else {
        return nested(of);
    };
    Some(match name {
        "boolean" => DataType::Boolean,
        "int" => DataType::Int32,
        "long" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "date" => DataType::Date32,
        "time" => DataType::Time64(TimeUnit::Microsecond),
        "timestamp" => micros(None),
        "timestamptz" => micros(Some("UTC")),
        "timestamp_ns" => nanos(None),
        "timestamptz_ns" => nanos(Some("UTC")),
        "string" => DataType::Utf8,
        "uuid" => DataType::FixedSizeBinary(16),
        "binary" => DataType::Binary,
        "unknown" => DataType::Null,
        _ => return sized(name),
    })
}

/// `fixed[16]`, `decimal(9, 2)`.
fn sized(name: &str) -> Option<DataType> {
    if let Some(size) = name
        .strip_prefix("fixed[")
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return Some(DataType::FixedSizeBinary(size.parse().ok()?));
    }
    let digits = name.strip_prefix("decimal(")?.strip_suffix(')')?;
    let (precision, scale) = digits.split_once(',')?;
    Some(DataType::Decimal128(
        precision.trim().parse().ok()?,
        scale.trim().parse().ok()?,
    ))
}

fn nested(of: &Value) -> Option<DataType> {
    let part = |key: &str| data_type(of.get(key)?);
    Some(match of.get("type")?.as_str()? {
        "struct" => {
            let fields = of.get("fields")?.as_array()?.iter().map(|field| {
                let name = field.get("name")?.as_str()?;
                Some(Field::new(name, data_type(field.get("type")?)?, true))
            });
            DataType::Struct(fields.collect::<Option<Vec<_>>>()?.into())
        }
        "list" => DataType::List(Arc::new(Field::new("element", part("element")?, true))),
        "map" => {
            let parts = vec![
                Field::new("key", part("key")?, false),
                Field::new("value", part("value")?, true),
            ];
            let entries = Field::new("key_value", DataType::Struct(parts.into()), false);
            DataType::Map(Arc::new(entries), false)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_with_other_names_are_known() {
        let field = |name: &str, id: i32| json!({"name": name, "id": id, "type": "int"});
        let list = |of: Value| json!({"type": "list", "element": {"type": "struct", "fields": of}});
        let first = list(json!([field("a", 2)]));
        let renamed_by = |second: Value| {
            let mut parts = BTreeSet::new();
            parts_of(&first, "", &mut parts);
            parts_of(&list(second), "", &mut parts);
            has_other_names(&parts)
        };
        assert!(!renamed_by(json!([field("a", 2), field("b", 3)])));
        assert!(renamed_by(json!([field("aa", 2)])));
        assert!(renamed_by(json!([field("a", 3)])));
    }

    #[test]
    fn types_are_arrow_types() {
        let of = |value: Value| data_type(&value);
        assert_eq!(of(json!("decimal(9, 2)")), Some(DataType::Decimal128(9, 2)));
        assert_eq!(of(json!("fixed[3]")), Some(DataType::FixedSizeBinary(3)));
        assert_eq!(of(json!("variant")), None);
        assert_eq!(of(json!("geometry(srid:4326)")), None);
        let list = of(
            json!({"type": "list", "element-id": 3, "element": "int", "element-required": false}),
        );
        assert!(
            matches!(list, Some(DataType::List(element)) if *element.data_type() == DataType::Int32)
        );
    }
}
