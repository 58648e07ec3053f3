//! From rows to the digits of their keys.

use super::filter::exact;
use super::read::{self, Scratch};
use super::rows::Rows;
use super::vector::Vector;
use crate::steps::{self, Buckets};
use crate::typed::{Bits, Typed, Word, typed};
use crate::{Code, Counters, Digit, DigitPart, KernelError, Program};
use graticule_columns::{Chunk, Column, Data};
use graticule_geo::layer::{Layer, UNDECIDED};
use multiversion::multiversion;
use std::ops::Range;

/// Writes the digits of the chosen rows of a vector, one column each.
pub(super) fn digits(
    program: &Program,
    chunk: &Chunk,
    rows: &Range<usize>,
    vector: &mut Vector,
    counters: &mut Counters,
    out: &mut [Vec<u32>],
) -> Result<(), KernelError> {
    let count = vector.chosen.len();
    let mut coded: Option<&Code> = None;
    for (digit, out) in program.digits.iter().zip(out) {
        out.resize(count, 0);
        if let Code::Zone { layer } = digit.code {
            // The two halves of a code stand side by side.
            if coded != Some(&digit.code) {
                zones(&program.layers[layer], chunk, rows, vector, counters)?;
                coded = Some(&digit.code);
            }
            part(digit, &vector.codes[..count], out)?;
            continue;
        }
        coded = None;
        let Vector {
            chosen,
            scratch,
            marks,
            codes,
            distances,
            ..
        } = vector;
        let slot = digit.code.slot();
        let column = &chunk.columns[slot];
        let not_null = read::not_null(column, rows, chosen, marks);
        // A null that no digit tells of would be of another group.
        if not_null.is_some() && !program.tells_nulls(slot) {
            return Err(KernelError::Stray);
        }
        if let Code::Null { .. } = digit.code {
            match not_null {
                Some(marks) => steps::null(marks, out),
                None => out.fill(0),
            }
            most(digit, out.contains(&1).into())?;
            continue;
        }
        let is_done = digit.part == DigitPart::Whole
            && not_null.is_none()
            && near(digit, column, rows, chosen, (scratch, distances), out);
        if !is_done {
            let codes = &mut codes[..count];
            any(
                &digit.code,
                column,
                read::bits(column, rows, Some(chosen), scratch),
                codes,
            );
            if let Some(marks) = not_null {
                for (code, _) in codes.iter_mut().zip(marks).filter(|(_, m)| **m == 0) {
                    *code = 0;
                }
            }
            part(digit, codes, out)?;
        }
    }
    Ok(())
}

/// Takes the codes' part that a digit is.
fn part(digit: &Digit, codes: &[u64], out: &mut [u32]) -> Result<(), KernelError> {
    let greatest = match digit.part {
        DigitPart::Whole => parts(codes, 0, u64::MAX, out),
        DigitPart::High => parts(codes, 32, u64::MAX, out),
        DigitPart::Low => parts(codes, 0, 0xffff_ffff, out),
    };
    most(digit, greatest)
}

/// Bits of codes, from one of them on; returns the greatest. The digits are right where that is below 2^32.
#[multiversion(targets = "simd")]
#[expect(
    clippy::cast_possible_truncation,
    reason = "callers compare the greatest"
)]
fn parts(codes: &[u64], from: u32, mask: u64, out: &mut [u32]) -> u64 {
    let mut greatest = 0;
    for (out, &code) in out.iter_mut().zip(codes) {
        let part = (code >> from) & mask;
        greatest = greatest.max(part);
        *out = part as u32;
    }
    greatest
}

/// Whether digits up to the greatest are below the extent.
fn most(digit: &Digit, greatest: u64) -> Result<(), KernelError> {
    if greatest < digit.extent {
        Ok(())
    } else {
        Err(KernelError::Stray)
    }
}

