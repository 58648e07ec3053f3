//! The grid of a layer.

use super::edge::Edge;
use super::look::{EDGE, HAS_BASE, IS_RECORD, RECORD};
use super::{HEADER, LayerError, Record, Zone};
use crate::{lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};
use std::collections::HashMap;

pub(super) struct Built {
    pub(super) words: Vec<u32>,
    pub(super) sets: Vec<Vec<u32>>,
    pub(super) records: HashMap<u32, Record>,
    pub(super) crowded: Vec<u32>,
}

/// The most cells of a grid, listed edges, and pairs of cell and zone.
const MOST_CELLS: u64 = 1 << 22;
const MOST_ENTRIES: usize = 1 << 23;
/// Zones with edges in a cell whose masks a table resolves.
const TABLE_BITS: usize = 4;
/// Bits of a mask.
const MASK_BITS: usize = 31;

/// Edges of a zone by grid cell, and cells whose corner the zone holds.
#[derive(Default)]
struct Entries {
    /// Cell, zone, edge.
    edges: Vec<(u32, u32, u32)>,
    /// Cell, zone.
    held: Vec<(u32, u32)>,
}

struct Grid {
    first: [u32; 2],
    shift: [u32; 2],
    count: [u32; 2],
}

pub(super) fn build(zones: &[Zone]) -> Result<Built, LayerError> {
    let fixed = |[lon, lat]: [f64; 2]| (x_of_lon(lon), y_of_lat(lat));
    let edge = |(a, b)| {
        let ((ax, ay), (bx, by)) = (fixed(a), fixed(b));
        Edge { ax, ay, bx, by }
    };
    let edges: Vec<Vec<Edge>> = zones
        .iter()
        .map(|zone| zone.edges().map(edge).collect())
        .collect();
    let count: usize = edges.iter().map(Vec::len).sum();
    let mut cells = (count as u64 * 64)
        .next_power_of_two()
        .clamp(1 << 12, MOST_CELLS);
    loop {
        let grid = Grid::new(&edges, cells);
        let built = grid
            .entries(&edges)
            .ok_or(LayerError::TooMany { edges: count })
            .and_then(|entries| grid.words(&edges, entries));
        match built {
            // A finer grid parts zones that meet; a coarser one has fewer entries.
            Err(LayerError::TooMany { .. }) if cells > 64 => cells /= 4,
            other => return other,
        }
    }
}

impl Grid {
    fn new(edges: &[Vec<Edge>], cells: u64) -> Self {
        let all = || edges.iter().flatten();
        let range = |of: fn(&Edge) -> [u32; 2]| {
            let low = all().flat_map(of).min().unwrap_or(0).saturating_sub(4);
            let high = all().flat_map(of).max().unwrap_or(0).saturating_add(4);
            (low, high)
        };
        let axes = [range(|e| [e.ax, e.bx]), range(|e| [e.ay, e.by])];
        let side = cells.isqrt();
        let shift = axes.map(|(low, high)| {
            let width = u64::from(high - low) + 1;
            width.div_ceil(side).next_power_of_two().trailing_zeros()
        });
        Self {
            first: axes.map(|(low, _)| low),
            count: [0, 1].map(|i| ((axes[i].1 - axes[i].0) >> shift[i]) + 1),
            shift,
        }
    }

    /// The grid's column or row of a coordinate, which is kept within the grid.
    fn at(&self, axis: usize, value: i64) -> u32 {
        let cell = (value - i64::from(self.first[axis])).max(0) >> self.shift[axis];
        u32::try_from(cell)
            .unwrap_or(u32::MAX)
            .min(self.count[axis] - 1)
    }

    fn corner(&self, axis: usize, cell: u32) -> u32 {
        self.first[axis] + (cell << self.shift[axis])
    }

