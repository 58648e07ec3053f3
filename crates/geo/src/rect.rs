//! Rectangles of fixed-point cells: what holds for all of them at once.

use crate::{Bbox, Circle, Side, Span, lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};

/// All cells between two columns and between two rows, those included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// The first and the last column.
    pub x: [u32; 2],
    /// The first and the last row.
    pub y: [u32; 2],
}

impl Rect {
    /// The cells of the valid points between two longitudes and two latitudes; nothing when these are
    /// no numbers, not in order, or leave no valid point.
    pub fn around(lon: [f64; 2], lat: [f64; 2]) -> Option<Self> {
        let within = |[low, high]: [f64; 2], most: f64| [low.max(-most), high.min(most)];
        if lon.iter().chain(&lat).any(|v| v.is_nan()) {
            return None;
        }
        let (lon, lat) = (within(lon, 180.0), within(lat, 90.0));
        let is_some = lon[0] <= lon[1] && lat[0] <= lat[1];
        is_some.then(|| Self {
            x: lon.map(x_of_lon),
            y: lat.map(y_of_lat),
        })
    }

    /// Longitudes between which all the cells lie.
    pub fn lon(&self) -> [f64; 2] {
        let east = self.x[1].checked_add(1).map_or(180.0, lon_of_x_edge);
        [lon_of_x_edge(self.x[0]), east]
    }

    /// Latitudes between which all the cells lie.
    pub fn lat(&self) -> [f64; 2] {
        let north = self.y[1].checked_add(1).map_or(90.0, lat_of_y_edge);
        [lat_of_y_edge(self.y[0]), north]
    }
}

impl Span {
    /// Where all cells of an interval lie; [`Side::Edge`] where not all on one side.
    pub fn side_of(&self, [low, high]: [u32; 2]) -> Side {
        let is_partial = |end: usize| self.partial[end] && (low..=high).contains(&self.edges[end]);
        let from = low.wrapping_sub(self.first);
        if from <= self.extent && high - low <= self.extent - from {
            return match is_partial(0) || is_partial(1) {
                true => Side::Edge,
                false => Side::Inside,
            };
        }
        let is_in = |cell: u32| cell.wrapping_sub(self.first) <= self.extent;
        match is_in(low) || is_in(high) || (low..=high).contains(&self.first) {
            true => Side::Edge,
            false => Side::Outside,
        }
    }
}

impl Bbox {
    /// Where all points of a rectangle lie; [`Side::Edge`] where not all on one side, or that is not
    /// sure.
    pub fn side_of(self, rect: &Rect) -> Side {
        let fixed = self.fixed();
        fixed.x.side_of(rect.x).min(fixed.y.side_of(rect.y))
    }
}

/// Circles wider than this, in metres, are not looked at: [`Circle::side_of`] needs less than a
/// quarter of the earth.
const WIDEST: f64 = 9e6;
/// Metres that rounding may move a rim by, and far more.
const SPARE: f64 = 0.01;

