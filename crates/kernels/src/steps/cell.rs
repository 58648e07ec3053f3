use multiversion::multiversion;

/// The code of a cell: `((word >> shift) - first) mod 2^(32 - shift)`.
#[inline]
pub(crate) fn cell_of(word: u64, shift: u32, first: u32) -> u64 {
    (word >> shift).wrapping_sub(first.into()) & u64::from(u32::MAX >> shift)
}

/// Codes of cells, as [`cell_of`]; returns the greatest.
#[multiversion(targets = "simd")]
pub(crate) fn cell(words: &[u32], shift: u32, first: u32, codes: &mut [u32]) -> u32 {
    let mask = u32::MAX >> shift;
    let mut most = 0;
    for (code, word) in codes.iter_mut().zip(words) {
        *code = (word >> shift).wrapping_sub(first) & mask;
        most = most.max(*code);
    }
    most
}
