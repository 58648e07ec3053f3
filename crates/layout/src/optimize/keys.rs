//! The key of a row, by which the rows are sorted.

use super::options::{Partition, Sort};
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt64Type};
use arrow::error::ArrowError;
use graticule_columns::{Chunk, TimeUnit};
use graticule_geo::{Fixed, hilbert};
use std::sync::Arc;

/// Sorts as its fields do, in their order. No two rows have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Twice the partition's ordinal, and one more for rows without a point.
    pub(crate) place: i64,
    /// Place on the curve.
    pub(crate) code: u64,
    /// The time in the source's unit.
    pub(crate) time: i64,
    /// Number of the row in the source.
    pub(crate) number: u64,
}

/// The place of rows without a time; beyond those of all partitions, whose ordinals are hours at most.
const NO_TIME: i64 = i64::MAX - 1;

/// Columns of a key, behind those of the row.
const COLUMNS: usize = 4;

impl Key {
    /// The ordinal of the partition; `None` for rows without a time.
    pub(crate) fn partition(self) -> Option<i64> {
        let ordinal = self.place >> 1;
        (ordinal != NO_TIME >> 1).then_some(ordinal)
    }
}

/// The keys of a chunk's rows, of which `first` is the number of the first.
pub(crate) fn of_chunk(
    chunk: &Chunk,
    unit: Option<TimeUnit>,
    (partition, sort): (Partition, Sort),
    first: u64,
) -> Vec<Key> {
    let rows = chunk.len();
    let (mut x, mut y, mut times) = (vec![0; rows], vec![0; rows], vec![0; rows]);
    let x = chunk.columns[0].read32(0..rows, &mut x);
    let y = chunk.columns[1].read32(0..rows, &mut y);
    let time = chunk.columns.get(2);
    let times: &[u64] = match time {
        Some(column) => column.read64(0..rows, &mut times),
        None => &times,
    };
    let nulls = time.and_then(|t| t.validity());
    let mut keys = Vec::with_capacity(rows);
    for row in 0..rows {
        let is_point = chunk.valid.as_ref().is_none_or(|v| v.value(row));
        let is_timed = time.is_some() && nulls.is_none_or(|v| v.value(row));
        let count = times[row].cast_signed();
        let ordinal = match unit {
            None => Some(0),
            Some(unit) if is_timed => partition.ordinal(count, unit),
            Some(_) => None,
        };
        let cell = Fixed {
            x: x[row],
            y: y[row],
        };
        let code = match sort {
            Sort::Hilbert if is_point => hilbert::encode(cell),
            Sort::Geohash if is_point => hilbert::interleave(cell),
            _ => 0,
        };
        let is_sorted = sort != Sort::None;
        keys.push(Key {
            place: ordinal.map_or(NO_TIME, |o| 2 * o) + i64::from(is_sorted && !is_point),
            code,
            time: if is_sorted && is_timed {
                count
            } else {
                i64::MIN
            },
            number: first + row as u64,
        });
    }
    keys
}

/// The columns of rows with those of their keys behind.
pub(crate) fn schema(rows: &SchemaRef) -> SchemaRef {
    let mut fields = rows.fields().to_vec();
    let mut add = |name: &str, data_type| fields.push(Arc::new(Field::new(name, data_type, false)));
    // Found by place, so that they may have the name of a row's column.
    add("place", DataType::Int64);
    add("code", DataType::UInt64);
    add("time", DataType::Int64);
    add("number", DataType::UInt64);
    Arc::new(Schema::new(fields))
}

/// Rows with their keys.
pub(crate) fn join(
    schema: &SchemaRef,
    rows: &RecordBatch,
    keys: &[Key],
) -> Result<RecordBatch, ArrowError> {
    let mut columns = rows.columns().to_vec();
    let signed = |of: fn(&Key) -> i64| Arc::new(Int64Array::from_iter_values(keys.iter().map(of)));
    let unsigned =
        |of: fn(&Key) -> u64| Arc::new(UInt64Array::from_iter_values(keys.iter().map(of)));
    columns.push(signed(|k| k.place));
    columns.push(unsigned(|k| k.code));
    columns.push(signed(|k| k.time));
    columns.push(unsigned(|k| k.number));
    RecordBatch::try_new(schema.clone(), columns)
}

/// The keys of rows that have them; `None` when the batch is no such.
pub(crate) fn split(batch: &RecordBatch) -> Option<Vec<Key>> {
    let first = batch.num_columns().checked_sub(COLUMNS)?;
    let signed = |at: usize| batch.column(first + at).as_primitive_opt::<Int64Type>();
    let unsigned = |at: usize| batch.column(first + at).as_primitive_opt::<UInt64Type>();
    let (place, code, time, number) = (signed(0)?, unsigned(1)?, signed(2)?, unsigned(3)?);
    let key = |row: usize| Key {
        place: place.value(row),
        code: code.value(row),
        time: time.value(row),
        number: number.value(row),
    };
    Some((0..batch.num_rows()).map(key).collect())
}

/// The rows without their keys.
pub(crate) fn strip(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = batch.columns()[..schema.fields().len()].to_vec();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}
