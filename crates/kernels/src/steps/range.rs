use crate::typed::{Typed, Word};
use graticule_columns::Kind;
use multiversion::multiversion;

/// Drops the rows whose ordered word is not in `low..=high`, or is where `negate`.
pub(crate) fn range<K: Typed>(
    bits: &[K::Bits],
    (low, high): (u64, u64),
    negate: bool,
    keep: &mut [u8],
) {
    if low > high {
        nothing(negate, keep);
    } else {
        let (low, extent) = (K::Bits::cut(low), K::Bits::cut(high - low));
        within::<K>(bits, low, extent, negate, keep);
    }
}

/// As [`range`], for 64-bit integers `base + offset`; false, and nothing is done, where the offsets of the rows
/// that pass are not side by side.
pub(crate) fn range_of_offsets(
    kind: Kind,
    base: u64,
    offsets: &[u32],
    (low, high): (u64, u64),
    negate: bool,
    keep: &mut [u8],
) -> bool {
    let base = kind.order(base);
    // Words that wrap around would be in two pieces.
    if kind.is_float() || base.checked_add(u64::from(u32::MAX)).is_none() {
        return false;
    }
    let (Some(high), low) = (high.checked_sub(base), low.saturating_sub(base)) else {
        nothing(negate, keep);
        return true;
    };
    let Ok(low) = u32::try_from(low) else {
        nothing(negate, keep);
        return true;
    };
    let high = u32::try_from(high).unwrap_or(u32::MAX);
    if low > high {
        nothing(negate, keep);
    } else {
        within::<crate::typed::U32>(offsets, low, high - low, negate, keep);
    }
    true
}

/// As a range without a word.
fn nothing(negate: bool, keep: &mut [u8]) {
    if !negate {
        keep.fill(0);
    }
}

#[multiversion(targets = "simd")]
fn within<K: Typed>(
    bits: &[K::Bits],
    low: K::Bits,
    extent: K::Bits,
    negate: bool,
    keep: &mut [u8],
) {
    for (&bits, keep) in bits.iter().zip(keep) {
        *keep &= u8::from((K::order(bits).minus(low) <= extent) != negate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed::I64;

    /// Which of the offsets 0, 1, 5 and the greatest pass, by each way.
    fn passing(base: i64, range_of: (i64, i64), negate: bool) -> Option<[u8; 4]> {
        let offsets = [0, 1, 5, u32::MAX];
        let base = base.cast_unsigned();
        let order = |v: i64| Kind::I64.order(v.cast_unsigned());
        let words = (order(range_of.0), order(range_of.1));
        let (mut of_offsets, mut of_bits) = ([1; 4], [1; 4]);
        let bits = offsets.map(|o| base.wrapping_add(u64::from(o)));
        range::<I64>(&bits, words, negate, &mut of_bits);
        range_of_offsets(Kind::I64, base, &offsets, words, negate, &mut of_offsets).then(|| {
            assert_eq!(of_offsets, of_bits, "{base} {range_of:?}");
            of_offsets
        })
    }

    #[test]
    fn offsets_pass_as_their_values_do() {
        assert_eq!(passing(-3, (-2, 2), false), Some([0, 1, 1, 0]));
        assert_eq!(passing(-3, (-2, 2), true), Some([1, 0, 0, 1]));
        assert_eq!(passing(-3, (i64::MIN, -3), false), Some([1, 0, 0, 0]));
        assert_eq!(passing(-3, (i64::MIN, -4), false), Some([0; 4]));
        assert_eq!(passing(-3, (i64::MIN, -4), true), Some([1; 4]));
        assert_eq!(passing(-3, (2, i64::MAX), false), Some([0, 0, 1, 1]));
        assert_eq!(passing(-3, (3, 2), false), Some([0; 4]));
        assert_eq!(passing(-3, (1 << 40, i64::MAX), false), Some([0; 4]));
        assert_eq!(passing(i64::MAX, (0, 1), false), None, "it wraps around");
    }
}
