// Entry: sums of word * (2 * place + 1), modulo 2^32, of the table and of the other words of `aux`,
// so that a readback in which one bit differs is noticed. AUX_CHECK_TABLE and AUX_CHECK_AUX must be 0
// before. Twin: table.rs, `checksum`.

@compute @workgroup_size(WORKGROUP)
fn checksum(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let step = groups.x * WORKGROUP;
    var sum = 0u;
    for (var place = id.x; place < params.table_words; place += step) {
        sum += atomicLoad(&table[place]) * (2u * place + 1u);
    }
    atomicAdd(&aux[AUX_CHECK_TABLE], sum);
    sum = 0u;
    for (var place = id.x; place < params.aux_words; place += step) {
        if (place != AUX_CHECK_TABLE && place != AUX_CHECK_AUX) {
            sum += atomicLoad(&aux[place]) * (2u * place + 1u);
        }
    }
    atomicAdd(&aux[AUX_CHECK_AUX], sum);
}
