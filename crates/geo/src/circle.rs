//! A circle on the sphere: every point within some metres of a centre, by haversine.
//!
//! The definition is the sequence of f64 operations in [`distance`], with the sines of the `libm`
//! crate, so that it gives the same bits everywhere. [`Circle::words`] bounds it in integers.

mod bands;
mod shadow;

use crate::{GeoError, is_valid};
pub use bands::{side, sides};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The mean radius of the earth in metres (IUGG, R1).
pub const EARTH_RADIUS: f64 = 6_371_008.8;

/// The great-circle distance of two points, given in degrees, in metres:
/// `2 R asin(sqrt(min(1, a)))` with `a = sin^2(dphi/2) + cos phi1 cos phi2 sin^2(dlambda/2)`.
///
/// Differences are taken in degrees, where those of near points are exact.
pub fn distance(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    metres_between(lon1, lat1, libm::cos(lat1.to_radians()), lon2, lat2)
}

#[inline]
fn metres_between(lon1: f64, lat1: f64, cos1: f64, lon2: f64, lat2: f64) -> f64 {
    let u = libm::sin((lat2 - lat1).to_radians() / 2.0);
    let v = libm::sin((lon2 - lon1).to_radians() / 2.0);
    let a = u * u + cos1 * libm::cos(lat2.to_radians()) * (v * v);
    2.0 * EARTH_RADIUS * libm::asin(libm::sqrt(a.min(1.0)))
}

/// All points within a distance of a centre, the rim included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 3]", into = "[f64; 3]")]
pub struct Circle {
    lon: f64,
    lat: f64,
    metres: f64,
    /// Of the centre's latitude; every row of a re-test needs it.
    cos: f64,
}

impl Circle {
    /// A circle from its centre in degrees and its radius in metres. A radius of half the earth's
    /// circumference or more holds every point.
    ///
    /// # Errors
    /// When the centre is out of range, the radius negative, or a number not finite.
    pub fn new(lon: f64, lat: f64, metres: f64) -> Result<Self, GeoError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(GeoError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(GeoError::Latitude(lat));
        }
        if !(0.0..f64::INFINITY).contains(&metres) {
            return Err(GeoError::Metres(metres));
        }
        Ok(Self {
            lon,
            lat,
            metres,
            cos: libm::cos(lat.to_radians()),
        })
    }

    /// Longitude of the centre in degrees.
    pub fn lon(&self) -> f64 {
        self.lon
    }

    /// Latitude of the centre in degrees.
    pub fn lat(&self) -> f64 {
        self.lat
    }

    /// The radius in metres.
    pub fn metres(&self) -> f64 {
        self.metres
    }

    /// Whether the circle holds a row's point: the f64 definition that every other form must agree
    /// with. An invalid row is in no circle.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        is_valid(lon, lat) && metres_between(self.lon, self.lat, self.cos, lon, lat) <= self.metres
    }
}

impl FromStr for Circle {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let wrong = || GeoError::CircleSyntax(text.to_owned());
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let [lon, lat, radius] = parts[..] else {
            return Err(wrong());
        };
        let degrees = |text: &str| text.parse().map_err(|_| wrong());
        let metres = metres(radius).ok_or_else(wrong)?;
        Self::new(degrees(lon)?, degrees(lat)?, metres)
    }
}

/// A length in metres, or with a unit behind it: `m`, `km` or `mi`.
pub fn metres(text: &str) -> Option<f64> {
    const MILE: f64 = 1_609.344;
    let number = |text: &str| text.trim().parse::<f64>().ok();
    if let Some(kilometres) = text.strip_suffix("km") {
        // Its digits with the point moved: a product may round.
        return number(&format!("{}e3", number(kilometres)?));
    }
    match text.strip_suffix("mi") {
        Some(miles) => number(miles).map(|miles| miles * MILE),
        None => number(text.strip_suffix('m').unwrap_or(text)),
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.lon, self.lat, self.metres)
    }
}

impl TryFrom<[f64; 3]> for Circle {
    type Error = GeoError;

    fn try_from([lon, lat, metres]: [f64; 3]) -> Result<Self, GeoError> {
        Self::new(lon, lat, metres)
    }
}

impl From<Circle> for [f64; 3] {
    fn from(circle: Circle) -> Self {
        [circle.lon, circle.lat, circle.metres]
    }
}

#[cfg(test)]
mod tests;
