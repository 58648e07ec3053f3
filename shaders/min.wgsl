// Accumulator: the least ordered word. Twin: steps/min.rs.
//
// Of 32 bits, two words: the greatest complement, so that a record of zeros is empty, and 1 once the
// complement 0 itself was met. Of 64 bits, three words in the table: a state and the low and high
// half of a published word. The state is EMPTY, PUBLISHED, or 1 + the id of the row that is least so
// far; the publish pass turns it into PUBLISHED. Lanes never wait for one another: each failed
// exchange means that another lane has put a new row in.

fn min_keep32(at: u32, word: vec2<u32>) {
    let complement = ~word.x;
    record_max(at, complement);
    if (complement == 0u) {
        record_max(at + 1u, 1u);
    }
}

fn min_keep64(at: u32, word: vec2<u32>, slot: u32, id: u32) {
    var state = atomicLoad(&table[at]);
    while (state == EMPTY || less64(word, best_of(at, state, slot))) {
        let tried = atomicCompareExchangeWeak(&table[at], state, id + 1u);
        if (tried.exchanged) {
            return;
        }
        state = tried.old_value;
    }
}
