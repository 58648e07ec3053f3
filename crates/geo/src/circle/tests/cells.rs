//! The integer forms of a circle against its definition.

use super::circle;
use crate::circle::{Circle, EARTH_RADIUS, side, sides};
use crate::{Side, lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};
use proptest::prelude::*;

/// One circle and all its integer forms, to be held against its definition.
pub(super) struct Forms {
    pub(super) circle: Circle,
    pub(super) words: Vec<u32>,
    pub(super) rows: (u32, u32),
    pub(super) columns: Option<(u32, u32)>,
}

impl Forms {
    pub(super) fn new(circle: Circle) -> Self {
        let words = circle.words();
        assert!(words.len() <= 4 + 2 * 65_536);
        assert!(words[4..].chunks(2).all(|band| band[1] <= band[0]));
        let (rows, columns) = (circle.rows(), circle.columns());
        Self {
            circle,
            words,
            rows,
            columns,
        }
    }

    fn check(&self, lon: f64, lat: f64) {
        let (x, y) = (x_of_lon(lon), y_of_lat(lat));
        let [w, s] = [lon_of_x_edge(x), lat_of_y_edge(y)];
        let [e, n] = [
            x.checked_add(1)
                .map_or(180.0, |x| lon_of_x_edge(x).next_down()),
            y.checked_add(1)
                .map_or(90.0, |y| lat_of_y_edge(y).next_down()),
        ];
        let side = side(&self.words, x, y);
        for (lon, lat) in [(lon, lat), (w, s), (w, n), (e, s), (e, n)] {
            let holds = self.circle.holds(lon, lat);
            let agrees = match side {
                Side::Edge => true,
                side => (side == Side::Inside) == holds,
            };
            assert!(agrees, "{:?} {lon} {lat}: {side:?}, {holds}", self.circle);
            if holds {
                assert!(
                    (self.rows.0..=self.rows.1).contains(&y),
                    "{:?} {lat}",
                    self.circle
                );
                assert!(self.columns.is_none_or(|c| (c.0..=c.1).contains(&x)));
                assert!(
                    self.circle.may_meet([lon, lon], [lat, lat]),
                    "{:?} {lon} {lat}",
                    self.circle
                );
                assert!(self.circle.may_meet([-180.0, lon], [lat, 90.0]));
                assert!(self.circle.may_meet([lon, 180.0], [-90.0, lat]));
            }
        }
        let (mut keep, mut edge) = ([1], [0]);
        sides(&self.words, &[x], &[y], &mut keep, &mut edge);
        let flags = (side != Side::Outside, side == Side::Edge);
        assert_eq!((keep[0] == 1, edge[0] == 1), flags);
    }

    /// The point and those an ulp, a cell and a band beside it.
    fn check_around(&self, lon: f64, lat: f64) {
        let x_step = 360.0 / 4_294_967_296.0;
        let y_step = x_step / 2.0 * f64::from(1u32 << self.words[2]);
        let lons = [
            lon,
            lon.next_up(),
            lon.next_down(),
            lon + x_step,
            lon - x_step,
            lon + 2.0 * x_step,
            lon - 2.0 * x_step,
        ];
        let lats = [
            lat,
            lat.next_up(),
            lat.next_down(),
            lat + y_step,
            lat - y_step,
            lat + x_step / 2.0,
            lat - x_step / 2.0,
        ];
        for lon in lons {
            for lat in lats {
                let lon = if lon > 180.0 {
                    lon - 360.0
                } else if lon < -180.0 {
                    lon + 360.0
                } else {
                    lon
                };
                self.check(lon, lat.clamp(-90.0, 90.0));
            }
        }
    }

