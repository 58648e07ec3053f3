use crate::log::bucket;
use crate::typed::Typed;

/// Codes of log-linear buckets from the bits of values: `bucket - first`.
pub(crate) fn log<K: Typed>(bits: &[K::Bits], first: u64, codes: &mut [u64]) {
    for (code, &bits) in codes.iter_mut().zip(bits) {
        *code = bucket(K::KIND, bits.into()).wrapping_sub(first);
    }
}
