//! Polygons, circles and prefixes about one place, whose corners lie on a grid that points lie on, too.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::points::{CITIES, beside};
use crate::geohash::geohash;
use crate::great_circle::distance;
use crate::question::{Feature, Ring};

/// How many steps of the grid lie between the focus and its rim.
const STEPS: i32 = 4;

/// What the places of one question lie about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Focus {
    pub(super) lon: f64,
    pub(super) lat: f64,
    /// Half of its width and height in degrees.
    pub(super) reach: f64,
}

/// About a city, the corner of the map, or anywhere; tame ones about a cluster of the tame tables.
pub(super) fn focus(tame: bool) -> BoxedStrategy<Focus> {
    let reach = if tame {
        vec![0.05, 0.1, 5.0]
    } else {
        vec![1e-8, 1e-4, 0.05, 3.0, 60.0, 180.0]
    };
    let anywhere = (-180.0..180.0, -90.0..90.0);
    let corners = select(vec![(180.0, 85.0), (-180.0, -85.0), (179.99, 0.0)]);
    let centre = prop_oneof![
        4 => select(&CITIES[..]),
        u32::from(!tame) => anywhere,
        u32::from(!tame) => corners,
    ];
    (centre, select(reach))
        .prop_map(|((lon, lat), reach)| Focus { lon, lat, reach })
        .boxed()
}

impl Focus {
    /// A place so far from the centre, in parts of the reach, moved onto the earth.
    fn at(self, east: f64, north: f64) -> [f64; 2] {
        [
            (self.lon + east * self.reach).clamp(-180.0, 180.0),
            (self.lat + north * self.reach).clamp(-90.0, 90.0),
        ]
    }

    pub(super) fn anywhere(self) -> BoxedStrategy<[f64; 2]> {
        (-1.2..1.2, -1.2..1.2)
            .prop_map(move |(east, north)| self.at(east, north))
            .boxed()
    }

    pub(super) fn on_grid(self) -> BoxedStrategy<[f64; 2]> {
        let part = |step: i32| f64::from(step) / f64::from(STEPS);
        (-STEPS..=STEPS, -STEPS..=STEPS)
            .prop_map(move |(east, north)| self.at(part(east), part(north)))
            .boxed()
    }

    /// West, south, east, north.
    pub(super) fn bbox(self) -> BoxedStrategy<[f64; 4]> {
        (self.on_grid(), self.on_grid())
            .prop_map(|(a, b)| {
                let (south, north) = (a[1].min(b[1]), a[1].max(b[1]));
                [a[0].min(b[0]), south, a[0].max(b[0]), north]
            })
            .boxed()
    }

    /// One to three features.
    pub(super) fn features(self) -> BoxedStrategy<Vec<Feature>> {
        vec(self.feature(), 1..4).boxed()
    }

    /// One ring, or more, each of them an outline, a hole, or both in parts: they may cross and touch.
    pub(super) fn feature(self) -> BoxedStrategy<Feature> {
        prop_oneof![3 => vec(self.ring(), 1..2), 1 => vec(self.ring(), 2..4)].boxed()
    }

    /// A closed ring of four positions or more.
    fn ring(self) -> BoxedStrategy<Ring> {
        let box_of = |[west, south, east, north]: [f64; 4]| {
            vec![[west, south], [east, south], [east, north], [west, north]]
        };
        let round = (3..40u32, 0.1..1.0, 0.0..7.0).prop_map(move |(corners, radius, turn)| {
            let corner = |n: u32| {
                let angle = turn + std::f64::consts::TAU * f64::from(n) / f64::from(corners);
                self.at(radius * libm::cos(angle), radius * libm::sin(angle))
            };
            (0..corners).map(corner).collect::<Ring>()
        });
        let close = |mut ring: Ring| {
            ring.push(ring[0]);
            ring
        };
        prop_oneof![
            2 => self.bbox().prop_map(box_of),
            3 => vec(self.on_grid(), 3..8),
            2 => vec(self.anywhere(), 3..8),
            1 => round,
        ]
        .prop_map(close)
        .boxed()
    }

    /// `[lon, lat, metres]`: as far as a grid point exactly or one ulp beside, no distance at all, or half of the earth.
    pub(super) fn near(self) -> BoxedStrategy<[f64; 3]> {
        let place = || prop_oneof![self.on_grid(), self.anywhere()];
        let exact = (place(), self.on_grid()).prop_map(|(centre, rim)| {
            let metres = distance(centre[0], centre[1], rim[0], rim[1]);
            (centre, metres)
        });
        let metres = |metres: f64| metres.clamp(0.0, 3e7);
        let rimmed = exact.prop_flat_map(|(centre, metres)| {
            beside(Just(metres).boxed()).prop_map(move |metres| (centre, metres))
        });
        let rare = (place(), select(vec![0.0, 1e-3, 1e7, 10_007_543.4, 2.1e7]));
        prop_oneof![5 => rimmed.boxed(), 1 => rare.boxed()]
            .prop_map(move |([lon, lat], far)| [lon, lat, metres(far)])
            .boxed()
    }

    /// One to three prefixes of geohashes in it.
    pub(super) fn prefixes(self) -> BoxedStrategy<Vec<String>> {
        let wide = match self.reach {
            reach if reach > 1.0 => 1..=4u8,
            reach if reach > 1e-3 => 3..=7,
            _ => 6..=12,
        };
        let prefix = (prop_oneof![self.on_grid(), self.anywhere()], wide)
            .prop_map(|([lon, lat], letters)| geohash(lon, lat, letters));
        vec(prefix, 1..4).boxed()
    }
}
