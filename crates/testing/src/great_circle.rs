//! Distances on a sphere.

/// The mean radius of the earth in metres.
const RADIUS: f64 = 6_371_008.8;

/// The haversine distance in metres between two points in degrees: every operation in f64, the functions by libm.
pub fn distance(lon_1: f64, lat_1: f64, lon_2: f64, lat_2: f64) -> f64 {
    let (phi_1, phi_2) = (lat_1.to_radians(), lat_2.to_radians());
    // Of near points the difference in degrees is exact.
    let of_phi = libm::sin((lat_2 - lat_1).to_radians() / 2.0);
    let of_lambda = libm::sin((lon_2 - lon_1).to_radians() / 2.0);
    let a = of_phi * of_phi + libm::cos(phi_1) * libm::cos(phi_2) * (of_lambda * of_lambda);
    2.0 * RADIUS * libm::asin(libm::sqrt(a.min(1.0)))
}