    /// Goes along the great circle from the centre by bisection to where the definition changes.
    fn check_rim(&self, bearing: f64) {
        let at = |metres: f64| destination(&self.circle, bearing, metres);
        let (mut inside, mut outside) = (0.0, std::f64::consts::PI * EARTH_RADIUS);
        for _ in 0..80 {
            let middle = f64::midpoint(inside, outside);
            let (lon, lat) = at(middle);
            if self.circle.holds(lon, lat) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        for metres in [inside, outside] {
            let (lon, lat) = at(metres);
            self.check_around(lon, lat);
        }
        for factor in [0.5, 0.99, 0.999_99, 1.000_01, 1.01] {
            let (lon, lat) = at(self.circle.metres() * factor);
            self.check(lon, lat);
        }
    }
}

fn destination(circle: &Circle, bearing: f64, metres: f64) -> (f64, f64) {
    let (lat, angle) = (circle.lat().to_radians(), metres / EARTH_RADIUS);
    let sin = lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos();
    let east = bearing.sin() * angle.sin() * lat.cos();
    let lon = circle.lon() + east.atan2(angle.cos() - lat.sin() * sin).to_degrees();
    let lon = if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    };
    (
        lon.clamp(-180.0, 180.0),
        sin.clamp(-1.0, 1.0).asin().to_degrees(),
    )
}

fn places() -> impl Strategy<Value = (f64, f64)> {
    let lon = prop_oneof![
        -180.0..=180.0f64,
        Just(180.0),
        Just(-180.0),
        Just(0.0),
        179.999..=180.0,
        any::<u32>().prop_map(lon_of_x_edge)
    ];
    let pole = (-16.0..0.0f64).prop_map(|e| 90.0 - 10f64.powf(e));
    let lat = prop_oneof![
        -90.0..=90.0f64,
        Just(90.0),
        Just(-90.0),
        Just(0.0),
        pole,
        any::<u32>().prop_map(lat_of_y_edge)
    ];
    (lon, lat)
}

fn radii() -> impl Strategy<Value = f64> {
    let turn = std::f64::consts::PI * EARTH_RADIUS;
    prop_oneof![
        4 => (-9.0..7.4f64).prop_map(|e| 10f64.powf(e)),
        1 => Just(0.0),
        1 => (-9.0..5.0f64).prop_map(move |e| turn - 10f64.powf(e)),
        1 => (-9.0..5.0f64).prop_map(move |e| turn / 2.0 - 10f64.powf(e)),
        1 => 0.0..2.1e7f64,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn cells_never_contradict_metres(
        (lon, lat) in places(), metres in radii(), others in prop::collection::vec(places(), 8),
        bearings in prop::collection::vec(0.0..std::f64::consts::TAU, 12),
    ) {
        let forms = Forms::new(circle(lon, lat, metres));
        forms.check_around(lon, lat);
        for bearing in bearings.into_iter().chain([0.0, 1.0, 2.0, 3.0].map(|q| q * std::f64::consts::FRAC_PI_2)) {
            forms.check_rim(bearing);
        }
        for (lon, lat) in others.into_iter().chain([(lon, 90.0), (lon, -90.0), (-lon, -lat), (180.0, lat), (-180.0, lat)]) {
            forms.check_around(lon, lat);
        }
    }

    /// Circles that all but touch a pole, where the reach turns sharply.
    #[test]
    fn circles_that_touch_a_pole(
        colat in -6.0..1.5f64, off in -9.0..1.0f64, sign in prop::bool::ANY,
        bearings in prop::collection::vec(-0.001..0.001f64, 8), wide in prop::collection::vec(0.0..6.0f64, 4),
    ) {
        let (colat, off) = (10f64.powf(colat), 10f64.powf(off));
        let metres = colat.to_radians() * EARTH_RADIUS + if sign { off } else { -off };
        let forms = Forms::new(circle(10.0, 90.0 - colat, metres.max(0.0)));
        for bearing in bearings.into_iter().chain(wide) {
            forms.check_rim(bearing);
        }
        for row in (u32::MAX - 40)..=u32::MAX {
            for lon in [10.0, -80.0, 100.0, 99.999, 55.0, -170.0, 170.0, 180.0, -180.0] {
                forms.check(lon, lat_of_y_edge(row));
            }
        }
    }
}