    /// `None` where there are too many.
    fn entries(&self, edges: &[Vec<Edge>]) -> Option<Entries> {
        let mut entries = Entries::default();
        for (zone, edges) in (0..).zip(edges) {
            for (place, edge) in (0..).zip(edges) {
                self.near(edge, &mut |cell| entries.edges.push((cell, zone, place)));
                if entries.edges.len() > MOST_ENTRIES {
                    return None;
                }
            }
            self.held(edges, &mut |cell| entries.held.push((cell, zone)));
            if entries.held.len() > MOST_ENTRIES {
                return None;
            }
        }
        entries.edges.sort_unstable();
        entries.held.sort_unstable();
        Some(entries)
    }

    /// Calls `note` with the cells within two steps of an edge, and perhaps a few more.
    fn near(&self, edge: &Edge, note: &mut impl FnMut(u32)) {
        let [ax, ay, bx, by] = [edge.ax, edge.ay, edge.bx, edge.by].map(i64::from);
        let rows = self.at(1, ay.min(by) - 2)..=self.at(1, ay.max(by) + 2);
        for row in rows {
            // The edge's part between the row's heights, two steps more on either side.
            let low = i64::from(self.corner(1, row)) - 2;
            let high = low + (1i64 << self.shift[1]) + 4;
            let x_at = |y: i64| {
                let y = y.clamp(ay.min(by), ay.max(by));
                if ay == by {
                    return None;
                }
                let along = i128::from(bx - ax) * i128::from(y - ay) / i128::from(by - ay);
                i64::try_from(along).ok().map(|along| ax + along)
            };
            let (from, to) = match (x_at(low), x_at(high)) {
                (Some(a), Some(b)) => (a.min(b), a.max(b)),
                _ => (ax.min(bx), ax.max(bx)),
            };
            for column in self.at(0, from - 4)..=self.at(0, to + 4) {
                note(row * self.count[0] + column);
            }
        }
    }

    /// Calls `note` with the cells whose corner the zone holds.
    fn held(&self, edges: &[Edge], note: &mut impl FnMut(u32)) {
        // For each row the columns up to which an edge is east of the corners.
        let mut turns: Vec<(u32, u32)> = Vec::new();
        for edge in edges {
            let (low, high) = (edge.ay.min(edge.by), edge.ay.max(edge.by));
            let rows = self.at(1, i64::from(low))..=self.at(1, i64::from(high));
            for row in rows {
                let y = self.corner(1, row);
                if (edge.ay <= y) == (edge.by <= y) {
                    continue;
                }
                // West corners first: bisection for the first that the edge is not east of.
                let (mut from, mut to) = (0, self.count[0]);
                while from < to {
                    let middle = from + (to - from) / 2;
                    if edge.is_east_of(self.corner(0, middle), y) {
                        from = middle + 1;
                    } else {
                        to = middle;
                    }
                }
                turns.push((row, from));
            }
        }
        turns.sort_unstable();
        let mut rest = turns.as_slice();
        while let Some(&(row, _)) = rest.first() {
            let end = rest.partition_point(|turn| turn.0 <= row);
            let (mine, others) = rest.split_at(end);
            // Between an odd and the next even turn, counted from the east, corners are inside.
            let mut ends: Vec<u32> = mine.iter().map(|turn| turn.1).collect();
            if ends.len() % 2 == 1 {
                ends.insert(0, 0);
            }
            for pair in ends.chunks_exact(2) {
                for column in pair[0]..pair[1] {
                    note(row * self.count[0] + column);
                }
            }
            rest = others;
        }
    }

