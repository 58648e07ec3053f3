//! Coordinates as decimals of seven places, and the exact way back to the float that they came from.
//!
//! A coordinate `v` becomes the whole number nearest to `v * 10^7`, at most 1.8 * 10^9, and comes
//! back as `number / 10^7`, one correctly rounded division: the f64 that is nearest to the decimal.
//! That *is* the source wherever the source was written with at most seven places. Elsewhere the
//! **residual** leads back: how many floats of the source's type further the source is, in their
//! order (that of IEEE's total order). What is no coordinate, such as NaN or 400, has no decimal, and its
//! residual is its bits.

use multiversion::multiversion;

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

/// [`decode`] of many f64 of which all have a decimal.
///
/// # Panics
/// When the slices differ in length.
pub fn decode_all(decimals: &[i64], residuals: &[i64], out: &mut [f64]) {
    assert!(
        [decimals.len(), residuals.len()] == [out.len(); 2],
        "columns of one length"
    );
    decode_each(decimals, residuals, out);
}

#[multiversion(targets = "simd")]
fn decode_each(decimals: &[i64], residuals: &[i64], out: &mut [f64]) {
    for ((out, &decimal), &residual) in out.iter_mut().zip(decimals).zip(residuals) {
        *out = f64::at_place(degrees_of(decimal).place().wrapping_add(residual));
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

/// Decimals between -180 and 180 degrees.
const AROUND: i64 = 3_600_000_000;

/// The cell of [`degrees_of`] a decimal's longitude, of which `degrees_of` need not be asked; some cell for what is
/// no longitude.
///
/// A cell is `2^22 / (3^2 * 5^8)` of a decimal, so a decimal lies on the edge of a cell, where its float is the same
/// number, or at least `2^-21.8` of a cell from any, where its float, rounded by at most `2^-46` degrees, is
/// less than that away.
#[inline]
pub fn x_of_lon(decimal: i64) -> u32 {
    cell(decimal.wrapping_add(AROUND / 2), 22)
}

/// As [`x_of_lon`], the cell of a latitude, of which there are twice as many in a degree, but the floats are twice as fine.
#[inline]
pub fn y_of_lat(decimal: i64) -> u32 {
    cell(decimal.wrapping_add(AROUND / 4), 23)
}

/// `floor(decimals * 2^shift / (3^2 * 5^8))`, the last cell for what is on the edge behind it.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "decimals on the earth have 32 bits, their cells too"
)]
fn cell(decimals: i64, shift: u32) -> u32 {
    const FIFTHS: u128 = 9 * 390_625;
    /// Rounded up, by less than `2^-63` for each decimal, of which there are fewer than `2^32`; a quotient that is
    /// no integer is at least `2^-21.8` below the next.
    const PER_DECIMAL: u64 = (1u128 << 85).div_ceil(FIFTHS) as u64;
    /// In halves, so that products have 64 bits and several are made at a time.
    const HIGH: u64 = PER_DECIMAL >> 32;
    const LOW: u64 = PER_DECIMAL & 0xffff_ffff;
    let decimals = u64::from(decimals.cast_unsigned() as u32);
    let cell = (decimals * HIGH + ((decimals * LOW) >> 32)) >> (53 - shift);
    // The edge behind the last cell is that of cell 2^32.
    (cell - (cell >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lat_of_y_edge, lon_of_x_edge};

    #[test]
    fn many_are_decoded_as_one_is() {
        let residuals = [0, 1, -1, 3, -1_000, i64::MAX, i64::MIN];
        for decimal in [-1_800_000_000, -1, 0, 1, 1_163_160_001, i64::MIN] {
            let mut out = [0.0; 7];
            decode_all(&[decimal; 7], &residuals, &mut out);
            let one = residuals.map(|residual| decode::<f64>(Some(decimal), residual));
            assert_eq!(out.map(f64::to_bits), one.map(f64::to_bits), "{decimal}");
        }
    }
    use proptest::prelude::*;

    fn agree(decimal: i64) {
        let degrees = degrees_of(decimal);
        if decimal.abs() <= AROUND / 2 {
            assert_eq!(x_of_lon(decimal), crate::x_of_lon(degrees), "{decimal}");
        }
        if decimal.abs() <= AROUND / 4 {
            assert_eq!(y_of_lat(decimal), crate::y_of_lat(degrees), "{decimal}");
        }
    }

    #[test]
    fn cells_of_decimals_need_no_float() {
        assert_eq!((x_of_lon(0), y_of_lat(0)), (1 << 31, 1 << 31));
        assert_eq!(x_of_lon(900_000_000), 3 << 30);
        assert_eq!(x_of_lon(-1_800_000_000), 0);
        assert_eq!(x_of_lon(1_800_000_000), u32::MAX);
        assert_eq!(y_of_lat(900_000_000), u32::MAX);
        assert_eq!(y_of_lat(-900_000_000), 0);
        // All decimals on the edge of a cell, and those beside them.
        for edge in 0..=1024 {
            let decimal = 3_515_625 * edge - AROUND / 2;
            (-2..=2).for_each(|beside| agree(decimal + beside));
        }
        (-1000..=1000).for_each(|near| {
            agree(near);
            agree(AROUND / 2 - near.abs());
            agree(near.abs() - AROUND / 2);
            agree(AROUND / 4 - near.abs());
            agree(near.abs() - AROUND / 4);
        });
    }

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
        fn cells_of_decimals_are_those_of_their_floats(decimal in -1_800_000_000i64..=1_800_000_000, cell: u32) {
            agree(decimal);
            // Those that lie nearest to the edge of a cell.
            for edge in [lon_of_x_edge(cell), lat_of_y_edge(cell)] {
                #[expect(clippy::cast_possible_truncation, reason = "at most 1.8e9")]
                let nearest = (edge * PER_DEGREE).round() as i64;
                (-2..=2).for_each(|beside| agree(nearest + beside));
            }
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
