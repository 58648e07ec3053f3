use crate::limbs;
use crate::places::{Places, Records};
use crate::typed::Typed;

/// Adds squares of finite values, given as their bits, to sums whose first limb is `first`.
pub(crate) fn squares<K: Typed>(
    records: &mut Records<'_>,
    places: &Places<'_>,
    bits: &[K::Bits],
    first: u32,
) {
    for (&place, &bits) in places.each.iter().zip(bits) {
        let Some((limb, words)) = limbs::square(K::KIND, bits.into()) else {
            continue;
        };
        let at = place as usize * records.stride + records.at + (limb - first) as usize;
        // The window holds every word that is not zero.
        for (i, word) in words.into_iter().enumerate().filter(|(_, w)| *w != 0) {
            records.words[at + i] += u64::from(word);
        }
    }
}
