//! A bounding box, in degrees and in cells.

use crate::{Fixed, GeoError, LonLat, is_valid, x_of_lon, y_of_lat};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A box of longitudes and latitudes, all four edges included. West > east crosses the antimeridian.
/// -180 and 180 are different numbers: a box that ends at 180 holds no point at -180.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct Bbox {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Bbox {
    /// A box from its edges in degrees, in the order west, south, east, north.
    ///
    /// # Errors
    /// When an edge is out of range or not a number, or south is above north.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, GeoError> {
        for lon in [west, east] {
            if !(-180.0..=180.0).contains(&lon) {
                return Err(GeoError::Longitude(lon));
            }
        }
        for lat in [south, north] {
            if !(-90.0..=90.0).contains(&lat) {
                return Err(GeoError::Latitude(lat));
            }
        }
        if south > north {
            return Err(GeoError::SouthAboveNorth { south, north });
        }
        Ok(Self {
            west,
            south,
            east,
            north,
        })
    }

    /// West, south, east, north in degrees.
    pub fn edges(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// Whether the box crosses the antimeridian.
    pub fn crosses_antimeridian(self) -> bool {
        self.west > self.east
    }

    /// Whether the box holds the point: the f64 definition that every other form must agree with.
    pub fn contains(self, point: LonLat) -> bool {
        self.holds(point.lon(), point.lat())
    }

    /// [`Self::contains`] for a row as it lies in a file; an invalid row is in no box.
    pub fn holds(self, lon: f64, lat: f64) -> bool {
        let in_lon = if self.crosses_antimeridian() {
            lon >= self.west || lon <= self.east
        } else {
            lon >= self.west && lon <= self.east
        };
        is_valid(lon, lat) && in_lon && lat >= self.south && lat <= self.north
    }

    /// Whether a box of the given inclusive ranges, which does not wrap, may hold a common point.
    pub fn may_meet(self, lon: [f64; 2], lat: [f64; 2]) -> bool {
        let in_lon = if self.crosses_antimeridian() {
            lon[1] >= self.west || lon[0] <= self.east
        } else {
            lon[1] >= self.west && lon[0] <= self.east
        };
        in_lon && lat[1] >= self.south && lat[0] <= self.north
    }

    /// The box in cells.
    pub fn fixed(self) -> FixedBbox {
        FixedBbox {
            x: Span::new(
                x_of_lon(self.west),
                x_of_lon(self.east),
                // The first cell is wholly inside only when the edge is the cell's own edge; the
                // last one only when the edge is the end of the world, for cells end half-open.
                self.west == crate::lon_of_x_edge(x_of_lon(self.west)),
                self.east == 180.0,
                self.crosses_antimeridian(),
            ),
            y: Span::new(
                y_of_lat(self.south),
                y_of_lat(self.north),
                self.south == crate::lat_of_y_edge(y_of_lat(self.south)),
                self.north == 90.0,
                false,
            ),
        }
    }
}

impl FromStr for Bbox {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|t| t.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[west, south, east, north]) => Self::new(west, south, east, north),
            _ => Err(GeoError::BboxSyntax(text.to_owned())),
        }
    }
}

impl TryFrom<[f64; 4]> for Bbox {
    type Error = GeoError;

    fn try_from([west, south, east, north]: [f64; 4]) -> Result<Self, GeoError> {
        Self::new(west, south, east, north)
    }
}

impl From<Bbox> for [f64; 4] {
    fn from(bbox: Bbox) -> Self {
        bbox.edges()
    }
}

/// What the cells alone say of a point and a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Every point of the cell is outside.
    Outside,
    /// Some points of the cell may be inside and some outside: ask the f64 predicate.
    Edge,
    /// Every point of the cell is inside.
    Inside,
}

/// An interval of cells on one axis, possibly wrapping. A cell is in the interval when
/// `cell - first <= last - first` in wrapping arithmetic; it is on the edge when it is `edges[0]`
/// or `edges[1]` and that edge is not known to lie on the cell's own border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First cell of the interval.
    pub first: u32,
    /// Number of cells after the first.
    pub extent: u32,
    /// The cells that hold the two ends.
    pub edges: [u32; 2],
    /// Whether the cell at that end is only partly inside.
    pub partial: [bool; 2],
}

impl Span {
    fn new(first: u32, last: u32, first_whole: bool, last_whole: bool, wraps: bool) -> Self {
        // An interval that goes round and ends in the cell in which it begins holds every cell.
        let all = wraps && first <= last;
        Self {
            first,
            extent: if all {
                u32::MAX
            } else {
                last.wrapping_sub(first)
            },
            edges: [first, last],
            partial: [!first_whole, !last_whole],
        }
    }

    /// Where a cell lies.
    #[inline]
    pub fn side(&self, cell: u32) -> Side {
        let inside = cell.wrapping_sub(self.first) <= self.extent;
        let edge = (self.partial[0] && cell == self.edges[0])
            || (self.partial[1] && cell == self.edges[1]);
        match (inside, edge) {
            (false, _) => Side::Outside,
            (true, true) => Side::Edge,
            (true, false) => Side::Inside,
        }
    }
}

