//! Which rows of a vector pass.

use super::read::{self, Scratch};
use super::{CpuSession, VECTOR};
use crate::steps;
use crate::typed::{Bits, Word, typed};
use crate::{Filter, KernelError};
use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use graticule_columns::{Chunk, Column, Data};
use std::ops::Range;

impl CpuSession {
    /// Leaves in `keep` the rows that pass every filter, as far as integers can tell, and in `edge`
    /// those that they leave open.
    pub(super) fn filter(&mut self, chunk: &Chunk, rows: &Range<usize>) {
        let count = rows.len();
        let vector = &mut self.vector;
        match &chunk.valid {
            None => vector.keep[..count].fill(1),
            Some(valid) => read::spread(valid, rows, &mut vector.keep),
        }
        vector.edge[..count].fill(0);
        let Some(program) = self.programs.first() else {
            return;
        };
        for filter in program.filters.iter().filter(|f| !f.is_region()) {
            test(
                filter,
                chunk,
                rows,
                &mut vector.keep[..count],
                &mut vector.scratch,
            );
        }
        if !self.regions.is_empty() && vector.keep[..count].contains(&1) {
            // Plain columns are looked at where they lie.
            let [x, y] = [&chunk.columns[0], &chunk.columns[1]];
            self.regions.narrow(
                x.read32(rows.clone(), &mut vector.x),
                y.read32(rows.clone(), &mut vector.y),
                &mut vector.keep[..count],
                &mut vector.edge[..count],
                &mut vector.codes[..count],
            );
        }
    }

    /// Asks the f64 predicate about rows that integers leave open and every filter lets pass.
    pub(super) fn recheck(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
    ) -> Result<(), KernelError> {
        let vector = &mut self.vector;
        let count = rows.len();
        if !vector.edge[..count].contains(&1) {
            return Ok(());
        }
        for i in 0..count {
            if vector.edge[i] & vector.keep[i] == 0 {
                continue;
            }
            let (lon, lat) = exact(chunk, rows.start + i)?;
            vector.keep[i] = u8::from(self.regions.hold(lon, lat));
            self.counters.rechecked += 1;
        }
        Ok(())
    }
}

/// Tests of rows apart from a session.
pub(crate) struct Tests {
    scratch: Scratch,
}

impl Default for Tests {
    fn default() -> Self {
        Self {
            scratch: Scratch::new(),
        }
    }
}

impl Tests {
    /// A set bit for each row of a chunk that passes a filter which is no region.
    pub(crate) fn passing(&mut self, filter: &Filter, chunk: &Chunk) -> BooleanBuffer {
        let mut passing = BooleanBufferBuilder::new(chunk.len());
        let mut keep = [0; VECTOR];
        for start in (0..chunk.len()).step_by(VECTOR) {
            let rows = start..(start + VECTOR).min(chunk.len());
            let keep = &mut keep[..rows.len()];
            keep.fill(1);
            test(filter, chunk, &rows, keep, &mut self.scratch);
            for passes in keep {
                passing.append(*passes != 0);
            }
        }
        passing.finish()
    }
}

/// The source coordinates of a row.
pub(super) fn exact(chunk: &Chunk, row: usize) -> Result<(f64, f64), KernelError> {
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    chunk.exact.get(row).ok_or(KernelError::NotWatched { row })
}

