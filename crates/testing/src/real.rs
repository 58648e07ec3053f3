//! Real numbers to 256 binary places: enough to round a result to f64 as if it were exact.

use num_bigint::{BigInt, BigUint};

use crate::exact::round_ratio;

/// A real number is held as a whole number of 2^-256; a few operations on it miss by a few hundred of those.
const PLACES: u32 = 256;

/// The latitude in degrees, rounded to f64, at which row `row` of `2^zoom` Web-Mercator rows begins in the north:
/// `atan(sinh(t))` with `t = pi * (1 - 2 row / 2^zoom)`, which is `2 atan(e^t) - pi / 2`.
///
/// # Panics
/// If there is no such row: `row` is at most `2^zoom`, where the last row ends, and zoom at most 32.
pub fn tile_boundary(zoom: u8, row: u64) -> f64 {
    assert!(
        zoom <= 32 && row <= 1 << zoom,
        "zoom level {zoom} has no row {row}"
    );
    // 2 row steps south of the north, 2^zoom is the equator: the sign of what is left is that of the latitude.
    let northward = (1i64 << zoom) - 2 * i64::try_from(row).expect("at most 2^32");
    let pi = pi();
    let t = (&pi * northward.abs()) >> zoom;
    // atan(e^t) of t >= 0 by atan(e^-t), whose argument is at most 1.
    let latitude = (&pi >> 1) - 2 * atan(one() * one() / exp(&t));
    let degrees = latitude * 180 * northward.signum() * one() / pi;
    round_ratio(&degrees, &(BigUint::from(1u32) << PLACES))
}

fn one() -> BigInt {
    BigInt::from(1) << PLACES
}

/// Machin's formula: 16 atan(1/5) - 4 atan(1/239).
fn pi() -> BigInt {
    16 * atan_series(&(one() / 5)) - 4 * atan_series(&(one() / 239))
}

/// e^x for x >= 0 by its series: x is at most pi, so the terms vanish soon.
fn exp(x: &BigInt) -> BigInt {
    let (mut sum, mut term, mut n) = (one(), one(), 1u32);
    while term != BigInt::ZERO {
        term = ((term * x) >> PLACES) / n;
        sum += &term;
        n += 1;
    }
    sum
}

/// `atan(x) = 2 atan(x / (1 + sqrt(1 + x^2)))`, until the series is short.
fn atan(x: BigInt) -> BigInt {
    if x <= one() >> 4 {
        return atan_series(&x);
    }
    let root = (one() * one() + &x * &x).sqrt();
    2 * atan(x * one() / (one() + root))
}

/// x - x^3 / 3 + x^5 / 5 - ...
fn atan_series(x: &BigInt) -> BigInt {
    let square = (x * x) >> PLACES;
    let (mut sum, mut power, mut n) = (BigInt::ZERO, x.clone(), 1u32);
    while power != BigInt::ZERO {
        let term = &power / n;
        sum += if n % 4 == 1 { term } else { -term };
        power = (power * &square) >> PLACES;
        n += 2;
    }
    sum
}
