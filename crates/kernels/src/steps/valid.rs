use super::count;
use crate::places::{Places, Records};

/// Counts values that are neither null nor NaN; the places are of such rows only.
pub(crate) fn valid(records: &mut Records<'_>, places: &Places<'_>) {
    count(records, places);
}
