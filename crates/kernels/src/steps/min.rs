use crate::places::{Places, Records};
use crate::typed::Typed;
use multiversion::multiversion;

/// Keeps the minimum of values, given as their bits, as an ordered word.
#[multiversion(targets = "simd")]
pub(crate) fn min<K: Typed>(records: &mut Records<'_>, places: &Places<'_>, bits: &[K::Bits]) {
    if let Some(runs) = places.runs() {
        for (place, run) in runs {
            let run = &bits[run];
            let mut best = K::order(run[0]);
            for &bits in run {
                best = best.min(K::order(bits));
            }
            let word = records.word(place);
            *word = (*word).min(best.into());
        }
        return;
    }
    for (&place, &bits) in places.each.iter().zip(bits) {
        let word = records.word(place);
        *word = (*word).min(K::order(bits).into());
    }
}
