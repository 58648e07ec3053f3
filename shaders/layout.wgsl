// What every module binds. The numbers CHUNK_*, COLUMN_*, AUX_*, EMPTY and PUBLISHED come from
// crates/gpu/src/params.rs, which states them once.
//
// params   what a dispatch is told; `steps` holds the constants of filters, digits and accumulators
// slab     columns of chunks, as they lie on the host
// table    records of groups, all zeros where a group has no row; for `sparse` slots and keys before;
//          for `matching` the bits of rows instead
// aux      counters, then the list of rows that f64 must decide
// chunks   CHUNK_WORDS words for each chunk of the dispatch
// lookup   the tables of polygons and circles, as geo makes them
//
// A row has an id, unique in its dispatch and below 2^31: chunk << params.row_bits | row.

struct Params {
    row_bits: u32,
    groups: u32,
    stride: u32,
    records: u32,
    replicas: u32,
    recheck_capacity: u32,
    table_words: u32,
    aux_words: u32,
    steps: array<u32>,
}

@group(0) @binding(0) var<storage, read> params: Params;
@group(0) @binding(1) var<storage, read> slab: array<u32>;
@group(0) @binding(2) var<storage, read_write> table: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> aux: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> chunks: array<u32>;
@group(0) @binding(5) var<storage, read> lookup: array<u32>;

// 64-bit words are vec2(low, high) everywhere.
fn step64(at: u32) -> vec2<u32> {
    return vec2(params.steps[at], params.steps[at + 1u]);
}

fn id_of(chunk: u32, row: u32) -> u32 {
    return (chunk << params.row_bits) | row;
}

fn chunk_of(id: u32) -> u32 {
    return id >> params.row_bits;
}

fn row_of(id: u32) -> u32 {
    return id & ((1u << params.row_bits) - 1u);
}
