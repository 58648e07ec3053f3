//! Web-Mercator tiles: zoom z cuts the world between 85.05 degrees north and south into 2^z columns
//! and 2^z rows, row 0 in the north.
//!
//! A column is the top bits of fixed point. A row is decided by its boundaries, each the f64 nearest
//! to `atan(sinh(pi (1 - 2 r / 2^z)))` in degrees: row r holds `edge(r) >= lat > edge(r + 1)`, as
//! `floor((1 - asinh(tan lat) / pi) / 2 * 2^z)` has it without rounding, and the last row its
//! southern edge too.

mod mercator;

use crate::GeoError;
use std::f64::consts::PI;

/// The finest zoom.
pub const MAX_ZOOM: u32 = 24;

/// The latitude in degrees, north and south, at which the tiles end: atan(sinh(pi)), rounded once.
pub const MAX_LAT: f64 = 85.051_128_779_806_59;

/// Beyond this latitude, north or south, no row is given: what maps take for the end of the tiles, a
/// little inside of [`MAX_LAT`].
pub const LIMIT: f64 = 85.051_128_779_8;

/// Adding and taking away 2^52 leaves the nearest integer.
const ROUND: f64 = 4_503_599_627_370_496.0;

/// The number of columns, and of rows, of a zoom.
///
/// # Errors
/// [`GeoError::Zoom`] above [`MAX_ZOOM`].
pub fn count(zoom: u32) -> Result<u32, GeoError> {
    if zoom > MAX_ZOOM {
        return Err(GeoError::Zoom(zoom));
    }
    Ok(1 << zoom)
}

/// The column of a fixed-point x. Longitude 180 lies in the last one.
#[inline]
pub fn column(zoom: u32, x: u32) -> u32 {
    // Zoom 0 would shift by all 32 bits.
    x.checked_shr(32 - zoom).unwrap_or(0)
}

/// The row of a latitude in degrees; `None` beyond [`LIMIT`] and for what is no number.
///
/// # Panics
/// With a zoom above [`MAX_ZOOM`]; [`count`] checks.
#[inline]
pub fn row(zoom: u32, lat: f64) -> Option<u32> {
    assert!(zoom <= MAX_ZOOM, "a zoom of at most 24");
    if lat.abs() > LIMIT || lat.is_nan() {
        return None;
    }
    let rows = f64::from(1u32 << zoom);
    // asinh(tan lat) = atanh(sin lat). Off by less than 1e-7 rows: at 85 degrees 1 - sin is 0.004
    // and off by 1e-16, so the logarithm is off by 3e-14, which is 4e-8 of 2^24 rows.
    let sin = libm::sin(lat.to_radians());
    let estimate = (0.5 - libm::log((1.0 + sin) / (1.0 - sin)) / (4.0 * PI)) * rows;
    // Rounds to an integer, as estimates are from 0 to 2^24.
    let nearest = (estimate + ROUND) - ROUND;
    let row = if (estimate - nearest).abs() > 1e-6 {
        nearest - f64::from(u8::from(nearest > estimate))
    } else if lat <= edge(zoom, floor(nearest)) {
        nearest
    } else {
        nearest - 1.0
    };
    Some(floor(row.clamp(0.0, rows - 1.0)))
}

/// The northern edge of a row in degrees; that of the row after the last is the world's end.
///
/// # Panics
/// With a zoom above [`MAX_ZOOM`].
pub fn edge(zoom: u32, row: u32) -> f64 {
    assert!(zoom <= MAX_ZOOM, "a zoom of at most 24");
    // Exact: a multiple of 2^-23.
    let north = 1.0 - 2.0 * f64::from(row) / f64::from(1u32 << zoom);
    mercator::latitude(north).0
}

