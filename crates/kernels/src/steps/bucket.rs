use crate::typed::Typed;
use multiversion::multiversion;

/// Time buckets: 0 for the `lead` ordered words from `first` on, then `(word - first - lead) / width + 1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Buckets {
    pub(crate) first: u64,
    pub(crate) lead: u64,
    pub(crate) width: u64,
}

impl Buckets {
    /// The bucket of a word. Below the first there is none: the code is beyond every extent, all ones.
    fn code(self, word: u64) -> u64 {
        match word.checked_sub(self.first) {
            None => u64::MAX,
            // At least one word is in the first bucket, so it cannot overflow.
            Some(distance) => distance
                .checked_sub(self.lead)
                .map_or(0, |beyond| (beyond / self.width).wrapping_add(1)),
        }
    }

    /// How many words of the bucket come after a word that is in it, that one included.
    fn left(self, word: u64) -> u64 {
        let distance = word - self.first;
        match distance.checked_sub(self.lead) {
            None => self.lead - distance,
            Some(beyond) => self.width - beyond % self.width,
        }
    }
}

/// Codes of the buckets of values, given as their bits.
pub(crate) fn bucket<K: Typed>(bits: &[K::Bits], buckets: Buckets, codes: &mut [u64]) {
    let Buckets { first, lead, width } = buckets;
    // floor(2^64 / width), or one less: the product's upper half is the quotient or one below it.
    let reciprocal = u64::MAX / width;
    for (code, &bits) in codes.iter_mut().zip(bits) {
        let word: u64 = K::order(bits).into();
        let distance = word.wrapping_sub(first);
        let beyond = distance.saturating_sub(lead);
        let product = u128::from(beyond) * u128::from(reciprocal);
        let mut quotient = (product >> 64) as u64;
        while beyond - quotient * width >= width {
            quotient += 1;
        }
        *code = if word < first {
            u64::MAX
        } else if distance < lead {
            0
        } else {
            quotient.wrapping_add(1)
        };
    }
}

/// As [`bucket`], for the words `origin + distance`, which must not wrap around: rows of a vector are near each
/// other in time. Returns whether each code is at most `most`; else codes mean nothing.
pub(crate) fn near_bucket(
    distances: &[u32],
    origin: u64,
    buckets: Buckets,
    most: u32,
    codes: &mut [u32],
) -> bool {
    let (low, high) = ends(distances);
    let least = origin + u64::from(low);
    let (Ok(code), Ok(last)) = (
        u32::try_from(buckets.code(least)),
        u32::try_from(buckets.code(origin + u64::from(high))),
    ) else {
        return false;
    };
    if last > most {
        return false;
    }
    match u32::try_from(buckets.left(least)) {
        Ok(left) if last > code => {
            // Where one bucket takes all that is after the next edge, any width is as good.
            let width = u32::try_from(buckets.width).unwrap_or(u32::MAX);
            after(distances, [low, left, width], code, codes);
        }
        _ => codes[..distances.len()].fill(code),
    }
    true
}

/// The least and the greatest.
#[multiversion(targets = "simd")]
fn ends(words: &[u32]) -> (u32, u32) {
    let (mut low, mut high) = (u32::MAX, 0);
    for &word in words {
        low = low.min(word);
        high = high.max(word);
    }
    (low, high)
}

/// `code` for the `left` words from `low` on, then one more for each `width`.
#[multiversion(targets = "simd")]
fn after(words: &[u32], [low, left, width]: [u32; 3], code: u32, codes: &mut [u32]) {
    // As above, in 32 bits.
    let reciprocal = u32::MAX / width;
    for (out, word) in codes.iter_mut().zip(words) {
        let distance = word - low;
        let beyond = distance.saturating_sub(left);
        let quotient = ((u64::from(beyond) * u64::from(reciprocal)) >> 32) as u32;
        let is_more = beyond - quotient * width >= width;
        *out = code + u32::from(distance >= left) + quotient + u32::from(is_more);
    }
}

