//! Fixed point: the circle of longitudes and the arc of latitudes, each cut into 2^32 equal cells.

use crate::GeoError;
use multiversion::multiversion;

const CELLS: f64 = 4_294_967_296.0;
/// Adding 2^52 to a double in [0, 2^32] rounds it to an integer that then stands in the low bits.
const ROUND: f64 = 4_503_599_627_370_496.0;

/// A valid point: longitude within [-180, 180], latitude within [-90, 90], degrees on WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLat {
    lon: f64,
    lat: f64,
}

impl LonLat {
    /// Checks and takes a longitude and a latitude in degrees.
    ///
    /// # Errors
    /// [`GeoError::Longitude`] or [`GeoError::Latitude`] when one is out of range or not finite.
    pub fn new(lon: f64, lat: f64) -> Result<Self, GeoError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(GeoError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(GeoError::Latitude(lat));
        }
        Ok(Self { lon, lat })
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// The fixed-point cell that holds the point.
    pub fn fixed(self) -> Fixed {
        Fixed {
            x: x_of_lon(self.lon),
            y: y_of_lat(self.lat),
        }
    }
}

/// A fixed-point cell: `x = floor((lon + 180) / 360 * 2^32)`, `y = floor((lat + 90) / 180 * 2^32)`,
/// with lon = 180 and lat = 90 in the last cell. At most 9.3 mm wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fixed {
    /// Cell of the longitude, 0 at -180 degrees.
    pub x: u32,
    /// Cell of the latitude, 0 at -90 degrees.
    pub y: u32,
}

/// Whether a row's coordinates are a point: both finite and in range.
#[inline]
pub fn is_valid(lon: f64, lat: f64) -> bool {
    // NaN fails every comparison, infinities fail these.
    lon.abs() <= 180.0 && lat.abs() <= 90.0
}

/// The longitude, in degrees, at which cell `x` begins. Exact: the numerator has at most 42 bits.
#[inline]
pub fn lon_of_x_edge(x: u32) -> f64 {
    edge(f64::from(x), 180.0)
}

/// The latitude, in degrees, at which cell `y` begins. Exact, as [`lon_of_x_edge`].
#[inline]
pub fn lat_of_y_edge(y: u32) -> f64 {
    edge(f64::from(y), 90.0)
}

/// The cell of a valid longitude; exact for every f64 in [-180, 180].
#[inline]
pub fn x_of_lon(lon: f64) -> u32 {
    cell(lon, 180.0)
}

/// The cell of a valid latitude; exact for every f64 in [-90, 90].
#[inline]
pub fn y_of_lat(lat: f64) -> u32 {
    cell(lat, 90.0)
}

#[inline(always)]
fn edge(cell: f64, half: f64) -> f64 {
    // cell * 2 * half has at most 41 bits, 2^32 * half at most 40, so no operation rounds.
    (cell * (2.0 * half) - CELLS * half) / CELLS
}

/// The rounded product is off by less than 2^-19 of a cell, and rounding to the nearest integer
/// gives the true floor or the cell above it; one comparison with the exact edge tells which.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the low 32 bits of the sum's mantissa are the integer"
)]
fn cell(degrees: f64, half: f64) -> u32 {
    let rounded = (degrees + half) * (CELLS / (2.0 * half)) + ROUND;
    let rounded = rounded.min(ROUND + (CELLS - 1.0));
    let too_far = degrees < edge(rounded - ROUND, half);
    (rounded.to_bits() as u32).wrapping_sub(u32::from(too_far))
}

/// Turns columns of degrees into columns of cells and marks the valid rows; returns how many rows
/// are invalid. An invalid row gets some cell, which means nothing.
///
/// All slices have one length. The loops hold no branch, so that the compiler vectorises them.
///
/// # Panics
/// When the slices differ in length.
pub fn fix_columns(
    lon: &[f64],
    lat: &[f64],
    x: &mut [u32],
    y: &mut [u32],
    valid: &mut [bool],
) -> usize {
    let rows = lon.len();
    assert!(
        [lat.len(), x.len(), y.len(), valid.len()] == [rows; 4],
        "columns of one length"
    );
    xs_of_lon(lon, x);
    ys_of_lat(lat, y);
    rows - mark_valid(lon, lat, valid)
}

