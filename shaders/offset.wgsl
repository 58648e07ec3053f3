// Digit: ordered word - low, an integer within its window. Twin: steps/offset.rs.
// Constant: low (2 words).
fn offset_code(at: u32, word: vec2<u32>) -> vec2<u32> {
    return sub64(word, step64(at));
}
