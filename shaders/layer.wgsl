// Filter and digit: which zones of a layer hold a cell; all ones where f64 must decide.
// Twin: steps/layer.rs and geo::layer, which describes the tables.
//
// Constant: the place of the tables in `lookup`; places within them are from there on.
const LAYER_CLASSES: u32 = 16u;
// Bits of a class, all sixteen of a word, that are set for classes 2 and 3.
const LAYER_HIGH: u32 = 0xaaaaaaaau;
// Up to so many zones near a grid cell, all their combinations have a code each.
const LAYER_FEW: u32 = 4u;

fn layer_open(code: vec2<u32>) -> bool {
    return code.x == 0xffffffffu && code.y == 0xffffffffu;
}

fn layer_side(at: u32, x: u32, y: u32) -> u32 {
    let code = layer_code(at, x, y);
    if (layer_open(code)) {
        return EDGE;
    }
    return select(INSIDE, OUTSIDE, code.x == 0u && code.y == 0u);
}

fn layer_code(at: u32, x: u32, y: u32) -> vec2<u32> {
    let head = params.steps[at];
    let x_shift = lookup[head + 2u];
    let column = (x - lookup[head]) >> x_shift;
    let row = (y - lookup[head + 1u]) >> lookup[head + 3u];
    if (column >= lookup[head + 4u] || row >= lookup[head + 5u]) {
        return vec2(0u, 0u);
    }
    let cell = row * lookup[head + 4u] + column;
    let classes = lookup[head + LAYER_CLASSES + cell / 16u];
    let shift = 2u * (cell % 16u);
    let known = (classes >> shift) & 3u;
    if (known < 2u) {
        return vec2(known, 0u);
    }
    let before = countOneBits(classes & LAYER_HIGH & ((1u << shift) - 1u));
    let rank = lookup[head + lookup[head + 6u] + cell / 16u] + before;
    let entry = lookup[head + lookup[head + 7u] + rank];
    if (known == 2u) {
        return vec2(entry, 0u);
    }
    return layer_record(head, head + entry, (x >> x_shift) << x_shift, x, y);
}

// The edges near a grid cell, whose west border is given, decide.
fn layer_record(head: u32, record: u32, west: u32, x: u32, y: u32) -> vec2<u32> {
    let zones = lookup[record] & 31u;
    let is_few = zones <= LAYER_FEW;
    let table = record + 2u;
    let first = table + select(2u, 1u << zones, is_few);
    let edges = head + lookup[head + 8u];
    let references = lookup[record] >> 5u;
    var mask = lookup[record + 1u];
    for (var i = 0u; i < references; i += 1u) {
        let reference = lookup[first + i];
        let edge = edges + 4u * (reference >> 5u);
        let a = vec2(lookup[edge], lookup[edge + 1u]);
        let b = vec2(lookup[edge + 2u], lookup[edge + 3u]);
        let cross = layer_cross(a, b, x, y);
        if (layer_near(a, b, cross, x, y)) {
            return vec2(0xffffffffu, 0xffffffffu);
        }
        let toggles = layer_toggles(a, b, cross, west, y);
        mask ^= select(0u, 1u, toggles) << (reference & 31u);
    }
    if (is_few) {
        return vec2(lookup[table + mask], 0u);
    }
    if (mask == 0u) {
        return vec2(lookup[table + 1u], 0u);
    }
    return vec2(mask, lookup[table]);
}

// (bx - ax) * (y - ay) - (by - ay) * (x - ax) in two's complement; the edge rises from a to b.
fn layer_cross(a: vec2<u32>, b: vec2<u32>, x: u32, y: u32) -> vec2<u32> {
    return sub64(layer_product(b.x, a.x, y, a.y), layer_product(b.y, a.y, x, a.x));
}

// (a - b) * (c - d), modulo 2^64.
fn layer_product(a: u32, b: u32, c: u32, d: u32) -> vec2<u32> {
    let size = product(layer_apart(a, b), layer_apart(c, d));
    return select(size, sub64(vec2(0u, 0u), size), (a < b) != (c < d));
}

fn layer_apart(a: u32, b: u32) -> u32 {
    return max(a, b) - min(a, b);
}

fn layer_is_negative(cross: vec2<u32>) -> bool {
    return cross.y >> 31u == 1u;
}

// Whether a point is at most one step outside of the interval.
fn layer_within(a: u32, b: u32, p: u32) -> bool {
    let low = min(a, b);
    let high = max(a, b);
    return (p >= low || low - p <= 1u) && (p <= high || p - high <= 1u);
}

// Whether an edge is too near to a point to tell on which side of it the point is.
fn layer_near(a: vec2<u32>, b: vec2<u32>, cross: vec2<u32>, x: u32, y: u32) -> bool {
    if (!(layer_within(a.x, b.x, x) && layer_within(a.y, b.y, y))) {
        return false;
    }
    let size = select(cross, sub64(vec2(0u, 0u), cross), layer_is_negative(cross));
    let reach = add64(vec2(layer_apart(a.x, b.x), 0u), vec2(b.y - a.y, 0u));
    return !less64(reach, size);
}

// Whether the way north along the grid cell's west border and then east crosses an edge.
fn layer_toggles(a: vec2<u32>, b: vec2<u32>, cross: vec2<u32>, west: u32, y: u32) -> bool {
    if (a.y <= y && y < b.y) {
        // 0 would be near.
        return !layer_is_negative(cross) != (a.x > west);
    }
    return (a.x <= west) != (b.x <= west) && y >= b.y;
}
