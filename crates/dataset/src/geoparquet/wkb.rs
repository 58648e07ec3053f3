//! Points in well-known binary: that of ISO, and that of PostGIS, which has flags and perhaps an SRID.

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder};
use arrow::error::ArrowError;
use std::sync::Arc;

const POINT: u32 = 1;
/// A thousand for Z, two for M, three for both.
const DIMENSION: u32 = 1000;
const FLAG_Z: u32 = 0x8000_0000;
const FLAG_M: u32 = 0x4000_0000;
const FLAG_SRID: u32 = 0x2000_0000;

/// The x and y of large binary values.
pub(super) fn points(values: &ArrayRef) -> Result<[ArrayRef; 2], ArrowError> {
    let values = values.as_binary::<i64>();
    let mut x = Float64Builder::with_capacity(values.len());
    let mut y = Float64Builder::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let point = value.map(point).transpose();
        let point =
            point.map_err(|e| ArrowError::ParseError(format!("row {row} of a batch: {e}")))?;
        x.append_option(point.map(|p| p.0));
        y.append_option(point.map(|p| p.1));
    }
    Ok([Arc::new(x.finish()), Arc::new(y.finish())])
}

/// An empty point is two NaNs, which is no place.
pub(super) fn point(bytes: &[u8]) -> Result<(f64, f64), String> {
    let short = || format!("its point has only {} bytes", bytes.len());
    let (order, rest) = bytes.split_first().ok_or_else(short)?;
    let is_little = match order {
        0 => false,
        1 => true,
        other => {
            return Err(format!(
                "its geometry begins with {other}, which is no byte order"
            ));
        }
    };
    let (kind, mut rest) = rest.split_first_chunk().ok_or_else(short)?;
    let kind = match is_little {
        true => u32::from_le_bytes(*kind),
        false => u32::from_be_bytes(*kind),
    };
    let plain = kind & !(FLAG_Z | FLAG_M | FLAG_SRID);
    if plain % DIMENSION != POINT || plain / DIMENSION > 3 {
        return Err(format!(
            "its geometry is of type {kind}; only points can be read"
        ));
    }
    if kind & FLAG_SRID != 0 {
        rest = rest.split_first_chunk::<4>().ok_or_else(short)?.1;
    }
    let mut number = || {
        let (bytes, behind) = rest.split_first_chunk().ok_or_else(short)?;
        rest = behind;
        Ok::<_, String>(match is_little {
            true => f64::from_le_bytes(*bytes),
            false => f64::from_be_bytes(*bytes),
        })
    };
    Ok((number()?, number()?))
}