/// The cells of longitudes; of one that is not valid some cell, which means nothing.
pub fn xs_of_lon(lon: &[f64], x: &mut [u32]) {
    cells(lon, 180.0, x);
}

/// The cells of latitudes; of one that is not valid some cell, which means nothing.
pub fn ys_of_lat(lat: &[f64], y: &mut [u32]) {
    cells(lat, 90.0, y);
}

#[multiversion(targets = "simd")]
fn cells(degrees: &[f64], half: f64, out: &mut [u32]) {
    for (out, &degrees) in out.iter_mut().zip(degrees) {
        *out = cell(degrees, half);
    }
}

/// Marks the valid rows; returns how many there are.
#[multiversion(targets = "simd")]
fn mark_valid(lon: &[f64], lat: &[f64], valid: &mut [bool]) -> usize {
    let mut count = 0;
    for ((valid, &lon), &lat) in valid.iter_mut().zip(lon).zip(lat) {
        *valid = is_valid(lon, lat);
        count += usize::from(*valid);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// floor((v + half) / (2 half) * 2^32) by bisection: no product, no rounding.
    fn bisect(v: f64, half: f64) -> u32 {
        let (mut low, mut high, mut cell) = (-half, half, 0u32);
        for _ in 0..32 {
            let middle = (low + high) / 2.0;
            cell <<= 1;
            if v >= middle {
                cell |= 1;
                low = middle;
            } else {
                high = middle;
            }
        }
        cell
    }

    #[test]
    fn literals() {
        assert_eq!(x_of_lon(-180.0), 0);
        assert_eq!(x_of_lon(180.0), u32::MAX);
        assert_eq!(x_of_lon(0.0), 1 << 31);
        assert_eq!(x_of_lon(-0.0), 1 << 31);
        assert_eq!(x_of_lon(-f64::MIN_POSITIVE), (1 << 31) - 1);
        assert_eq!(x_of_lon(5e-324), 1 << 31);
        assert_eq!(x_of_lon(-5e-324), (1 << 31) - 1);
        assert_eq!(x_of_lon(90.0), 3 << 30);
        assert_eq!(y_of_lat(90.0), u32::MAX);
        assert_eq!(y_of_lat(-90.0), 0);
        assert_eq!(y_of_lat(45.0), 3 << 30);
        assert_eq!(x_of_lon(180.0f64.next_down()), u32::MAX);
        assert_eq!(lon_of_x_edge(1 << 31), 0.0);
        assert_eq!(lat_of_y_edge(1), -90.0 + 180.0 / 4_294_967_296.0);
    }

    #[test]
    fn invalid_rows_are_counted_and_marked() {
        let lon = [
            f64::NAN,
            180.0,
            f64::INFINITY,
            180.0f64.next_up(),
            -180.0,
            1.0,
        ];
        let lat = [0.0, 90.0, 0.0, 0.0, -90.0, 400.166667];
        let (mut x, mut y, mut valid) = ([0; 6], [0; 6], [false; 6]);
        assert_eq!(fix_columns(&lon, &lat, &mut x, &mut y, &mut valid), 4);
        assert_eq!(valid, [false, true, false, false, true, false]);
        assert_eq!((x[1], y[1], x[4], y[4]), (u32::MAX, u32::MAX, 0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn cells_are_those_of_bisection(lon in -180.0..=180.0f64, lat in -90.0..=90.0f64) {
            prop_assert_eq!(x_of_lon(lon), bisect(lon, 180.0));
            prop_assert_eq!(y_of_lat(lat), bisect(lat, 90.0));
        }

        #[test]
        fn edges_and_one_ulp_beside_them(cell in 1u32..) {
            let (lon, lat) = (lon_of_x_edge(cell), lat_of_y_edge(cell));
            prop_assert_eq!(x_of_lon(lon), cell);
            prop_assert_eq!(x_of_lon(lon.next_down()), cell - 1);
            prop_assert_eq!(x_of_lon(lon.next_up()), cell);
            prop_assert_eq!(y_of_lat(lat), cell);
            prop_assert_eq!(y_of_lat(lat.next_down()), cell - 1);
            prop_assert_eq!(y_of_lat(lat.next_up()), cell);
        }
    }
}