/// A [`Bbox`] in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedBbox {
    /// The interval of longitudes.
    pub x: Span,
    /// The interval of latitudes.
    pub y: Span,
}

impl FixedBbox {
    /// Where a cell lies.
    #[inline]
    pub fn side(&self, cell: Fixed) -> Side {
        self.x.side(cell.x).min(self.y.side(cell.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lat_of_y_edge, lon_of_x_edge};
    use proptest::prelude::*;

    fn sides_agree(bbox: Bbox, lon: f64, lat: f64) {
        let point = LonLat::new(lon, lat).expect("a valid point");
        match bbox.fixed().side(point.fixed()) {
            Side::Inside => assert!(bbox.contains(point), "{bbox:?} {point:?}"),
            Side::Outside => assert!(!bbox.contains(point), "{bbox:?} {point:?}"),
            Side::Edge => {}
        }
    }

    #[test]
    fn literals() {
        let bbox = Bbox::new(170.0, -10.0, -170.0, 10.0).expect("a box");
        for (lon, inside) in [
            (180.0, true),
            (-180.0, true),
            (175.0, true),
            (170.0, true),
            (0.0, false),
            (-169.9, false),
        ] {
            assert_eq!(bbox.holds(lon, 0.0), inside, "{lon}");
            sides_agree(bbox, lon, 0.0);
        }
        let to_180 = Bbox::new(170.0, -90.0, 180.0, 90.0).expect("a box");
        assert!(!to_180.holds(-180.0, 0.0));
        assert_eq!(
            to_180.fixed().side(Fixed { x: u32::MAX, y: 7 }),
            Side::Inside
        );
        let at_180 = Bbox::new(180.0, 0.0, 180.0, 0.0).expect("a box");
        assert!(at_180.holds(180.0, 0.0) && !at_180.holds(180.0f64.next_down(), 0.0));
        sides_agree(at_180, 180.0f64.next_down(), 0.0);
        let world = Bbox::new(-180.0, -90.0, 180.0, 90.0)
            .expect("a box")
            .fixed();
        for cell in [0, 1, 1 << 31, u32::MAX] {
            assert_eq!(world.side(Fixed { x: cell, y: cell }), Side::Inside);
        }
        let nearly_round = Bbox::new(1e-9, -90.0, 0.0, 90.0).expect("a box");
        sides_agree(nearly_round, 5e-10, 0.0);
        sides_agree(nearly_round, 77.0, 0.0);
        assert!(nearly_round.holds(77.0, 0.0));
        assert_eq!(
            nearly_round
                .fixed()
                .side(LonLat::new(77.0, 0.0).expect("a point").fixed()),
            Side::Inside
        );
    }

    #[test]
    fn refusals() {
        assert!(matches!(
            Bbox::new(0.0, 2.0, 1.0, 1.0),
            Err(GeoError::SouthAboveNorth { .. })
        ));
        assert!(matches!(
            Bbox::new(f64::NAN, 0.0, 1.0, 1.0),
            Err(GeoError::Longitude(_))
        ));
        assert!(matches!(
            Bbox::new(0.0, 0.0, 1.0, 90.1),
            Err(GeoError::Latitude(_))
        ));
        assert!(matches!(
            "1,2,3".parse::<Bbox>(),
            Err(GeoError::BboxSyntax(_))
        ));
        assert_eq!(
            "-1, -2,3,4".parse(),
            Ok(Bbox::new(-1.0, -2.0, 3.0, 4.0).expect("a box"))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]
        #[test]
        fn cells_never_contradict_degrees(
            a in any::<u32>(), b in any::<u32>(), c in any::<u32>(), d in any::<u32>(),
            nudge in -2i32..=2, cell_x in any::<u32>(), cell_y in any::<u32>(),
        ) {
            let shift = |v: f64, limit: f64| {
                let mut v = v;
                for _ in 0..nudge.abs() { v = if nudge < 0 { v.next_down() } else { v.next_up() } }
                v.clamp(-limit, limit)
            };
            let (s, n) = (lat_of_y_edge(c.min(d)), lat_of_y_edge(c.max(d)));
            let bbox = Bbox::new(shift(lon_of_x_edge(a), 180.0), s, shift(lon_of_x_edge(b), 180.0), n);
            let bbox = bbox.expect("a box");
            for x in [cell_x, a, b, a.wrapping_add(1), a.wrapping_sub(1), b.wrapping_add(1), b.wrapping_sub(1)] {
                for y in [cell_y, c, d] {
                    for lon in [lon_of_x_edge(x), lon_of_x_edge(x).next_up(), lon_of_x_edge(x).next_down(), 180.0, -180.0] {
                        sides_agree(bbox, lon.clamp(-180.0, 180.0), lat_of_y_edge(y));
                    }
                }
            }
        }
    }
}
