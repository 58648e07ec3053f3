// Entry: a bit for each row of a dispatch's only chunk, set where the row passes every filter; the table
// holds nothing else. Twin: CpuSession::matching.

fn mark(row: u32) {
    atomicOr(&table[row / 32u], 1u << (row % 32u));
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
