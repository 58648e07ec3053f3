//! A chunk's columns as words for a slab, and chunks cut to what a slab holds.

use crate::GpuError;
use crate::device::Inner;
use crate::params::word;
use crate::slab::{ColumnPlace, Stored};
use crate::stream::Stream;
use crate::{ColumnShape, Encoding};
use arrow_buffer::BooleanBuffer;
use graticule_columns::{Chunk, Column, Data, PACKED_BLOCK, RowOrigin};
use graticule_kernels::{Accumulator, limbs};
use std::ops::Range;

/// What is known of a column once it is uploaded.
pub(crate) fn of_column(column: &Column) -> Stored {
    let rows = column.len() as u64;
    let (words, base) = match column.data() {
        Data::Plain32(_) => (rows, 0),
        Data::Plain64(_) => (2 * rows, 0),
        Data::Offset { base, .. } => (rows, *base),
        Data::Packed { base, packed } => (packed.words().len() as u64, *base),
        Data::Constant { bits, .. } => (0, *bits),
    };
    let nulls = column.validity().map_or(0, |_| rows.div_ceil(32));
    Stored {
        shape: Some(ColumnShape {
            encoding: Encoding::of(column),
            kind: column.kind(),
            has_nulls: column.validity().is_some(),
        }),
        base,
        validity: word(words),
        window: limbs::of_column(Accumulator::Sum { slot: 0 }, column),
        invalid: 0,
        words: word(words + nulls),
    }
}

/// The same for the bitmap of valid rows.
pub(crate) fn of_valid(chunk: &Chunk) -> Stored {
    Stored {
        shape: None,
        base: 0,
        validity: 0,
        window: 0..0,
        invalid: chunk.invalid() as u64,
        words: chunk
            .valid
            .as_ref()
            .filter(|_| chunk.invalid() > 0)
            .map_or(0, |v| word(v.len().div_ceil(32) as u64)),
    }
}

/// Records the copy of a column; gives the bytes copied.
pub(crate) fn write_column(
    stream: &mut Stream,
    inner: &Inner,
    column: &Column,
    place: &ColumnPlace,
) -> Result<u64, GpuError> {
    let Some(target) = stream.slabs.buffer(place.slab).cloned() else {
        return Err(inner.lose("a slab is missing"));
    };
    let at = 4 * u64::from(place.first);
    let bytes: &[u8] = match column.data() {
        Data::Plain32(words) => bytemuck::cast_slice(words),
        Data::Plain64(words) => bytemuck::cast_slice(words),
        Data::Offset { offsets, .. } => bytemuck::cast_slice(offsets),
        Data::Packed { packed, .. } => bytemuck::cast_slice(packed.words()),
        Data::Constant { .. } => &[],
    };
    stream.write(inner, bytes, &target, at)?;
    let mut written = bytes.len() as u64;
    if let Some(validity) = column.validity() {
        let bits = bitmap(validity);
        let at = at + 4 * u64::from(place.stored.validity);
        stream.write(inner, bytemuck::cast_slice(&bits), &target, at)?;
        written += 4 * bits.len() as u64;
    }
    Ok(written)
}

/// The same for the bitmap of valid rows.
pub(crate) fn write_valid(
    stream: &mut Stream,
    inner: &Inner,
    valid: &BooleanBuffer,
    place: &ColumnPlace,
) -> Result<u64, GpuError> {
    let Some(target) = stream.slabs.buffer(place.slab).cloned() else {
        return Err(inner.lose("a slab is missing"));
    };
    let bits = bitmap(valid);
    stream.write(
        inner,
        bytemuck::cast_slice(&bits),
        &target,
        4 * u64::from(place.first),
    )?;
    Ok(4 * bits.len() as u64)
}

/// A bitmap as words, from bit 0 on, with zeros after its end.
fn bitmap(bits: &BooleanBuffer) -> Vec<u32> {
    let chunks = bits.inner().bit_chunks(bits.offset(), bits.len());
    let mut words: Vec<u32> = chunks
        .iter_padded()
        .flat_map(|pair| [crate::params::low(pair), crate::params::high(pair)])
        .collect();
    words.truncate(bits.len().div_ceil(32));
    words
}

/// Some rows of a chunk, as a chunk of their own with an origin of its own. Begins at a multiple of
/// [`PACKED_BLOCK`].
pub(crate) fn slice(chunk: &Chunk, rows: Range<usize>) -> Chunk {
    debug_assert!(rows.start.is_multiple_of(PACKED_BLOCK));
    Chunk {
        origin: RowOrigin {
            first_row: chunk.origin.first_row + rows.start,
            rows: rows.len(),
            ..chunk.origin.clone()
        },
        columns: chunk
            .columns
            .iter()
            .map(|c| slice_column(c, rows.clone()))
            .collect(),
        valid: chunk
            .valid
            .as_ref()
            .map(|v| v.slice(rows.start, rows.len())),
        exact: chunk.exact.slice(rows),
        texts: Vec::new(),
    }
}

fn slice_column(column: &Column, rows: Range<usize>) -> Column {
    let len = rows.len();
    let data = match column.data() {
        Data::Plain32(words) => Data::Plain32(words.slice(rows.start, len)),
        Data::Plain64(words) => Data::Plain64(words.slice(rows.start, len)),
        Data::Offset { base, offsets } => Data::Offset {
            base: *base,
            offsets: offsets.slice(rows.start, len),
        },
        Data::Constant { bits, .. } => Data::Constant {
            bits: *bits,
            rows: len,
        },
        Data::Packed { base, packed } => {
            let mut words = vec![0; len];
            packed.unpack(rows.clone(), &mut words);
            Data::Packed {
                base: *base,
                packed: graticule_columns::Packed::pack(&words),
            }
        }
    };
    let validity = column.validity().map(|v| v.slice(rows.start, len));
    Column::new(column.kind(), data, validity)
}
