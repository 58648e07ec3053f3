// Ordered words: unsigned integers that sort as the values do. Twin: columns::Kind::order.
// `number_*` says of an ordered word whether it is a number, infinities included.

fn order_i32(bits: vec2<u32>) -> vec2<u32> {
    return vec2(bits.x ^ 0x80000000u, 0u);
}

fn order_u32(bits: vec2<u32>) -> vec2<u32> {
    return vec2(bits.x, 0u);
}

fn order_i64(bits: vec2<u32>) -> vec2<u32> {
    return vec2(bits.x, bits.y ^ 0x80000000u);
}

fn order_u64(bits: vec2<u32>) -> vec2<u32> {
    return bits;
}

fn order_f32(bits: vec2<u32>) -> vec2<u32> {
    let sign = select(0u, 0xffffffffu, (bits.x & 0x80000000u) != 0u);
    return vec2(bits.x ^ (sign | 0x80000000u), 0u);
}

fn order_f64(bits: vec2<u32>) -> vec2<u32> {
    let sign = select(0u, 0xffffffffu, (bits.y & 0x80000000u) != 0u);
    return vec2(bits.x ^ sign, bits.y ^ (sign | 0x80000000u));
}

// -inf is 0x007fffff and inf is 0xff800000.
fn number_f32(word: vec2<u32>) -> bool {
    return word.x >= 0x007fffffu && word.x <= 0xff800000u;
}

// -inf is 0x000fffff_ffffffff and inf is 0xfff00000_00000000.
fn number_f64(word: vec2<u32>) -> bool {
    let low = vec2(0xffffffffu, 0x000fffffu);
    let high = vec2(0u, 0xfff00000u);
    return !less64(word, low) && !less64(high, word);
}
