/// Codes of nullness: 1 where the row is null.
pub(crate) fn null(nulls: &[bool], codes: &mut [u64]) {
    for (code, &null) in codes.iter_mut().zip(nulls) {
        *code = u64::from(null);
    }
}
