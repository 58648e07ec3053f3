//! The first phase of decoding: the columns of which values are wanted tell which rows the others are decoded for.

use crate::decode::{Begun, Cut, rows_of};
use crate::fetch::Fetched;
use crate::page::Flat;
use crate::rows::Rows;
use arrow::error::ArrowError;
use graticule_columns::{Column, Keep, Scan};
use std::ops::Range;

/// The columns of which a scan [wants](Scan::wanted) values, of one cut after another.
pub(crate) struct Early {
    flat: Flat,
    reader: Option<Rows>,
}

/// Rows that are decoded or passed over together.
const BLOCK: usize = 1 << 10;

impl Early {
    pub(crate) fn new(
        fetched: &Fetched,
        scan: &Scan,
        names: &[&str],
        cuts: &[Cut],
        chunk_rows: usize,
    ) -> Result<Self, ArrowError> {
        // Both coordinates may be in one column, which only all its leaves make.
        let points = [scan.schema.lon.name.as_str(), scan.schema.lat.name.as_str()];
        let has_points = points.iter().any(|point| names.contains(point));
        let is_read = |name: &str| names.contains(&name) || (has_points && points.contains(&name));
        let flat = Flat::new(fetched, scan, is_read);
        let reader = fetched.others(&flat, is_read, &cuts.concat(), chunk_rows)?;
        Ok(Self { flat, reader })
    }

    /// Whether a column is read page by page.
    pub(crate) fn reads(&self, name: &str) -> bool {
        self.flat.reads(name)
    }

    /// Whether all columns are.
    pub(crate) fn is_flat(&self) -> bool {
        self.reader.is_none()
    }

    /// The rows of the next cut that may matter, with these columns; nothing where none does.
    pub(crate) fn begin(
        &mut self,
        fetched: &Fetched,
        scan: &Scan,
        cut: Cut,
        keep: &Keep,
    ) -> Result<Option<Begun>, ArrowError> {
        let batch = fetched.next(scan, self.reader.as_mut(), rows_of(&cut))?;
        let read = fetched.flat(&mut self.flat, &cut)?;
        let mut columns = vec![None; scan.sources.len()];
        for wanted in &scan.wanted {
            let slot = &mut columns[wanted.slot];
            if slot.is_none() {
                let source = &scan.sources[wanted.slot];
                *slot = Some(fetched.column(scan, source, &batch, &read)?);
            }
        }
        let rows = rows_of(&cut);
        let step = match keep {
            // Only such chunks may have gaps.
            Keep::Gathered => BLOCK,
            _ => rows,
        };
        let places = wanted_rows(scan, &columns, rows, step);
        Ok(match places.iter().map(Range::len).sum() {
            0 => None,
            // To leave a few rows out is not worth a copy of the others.
            left if left + rows / 8 >= rows => Some((cut, columns)),
            _ => {
                let columns = columns.into_iter();
                let columns = columns.map(|column| Some(column?.gather(&places)));
                Some((within(&cut, &places), columns.collect()))
            }
        })
    }
}

/// The rows of blocks in which each column has a value that is wanted.
fn wanted_rows(
    scan: &Scan,
    columns: &[Option<Column>],
    rows: usize,
    step: usize,
) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for start in (0..rows).step_by(step.max(1)) {
        let block = start..(start + step).min(rows);
        let is_wanted = scan.wanted.iter().all(|wanted| {
            let column = columns[wanted.slot].as_ref();
            column.is_some_and(|c| c.meets_within(block.clone(), wanted.low, wanted.high))
        });
        match places.last_mut() {
            _ if !is_wanted => {}
            Some(last) if last.end == block.start => last.end = block.end,
            _ => places.push(block),
        }
    }
    places
}

/// The rows at places among those of a cut.
fn within(cut: &Cut, places: &[Range<usize>]) -> Cut {
    let (mut found, mut before) = (Vec::new(), 0);
    for rows in cut {
        let end = before + rows.len();
        let first = places.partition_point(|place| place.end <= before);
        let here = places[first..].iter().take_while(|p| p.start < end);
        found.extend(here.map(|place| {
            let row = |place: usize| rows.start + (place - before);
            row(place.start.max(before))..row(place.end.min(end))
        }));
        before = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_rows_of_a_cut() {
        let cut = vec![10..13, 20..21, 30..40];
        assert_eq!(within(&cut, &[0..3, 3..14]), cut);
        assert_eq!(
            within(&cut, &[1..2, 3..6, 13..14]),
            [11..12, 20..21, 30..32, 39..40]
        );
        assert_eq!(within(&cut, &[2..3, 13..14]), [12..13, 39..40]);
    }
}
