/// Codes of time buckets from ordered words: 0 below `first`, else `(word - first) / width + 1`.
pub(crate) fn bucket(words: &[u64], first: u64, width: u64, codes: &mut [u64]) {
    // floor(2^64 / width), or one less: the product's upper half is the quotient or one below it.
    let reciprocal = u64::MAX / width;
    for (code, &word) in codes.iter_mut().zip(words) {
        let distance = word.saturating_sub(first);
        let product = u128::from(distance) * u128::from(reciprocal);
        let mut quotient = (product >> 64) as u64;
        while distance - quotient * width >= width {
            quotient += 1;
        }
        *code = if word < first { 0 } else { quotient + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn quotients_are_exact() {
        for width in [1, 2, 3, 7, 900_000, u64::MAX / 2, u64::MAX - 1] {
            for word in [
                9,
                10,
                width.saturating_add(10),
                width.saturating_add(9),
                u64::MAX - 1,
                u64::MAX,
            ] {
                let mut codes = [0];
                bucket(&[word], 10, width, &mut codes);
                let want = if word < 10 {
                    0
                } else {
                    ((word - 10) / width).saturating_add(1)
                };
                assert_eq!(codes[0], want, "{word} / {width}");
            }
        }
    }
}
