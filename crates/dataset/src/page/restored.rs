//! Coordinates of the graticule layout that take a residual to be their source's.

use super::axis::{Located, Side};
use super::leaf::{Leaf, Unreadable};
use super::value::{Form, Value};
use graticule_columns::{Column, Degrees, Kind};
use graticule_geo::decimal;
use std::ops::Range;

/// Decimals and their residuals.
pub(super) struct Restored {
    side: Side,
    is_f32: bool,
    decimals: (Leaf, Value),
    residuals: (Leaf, Value),
}

/// Rows of which numbers are held at a time.
const STEP: usize = 1024;

impl Restored {
    /// Of leaves, each with whether its words are of 64 bits.
    pub(super) fn new(
        side: Side,
        is_f32: bool,
        decimals: (Leaf, bool),
        residuals: (Leaf, bool),
    ) -> Self {
        let whole = |is_wide| match is_wide {
            true => Value::new(Kind::I64, Form::Wide),
            false => Value::new(Kind::I64, Form::Times(1)),
        };
        Self {
            side,
            is_f32,
            decimals: (decimals.0, whole(decimals.1)),
            residuals: (residuals.0, whole(residuals.1)),
        }
    }

    pub(super) fn next(&mut self, cut: &[Range<usize>]) -> Result<Located, Unreadable> {
        let rows = cut.iter().map(Range::len).sum();
        let whole = |(leaf, value): &mut (Leaf, Value)| {
            value.reserve(rows);
            for range in cut {
                leaf.read(range.clone(), value)?;
            }
            Ok(value.take())
        };
        let (decimals, residuals) = (whole(&mut self.decimals)?, whole(&mut self.residuals)?);
        Ok(self.located(&decimals, &residuals))
    }

    fn located(&self, decimals: &Column, residuals: &Column) -> Located {
        let rows = decimals.len();
        let (mut cells, mut degrees) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let mut valid = Vec::with_capacity(rows);
        let (mut whole, mut rest) = ([0; STEP], [0; STEP]);
        let is_live = |column: &Column, row: usize| column.validity().is_none_or(|v| v.value(row));
        for start in (0..rows).step_by(STEP) {
            let range = start..(start + STEP).min(rows);
            let whole = decimals.read64(range.clone(), &mut whole);
            let rest = residuals.read64(range.clone(), &mut rest);
            for (row, (whole, rest)) in range.zip(whole.iter().zip(rest)) {
                let decimal = is_live(decimals, row).then_some(whole.cast_signed());
                let residual = is_live(residuals, row).then_some(rest.cast_signed());
                let value = match self.is_f32 {
                    true => f64::from(decimal::decode::<f32>(decimal, residual.unwrap_or(0))),
                    false => decimal::decode::<f64>(decimal, residual.unwrap_or(0)),
                };
                cells.push(self.side.cell(value));
                degrees.push(value);
                valid.push((decimal.is_some() || residual.is_some()) && self.side.is_valid(value));
            }
        }
        Located {
            cells: cells.into(),
            degrees: Degrees::from(degrees),
            valid: valid.contains(&false).then_some(valid),
        }
    }
}
