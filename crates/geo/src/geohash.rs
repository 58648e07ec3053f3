//! Geohash cells: the bisecting definition, longitude first, for every f64.
//!
//! Source: G. Niemeyer, geohash.org, 2008; a cell of precision p is 5p bits, the even ones (from
//! the first) of longitude. Bisection of [-180, 180] is what the top bits of [`Fixed`] are, so a
//! cell needs no float: its column is the top `ceil(5p / 2)` bits of x, its row the top
//! `floor(5p / 2)` bits of y.

use crate::{Fixed, GeoError, lat_of_y_edge, lon_of_x_edge};

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

/// The fixed-point cells that a geohash covers, first and last of x and then of y, both included.
/// Letters may be small or capital.
///
/// # Errors
/// When the text is not 1 to 12 letters of the geohash alphabet.
pub fn cells(prefix: &str) -> Result<[(u32, u32); 2], GeoError> {
    // x and y, each with the number of its bits read so far; the last bit read is the lowest.
    let (mut axes, mut lengths) = ([0u32; 2], [0u32; 2]);
    let mut axis = 0;
    if !(1..=MAX_PRECISION as usize).contains(&prefix.chars().count()) {
        return Err(GeoError::GeohashLength(prefix.to_owned()));
    }
    for letter in prefix.chars() {
        let small = letter.to_ascii_lowercase();
        let Some(number) = ALPHABET.iter().position(|&a| char::from(a) == small) else {
            let text = prefix.to_owned();
            return Err(GeoError::GeohashLetter { text, letter });
        };
        for bit in (0..5).rev() {
            axes[axis] = (axes[axis] << 1) | u32::from((number >> bit) & 1 == 1);
            lengths[axis] += 1;
            axis = 1 - axis;
        }
    }
    Ok([0, 1].map(|axis| {
        // One letter already gives both axes a bit, and twelve give 30: no shift is by 0 or 32.
        let rest = 32 - lengths[axis];
        let first = axes[axis] << rest;
        (first, first | ((1 << rest) - 1))
    }))
}

/// West, south, east and north of a geohash's cell in degrees. Exact; as every cell is half-open,
/// east and north belong to the next cell unless they are the ends of the world.
///
/// # Errors
/// As [`cells`].
pub fn bounds(text: &str) -> Result<[f64; 4], GeoError> {
    let [x, y] = cells(text)?;
    let east = x.1.checked_add(1).map_or(180.0, lon_of_x_edge);
    let north = y.1.checked_add(1).map_or(90.0, lat_of_y_edge);
    Ok([lon_of_x_edge(x.0), lat_of_y_edge(y.0), east, north])
}

/// Puts a zero before each bit of `v`.
pub(crate) fn spread(v: u32) -> u64 {
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

    #[test]
    fn prefixes() {
        assert_eq!(cells("0"), Ok([(0, (1 << 29) - 1), (0, (1 << 30) - 1)]));
        assert_eq!(cells("Z").map(|[x, y]| [x.1, y.1]), Ok([u32::MAX; 2]));
        assert_eq!(
            bounds("ezs42"),
            Ok([-5.625, 42.5830078125, -5.5810546875, 42.626953125])
        );
        assert_eq!(bounds("EZS42"), bounds("ezs42"));
        assert_eq!(
            bounds("zzzzzzzzzzzz").map(|[.., e, n]| [e, n]),
            Ok([180.0, 90.0])
        );
        for text in ["", "0123456789bcd"] {
            assert_eq!(cells(text), Err(GeoError::GeohashLength(text.to_owned())));
        }
        let bad = cells("wxa").expect_err("no letter");
        assert!(bad.to_string().starts_with("'a' in 'wxa'"), "{bad}");
        assert!(
            bad.to_string()
                .contains(std::str::from_utf8(ALPHABET).expect("ASCII"))
        );
        assert!(matches!(
            cells("w\u{e9}"),
            Err(GeoError::GeohashLetter {
                letter: '\u{e9}',
                ..
            })
        ));
    }

    proptest! {
        #[test]
        fn cells_hold_what_encodes_to_them(x in any::<u32>(), y in any::<u32>(), p in 1u32..=12) {
            let prefix = encode(Fixed { x, y }, p).expect("a geohash");
            let [(west, east), (south, north)] = cells(&prefix).expect("cells");
            prop_assert!((west..=east).contains(&x) && (south..=north).contains(&y));
            for (x, y) in [(west, south), (east, north), (west, north), (east, south)] {
                prop_assert_eq!(&encode(Fixed { x, y }, p).expect("a geohash"), &prefix);
            }
            let beside = [(west.checked_sub(1), Some(y)), (east.checked_add(1), Some(y)),
                (Some(x), south.checked_sub(1)), (Some(x), north.checked_add(1))];
            for (x, y) in beside.into_iter().filter_map(|(x, y)| x.zip(y)) {
                prop_assert_ne!(&encode(Fixed { x, y }, p).expect("a geohash"), &prefix);
            }
            let [w, s, e, n] = bounds(&prefix).expect("bounds");
            prop_assert_eq!((crate::x_of_lon(w), crate::y_of_lat(s)), (west, south));
            prop_assert_eq!((crate::x_of_lon(e.next_down()), crate::y_of_lat(n.next_down())), (east, north));
        }

        #[test]
        fn as_bisection_does(lon in -180.0..=180.0f64, lat in -90.0..=90.0f64, p in 1u32..=12) {
            let point = LonLat::new(lon, lat).expect("a point");
            prop_assert_eq!(encode(point.fixed(), p).expect("a geohash"), bisect(lon, lat, p));
        }
    }
}
