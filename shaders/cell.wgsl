// Digit: ((word >> shift) - first) mod 2^(32 - shift), a column or row of a grid of cells.
// Twin: steps/cell.rs. Constants: shift (0 to 31), first.
fn cell_code(at: u32, bits: vec2<u32>) -> vec2<u32> {
    let shift = params.steps[at];
    // A shift by 32 is a shift by 0 in WGSL: hence in two steps.
    let word = (bits.x >> shift) | ((bits.y << 1u) << (31u - shift));
    return vec2((word - params.steps[at + 1u]) & (0xffffffffu >> shift), 0u);
}
