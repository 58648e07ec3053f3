// Entry: a record for each possible group in the table, at the place that the digits spell.

fn record_add(at: u32, value: u32) -> u32 {
    return atomicAdd(&table[at], value);
}

fn record_max(at: u32, value: u32) {
    atomicMax(&table[at], value);
}

fn record_of(group: u32) -> u32 {
    return home_of(group);
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