    fn words(&self, edges: &[Vec<Edge>], entries: Entries) -> Result<Built, LayerError> {
        let cells = self.count[0] as usize * self.count[1] as usize;
        let (classes, table) = (HEADER, HEADER + cells.div_ceil(16));
        let mut built = Built {
            words: vec![0; table + cells],
            sets: vec![Vec::new()],
            records: HashMap::new(),
            crowded: Vec::new(),
        };
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let header = [
            self.shift[0],
            self.shift[1],
            self.first[0],
            self.first[1],
            self.count[0],
            self.count[1],
            place(classes),
            place(table),
        ];
        built.words[..HEADER].copy_from_slice(&header);
        let mut ids: HashMap<Vec<u32>, u32> = HashMap::from([(Vec::new(), 0)]);
        let mut tables: HashMap<(Vec<u32>, Vec<u32>), u32> = HashMap::new();
        let (mut near, mut held) = (entries.edges.as_slice(), entries.held.as_slice());
        loop {
            let next = [near.first().map(|e| e.0), held.first().map(|e| e.0)];
            let Some(cell) = next.into_iter().flatten().min() else {
                break;
            };
            let (mine, later) = near.split_at(near.partition_point(|e| e.0 == cell));
            let (holding, rest) = held.split_at(held.partition_point(|e| e.0 == cell));
            (near, held) = (later, rest);
            let mut zones: Vec<u32> = mine.iter().map(|e| e.1).collect();
            zones.dedup();
            let holds = |zone: &u32| holding.binary_search(&(cell, *zone)).is_ok();
            let base: Vec<u32> = holding
                .iter()
                .map(|h| h.1)
                .filter(|z| zones.binary_search(z).is_err())
                .collect();
            let at = cell as usize;
            let word = if zones.is_empty() {
                built.set(&mut ids, base)
            } else {
                if zones.len() > MASK_BITS {
                    return Err(self.crowd(cell));
                }
                let bits = zones.iter().zip(0..);
                let mask = bits.fold(0, |m: u32, (z, bit)| m | u32::from(holds(z)) << bit);
                let mut resolved = [0, 0];
                if zones.len() <= TABLE_BITS {
                    let key = (base.clone(), zones.clone());
                    resolved[0] = match tables.get(&key) {
                        Some(&table) => table,
                        None => {
                            let table = built.table(&mut ids, &base, &zones);
                            tables.insert(key, table);
                            table
                        }
                    };
                } else {
                    built.crowded.push(0);
                    let has_base = if base.is_empty() { 0 } else { HAS_BASE };
                    resolved[1] = place(built.crowded.len()) | has_base;
                }
                let record = place(built.words.len());
                if record & IS_RECORD != 0 {
                    return Err(LayerError::TooMany { edges: mine.len() });
                }
                if resolved[0] == 0
                    && let Some(last) = built.crowded.last_mut()
                {
                    *last = record;
                }
                let count = place(mine.len());
                built.words.extend([count, mask, resolved[0], resolved[1]]);
                for &(_, zone, edge) in mine {
                    let Edge { ax, ay, bx, by } = edges[zone as usize][edge as usize];
                    let bit = place(zones.binary_search(&zone).unwrap_or(0));
                    built.words.extend([ax, ay, bx, by, bit]);
                }
                built.records.insert(record, Record { zones, base });
                record | IS_RECORD
            };
            let class = if word < 2 { word } else { 2 };
            built.words[classes + at / 16] |= class << (2 * (at % 16));
            built.words[table + at] = word;
        }
        Ok(built)
    }

    fn crowd(&self, cell: u32) -> LayerError {
        let (row, column) = (cell / self.count[0], cell % self.count[0]);
        LayerError::Crowd {
            lon: lon_of_x_edge(self.corner(0, column)),
            lat: lat_of_y_edge(self.corner(1, row)),
        }
    }
}

const _: () = assert!(RECORD == 4 && EDGE == 5);

impl Built {
    /// The code of a set of zones.
    fn set(&mut self, ids: &mut HashMap<Vec<u32>, u32>, zones: Vec<u32>) -> u32 {
        let sets = &mut self.sets;
        *ids.entry(zones).or_insert_with_key(|zones| {
            sets.push(zones.clone());
            u32::try_from(sets.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// A table of codes by mask.
    fn table(&mut self, ids: &mut HashMap<Vec<u32>, u32>, base: &[u32], zones: &[u32]) -> u32 {
        let codes: Vec<u32> = (0..1u32 << zones.len())
            .map(|mask| {
                let bits = (0..).zip(zones);
                let inside = bits
                    .filter(|(bit, _)| mask >> bit & 1 == 1)
                    .map(|(_, z)| *z);
                let mut set: Vec<u32> = base.iter().copied().chain(inside).collect();
                set.sort_unstable();
                self.set(ids, set)
            })
            .collect();
        let at = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.extend(codes);
        at
    }
}
