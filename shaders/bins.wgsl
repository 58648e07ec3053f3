// Entry: a record for each possible group in workgroup memory, `params.replicas` times, lane by lane,
// to lessen contention; each workgroup adds its own to the table at the end. 64-bit minima and maxima
// go to the table at once. Nothing is assumed of the memory's first contents.

var<workgroup> bins: array<atomic<u32>, BINS>;
var<private> replica: u32 = 0u;

fn record_add(at: u32, value: u32) -> u32 {
    return atomicAdd(&bins[at], value);
}

fn record_max(at: u32, value: u32) {
    atomicMax(&bins[at], value);
}

fn record_of(group: u32) -> u32 {
    return (group * params.replicas + replica) * params.stride;
}

fn flush_count(bin: u32, home: u32) {
    let value = atomicLoad(&bins[bin]);
    if (value != 0u) {
        atomicAdd(&table[home], value);
    }
}

fn flush_max(bin: u32, home: u32) {
    let value = atomicLoad(&bins[bin]);
    if (value != 0u) {
        atomicMax(&table[home], value);
    }
}

fn flush_limbs(bin: u32, home: u32, limbs: u32) {
    for (var limb = 0u; limb < 2u * limbs; limb += 2u) {
        let low = atomicLoad(&bins[bin + limb]);
        var carried = atomicLoad(&bins[bin + limb + 1u]);
        if (low != 0u) {
            let old = atomicAdd(&table[home + limb], low);
            carried += select(0u, 1u, old > 0xffffffffu - low);
        }
        if (carried != 0u) {
            atomicAdd(&table[home + limb + 1u], carried);
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn fused(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let records = params.groups * params.replicas;
    for (var word = lane; word < records * params.stride; word += WORKGROUP) {
        atomicStore(&bins[word], 0u);
    }
    replica = lane % params.replicas;
    tally_clear(lane);
    scan(group, groups, lane);
    tally_flush(lane);
    for (var record = lane; record < records; record += WORKGROUP) {
        let bin = record * params.stride;
        // The first field counts rows.
        if (atomicLoad(&bins[bin]) != 0u) {
            flush_record(bin, home_of(record / params.replicas));
        }
    }
}
