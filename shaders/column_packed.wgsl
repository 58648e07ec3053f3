// A row of a column of blocks of PACKED_BLOCK values, each packed as value - least in `width` bits.
// Two header words a block: the least value, and start << 6 | width, the start counted in words from
// the column's beginning. One word of zeros ends the column, so that two may always be loaded.
// Twin: columns::Packed::unpack. `at` is the column's place in `chunks`.
fn packed_word(at: u32, row: u32) -> u32 {
    let data = chunks[at + COLUMN_DATA];
    let block = row / PACKED_BLOCK;
    let least = slab[data + 2u * block];
    let header = slab[data + 2u * block + 1u];
    let width = header & 63u;
    if (width == 0u) {
        return least;
    }
    let bit = (row % PACKED_BLOCK) * width;
    let word = data + (header >> 6u) + bit / 32u;
    let shift = bit % 32u;
    // A shift by 32 is a shift by 0 in WGSL: hence in two steps.
    let value = (slab[word] >> shift) | ((slab[word + 1u] << 1u) << (31u - shift));
    return least + (value & (0xffffffffu >> (32u - width)));
}

// Of a 32-bit kind: base + word, wrapping at 32 bits.
fn column_packed32(at: u32, row: u32) -> vec2<u32> {
    return vec2(chunks[at + COLUMN_BASE] + packed_word(at, row), 0u);
}

// Of a 64-bit kind: base + word, wrapping at 64 bits.
fn column_packed64(at: u32, row: u32) -> vec2<u32> {
    let base = vec2(chunks[at + COLUMN_BASE], chunks[at + COLUMN_BASE + 1u]);
    return add64(base, vec2(packed_word(at, row), 0u));
}