/// West, south, east and north of a tile in degrees.
///
/// # Panics
/// With a zoom above [`MAX_ZOOM`].
pub fn bounds(zoom: u32, column: u32, row: u32) -> [f64; 4] {
    // Exact: at most 24 bits times 360.
    let lon = |column| f64::from(column) * 360.0 / f64::from(1u32 << zoom) - 180.0;
    let [north, south] = [row, row + 1].map(|row| edge(zoom, row));
    [lon(column), south, lon(column + 1), north]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an integer from 0 to 2^24"
)]
fn floor(v: f64) -> u32 {
    v as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x_of_lon;
    use proptest::prelude::*;

    /// Edges to 60 digits, rounded to f64.
    const EDGES: [(u32, u32, f64); 14] = [
        (0, 0, MAX_LAT),
        (0, 1, -MAX_LAT),
        (1, 1, 0.0),
        (2, 1, 66.513_260_443_111_86),
        (3, 3, 40.979_898_069_620_134),
        (8, 97, 39.909_736_234_537_185),
        (10, 391, 39.095_962_936_305_48),
        (16, 24_817, 39.972_910_551_318_98),
        (24, 1, 85.051_126_928_722_87),
        (24, 6_356_789, 39.913_077_378_596_3),
        (24, 8_388_607, 2.145_767_211_914_012_4e-5),
        (24, 8_388_609, -2.145_767_211_914_012_4e-5),
        (24, 12_345_678, -64.400_034_651_232_25),
        (24, 16_777_216, -MAX_LAT),
    ];

    #[test]
    fn literals() {
        for (zoom, r, lat) in EDGES {
            assert_eq!(edge(zoom, r), lat, "{zoom} {r}");
            if lat.abs() > LIMIT {
                assert_eq!(row(zoom, lat), None);
                continue;
            }
            let last = count(zoom).expect("a zoom") - 1;
            assert_eq!(row(zoom, lat), Some(r.min(last)));
            assert_eq!(row(zoom, lat.next_up()), (r > 0).then(|| r - 1));
            let south = row(zoom, lat.next_down());
            assert_eq!(south, (r <= last).then_some(r));
        }
        for lat in [85.06, -90.0, f64::NAN, f64::INFINITY] {
            assert_eq!(row(3, lat), None);
        }
        assert_eq!(
            (column(0, u32::MAX), column(24, u32::MAX)),
            (0, (1 << 24) - 1)
        );
        assert_eq!(column(1, x_of_lon(0.0)), 1);
        assert_eq!(column(5, x_of_lon(180.0)), 31);
        // The tile of Beijing's centre at zoom 10, by the usual formula.
        assert_eq!(
            (column(10, x_of_lon(116.4)), row(10, 39.9)),
            (843, Some(388))
        );
        assert_eq!(bounds(1, 1, 0), [0.0, 0.0, 180.0, MAX_LAT]);
        assert_eq!(count(25), Err(GeoError::Zoom(25)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]
        #[test]
        fn rows_are_those_between_edges(zoom in 0u32..=24, lat in -86.0..=86.0f64) {
            let r = row(zoom, lat);
            prop_assert_eq!(r.is_some(), lat.abs() <= LIMIT);
            if let Some(r) = r {
                prop_assert!(edge(zoom, r) >= lat && lat > edge(zoom, r + 1));
                let [west, south, east, north] = bounds(zoom, column(zoom, x_of_lon(lat)), r);
                prop_assert!(west <= lat && lat < east && south < lat && lat <= north);
            }
        }

        #[test]
        fn edges_and_one_ulp_beside_them(zoom in 0u32..=24, share in 0.0..1.0f64) {
            let r = floor(share * f64::from(1u32 << zoom));
            let lat = edge(zoom, r);
            if lat.abs() < LIMIT {
                prop_assert_eq!(row(zoom, lat), Some(r));
                prop_assert_eq!(row(zoom, lat.next_down()), Some(r));
                prop_assert_eq!(row(zoom, lat.next_up()), r.checked_sub(1));
            }
            // A finer zoom has the coarser's edges.
            prop_assert!(zoom == 24 || edge(zoom + 1, 2 * r) == lat);
        }
    }

    #[test]
    #[ignore = "a measurement, for a release build"]
    #[expect(clippy::print_stdout, reason = "what it is for")]
    fn how_long() {
        let start = std::time::Instant::now();
        let sum: u32 = (0..10_000_000)
            .filter_map(|i| row(18, f64::from(i) * 8e-6))
            .sum();
        println!("row: {:?} for 10 million ({sum})", start.elapsed());
        let start = std::time::Instant::now();
        let sum: f64 = (0..1_000_000).map(|r| edge(24, r)).sum();
        println!("edge: {:?} a million ({sum})", start.elapsed());
    }
}
