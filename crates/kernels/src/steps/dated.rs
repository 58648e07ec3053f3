use super::Records;
use crate::Accumulator;
use crate::layout::{DATED, date};

/// Keeps the first or last value by time; times and values are ordered words.
pub(crate) fn dated(
    records: &mut Records<'_>,
    accumulator: Accumulator,
    places: &[u32],
    times: &[u64],
    values: &[u64],
) {
    for ((&place, &time), &value) in places.iter().zip(times).zip(values) {
        let at = place as usize * records.stride + records.at;
        let field = &mut records.words[at..at + DATED];
        date(accumulator, field, [1, time, value]);
    }
}
