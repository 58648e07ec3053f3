// Entry: after each fused pass that may have claimed something, turns row ids, which mean nothing to
// the next dispatch, into digits and words. The composer writes `publish_slot(slot)`, which tells
// whether the record has a row, and `publish_record(home)`.

@compute @workgroup_size(WORKGROUP)
fn publish(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    for (var slot = id.x; slot < params.groups; slot += groups.x * WORKGROUP) {
        if (publish_slot(slot)) {
            publish_record(home_of(slot));
        }
    }
}
