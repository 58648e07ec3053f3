use crate::places::{Places, Records};

/// Counts rows.
pub(crate) fn count(records: &mut Records<'_>, places: &Places<'_>) {
    if let Some(runs) = places.runs() {
        for (place, run) in runs {
            *records.word(place) += run.len() as u64;
        }
        return;
    }
    for &place in places.each {
        *records.word(place) += 1;
    }
}
