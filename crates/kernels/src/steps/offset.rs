/// Codes of integers from ordered words: `word - low`.
pub(crate) fn offset(words: &[u64], low: u64, codes: &mut [u64]) {
    for (code, word) in codes.iter_mut().zip(words) {
        *code = word.wrapping_sub(low);
    }
}
