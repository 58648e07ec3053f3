//! The groups of one program: from rows to places to accumulators.

use super::filter::exact;
use super::tile::Tile;
use crate::steps::{self, Records};
use crate::{Accumulator, Code, Counters, KernelError, Layout, Part, Program, Table};
use graticule_columns::{Chunk, Column, Kind};
use graticule_geo::layer::{Layer, UNDECIDED};
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Groups {
    pub(super) program: Program,
    pub(super) table: Table,
    digits: Vec<Vec<u32>>,
}

impl Groups {
    pub(super) fn new(program: Program, allowed: usize) -> Result<Self, KernelError> {
        Ok(Self {
            table: Table::new(&program, allowed)?,
            digits: vec![Vec::new(); program.digits.len()],
            program,
        })
    }

    /// Takes the chosen rows of a tile in.
    pub(super) fn push(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        tile: &mut Tile,
        counters: &mut Counters,
    ) -> Result<(), KernelError> {
        self.group(chunk, rows, tile, counters)?;
        self.accumulate(chunk, rows, tile, counters);
        Ok(())
    }

    /// Leaves the places of the chosen rows' groups in `places`.
    fn group(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        tile: &mut Tile,
        counters: &mut Counters,
    ) -> Result<(), KernelError> {
        let count = tile.chosen.len();
        let mut coded: Option<&Code> = None;
        for (digit, out) in self.program.digits.iter().zip(&mut self.digits) {
            // The two halves of a code stand side by side.
            if coded != Some(&digit.code) {
                if let Code::Zone { layer } = digit.code {
                    zones(&self.program.layers[layer], chunk, rows, tile, counters)?;
                } else {
                    codes(&digit.code, chunk, rows, tile);
                    let slot = digit.code.slot();
                    let nulls = chunk.columns[slot].validity();
                    // A null that no digit tells of would be of another group.
                    if nulls.is_some()
                        && !self.program.tells_nulls(slot)
                        && tile.nulls[..count].contains(&true)
                    {
                        return Err(KernelError::Stray);
                    }
                }
                coded = Some(&digit.code);
            }
            let part = |code: u64| match digit.part {
                Part::Whole => code,
                Part::High => code >> 32,
                Part::Low => code & 0xffff_ffff,
            };
            let codes = tile.codes[..count].iter().map(|&code| part(code));
            if codes.clone().any(|code| code >= digit.extent) {
                return Err(KernelError::Stray);
            }
            out.clear();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "below an extent of at most 2^32"
            )]
            out.extend(codes.map(|code| code as u32));
        }
        self.table.places(&self.digits, count, &mut tile.places)
    }

    fn accumulate(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        tile: &mut Tile,
        counters: &mut Counters,
    ) {
        let count = tile.chosen.len();
        let Layout { fields, stride } = self.table.layout.clone();
        let mut gathered = None;
        for field in &fields {
            let mut records = Records {
                words: &mut self.table.words,
                stride,
                at: field.at,
            };
            let Some(slot) = field.accumulator.slot() else {
                steps::count(&mut records, &tile.places[..count]);
                continue;
            };
            let column = &chunk.columns[slot];
            let kind = column.kind();
            if gathered != Some(slot) {
                tile.gather(column, rows);
                counters.nan += tile.keep_live(column);
                gathered = Some(slot);
            }
            let (places, bits) = (&tile.live_places, &tile.live);
            let ordered = &mut tile.codes[..bits.len()];
            for (word, &bits) in ordered.iter_mut().zip(bits) {
                *word = kind.order(bits);
            }
            match field.accumulator {
                Accumulator::Count => {}
                Accumulator::Valid { .. } => steps::valid(&mut records, places),
                Accumulator::Sum { .. } => {
                    steps::sum(&mut records, places, kind, bits, field.lanes.start);
                }
                Accumulator::Squares { .. } => {
                    steps::squares(&mut records, places, kind, bits, field.lanes.start);
                }
                Accumulator::Min { .. } => steps::min(&mut records, places, ordered),
                Accumulator::Max { .. } => steps::max(&mut records, places, ordered),
                Accumulator::First { time, .. } | Accumulator::Last { time, .. } => {
                    let (times, places, values) = dated(&chunk.columns[time], rows, tile, kind);
                    steps::dated(&mut records, field.accumulator, &places, &times, &values);
                }
            }
        }
    }
}

/// Leaves the codes of the chosen rows in `codes`.
fn codes(code: &Code, chunk: &Chunk, rows: &Range<usize>, tile: &mut Tile) {
    let column = &chunk.columns[code.slot()];
    tile.gather(column, rows);
    let count = tile.chosen.len();
    let (values, codes) = (&mut tile.values[..count], &mut tile.codes[..count]);
    match *code {
        Code::Cell { shift, first, .. } => steps::cell(values, shift, first, codes),
        Code::Bucket {
            first, lead, width, ..
        } => {
            order(column, values);
            steps::bucket(values, first, lead, width, codes);
        }
        Code::Offset { low, .. } => {
            order(column, values);
            steps::offset(values, low, codes);
        }
        Code::Log { first, .. } => steps::log(column.kind(), values, first, codes),
        Code::Null { .. } => steps::null(&tile.nulls[..count], codes),
        Code::Zone { .. } => {}
    }
    if column.validity().is_some() && !matches!(code, Code::Null { .. }) {
        for (code, _) in codes.iter_mut().zip(&tile.nulls).filter(|(_, n)| **n) {
            *code = 0;
        }
    }
}

/// Leaves the codes of the chosen rows' zones in `codes`; f64 decides those beside an edge.
fn zones(
    layer: &Layer,
    chunk: &Chunk,
    rows: &Range<usize>,
    tile: &mut Tile,
    counters: &mut Counters,
) -> Result<(), KernelError> {
    let count = tile.chosen.len();
    for (column, out) in chunk.columns.iter().zip([&mut tile.x, &mut tile.y]) {
        let words = column.read32(rows.clone(), &mut tile.words32);
        for (out, &row) in out.iter_mut().zip(&tile.chosen) {
            *out = words[row as usize];
        }
    }
    let codes = &mut tile.codes[..count];
    steps::zone(layer.words(), &tile.x[..count], &tile.y[..count], codes);
    for (code, &row) in codes.iter_mut().zip(&tile.chosen) {
        if *code == UNDECIDED {
            let (lon, lat) = exact(chunk, rows.start + row as usize)?;
            *code = layer.exact(lon, lat);
            // A row counts once, whether a filter left it open, too, or another key.
            counters.rechecked += u64::from(tile.edge[row as usize] == 0);
            tile.edge[row as usize] = 1;
        }
    }
    Ok(())
}

/// Times, places and ordered values of the live rows whose time is not null.
fn dated(
    time: &Column,
    rows: &Range<usize>,
    tile: &mut Tile,
    kind: Kind,
) -> (Vec<u64>, Vec<u32>, Vec<u64>) {
    let counts = time.read64(rows.clone(), &mut tile.words64);
    let (mut times, mut places, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (i, &row) in tile.live_rows.iter().enumerate() {
        let row = row as usize;
        if time.validity().is_none_or(|v| v.value(rows.start + row)) {
            times.push(Kind::I64.order(counts[row]));
            places.push(tile.live_places[i]);
            values.push(kind.order(tile.live[i]));
        }
    }
    (times, places, values)
}

fn order(column: &Column, values: &mut [u64]) {
    for value in values {
        *value = column.kind().order(*value);
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
