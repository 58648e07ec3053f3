//! One scan over the grid that carries along the set of zones that hold the cell's corner.

use super::edges::Edges;
use super::grid::Grid;
use super::near::Near;
use super::sets::{Numbering, Sets};
use super::words::{FEW, HEADER, cross, toggle};
use super::{Crowd, LayerError};
use crate::{lat_of_y_edge, lon_of_x_edge};

/// Words that fit the smallest device's bindings, 128 MiB.
const MOST_WORDS: usize = 32 << 20;
/// Zones near one grid cell.
const MOST_NEAR: usize = 31;

/// What a scan may fail with.
pub(super) enum Failed {
    /// More zones near one cell than a mask has bits; a finer grid may help.
    Crowded(LayerError),
    /// Anything else; a coarser grid may help.
    Large(LayerError),
}

impl From<LayerError> for Failed {
    fn from(error: LayerError) -> Self {
        Self::Large(error)
    }
}

/// One pass over the grid, row by row, west to east.
pub(super) struct Scan<'a> {
    edges: &'a Edges,
    grid: Grid,
    numbering: Numbering,
    classes: Vec<u32>,
    ranks: Vec<u32>,
    entries: Vec<u32>,
    /// Records, their offsets counted from the first.
    records: Vec<u32>,
    /// The zones that hold the cell's south-west corner, ascending, by the half-open rule.
    current: Vec<u32>,
    /// Zones with borders near the cell, and its base set: kept to save allocations.
    zones: Vec<u32>,
    set: Vec<u32>,
}

impl<'a> Scan<'a> {
    /// The words and the sets for one grid.
    pub(super) fn run(edges: &'a Edges, grid: Grid) -> Result<(Vec<u32>, Sets), Failed> {
        let near = Near::of(&edges.fixed, &grid);
        // One cell after the last, for points outside the grid.
        let words = grid.cells() / 16 + 1;
        let mut scan = Self {
            edges,
            grid,
            numbering: Numbering::new(),
            classes: vec![0; words],
            ranks: vec![0; words],
            entries: Vec::new(),
            records: Vec::new(),
            current: Vec::new(),
            zones: Vec::new(),
            set: Vec::new(),
        };
        for cy in 0..grid.size[1] {
            scan.row(&near, cy)?;
        }
        Ok((scan.words()?, scan.numbering.into_sets()))
    }

    fn row(&mut self, near: &Near, cy: u32) -> Result<(), Failed> {
        // One step west of the grid nothing is inside; the first corner is past the edges on it.
        self.current.clear();
        let [mut west, south] = self.grid.corner(0, cy).map(i64::from);
        let first = cy as usize * self.grid.size[0] as usize;
        self.walk(near.cell(first), [west - 1, west], south);
        let mut code = self.numbering.id(&self.current)?;
        for cx in 0..self.grid.size[0] {
            let cell = first + cx as usize;
            if cell.is_multiple_of(16) {
                self.ranks[cell / 16] = length(self.entries.len())?;
            }
            let refs = near.cell(cell);
            let class = if !refs.is_empty() {
                self.record(refs, cx, cy)?;
                3
            } else if code > 1 {
                self.entries.push(code);
                2
            } else {
                code
            };
            self.classes[cell / 16] |= class << (2 * (cell % 16));
            let east = west + (1 << self.grid.shift[0]);
            if self.walk(refs, [west, east], south) {
                code = self.numbering.id(&self.current)?;
            }
            west = east;
        }
        Ok(())
    }

    /// Walks along a parallel and changes the current set at every edge crossed; whether any was.
    fn walk(&mut self, refs: &[u32], [west, east]: [i64; 2], y: i64) -> bool {
        let mut changed = false;
        for &edge in refs {
            let ends @ [_, ay, _, by] = self.edges.fixed[edge as usize];
            let beside = i64::from(ay) <= y && y < i64::from(by);
            if beside && (cross(ends, west, y) > 0) != (cross(ends, east, y) > 0) {
                changed = true;
                let zone = self.edges.zone[edge as usize];
                match self.current.binary_search(&zone) {
                    Ok(at) => drop(self.current.remove(at)),
                    Err(at) => self.current.insert(at, zone),
                }
            }
        }
        changed
    }

