// A row's bit in a bitmap that begins at word `first` of the slab: nulls and invalid rows.
fn bitmap(first: u32, row: u32) -> bool {
    return ((slab[first + row / 32u] >> (row % 32u)) & 1u) == 1u;
}
