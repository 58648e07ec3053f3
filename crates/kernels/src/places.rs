//! Rows by the records that they go to.

use crate::marks;
use multiversion::multiversion;
use std::ops::Range;

/// Records of a table and where one accumulator's words lie in each.
pub(crate) struct Records<'a> {
    pub(crate) words: &'a mut [u64],
    pub(crate) stride: usize,
    pub(crate) at: usize,
}

impl Records<'_> {
    #[inline(always)]
    pub(crate) fn word(&mut self, place: u32) -> &mut u64 {
        &mut self.words[place as usize * self.stride + self.at]
    }
}

/// The places of some rows, and how they change from row to row. Tracks stay in a cell for many rows: then a
/// step reduces in registers before it touches a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    /// One a row.
    pub(crate) each: &'a [u32],
    runs: Runs<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Runs<'a> {
    /// All rows share a place.
    One,
    /// One past the last row of each run, but of the last run.
    Ends(&'a [u32]),
    /// Too short to be of use.
    Short,
}

/// Shorter runs, on average, are not worth their loops.
const LEAST_RUN: usize = 4;

/// Room to find runs of places in.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    differs: Vec<u8>,
    ends: Vec<u32>,
}

impl<'a> Places<'a> {
    /// Looks where places change.
    pub(crate) fn new(each: &'a [u32], scratch: &'a mut Scratch) -> Self {
        let count = each.len();
        let Some(last) = count.checked_sub(1) else {
            return Self {
                each,
                runs: Runs::Short,
            };
        };
        scratch.differs.resize(count.max(scratch.differs.len()), 0);
        let changes = changes(each, &mut scratch.differs[1..count]);
        let runs = if changes == 0 {
            Runs::One
        } else if (changes + 1) * LEAST_RUN > count {
            Runs::Short
        } else {
            scratch.differs[0] = 0;
            let ends = marks::list(&scratch.differs[..=last], &mut scratch.ends);
            Runs::Ends(&scratch.ends[..ends])
        };
        Self { each, runs }
    }

    /// Those of the first rows, or of as many others, where all share a place.
    pub(crate) fn first(self, count: usize) -> Self {
        Self {
            each: &self.each[..count],
            runs: self.runs,
        }
    }

    /// Whether all rows share a place.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self.runs, Runs::One)
    }

    /// Rows of one place after the other; `None` where that is of no use.
    #[inline(always)]
    pub(crate) fn runs(&self) -> Option<impl Iterator<Item = (u32, Range<usize>)> + 'a> {
        let ends = match self.runs {
            Runs::One => &[],
            Runs::Ends(ends) => ends,
            Runs::Short => return None,
        };
        let each = self.each;
        let last = std::iter::once(each.len()).filter(|len| *len > 0);
        let ends = ends.iter().map(|end| *end as usize).chain(last);
        let mut start = 0;
        Some(ends.map(move |end| {
            let run = start..end;
            start = end;
            (each[run.start], run)
        }))
    }
}

/// Marks the rows, but the first, whose place is not that of the row before; returns how many there are.
#[multiversion(targets = "simd")]
fn changes(each: &[u32], differs: &mut [u8]) -> usize {
    let mut count = 0u32;
    for ((before, place), differs) in each.iter().zip(&each[1..]).zip(differs) {
        *differs = u8::from(before != place);
        count += u32::from(before != place);
    }
    count as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(each: &[u32]) -> Option<Vec<(u32, Range<usize>)>> {
        let mut scratch = Scratch::default();
        Places::new(each, &mut scratch)
            .runs()
            .map(Iterator::collect)
    }

    #[test]
    fn runs_are_where_places_change() {
        assert_eq!(runs(&[7; 5]), Some(vec![(7, 0..5)]));
        assert_eq!(runs(&[7]), Some(vec![(7, 0..1)]));
        assert_eq!(runs(&[]), None);
        assert_eq!(runs(&[1, 1, 1, 2, 2, 3]), None, "too short");
        let each = [4, 4, 4, 4, 4, 4, 4, 4, 9, 4, 4, 4, 4, 4, 4, 4];
        assert_eq!(
            runs(&each),
            Some(vec![(4, 0..8), (9, 8..9), (4, 9..16)]),
            "a place may come again"
        );
    }
}
