// The rows of a dispatch: workgroups (x, chunk) stride through a chunk's rows, each visited once.
// The composer writes `visit(chunk, row)`: filters, digits, accumulators.

var<private> matched: u32 = 0u;
var<private> nan: u32 = 0u;
var<private> stray: u32 = 0u;
var<private> claimed: u32 = 0u;
var<private> visited: u32 = 0u;
var<workgroup> tallies: array<atomic<u32>, 5>;

fn scan(group: vec3<u32>, groups: vec3<u32>, lane: u32) {
    let chunk = group.y;
    let at = chunk * CHUNK_WORDS;
    let end = chunks[at + CHUNK_TO];
    let stride = groups.x * WORKGROUP;
    for (var row = chunks[at + CHUNK_FROM] + group.x * WORKGROUP + lane; row < end; row += stride) {
        visit(chunk, row);
        visited += 1u;
    }
}

// Appends a row that f64 must decide; the counter goes on where the list is full.
fn recheck(chunk: u32, row: u32) {
    let place = atomicAdd(&aux[AUX_RECHECK], 1u);
    if (place < params.recheck_capacity) {
        atomicStore(&aux[AUX_LIST + 2u * place], chunks[chunk * CHUNK_WORDS + CHUNK_NUMBER]);
        atomicStore(&aux[AUX_LIST + 2u * place + 1u], row);
    }
}

fn tally_clear(lane: u32) {
    if (lane < 5u) {
        atomicStore(&tallies[lane], 0u);
    }
    workgroupBarrier();
}

fn tally_flush(lane: u32) {
    atomicAdd(&tallies[AUX_MATCHED], matched);
    atomicAdd(&tallies[AUX_NAN], nan);
    atomicAdd(&tallies[AUX_STRAY], stray);
    atomicAdd(&tallies[AUX_OCCUPIED], claimed);
    // A driver that gives a loop up has not been everywhere, and the host must know.
    atomicAdd(&tallies[4], visited);
    workgroupBarrier();
    if (lane < 5u) {
        let tally = atomicLoad(&tallies[lane]);
        if (tally != 0u) {
            atomicAdd(&aux[select(lane, AUX_VISITED, lane == 4u)], tally);
        }
    }
}
