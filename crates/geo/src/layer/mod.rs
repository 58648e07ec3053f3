//! Zones (polygons) prepared so that a fixed-point cell is classified with integers alone.
//!
//! **Truth.** A point P is in a zone when an odd number of the edges of all its rings count. An edge
//! (A, B) counts when `(Ay <= Py) != (By <= Py)` and P lies strictly west of it: west and south
//! edges are inside, east and north ones outside. In the plane of longitude and latitude, in f64.
//!
//! **Why integers may decide.** Vertices and point are floored to steps, so each moves by at most one
//! step south-west. Move all of them at once, in a line: an edge's distance from the point changes
//! by at most one step per axis. So when no floored edge comes within one step of the floored point
//! (in the larger of the two axes), no edge passes over the point on the way, and the parity of
//! the floored polygon is the true one. Every other row is [`UNDECIDED`], for [`Layer::exact`].
//!
//! # The words
//!
//! [`Layer::words`] is all that [`code_of`] reads; a kernel on a device reads the same from a storage
//! buffer. All offsets are in words from the start.
//!
//! | word | meaning |
//! |---|---|
//! | 0, 1 | `gx`, `gy`: south-west corner of the grid, in steps; multiples of the cell's sides |
//! | 2, 3 | `sx`, `sy`: a grid cell is `1 << sx` by `1 << sy` steps; at most 29 |
//! | 4, 5 | `w`, `h`: grid cells per row, rows; at most 2^22 cells in all |
//! | 6 | `ranks`: offset of the ranks |
//! | 7 | `entries`: offset of the entries |
//! | 8 | `edges`: offset of the edges, a multiple of 4 |
//! | 9 | length of the words |
//! | 10..16 | 0 |
//! | 16.. | classes: 2 bits a grid cell, sixteen to a word, the first in the low bits |
//!
//! 1. `cx = (x - gx) >> sx`, `cy = (y - gy) >> sy`, wrapping; if `cx >= w` or `cy >= h` the code is 0.
//! 2. `i = cy * w + cx`; `class = words[16 + i / 16] >> (2 * (i % 16)) & 3`. 0: the code is 0. 1: the code is 1.
//! 3. Else `k = words[ranks + i / 16]` + how many grid cells before `i` in the same word have class 2 or 3,
//!    and `entry = words[entries + k]`. Class 2: the code is `entry`.
//! 4. Class 3: a record begins at `r = entry`. `m = words[r] & 31` zones (1 to 31) have edges near,
//!    `n = words[r] >> 5` edges in all; `mask = words[r + 1]`. A table follows, of `t` words: of
//!    `2^m` codes if `m <= 4`, else of two words, the record's rank and the code of mask 0. Then `n`
//!    references, `words[r + 2 + t ..]`, each `edge << 5 | bit`.
//! 5. For each reference: the edge is the four words `ax, ay, bx, by` at `edges + 4 * edge`, with `ay <= by`.
//!    With `x0 = x >> sx << sx`, the grid cell's west border,
//!    `cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)`. Differences have 33 bits, but here `cross`
//!    fits 64 bits in two's complement, so compute modulo 2^64.
//!    - near: `|cross| <= |bx - ax| + |by - ay|` (at most 2^33) and
//!      `min(ax, bx) - 1 <= x <= max(ax, bx) + 1` and `ay - 1 <= y <= by + 1`. Then the code is [`UNDECIDED`].
//!    - else if `ay <= y && y < by`: toggle when `(cross > 0) != (ax > x0)`;
//!    - else toggle when `(ax <= x0) != (bx <= x0)` and `y >= by`.
//!
//!    Toggle: `mask ^= 1 << bit`.
//! 6. `m <= 4`: the code is `words[r + 2 + mask]`. Else the code is `words[r + 3]` if `mask == 0`, or
//!    `words[r + 2] << 32 | mask` (high word the rank, from 1; low word the mask).
//!
//! **Why step 5 is right.** Walk from the grid cell's south-west corner north along its west border
//! and then east to the point; each edge crossed changes one zone. For an edge that does not reach
//! the border's longitude only the eastward part matters, for one that crosses it the two parts
//! together say on which side of the edge the point is, taking the edge to go on level beyond its
//! ends. What an edge would toggle at the corner itself is folded into the record's mask.
//!
//! **Why 64 bits.** An edge is listed only when it comes within 3 steps of the grid cell, so `cross`,
//! the edge's `|bx - ax| + |by - ay| < 2^33` times its line's distance from the point, at most
//! `2^29 + 3`, is below 2^63.

mod batch;
mod build;
mod check;
mod edges;
mod exact;
mod grid;
mod near;
mod scan;
mod sets;
mod uniform;
mod words;

pub use batch::codes;
pub use check::{LayerError, judge};
pub use words::code_of;

use edges::Edges;
use serde::{Deserialize, Serialize};
use sets::{Crowd, Sets};

/// The code of a row that integers cannot decide: ask [`Layer::exact`].
pub const UNDECIDED: u64 = u64::MAX;

/// A feature's rings in degrees, `[longitude, latitude]`. A point is inside by the even-odd rule
/// over all of them, which makes holes and the parts of a `MultiPolygon` come out right. A ring
/// need not repeat its first vertex, and may turn either way or cross itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// The rings, in any order.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// Zones, numbered from 0, prepared for look-ups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Zone>", into = "Vec<Zone>")]
pub struct Layer {
    zones: Vec<Zone>,
    bounds: [f64; 4],
    edges: Edges,
    sets: Sets,
    words: Vec<u32>,
}

impl Layer {
    /// Checks the zones and prepares them. Rings that enclose nothing because they have fewer than
    /// three distinct vertices are dropped, as long as the zone has another.
    ///
    /// # Errors
    /// [`LayerError`], when a zone is wrong or the zones are too much for the tables.
    pub fn new(zones: Vec<Zone>) -> Result<Self, LayerError> {
        let (zones, bounds) = check::check(zones)?;
        let edges = Edges::of(&zones);
        let (words, sets) = build::build(&edges)?;
        Ok(Self {
            zones,
            bounds,
            edges,
            sets,
            words,
        })
    }

    /// The zones, without dropped rings.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The flat tables, laid out as the module's documentation says.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Which zones hold the points of a fixed-point cell: 0 for none, a code for
    /// [`Self::members`], or [`UNDECIDED`].
    pub fn code(&self, x: u32, y: u32) -> u64 {
        code_of(&self.words, x, y)
    }

    /// How many values the high and the low half of a code may take.
    pub fn extents(&self) -> [u64; 2] {
        self.sets.extents()
    }

    /// The zones of a code, ascending. A code that the layer does not give has none.
    pub fn members(&self, code: u64) -> Vec<u32> {
        self.sets.members(code)
    }

    /// West, south, east and north ends of all rings, in degrees.
    pub fn bounds(&self) -> [f64; 4] {
        self.bounds
    }

    /// Whether a zone holds a point, by the definition: every edge in f64. Slow.
    ///
    /// # Panics
    /// When there is no such zone.
    pub fn holds(&self, zone: usize, lon: f64, lat: f64) -> bool {
        exact::holds(&self.zones[zone], [lon, lat])
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
