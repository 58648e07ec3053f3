// Accumulator: the exact sum of squares of finite values, in limbs of two words as sums are, but twice
// as many: the unit is limb 2 LIMB_ZERO. Twin: steps/squares.rs. `at` is the first limb's first word.

// The square of a mantissa whose last bit is worth 2^bit, counted from a sum's limb 0.
fn squares_add(at: u32, first: u32, mantissa: vec2<u32>, bit: u32) {
    let low = product(mantissa.x, mantissa.x);
    let middle = product(mantissa.x, mantissa.y);
    let high = product(mantissa.y, mantissa.y);
    // Four words, the middle product counting twice.
    let b = add64(vec2(low.y, 0u), vec2(middle.x << 1u, 0u));
    let twice = (middle.y << 1u) | (middle.x >> 31u);
    let c = add64(add64(vec2(high.x, 0u), vec2(twice, 0u)), vec2(b.y, 0u));
    let d = high.y + (middle.y >> 31u) + c.y;
    let shift = (2u * bit) % 32u;
    let back = 31u - shift;
    let limb = at + 2u * (2u * bit / 32u - first);
    squares_limb(limb, low.x << shift);
    squares_limb(limb + 2u, (b.x << shift) | ((low.x >> 1u) >> back));
    squares_limb(limb + 4u, (c.x << shift) | ((b.x >> 1u) >> back));
    squares_limb(limb + 6u, (d << shift) | ((c.x >> 1u) >> back));
    squares_limb(limb + 8u, (d >> 1u) >> back);
}

// Words of zero may lie beyond the window.
fn squares_limb(at: u32, word: u32) {
    if (word != 0u) {
        limb_add(at, word, 0u);
    }
}

fn squares_u64(at: u32, first: u32, bits: vec2<u32>) {
    if (bits.x != 0u || bits.y != 0u) {
        squares_add(at, first, bits, 32u * LIMB_ZERO);
    }
}

fn squares_i64(at: u32, first: u32, bits: vec2<u32>) {
    let negative = (bits.y & 0x80000000u) != 0u;
    squares_u64(at, first, select(bits, sub64(vec2(0u, 0u), bits), negative));
}

fn squares_u32(at: u32, first: u32, bits: vec2<u32>) {
    squares_u64(at, first, vec2(bits.x, 0u));
}

fn squares_i32(at: u32, first: u32, bits: vec2<u32>) {
    let negative = (bits.x & 0x80000000u) != 0u;
    squares_u64(at, first, vec2(select(bits.x, ~bits.x + 1u, negative), 0u));
}

// The value is no NaN; an infinity is left to the sum.
fn squares_f32(at: u32, first: u32, bits: vec2<u32>) {
    let exponent = (bits.x >> 23u) & 0xffu;
    let mantissa = (bits.x & 0x007fffffu) | select(0u, 0x00800000u, exponent != 0u);
    if (exponent != 0xffu && mantissa != 0u) {
        squares_add(at, first, vec2(mantissa, 0u), max(exponent, 1u) + 32u * LIMB_ZERO - 150u);
    }
}

fn squares_f64(at: u32, first: u32, bits: vec2<u32>) {
    let exponent = (bits.y >> 20u) & 0x7ffu;
    let high = (bits.y & 0x000fffffu) | select(0u, 0x00100000u, exponent != 0u);
    if (exponent != 0x7ffu && (high != 0u || bits.x != 0u)) {
        squares_add(at, first, vec2(bits.x, high), max(exponent, 1u) + 32u * LIMB_ZERO - 1075u);
    }
}
