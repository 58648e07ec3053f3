//! The order of an answer's rows.

use super::groups::Groups;
use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, Int64Array, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use graticule_columns::Kind;
use graticule_plan::Plan;

/// The groups of the answer among those that are kept, in its order.
pub(super) fn order(
    plan: &Plan,
    groups: &Groups,
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
    let rows = top.rows.unwrap_or(usize::MAX);
    if 0 < rows && rows < order.len() {
        order.select_nth_unstable_by(rows - 1, compare);
    }
    order.truncate(rows);
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
    if *column.data_type() == DataType::Boolean {
        let values = column.as_boolean();
        let rank = |v: Option<bool>| v.map_or(0, |v| 1 + u128::from(v));
        return values.iter().map(rank).collect();
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
