//! H3 cells, as the `h3o` crate answers, mostly without asking it.
//!
//! The hexagon of a face that holds a point is found by a few products, and proved where it is no nearer to a rim than
//! roundings reach; see `h3/plane.rs`. Its digits are integers; how a base cell turns them on a face is learnt from
//! h3o's first answer there. All other points are h3o's to decide.

mod digits;
mod plane;

use crate::{GeoError, is_valid};
use digits::{ROOTS, Ways, turned};
use h3o::{LatLng, Resolution};
use plane::{Hexagon, Planes};

/// H3 cells of one resolution: the answers are h3o's own, sooner.
pub struct Cells {
    resolution: Resolution,
    planes: Planes,
    ways: Ways,
    /// By root of digits one more than the base cell and turn of its cells, 0 where they are not known.
    roots: Vec<u16>,
    /// The last hexagon, and its cell: tracks stay in one for many rows.
    last: Option<(Hexagon, u64)>,
}

impl Cells {
    /// Cells of a resolution.
    ///
    /// # Errors
    /// [`GeoError::Resolution`] above 15.
    pub fn new(resolution: u8) -> Result<Self, GeoError> {
        let checked = Resolution::try_from(resolution);
        let resolution = checked.map_err(|_| GeoError::Resolution(resolution))?;
        Ok(Self {
            resolution,
            planes: Planes::new(resolution),
            ways: Ways::new(resolution.into()),
            roots: vec![0; ROOTS],
            last: None,
        })
    }

    /// The cell of a point in degrees, as h3o has it; 0, which is no cell, for an invalid row.
    #[inline]
    pub fn cell(&mut self, lon: f64, lat: f64) -> u64 {
        if !is_valid(lon, lat) {
            return 0;
        }
        let Some(hexagon) = self.planes.hexagon(lon, lat) else {
            return self.ask(lon, lat);
        };
        match self.last {
            Some((last, cell)) if last == hexagon => cell,
            _ => {
                let cell = self.cell_of(hexagon, lon, lat);
                self.last = Some((hexagon, cell));
                cell
            }
        }
    }

    /// The cell of a hexagon that holds a point.
    #[inline]
    fn cell_of(&mut self, hexagon: Hexagon, lon: f64, lat: f64) -> u64 {
        let Some((root, digits)) = self.ways.digits(hexagon) else {
            return self.ask(lon, lat);
        };
        let resolution = self.resolution.into();
        match self.roots[root].checked_sub(1) {
            Some(known) => {
                let code = u64::from(known / 6) << (3 * resolution) | turned(digits, known % 6);
                whole(code, resolution)
            }
            None => self.learn(lon, lat, root, digits),
        }
    }

    #[cold]
    fn ask(&self, lon: f64, lat: f64) -> u64 {
        let point = LatLng::new(lat, lon);
        point.map_or(0, |point| point.to_cell(self.resolution).into())
    }

    /// Asks for the cell of a point whose digits are known, and notes what made them the cell's.
    #[cold]
    fn learn(&mut self, lon: f64, lat: f64, root: usize, digits: u64) -> u64 {
        let cell = self.ask(lon, lat);
        let resolution = self.resolution.into();
        let code = compact(cell, resolution);
        let base = u16::try_from(code >> (3 * resolution)).unwrap_or(0);
        let rest = code & ((1 << (3 * resolution)) - 1);
        if let Some(times) = (0..6).find(|times| turned(digits, *times) == rest) {
            self.roots[root] = 1 + 6 * base + times;
        }
        cell
    }
}

/// The closed ring around a cell, longitudes and latitudes in degrees; empty for what is no cell.
/// Over the antimeridian the longitudes jump.
pub fn boundary(cell: u64) -> Vec<[f64; 2]> {
    let Ok(cell) = h3o::CellIndex::try_from(cell) else {
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
