//! Answering from the statistics of tiles what needs no row.

use crate::Plan;
use graticule_columns::{Kind, Scan, ScanGroup, Source, TileSlot};
use graticule_kernels::{Known, Partial, RecordLayout, Statistics, Verdict};
use std::collections::HashMap;
use std::ops::Range;

/// What is answered grows to at most so many bytes; further tiles are read.
const MOST_BYTES: usize = 64 << 20;

/// The statistics of some rows of a row group, one record after the other.
#[derive(Debug)]
pub struct TileStatistics<'a> {
    /// The column of each slot of the accumulators; the first two are the fixed-point coordinates,
    /// whatever their names.
    pub slots: &'a [TileSlot],
    /// A group for each tile with a point; its first digit is the tile's number.
    pub tiles: &'a Partial,
    /// Rows of a tile.
    pub tile_rows: u64,
    /// Rows of the file before the row group.
    pub before: u64,
}

/// The tiles of a plan that statistics answer.
#[derive(Debug, Default)]
pub struct Answered {
    /// The place of each group in the partial.
    places: HashMap<Vec<u32>, usize>,
    partial: Option<Partial>,
}

impl Plan {
    /// Whether statistics may answer some of it: it counts and adds up in one program.
    pub fn may_use_statistics(&self) -> bool {
        self.selection.is_empty() && self.part.programs.len() == 1
    }

    /// Takes what statistics answer of a row group of the scan, and leaves the group with the rows that
    /// must be read, perhaps none.
    pub fn answer(
        &mut self,
        answered: &mut Answered,
        group: usize,
        statistics: &TileStatistics<'_>,
    ) {
        let program = &self.part.programs[0];
        let scan = &mut self.part.scan;
        let known = known(scan, statistics.slots, &scan.groups[group]);
        let layout = &statistics.tiles.layout;
        let Some(view) = Statistics::new(program, layout, &known) else {
            return;
        };
        let group = &mut scan.groups[group];
        // Of the tiles' rows some are deleted.
        if group.answered {
            return;
        }
        if statistics.tile_rows == 0 || !statistics.before.is_multiple_of(statistics.tile_rows) {
            return;
        }
        let Some(numbers) = statistics.tiles.digits.first() else {
            return;
        };
        let first = statistics.before / statistics.tile_rows;
        let count = group.rows.div_ceil(statistics.tile_rows);
        let records: HashMap<u64, usize> = (0..statistics.tiles.groups())
            .map(|place| (u64::from(numbers[place]), place))
            .filter(|(tile, _)| (first..first + count).contains(tile))
            .collect();
        let all = 0..group.rows;
        let kept = group.kept.clone().unwrap_or_else(|| Vec::from([all]));
        let mut left: Vec<Range<u64>> = Vec::new();
        for tile in first..first + count {
            let start = (tile - first) * statistics.tile_rows;
            let rows = start..(start + statistics.tile_rows).min(group.rows);
            let parts = cut(&kept, &rows);
            if parts.is_empty() {
                continue;
            }
            // A tile without a record has no point; its rows are counted as invalid when they are read.
            let record = records
                .get(&tile)
                .map(|&place| statistics.tiles.record(place));
            let verdict = record.map_or(Verdict::Mixed, |record| view.judge(record));
            match (verdict, record) {
                (Verdict::Outside, _) => self.pruning.tiles_pruned += 1,
                (Verdict::Inside(digits), Some(record)) if answered.has_room() => {
                    group.answered = true;
                    answered.add(&view.record_layout(), digits, &view.record(record));
                    self.pruning.tiles_answered += 1;
                    self.pruning.rows_answered += view.rows(record);
                }
                _ => {
                    for part in parts {
                        match left.last_mut() {
                            Some(last) if last.end == part.start => last.end = part.end,
                            _ => left.push(part),
                        }
                    }
                }
            }
        }
        let rows = |ranges: &[Range<u64>]| ranges.iter().map(|r| r.end - r.start).sum::<u64>();
        let (before, after) = (rows(&kept), rows(&left));
        if after < before {
            let share = u128::from(group.bytes) * u128::from(after) / u128::from(before.max(1));
            group.bytes = u64::try_from(share).unwrap_or(u64::MAX);
            group.kept = Some(left);
        }
    }

    /// Takes in what statistics answered, and leaves out the row groups of which nothing is left.
    pub fn close(&mut self, answered: Answered) {
        self.part.answered = answered.partial.as_ref().map(Partial::normalised);
        let is_left = |group: &ScanGroup| group.kept.as_ref().is_none_or(|kept| !kept.is_empty());
        self.part.scan.groups.retain(is_left);
    }
}

impl Answered {
    fn has_room(&self) -> bool {
        self.partial.as_ref().is_none_or(|p| p.bytes() < MOST_BYTES)
    }

    fn add(&mut self, layout: &RecordLayout, digits: Vec<u32>, record: &[u64]) {
        let empty = || Partial::empty(digits.len(), layout.clone());
        let partial = self.partial.get_or_insert_with(empty);
        let wider = partial.layout.widened(layout);
        if wider != partial.layout {
            *partial = partial.widened(wider);
        }
        let next = self.places.len();
        let stride = partial.layout.stride;
        let place = *self.places.entry(digits).or_insert_with_key(|digits| {
            for (column, digit) in partial.digits.iter_mut().zip(digits) {
                column.push(*digit);
            }
            partial.words.extend(partial.layout.identity());
            next
        });
        let words = &mut partial.words[place * stride..(place + 1) * stride];
        partial.layout.merge(words, layout, record);
    }
}

/// Where the statistics of each slot are.
fn known(scan: &Scan, slots: &[TileSlot], group: &ScanGroup) -> Vec<Known> {
    let named = |wanted: &str, kind: Kind| {
        let mut slots = slots.iter().enumerate().skip(2);
        let found = slots.find(|(_, column)| column.name == wanted && column.kind == kind);
        found.map_or(Known::Nothing, |(slot, column)| Known::Slot {
            slot,
            may_be_nan: column.has_nan,
        })
    };
    let fixed = |slot| Known::Slot {
        slot,
        may_be_nan: false,
    };
    let known = |source: &Source| match source {
        Source::FixedLon => fixed(0),
        Source::FixedLat => fixed(1),
        Source::Time => {
            let time = scan.schema.time.as_ref();
            time.map_or(Known::Nothing, |time| named(&time.name, Kind::I64))
        }
        Source::Value { name, kind } => named(name, *kind),
        Source::Constant { index, .. } => {
            let word = group.constants.get(*index);
            word.map_or(Known::Nothing, |word| Known::Constant(u64::from(*word)))
        }
        _ => Known::Nothing,
    };
    scan.sources.iter().map(known).collect()
}

/// The parts of some rows that are kept.
fn cut(kept: &[Range<u64>], rows: &Range<u64>) -> Vec<Range<u64>> {
    let parts = kept
        .iter()
        .map(|k| k.start.max(rows.start)..k.end.min(rows.end));
    parts.filter(|part| part.start < part.end).collect()
}
