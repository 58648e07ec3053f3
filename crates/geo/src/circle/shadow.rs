//! How far a circle reaches in longitude at each latitude, bounded from both sides.
//!
//! All is done in half chords, `s = sin(distance / 2R)`, where the definition is well conditioned
//! even near the antipode. Its `sqrt(a)` is off from the true half chord of the two points by less
//! than 1e-14: products, `sqrt` and the differences of coordinates cost some 1e-15 of a number at
//! most 1; a longitude difference near 360 degrees costs 1.1e-15 times the root of the cosines; a
//! cosine off by 4e-16 costs at most 4 times that, since where one cosine is below a quarter of the
//! other, the half chord is above a third of that other. Its `asin`, being twice as steep as the
//! chord is long, adds less than 1e-15. [`CHORD`] is ten times the sum, and 0.6 micrometres.

use super::{Circle, EARTH_RADIUS};

/// What the definition's half chord may be off, and this file's too.
const CHORD: f64 = 1e-13;
/// What a computed cosine of a latitude may be off.
const COS: f64 = 1e-15;
/// What the quotient of [`Shadow::reach`] may be off, relative, beside its numerator and cosines.
const QUOTIENT: f64 = 1e-14;
/// Degrees that are nothing beside a cell (4e-8) and more than rounding.
const DEGREES: f64 = 1e-12;

/// What the cosine of the radius may be off for the radii that belong to `outer` and `inner`.
const COS_RADIUS: f64 = 1e-12;

/// The bounds of one circle, as half chords.
pub(super) struct Shadow {
    lat: f64,
    cos: f64,
    /// No point with a half chord above this is inside.
    outer: f64,
    /// Every point with a half chord up to this is inside.
    inner: f64,
    turn: Option<Turn>,
}

/// Half widths in degrees of longitude: `None` where the circle has no point at that latitude (for
/// `inner`: may have none), 180 or more where it has them all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) outer: Option<f64>,
    pub(super) inner: Option<f64>,
}

/// Where and what the reach's one extremum is: with r the radius, `cos dlambda = (cos r - sin phi1
/// sin phi) / (cos phi1 cos phi)` has a derivative of the sign of `cos r sin phi - sin phi1`, so it
/// turns at `sin phi = sin phi1 / cos r`, from growing to shrinking where cos r > 0. There a
/// meridian touches the circle, and `sin dlambda = sin r / cos phi1`.
struct Turn {
    /// Latitudes in degrees between which it is.
    lats: [f64; 2],
    /// Half width that no latitude exceeds, when the extremum is a maximum.
    outer: f64,
    /// Half width that every latitude has, when the extremum is a minimum.
    inner: f64,
}

impl Shadow {
    pub(super) fn new(circle: &Circle) -> Self {
        // The definition's own greatest distance, by the same product.
        let all = circle.metres >= 2.0 * EARTH_RADIUS * libm::asin(1.0);
        let chord = libm::sin((circle.metres / (2.0 * EARTH_RADIUS)).min(libm::asin(1.0)));
        let (outer, inner) = if all {
            (2.0, 2.0)
        } else {
            (chord + CHORD, chord - CHORD)
        };
        Self {
            lat: circle.lat,
            cos: circle.cos,
            outer,
            inner,
            turn: Turn::new(circle, outer, inner),
        }
    }

    /// The latitudes in degrees between which every point lies, not clamped to the poles.
    pub(super) fn lats(&self) -> [f64; 2] {
        let radius = 2.0 * libm::asin(self.outer.min(1.0)).to_degrees() + DEGREES;
        [self.lat - radius, self.lat + radius]
    }

