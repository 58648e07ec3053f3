/// Codes of cells: `((word >> shift) - first) mod 2^(32 - shift)`.
pub(crate) fn cell(words: &[u64], shift: u32, first: u32, codes: &mut [u64]) {
    let mask = u64::from(u32::MAX >> shift);
    for (code, word) in codes.iter_mut().zip(words) {
        *code = (word >> shift).wrapping_sub(u64::from(first)) & mask;
    }
}
