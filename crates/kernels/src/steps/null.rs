use multiversion::multiversion;

/// Codes of nullness from marks of what is not null: 1 where the row is null.
#[multiversion(targets = "simd")]
pub(crate) fn null(not_null: &[u8], codes: &mut [u32]) {
    for (code, &mark) in codes.iter_mut().zip(not_null) {
        *code = u32::from(mark ^ 1);
    }
}
