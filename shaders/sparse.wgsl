// Entry: a hash table of the groups met, any number of digits wide. The table begins with
// `params.groups` slots (a power of two), then the digits of each slot, then the records.
//
// A slot is EMPTY, PUBLISHED (its digits lie in the table), or 1 + the id of the row that claimed it,
// whose digits are computed again from the columns. So no lane waits for another, and a claim is one
// exchange. The publish pass that follows writes the digits. The host keeps three slots in ten free.
// The composer writes `key_of(chunk, row)`: the digits of a row, KEY_WORDS of them.

fn record_add(at: u32, value: u32) -> u32 {
    return atomicAdd(&table[at], value);
}

fn record_max(at: u32, value: u32) {
    atomicMax(&table[at], value);
}

fn record_of(group: u32) -> u32 {
    return home_of(group);
}

// Rounds of MurmurHash3's 32-bit mixer (Austin Appleby, public domain).
fn hash(key: array<u32, KEY_WORDS>) -> u32 {
    var h = 0x9e3779b9u;
    for (var i = 0u; i < KEY_WORDS; i += 1u) {
        h = (h ^ key[i]) * 0x85ebca6bu;
        h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
        h ^= h >> 16u;
    }
    return h;
}

fn same_key(slot: u32, state: u32, key: array<u32, KEY_WORDS>) -> bool {
    if (state == PUBLISHED) {
        let keys = params.groups + slot * KEY_WORDS;
        for (var i = 0u; i < KEY_WORDS; i += 1u) {
            if (atomicLoad(&table[keys + i]) != key[i]) {
                return false;
            }
        }
        return true;
    }
    let other = key_of(chunk_of(state - 1u), row_of(state - 1u));
    for (var i = 0u; i < KEY_WORDS; i += 1u) {
        if (other[i] != key[i]) {
            return false;
        }
    }
    return true;
}

// The slot of a key, claimed for the row if new.
fn find(key: array<u32, KEY_WORDS>, id: u32) -> u32 {
    let mask = params.groups - 1u;
    var slot = hash(key) & mask;
    loop {
        var state = atomicLoad(&table[slot]);
        while (state == EMPTY) {
            // The weak exchange may fail for no reason: hence again while the slot is empty.
            let tried = atomicCompareExchangeWeak(&table[slot], EMPTY, id + 1u);
            if (tried.exchanged) {
                claimed += 1u;
                return slot;
            }
            state = tried.old_value;
        }
        if (same_key(slot, state, key)) {
            return slot;
        }
        slot = (slot + 1u) & mask;
    }
    return 0u;
}

@compute @workgroup_size(WORKGROUP)
fn fused(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    tally_clear(lane);
    scan(group, groups, lane);
    tally_flush(lane);
}
