//! From a merged partial to the columns of an answer.

use crate::{Error, run};
use arrow::array::{
    Array, ArrayRef, Float32Array, Float64Array, Int64Array, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt32Array, UInt64Array,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Int32Type, Schema};
use graticule_columns::{Kind, PartitionValue, TimeUnit};
use graticule_geo::geohash;
use graticule_kernels::exact::Sum;
use graticule_kernels::{Partial, Table};
use graticule_plan::{AggregateColumn, Function, KeyColumn, KeyForm, Plan};
use std::sync::Arc;

/// Merges the partial answers of all parts of a plan, in any order, and finishes them.
///
/// # Errors
/// [`Error`] when a batch is no partial of this plan, or an integer sum overflows.
pub fn finish(plan: &Plan, partials: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let partials = partials
        .iter()
        .map(Partial::from_batch)
        .collect::<Result<Vec<_>, _>>()?;
    finish_partial(plan, &run::merged(plan, &partials)?)
}

/// Finishes a merged partial.
pub(crate) fn finish_partial(plan: &Plan, partial: &Partial) -> Result<RecordBatch, Error> {
    let mut whole;
    let mut partial = partial;
    if plan.keys.is_empty() && partial.groups() == 0 {
        // Without keys there is one row, also of nothing.
        whole = Table::new(&plan.part.program, usize::MAX)?.into_partial();
        whole.words = whole.layout.identity();
        partial = &whole;
    }
    let keys: Vec<Vec<u128>> = plan.keys.iter().map(|k| key_words(k, partial)).collect();
    let mut columns = Vec::new();
    for aggregate in &plan.aggregates {
        columns.push(aggregate_column(plan, partial, aggregate)?);
    }
    let order = order(plan, partial, &keys, &columns);
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (key, words) in plan.keys.iter().zip(&keys) {
        let chosen: Vec<u128> = order.iter().map(|&g| words[g as usize]).collect();
        let array = key_column(key, &chosen)?;
        fields.push(Field::new(&key.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let places = UInt32Array::from(order.clone());
    for (aggregate, column) in plan.aggregates.iter().zip(&columns) {
        let array = arrow::compute::take(column, &places, None)?;
        fields.push(Field::new(&aggregate.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(order.len()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}

/// A null key's word: beyond every u64, so that it sorts last.
const NULL: u128 = 1 << 64;

/// Words of a key, one a group, that sort as the key does.
fn key_words(key: &KeyColumn, partial: &Partial) -> Vec<u128> {
    let digit = |i: usize, group: usize| partial.digits[key.digit + i][group];
    let skip = usize::from(key.nullable);
    let joined = |digits: usize, group: usize| match digits {
        1 => u64::from(digit(skip, group)),
        _ => u64::from(digit(skip, group)) << 32 | u64::from(digit(skip + 1, group)),
    };
    (0..partial.groups())
        .map(|group| {
            if key.nullable && digit(0, group) == 1 {
                return NULL;
            }
            u128::from(match &key.form {
                KeyForm::Geohash { precision, first } => {
                    let bits = geohash::bits(*precision).unwrap_or((32, 32));
                    let cell = |axis: usize, bits: u32| {
                        digit(axis, group).wrapping_add(first[axis]) & (u32::MAX >> (32 - bits))
                    };
                    geohash::code(cell(0, bits.0), cell(1, bits.1), *precision).unwrap_or(0)
                }
                KeyForm::Time { digits, .. } | KeyForm::Integer { digits, .. } => {
                    joined(*digits, group)
                }
                KeyForm::Partition { .. } => joined(1, group),
            })
        })
        .collect()
}

/// The groups of the answer, in its order.
fn order(plan: &Plan, partial: &Partial, keys: &[Vec<u128>], columns: &[ArrayRef]) -> Vec<u32> {
    let groups = u32::try_from(partial.groups()).unwrap_or(u32::MAX);
    let mut order: Vec<u32> = (0..groups).collect();
    let by_keys = |a: &u32, b: &u32| {
        keys.iter()
            .map(|k| k[*a as usize].cmp(&k[*b as usize]))
            .find(|o| o.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    let (Some(place), Some(top)) = (plan.order, &plan.query.top) else {
        order.sort_unstable_by(by_keys);
        return order;
    };
    let ranks = ranks(&columns[place]);
    let compare = |a: &u32, b: &u32| {
        ranks[*b as usize]
            .cmp(&ranks[*a as usize])
            .then_with(|| by_keys(a, b))
    };
    if 0 < top.rows && top.rows < order.len() {
        order.select_nth_unstable_by(top.rows - 1, compare);
    }
    order.truncate(top.rows);
    order.sort_unstable_by(compare);
    order
}

/// Numbers that sort as the values of an aggregate do, nulls first; NaN is above infinity.
fn ranks(column: &ArrayRef) -> Vec<u128> {
    let word = |kind: Kind, bits: u64| u128::from(kind.order(bits)) + 1;
    let rank = |row: usize| -> u128 {
        let any = column.as_any();
        if column.is_null(row) {
            0
        } else if let Some(a) = any.downcast_ref::<Float64Array>() {
            word(Kind::F64, a.value(row).to_bits())
        } else if let Some(a) = any.downcast_ref::<Float32Array>() {
            word(Kind::F32, u64::from(a.value(row).to_bits()))
        } else if let Some(a) = any.downcast_ref::<UInt64Array>() {
            word(Kind::U64, a.value(row))
        } else {
            0
        }
    };
    if column.data_type().is_floating() || *column.data_type() == DataType::UInt64 {
        return (0..column.len()).map(rank).collect();
    }
    // Every other type is an integer that Int64 holds, or a timestamp, which is one.
    match cast(column, &DataType::Int64) {
        Ok(array) => {
            let integers = array.as_any().downcast_ref::<Int64Array>();
            let rank = |i: usize| match integers {
                Some(a) if !a.is_null(i) => word(Kind::I64, a.value(i).cast_unsigned()),
                _ => 0,
            };
            (0..array.len()).map(rank).collect()
        }
        Err(_) => vec![0; column.len()],
    }
}

fn timestamps(unit: TimeUnit, values: Vec<Option<i64>>) -> ArrayRef {
    match unit {
        TimeUnit::Second => Arc::new(TimestampSecondArray::from(values).with_timezone("UTC")),
        TimeUnit::Millisecond => {
            Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC"))
        }
        TimeUnit::Microsecond => {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        }
        TimeUnit::Nanosecond => {
            Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
        }
    }
}

fn key_column(key: &KeyColumn, words: &[u128]) -> Result<ArrayRef, Error> {
    let value = |word: u128| u64::try_from(word).ok();
    Ok(match &key.form {
        KeyForm::Geohash { precision, .. } => {
            let text = |w: &u128| {
                let text = value(*w).and_then(|w| geohash::text(w, *precision).ok());
                text.unwrap_or_default()
            };
            Arc::new(StringArray::from_iter_values(words.iter().map(text)))
        }
        KeyForm::Time {
            first, width, unit, ..
        } => {
            let first = i128::from(Kind::I64.unorder(*first).cast_signed());
            let begin = |word: u64| {
                let begin = first + (i128::from(word) - 1) * i128::from(*width);
                i64::try_from(begin).map_err(|_| Error::TimeRange {
                    key: key.name.clone(),
                })
            };
            let values = words.iter().map(|&w| value(w).map(begin).transpose());
            timestamps(*unit, values.collect::<Result<_, _>>()?)
        }
        KeyForm::Integer {
            low,
            kind,
            data_type,
            ..
        } => {
            let bits = words
                .iter()
                .map(|&w| value(w).map(|w| kind.unorder(w.wrapping_add(*low))));
            typed(*kind, data_type, bits.collect())?
        }
        KeyForm::Partition { values, is_integer } => {
            let value = |w: &u128| usize::try_from(*w).ok().and_then(|i| values.get(i));
            if *is_integer {
                let integer = |w: &u128| match value(w) {
                    Some(PartitionValue::Integer(v)) => Some(*v),
                    _ => None,
                };
                Arc::new(words.iter().map(integer).collect::<Int64Array>())
            } else {
                let text = |w: &u128| match value(w) {
                    Some(PartitionValue::Text(v)) => Some(v.clone()),
                    Some(PartitionValue::Integer(v)) => Some(v.to_string()),
                    _ => None,
                };
                Arc::new(words.iter().map(text).collect::<StringArray>())
            }
        }
    })
}

/// Bits of a kind as an array of the source's type.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
fn typed(kind: Kind, data_type: &DataType, bits: Vec<Option<u64>>) -> Result<ArrayRef, Error> {
    fn array<T: ArrowPrimitiveType>(values: Vec<Option<T::Native>>) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter(values))
    }
    let narrow = |b: &Option<u64>| b.map(|b| b as u32);
    let array: ArrayRef = match kind {
        Kind::I32 => array::<Int32Type>(
            bits.iter()
                .map(|b| narrow(b).map(u32::cast_signed))
                .collect(),
        ),
        Kind::U32 => Arc::new(bits.iter().map(narrow).collect::<UInt32Array>()),
        Kind::I64 => Arc::new(
            bits.iter()
                .map(|b| b.map(u64::cast_signed))
                .collect::<Int64Array>(),
        ),
        Kind::U64 => Arc::new(bits.into_iter().collect::<UInt64Array>()),
        Kind::F32 => {
            let values = bits.iter().map(|b| narrow(b).map(f32::from_bits));
            Arc::new(values.collect::<Float32Array>())
        }
        Kind::F64 => Arc::new(
            bits.into_iter()
                .map(|b| b.map(f64::from_bits))
                .collect::<Float64Array>(),
        ),
    };
    if array.data_type() == data_type {
        return Ok(array);
    }
    Ok(cast(&array, data_type)?)
}

fn aggregate_column(
    plan: &Plan,
    partial: &Partial,
    aggregate: &AggregateColumn,
) -> Result<ArrayRef, Error> {
    let fields = &partial.layout.fields;
    let (value, valid) = (&fields[aggregate.value], fields[aggregate.valid].at);
    let groups = 0..partial.groups();
    let values = |group: usize| partial.record(group)[valid];
    let sum = |group: usize| {
        let record = partial.record(group);
        Sum::of_lanes(
            value.lanes.start,
            &record[value.at..value.at + value.lanes.len()],
        )
    };
    let Some(function) = aggregate.function else {
        let counts: Vec<i64> = groups.map(|g| partial.record(g)[0].cast_signed()).collect();
        return Ok(Arc::new(Int64Array::new(ScalarBuffer::from(counts), None)));
    };
    Ok(match function {
        Function::Min | Function::Max => {
            let kind = aggregate.kind;
            let bits =
                groups.map(|g| (values(g) > 0).then(|| kind.unorder(partial.record(g)[value.at])));
            let bits: Vec<_> = bits.collect();
            match time_unit(plan, aggregate) {
                Some(unit) => {
                    timestamps(unit, bits.iter().map(|b| b.map(u64::cast_signed)).collect())
                }
                None => typed(kind, &aggregate.data_type, bits)?,
            }
        }
        Function::Sum if !aggregate.kind.is_float() => {
            let mut sums = Vec::with_capacity(partial.groups());
            for group in groups {
                sums.push(match values(group) {
                    0 => None,
                    _ => Some(sum(group).to_i64().ok_or_else(|| Error::Overflow {
                        aggregate: aggregate.name.clone(),
                        group: name_of(plan, partial, group),
                    })?),
                });
            }
            Arc::new(Int64Array::from(sums))
        }
        Function::Sum => {
            let sums = groups.map(|g| (values(g) > 0).then(|| sum(g).divided_by(1)));
            Arc::new(sums.collect::<Float64Array>())
        }
        Function::Mean => {
            let means = groups.map(|g| (values(g) > 0).then(|| sum(g).divided_by(values(g))));
            Arc::new(means.collect::<Float64Array>())
        }
    })
}

/// The unit of the time column, if that is what is aggregated.
fn time_unit(plan: &Plan, aggregate: &AggregateColumn) -> Option<TimeUnit> {
    let accumulator = plan.part.program.accumulators[aggregate.value];
    let source = &plan.part.scan.sources[accumulator.slot()?];
    let time = plan.part.scan.schema.time.as_ref()?;
    matches!(source, graticule_columns::Source::Time).then_some(time.unit)
}

fn name_of(plan: &Plan, partial: &Partial, group: usize) -> String {
    if plan.keys.is_empty() {
        return "the whole answer".to_owned();
    }
    let text = |key: &KeyColumn| {
        let word = key_words(key, partial)[group];
        let column = key_column(key, &[word]).ok();
        let cell = column.map(|c| crate::format::cell(&c, 0).unwrap_or_default());
        format!("{} {}", key.name, cell.unwrap_or_default())
    };
    plan.keys.iter().map(text).collect::<Vec<_>>().join(", ")
}
