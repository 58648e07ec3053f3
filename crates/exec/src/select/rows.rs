//! The values of the selected rows, as the files hold them.

use super::{RowKeys, Selection};
use crate::Error;
use crate::role::{ROLE, Role};
use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use graticule_columns::{PartitionValue, Scan};
use graticule_dataset::uuids;
use graticule_plan::{Plan, SelectedColumn, distinct_names};
use std::sync::Arc;

/// The columns of the selected rows.
pub(crate) fn schema(plan: &Plan, keys: &RowKeys) -> Result<SchemaRef, Error> {
    let (scan, columns) = (plan.part().scan(), plan.selection());
    let program = &plan.part().programs()[0];
    let schema = &scan.schema;
    let float = |kind| match kind {
        graticule_columns::Kind::F32 => DataType::Float32,
        _ => DataType::Float64,
    };
    let role = |field: Field, role: Role| {
        field.with_metadata([(ROLE.to_owned(), role.name().to_owned())].into())
    };
    let field = |column: &SelectedColumn| {
        Ok(match column {
            SelectedColumn::Key(key) => keys.field(*key, program)?,
            SelectedColumn::Partition(place) => {
                let partition = &schema.partitions[*place];
                let data_type = if partition.is_integer {
                    DataType::Int64
                } else {
                    DataType::Utf8
                };
                Field::new(&partition.name, data_type, true)
            }
            SelectedColumn::File(name) if *name == schema.lon.name => {
                role(Field::new(name, float(schema.lon.kind), true), Role::Lon)
            }
            SelectedColumn::File(name) if *name == schema.lat.name => {
                role(Field::new(name, float(schema.lat.kind), true), Role::Lat)
            }
            SelectedColumn::File(name) => {
                let time = schema.time.as_ref().filter(|t| t.name == *name);
                let attribute = schema.attributes.iter().find(|a| a.name == *name);
                let is_uuid = attribute.is_some_and(|a| a.is_uuid);
                let found = time
                    .map(|t| &t.data_type)
                    .or(attribute.map(|a| &a.data_type));
                let field = Field::new(name, found.cloned().unwrap_or(DataType::Null), true);
                match is_uuid {
                    true => uuids(field),
                    false => field,
                }
            }
        })
    };
    let fields = columns.iter().map(field);
    let fields: Vec<Field> = fields.collect::<Result<_, Error>>()?;
    let names = distinct_names(fields.iter().map(|field| field.name().as_str()));
    let fields = fields.into_iter().zip(names);
    let fields: Vec<Field> = fields.map(|(field, name)| field.with_name(name)).collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// The values of some rows of a chunk.
pub(super) fn rows_of(
    scan: &Scan,
    place: usize,
    selection: &Selection,
    (batch, keys): (&RecordBatch, &[ArrayRef]),
    rows: &[u32],
) -> Result<RecordBatch, Error> {
    let count = rows.len();
    let places = UInt32Array::from(rows.to_vec());
    let partitions = &scan.files[scan.groups[place].file].partitions;
    let columns = selection.columns.iter().zip(selection.schema.fields());
    let columns = columns.map(|(column, field)| -> Result<ArrayRef, Error> {
        Ok(match column {
            SelectedColumn::Key(key) => keys[*key].clone(),
            SelectedColumn::File(name) => {
                let column = batch
                    .column_by_name(name)
                    .ok_or_else(|| Error::Worker(format!("column {name} was not read")))?;
                let taken = take(column, &places, None)?;
                if taken.data_type() == field.data_type() {
                    taken
                } else {
                    cast(&taken, field.data_type())?
                }
            }
            SelectedColumn::Partition(place) => match &partitions[*place] {
                PartitionValue::Integer(value) if *field.data_type() == DataType::Int64 => {
                    Arc::new(Int64Array::from(vec![*value; count]))
                }
                PartitionValue::Integer(value) => {
                    Arc::new(StringArray::from(vec![value.to_string(); count]))
                }
                PartitionValue::Text(value) => {
                    Arc::new(StringArray::from(vec![value.as_str(); count]))
                }
                PartitionValue::Null => arrow::array::new_null_array(field.data_type(), count),
            },
        })
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(
        selection.schema.clone(),
        columns,
        &options,
    )?)
}
