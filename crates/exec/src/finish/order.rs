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
use rayon::slice::ParallelSliceMut;
use std::cmp::Ordering;
use std::sync::Arc;

/// The groups of the answer among those that are kept, in its order, and of each its ranks by what orders it before its
/// keys: `ranks` are of the kept groups, the first first.
pub(super) fn order(
    plan: &Plan,
    groups: &Groups<'_>,
    kept: &[u32],
    ranks: Vec<Vec<u128>>,
) -> (Vec<u32>, Vec<Vec<u128>>) {
    if ranks.is_empty() {
        let mut order = by_keys(groups, kept);
        order.truncate(rows(plan));
        return (order, ranks);
    }
    let compare = |a: &u32, b: &u32| {
        let [one, other] = [a, b].map(|place| *place as usize);
        let mut ranks = ranks.iter().map(|ranks| ranks[one].cmp(&ranks[other]));
        let by_rank = ranks.find(|order| order.is_ne());
        by_rank.unwrap_or_else(|| compare_keys(groups, kept[one], kept[other]))
    };
    let mut places: Vec<u32> = (0..).take(kept.len()).collect();
    let rows = rows(plan);
    if 0 < rows && rows < places.len() {
        places.select_nth_unstable_by(rows - 1, compare);
    }
    places.truncate(rows);
    places.sort_unstable_by(compare);
    let order = places.iter().map(|&place| kept[place as usize]).collect();
    let of_shown = |ranks: &Vec<u128>| places.iter().map(|&place| ranks[place as usize]).collect();
    (order, ranks.iter().map(of_shown).collect())
}

/// Numbers of nulls, which come last in any order.
const LAST: u128 = u128::MAX;

/// Ranks of an aggregate, of which null's is 0, as numbers that ascend in the order of the answer.
pub(super) fn directed(ranks: Vec<u128>, descending: bool) -> Vec<u128> {
    let ranks = ranks.into_iter();
    match descending {
        true => ranks.map(|rank| !rank).collect(),
        false => ranks
            .map(|rank| if rank == 0 { LAST } else { rank })
            .collect(),
    }
}

/// Ranks of some groups by a key.
pub(super) fn key_ranks(
    groups: &Groups<'_>,
    key: usize,
    of: &[u32],
    descending: bool,
) -> Vec<u128> {
    let words = &groups.words[key];
    let rank = |&group: &u32| match words[group as usize] {
        word if word >= super::keys::NULL => LAST,
        word if descending => super::keys::NULL - word,
        word => word,
    };
    of.iter().map(rank).collect()
}

fn compare_keys(groups: &Groups<'_>, one: u32, other: u32) -> Ordering {
    let words = groups.words.iter();
    words
        .map(|words| words[one as usize].cmp(&words[other as usize]))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Groups by their keys, ascending. A single key's words are sorted where they lie side by side with their groups.
fn by_keys(groups: &Groups<'_>, kept: &[u32]) -> Vec<u32> {
    if let [words] = groups.words.as_slice() {
        let pair = |&group: &u32| (words[group as usize], group);
        let mut pairs: Vec<(u128, u32)> = kept.iter().map(pair).collect();
        match is_pooled() {
            true => pairs.par_sort_unstable(),
            false => pairs.sort_unstable(),
        }
        return pairs.into_iter().map(|(_, group)| group).collect();
    }
    let mut order = kept.to_vec();
    match is_pooled() {
        true => order.par_sort_unstable_by(|&one, &other| compare_keys(groups, one, other)),
        false => order.sort_unstable_by(|&one, &other| compare_keys(groups, one, other)),
    }
    order
}

/// Whether this thread is one of an engine's, whose others can help. Elsewhere a pool of its own would be started.
fn is_pooled() -> bool {
    rayon::current_thread_index().is_some()
}

/// Rows that the answer may have.
pub(super) fn rows(plan: &Plan) -> usize {
    let top = plan.query().top.as_ref();
    top.and_then(|top| top.rows).unwrap_or(usize::MAX)
}

/// For groups in the order of the answer, bytes that compare as they do, also with those of other parts
/// of the answer that have the same lexicons.
pub(super) fn comparable(
    groups: &Groups<'_>,
    order: &[u32],
    ranks: &[Vec<u128>],
) -> Result<ArrayRef, Error> {
    let width = 16 * (groups.words.len() + ranks.len());
    let mut bytes = Vec::with_capacity(width * order.len());
    for (place, group) in order.iter().map(|&group| group as usize).enumerate() {
        let ranks = ranks.iter().map(|ranks| ranks[place]);
        let words = groups.words.iter().map(|words| words[group]);
        for word in ranks.chain(words) {
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

/// Numbers that sort as the values of an aggregate do, nulls first; NaN is above infinity, and -0.0 below
/// 0.0, as for `min`.
pub(super) fn ranks_of(column: &ArrayRef) -> Vec<u128> {
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
