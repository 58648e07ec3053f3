//! Zones, which are polygons, made ready so that integers tell in which of them a point lies.
//!
//! The truth is even-odd over all rings of a zone, in the plane of longitude and latitude: an edge
//! from A to B counts for a point P when exactly one of its ends is at or below P and P is strictly
//! west of it ([`robust`] decides). So west and south edges are inside, east and north ones are not.
//!
//! **Why integers suffice.** Vertices are cut to fixed point, as points are: each moves by less than
//! one step on each axis. So where no cut edge comes within one step of the point's cell (in the
//! greater of the two differences), none can pass over the point while the vertices move back, and
//! the cut polygon holds the cell's corner exactly when the true one holds the point. Where an edge
//! does come so near, the code is [`UNDECIDED`] and [`Layer::exact`] answers.
//!
//! **The grid.** A grid of cells, powers of two wide, lies over the zones. Most have no edge near and
//! one answer; the others list their edges, and which zones hold their south-west corner C. From C a
//! path goes north to the point's height and then east to the point; each edge that it crosses turns
//! its zone's bit. Ties are broken as if every point lay a little to the north-east, and much less
//! north than east, which is what the truth's rule says.
//!
//! **The words**, which kernels on every device read: first [`HEADER`] words: the shifts of x and y,
//! the first x and y, columns, rows, and the places of classes and of cells. *Classes* have 2 bits a
//! cell, 16 cells a word from the lowest bits on, row by row: 0 and 1 are codes, 2 asks the cell.
//! *Cells* have a word each: a code, or with the highest bit set the place of a record. A *record* is
//! the number of edges, the mask of zones that hold C, the place of a table of codes by mask (or 0),
//! and the upper half of the code where there is no table, whose lower half the mask then is (with the
//! highest bit set where some zone holds the whole cell; else the mask 0 is the code 0); then 5 words
//! an edge: its two ends as x, y, x, y, and its zone's bit.

mod build;
mod check;
mod edge;
mod look;

use crate::{x_of_lon, y_of_lat};
use build::Built;
pub use check::LayerError;
pub use look::{code_of, codes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The code of a point that only f64 can decide.
pub const UNDECIDED: u64 = u64::MAX;
/// Words before the classes.
pub const HEADER: usize = 8;

/// A zone's rings in degrees, longitude first; even-odd over all of them. A ring's last point is
/// joined to its first, whether or not it equals it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// The rings, holes among them.
    pub rings: Vec<Vec<[f64; 2]>>,
}

impl Zone {
    fn edges(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
        self.rings.iter().flat_map(|ring| {
            let ends = ring.iter().skip(1).chain(ring.first());
            ring.iter().copied().zip(ends.copied())
        })
    }
}

/// Zones and their grid.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<Zone>", into = "Vec<Zone>")]
pub struct Layer {
    zones: Vec<Zone>,
    words: Vec<u32>,
    /// Zones of each code without an upper half.
    sets: Vec<Vec<u32>>,
    /// For each record its zones with edges, by bit, and the others that hold its cell.
    records: HashMap<u32, Record>,
    /// Records by the upper half of their codes, from 1.
    crowded: Vec<u32>,
    bounds: [f64; 4],
}

#[derive(Debug, Clone)]
struct Record {
    zones: Vec<u32>,
    base: Vec<u32>,
}

impl PartialEq for Layer {
    fn eq(&self, other: &Self) -> bool {
        self.zones == other.zones
    }
}

impl Layer {
    /// Makes zones ready.
    ///
    /// # Errors
    /// [`LayerError`] when a zone is no polygon, a coordinate is off the earth, or an edge probably
    /// crosses the antimeridian.
    pub fn new(mut zones: Vec<Zone>) -> Result<Self, LayerError> {
        check::check(&mut zones)?;
        let Built {
            words,
            sets,
            records,
            crowded,
        } = build::build(&zones)?;
        let points = zones.iter().flat_map(|z| z.rings.iter().flatten());
        let bounds = points.fold([180.0f64, 90.0, -180.0, -90.0], |b, p| {
            [
                b[0].min(p[0]),
                b[1].min(p[1]),
                b[2].max(p[0]),
                b[3].max(p[1]),
            ]
        });
        Ok(Self {
            zones,
            words,
            sets,
            records,
            crowded,
            bounds,
        })
    }

    /// The zones.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The tables that kernels read.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The code of a cell: 0 in no zone, [`UNDECIDED`] beside an edge.
    pub fn code(&self, x: u32, y: u32) -> u64 {
        code_of(&self.words, x, y)
    }

    /// The code of a valid point, by f64 alone.
    pub fn exact(&self, lon: f64, lat: f64) -> u64 {
        match look::find(&self.words, x_of_lon(lon), y_of_lat(lat)) {
            look::Found::Code(code) => u64::from(code),
            look::Found::Record { at, .. } => {
                let Some(record) = self.records.get(&at) else {
                    return 0;
                };
                let bits = (0..).zip(&record.zones);
                let mask = bits.fold(0, |mask: u32, (bit, &zone)| {
                    mask | u32::from(self.holds(zone as usize, lon, lat)) << bit
                });
                look::resolve(&self.words, at as usize, mask)
            }
        }
    }

    /// Codes have an upper half below the first number and a lower half below the second.
    pub fn extents(&self) -> [u64; 2] {
        if self.crowded.is_empty() {
            [1, self.sets.len() as u64]
        } else {
            [self.crowded.len() as u64 + 1, 1 << 32]
        }
    }

    /// The zones of a code, ascending.
    pub fn members(&self, code: u64) -> Vec<u32> {
        let (high, low) = (code >> 32, code & 0xffff_ffff);
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        if high == 0 {
            return self.sets.get(index(low)).cloned().unwrap_or_default();
        }
        let record = self.crowded.get(index(high - 1));
        let Some(record) = record.and_then(|at| self.records.get(at)) else {
            return Vec::new();
        };
        let mut zones = record.base.clone();
        let bits = (0..).zip(&record.zones);
        zones.extend(bits.filter(|(bit, _)| low >> bit & 1 == 1).map(|(_, z)| *z));
        zones.sort_unstable();
        zones
    }

    /// West, south, east and north of all zones.
    pub fn bounds(&self) -> [f64; 4] {
        self.bounds
    }

    /// Whether a zone holds a point: the definition, over all edges.
    pub fn holds(&self, zone: usize, lon: f64, lat: f64) -> bool {
        let mut inside = false;
        for (a, b) in self.zones[zone].edges() {
            if (a[1] <= lat) != (b[1] <= lat) {
                let [x, y, p] = [a, b, [lon, lat]].map(|[x, y]| robust::Coord { x, y });
                let side = robust::orient2d(x, y, p);
                inside ^= if a[1] <= lat { side > 0.0 } else { side < 0.0 };
            }
        }
        inside
    }
}

impl TryFrom<Vec<Zone>> for Layer {
    type Error = LayerError;

    fn try_from(zones: Vec<Zone>) -> Result<Self, LayerError> {
        Self::new(zones)
    }
}

impl From<Layer> for Vec<Zone> {
    fn from(layer: Layer) -> Self {
        layer.zones
    }
}
