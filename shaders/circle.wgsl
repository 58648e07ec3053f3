// Filter: on which side of a circle a cell lies; EDGE where f64 must decide. Twin: steps/circle.rs.
//
// Constant: the place in `lookup` of geo's table (geo::circle): first row, rows after it, shift of a
// band, column of the centre; then for each band the columns from the centre's from which on a cell is
// outside, and below which it is inside.
fn circle_side(at: u32, x: u32, y: u32) -> u32 {
    let head = params.steps[at];
    let row = y - lookup[head];
    if (row > lookup[head + 1u]) {
        return OUTSIDE;
    }
    let band = head + 4u + 2u * (row >> lookup[head + 2u]);
    let centre = lookup[head + 3u];
    let columns = min(x - centre, centre - x);
    if (columns >= lookup[band]) {
        return OUTSIDE;
    }
    return select(INSIDE, EDGE, columns >= lookup[band + 1u]);
}
