//! Places of groups by the numbers that a column has for its values.

use super::rows::Rows;
use graticule_columns::{Column, Numbers};
use std::ops::Range;

/// The places of a numbering's values, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The numbering, and the age of the table that the places are of.
    of: Option<(u64, u64)>,
    /// Null's, then one for each number.
    places: Vec<u32>,
    /// Some rows of a vector whose values have no place yet, one for each value.
    pub(super) new: Rows,
}

const NONE: u32 = u32::MAX;
/// Of a value that is among the new ones.
const MET: u32 = u32::MAX - 1;

impl Known {
    /// Gets ready for the values of a column, and finds those among the chosen rows that have no place yet.
    pub(super) fn meet(
        &mut self,
        (column, numbers): (&Column, &Numbers),
        age: u64,
        rows: &Range<usize>,
        chosen: &Rows,
    ) {
        let of = Some((numbers.of, age));
        if self.of != of {
            self.places.clear();
            self.of = of;
        }
        let most = numbers.count as usize + 1;
        self.places.resize(most.max(self.places.len()), NONE);
        let places = &mut self.places;
        let mut new = self.new.begin();
        each(column, numbers, rows, chosen, |row, number| {
            if places[number] == NONE {
                places[number] = MET;
                new.push(row);
            }
        });
        self.new.end(new);
    }

    /// Learns the places of the rows that were new.
    pub(super) fn learn(
        &mut self,
        (column, numbers): (&Column, &Numbers),
        rows: &Range<usize>,
        found: &[u32],
    ) {
        let mut found = found.iter();
        let places = &mut self.places;
        each(column, numbers, rows, &self.new, |_, number| {
            places[number] = found.next().copied().unwrap_or(NONE);
        });
    }

    /// The places of the chosen rows, all of which are known.
    pub(super) fn places(
        &self,
        (column, numbers): (&Column, &Numbers),
        rows: &Range<usize>,
        chosen: &Rows,
        out: &mut [u32],
    ) {
        let mut out = out.iter_mut();
        each(column, numbers, rows, chosen, |_, number| {
            if let Some(out) = out.next() {
                *out = self.places[number];
            }
        });
    }
}

/// Calls with each row and one more than its number, or 0 for null.
#[inline(always)]
fn each(
    column: &Column,
    numbers: &Numbers,
    rows: &Range<usize>,
    chosen: &Rows,
    mut call: impl FnMut(u32, usize),
) {
    let each = &numbers.each[rows.clone()];
    let Some(validity) = column.validity() else {
        return match chosen.list() {
            None => (0..)
                .zip(each)
                .for_each(|(row, number)| call(row, *number as usize + 1)),
            Some(list) => list
                .iter()
                .for_each(|row| call(*row, each[*row as usize] as usize + 1)),
        };
    };
    chosen.iter().for_each(|row| {
        let at = row as usize;
        match validity.value(rows.start + at) {
            true => call(row, each[at] as usize + 1),
            false => call(row, 0),
        }
    });
}
