use graticule_geo::{FixedBbox, Span};
use multiversion::multiversion;

/// Drops rows outside the box from `keep` and marks in `edge` those in a cell that the box's edge
/// cuts. Both hold 0 or 1 a row.
pub(crate) fn bbox(bbox: &FixedBbox, x: &[u32], y: &[u32], keep: &mut [u8], edge: &mut [u8]) {
    axis(bbox.x, x, keep, edge);
    axis(bbox.y, y, keep, edge);
}

#[multiversion(targets = "simd")]
fn axis(span: Span, cells: &[u32], keep: &mut [u8], edge: &mut [u8]) {
    let Span {
        first,
        extent,
        edges,
        partial,
    } = span;
    for ((&cell, keep), edge) in cells.iter().zip(keep).zip(edge) {
        *keep &= u8::from(cell.wrapping_sub(first) <= extent);
        *edge |=
            u8::from(partial[0] & (cell == edges[0])) | u8::from(partial[1] & (cell == edges[1]));
    }
}
