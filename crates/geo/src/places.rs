//! Places, and which of them is the nearest to a point within some metres, by the great circles of [`circle`].

use crate::circle::{self, EARTH_RADIUS};
use crate::is_valid;
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

/// Points on the earth, and how far around them other points are theirs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// Longitude and latitude of each, in degrees.
    pub points: Vec<[f64; 2]>,
    /// Metres, the rim included.
    pub metres: f64,
}

impl Places {
    fn bits(&self) -> impl Iterator<Item = u64> {
        let points = self.points.iter().flatten();
        points.chain([&self.metres]).map(|number| number.to_bits())
    }
}

impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        self.bits().eq(other.bits())
    }
}

impl Eq for Places {}

impl Hash for Places {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().for_each(|bits| bits.hash(state));
    }
}

/// Finds the nearest of [`Places`]. Those that may be near enough lie in a band of latitudes, which is searched.
#[derive(Debug, Clone)]
pub struct Nearest {
    /// By latitude: longitude, latitude, and the number of the place.
    places: Vec<(f64, f64, u32)>,
    metres: f64,
    /// Half the band, in degrees, a little more than need be.
    band: f64,
}

impl Nearest {
    /// Of places; those that are none on the earth are never near.
    pub fn new(places: &Places) -> Self {
        let numbered = (0u32..).zip(&places.points);
        let valid = numbered.filter(|(_, [lon, lat])| is_valid(*lon, *lat));
        let mut sorted: Vec<_> = valid
            .map(|(place, [lon, lat])| (*lon, *lat, place))
            .collect();
        sorted.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.2.cmp(&other.2)));
        Self {
            places: sorted,
            metres: places.metres,
            band: (places.metres / EARTH_RADIUS).to_degrees() * (1.0 + 1e-9) + 1e-9,
        }
    }

    /// The number of the nearest place within the metres, of several the first; none where there is none.
    pub fn of(&self, lon: f64, lat: f64) -> Option<u32> {
        if !is_valid(lon, lat) {
            return None;
        }
        let from = self
            .places
            .partition_point(|place| place.1 < lat - self.band);
        let reach = self.reach(lat);
        let mut best: Option<(f64, u32)> = None;
        for &(its_lon, its_lat, place) in &self.places[from..] {
            if its_lat > lat + self.band {
                break;
            }
            let apart = (lon - its_lon).abs();
            if apart.min(360.0 - apart) > reach {
                continue;
            }
            let metres = circle::distance(its_lon, its_lat, lon, lat);
            let is_nearer = best.is_none_or(|best| (metres, place) < best);
            if metres <= self.metres && is_nearer {
                best = Some((metres, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// How many degrees of longitude apart a place can be that is near enough to a latitude: the widest part of a circle on
    /// the sphere, or all where it holds a pole.
    fn reach(&self, lat: f64) -> f64 {
        let radius = self.band.to_radians();
        if lat.abs() + self.band >= 90.0 {
            return 180.0;
        }
        let sine = libm::sin(radius) / libm::cos(lat.to_radians());
        libm::asin(sine.min(1.0)).to_degrees() * (1.0 + 1e-9) + 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All places, one after the other.
    fn searched(places: &Places, lon: f64, lat: f64) -> Option<u32> {
        let mut best: Option<(f64, u32)> = None;
        for (place, [x, y]) in (0..).zip(&places.points) {
            let metres = circle::distance(*x, *y, lon, lat);
            if metres <= places.metres && best.is_none_or(|(least, _)| metres < least) {
                best = Some((metres, place));
            }
        }
        best.map(|(_, place)| place)
    }

    #[test]
    fn the_nearest_is_that_of_a_search_through_all() {
        let mut state = 7u64;
        let mut next = |from: f64, to: f64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            from + (to - from) * ((state >> 11) as f64 / (1u64 << 53) as f64)
        };
        for metres in [0.0, 50.0, 30_000.0, 2_000_000.0, 3e7] {
            for (west, south, east, north) in [
                (9.0, 48.0, 9.2, 48.1),
                (-180.0, -90.0, 180.0, 90.0),
                (-180.0, 89.9, 180.0, 90.0),
            ] {
                let points = (0..60).map(|_| [next(west, east), next(south, north)]);
                let places = Places {
                    points: points.collect(),
                    metres,
                };
                let nearest = Nearest::new(&places);
                for _ in 0..200 {
                    let (lon, lat) = (next(west, east), next(south, north));
                    assert_eq!(
                        nearest.of(lon, lat),
                        searched(&places, lon, lat),
                        "{lon} {lat} {metres}"
                    );
                }
            }
        }
    }

    #[test]
    fn rims_antimeridian_and_ties() {
        let places = Places {
            points: vec![
                [179.999, 0.0],
                [-179.999, 0.0],
                [-179.999, 0.0],
                [f64::NAN, 0.0],
            ],
            metres: 200.0,
        };
        let nearest = Nearest::new(&places);
        assert_eq!(nearest.of(-179.9995, 0.0), Some(1));
        // As far from both, but for what rounding makes of it.
        for lon in [180.0, -180.0] {
            assert!(matches!(nearest.of(lon, 0.0), Some(0 | 1)));
        }
        assert_eq!(nearest.of(179.99, 0.0), None);
        assert_eq!(nearest.of(f64::NAN, 0.0), None);
        let rim = circle::distance(10.0, 50.0, 10.001, 50.0);
        let on = |metres| {
            let points = vec![[10.0, 50.0]];
            Nearest::new(&Places { points, metres }).of(10.001, 50.0)
        };
        assert_eq!([on(rim), on(rim.next_down())], [Some(0), None]);
    }
}
