// Filter: on which side of a box a cell lies; EDGE where f64 must decide. Twin: steps/bbox.rs.
//
// Constants, for x then for y: first, extent, the two edge cells, and 1 or 0 for each of them
// telling whether the box cuts it. A cell is in an interval when cell - first <= extent, wrapping.
const BBOX_AXIS: u32 = 6u;

fn bbox_axis(at: u32, cell: u32) -> u32 {
    if (cell - params.steps[at] > params.steps[at + 1u]) {
        return OUTSIDE;
    }
    let first = params.steps[at + 4u] == 1u && cell == params.steps[at + 2u];
    let last = params.steps[at + 5u] == 1u && cell == params.steps[at + 3u];
    return select(INSIDE, EDGE, first || last);
}

fn bbox_side(at: u32, x: u32, y: u32) -> u32 {
    return min(bbox_axis(at, x), bbox_axis(at + BBOX_AXIS, y));
}