    /// Writes the record of a cell that has edges near.
    fn record(&mut self, refs: &[u32], cx: u32, cy: u32) -> Result<(), Failed> {
        let zone = |edge: &u32| self.edges.zone[*edge as usize];
        self.zones.clear();
        self.zones.extend(refs.iter().map(zone));
        self.zones.sort_unstable();
        self.zones.dedup();
        if self.zones.len() > MOST_NEAR {
            return Err(Failed::Crowded(self.crowded(cx, cy)));
        }
        let bits = length(self.zones.len())?;
        let [x, y] = self.grid.corner(cx, cy);
        let inside = |zone: &u32| self.current.binary_search(zone).is_ok();
        let bit = |(zone, bit): (&u32, u32)| u32::from(inside(zone)) << bit;
        let mut mask = self.zones.iter().zip(0..).map(bit).fold(0, |a, b| a | b);
        let start = self.records.len();
        self.entries.push(length(start)?);
        self.records.extend([length(refs.len())? << 5 | bits, 0]);
        let zones = std::mem::take(&mut self.zones);
        let mut set = std::mem::take(&mut self.set);
        let outside = |zone: &&u32| zones.binary_search(zone).is_err();
        set.clear();
        set.extend(self.current.iter().filter(outside));
        if bits <= FEW {
            let base = set.len();
            for chosen in 0u32..1 << bits {
                set.truncate(base);
                let of = |&(_, bit): &(&u32, u32)| chosen >> bit & 1 == 1;
                set.extend(zones.iter().zip(0..).filter(of).map(|(zone, _)| zone));
                let mut ordered = set.clone();
                ordered.sort_unstable();
                self.records.push(self.numbering.id(&ordered)?);
            }
        } else {
            let base = self.numbering.id(&set)?;
            let zones = zones.clone();
            let rank = self.numbering.rank(Crowd { base, zones })?;
            self.records.extend([rank, base]);
        }
        for &edge in refs {
            let zone = self.edges.zone[edge as usize];
            let bit = length(zones.partition_point(|&other| other < zone))?;
            let ends = self.edges.fixed[edge as usize];
            let left = cross(ends, i64::from(x), i64::from(y)) > 0;
            mask ^= u32::from(toggle(ends, x, y, left)) << bit;
            self.records.push(edge << 5 | bit);
        }
        self.records[start + 1] = mask;
        (self.zones, self.set) = (zones, set);
        if self.records.len() > MOST_WORDS {
            return Err(Failed::Large(LayerError::TooLarge));
        }
        Ok(())
    }

    fn crowded(&self, cx: u32, cy: u32) -> LayerError {
        let [x, y] = self.grid.corner(cx, cy);
        let [sx, sy] = self.grid.shift;
        LayerError::Crowded {
            lon: lon_of_x_edge(x),
            lat: lat_of_y_edge(y),
            west_east: lon_of_x_edge(1 << sx) + 180.0,
            south_north: lat_of_y_edge(1 << sy) + 90.0,
        }
    }

    /// Puts the tables one after another, and the records last.
    fn words(&mut self) -> Result<Vec<u32>, Failed> {
        let Grid {
            origin,
            shift,
            size,
        } = self.grid;
        let ranks = HEADER + self.classes.len();
        let entries = ranks + self.ranks.len();
        let edges = (entries + self.entries.len()).next_multiple_of(4);
        let records = edges + 4 * self.edges.fixed.len();
        let total = records + self.records.len();
        if total > MOST_WORDS {
            return Err(Failed::Large(LayerError::TooLarge));
        }
        let mut words = Vec::with_capacity(total);
        words.extend([origin, shift, size].as_flattened());
        for offset in [ranks, entries, edges, total] {
            words.push(length(offset)?);
        }
        words.resize(HEADER, 0);
        words.append(&mut self.classes);
        words.append(&mut self.ranks);
        let first = length(records)?;
        // Ranks count entries of classes 2 and 3; only those of class 3 are offsets.
        self.move_records(&words[HEADER..ranks], first);
        words.append(&mut self.entries);
        words.resize(edges, 0);
        words.extend(self.edges.fixed.as_flattened());
        words.append(&mut self.records);
        Ok(words)
    }

    fn move_records(&mut self, classes: &[u32], first: u32) {
        let of_word = |word: &u32| (0..16).map(|i| *word >> (2 * i) & 3).collect::<Vec<_>>();
        let kinds = classes.iter().flat_map(of_word).filter(|&class| class > 1);
        for (entry, class) in self.entries.iter_mut().zip(kinds) {
            *entry += if class == 3 { first } else { 0 };
        }
    }
}

fn length(value: usize) -> Result<u32, LayerError> {
    u32::try_from(value).map_err(|_| LayerError::TooLarge)
}