    /// How far the circle reaches at one latitude: a bound at least as far and one at most.
    ///
    /// `sin^2(dlambda/2) = (s^2 - sin^2(dphi/2)) / (cos phi1 cos phi2)`.
    pub(super) fn reach(&self, lat: f64) -> Reach {
        let u = libm::fabs(libm::sin((lat - self.lat).to_radians() / 2.0));
        let cos = libm::cos(lat.to_radians());
        let outer = (self.outer - u) * (self.outer + u);
        let inner = (self.inner - u) * (self.inner + u);
        let least = (cos - COS).max(0.0) * (self.cos - COS).max(0.0);
        let most = (cos + COS) * (self.cos + COS);
        Reach {
            // A quotient of 0 / 0 is NaN, and min then takes the 1.
            outer: (self.outer >= u)
                .then(|| degrees((outer / least * (1.0 + QUOTIENT)).min(1.0)) + DEGREES),
            inner: (self.inner >= u).then(|| match inner / most * (1.0 - QUOTIENT) {
                sin2 if sin2 < 1.0 => (degrees(sin2) - DEGREES).max(0.0),
                _ => 180.0,
            }),
        }
    }

    /// Bounds for all latitudes from one to another, of which [`Self::reach`] is given: the reach
    /// is greatest and smallest at these ends or where it turns.
    pub(super) fn between(&self, lats: [f64; 2], ends: [Reach; 2]) -> Reach {
        let [a, b] = ends;
        // None is less than any number.
        let mut reach = Reach {
            outer: if a.outer >= b.outer { a.outer } else { b.outer },
            inner: if a.inner <= b.inner { a.inner } else { b.inner },
        };
        if let Some(turn) = &self.turn
            && turn.lats[0] <= lats[1]
            && turn.lats[1] >= lats[0]
        {
            reach.outer = Some(reach.outer.map_or(turn.outer, |v| v.max(turn.outer)));
            reach.inner = reach.inner.map(|v| v.min(turn.inner));
        }
        reach
    }

    /// The half width that no latitude exceeds.
    pub(super) fn widest(&self) -> f64 {
        let ends = [-90.0, 90.0];
        let reach = self.between(ends, ends.map(|lat| self.reach(lat)));
        // A circle with no turn holds a pole.
        reach.outer.unwrap_or(180.0)
    }
}

impl Turn {
    fn new(circle: &Circle, outer: f64, inner: f64) -> Option<Self> {
        let sin = libm::sin(circle.lat.to_radians());
        let cos = libm::cos(circle.metres / EARTH_RADIUS);
        if inner >= 1.0 || libm::fabs(sin) > libm::fabs(cos) + COS_RADIUS {
            return None;
        }
        if libm::fabs(cos) <= COS_RADIUS {
            // A hemisphere around a point of the equator, or all but one: no bound is sure.
            return Some(Self {
                lats: [-90.0, 90.0],
                outer: 180.0,
                inner: 0.0,
            });
        }
        let lat = |sin: f64| libm::asin(sin.clamp(-1.0, 1.0)).to_degrees();
        let ends = [cos - COS_RADIUS, cos + COS_RADIUS].map(|cos| sin / cos);
        let touch = |chord: f64| {
            let sin = 2.0 * chord * libm::sqrt((1.0 - chord) * (1.0 + chord)) / (circle.cos - COS);
            // A centre so near the pole that its cosine is lost gives no number below 1.
            let sin = if sin > 0.0 {
                sin * (1.0 + QUOTIENT)
            } else {
                1.0
            };
            libm::asin(sin.min(1.0)).to_degrees() + DEGREES
        };
        let (is_max, slack) = (cos > 0.0, DEGREES);
        Some(Self {
            lats: [
                lat(ends[0].min(ends[1]) - COS) - slack,
                lat(ends[0].max(ends[1]) + COS) + slack,
            ],
            outer: if is_max { touch(outer) } else { 0.0 },
            inner: if is_max { 180.0 } else { 180.0 - touch(inner) },
        })
    }
}

fn degrees(sin2: f64) -> f64 {
    2.0 * libm::asin(libm::sqrt(sin2)).to_degrees()
}