/// The least ordered word of values, given as their bits, and how far the greatest is from it.
#[multiversion(targets = "simd")]
pub(crate) fn span<K: Typed>(bits: &[K::Bits]) -> (u64, u64) {
    let Some(&one) = bits.first() else {
        return (0, 0);
    };
    let (mut low, mut high) = (K::order(one), K::order(one));
    for &bits in bits {
        let word = K::order(bits);
        low = low.min(word);
        high = high.max(word);
    }
    (low.into(), high.into() - low.into())
}

/// The distances of ordered words from the least of them, which are below 2^32.
#[multiversion(targets = "simd")]
#[expect(clippy::cast_possible_truncation, reason = "below 2^32")]
pub(crate) fn distances<K: Typed>(bits: &[K::Bits], least: u64, out: &mut [u32]) {
    for (out, &bits) in out.iter_mut().zip(bits) {
        *out = K::order(bits).into().wrapping_sub(least) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed::U64;
    use proptest::prelude::*;

    fn code(word: u64, first: u64, lead: u64, width: u64) -> u64 {
        let mut codes = [0];
        bucket::<U64>(&[word], Buckets { first, lead, width }, &mut codes);
        codes[0]
    }

    #[test]
    fn quotients_are_exact() {
        for width in [1, 2, 3, 7, 900_000, u64::MAX / 2, u64::MAX - 1] {
            for lead in [1, width.div_ceil(2), width] {
                for word in [
                    10,
                    width.saturating_add(10),
                    width.saturating_add(9),
                    u64::MAX - 1,
                    u64::MAX,
                ] {
                    let distance = word - 10;
                    let want = match distance.checked_sub(lead) {
                        None => 0,
                        Some(beyond) => beyond / width + 1,
                    };
                    let found = code(word, 10, lead, width);
                    assert_eq!(found, want, "{word} / {width}, {lead} first");
                }
            }
        }
    }

    #[test]
    fn a_word_below_the_first_is_in_no_bucket() {
        assert_eq!(code(9, 10, 5, 5), u64::MAX);
        assert_eq!(code(0, 1, 1, 1), u64::MAX);
    }

    #[test]
    fn the_whole_range_has_codes() {
        assert_eq!(code(0, 0, 1, 1), 0);
        assert_eq!(code(u64::MAX, 0, 1, 1), u64::MAX);
        assert_eq!(code(u64::MAX, 0, u64::MAX, u64::MAX), 1);
    }

    #[test]
    fn near_words_of_known_buckets() {
        let buckets = Buckets {
            first: 100,
            lead: 2,
            width: 5,
        };
        let mut codes = [9; 6];
        let distances = [0, 1, 2, 6, 7, 12];
        assert!(near_bucket(&distances, 100, buckets, 3, &mut codes));
        assert_eq!(codes, [0, 0, 1, 1, 2, 3]);
        assert!(!near_bucket(&distances, 100, buckets, 2, &mut codes));
        assert!(!near_bucket(&distances, 99, buckets, 3, &mut codes));
    }

    proptest! {
        #[test]
        fn near_words_have_the_buckets_of_any(
            distances in prop::collection::vec(any::<u32>(), 1..40), narrow in 0u32..32, wide in 0u32..64, width in any::<u64>(),
            lead in any::<u64>(), before in 0u64..1000, at in any::<u64>(),
        ) {
            let distances: Vec<u32> = distances.iter().map(|d| d >> narrow).collect();
            let width = (width >> wide).max(1);
            let first = (at >> 1).min(u64::MAX - u64::from(u32::MAX) - 1000);
            let buckets = Buckets { first, lead: lead % width + 1, width };
            let bits: Vec<u64> = distances.iter().map(|d| first + before + u64::from(*d)).collect();
            let mut wide_codes = vec![0; bits.len()];
            bucket::<U64>(&bits, buckets, &mut wide_codes);
            let each: Vec<u64> = bits.iter().map(|word| buckets.code(*word)).collect();
            prop_assert_eq!(&each, &wide_codes);
            let mut codes = vec![0; bits.len()];
            let fits = near_bucket(&distances, first + before, buckets, u32::MAX, &mut codes);
            prop_assert_eq!(fits, each.iter().all(|code| *code <= u64::from(u32::MAX)));
            if fits {
                prop_assert_eq!(codes.iter().map(|c| u64::from(*c)).collect::<Vec<_>>(), each);
            }
        }
    }
}
