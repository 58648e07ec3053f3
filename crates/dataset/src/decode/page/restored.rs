//! Coordinates of the graticule layout that take a residual to be their source's.

use super::axis::Side;
use super::leaf::{Leaf, Sink, Unreadable, Words};
use super::live::{Live, is_none};
use super::located::Located;
use graticule_columns::Degrees;
use graticule_geo::decimal;
use std::ops::Range;

/// Decimals and their residuals.
pub(super) struct Restored {
    side: Side,
    is_f32: bool,
    decimals: (Leaf, Whole),
    residuals: (Leaf, Whole),
    /// Rows of the largest chunk so far, since memory of one size is used again.
    most: usize,
}

/// Rows whose numbers are held at a time: they stay in the first-level cache.
const STEP: usize = 1024;

/// Whole numbers of a few rows.
#[derive(Default)]
struct Whole {
    entries: Vec<i64>,
    numbers: Vec<i64>,
    live: Live,
}

impl Whole {
    fn clear(&mut self) {
        self.numbers.clear();
        self.live.clear();
    }

    fn at(&self, row: usize) -> Option<i64> {
        self.live.has(row).then(|| self.numbers[row])
    }
}

impl Sink for Whole {
    fn dictionary(&mut self, entries: usize) {
        self.entries = Vec::with_capacity(entries);
    }

    fn enter(&mut self, words: Words<'_>) {
        match words {
            Words::Narrow(words) | Words::Keys(words) => self.entries.extend(signed(words)),
            Words::Wide(words) => self.entries.extend(words.iter().map(|w| w.cast_signed())),
        }
    }

    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str> {
        let before = self.numbers.len();
        match words {
            Words::Narrow(words) => self.numbers.extend(signed(words)),
            Words::Wide(words) => self.numbers.extend(words.iter().map(|w| w.cast_signed())),
            Words::Keys(keys) => {
                if is_none(live) {
                    self.numbers.resize(before + keys.len(), 0);
                }
                for key in &keys[self.numbers.len() - before..] {
                    let entry = self.entries.get(*key as usize);
                    let entry = entry.ok_or("it has a place that is not in its dictionary")?;
                    self.numbers.push(*entry);
                }
            }
        }
        self.live.push(before, self.numbers.len() - before, live);
        Ok(())
    }
}

fn signed(words: &[u32]) -> impl Iterator<Item = i64> {
    words.iter().map(|word| i64::from(word.cast_signed()))
}

impl Restored {
    pub(super) fn new(side: Side, is_f32: bool, decimals: Leaf, residuals: Leaf) -> Self {
        Self {
            side,
            is_f32,
            decimals: (decimals, Whole::default()),
            residuals: (residuals, Whole::default()),
            most: 0,
        }
    }

    pub(super) fn next(&mut self, cut: &[Range<usize>]) -> Result<Located, Unreadable> {
        let rows = cut.iter().map(Range::len).sum();
        self.most = self.most.max(rows);
        let mut cells = Vec::with_capacity(self.most);
        let mut degrees = Vec::with_capacity(self.most);
        let mut valid = Vec::new();
        for range in cut {
            for start in range.clone().step_by(STEP) {
                let step = start..(start + STEP).min(range.end);
                for (leaf, whole) in [&mut self.decimals, &mut self.residuals] {
                    whole.clear();
                    leaf.read(step.clone(), whole)?;
                }
                let from = degrees.len();
                let places = self.restore(&mut degrees);
                cells.resize(degrees.len(), 0);
                self.side.cells(&degrees[from..], &mut cells[from..]);
                if places.is_some() || !valid.is_empty() {
                    valid.resize(from, true);
                    valid.extend(places.unwrap_or_default());
                    valid.resize(degrees.len(), true);
                }
            }
        }
        Ok(Located {
            cells: cells.into(),
            degrees: Degrees::from(degrees),
            valid: valid.contains(&false).then_some(valid),
        })
    }

    /// Appends the degrees of a step; where some are no place, which are.
    fn restore(&self, degrees: &mut Vec<f64>) -> Option<Vec<bool>> {
        let (decimals, residuals) = (&self.decimals.1, &self.residuals.1);
        let (from, rows) = (degrees.len(), decimals.numbers.len());
        let is_whole = decimals.live.is_all() && residuals.live.is_all();
        if is_whole && !self.is_f32 {
            degrees.resize(from + rows, 0.0);
            decimal::decode_all(&decimals.numbers, &residuals.numbers, &mut degrees[from..]);
            let new = &degrees[from..];
            // Without a branch, so that it is done several at a time.
            let is_all = new.iter().fold(true, |all, v| all & self.side.is_valid(*v));
            return match is_all {
                true => None,
                false => Some(new.iter().map(|v| self.side.is_valid(*v)).collect()),
            };
        }
        let mut valid = Vec::with_capacity(rows);
        for row in 0..rows {
            let (decimal, residual) = (decimals.at(row), residuals.at(row));
            let value = match self.is_f32 {
                true => f64::from(decimal::decode::<f32>(decimal, residual.unwrap_or(0))),
                false => decimal::decode::<f64>(decimal, residual.unwrap_or(0)),
            };
            degrees.push(value);
            valid.push((decimal.is_some() || residual.is_some()) && self.side.is_valid(value));
        }
        valid.contains(&false).then_some(valid)
    }
}
