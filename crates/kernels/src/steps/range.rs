use graticule_columns::Kind;

/// Drops the rows whose ordered 32-bit word is not in `low..=high`, or is where `negate`.
pub(crate) fn range32(
    kind: Kind,
    bits: &[u32],
    (low, high): (u64, u64),
    negate: bool,
    keep: &mut [u8],
) {
    if low > high {
        if !negate {
            keep.fill(0);
        }
        return;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ordered words of 32-bit kinds"
    )]
    let (low, extent) = (low as u32, (high - low) as u32);
    for (&bits, keep) in bits.iter().zip(keep) {
        #[expect(clippy::cast_possible_truncation, reason = "a 32-bit kind")]
        let word = kind.order(u64::from(bits)) as u32;
        *keep &= u8::from((word.wrapping_sub(low) <= extent) != negate);
    }
}

/// As [`range32`], for 64-bit kinds.
pub(crate) fn range64(
    kind: Kind,
    bits: &[u64],
    (low, high): (u64, u64),
    negate: bool,
    keep: &mut [u8],
) {
    if low > high {
        if !negate {
            keep.fill(0);
        }
        return;
    }
    let extent = high - low;
    for (&bits, keep) in bits.iter().zip(keep) {
        let word = kind.order(bits);
        *keep &= u8::from((word.wrapping_sub(low) <= extent) != negate);
    }
}
