//! From rows and their places to records.

use super::read::{self, pick};
use super::rows::Rows;
use super::vector::{Live, Vector};
use crate::exponents::Exponents;
use crate::places::{Places, Records};
use crate::steps;
use crate::typed::{Bits, Typed, Word, typed};
use crate::{Accumulator, Counters, Field, Table};
use graticule_columns::{Chunk, Column, Kind};
use std::ops::Range;

/// Takes the chosen rows of a vector into the records of their places.
pub(super) fn accumulate(
    table: &mut Table,
    chunk: &Chunk,
    rows: &Range<usize>,
    vector: &mut Vector,
    counters: &mut Counters,
) {
    let Vector {
        chosen,
        places,
        runs,
        scratch,
        marks,
        live,
        ..
    } = vector;
    let places = Places::new(&places[..chosen.len()], runs);
    let mut records = Records {
        words: &mut table.words,
        stride: table.layout.stride,
        at: 0,
    };
    // Those of one column stand side by side.
    let of_slot = |a: &Field, b: &Field| a.accumulator.slot() == b.accumulator.slot();
    for fields in table.layout.fields.chunk_by(of_slot) {
        let Some(slot) = fields[0].accumulator.slot() else {
            for field in fields {
                records.at = field.at;
                steps::count(&mut records, &places);
            }
            continue;
        };
        let column = &chunk.columns[slot];
        let bits = read::bits(column, rows, Some(chosen), scratch);
        let exponents_of = |bits| match column.kind() {
            Kind::F32 | Kind::F64 => Exponents::of(bits),
            _ => Exponents::NONE,
        };
        let mut exponents = exponents_of(bits);
        let may_be_nan = exponents.nan;
        let positions = &mut live.rows;
        counters.nan += read::live(column, rows, chosen, bits, may_be_nan, marks, positions);
        let values = Values {
            kind: column.kind(),
            bits,
            chosen,
            places,
        };
        for field in fields {
            if let Some(time) = field.accumulator.time() {
                records.at = field.at;
                let time = (&chunk.columns[time], rows);
                dated(&mut records, field.accumulator, &values, time, live);
            }
        }
        let needs_bits = |f: &Field| !matches!(f.accumulator, Accumulator::Valid { .. });
        let is_all = live.rows.list().is_none();
        let (bits, places) = live.split(bits, values.places, fields.iter().any(needs_bits));
        if !is_all {
            // What lies under nulls is anything.
            exponents = exponents_of(bits);
        }
        for field in fields {
            records.at = field.at;
            undated(
                &mut records,
                field,
                column.kind(),
                bits,
                &places,
                &exponents,
            );
        }
    }
}

/// Takes values, none of them null or NaN, to a field that asks no time.
fn undated(
    records: &mut Records<'_>,
    field: &Field,
    kind: Kind,
    bits: Bits<'_>,
    places: &Places<'_>,
    exponents: &Exponents,
) {
    let window = &field.limbs;
    match field.accumulator {
        Accumulator::Valid { .. } => steps::valid(records, places),
        Accumulator::Sum { .. } => steps::sum(records, places, kind, bits, window, exponents),
        Accumulator::Squares { .. } => typed!(kind, K => {
            steps::squares::<K>(records, places, Word::all(bits), window.start);
        }),
        Accumulator::Min { .. } => {
            typed!(kind, K => steps::min::<K>(records, places, Word::all(bits)));
        }
        Accumulator::Max { .. } => {
            typed!(kind, K => steps::max::<K>(records, places, Word::all(bits)));
        }
        Accumulator::Count | Accumulator::First { .. } | Accumulator::Last { .. } => {}
    }
}

/// Takes the live values whose time is not null to a field that asks for the first or the last.
fn dated(
    records: &mut Records<'_>,
    accumulator: Accumulator,
    values: &Values<'_>,
    (time, rows): (&Column, &Range<usize>),
    live: &mut Live,
) {
    let times = time.read64(rows.clone(), &mut live.times);
    let has_time = |row: usize| time.validity().is_none_or(|v| v.value(rows.start + row));
    let is_all = live.rows.list().or(values.chosen.list()).is_none() && time.validity().is_none();
    typed!(values.kind, K => {
        let bits = <K as Typed>::Bits::all(values.bits);
        if is_all {
            let rows = values.places.each.iter().zip(times).zip(bits);
            let rows = rows.map(|((place, time), bits)| (*place, Kind::I64.order(*time), K::word(*bits)));
            return steps::dated(records, accumulator, rows);
        }
        let live = live.rows.iter().filter_map(|position| {
            let row = values.chosen.row(position) as usize;
            let at = position as usize;
            let word = || K::word(bits[at]);
            let order = |time| Kind::I64.order(time);
            has_time(row).then(|| (values.places.each[at], order(times[row]), word()))
        });
        steps::dated(records, accumulator, live);
    });
}

/// The values of the chosen rows.
struct Values<'a> {
    kind: Kind,
    bits: Bits<'a>,
    chosen: &'a Rows,
    places: Places<'a>,
}

impl Live {
    /// The live ones of some values.
    pub(super) fn bits<'a>(&'a mut self, bits: Bits<'a>) -> Bits<'a> {
        match self.rows.list() {
            None => bits,
            Some(list) => pick_bits(bits, list, (&mut self.bits32, &mut self.bits64)),
        }
    }

    /// The live ones of some values, where those are needed, and their places.
    fn split<'a>(
        &'a mut self,
        bits: Bits<'a>,
        places: Places<'a>,
        needs_bits: bool,
    ) -> (Bits<'a>, Places<'a>) {
        let Some(list) = self.rows.list() else {
            return (bits, places);
        };
        let places = if places.is_one() {
            places.first(list.len())
        } else {
            Places::new(pick(places.each, list, &mut self.places), &mut self.runs)
        };
        let bits = if needs_bits {
            pick_bits(bits, list, (&mut self.bits32, &mut self.bits64))
        } else {
            bits
        };
        (bits, places)
    }
}

fn pick_bits<'a>(
    bits: Bits<'a>,
    list: &[u32],
    (narrow, wide): (&'a mut [u32], &'a mut [u64]),
) -> Bits<'a> {
    match bits {
        Bits::Narrow(bits) => Bits::Narrow(pick(bits, list, narrow)),
        Bits::Wide(bits) => Bits::Wide(pick(bits, list, wide)),
    }
}
