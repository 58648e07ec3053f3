// Digit: 0 for the `lead` ordered words from `first` on, then (word - first - lead) / width + 1, a
// time bucket; all ones below `first`. Twin: steps/bucket.rs.
// Constants of 2 words each: first, lead, width, (2^64 - 1) / width.
fn bucket_code(at: u32, word: vec2<u32>) -> vec2<u32> {
    let first = step64(at);
    if (less64(word, first)) {
        return vec2(0xffffffffu, 0xffffffffu);
    }
    let lead = step64(at + 2u);
    let distance = sub64(word, first);
    if (less64(distance, lead)) {
        return vec2(0u, 0u);
    }
    let beyond = sub64(distance, lead);
    let width = step64(at + 4u);
    if (beyond.y == 0u && width.y == 0u) {
        return add64(vec2(beyond.x / width.x, 0u), vec2(1u, 0u));
    }
    // The upper half of the product is the quotient, or one or two below it.
    var quotient = high64(beyond, step64(at + 6u));
    var rest = sub64(beyond, low64(quotient, width));
    for (var i = 0u; i < 2u && !less64(rest, width); i += 1u) {
        rest = sub64(rest, width);
        quotient = add64(quotient, vec2(1u, 0u));
    }
    return add64(quotient, vec2(1u, 0u));
}
