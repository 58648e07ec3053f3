//! Digits of single rows: what keys of selected rows are told from.

use crate::{Code, Digit, DigitPart, KernelError};
use graticule_columns::{Chunk, Column};
use graticule_geo::layer::Layer;
use std::sync::Arc;

/// The digits of some rows of a chunk, one column for each.
///
/// # Errors
/// [`KernelError::Stray`] for a row whose value lies outside of what its statistics say, and
/// [`KernelError::NotWatched`] where the source coordinates of a row are missing that a zone's edge leaves open.
pub fn digits(
    digits: &[Digit],
    layers: &[Arc<Layer>],
    chunk: &Chunk,
    rows: &[u32],
) -> Result<Vec<Vec<u32>>, KernelError> {
    let column = |digit: &Digit| {
        let digits = rows.iter().map(|&row| {
            let code = code(&digit.code, layers, chunk, row)?;
            let part = match digit.part {
                DigitPart::Whole => code,
                DigitPart::High => code >> 32,
                DigitPart::Low => code & 0xffff_ffff,
            };
            let within = (part < digit.extent).then_some(part);
            within
                .and_then(|part| u32::try_from(part).ok())
                .ok_or(KernelError::Stray)
        });
        digits.collect()
    };
    digits.iter().map(column).collect()
}

fn code(code: &Code, layers: &[Arc<Layer>], chunk: &Chunk, row: u32) -> Result<u64, KernelError> {
    let value = |slot: usize| value(&chunk.columns[slot], row as usize);
    let order = |slot: usize, bits: u64| chunk.columns[slot].kind().order(bits);
    Ok(match code {
        Code::Null { slot } => u64::from(value(*slot).is_none()),
        Code::Zone { layer } => {
            let layer = &layers[*layer];
            let [x, y] = [0, 1].map(|slot| value(slot).and_then(|bits| u32::try_from(bits).ok()));
            match (chunk.exact.get(row), x.zip(y)) {
                (Some((lon, lat)), _) => layer.exact(lon, lat),
                // What is not kept is not open.
                (None, Some((x, y))) => layer.code(x, y),
                (None, None) => return Err(KernelError::NotWatched { row }),
            }
        }
        Code::Cell { slot, shift, first } => {
            let cell = value(*slot)
                .and_then(|bits| u32::try_from(bits).ok())
                .unwrap_or(0)
                >> shift;
            u64::from(cell.wrapping_sub(*first) & (u32::MAX >> shift))
        }
        Code::Offset { slot, low } => {
            value(*slot).map_or(0, |bits| order(*slot, bits).wrapping_sub(*low))
        }
        Code::Bucket {
            slot,
            first,
            lead,
            width,
        } => value(*slot)
            .map_or(Some(0), |bits| {
                let distance = order(*slot, bits).checked_sub(*first)?;
                let beyond = distance.checked_sub(*lead);
                Some(beyond.map_or(0, |beyond| (beyond / width).wrapping_add(1)))
            })
            .ok_or(KernelError::Stray)?,
        // No key is made of these.
        Code::Log { .. } => return Err(KernelError::Stray),
    })
}

/// The bits of a row's value; none of null.
fn value(column: &Column, row: usize) -> Option<u64> {
    if column
        .validity()
        .is_some_and(|validity| !validity.value(row))
    {
        return None;
    }
    let rows = row..row + 1;
    Some(match column.kind().is_wide() {
        true => column.read64(rows, &mut [0])[0],
        false => u64::from(column.read32(rows, &mut [0])[0]),
    })
}
