// Accumulator: the exact sum, in limbs of two words (kernels::limbs); a value is cut at multiples of
// 32 bits and each cut added to its limb. Twin: steps/sum.rs. `at` is the first limb's first word.

fn limb_add(at: u32, low: u32, high: u32) {
    var carried = high;
    if (low != 0u) {
        let old = record_add(at, low);
        carried += select(0u, 1u, old > 0xffffffffu - low);
    }
    if (carried != 0u) {
        record_add(at + 1u, carried);
    }
}

// All ones for a negative word.
fn sign_of(word: u32) -> u32 {
    return select(0u, 0xffffffffu, (word & 0x80000000u) != 0u);
}

fn sum_i32(at: u32, first: u32, bits: vec2<u32>) {
    limb_add(at, bits.x, sign_of(bits.x));
}

fn sum_u32(at: u32, first: u32, bits: vec2<u32>) {
    limb_add(at, bits.x, 0u);
}

fn sum_i64(at: u32, first: u32, bits: vec2<u32>) {
    limb_add(at, bits.x, 0u);
    limb_add(at + 2u, bits.y, sign_of(bits.y));
}

fn sum_u64(at: u32, first: u32, bits: vec2<u32>) {
    limb_add(at, bits.x, 0u);
    limb_add(at + 2u, bits.y, 0u);
}

// A mantissa of three words, already shifted within its limb; the third cut has the sign.
fn sum_cuts(at: u32, mantissa: vec3<u32>, negative: bool) {
    var cuts = mantissa;
    if (negative) {
        cuts.x = ~mantissa.x + 1u;
        cuts.y = ~mantissa.y + select(0u, 1u, cuts.x == 0u);
        cuts.z = ~mantissa.z + select(0u, 1u, cuts.x == 0u && cuts.y == 0u);
    }
    limb_add(at, cuts.x, 0u);
    limb_add(at + 2u, cuts.y, 0u);
    limb_add(at + 4u, cuts.z, sign_of(cuts.z));
}

fn sum_infinity(at: u32, first: u32, negative: bool) {
    limb_add(at + 2u * (LIMB_INFINITY - first) + select(0u, 2u, negative), 1u, 0u);
}

// The value is no NaN. Two cuts: the second has the sign.
fn sum_f32(at: u32, first: u32, bits: vec2<u32>) {
    let exponent = (bits.x >> 23u) & 0xffu;
    let negative = (bits.x & 0x80000000u) != 0u;
    if (exponent == 0xffu) {
        sum_infinity(at, first, negative);
        return;
    }
    let mantissa = (bits.x & 0x007fffffu) | select(0u, 0x00800000u, exponent != 0u);
    if (mantissa == 0u) {
        return;
    }
    let bit = max(exponent, 1u) + 32u * LIMB_ZERO - 150u;
    let shift = bit % 32u;
    var cuts = vec2(mantissa << shift, (mantissa >> 1u) >> (31u - shift));
    if (negative) {
        cuts.x = ~cuts.x + 1u;
        cuts.y = ~cuts.y + select(0u, 1u, cuts.x == 0u);
    }
    let limb = at + 2u * (bit / 32u - first);
    limb_add(limb, cuts.x, 0u);
    limb_add(limb + 2u, cuts.y, sign_of(cuts.y));
}

// The value is no NaN. Three cuts.
fn sum_f64(at: u32, first: u32, bits: vec2<u32>) {
    let exponent = (bits.y >> 20u) & 0x7ffu;
    let negative = (bits.y & 0x80000000u) != 0u;
    if (exponent == 0x7ffu) {
        sum_infinity(at, first, negative);
        return;
    }
    let high = (bits.y & 0x000fffffu) | select(0u, 0x00100000u, exponent != 0u);
    if (high == 0u && bits.x == 0u) {
        return;
    }
    let bit = max(exponent, 1u) + 32u * LIMB_ZERO - 1075u;
    let shift = bit % 32u;
    let back = 31u - shift;
    let middle = (high << shift) | ((bits.x >> 1u) >> back);
    let mantissa = vec3(bits.x << shift, middle, (high >> 1u) >> back);
    sum_cuts(at + 2u * (bit / 32u - first), mantissa, negative);
}
