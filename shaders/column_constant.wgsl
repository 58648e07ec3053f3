// The bits that every row of a column has. `at` is the column's place in `chunks`.
fn column_constant(at: u32, row: u32) -> vec2<u32> {
    return vec2(chunks[at + COLUMN_BASE], chunks[at + COLUMN_BASE + 1u]);
}
