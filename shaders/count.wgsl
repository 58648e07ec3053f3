// Accumulator: rows. One word. Twin: steps/count.rs.
fn count_add(at: u32) {
    record_add(at, 1u);
}
