use super::{Records, shared};

/// Keeps the maximum of ordered words.
pub(crate) fn max(records: &mut Records<'_>, places: &[u32], ordered: &[u64]) {
    if let (Some(place), Some(&best)) = (shared(places), ordered.iter().max()) {
        let word = records.word(place);
        *word = (*word).max(best);
        return;
    }
    for (&place, &value) in places.iter().zip(ordered) {
        let word = records.word(place);
        *word = (*word).max(value);
    }
}
