/// Codes of time buckets from ordered words: 0 for the `lead` words from `first` on, then
/// `(word - first - lead) / width + 1`. Below `first` there is no bucket: the code is beyond every
/// extent, all ones.
pub(crate) fn bucket(words: &[u64], first: u64, lead: u64, width: u64, codes: &mut [u64]) {
    // floor(2^64 / width), or one less: the product's upper half is the quotient or one below it.
    let reciprocal = u64::MAX / width;
    for (code, &word) in codes.iter_mut().zip(words) {
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
            // At least one word is in the first bucket, so it cannot overflow.
            quotient.wrapping_add(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    fn code(word: u64, first: u64, lead: u64, width: u64) -> u64 {
        let mut codes = [0];
        bucket(&[word], first, lead, width, &mut codes);
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
}
