// Accumulator: the greatest ordered word; one word, or three of 64 bits as in min.wgsl.
// Twin: steps/max.rs.

fn max_keep32(at: u32, word: vec2<u32>) {
    record_max(at, word.x);
}

fn max_keep64(at: u32, word: vec2<u32>, slot: u32, id: u32) {
    var state = atomicLoad(&table[at]);
    while (state == EMPTY || less64(best_of(at, state, slot), word)) {
        let tried = atomicCompareExchangeWeak(&table[at], state, id + 1u);
        if (tried.exchanged) {
            return;
        }
        state = tried.old_value;
    }
}
