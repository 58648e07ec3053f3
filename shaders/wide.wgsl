// 64-bit unsigned integers as vec2(low, high): no adapter needs SHADER_INT64.

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn sub64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    return vec2(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

fn less64(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

// The whole product of two words.
fn product(a: u32, b: u32) -> vec2<u32> {
    let a0 = a & 0xffffu;
    let a1 = a >> 16u;
    let b0 = b & 0xffffu;
    let b1 = b >> 16u;
    let p01 = a0 * b1;
    let p10 = a1 * b0;
    let middle = ((a0 * b0) >> 16u) + (p01 & 0xffffu) + (p10 & 0xffffu);
    return vec2(a * b, a1 * b1 + (p01 >> 16u) + (p10 >> 16u) + (middle >> 16u));
}

// The lower 64 bits of a product.
fn low64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let p = product(a.x, b.x);
    return vec2(p.x, p.y + a.x * b.y + a.y * b.x);
}

// The upper 64 bits of a product.
fn high64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let p00 = product(a.x, b.x);
    let p01 = product(a.x, b.y);
    let p10 = product(a.y, b.x);
    let middle = add64(add64(vec2(p00.y, 0u), vec2(p01.x, 0u)), vec2(p10.x, 0u));
    let upper = add64(product(a.y, b.y), vec2(middle.y, 0u));
    return add64(add64(upper, vec2(p01.y, 0u)), vec2(p10.y, 0u));
}
