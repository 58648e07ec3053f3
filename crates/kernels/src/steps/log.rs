use crate::log::bucket;
use graticule_columns::Kind;

/// Codes of log-linear buckets from the bits of values: `bucket - first`.
pub(crate) fn log(kind: Kind, bits: &[u64], first: u64, codes: &mut [u64]) {
    for (code, &bits) in codes.iter_mut().zip(bits) {
        *code = bucket(kind, bits).wrapping_sub(first);
    }
}
