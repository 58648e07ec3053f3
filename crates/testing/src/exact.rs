//! Sums and means as exact rationals, rounded once to the nearest f64, ties to even.

use num_bigint::{BigInt, BigUint, Sign};

/// The exponent of the smallest subnormal: every finite f64 is a whole multiple of 2^-1074.
const SMALLEST: i64 = -1074;

/// A sum of finite f64 as a whole number of 2^-1074, and the infinities beside it.
#[derive(Default)]
pub(crate) struct FloatSum {
    units: BigInt,
    plus_infinity: bool,
    minus_infinity: bool,
}

impl FloatSum {
    /// Adds a value that is not NaN.
    pub(crate) fn add(&mut self, value: f64) {
        if value == f64::INFINITY {
            self.plus_infinity = true;
        } else if value == f64::NEG_INFINITY {
            self.minus_infinity = true;
        } else {
            self.units += in_units(value);
        }
    }

    /// The sum divided by `count`, rounded once.
    pub(crate) fn divided_by(&self, count: usize) -> f64 {
        match (self.plus_infinity, self.minus_infinity) {
            (true, true) => f64::NAN,
            (true, false) => f64::INFINITY,
            (false, true) => f64::NEG_INFINITY,
            (false, false) => round_ratio(
                &self.units,
                &(BigUint::from(count) << SMALLEST.unsigned_abs()),
            ),
        }
    }
}

/// The real sum of these, NaN skipped, rounded once. It is inf or -inf if one of them is, NaN if both are.
pub fn sum_exactly(values: &[f64]) -> f64 {
    let mut sum = FloatSum::default();
    for &value in values.iter().filter(|value| !value.is_nan()) {
        sum.add(value);
    }
    sum.divided_by(1)
}

/// The variance of whole numbers of 2^-scale, of a sample without `missing` of them: numerator and denominator of
/// `(n * sum of squares - square of sum) / (n * (n - missing))`.
fn variance(units: &[BigInt], scale: u64, missing: usize) -> (BigUint, BigUint) {
    let sum: BigInt = units.iter().sum();
    let squares: BigInt = units.iter().map(|unit| unit * unit).sum();
    let n = BigInt::from(units.len());
    let numerator = &n * squares - &sum * &sum;
    let denominator = BigUint::from(units.len()) * BigUint::from(units.len() - missing);
    (numerator.magnitude().clone(), denominator << (2 * scale))
}

/// Values of which a variance is taken.
pub(crate) struct Spread {
    units: Vec<BigInt>,
    scale: u64,
}

impl Spread {
    pub(crate) fn of_integers(values: impl Iterator<Item = i128>) -> Self {
        Self {
            units: values.map(BigInt::from).collect(),
            scale: 0,
        }
    }

    /// Of finite values.
    pub(crate) fn of_floats(values: impl Iterator<Item = f64>) -> Self {
        Self {
            units: values.map(in_units).collect(),
            scale: SMALLEST.unsigned_abs(),
        }
    }

    /// The variance of a sample without `missing` values, rounded once; there are more of them.
    pub(crate) fn variance(&self, missing: usize) -> f64 {
        let (numerator, denominator) = variance(&self.units, self.scale, missing);
        round_ratio(&numerator.into(), &denominator)
    }

    /// The root of that, rounded once.
    pub(crate) fn deviation(&self, missing: usize) -> f64 {
        let (numerator, denominator) = variance(&self.units, self.scale, missing);
        round_root(&numerator, &denominator)
    }
}

/// The f64 nearest to the square root of `numerator / denominator`, ties to even.
///
/// # Panics
/// If the denominator is 0.
pub fn round_root(numerator: &BigUint, denominator: &BigUint) -> f64 {
    // With so many places the root has 64 bits before them or in them, so no f64 and no middle between two lies strictly
    // between two neighbouring whole numbers of the last place. A root in such a gap may be taken for its middle.
    let places = 64 + denominator.bits();
    let square = numerator << (2 * places);
    let whole = (&square / denominator).sqrt();
    let is_exact = &whole * &whole * denominator == square;
    let twice = (&whole << 1u8) + u8::from(!is_exact);
    round_ratio(&twice.into(), &(BigUint::from(1u8) << (places + 1)))
}

/// A finite value divided by 2^-1074.
pub(crate) fn in_units(value: f64) -> BigInt {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = (bits >> 52) & 0x7ff;
    let units = match exponent {
        0 => BigUint::from(fraction),
        _ => BigUint::from(fraction | (1 << 52)) << (exponent - 1),
    };
    BigInt::from_biguint(
        if value.is_sign_negative() {
            Sign::Minus
        } else {
            Sign::Plus
        },
        units,
    )
}

/// The f64 nearest to `numerator / denominator`, ties to even. An exact zero is 0.0; what rounds to zero from below is
/// -0.0; from half a step above the greatest f64 on it is infinite.
///
/// # Panics
/// If the denominator is 0.
pub fn round_ratio(numerator: &BigInt, denominator: &BigUint) -> f64 {
    assert!(*denominator != BigUint::ZERO, "a ratio has a denominator");
    let sign = if numerator.sign() == Sign::Minus {
        1 << 63
    } else {
        0
    };
    let numerator = numerator.magnitude();
    if *numerator == BigUint::ZERO {
        return 0.0;
    }
    // The unit in the last place: 2^step, 52 below the leading bit, but never below the smallest subnormal.
    let mut step = (floor_log2(numerator, denominator) - 52).max(SMALLEST);
    let (scaled, divisor) = scale(numerator, denominator, step);
    let mut whole = &scaled / &divisor;
    let twice_rest = (&scaled - &whole * &divisor) << 1;
    if twice_rest > divisor || (twice_rest == divisor && whole.bit(0)) {
        whole += 1u32;
    }
    let mut whole = u64::try_from(&whole).expect("53 bits, or 2^53 after rounding up");
    if whole == 1 << 53 {
        whole >>= 1;
        step += 1;
    }
    let magnitude = if whole < 1 << 52 {
        whole // subnormal: step is -1074, the exponent field 0
    } else {
        let exponent = u64::try_from(step - SMALLEST + 1).expect("step is at least -1074");
        if exponent >= 0x7ff {
            0x7ff << 52
        } else {
            (exponent << 52) | (whole - (1 << 52))
        }
    };
    f64::from_bits(sign | magnitude)
}

/// The greatest e with 2^e <= numerator / denominator.
fn floor_log2(numerator: &BigUint, denominator: &BigUint) -> i64 {
    let bits = |n: &BigUint| i64::try_from(n.bits()).expect("a number that fits into memory");
    let guess = bits(numerator) - bits(denominator);
    let (scaled, divisor) = scale(numerator, denominator, guess);
    if scaled >= divisor { guess } else { guess - 1 }
}

/// `numerator / (denominator * 2^exponent)` with whole numbers above and below.
fn scale(numerator: &BigUint, denominator: &BigUint, exponent: i64) -> (BigUint, BigUint) {
    let shift = exponent.unsigned_abs();
    if exponent >= 0 {
        (numerator.clone(), denominator << shift)
    } else {
        (numerator << shift, denominator.clone())
    }
}
