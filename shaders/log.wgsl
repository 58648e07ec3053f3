// Digit: the value's log-linear bucket less the window's first. Twin: steps/log.rs and kernels::log.
// Constant: first (2 words).
const LOG_MIDDLE: u32 = 4096u;

// The bucket of a size: sizes below 128 have one each, greater ones 64 to each power of two.
fn log_size(size: vec2<u32>) -> u32 {
    if (size.y == 0u && size.x < 128u) {
        return size.x;
    }
    let power = select(firstLeadingBit(size.x), 32u + firstLeadingBit(size.y), size.y != 0u);
    let shift = power - 6u;
    var mantissa = 0u;
    if (shift >= 32u) {
        mantissa = size.y >> (shift - 32u);
    } else {
        mantissa = (size.x >> shift) | (size.y << (32u - shift));
    }
    return 128u + (power - 7u) * 64u + (mantissa & 63u);
}

fn log_signed(bits: vec2<u32>) -> u32 {
    if ((bits.y & 0x80000000u) != 0u) {
        return LOG_MIDDLE - log_size(sub64(vec2(0u, 0u), bits));
    }
    return LOG_MIDDLE + log_size(bits);
}

fn log_from(at: u32, bucket: u32) -> vec2<u32> {
    return sub64(vec2(bucket, 0u), step64(at));
}

fn log_i32(at: u32, bits: vec2<u32>) -> vec2<u32> {
    let sign = select(0u, 0xffffffffu, (bits.x & 0x80000000u) != 0u);
    return log_from(at, log_signed(vec2(bits.x, sign)));
}

fn log_u32(at: u32, bits: vec2<u32>) -> vec2<u32> {
    return log_from(at, LOG_MIDDLE + log_size(vec2(bits.x, 0u)));
}

fn log_i64(at: u32, bits: vec2<u32>) -> vec2<u32> {
    return log_from(at, log_signed(bits));
}

fn log_u64(at: u32, bits: vec2<u32>) -> vec2<u32> {
    return log_from(at, LOG_MIDDLE + log_size(bits));
}

// Floats keep six bits of the mantissa of their ordered word.
fn log_f32(at: u32, bits: vec2<u32>) -> vec2<u32> {
    return log_from(at, order_f32(bits).x >> 17u);
}

fn log_f64(at: u32, bits: vec2<u32>) -> vec2<u32> {
    return log_from(at, order_f64(bits).y >> 14u);
}
