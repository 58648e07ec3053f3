// The bits of a row of a 64-bit column of `base + offset`, wrapping. `at` is the column's place in
// `chunks`.
fn column_offset(at: u32, row: u32) -> vec2<u32> {
    let base = vec2(chunks[at + COLUMN_BASE], chunks[at + COLUMN_BASE + 1u]);
    return add64(base, vec2(slab[chunks[at + COLUMN_DATA] + row], 0u));
}
