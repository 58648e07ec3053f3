use super::{Records, shared};

/// Counts rows.
pub(crate) fn count(records: &mut Records<'_>, places: &[u32]) {
    if let Some(place) = shared(places) {
        *records.word(place) += places.len() as u64;
        return;
    }
    for &place in places {
        *records.word(place) += 1;
    }
}
