//! Geohash cells: the bisecting definition, longitude first, for every f64.
//!
//! Source: G. Niemeyer, geohash.org, 2008; a cell of precision p is 5p bits, the even ones (from
//! the first) of longitude. Bisection of [-180, 180] is what the top bits of [`Fixed`] are, so a
//! cell needs no float: its column is the top `ceil(5p / 2)` bits of x, its row the top
//! `floor(5p / 2)` bits of y.

use crate::{Fixed, GeoError};

/// The longest geohash that fits fixed point.
pub const MAX_PRECISION: u32 = 12;

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// The number of longitude bits and of latitude bits of a cell of the given precision.
///
/// # Errors
/// [`GeoError::Precision`] outside 1 to 12.
pub fn bits(precision: u32) -> Result<(u32, u32), GeoError> {
    if !(1..=MAX_PRECISION).contains(&precision) {
        return Err(GeoError::Precision(precision));
    }
    let bits = 5 * precision;
    Ok((bits.div_ceil(2), bits / 2))
}

/// The 5p-bit number of the cell with the given column and row: their bits interleaved. Numbers of
/// one precision sort as their texts do.
///
/// # Errors
/// [`GeoError::Precision`] outside 1 to 12.
pub fn code(column: u32, row: u32, precision: u32) -> Result<u64, GeoError> {
    let (x_bits, y_bits) = bits(precision)?;
    // The last bit is longitude's when 5p is odd and latitude's when it is even.
    Ok(if x_bits > y_bits {
        spread(column) | (spread(row) << 1)
    } else {
        (spread(column) << 1) | spread(row)
    })
}

/// The text of a cell number of the given precision.
///
/// # Errors
/// [`GeoError::Precision`] outside 1 to 12.
pub fn text(code: u64, precision: u32) -> Result<String, GeoError> {
    bits(precision)?;
    let letters = (0..precision).rev().map(|i| {
        let letter = (code >> (5 * i)) & 31;
        char::from(ALPHABET[usize::try_from(letter).unwrap_or(0)])
    });
    Ok(letters.collect())
}

/// The geohash of a point.
///
/// # Errors
/// [`GeoError::Precision`] outside 1 to 12.
pub fn encode(point: Fixed, precision: u32) -> Result<String, GeoError> {
    let (x_bits, y_bits) = bits(precision)?;
    text(
        code(
            point.x >> (32 - x_bits),
            point.y >> (32 - y_bits),
            precision,
        )?,
        precision,
    )
}

/// Puts a zero before each bit of `v`.
fn spread(v: u32) -> u64 {
    let mut v = u64::from(v);
    v = (v | (v << 16)) & 0x0000_ffff_0000_ffff;
    v = (v | (v << 8)) & 0x00ff_00ff_00ff_00ff;
    v = (v | (v << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    v = (v | (v << 2)) & 0x3333_3333_3333_3333;
    (v | (v << 1)) & 0x5555_5555_5555_5555
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LonLat;
    use proptest::prelude::*;

    /// The definition, letter by letter.
    fn bisect(lon: f64, lat: f64, precision: u32) -> String {
        let (mut x, mut y) = ((-180.0, 180.0), (-90.0, 90.0));
        let mut text = String::new();
        let mut is_lon = true;
        for _ in 0..precision {
            let mut letter = 0;
            for _ in 0..5 {
                let (v, range) = if is_lon { (lon, &mut x) } else { (lat, &mut y) };
                let middle = (range.0 + range.1) / 2.0;
                letter *= 2;
                if v >= middle {
                    letter += 1;
                    range.0 = middle;
                } else {
                    range.1 = middle;
                }
                is_lon = !is_lon;
            }
            text.push(char::from(ALPHABET[letter]));
        }
        text
    }

    #[test]
    fn literals() {
        let hash = |lon, lat, p| encode(LonLat::new(lon, lat).expect("a point").fixed(), p);
        assert_eq!(
            hash(-5.6, 42.6, 5).as_deref(),
            Ok("ezs42"),
            "Wikipedia's example"
        );
        assert_eq!(hash(10.40744, 57.64911, 11).as_deref(), Ok("u4pruydqqvj"));
        assert_eq!(hash(-180.0, -90.0, 3).as_deref(), Ok("000"));
        assert_eq!(hash(180.0, 90.0, 12).as_deref(), Ok("zzzzzzzzzzzz"));
        assert_eq!(hash(0.0, 0.0, 1).as_deref(), Ok("s"));
        assert_eq!(
            text(code(26971, 23667, 6).expect("a code"), 6).as_deref(),
            Ok("wx4ewg")
        );
        assert_eq!(hash(0.0, 0.0, 0), Err(GeoError::Precision(0)));
        assert_eq!(hash(0.0, 0.0, 13), Err(GeoError::Precision(13)));
    }

    proptest! {
        #[test]
        fn as_bisection_does(lon in -180.0..=180.0f64, lat in -90.0..=90.0f64, p in 1u32..=12) {
            let point = LonLat::new(lon, lat).expect("a point");
            prop_assert_eq!(encode(point.fixed(), p).expect("a geohash"), bisect(lon, lat, p));
        }
    }
}