impl Circle {
    /// Where all points of a rectangle lie; [`Side::Edge`] where not all on one side, or that is not
    /// sure.
    ///
    /// Along a parallel the distance grows with the difference of longitude, so the farthest point
    /// is on the meridian of the rectangle that differs most. Along that one the haversine is a
    /// sine wave of the latitude; between two latitudes within a quarter of the earth it has no crest.
    pub fn side_of(&self, rect: &Rect) -> Side {
        let (lon, lat) = (rect.lon(), rect.lat());
        if !self.may_meet(lon, lat) {
            return Side::Outside;
        }
        let apart = |lon: f64| {
            let apart = (lon - self.lon()).abs();
            apart.min(360.0 - apart)
        };
        // The meridian opposite the centre is the farthest.
        let opposite = self.lon() - 180.0_f64.copysign(self.lon());
        let farthest = match lon[0] <= opposite && opposite <= lon[1] {
            true => 180.0,
            false => apart(lon[0]).max(apart(lon[1])),
        };
        let is_in = |lat: f64| {
            let metres = crate::circle::distance(0.0, self.lat(), farthest, lat);
            metres < self.metres() - SPARE
        };
        match self.metres() < WIDEST && is_in(lat[0]) && is_in(lat[1]) {
            true => Side::Inside,
            false => Side::Edge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;
    use proptest::prelude::*;

    #[test]
    fn a_rectangle_lies_between_its_degrees() {
        let rect = Rect::around([-180.0, 0.0], [89.0, 90.0]).expect("a rectangle");
        assert_eq!(rect.x, [0, 1 << 31]);
        assert_eq!(rect.y[1], u32::MAX);
        assert_eq!((rect.lon()[0], rect.lat()[1]), (-180.0, 90.0));
        assert!(rect.lon()[1] > 0.0 && rect.lat()[0] <= 89.0);
        assert_eq!(Rect::around([f64::NAN, 1.0], [0.0, 1.0]), None);
        assert_eq!(Rect::around([2.0, 1.0], [0.0, 1.0]), None);
        assert_eq!(Rect::around([181.0, 190.0], [0.0, 1.0]), None);
    }

    fn rect() -> impl Strategy<Value = Rect> {
        let ends = || (any::<u32>(), any::<u32>(), 0u32..32);
        let order = |(at, length, shift): (u32, u32, u32)| [at, at.saturating_add(length >> shift)];
        (ends(), ends()).prop_map(move |(x, y)| Rect {
            x: order(x),
            y: order(y),
        })
    }

    /// Cells of a rectangle: its corners and some between.
    fn cells(rect: &Rect) -> Vec<Fixed> {
        let part = |[low, high]: [u32; 2], i: u64| {
            let along = u64::from(high - low) * i / 6;
            low + u32::try_from(along).expect("within")
        };
        let all = (0..49).map(|i| (part(rect.x, i % 7), part(rect.y, i / 7)));
        all.map(|(x, y)| Fixed { x, y }).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn boxes_agree_with_their_cells(
            rect in rect(),
            (west, east) in (-1440i32..=1440, -1440i32..=1440),
            (a, b) in (-720i32..=720, -720i32..=720),
        ) {
            let lat = |v: i32| f64::from(v) / 8.0;
            let bbox = Bbox::new(lat(west), lat(a.min(b)), lat(east), lat(a.max(b))).expect("a box");
            let side = bbox.side_of(&rect);
            let fixed = bbox.fixed();
            for cell in cells(&rect) {
                prop_assert!(side == Side::Edge || fixed.side(cell) == side, "{bbox:?} {cell:?} {side:?}");
            }
        }

        #[test]
        fn circles_agree_with_their_points(
            rect in rect(),
            (along, across) in (-0.5..1.5f64, -0.5..1.5f64),
            size in 0.1..30.0f64,
        ) {
            // Circles of about the rectangle's size, near it.
            let (lon, lat) = (rect.lon(), rect.lat());
            let at = |[low, high]: [f64; 2], part: f64, most: f64| (low + (high - low) * part).clamp(-most, most);
            let metres = (lon[1] - lon[0]).max(lat[1] - lat[0]) * 20_000.0 * size;
            let circle = Circle::new(at(lon, along, 180.0), at(lat, across, 90.0), metres).expect("a circle");
            let side = circle.side_of(&rect);
            for cell in cells(&rect) {
                let (lon, lat) = (lon_of_x_edge(cell.x), lat_of_y_edge(cell.y));
                prop_assert!(side == Side::Edge || circle.holds(lon, lat) == (side == Side::Inside), "{circle:?} {side:?}");
            }
        }
    }

    #[test]
    fn some_rectangles_are_inside() {
        let rect = |lon, lat| Rect::around(lon, lat).expect("a rectangle");
        let circle = Circle::new(179.9, 10.0, 100_000.0).expect("a circle");
        assert_eq!(
            circle.side_of(&rect([179.5, 180.0], [9.9, 10.2])),
            Side::Inside
        );
        assert_eq!(
            circle.side_of(&rect([-180.0, -179.8], [9.9, 10.2])),
            Side::Inside
        );
        assert_eq!(
            circle.side_of(&rect([-180.0, 180.0], [9.9, 10.2])),
            Side::Edge
        );
        assert_eq!(
            circle.side_of(&rect([170.0, 171.0], [9.9, 10.2])),
            Side::Outside
        );
        let pole = Circle::new(0.0, 90.0, 200_000.0).expect("a circle");
        assert_eq!(
            pole.side_of(&rect([-180.0, 180.0], [89.0, 90.0])),
            Side::Inside
        );
        let bbox = Bbox::new(170.0, 0.0, -170.0, 1.0).expect("a box");
        assert_eq!(
            bbox.side_of(&rect([171.0, 180.0], [0.1, 0.9])),
            Side::Inside
        );
        assert_eq!(
            bbox.side_of(&rect([-169.0, 169.0], [0.1, 0.9])),
            Side::Outside
        );
        assert_eq!(bbox.side_of(&rect([-180.0, 180.0], [0.1, 0.9])), Side::Edge);
    }
}
