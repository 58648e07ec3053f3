//! The inside of an H3 hexagon as six straight lines in the plane of longitude and latitude.
//!
//! The plane is (lon cos phi0, lat), with phi0 the latitude of the cell's centre. Along a great
//! circle of azimuth alpha the azimuth turns by tan phi sin alpha a radian, and in the plane the
//! change of cos phi turns the direction by no more than that again. So an edge of length s leaves
//! its chord by less than `2 tan phi s^2 / 8` to first order in `s tan phi`, which is kept below a
//! quarter, and twice that is a bound. When all chords are moved inwards by that, a point inside all
//! of them cannot be reached by bending the chords into the edges, and is inside the cell.

use h3o::{CellIndex, LatLng};

/// Degrees by which h3o's own roundings move a point or a vertex, at most: 6 mm. Near the centre of
/// an icosahedron's face its arc cosine of nearly 1 loses 6e-17 rad / distance, which is 4 mm in
/// the smallest cell there; elsewhere some nanometres.
const ROUNDING: f64 = 1e-9 * 180.0 / std::f64::consts::PI;

#[derive(Clone)]
pub(super) struct Polygon {
    lon: f64,
    lat: f64,
    /// A point is inside when `a (lon - self.lon) + b (lat - self.lat) + c` is above 0 for all.
    lines: [[f64; 3]; 6],
}

impl Polygon {
    /// `None` for the cells that this file's bound is not for: pentagons, those on several faces or
    /// over the antimeridian, and those too large for how near they are to a pole.
    pub(super) fn new(cell: CellIndex) -> Option<Self> {
        if cell.is_pentagon() || cell.icosahedron_faces().len() != 1 {
            return None;
        }
        let (centre, boundary) = (LatLng::from(cell), cell.boundary());
        let ring: &[LatLng; 6] = boundary[..].try_into().ok()?;
        let (lon, lat) = (centre.lng(), centre.lat());
        let cos = libm::cos(centre.lat_radians());
        let corners = ring.map(|p| [(p.lng() - lon) * cos, p.lat() - lat]);
        let steepest = ring
            .iter()
            .fold(0.0, |most: f64, p| most.max(libm::fabs(p.lat_radians())));
        let tan = libm::tan(steepest);
        let mut lines = [[0.0; 3]; 6];
        for (i, line) in lines.iter_mut().enumerate() {
            let ([ax, ay], [bx, by]) = (corners[i], corners[(i + 1) % 6]);
            let (dx, dy) = (bx - ax, by - ay);
            let length = libm::sqrt(dx * dx + dy * dy);
            let radians = length.to_radians();
            // A polygon over the antimeridian has an edge of almost 360 degrees and fails here too.
            if radians * tan > 0.25 || radians > 0.25 || steepest > 1.5 {
                return None;
            }
            let bulge = (radians * radians * tan / 2.0).to_degrees();
            // The ring is anticlockwise: its inside is to the left.
            let (nx, ny) = (-dy / length, dx / length);
            let inwards = bulge + ROUNDING;
            *line = [nx * cos, ny, -(nx * ax + ny * ay) - inwards];
        }
        Some(Self { lon, lat, lines })
    }

    #[inline]
    pub(super) fn holds(&self, lon: f64, lat: f64) -> bool {
        let (x, y) = (lon - self.lon, lat - self.lat);
        self.lines
            .iter()
            .fold(true, |all, [a, b, c]| all & (a * x + b * y + c > 0.0))
    }
}
