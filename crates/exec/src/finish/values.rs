//! From records to aggregates.

use super::groups::Groups;
use super::overflow::Overflows;
use super::{keys, timestamps};
use crate::Error;
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float32Array, Float64Array, Int64Array,
    PrimitiveArray, UInt32Array, UInt64Array, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Int32Type, Int64Type};
use graticule_columns::{Kind, Source, TimeUnit};
use graticule_kernels::exact::{Sum, spread};
use graticule_plan::{AggregateColumn, AggregateForm, Function, Plan};
use std::sync::Arc;

/// Counts as an array.
pub(super) fn integers(counts: Vec<u64>) -> ArrayRef {
    let counts = counts.into_iter().map(u64::cast_signed);
    Arc::new(Int64Array::from_iter_values(counts))
}

/// An aggregate of some groups that records of the first program tell. Sums that overflow are null, and among the
/// overflows.
pub(super) fn column(
    plan: &Plan,
    groups: &Groups<'_>,
    aggregate: &AggregateColumn,
    of: &[u32],
    overflows: &mut Overflows,
) -> Result<ArrayRef, Error> {
    let scale = scale(&aggregate.data_type);
    let fields = &groups.layout.fields;
    let all = of.iter().map(|&group| group as usize);
    let sum = |group: usize, place: usize| {
        let (field, record) = (&fields[place], groups.record(group));
        let limbs = &record[field.at..field.at + field.limbs.len()];
        Sum::of_limbs(field.limbs.start, limbs)
    };
    match aggregate.form {
        AggregateForm::Value {
            function,
            value,
            valid,
        } => {
            let values = |group: usize| groups.record(group)[fields[valid].at];
            let word = |group: usize, i: usize| groups.record(group)[fields[value].at + i];
            let ordered = |i: usize| {
                let kind = aggregate.kind;
                let bits = of.iter().map(|&group| group as usize);
                let bits = bits.map(|g| (values(g) > 0).then(|| kind.unorder(word(g, i))));
                let accumulator = plan.part().programs()[0].accumulators[value];
                extreme(plan, aggregate, accumulator.slot(), bits.collect())
            };
            match function {
                Function::Count => Ok(integers(all.map(values).collect())),
                Function::Min | Function::Max => ordered(0),
                Function::First | Function::Last => ordered(2),
                Function::Sum if !aggregate.kind.is_float() => {
                    let most = match scale {
                        Some(_) => MOST_DECIMAL,
                        None => i64::MAX.into(),
                    };
                    let fits = |total: &i128| {
                        (-most - 1 + i128::from(scale.is_some())..=most).contains(total)
                    };
                    let mut total = |&group: &u32| {
                        let place = group as usize;
                        if values(place) == 0 {
                            return None;
                        }
                        let total = sum(place, value).to_i128().filter(fits);
                        if total.is_none() {
                            overflows.note(group, || Error::Overflow {
                                aggregate: aggregate.name.clone(),
                                group: name_of(plan, groups, place),
                            });
                        }
                        total
                    };
                    totals(&aggregate.data_type, of.iter().map(&mut total).collect())
                }
                _ => {
                    let is_sum = function == Function::Sum;
                    let over = |g: usize| if is_sum { 1 } else { values(g) };
                    let rounded = all.map(|g| {
                        (values(g) > 0).then(|| sum(g, value).scaled(over(g), scale.unwrap_or(0)))
                    });
                    Ok(Arc::new(rounded.collect::<Float64Array>()))
                }
            }
        }
        AggregateForm::Spread {
            spread: which,
            sum: place,
            squares,
            valid,
        } => {
            let rounded = all.map(|group| {
                let count = groups.record(group)[fields[valid].at];
                let field = &fields[squares];
                let limbs = &groups.record(group)[field.at..field.at + field.limbs.len()];
                let squares = (field.limbs.start, limbs);
                let scale = scale.unwrap_or(0);
                (count >= which.least())
                    .then(|| spread(which, &sum(group, place), squares, count, scale))
            });
            Ok(Arc::new(rounded.collect::<Float64Array>()))
        }
        // Pairs tell of the others.
        _ => Ok(integers(all.map(|g| groups.record(g)[0]).collect())),
    }
}

/// The greatest decimal of 38 digits.
const MOST_DECIMAL: i128 = 10i128.pow(38) - 1;

/// Digits behind the point, of decimals.
pub(super) fn scale(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => Some(*scale),
        _ => None,
    }
}

/// Sums of values of a type: decimals of decimals, durations of durations, else integers.
fn totals(data_type: &DataType, sums: Vec<Option<i128>>) -> Result<ArrayRef, Error> {
    if let Some(scale) = scale(data_type) {
        let sums = Decimal128Array::from(sums).with_precision_and_scale(38, scale)?;
        return Ok(Arc::new(sums));
    }
    let sums = sums.into_iter().map(|sum| i64::try_from(sum?).ok());
    let sums: ArrayRef = Arc::new(sums.collect::<Int64Array>());
    match data_type {
        DataType::Duration(_) => Ok(cast(&sums, data_type)?),
        _ => Ok(sums),
    }
}

/// Bits of values of a slot, in its column's type.
pub(super) fn extreme(
    plan: &Plan,
    aggregate: &AggregateColumn,
    slot: Option<usize>,
    bits: Vec<Option<u64>>,
) -> Result<ArrayRef, Error> {
    match time_unit(plan, slot) {
        Some(unit) => Ok(timestamps(
            unit,
            bits.iter().map(|b| b.map(u64::cast_signed)).collect(),
        )),
        None => typed(aggregate.kind, &aggregate.data_type, bits),
    }
}

/// The unit of the time column, if that is what a slot has.
fn time_unit(plan: &Plan, slot: Option<usize>) -> Option<TimeUnit> {
    let source = match &plan.part().scan().sources[slot?] {
        Source::Where { of, .. } => of.as_ref(),
        source => source,
    };
    let time = plan.part().scan().schema.time.as_ref()?;
    matches!(source, Source::Time).then_some(time.unit)
}

pub(super) fn name_of(plan: &Plan, groups: &Groups<'_>, group: usize) -> String {
    if plan.keys().is_empty() {
        return "the whole answer".to_owned();
    }
    let names = plan.keys().iter().enumerate().map(|(place, key)| {
        let word = groups.words[place][group];
        let column = keys::column(key, &groups.lexicons[place], &[word]).ok();
        let cell = column.map(|c| crate::text::cell(&c, 0).unwrap_or_default());
        format!("{} {}", key.name, cell.unwrap_or_default())
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Bits of a kind as an array of the source's type.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
pub(crate) fn typed(
    kind: Kind,
    data_type: &DataType,
    bits: Vec<Option<u64>>,
) -> Result<ArrayRef, Error> {
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
    let (precision, scale) = match data_type {
        other if other == array.data_type() => return Ok(array),
        DataType::Null => return Ok(new_null_array(data_type, array.len())),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => (*p, *s),
        _ => return Ok(cast(&array, data_type)?),
    };
    let whole = array.as_primitive::<Int64Type>();
    let decimals = whole.unary::<_, Decimal128Type>(i128::from);
    let wide = decimals.with_precision_and_scale(precision.min(38), scale)?;
    Ok(cast(&wide, data_type)?)
}
