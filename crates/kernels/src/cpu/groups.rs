//! The groups of one program: from rows to places to accumulators.

use super::accumulate::accumulate;
use super::digits::digits;
use super::read;
use super::tile::Tile;
use crate::exponents::Exponents;
use crate::typed::Bits;
use crate::{Accumulator, Counters, KernelError, Layout, Program, Table, lanes};
use graticule_columns::{Chunk, Column, Data};
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Groups {
    pub(super) program: Program,
    pub(super) table: Table,
    digits: Vec<Vec<u32>>,
    /// Slots of floats whose sums are kept.
    floats: Vec<usize>,
}

impl Groups {
    pub(super) fn new(program: Program, allowed: usize) -> Result<Self, KernelError> {
        let is_float = |slot: &usize| program.slots[*slot].kind.is_float();
        let sums = program.accumulators.iter().filter(|a| a.has_lanes());
        let mut floats: Vec<usize> = sums.filter_map(|a| a.slot()).filter(is_float).collect();
        floats.sort_unstable();
        floats.dedup();
        Ok(Self {
            table: Table::new(&program, allowed)?,
            digits: vec![Vec::new(); program.digits.len()],
            program,
            floats,
        })
    }

    /// Takes the chosen rows of a tile in; the table has the lanes for their values.
    pub(super) fn push(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        tile: &mut Tile,
        counters: &mut Counters,
    ) -> Result<(), KernelError> {
        digits(&self.program, chunk, rows, tile, counters, &mut self.digits)?;
        let count = tile.chosen.len();
        self.table.places(&self.digits, count, &mut tile.places)?;
        accumulate(&mut self.table, chunk, rows, tile, counters);
        Ok(())
    }

    /// A layout with the lanes that the chosen rows' values touch, where the table has not all of them.
    pub(super) fn missing(
        &self,
        chunk: &Chunk,
        rows: &Range<usize>,
        tile: &mut Tile,
    ) -> Option<Layout> {
        let mut found = Vec::new();
        for &slot in &self.floats {
            let column = &chunk.columns[slot];
            let few = 4 * tile.chosen.len() < rows.len();
            // Where the lanes suffice for all rows of the tile, nobody need know which are chosen.
            let some = if few { Some(&tile.chosen) } else { None };
            let bits = read::bits(column, rows, some, &mut tile.scratch);
            if self.holds(slot, &Exponents::of(bits)) {
                continue;
            }
            let Tile {
                chosen,
                scratch,
                marks,
                live,
                ..
            } = &mut *tile;
            let bits = read::bits(column, rows, Some(chosen), scratch);
            read::live(column, rows, chosen, bits, false, marks, &mut live.rows);
            let exponents = Exponents::of(live.bits(bits));
            if !self.holds(slot, &exponents) {
                // Tables widen seldom, for what else the chunk may have.
                let chunk = whole(column).map(|all| Exponents {
                    infinite: exponents.infinite,
                    ..all
                });
                found.push((slot, chunk.unwrap_or(exponents)));
            }
        }
        (!found.is_empty()).then(|| {
            Layout::new(&self.program.accumulators, |accumulator| {
                let slot = accumulator.slot();
                let found = found.iter().find(|(of, _)| Some(*of) == slot);
                found.map_or(0..0, |(slot, exponents)| {
                    self.window(accumulator, *slot, exponents)
                })
            })
        })
    }

    fn window(&self, sum: Accumulator, slot: usize, exponents: &Exponents) -> Range<u32> {
        lanes::of_exponents(sum, self.program.slots[slot].kind, exponents)
    }

    /// Whether the sums of a slot have lanes for values of some exponents.
    fn holds(&self, slot: usize, exponents: &Exponents) -> bool {
        let mut sums = (self.table.layout.fields.iter())
            .filter(|f| f.accumulator.has_lanes() && f.accumulator.slot() == Some(slot));
        sums.all(|field| {
            let window = self.window(field.accumulator, slot, exponents);
            lanes::union(&field.lanes, &window) == field.lanes
        })
    }
}

/// The exponents of all floats of a column, where those say something of the rows that may be chosen.
fn whole(column: &Column) -> Option<Exponents> {
    match (column.validity(), column.data()) {
        (None, Data::Plain32(words)) => Some(Exponents::of(Bits::Narrow(words))),
        (None, Data::Plain64(words)) => Some(Exponents::of(Bits::Wide(words))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Accumulator, Code, CpuSession, Digit, KernelError, Part, Program, Session, Slot};
    use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};

    fn digit(code: Code) -> Digit {
        Digit {
            code,
            part: Part::Whole,
            extent: 4,
        }
    }

    /// Runs digits over the values 7 and null.
    fn run(digits: Vec<Digit>) -> Result<(), KernelError> {
        let kinds = [Kind::U32, Kind::U32, Kind::I64];
        let program = Program {
            slots: kinds.map(|kind| Slot { kind }).to_vec(),
            layers: Vec::new(),
            filters: Vec::new(),
            live: None,
            digits,
            accumulators: vec![Accumulator::Count],
        };
        let place = || Column::constant(Kind::U32, 0, 2);
        let validity = [true, false].into_iter().collect();
        let values = Column::new(Kind::I64, Data::Plain64(vec![7, 7].into()), Some(validity));
        let chunk = Chunk {
            origin: RowOrigin {
                store: "".into(),
                object: "".into(),
                etag: "".into(),
                row_group: 0,
                first_row: 0,
                rows: 2,
            },
            columns: vec![place(), place(), values],
            valid: None,
            exact: ExactRows::none(),
            texts: Vec::new(),
        };
        let mut session = CpuSession::new(std::slice::from_ref(&program), usize::MAX)?;
        session.push(&chunk)
    }

    #[test]
    fn a_null_that_no_digit_tells_of_is_in_no_group() {
        let low = Kind::I64.order(6);
        let value = || digit(Code::Offset { slot: 2, low });
        assert!(matches!(run(vec![value()]), Err(KernelError::Stray)));
        run(vec![digit(Code::Null { slot: 2 }), value()]).expect("two groups");
    }

    #[test]
    fn a_word_below_the_window_is_in_no_bucket() {
        let bucket = |first: u64| {
            let code = Code::Bucket {
                slot: 2,
                first: Kind::I64.order(first),
                lead: 2,
                width: 5,
            };
            run(vec![digit(Code::Null { slot: 2 }), digit(code)])
        };
        bucket(7).expect("bucket 0");
        assert!(matches!(bucket(8), Err(KernelError::Stray)));
    }
}
