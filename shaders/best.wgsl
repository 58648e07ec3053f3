// The word behind the state of a 64-bit min or max (see min.wgsl), and the making of it public.
// The composer writes `ordered_at(slot, id)`, the ordered word of a row of this dispatch.

fn best_of(at: u32, state: u32, slot: u32) -> vec2<u32> {
    if (state == PUBLISHED) {
        return vec2(atomicLoad(&table[at + 1u]), atomicLoad(&table[at + 2u]));
    }
    return ordered_at(slot, state - 1u);
}

fn publish_best(at: u32, slot: u32) {
    let state = atomicLoad(&table[at]);
    if (state == EMPTY || state == PUBLISHED) {
        return;
    }
    let word = ordered_at(slot, state - 1u);
    atomicStore(&table[at + 1u], word.x);
    atomicStore(&table[at + 2u], word.y);
    atomicStore(&table[at], PUBLISHED);
}
