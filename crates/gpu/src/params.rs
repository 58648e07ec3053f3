//! What Rust and WGSL share, stated once: the composer prints these numbers into every module, and
//! `tests/layout.rs` compares [`Header`] with what naga reads in `shaders/layout.wgsl`.

use bytemuck::{Pod, Zeroable};
use graticule_columns::PACKED_BLOCK;
use graticule_kernels::limbs;
use std::fmt::Write;

/// Invocations of a workgroup; what every adapter has.
pub(crate) const WORKGROUP: u32 = 256;
/// Words of workgroup memory for records: 16 KiB less the tallies.
pub(crate) const BINS: u32 = 4080;
/// Rows of a dispatch are numbered below this.
pub(crate) const ROW_IDS: u64 = 1 << 31;

/// The fixed part of `Params`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Header {
    /// Bits of a row id that are the row.
    pub row_bits: u32,
    /// Possible groups, or slots of a hash table.
    pub groups: u32,
    /// Words of a record.
    pub stride: u32,
    /// Word of the table at which records begin.
    pub records: u32,
    /// Copies of each record in workgroup memory.
    pub replicas: u32,
    /// Rows that the recheck list holds.
    pub recheck_capacity: u32,
    /// Words of the table.
    pub table_words: u32,
    /// Words of `aux`.
    pub aux_words: u32,
}

pub(crate) const CHUNK_NUMBER: u32 = 0;
pub(crate) const CHUNK_FROM: u32 = 1;
pub(crate) const CHUNK_TO: u32 = 2;
pub(crate) const CHUNK_VALID: u32 = 3;
pub(crate) const CHUNK_COLUMNS: u32 = 4;

pub(crate) const COLUMN_DATA: u32 = 0;
pub(crate) const COLUMN_VALIDITY: u32 = 1;
pub(crate) const COLUMN_BASE: u32 = 2;
pub(crate) const COLUMN_WORDS: u32 = 4;

pub(crate) const AUX_MATCHED: u32 = 0;
pub(crate) const AUX_NAN: u32 = 1;
pub(crate) const AUX_STRAY: u32 = 2;
pub(crate) const AUX_OCCUPIED: u32 = 3;
pub(crate) const AUX_RECHECK: u32 = 4;
pub(crate) const AUX_CHECK_TABLE: u32 = 5;
pub(crate) const AUX_CHECK_AUX: u32 = 6;
pub(crate) const AUX_VISITED: u32 = 7;
pub(crate) const AUX_LIST: u32 = 8;

/// State of a slot of which nobody knows; also of a record of zeros.
pub(crate) const EMPTY: u32 = 0;
/// State of a slot whose key or word lies in the table.
pub(crate) const PUBLISHED: u32 = u32::MAX;

/// Every number that the shaders name, with its value.
pub fn constants() -> Vec<(&'static str, u32)> {
    vec![
        ("WORKGROUP", WORKGROUP),
        ("BINS", BINS),
        ("CHUNK_NUMBER", CHUNK_NUMBER),
        ("CHUNK_FROM", CHUNK_FROM),
        ("CHUNK_TO", CHUNK_TO),
        ("CHUNK_VALID", CHUNK_VALID),
        ("CHUNK_COLUMNS", CHUNK_COLUMNS),
        ("COLUMN_DATA", COLUMN_DATA),
        ("COLUMN_VALIDITY", COLUMN_VALIDITY),
        ("COLUMN_BASE", COLUMN_BASE),
        ("AUX_MATCHED", AUX_MATCHED),
        ("AUX_NAN", AUX_NAN),
        ("AUX_STRAY", AUX_STRAY),
        ("AUX_OCCUPIED", AUX_OCCUPIED),
        ("AUX_RECHECK", AUX_RECHECK),
        ("AUX_CHECK_TABLE", AUX_CHECK_TABLE),
        ("AUX_CHECK_AUX", AUX_CHECK_AUX),
        ("AUX_VISITED", AUX_VISITED),
        ("AUX_LIST", AUX_LIST),
        ("EMPTY", EMPTY),
        ("PUBLISHED", PUBLISHED),
        ("OUTSIDE", 0),
        ("EDGE", 1),
        ("INSIDE", 2),
        ("PACKED_BLOCK", word(PACKED_BLOCK as u64)),
        ("LIMB_ZERO", limbs::ZERO),
        ("LIMB_INFINITY", limbs::INFINITY),
    ]
}

/// [`constants`] as WGSL.
pub(crate) fn prelude() -> String {
    let mut text = String::from("// From crates/gpu/src/params.rs.\n");
    for (name, value) in constants() {
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    text
}

/// A number that fits a word, such as a count that a limit bounds.
pub(crate) fn word(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The low word.
pub(crate) fn low(value: u64) -> u32 {
    word(value & 0xffff_ffff)
}

/// The high word.
pub(crate) fn high(value: u64) -> u32 {
    word(value >> 32)
}

/// A length in memory.
pub(crate) fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
