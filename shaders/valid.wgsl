// Accumulator: values that are neither null nor NaN. One word. Twin: steps/valid.rs.
fn valid_add(at: u32) {
    record_add(at, 1u);
}