/// Drops from `keep` the rows that do not pass.
fn test(
    filter: &Filter,
    chunk: &Chunk,
    rows: &Range<usize>,
    keep: &mut [u8],
    scratch: &mut Scratch,
) {
    match filter {
        &Filter::Range {
            slot,
            low,
            high,
            negate,
        } => {
            let column = &chunk.columns[slot];
            within(column, rows, (low, high), negate, keep, scratch);
            drop_nulls(column, rows, keep, true);
        }
        &Filter::IsNull { slot, negate } => {
            drop_nulls(&chunk.columns[slot], rows, keep, negate);
        }
        Filter::All(filters) => {
            if let Some(set) = Set::of(filters, true) {
                return set.test(chunk, rows, keep, scratch);
            }
            for filter in filters {
                test(filter, chunk, rows, keep, scratch);
            }
        }
        Filter::Any(filters) => {
            if let Some(set) = Set::of(filters, false) {
                return set.test(chunk, rows, keep, scratch);
            }
            let mut any = vec![0; keep.len()];
            let mut one = vec![0; keep.len()];
            for filter in filters {
                one.copy_from_slice(keep);
                test(filter, chunk, rows, &mut one, scratch);
                for (any, one) in any.iter_mut().zip(&one) {
                    *any |= one;
                }
            }
            keep.copy_from_slice(&any);
        }
        // Where a point lies is asked of all regions together.
        Filter::Bbox(_) | Filter::Circle(_) | Filter::Layer { .. } => {}
    }
}

/// Drops the rows whose ordered word is not in `low..=high`, or is where `negate`.
fn within(
    column: &Column,
    rows: &Range<usize>,
    range: (u64, u64),
    negate: bool,
    keep: &mut [u8],
    scratch: &mut Scratch,
) {
    let kind = column.kind();
    if let Data::Offset { base, offsets } = column.data() {
        let offsets = &offsets[rows.clone()];
        if steps::range_of_offsets(kind, *base, offsets, range, negate, keep) {
            return;
        }
    }
    let bits = read::bits(column, rows, None, scratch);
    typed!(kind, K => steps::range::<K>(Word::all(bits), range, negate, keep));
}

/// Many ranges of one slot, ascending and apart: a row's is found by bisection.
struct Set<'a> {
    slot: usize,
    /// Whether rows in a range are dropped, not kept.
    negate: bool,
    ranges: &'a [Filter],
}

/// Fewer ranges are tried one after the other, which takes no branch.
const MANY: usize = 8;

impl<'a> Set<'a> {
    fn of(ranges: &'a [Filter], negate: bool) -> Option<Self> {
        let slot = match ranges.first()? {
            Filter::Range { slot, .. } if ranges.len() >= MANY => *slot,
            _ => return None,
        };
        let mut end = None;
        for range in ranges {
            match *range {
                Filter::Range {
                    slot: other,
                    low,
                    high,
                    negate: negated,
                } if other == slot
                    && negated == negate
                    && low <= high
                    && end.is_none_or(|end| low > end) =>
                {
                    end = Some(high);
                }
                _ => return None,
            }
        }
        Some(Self {
            slot,
            negate,
            ranges,
        })
    }

    fn test(&self, chunk: &Chunk, rows: &Range<usize>, keep: &mut [u8], scratch: &mut Scratch) {
        let column = &chunk.columns[self.slot];
        let kind = column.kind();
        let is_in = |word: u64| {
            let below =
                |range: &Filter| matches!(*range, Filter::Range { high, .. } if high < word);
            let place = self.ranges.partition_point(below);
            matches!(self.ranges.get(place), Some(&Filter::Range { low, .. }) if low <= word)
        };
        let holds = |bits: u64| u8::from(is_in(kind.order(bits)) != self.negate);
        match read::bits(column, rows, None, scratch) {
            Bits::Narrow(bits) => {
                for (keep, &bits) in keep.iter_mut().zip(bits) {
                    *keep &= holds(bits.into());
                }
            }
            Bits::Wide(bits) => {
                for (keep, &bits) in keep.iter_mut().zip(bits) {
                    *keep &= holds(bits);
                }
            }
        }
        drop_nulls(column, rows, keep, true);
    }
}

/// Drops the null rows, or, where not `nulls`, the others.
fn drop_nulls(column: &Column, rows: &Range<usize>, keep: &mut [u8], nulls: bool) {
    match column.validity() {
        Some(validity) => {
            let mut not_null = [0; VECTOR];
            read::spread(validity, rows, &mut not_null);
            for (keep, not_null) in keep.iter_mut().zip(not_null) {
                *keep &= not_null ^ u8::from(!nulls);
            }
        }
        None if nulls => {}
        None => keep.fill(0),
    }
}
