use super::{Records, count};

/// Counts values that are neither null nor NaN; the places are of such rows only.
pub(crate) fn valid(records: &mut Records<'_>, places: &[u32]) {
    count(records, places);
}
