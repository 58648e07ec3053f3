// Filter: the ordered word lies in a range, or does not. Twin: steps/range.rs.
//
// Constants: low (2 words), extent (2 words), and a mode: 0 inside, 1 outside, 2 never, 3 always.
// A word is inside when word - low <= extent, wrapping.

fn range_mode(at: u32, inside: bool) -> bool {
    let mode = params.steps[at + 4u];
    return (inside & (mode < 2u)) != ((mode & 1u) == 1u);
}

fn range_holds32(at: u32, word: vec2<u32>) -> bool {
    return range_mode(at, word.x - params.steps[at] <= params.steps[at + 2u]);
}

fn range_holds64(at: u32, word: vec2<u32>) -> bool {
    return range_mode(at, !less64(step64(at + 2u), sub64(word, step64(at))));
}
