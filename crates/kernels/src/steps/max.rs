use crate::places::{Places, Records};
use crate::typed::Typed;
use multiversion::multiversion;

/// Keeps the maximum of values, given as their bits, as an ordered word.
#[multiversion(targets = "simd")]
pub(crate) fn max<K: Typed>(records: &mut Records<'_>, places: &Places<'_>, bits: &[K::Bits]) {
    if let Some(runs) = places.runs() {
        for (place, run) in runs {
            let run = &bits[run];
            let mut best = K::order(run[0]);
            for &bits in run {
                best = best.max(K::order(bits));
            }
            let word = records.word(place);
            *word = (*word).max(best.into());
        }
        return;
    }
    for (&place, &bits) in places.each.iter().zip(bits) {
        let word = records.word(place);
        *word = (*word).max(K::order(bits).into());
    }
}
