//! Coordinates as decimals of seven places, and the exact way back to the float that they came from.
//!
//! A coordinate `v` becomes the whole number nearest to `v * 10^7`, at most 1.8 * 10^9, and comes
//! back as `number / 10^7`, one correctly rounded division: the f64 that is nearest to the decimal.
//! That *is* the source wherever the source was written with at most seven places. Elsewhere the
//! **residual** leads back: how many floats of the source's type further the source is, in their
//! order (that of IEEE's total order). What is no coordinate, such as NaN or 400, has no decimal, and its
//! residual is its bits.

/// Decimals of one degree: seven places, about 11 mm.
pub const PER_DEGREE: f64 = 1e7;
/// Places after the point.
pub const PLACES: i8 = 7;

/// A float type that coordinates come in.
pub trait Degrees: Copy {
    /// As f64, exactly.
    fn widen(self) -> f64;
    /// The value of the type that is nearest.
    fn nearest(value: f64) -> Self;
    /// The value's bits, in the low end.
    fn bits(self) -> i64;
    /// The value of such bits; higher ones count for nothing.
    fn of_bits(bits: i64) -> Self;
    /// Place of the value among all of its type, in ascending order.
    fn place(self) -> i64;
    /// The value at a place; it wraps.
    fn at_place(place: i64) -> Self;
}

impl Degrees for f64 {
    fn widen(self) -> f64 {
        self
    }

    fn nearest(value: f64) -> Self {
        value
    }

    fn bits(self) -> i64 {
        self.to_bits().cast_signed()
    }

    fn of_bits(bits: i64) -> Self {
        Self::from_bits(bits.cast_unsigned())
    }

    fn place(self) -> i64 {
        let bits = self.bits();
        bits ^ ((bits >> 63) & i64::MAX)
    }

    fn at_place(place: i64) -> Self {
        Self::of_bits(place ^ ((place >> 63) & i64::MAX))
    }
}

impl Degrees for f32 {
    fn widen(self) -> f64 {
        f64::from(self)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is meant")]
    fn nearest(value: f64) -> Self {
        value as Self
    }

    fn bits(self) -> i64 {
        i64::from(self.to_bits())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are meant")]
    fn of_bits(bits: i64) -> Self {
        Self::from_bits(bits as u32)
    }

    fn place(self) -> i64 {
        let bits = self.to_bits().cast_signed();
        i64::from(bits ^ ((bits >> 31) & i32::MAX))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "places of f32 have 32 bits"
    )]
    fn at_place(place: i64) -> Self {
        let place = place as i32;
        Self::from_bits((place ^ ((place >> 31) & i32::MAX)).cast_unsigned())
    }
}

/// The decimal of a coordinate and its residual, which is 0 where the decimal alone leads back.
/// `half` is the greatest magnitude of a coordinate: 180 or 90 degrees.
#[inline]
pub fn encode<T: Degrees>(source: T, half: f64) -> (Option<i64>, i64) {
    let degrees = source.widen();
    // A range holds no NaN.
    if !(-half..=half).contains(&degrees) {
        return (None, source.bits());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number of at most 1.8e9"
    )]
    let decimal = (degrees * PER_DEGREE).round_ties_even() as i64;
    let near = T::nearest(degrees_of(decimal));
    (Some(decimal), source.place().wrapping_sub(near.place()))
}

/// The coordinate of a decimal and its residual: the inverse of [`encode`].
#[inline]
pub fn decode<T: Degrees>(decimal: Option<i64>, residual: i64) -> T {
    match decimal {
        None => T::of_bits(residual),
        Some(decimal) => {
            let near = T::nearest(degrees_of(decimal));
            if residual == 0 {
                return near;
            }
            T::at_place(near.place().wrapping_add(residual))
        }
    }
}

/// The f64 that is nearest to a decimal, in degrees.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    reason = "coordinates have 31 bits; beyond the earth nothing is promised"
)]
pub fn degrees_of(decimal: i64) -> f64 {
    decimal as f64 / PER_DEGREE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn f64_again(source: f64) -> (Option<i64>, i64) {
        let (decimal, residual) = encode(source, 180.0);
        let back: f64 = decode(decimal, residual);
        assert_eq!(back.to_bits(), source.to_bits(), "{source}");
        (decimal, residual)
    }

    fn f32_again(source: f32) -> (Option<i64>, i64) {
        let (decimal, residual) = encode(source, 180.0);
        let back: f32 = decode(decimal, residual);
        assert_eq!(back.to_bits(), source.to_bits(), "{source}");
        (decimal, residual)
    }

    #[test]
    fn literals() {
        assert_eq!(f64_again(116.316_000_1), (Some(1_163_160_001), 0));
        assert_eq!(f64_again(-180.0), (Some(-1_800_000_000), 0));
        assert_eq!(f64_again(116.316f64.next_up()), (Some(1_163_160_000), 1));
        assert_eq!(f64_again(-1.0f64.next_up()), (Some(-10_000_000), -1));
        assert_eq!(f64_again(-0.0), (Some(0), -1), "minus zero lies below zero");
        assert_eq!(f64_again(5e-324), (Some(0), 1));
        assert_eq!(f64_again(400.0), (None, 400f64.to_bits().cast_signed()));
        assert_eq!(f64_again(180f64.next_up()).0, None);
        assert_eq!(f64_again(f64::NEG_INFINITY).0, None);
        assert_eq!(f64_again(f64::from_bits(0xfff8_0000_0000_0123)).0, None);
        assert_eq!(encode(90.5, 90.0).0, None);
        assert_eq!(f32_again(116.316), (Some(1_163_160_019), 0));
        assert_eq!(f32_again(f32::NAN), (None, i64::from(f32::NAN.to_bits())));
        assert_eq!(f32_again(-0.0), (Some(0), -1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn seven_places_need_no_residual(decimal in -1_800_000_000i64..=1_800_000_000) {
            // Written down and read, as a decimal text is.
            let text = format!("{}e-7", decimal);
            prop_assert_eq!(f64_again(text.parse().expect("a number")), (Some(decimal), 0));
        }

        #[test]
        fn every_float_comes_back(bits: u64, low: u32, lon in -180.0..=180.0f64) {
            f64_again(f64::from_bits(bits));
            f32_again(f32::from_bits(low));
            let (decimal, _) = f64_again(lon);
            let off = degrees_of(decimal.expect("a coordinate")) - lon;
            prop_assert!(off.abs() <= 0.5001e-7);
            f32_again(f32::nearest(lon));
        }
    }
}
