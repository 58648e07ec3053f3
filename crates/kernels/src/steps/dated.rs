use crate::Accumulator;
use crate::layout::{DATED, date};
use crate::places::Records;

/// Keeps the first or last value by time, from places, times and values; the last two are ordered words.
pub(crate) fn dated(
    records: &mut Records<'_>,
    accumulator: Accumulator,
    rows: impl Iterator<Item = (u32, u64, u64)>,
) {
    // Rows are chains of filters, which are fast only from within.
    rows.for_each(|(place, time, value)| {
        let at = place as usize * records.stride + records.at;
        let field = &mut records.words[at..at + DATED];
        date(accumulator, field, [1, time, value]);
    });
}
