use graticule_geo::layer::{self, UNDECIDED};

/// Drops rows in no zone from `keep` and marks in `edge` those beside an edge.
pub(crate) fn layer(
    words: &[u32],
    x: &[u32],
    y: &[u32],
    keep: &mut [u8],
    edge: &mut [u8],
    codes: &mut [u64],
) {
    zone(words, x, y, codes);
    for ((keep, edge), code) in keep.iter_mut().zip(edge).zip(codes) {
        *keep &= u8::from(*code != 0);
        *edge |= u8::from(*code == UNDECIDED);
    }
}

/// Codes of the sets of zones that hold points; [`UNDECIDED`] beside an edge.
pub(crate) fn zone(words: &[u32], x: &[u32], y: &[u32], codes: &mut [u64]) {
    layer::codes(words, x, y, codes);
}
