//! Values and nullness of rows, one after the other.

use super::VECTOR;
use super::rows::Rows;
use crate::exponents::is_nan;
use crate::typed::{Bits, Word};
use arrow::util::bit_chunk_iterator::BitChunks;
use graticule_columns::{Column, Data, Kind};
use std::ops::Range;

/// Room for the values of a vector's rows.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Of all rows.
    pub(super) words32: Vec<u32>,
    pub(super) words64: Vec<u64>,
    /// Of some.
    some32: Vec<u32>,
    some64: Vec<u64>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self {
            words32: vec![0; VECTOR],
            words64: vec![0; VECTOR],
            some32: vec![0; VECTOR],
            some64: vec![0; VECTOR],
        }
    }
}

/// The bits of some rows of a vector, or of all: in place where the column has them so, else brought together.
pub(super) fn bits<'a>(
    column: &'a Column,
    rows: &Range<usize>,
    some: Option<&Rows>,
    scratch: &'a mut Scratch,
) -> Bits<'a> {
    let Some(list) = some.and_then(Rows::list) else {
        return if column.kind().is_wide() {
            Bits::Wide(column.read64(rows.clone(), &mut scratch.words64))
        } else {
            Bits::Narrow(column.read32(rows.clone(), &mut scratch.words32))
        };
    };
    if !column.kind().is_wide() {
        let all = column.read32(rows.clone(), &mut scratch.words32);
        return Bits::Narrow(pick(all, list, &mut scratch.some32));
    }
    if let Data::Offset { base, offsets } = column.data() {
        let offsets = &offsets[rows.clone()];
        for (out, &row) in scratch.some64.iter_mut().zip(list) {
            *out = base.wrapping_add(u64::from(offsets[row as usize]));
        }
        return Bits::Wide(&scratch.some64[..list.len()]);
    }
    let all = column.read64(rows.clone(), &mut scratch.words64);
    Bits::Wide(pick(all, list, &mut scratch.some64))
}

/// Brings the values at some places together.
pub(super) fn pick<'a, W: Copy>(all: &[W], places: &[u32], out: &'a mut [W]) -> &'a [W] {
    let out = &mut out[..places.len()];
    for (out, &place) in out.iter_mut().zip(places) {
        *out = all[place as usize];
    }
    out
}

/// Marks rows by bits of a buffer, which says for 64 at a time where they begin.
pub(super) fn spread(bits: &arrow::buffer::BooleanBuffer, rows: &Range<usize>, out: &mut [u8]) {
    let chunks = BitChunks::new(bits.values(), bits.offset() + rows.start, rows.len());
    let (all, rest) = out[..rows.len()].as_chunks_mut::<64>();
    for (word, out) in chunks.iter().zip(all) {
        spread_word(word, out);
    }
    let mut last = [0; 64];
    spread_word(chunks.remainder_bits(), &mut last);
    rest.copy_from_slice(&last[..rest.len()]);
}

#[inline(always)]
fn spread_word(word: u64, out: &mut [u8; 64]) {
    if word == u64::MAX {
        return out.fill(1);
    }
    let (out, _) = out.as_chunks_mut::<8>();
    for (byte, out) in word.to_le_bytes().into_iter().zip(out) {
        // The byte eight times, of each its own bit, which then moves to the lowest.
        let apart = (u64::from(byte) * 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
        let marks = ((apart + 0x7f7f_7f7f_7f7f_7f7f) >> 7) & 0x0101_0101_0101_0101;
        *out = marks.to_le_bytes();
    }
}

/// Marks those of some rows that are not null; `None` where all are.
pub(super) fn not_null<'a>(
    column: &Column,
    rows: &Range<usize>,
    some: &Rows,
    marks: &'a mut Marks,
) -> Option<&'a mut [u8]> {
    let validity = column.validity()?;
    spread(validity, rows, &mut marks.all);
    let marks = match some.list() {
        None => &mut marks.all[..rows.len()],
        Some(list) => {
            pick(&marks.all, list, &mut marks.some);
            &mut marks.some[..list.len()]
        }
    };
    (!crate::marks::all_marked(marks)).then_some(marks)
}

/// Room for marks of rows.
#[derive(Debug)]
pub(super) struct Marks {
    all: Vec<u8>,
    some: Vec<u8>,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            all: vec![0; VECTOR],
            some: vec![0; VECTOR],
        }
    }
}

/// Leaves in `live` the positions of the values that are neither null nor NaN among those of some rows;
/// returns how many were NaN. `may_be_nan` says whether there may be one.
pub(super) fn live(
    column: &Column,
    rows: &Range<usize>,
    some: &Rows,
    bits: Bits<'_>,
    may_be_nan: bool,
    marks: &mut Marks,
    live: &mut Rows,
) -> u64 {
    let count = some.len();
    let kind = column.kind();
    let has_nulls = not_null(column, rows, some, marks).is_some();
    if !has_nulls && !may_be_nan {
        live.all(count);
        return 0;
    }
    let is_listed = has_nulls && some.list().is_some();
    let marks = if is_listed {
        &mut marks.some[..count]
    } else {
        &mut marks.all[..count]
    };
    if !has_nulls {
        marks.fill(1);
    }
    let nan = match bits {
        _ if !may_be_nan => 0,
        Bits::Narrow(bits) => drop_nan(kind, bits, marks),
        Bits::Wide(bits) => drop_nan(kind, bits, marks),
    };
    live.mark(marks);
    nan
}

fn drop_nan<W: Word>(kind: Kind, bits: &[W], marks: &mut [u8]) -> u64 {
    let mut count = 0;
    for (mark, &bits) in marks.iter_mut().zip(bits) {
        let nan = u8::from(is_nan(kind, bits)) & *mark;
        *mark ^= nan;
        count += u64::from(nan);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::buffer::BooleanBuffer;

    #[test]
    fn marks_are_the_bits() {
        let bits: Vec<bool> = (0..300u32)
            .map(|i| i % 7 < 3 || (i > 70 && i < 210))
            .collect();
        let buffer = BooleanBuffer::from(bits.clone());
        for rows in [0..300, 1..65, 64..192, 71..200, 299..300, 5..5] {
            for cut in [0, 3] {
                let sliced = buffer.slice(cut, 300 - cut);
                let rows = rows.start..rows.end.min(300 - cut).max(rows.start);
                if rows.end + cut > 300 {
                    continue;
                }
                let mut out = vec![9; rows.len()];
                spread(&sliced, &rows, &mut out);
                let want: Vec<u8> = rows.map(|i| u8::from(bits[i + cut])).collect();
                assert_eq!(out, want);
            }
        }
    }
}
