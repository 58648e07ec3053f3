// Accumulator: the first or last value by time, of the same time the least. Twin: steps/dated.rs.
//
// Six words in the table: how many rows had a value, a state as of a 64-bit minimum (min.wgsl), then
// the published time and value, ordered, of two words each. The composer writes
// `dated_at(slot, id)`: time and value of a row of this dispatch.

fn dated_of(at: u32, state: u32, slot: u32) -> vec4<u32> {
    if (state == PUBLISHED) {
        return vec4(
            atomicLoad(&table[at + 2u]),
            atomicLoad(&table[at + 3u]),
            atomicLoad(&table[at + 4u]),
            atomicLoad(&table[at + 5u]),
        );
    }
    return dated_at(slot, state - 1u);
}

fn dated_nearer(a: vec4<u32>, b: vec4<u32>, last: bool) -> bool {
    if (a.x == b.x && a.y == b.y) {
        return less64(a.zw, b.zw);
    }
    return less64(a.xy, b.xy) != last;
}

fn dated_keep(at: u32, time: vec2<u32>, value: vec2<u32>, last: bool, slot: u32, id: u32) {
    let dated = vec4(time, value);
    atomicAdd(&table[at], 1u);
    var state = atomicLoad(&table[at + 1u]);
    while (state == EMPTY || dated_nearer(dated, dated_of(at, state, slot), last)) {
        let tried = atomicCompareExchangeWeak(&table[at + 1u], state, id + 1u);
        if (tried.exchanged) {
            return;
        }
        state = tried.old_value;
    }
}

fn publish_dated(at: u32, slot: u32) {
    let state = atomicLoad(&table[at + 1u]);
    if (state == EMPTY || state == PUBLISHED) {
        return;
    }
    let dated = dated_at(slot, state - 1u);
    atomicStore(&table[at + 2u], dated.x);
    atomicStore(&table[at + 3u], dated.y);
    atomicStore(&table[at + 4u], dated.z);
    atomicStore(&table[at + 5u], dated.w);
    atomicStore(&table[at + 1u], PUBLISHED);
}
