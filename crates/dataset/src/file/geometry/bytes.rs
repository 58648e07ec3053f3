//! Well-known binary in columns that are marked as text, as some writers leave it.

use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataBuilder};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use serde_json::Value;
use std::sync::Arc;

/// The footer with geometries in well-known binary as bytes, where they are said to be text, which would be checked
/// to be some.
pub(crate) fn as_bytes(metadata: ParquetMetaData) -> ParquetMetaData {
    match corrected(metadata.file_metadata()) {
        None => metadata,
        Some(file) => ParquetMetaDataBuilder::new(file)
            .set_row_groups(metadata.row_groups().to_vec())
            .build(),
    }
}

fn corrected(file: &FileMetaData) -> Option<FileMetaData> {
    let mut pairs = file.key_value_metadata()?.iter();
    let text = pairs.find(|pair| pair.key == "geo")?.value.as_ref()?;
    let geo: Value = serde_json::from_str(text).ok()?;
    let columns = geo.get("columns")?.as_object()?;
    let is_wrong = |field: &TypePtr| {
        let encoding = columns.get(field.name()).and_then(|c| c.get("encoding"));
        let basic = field.get_basic_info();
        let is_text = basic.logical_type_ref() == Some(&LogicalType::String)
            || basic.converted_type() == ConvertedType::UTF8;
        field.is_primitive() && is_text && encoding.and_then(Value::as_str) == Some("WKB")
    };
    let fields = file.schema().get_fields();
    if !fields.iter().any(is_wrong) {
        return None;
    }
    let fields = fields.iter().map(|field| match is_wrong(field) {
        false => Some(field.clone()),
        true => {
            let basic = field.get_basic_info();
            let plain = Type::primitive_type_builder(field.name(), PhysicalType::BYTE_ARRAY)
                .with_repetition(basic.repetition())
                .with_id(basic.has_id().then(|| basic.id()))
                .build();
            plain.ok().map(Arc::new)
        }
    });
    let root = Type::group_type_builder(file.schema().name())
        .with_fields(fields.collect::<Option<Vec<_>>>()?)
        .build()
        .ok()?;
    Some(FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        file.key_value_metadata().cloned(),
        Arc::new(SchemaDescriptor::new(Arc::new(root))),
        file.column_orders().cloned(),
    ))
}
