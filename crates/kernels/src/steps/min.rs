use super::{Records, shared};

/// Keeps the minimum of ordered words.
pub(crate) fn min(records: &mut Records<'_>, places: &[u32], ordered: &[u64]) {
    if let (Some(place), Some(&best)) = (shared(places), ordered.iter().min()) {
        let word = records.word(place);
        *word = (*word).min(best);
        return;
    }
    for (&place, &value) in places.iter().zip(ordered) {
        let word = records.word(place);
        *word = (*word).min(value);
    }
}
