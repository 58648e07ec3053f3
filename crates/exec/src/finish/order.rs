//! The order of an answer's rows.

use super::groups::Groups;
use crate::Error;
use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int64Array,
    UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};
use graticule_columns::Kind;
use graticule_plan::Plan;
use std::sync::Arc;

/// The groups of the answer among those that are kept, in its order.
pub(super) fn order(
    plan: &Plan,
    groups: &Groups<'_>,
    mut order: Vec<u32>,
    columns: &[ArrayRef],
) -> Vec<u32> {
    let by_keys = |a: &u32, b: &u32| {
        groups
            .words
            .iter()
            .map(|w| w[*a as usize].cmp(&w[*b as usize]))
            .find(|o| o.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    let Some(ranks) = ranks(plan, columns) else {
        order.sort_unstable_by(by_keys);
        return order;
    };
    let compare = |a: &u32, b: &u32| {
        ranks[*b as usize]
            .cmp(&ranks[*a as usize])
            .then_with(|| by_keys(a, b))
    };
    let rows = rows(plan);
    if 0 < rows && rows < order.len() {
        order.select_nth_unstable_by(rows - 1, compare);
    }
    order.truncate(rows);
    order.sort_unstable_by(compare);
    order
}

/// Rows that the answer may have.
pub(super) fn rows(plan: &Plan) -> usize {
    let top = plan.query.top.as_ref();
    top.and_then(|top| top.rows).unwrap_or(usize::MAX)
}

/// For groups in the order of the answer, bytes that compare as they do, also with those of other parts
/// of the answer that have the same lexicons.
pub(super) fn comparable(
    plan: &Plan,
    groups: &Groups<'_>,
    order: &[u32],
    columns: &[ArrayRef],
) -> Result<ArrayRef, Error> {
    let ranks = ranks(plan, columns);
    let width = 16 * (groups.words.len() + usize::from(ranks.is_some()));
    let mut bytes = Vec::with_capacity(width * order.len());
    for group in order.iter().map(|&group| group as usize) {
        // Aggregates descend.
        let rank = ranks.as_ref().map(|ranks| !ranks[group]);
        let words = groups.words.iter().map(|words| words[group]);
        for word in rank.into_iter().chain(words) {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
    }
    // Without keys there is one group, and a column of no width would have no length.
    let bytes = if width == 0 {
        vec![0; order.len()]
    } else {
        bytes
    };
    let width = i32::try_from(width.max(1)).map_err(|e| Error::Worker(e.to_string()))?;
    Ok(Arc::new(FixedSizeBinaryArray::try_new(
        width,
        bytes.into(),
        None,
    )?))
}

/// Numbers that sort as the aggregate that orders the answer does, if one does.
fn ranks(plan: &Plan, columns: &[ArrayRef]) -> Option<Vec<u128>> {
    let place = plan.query.top.as_ref().and(plan.order)?;
    Some(ranks_of(&columns[place]))
}

/// Numbers that sort as the values of an aggregate do, nulls first; NaN is above infinity, and -0.0 below
/// 0.0, as for `min`.
fn ranks_of(column: &ArrayRef) -> Vec<u128> {
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
    if *column.data_type() == DataType::Float16 {
        let wide = cast(column, &DataType::Float32);
        return wide.map_or_else(|_| vec![0; column.len()], |wide| ranks_of(&wide));
    }
    if column.data_type().is_floating() || *column.data_type() == DataType::UInt64 {
        return (0..column.len()).map(rank).collect();
    }
    if *column.data_type() == DataType::Boolean {
        let values = column.as_boolean();
        let rank = |v: Option<bool>| v.map_or(0, |v| 1 + u128::from(v));
        return values.iter().map(rank).collect();
    }
    if let Some(scale) = super::values::scale(column.data_type()) {
        let wide = cast(column, &DataType::Decimal128(38, scale));
        // The sign bit turned, so that negative ones are less.
        let rank = |v: Option<i128>| v.map_or(0, |v| v.cast_unsigned() ^ (1 << 127));
        return match wide {
            Ok(wide) => wide
                .as_primitive::<Decimal128Type>()
                .iter()
                .map(rank)
                .collect(),
            Err(_) => vec![0; column.len()],
        };
    }
    // Every other type is an integer that Int64 holds, or counts, which are such.
    let counts = match column.data_type() {
        DataType::Time32(_) | DataType::Date32 => cast(column, &DataType::Int32),
        _ => Ok(column.clone()),
    };
    match counts.and_then(|counts| cast(&counts, &DataType::Int64)) {
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
