//! The groups of one program: from rows to places to accumulators.

use super::accumulate::accumulate;
use super::digits::digits;
use super::known::Known;
use super::read;
use super::vector::Vector;
use crate::exponents::Exponents;
use crate::typed::Bits;
use crate::{Accumulator, Code, Counters, KernelError, Program, RecordLayout, Table, limbs};
use graticule_columns::{Chunk, Column, Data, Numbers};
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Groups {
    pub(super) program: Program,
    pub(super) table: Table,
    digits: Vec<Vec<u32>>,
    /// Slots of floats whose sums are kept.
    floats: Vec<usize>,
    /// The one slot that all digits are of, if there is one.
    of_one: Option<usize>,
    known: Known,
}

impl Groups {
    pub(super) fn new(program: Program, allowed: usize) -> Result<Self, KernelError> {
        let is_float = |slot: &usize| program.slots[*slot].kind.is_float();
        let sums = program.accumulators.iter().filter(|a| a.has_limbs());
        let mut floats: Vec<usize> = sums.filter_map(|a| a.slot()).filter(is_float).collect();
        floats.sort_unstable();
        floats.dedup();
        let slot = |code: &Code| match code {
            Code::Zone { .. } => None,
            code => Some(code.slot()),
        };
        let mut digits = program.digits.iter().map(|digit| slot(&digit.code));
        let first = digits.next().flatten();
        Ok(Self {
            of_one: first.filter(|_| digits.all(|slot| slot == first)),
            known: Known::default(),
            table: Table::new(&program, allowed)?,
            digits: vec![Vec::new(); program.digits.len()],
            program,
            floats,
        })
    }

    /// Takes the chosen rows of a vector in; the table has the limbs for their values.
    pub(super) fn push(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        vector: &mut Vector,
        counters: &mut Counters,
    ) -> Result<(), KernelError> {
        let column = self.of_one.map(|slot| &chunk.columns[slot]);
        if let Some((column, numbers)) = column.and_then(|c| Some((c, c.numbers()?))) {
            self.places_by_number((column, numbers), chunk, rows, vector, counters)?;
        } else {
            digits(
                &self.program,
                chunk,
                rows,
                vector,
                counters,
                &mut self.digits,
            )?;
            let count = vector.chosen.len();
            self.table.places(&self.digits, count, &mut vector.places)?;
        }
        accumulate(&mut self.table, chunk, rows, vector, counters);
        Ok(())
    }

    /// Finds the places of the chosen rows, whose digits are looked at once for each number of the column.
    fn places_by_number(
        &mut self,
        numbered: (&Column, &Numbers),
        chunk: &Chunk,
        rows: &Range<usize>,
        vector: &mut Vector,
        counters: &mut Counters,
    ) -> Result<(), KernelError> {
        self.table.await_rows(vector.chosen.len())?;
        let known = &mut self.known;
        known.meet(numbered, self.table.age(), rows, &vector.chosen);
        if !known.new.is_empty() {
            std::mem::swap(&mut vector.chosen, &mut known.new);
            let count = vector.chosen.len();
            digits(
                &self.program,
                chunk,
                rows,
                vector,
                counters,
                &mut self.digits,
            )?;
            self.table
                .places_of(&self.digits, count, &mut vector.places)?;
            std::mem::swap(&mut vector.chosen, &mut known.new);
            known.learn(numbered, rows, &vector.places[..count]);
        }
        known.places(numbered, rows, &vector.chosen, &mut vector.places);
        Ok(())
    }

