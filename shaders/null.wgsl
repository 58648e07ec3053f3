// Digit: 1 where the row is null, else 0. Twin: steps/null.rs.
fn null_code(live: bool) -> vec2<u32> {
    return vec2(select(1u, 0u, live), 0u);
}