/// Writes the codes of values, none of them null, in 32 bits each; false where those do not suffice or one is
/// beyond the extent.
fn near(
    digit: &Digit,
    column: &Column,
    rows: &Range<usize>,
    chosen: &Rows,
    (scratch, distances): (&mut Scratch, &mut [u32]),
    out: &mut [u32],
) -> bool {
    let Some(greatest) = digit.extent.checked_sub(1) else {
        return false;
    };
    match digit.code {
        Code::Cell { shift, first, .. } => match read::bits(column, rows, Some(chosen), scratch) {
            Bits::Narrow(words) => u64::from(steps::cell(words, shift, first, out)) <= greatest,
            Bits::Wide(_) => false,
        },
        Code::Bucket {
            first, lead, width, ..
        } => {
            let buckets = Buckets { first, lead, width };
            let greatest = u32::try_from(greatest).unwrap_or(u32::MAX);
            let kind = column.kind();
            if let (None, Data::Offset { base, offsets }) = (chosen.list(), column.data())
                && !kind.is_float()
                && kind.order(*base).checked_add(u32::MAX.into()).is_some()
            {
                let offsets = &offsets[rows.clone()];
                return steps::near_bucket(offsets, kind.order(*base), buckets, greatest, out);
            }
            let bits = read::bits(column, rows, Some(chosen), scratch);
            typed!(kind, K => {
                let bits = <K as Typed>::Bits::all(bits);
                let mut blocks = bits.chunks(NEAR).zip(out.chunks_mut(NEAR));
                blocks.all(|(bits, out)| near_buckets::<K>(bits, buckets, greatest, distances, out))
            })
        }
        _ => false,
    }
}

/// Rows that may be of one track, and so near each other in time.
const NEAR: usize = 128;

/// Writes the codes of buckets of times, most of them near each other; false where one is beyond the greatest.
fn near_buckets<K: Typed>(
    bits: &[K::Bits],
    buckets: Buckets,
    greatest: u32,
    distances: &mut [u32],
    out: &mut [u32],
) -> bool {
    let (least, width) = steps::span::<K>(bits);
    if u32::try_from(width).is_ok() {
        let distances = &mut distances[..bits.len()];
        steps::distances::<K>(bits, least, distances);
        return steps::near_bucket(distances, least, buckets, greatest, out);
    }
    let mut codes = [0; NEAR];
    let codes = &mut codes[..bits.len()];
    steps::bucket::<K>(bits, buckets, codes);
    parts(codes, 0, u64::MAX, out) <= u64::from(greatest)
}

/// Writes the codes of values in 64 bits each.
fn any(code: &Code, column: &Column, bits: Bits<'_>, codes: &mut [u64]) {
    typed!(column.kind(), K => {
        let bits = <K as Typed>::Bits::all(bits);
        match *code {
            Code::Cell { shift, first, .. } => {
                for (code, &bits) in codes.iter_mut().zip(bits) {
                    *code = steps::cell_of(K::word(bits), shift, first);
                }
            }
            Code::Bucket { first, lead, width, .. } => {
                steps::bucket::<K>(bits, Buckets { first, lead, width }, codes);
            }
            Code::Offset { low, .. } => steps::offset::<K>(bits, low, codes),
            Code::Log { first, .. } => steps::log::<K>(bits, first, codes),
            Code::Null { .. } | Code::Zone { .. } => {}
        }
    });
}

/// Leaves the codes of the chosen rows' zones in `codes`; f64 decides those beside an edge.
fn zones(
    layer: &Layer,
    chunk: &Chunk,
    rows: &Range<usize>,
    vector: &mut Vector,
    counters: &mut Counters,
) -> Result<(), KernelError> {
    let count = vector.chosen.len();
    for (column, out) in chunk.columns.iter().zip([&mut vector.x, &mut vector.y]) {
        let words = column.read32(rows.clone(), &mut vector.scratch.words32);
        for (out, row) in out.iter_mut().zip(vector.chosen.iter()) {
            *out = words[row as usize];
        }
    }
    let codes = &mut vector.codes[..count];
    steps::zone(layer.words(), &vector.x[..count], &vector.y[..count], codes);
    for (code, row) in codes.iter_mut().zip(vector.chosen.iter()) {
        if *code == UNDECIDED {
            let (lon, lat) = exact(chunk, rows.start + row as usize)?;
            *code = layer.exact(lon, lat);
            // A row counts once, whether a filter left it open, too, or another key.
            counters.rechecked += u64::from(vector.edge[row as usize] == 0);
            vector.edge[row as usize] = 1;
        }
    }
    Ok(())
}
