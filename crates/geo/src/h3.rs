//! H3 cells, as the `h3o` crate answers, with a memo for points near to earlier ones.
//!
//! The memo holds cells as polygons. An H3 hexagon that touches one face of the icosahedron only is
//! convex in that face's gnomonic plane, and its edges are great circles. In the plane of longitude
//! and latitude each stays so near to its chord that a point farther than that from all six chords
//! is inside; see `h3/polygon.rs`. Points that no remembered polygon decides are h3o's to decide.

mod polygon;

use crate::{GeoError, is_valid, x_of_lon, y_of_lat};
use h3o::{CellIndex, LatLng, Resolution};
use polygon::Polygon;

/// Polygons remembered, 160 bytes each; then the oldest make room.
const POLYGONS: usize = 1 << 14;
/// Cells whose asking is counted, 16 bytes each.
const COUNTS_LOG2: u32 = 15;
/// Squares of the fixed-point grid remembered, 16 bytes each.
const SQUARES_LOG2: u32 = 17;
/// h3o's answers for one cell before its polygon is made, which costs as much as a few of these.
const ASKED: u32 = 3;

/// H3 cells of one resolution, with a memo of up to 5 MB: the answers are h3o's own, sooner.
pub struct Cells {
    resolution: Resolution,
    shift: u32,
    /// The polygon that decided last.
    last: usize,
    polygons: Vec<(u64, Polygon)>,
    /// Where the next polygon goes when all places are taken.
    oldest: usize,
    counts: Vec<Count>,
    squares: Vec<Square>,
}

/// How often h3o has answered with a cell, and where its polygon was put.
#[derive(Clone, Copy)]
struct Count {
    cell: u64,
    asked: u32,
    place: u16,
}

/// A square of the fixed-point grid about half as wide as a cell's edge is long, and the places of
/// the polygons that last held points there. A place may hold another cell's polygon by now, which
/// then decides no point of the square.
#[derive(Clone, Copy)]
struct Square {
    key: u64,
    places: [u16; 4],
}

impl Cells {
    /// An empty memo.
    ///
    /// # Errors
    /// [`GeoError::Resolution`] above 15.
    pub fn new(resolution: u8) -> Result<Self, GeoError> {
        let checked = Resolution::try_from(resolution);
        let count = Count {
            cell: 0,
            asked: 0,
            place: 0,
        };
        let square = Square {
            key: u64::MAX,
            places: [0; 4],
        };
        Ok(Self {
            resolution: checked.map_err(|_| GeoError::Resolution(resolution))?,
            // An edge is some 1281 km / 7^(r / 2): 2^27 columns of the equator / 2^(1.404 r).
            shift: 26 - u32::from(resolution) * 1404 / 1000,
            last: 0,
            polygons: Vec::new(),
            oldest: 0,
            counts: vec![count; 1 << COUNTS_LOG2],
            squares: vec![square; 1 << SQUARES_LOG2],
        })
    }

    /// The cell of a point in degrees, as h3o has it; 0, which is no cell, for an invalid row.
    #[inline]
    pub fn cell(&mut self, lon: f64, lat: f64) -> u64 {
        match self.polygons.get(self.last) {
            Some((cell, polygon)) if polygon.holds(lon, lat) => *cell,
            _ if is_valid(lon, lat) => self.look(lon, lat),
            _ => 0,
        }
    }

    fn look(&mut self, lon: f64, lat: f64) -> u64 {
        let column = u64::from(x_of_lon(lon) >> self.shift);
        let key = (column << 32) | u64::from(y_of_lat(lat) >> (self.shift + 1));
        let at = place(key, SQUARES_LOG2);
        // Each key has two places.
        let known = [at, at ^ 1]
            .into_iter()
            .find(|&at| self.squares[at].key == key);
        let places = known.map(|at| self.squares[at].places);
        for place in places.unwrap_or_default().map(usize::from) {
            if let Some((cell, polygon)) = self.polygons.get(place)
                && polygon.holds(lon, lat)
            {
                self.last = place;
                return *cell;
            }
        }
        let Ok(point) = LatLng::new(lat, lon) else {
            return 0;
        };
        let cell = point.to_cell(self.resolution);
        if let Some(place) = self.learn(cell)
            && places.is_none_or(|places| !places.contains(&place))
        {
            self.last = place.into();
            let [a, b, c, _] = places.unwrap_or([place; 4]);
            // A new key takes one place or the other, as the polygon's place has it.
            self.squares[known.unwrap_or(at ^ usize::from(place & 1))] = Square {
                key,
                places: [place, a, b, c],
            };
        }
        cell.into()
    }

    /// Counts an answer of h3o, and gives the place of the cell's polygon, which it makes when the
    /// cell has been asked for often enough.
    fn learn(&mut self, index: CellIndex) -> Option<u16> {
        let cell = u64::from(index);
        let at = place(cell, COUNTS_LOG2);
        let known = [at, at ^ 1]
            .into_iter()
            .find(|&at| self.counts[at].cell == cell);
        let at = known.unwrap_or_else(|| {
            // Of two places the one less asked for makes room, and the other comes nearer to it.
            let (a, b) = (self.counts[at].asked, self.counts[at ^ 1].asked);
            let (less, more) = if a <= b { (at, at ^ 1) } else { (at ^ 1, at) };
            self.counts[more].asked = self.counts[more].asked.saturating_sub(1);
            self.counts[less] = Count {
                cell,
                asked: 0,
                place: 0,
            };
            less
        });
        let count = &mut self.counts[at];
        count.asked = count.asked.saturating_add(1);
        let held = self.polygons.get(usize::from(count.place));
        if held.is_some_and(|held| held.0 == cell) {
            return Some(count.place);
        }
        if !count.asked.is_multiple_of(ASKED) {
            return None;
        }
        let made = (cell, Polygon::new(index)?);
        if self.polygons.len() < POLYGONS {
            self.polygons.push(made);
            count.place = u16::try_from(self.polygons.len() - 1).ok()?;
        } else {
            self.polygons[self.oldest] = made;
            count.place = u16::try_from(self.oldest).ok()?;
            self.oldest = (self.oldest + 1) % POLYGONS;
        }
        Some(count.place)
    }
}

/// The place of a key in a table of 2^log2, by Fibonacci's multiplier.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "fewer bits than a usize")]
fn place(key: u64, log2: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - log2)) as usize
}

/// The closed ring around a cell, longitudes and latitudes in degrees; empty for what is no cell.
/// Over the antimeridian the longitudes jump.
pub fn boundary(cell: u64) -> Vec<[f64; 2]> {
    let Ok(cell) = CellIndex::try_from(cell) else {
        return Vec::new();
    };
    let boundary = cell.boundary();
    let ring = boundary.iter().chain(boundary.first());
    ring.map(|p| [p.lng(), p.lat()]).collect()
}

/// The text of a cell: 15 hexadecimal digits.
pub fn text(cell: u64) -> String {
    format!("{cell:x}")
}

/// A cell without its header and the digits beyond its resolution: base cell, then three bits a
/// digit. Sorts as cells of one resolution do.
pub fn compact(cell: u64, resolution: u8) -> u64 {
    let digits = 3 * u32::from(resolution);
    (cell >> (45 - digits)) & ((1 << (7 + digits)) - 1)
}

/// The cell of a resolution that [`compact`] made `code` from.
pub fn whole(code: u64, resolution: u8) -> u64 {
    let digits = 3 * u32::from(resolution);
    let header = 1 << 59 | u64::from(resolution) << 52;
    header | code << (45 - digits) | ((1 << (45 - digits)) - 1)
}

#[cfg(test)]
mod tests;
