// The bits of a row of a column of 32-bit words. `at` is the column's place in `chunks`.
fn column_plain32(at: u32, row: u32) -> vec2<u32> {
    return vec2(slab[chunks[at + COLUMN_DATA] + row], 0u);
}
