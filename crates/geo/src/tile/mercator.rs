//! atan(sinh(t)) to twice the digits of f64, so that rounding it to f64 is rounding it once.
//!
//! Numbers here are unevaluated sums of two f64, the second at most half an ulp of the first; the
//! operations are those of T. J. Dekker (1971) with fused products. Each is off by some 2^-104 of
//! its result.

#[derive(Clone, Copy)]
struct Double(f64, f64);

/// Each factor of [`exp`]'s and [`cis`]'s eight doublings of the argument.
const HALVED: f64 = 1.0 / 256.0;
/// Terms of a series in an argument below pi / 256 until they are below 2^-110.
const TERMS: u32 = 16;

impl Double {
    fn sum(a: f64, b: f64) -> Self {
        let sum = a + b;
        let part = sum - a;
        Self(sum, (a - (sum - part)) + (b - part))
    }

    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.0, other.0);
        let low = Self::sum(self.1, other.1);
        let first = Self::sum(high.0, high.1 + low.0);
        Self::sum(first.0, first.1 + low.1)
    }

    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }

    fn mul(self, other: Self) -> Self {
        let high = self.0 * other.0;
        let low = self.0.mul_add(other.0, -high);
        Self::sum(high, low + (self.0 * other.1 + self.1 * other.0))
    }

    /// By a power of two.
    fn scale(self, factor: f64) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    /// By a small integer, which high part and remainder divide without loss.
    fn over(self, n: u32) -> Self {
        let n = f64::from(n);
        let high = self.0 / n;
        let rest = (-high).mul_add(n, self.0);
        Self::sum(high, (rest + self.1) / n)
    }

    /// By division of the high parts and two corrections.
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self.add(other.mul(Self(-first, 0.0)));
        let second = rest.0 / other.0;
        let rest = rest.add(other.mul(Self(-second, 0.0)));
        Self::sum(first, second).add(Self(rest.0 / other.0, 0.0))
    }
}

const ONE: Double = Double(1.0, 0.0);
const PI: Double = Double(std::f64::consts::PI, 1.224_646_799_147_353_2e-16);
const DEGREES: Double = Double(57.295_779_513_082_32, -1.987_849_567_057_628_3e-15);

/// The latitude in degrees, nearest f64 and rest, of `north` times pi in Mercator's plane; `north`
/// from -1 to 1. The sum is off by less than 1e-27: eight doublings cost 8 bits of 104.
pub(super) fn latitude(north: f64) -> (f64, f64) {
    let t = PI.mul(Double(north, 0.0));
    let grown = exp(t);
    let shrunk = ONE.div(grown);
    let sinh = grown.add(shrunk.neg()).scale(0.5);
    let cosh = grown.add(shrunk).scale(0.5);
    // sin = tanh t and cos = 1 / cosh t of the latitude, so that the sine of the rest, which is the
    // rest, is tanh t cos(near) - sin(near) / cosh t.
    let near = libm::atan(libm::sinh(t.0));
    let (cos, sin) = cis(near);
    let rest = sinh.mul(cos).add(sin.neg()).div(cosh);
    let Double(high, low) = Double::sum(near, 0.0).add(rest).mul(DEGREES);
    (high, low)
}

/// e^t for |t| up to pi.
fn exp(t: Double) -> Double {
    let t = t.scale(HALVED);
    let mut sum = ONE;
    for n in (1..=TERMS).rev() {
        sum = ONE.add(sum.mul(t).over(n));
    }
    (0..8).fold(sum, |e, _| e.mul(e))
}

/// Cosine and sine of an angle up to pi / 2.
fn cis(angle: f64) -> (Double, Double) {
    let angle = Double(angle * HALVED, 0.0);
    let (mut cos, mut sin) = (ONE, Double(0.0, 0.0));
    for n in (1..=TERMS).rev() {
        // 1 + i angle / n (cos + i sin)
        let step = angle.over(n);
        (cos, sin) = (ONE.add(sin.mul(step).neg()), cos.mul(step));
    }
    for _ in 0..8 {
        (cos, sin) = (
            cos.mul(cos).add(sin.mul(sin).neg()),
            cos.mul(sin).scale(2.0),
        );
    }
    (cos, sin)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESTS: [(f64, f64, f64); 6] = [
        (0.0, 85.05112877980659, 3.013853512169533e-15),
        (1.0, 85.05112692872287, -4.6394242443853756e-15),
        (12345.0, 85.02822444721288, -4.9534631423423245e-15),
        (6356789.0, 39.9130773785963, 3.201161280216578e-15),
        (8388607.0, 2.1457672119140124e-05, -1.493014707606027e-22),
        (12345678.0, -64.40003465123225, -3.581834456041822e-15),
    ];

    /// Against 60 digits: what rounding to the nearest f64 leaves.
    #[test]
    fn literals() {
        for (row, high, low) in RESTS {
            let (h, l) = latitude(1.0 - 2.0 * row / 16_777_216.0);
            assert_eq!(h, high);
            assert!((l - low).abs() < 1e-27, "{row}: {l} for {low}");
        }
    }

    /// Rounding is certain when no sum is so near to the middle of two f64 that its error matters.
    #[test]
    #[ignore = "all 2^23 edges of the northern half, for a release build"]
    fn no_edge_is_a_tie() {
        let mut nearest = f64::INFINITY;
        for row in 0..1u32 << 23 {
            let (high, low) = latitude(1.0 - f64::from(row) / 8_388_608.0);
            let half = if low > 0.0 {
                high.next_up() - high
            } else {
                high - high.next_down()
            } / 2.0;
            nearest = nearest.min(half - low.abs());
        }
        assert!(nearest > 1e-26, "{nearest}");
    }
}
