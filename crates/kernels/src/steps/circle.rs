use graticule_geo::circle;

/// Drops rows outside the circle from `keep` and marks in `edge` those on its rim.
pub(crate) fn circle(words: &[u32], x: &[u32], y: &[u32], keep: &mut [u8], edge: &mut [u8]) {
    circle::sides(words, x, y, keep, edge);
}
