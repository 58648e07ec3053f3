// Filter and digit: which zones of a layer hold a cell; all ones where f64 must decide.
// Twin: steps/layer.rs and geo::layer, which describes the tables.
//
// Constant: the place of the tables in `lookup`; places within them are from there on.
const LAYER_RECORD: u32 = 4u;
const LAYER_EDGE: u32 = 5u;
const LAYER_IS_RECORD: u32 = 0x80000000u;
const LAYER_HAS_BASE: u32 = 0x80000000u;

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
    let x_shift = lookup[head];
    let y_shift = lookup[head + 1u];
    let column = (x - lookup[head + 2u]) >> x_shift;
    let row = (y - lookup[head + 3u]) >> y_shift;
    // The grid's end may lie beyond the end of the world, where numbers begin again.
    let before = x < lookup[head + 2u] || y < lookup[head + 3u];
    if (before || column >= lookup[head + 4u] || row >= lookup[head + 5u]) {
        return vec2(0u, 0u);
    }
    let cell = row * lookup[head + 4u] + column;
    let known = (lookup[head + lookup[head + 6u] + cell / 16u] >> (2u * (cell % 16u))) & 3u;
    if (known < 2u) {
        return vec2(known, 0u);
    }
    let word = lookup[head + lookup[head + 7u] + cell];
    if ((word & LAYER_IS_RECORD) == 0u) {
        return vec2(word, 0u);
    }
    let corner = vec2(
        lookup[head + 2u] + (column << x_shift),
        lookup[head + 3u] + (row << y_shift),
    );
    let record = head + (word & ~LAYER_IS_RECORD);
    var mask = lookup[record + 1u];
    for (var i = 0u; i < lookup[record]; i += 1u) {
        let edge = record + LAYER_RECORD + LAYER_EDGE * i;
        let ends = vec4(lookup[edge], lookup[edge + 1u], lookup[edge + 2u], lookup[edge + 3u]);
        if (layer_near(ends, x, y)) {
            return vec2(0xffffffffu, 0xffffffffu);
        }
        let north = layer_north(ends, corner.x, corner.y) != layer_north(ends, corner.x, y);
        let east = layer_east(ends, corner.x, y) != layer_east(ends, x, y);
        mask ^= select(0u, 1u, north != east) << lookup[edge + 4u];
    }
    let codes = lookup[record + 2u];
    if (codes == 0u) {
        let upper = lookup[record + 3u];
        // In none of the cell's zones, and in none that holds all of it.
        if (mask == 0u && (upper & LAYER_HAS_BASE) == 0u) {
            return vec2(0u, 0u);
        }
        return vec2(mask, upper & ~LAYER_HAS_BASE);
    }
    return vec2(lookup[head + codes + mask], 0u);
}

// The cross product of an edge and the way from its first end to a point, positive to the left: the
// sign (-1, 0, 1), and the size of 65 bits, cut to 64 by filling them with ones.
struct Cross {
    sign: i32,
    size: vec2<u32>,
}

fn layer_cross(ends: vec4<u32>, x: u32, y: u32) -> Cross {
    // a - b, of products of differences whose signs are told apart from their sizes.
    let a = product(layer_apart(ends.z, ends.x), layer_apart(y, ends.y));
    let b = product(layer_apart(ends.w, ends.y), layer_apart(x, ends.x));
    let a_sign = layer_sign(ends.z, ends.x) * layer_sign(y, ends.y);
    let b_sign = layer_sign(ends.w, ends.y) * layer_sign(x, ends.x);
    if (a_sign == 0) {
        return Cross(-b_sign, b);
    }
    if (b_sign == 0) {
        return Cross(a_sign, a);
    }
    if (a_sign != b_sign) {
        let sum = add64(a, b);
        let size = select(sum, vec2(0xffffffffu, 0xffffffffu), less64(sum, a));
        return Cross(a_sign, size);
    }
    if (less64(a, b)) {
        return Cross(-a_sign, sub64(b, a));
    }
    let size = sub64(a, b);
    return Cross(select(a_sign, 0, size.x == 0u && size.y == 0u), size);
}

fn layer_apart(a: u32, b: u32) -> u32 {
    return max(a, b) - min(a, b);
}

fn layer_sign(a: u32, b: u32) -> i32 {
    return select(0, 1, a > b) - select(0, 1, a < b);
}

// Whether a point is at most one step outside of the interval.
fn layer_within(a: u32, b: u32, p: u32) -> bool {
    let low = min(a, b);
    let high = max(a, b);
    return (p >= low || low - p <= 1u) && (p <= high || p - high <= 1u);
}

fn layer_near(ends: vec4<u32>, x: u32, y: u32) -> bool {
    if (!(layer_within(ends.x, ends.z, x) && layer_within(ends.y, ends.w, y))) {
        return false;
    }
    let reach = add64(
        vec2(layer_apart(ends.x, ends.z), 0u),
        vec2(layer_apart(ends.y, ends.w), 0u),
    );
    return !less64(reach, layer_cross(ends, x, y).size);
}

// Whether the edge is crossed on the way east from a point.
fn layer_east(ends: vec4<u32>, x: u32, y: u32) -> bool {
    let rises = ends.y <= y;
    if (rises == (ends.w <= y)) {
        return false;
    }
    if (x < min(ends.x, ends.z)) {
        return true;
    }
    if (x >= max(ends.x, ends.z)) {
        return false;
    }
    return layer_cross(ends, x, y).sign == select(-1, 1, rises);
}

// Whether the edge is crossed on the way north from a point, which counts as a little to the east.
fn layer_north(ends: vec4<u32>, x: u32, y: u32) -> bool {
    let goes_east = ends.x <= x;
    if (goes_east == (ends.z <= x)) {
        return false;
    }
    let sign = layer_cross(ends, x, y).sign;
    if (sign == 0) {
        return ends.w != ends.y && (ends.z > ends.x) == (ends.w > ends.y);
    }
    return sign == select(1, -1, goes_east);
}
