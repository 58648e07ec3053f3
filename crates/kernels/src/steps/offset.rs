use crate::typed::Typed;
use multiversion::multiversion;

/// Codes of integers, given as their bits: `ordered word - low`.
#[multiversion(targets = "simd")]
pub(crate) fn offset<K: Typed>(bits: &[K::Bits], low: u64, codes: &mut [u64]) {
    for (code, &bits) in codes.iter_mut().zip(bits) {
        *code = K::order(bits).into().wrapping_sub(low);
    }
}
