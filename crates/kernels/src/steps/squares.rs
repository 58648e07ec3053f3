use super::Records;
use crate::lanes;
use graticule_columns::Kind;

/// Adds squares of finite values, given as their bits, to sums whose first lane is `first`.
pub(crate) fn squares(
    records: &mut Records<'_>,
    places: &[u32],
    kind: Kind,
    bits: &[u64],
    first: u32,
) {
    for (&place, &bits) in places.iter().zip(bits) {
        let Some((lane, words)) = lanes::square(kind, bits) else {
            continue;
        };
        let at = place as usize * records.stride + records.at + (lane - first) as usize;
        // The window holds every word that is not zero.
        for (i, word) in words.into_iter().enumerate().filter(|(_, w)| *w != 0) {
            records.words[at + i] += u64::from(word);
        }
    }
}
