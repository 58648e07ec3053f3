//! The first phases of decoding: what values are wanted of tells which rows the rest is decoded for.

use crate::decode::blame::unreadable;
use crate::decode::chunks::{Cut, rows_of};
use crate::decode::fetched::Fetched;
use crate::decode::page::{Flat, Located, Point};
use crate::decode::rows::Rows;
use arrow::error::ArrowError;
use graticule_columns::{Column, Keep, Scan, Source, Wanted};
use std::ops::Range;

/// What of a scan [wants](Scan::wanted) values, of one cut after another: first the columns with values, then the
/// coordinates, each for the rows that the others have left.
#[derive(Default)]
pub(crate) struct Early {
    flat: Flat,
    reader: Option<Rows>,
    reaches: Vec<Reach>,
}

/// A coordinate whose cells are wanted in `low..=high`.
struct Reach {
    /// 0 of longitudes, 1 of latitudes.
    axis: usize,
    point: Point,
    low: u32,
    high: u32,
}

/// A chunk's rows, and what is decoded of them.
pub(crate) struct Begun {
    pub(crate) cut: Cut,
    /// By slot.
    pub(crate) columns: Vec<Option<Column>>,
    pub(crate) located: [Option<Located>; 2],
}

impl Begun {
    /// Rows of which nothing is decoded.
    pub(crate) fn of(cut: Cut) -> Self {
        Self {
            cut,
            columns: Vec::new(),
            located: [None, None],
        }
    }

    /// Leaves only the rows of blocks of `step` that are wanted; whether there are any.
    fn narrow(&mut self, step: usize, is_wanted: impl Fn(&Self, Range<usize>) -> bool) -> bool {
        let rows = rows_of(&self.cut);
        let blocks = blocks(rows, step, |block| is_wanted(self, block));
        let left: usize = blocks.iter().map(Range::len).sum();
        // To leave a few rows out is not worth a copy of the others.
        if left + rows / 8 < rows && left > 0 {
            self.cut = within(&self.cut, &blocks);
            for column in self.columns.iter_mut().flatten() {
                *column = column.gather(&blocks);
            }
            for located in self.located.iter_mut().flatten() {
                *located = located.gather(&blocks);
            }
        }
        left > 0
    }
}

/// Rows that are decoded or passed over together.
const BLOCK: usize = 1 << 10;

impl Early {
    /// Of columns by name.
    pub(crate) fn new(
        fetched: &Fetched,
        scan: &Scan,
        names: &[&str],
        cuts: &[Cut],
        chunk_rows: usize,
    ) -> Result<Self, ArrowError> {
        // Both coordinates may be in one column, which only all its leaves make.
        let both = [scan.schema.lon.name.as_str(), scan.schema.lat.name.as_str()];
        let has_points = both.iter().any(|point| names.contains(point));
        let is_read = |name: &str| names.contains(&name) || (has_points && both.contains(&name));
        let flat = Flat::new(fetched, scan, is_read);
        let reader = fetched.others(&flat, is_read, &cuts.concat(), chunk_rows)?;
        Ok(Self {
            flat,
            reader,
            reaches: Vec::new(),
        })
    }

    /// With points, those first whose cells the scan bounds.
    pub(crate) fn near(mut self, scan: &Scan, points: [Point; 2]) -> Self {
        let mut points = points.map(Some);
        // Of any cell the last, for the fewest rows.
        let any = (0..points.len()).map(|axis| (axis, 0, u32::MAX));
        let reaches = reaches(scan).chain(any).filter_map(|(axis, low, high)| {
            let point = points[axis].take()?;
            Some(Reach {
                axis,
                point,
                low,
                high,
            })
        });
        self.reaches = reaches.collect();
        self
    }

    /// Whether a column is read page by page.
    pub(crate) fn reads(&self, name: &str) -> bool {
        let mut reaches = self.reaches.iter();
        self.flat.reads(name) || reaches.any(|reach| reach.point.name == name)
    }

    /// Whether all columns are.
    pub(crate) fn is_flat(&self) -> bool {
        self.reader.is_none()
    }

    /// The rows of the next cut that may matter, with what is decoded of them; nothing where none does.
    pub(crate) fn begin(
        &mut self,
        fetched: &Fetched,
        scan: &Scan,
        cut: Cut,
        keep: Keep,
    ) -> Result<Option<Begun>, ArrowError> {
        let batch = fetched.next(scan, self.reader.as_mut(), rows_of(&cut))?;
        let read = fetched.flat(&mut self.flat, &cut)?;
        let mut begun = Begun::of(cut);
        begun.columns.resize(scan.sources.len(), None);
        for wanted in values(scan) {
            let slot = &mut begun.columns[wanted.slot];
            if slot.is_none() {
                let source = &scan.sources[wanted.slot];
                *slot = Some(fetched.column(scan, source, &batch, &read)?);
            }
        }
        let step = match keep {
            // Only such chunks may have gaps.
            Keep::Gathered => BLOCK,
            Keep::All => rows_of(&begun.cut),
        };
        let has_values = |begun: &Begun, block: Range<usize>| {
            values(scan).all(|wanted| {
                let column = begun.columns[wanted.slot].as_ref();
                column.is_some_and(|c| c.meets_within(block.clone(), wanted.low, wanted.high))
            })
        };
        if !begun.narrow(step, has_values) {
            return Ok(None);
        }
        for reach in &mut self.reaches {
            let (axis, low, high) = (reach.axis, reach.low, reach.high);
            begun.located[axis] = Some(reach.point.next(&begun.cut).map_err(unreadable)?);
            let is_near = |begun: &Begun, block: Range<usize>| {
                let located = begun.located[axis].as_ref();
                located.is_some_and(|located| located.meets(block, low, high))
            };
            if !begun.narrow(step, is_near) {
                return Ok(None);
            }
        }
        Ok(Some(begun))
    }
}

/// Columns of which a scan wants values.
pub(crate) fn values(scan: &Scan) -> impl Iterator<Item = &Wanted> {
    let is_point = |wanted: &Wanted| axis_of(scan, wanted).is_some();
    scan.wanted.iter().filter(move |wanted| !is_point(wanted))
}

/// Coordinates of which a scan wants cells: which, the least and the greatest.
pub(crate) fn reaches(scan: &Scan) -> impl Iterator<Item = (usize, u32, u32)> {
    let cell = |word: u64| u32::try_from(word).unwrap_or(u32::MAX);
    let reach = move |wanted: &Wanted| {
        let axis = axis_of(scan, wanted)?;
        Some((axis, cell(wanted.low), cell(wanted.high)))
    };
    scan.wanted.iter().filter_map(reach)
}

fn axis_of(scan: &Scan, wanted: &Wanted) -> Option<usize> {
    match scan.sources[wanted.slot] {
        Source::FixedLon => Some(0),
        Source::FixedLat => Some(1),
        _ => None,
    }
}

/// The blocks of `step` among so many rows that are wanted, those side by side as one.
fn blocks(rows: usize, step: usize, is_wanted: impl Fn(Range<usize>) -> bool) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for start in (0..rows).step_by(step.max(1)) {
        let block = start..(start + step).min(rows);
        match blocks.last_mut() {
            _ if !is_wanted(block.clone()) => {}
            Some(last) if last.end == block.start => last.end = block.end,
            _ => blocks.push(block),
        }
    }
    blocks
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