    /// A layout with the limbs that the chosen rows' values touch, where the table has not all of them.
    pub(super) fn missing(
        &self,
        chunk: &Chunk,
        rows: &Range<usize>,
        vector: &mut Vector,
    ) -> Option<RecordLayout> {
        let mut found = Vec::new();
        for &slot in &self.floats {
            let column = &chunk.columns[slot];
            let few = 4 * vector.chosen.len() < rows.len();
            // Where the limbs suffice for all rows of the vector, nobody need know which are chosen.
            let some = if few { Some(&vector.chosen) } else { None };
            let bits = read::bits(column, rows, some, &mut vector.scratch);
            if self.holds(slot, &Exponents::of(bits)) {
                continue;
            }
            let Vector {
                chosen,
                scratch,
                marks,
                live,
                ..
            } = &mut *vector;
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
            RecordLayout::new(&self.program.accumulators, |accumulator| {
                let slot = accumulator.slot();
                let found = found.iter().find(|(of, _)| Some(*of) == slot);
                found.map_or(0..0, |(slot, exponents)| {
                    self.window(accumulator, *slot, exponents)
                })
            })
        })
    }

    fn window(&self, sum: Accumulator, slot: usize, exponents: &Exponents) -> Range<u32> {
        limbs::of_exponents(sum, self.program.slots[slot].kind, exponents)
    }

    /// Whether the sums of a slot have limbs for values of some exponents.
    fn holds(&self, slot: usize, exponents: &Exponents) -> bool {
        let mut sums = (self.table.layout.fields.iter())
            .filter(|f| f.accumulator.has_limbs() && f.accumulator.slot() == Some(slot));
        sums.all(|field| {
            let window = self.window(field.accumulator, slot, exponents);
            limbs::union(&field.limbs, &window) == field.limbs
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
    use crate::{
        Accumulator, Code, CpuSession, Digit, DigitPart, KernelError, Program, Session, Slot,
    };
    use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, Numbers, RowOrigin};

    fn digit(code: Code) -> Digit {
        Digit {
            code,
            part: DigitPart::Whole,
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
        let validity = [true, false].into_iter().collect();
        let values = Column::new(Kind::I64, Data::Plain64(vec![7, 7].into()), Some(validity));
        let mut session = CpuSession::new(std::slice::from_ref(&program), usize::MAX)?;
        session.push(&chunk(values))
    }

    /// A chunk with a column of values beside its points.
    fn chunk(values: Column) -> Chunk {
        let rows = values.len();
        let place = || Column::constant(Kind::U32, 0, rows);
        Chunk {
            origin: RowOrigin {
                store: "".into(),
                object: "".into(),
                etag: "".into(),
                row_group: 0,
                first_row: 0,
                rows,
            },
            columns: vec![place(), place(), values],
            valid: None,
            exact: ExactRows::none(),
            texts: Vec::new(),
        }
    }

    /// Counts of values, which come with numbers of theirs or without; the groups leave after each chunk, or none does.
    fn counts(is_numbered: bool, leaves: bool) -> Vec<(Vec<Vec<u32>>, Vec<u64>)> {
        let low = Kind::U64.order(0);
        let of = |code: Code, part: DigitPart, extent: u64| Digit { code, part, extent };
        let program = Program {
            slots: [Kind::U32, Kind::U32, Kind::U64]
                .map(|kind| Slot { kind })
                .to_vec(),
            layers: Vec::new(),
            filters: Vec::new(),
            live: None,
            digits: vec![
                of(Code::Null { slot: 2 }, DigitPart::Whole, 2),
                of(Code::Offset { slot: 2, low }, DigitPart::High, 1 << 32),
                of(Code::Offset { slot: 2, low }, DigitPart::Low, 1 << 32),
            ],
            accumulators: vec![Accumulator::Count],
        };
        // By numbering: in the second the same numbers are other values.
        let chunks = [
            (1, [1 << 40, 7, 9]),
            (1, [1 << 40, 7, 9]),
            (2, [9, 1 << 40, 5]),
        ];
        let mut session =
            CpuSession::new(std::slice::from_ref(&program), usize::MAX).expect("a session");
        let mut found = Vec::new();
        for (of, values) in chunks {
            let numbers: Vec<u32> = (0..3000).map(|row| row * row % 7 % 3).collect();
            let words: Vec<u64> = numbers.iter().map(|n| values[*n as usize]).collect();
            let validity = (0..3000).map(|row| row % 5 > 0).collect();
            let mut column = Column::new(Kind::U64, Data::Plain64(words.into()), Some(validity));
            if is_numbered {
                let each = numbers.into();
                column = column.numbered(Numbers { of, each, count: 3 });
            }
            session.push(&chunk(column)).expect("pushed");
            if leaves {
                let partial = session.groups[0].table.drain();
                found.push((partial.digits, partial.words));
            }
        }
        let partial = session.finish().partials.remove(0);
        found.push((partial.digits, partial.words));
        found
    }

    #[test]
    fn numbers_of_values_find_the_groups_of_the_values() {
        for leaves in [false, true] {
            assert_eq!(counts(true, leaves), counts(false, leaves), "{leaves}");
        }
        let all = counts(true, false).remove(0);
        assert_eq!(all.0[0], [1, 0, 0, 0, 0], "null is met first");
        assert_eq!(all.1.iter().sum::<u64>(), 9000);
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
