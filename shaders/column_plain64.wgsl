// The bits of a row of a column of 64-bit words, low half first. `at` is the column's place in
// `chunks`.
fn column_plain64(at: u32, row: u32) -> vec2<u32> {
    let word = chunks[at + COLUMN_DATA] + 2u * row;
    return vec2(slab[word], slab[word + 1u]);
}
