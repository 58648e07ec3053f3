//! The columns of the rows: as the source has them, as they are sorted, as they are written.

use super::error::OptimizeError;
use super::form::Form;
use super::journal::Done;
use super::source::Rows;
use super::{Optimize, PAGE_ROWS};
use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use graticule_columns::{Kind, PartitionValue, Schema as Roles};
use graticule_dataset::{
    MARK_VERSION, Mark, MarkedCoordinate, RESIDUAL, is_storable, plain_type, stored, stored_type,
};
use graticule_geo::decimal::PLACES;
use std::sync::Arc;

/// Digits of 180 and of 90 degrees with seven places. Parquet holds up to nine in 32 bits, which the
/// writer packs in shorter blocks, so that latitudes are smaller than in 64.
pub(crate) const DIGITS: [u8; 2] = [10, 9];

/// The columns of the rows: those of the files, then those of the folders. All may be null.
pub(crate) fn declared(first: &Schema, roles: &Roles) -> Schema {
    let is_folder = |name: &str| roles.partition(name).is_some();
    let own = first.fields().iter().filter(|f| !is_folder(f.name()));
    let mut fields: Vec<Field> = own
        .map(|field| {
            let field = field.as_ref().clone().with_nullable(true);
            let coordinate = [&roles.lon, &roles.lat].into_iter();
            match coordinate.into_iter().find(|c| c.name == *field.name()) {
                Some(c) if c.kind == Kind::F32 => field.with_data_type(DataType::Float32),
                Some(_) => field.with_data_type(DataType::Float64),
                None => {
                    let stored = stored_type(field.data_type());
                    // Of dictionaries the file says that they were such.
                    match stored == *plain_type(field.data_type()) {
                        true => field,
                        false => field.with_data_type(stored),
                    }
                }
            }
        })
        .collect();
    let folders = roles.partitions.iter().filter(|p| is_folder(&p.name));
    fields.extend(folders.map(|partition| {
        let is_integer = partition.is_integer;
        let data_type = if is_integer {
            DataType::Int64
        } else {
            DataType::Utf8
        };
        Field::new(&partition.name, data_type, true)
    }));
    super::source::described(&Schema::new_with_metadata(fields, first.metadata().clone()))
}

/// Whether Parquet can hold the columns.
///
/// # Errors
/// [`OptimizeError::Column`] with the first column that no Parquet file can hold.
pub(crate) fn check(declared: &Schema) -> Result<(), OptimizeError> {
    let fields = declared.fields().iter();
    let mut unwritable = fields.filter(|f| !is_storable(&stored_type(f.data_type())));
    match unwritable.next() {
        None => Ok(()),
        Some(field) => Err(OptimizeError::Column {
            column: field.name().clone(),
            data_type: field.data_type().to_string(),
        }),
    }
}

/// The same columns without dictionaries: rows of many batches are mixed, and Parquet makes its own.
pub(crate) fn sorted(declared: &Schema) -> Schema {
    let fields = declared
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            data_type @ (DataType::Dictionary(..) | DataType::RunEndEncoded(..)) => {
                let plain = Field::new(field.name(), plain_type(data_type).clone(), true);
                Arc::new(plain.with_metadata(field.metadata().clone()))
            }
            _ => field.clone(),
        });
    Schema::new(fields.collect::<Vec<_>>())
}

/// Rows of a file in the columns of [`sorted`].
pub(crate) fn rows(
    sorted: &SchemaRef,
    roles: &Roles,
    batch: &RecordBatch,
    folders: &[PartitionValue],
) -> Result<RecordBatch, ArrowError> {
    let count = batch.num_rows();
    let columns = sorted.fields().iter().map(|field| {
        if let Some(place) = roles.partition(field.name()) {
            return Ok(folder(&folders[place], field.data_type(), count));
        }
        let column = batch.column_by_name(field.name()).ok_or_else(|| {
            ArrowError::SchemaError(format!("column {} is missing", field.name()))
        })?;
        stored(column, field.data_type())
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    RecordBatch::try_new_with_options(sorted.clone(), columns, &options)
}

fn folder(value: &PartitionValue, data_type: &DataType, rows: usize) -> ArrayRef {
    match value {
        PartitionValue::Null => new_null_array(data_type, rows),
        PartitionValue::Integer(v) if *data_type == DataType::Int64 => {
            Arc::new(Int64Array::from(vec![*v; rows]))
        }
        PartitionValue::Integer(v) => Arc::new(StringArray::from(vec![v.to_string(); rows])),
        PartitionValue::Text(v) => Arc::new(StringArray::from(vec![v.as_str(); rows])),
    }
}

/// What the files will say of themselves, but of what they were made.
pub(crate) fn mark(options: &Optimize, rows: &Rows, done: &Done, form: Form) -> Mark {
    let roles = &rows.scan.schema;
    let coordinate = |axis: usize| {
        let role = [&roles.lon, &roles.lat][axis];
        let residual = format!("{}{RESIDUAL}", role.name);
        let is_float = form != Form::Decimals;
        let is_kept = done.residuals[axis] && !is_float && !options.lossy;
        MarkedCoordinate {
            name: role.name.clone(),
            is_f32: role.kind == Kind::F32,
            is_float,
            residual: is_kept.then(|| free(&rows.declared, &residual)),
        }
    };
    let time = roles.time.as_ref();
    let folder = options.scale().name();
    let folder = if is_taken(&rows.declared, folder) {
        free(&rows.declared, &format!("utc_{folder}"))
    } else {
        folder.to_owned()
    };
    Mark {
        version: MARK_VERSION,
        sort: options.sort.name().to_owned(),
        partition: time.map(|_| options.scale().name().to_owned()),
        folder: time.map(|_| folder),
        lon: coordinate(0),
        lat: coordinate(1),
        time: time.map(|t| t.name.clone()),
        time_unit: time
            .filter(|t| t.data_type == DataType::Int64)
            .map(|t| t.unit),
        page_rows: u32::try_from(PAGE_ROWS).unwrap_or(u32::MAX),
        exact: !(options.lossy && done.residuals.contains(&true)),
        made_of: String::new(),
        invalid: 0,
    }
}

/// Case does not tell columns apart for DuckDB.
fn is_taken(schema: &Schema, name: &str) -> bool {
    schema
        .fields()
        .iter()
        .any(|f| f.name().eq_ignore_ascii_case(name))
}

/// The name, or the first of `name_2`, `name_3`, ... that no column has.
fn free(schema: &Schema, name: &str) -> String {
    let numbered = (2..).map(|n| format!("{name}_{n}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !is_taken(schema, name))
        .unwrap_or_default()
}

/// The columns as files have them: coordinates as the mark says, residuals at the end.
pub(crate) fn written(schema: &Schema, mark: &Mark) -> Schema {
    let coordinates = [&mark.lon, &mark.lat];
    let fields = schema.fields().iter().map(|field| {
        let axis = coordinates.iter().position(|c| c.name == *field.name());
        let field = field.as_ref().clone();
        match axis {
            Some(axis) if !coordinates[axis].is_float => {
                field.with_data_type(DataType::Decimal128(DIGITS[axis], PLACES))
            }
            _ => field,
        }
    });
    let residuals = coordinates.iter().filter_map(|c| c.residual.as_ref());
    let residuals = residuals.map(|name| Field::new(name, DataType::Int64, true));
    let fields: Vec<Field> = fields.chain(residuals).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}
