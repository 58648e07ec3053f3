//! What the tests of zones share.

#![expect(unreachable_pub, reason = "each test file takes what it needs")]

use graticule_geo::layer::{UNDECIDED, codes};
use graticule_geo::{Layer, Zone, lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};

pub fn zone(rings: &[&[[f64; 2]]]) -> Zone {
    Zone {
        rings: rings.iter().map(|ring| ring.to_vec()).collect(),
    }
}

pub fn layer(zones: &[Zone]) -> Layer {
    Layer::new(zones.to_vec()).expect("zones that can be used")
}

/// Steps of longitude and latitude.
pub const STEP: [f64; 2] = [360.0 / 4_294_967_296.0, 180.0 / 4_294_967_296.0];

/// Larger of the two axes' distances, in steps, of a point from the nearest edge of a layer; a
/// little too small rather than too large.
fn distance(layer: &Layer, point: [f64; 2]) -> f64 {
    let mut least = f64::MAX;
    for ring in layer.zones().iter().flat_map(|zone| &zone.rings) {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let [ax, bx] = [a[0], b[0]].map(|v| (v - point[0]) / STEP[0]);
            let [ay, by] = [a[1], b[1]].map(|v| (v - point[1]) / STEP[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let boxed = (ax.min(bx).max(-ax.max(bx))).max(ay.min(by).max(-ay.max(by)));
            let line = (dx * ay - dy * ax).abs() / (dx.abs() + dy.abs()).max(1e-9);
            let line = if dx == 0.0 && dy == 0.0 { 0.0 } else { line };
            least = least.min(boxed.max(line * (1.0 - 1e-6) - 1e-3));
        }
    }
    least
}

/// Whether everything a layer says of a point agrees with the definition; whether it was decided.
pub fn agrees(layer: &Layer, lon: f64, lat: f64) -> bool {
    let exact = layer.exact(lon, lat);
    assert_ne!(exact, UNDECIDED);
    let members = layer.members(exact);
    let held: Vec<u32> = (0u32..)
        .take(layer.zones().len())
        .filter(|&zone| layer.holds(zone as usize, lon, lat))
        .collect();
    assert_eq!(members, held, "exact at [{lon:?}, {lat:?}]");
    assert_eq!(exact == 0, held.is_empty());
    assert!(exact >> 32 < layer.extents()[0] && exact & 0xffff_ffff < layer.extents()[1]);
    let code = layer.code(x_of_lon(lon), y_of_lat(lat));
    if code == UNDECIDED {
        let near = distance(layer, [lon, lat]);
        assert!(
            near <= 3.0,
            "undecided {near} steps away, at [{lon:?}, {lat:?}]"
        );
    } else {
        assert_eq!(code, exact, "integers at [{lon:?}, {lat:?}]");
    }
    code != UNDECIDED
}

/// The points that matter round a vertex or a point on an edge.
fn around([lon, lat]: [f64; 2]) -> Vec<[f64; 2]> {
    let one = |v: f64, step: f64, limit: f64| {
        let near = [
            v,
            v.next_up(),
            v.next_down(),
            v + step,
            v - step,
            v + 2.2 * step,
            v - 40.0 * step,
        ];
        near.map(|v| v.clamp(-limit, limit))
    };
    let lats = one(lat, STEP[1], 90.0);
    let lons = one(lon, STEP[0], 180.0).into_iter();
    lons.flat_map(|lon| lats.map(|lat| [lon, lat])).collect()
}

/// Points on vertices, on edges and beside them, at the world's corners and over the bounds; `grain`
/// picks which.
pub fn probe(layer: &Layer, grain: &[(u32, u32)]) {
    for lon in [-180.0, 180.0, 0.0] {
        for lat in [-90.0, 90.0, 0.0] {
            agrees(layer, lon, lat);
        }
    }
    let rings: Vec<_> = layer.zones().iter().flat_map(|zone| &zone.rings).collect();
    let [w, s, e, n] = layer.bounds();
    for (turn, &(a, b)) in grain.iter().enumerate() {
        let (u, v) = (
            f64::from(a) / f64::from(u32::MAX),
            f64::from(b) / f64::from(u32::MAX),
        );
        agrees(layer, w + (e - w) * u, s + (n - s) * v);
        let wide = [w + (e - w) * (1.4 * u - 0.2), s + (n - s) * (1.4 * v - 0.2)];
        agrees(
            layer,
            wide[0].clamp(-180.0, 180.0),
            wide[1].clamp(-90.0, 90.0),
        );
        let cell = [a, b].map(|v| v >> (turn % 4 * 10));
        let [x, y] = [
            x_of_lon(w).saturating_add(cell[0]),
            y_of_lat(s).saturating_add(cell[1]),
        ];
        agrees(layer, lon_of_x_edge(x), lat_of_y_edge(y));
        let ring = rings[a as usize % rings.len()];
        let at = b as usize % ring.len();
        let (from, to) = (ring[at], ring[(at + 1) % ring.len()]);
        for [lon, lat] in around(from) {
            agrees(layer, lon, lat);
        }
        for [lon, lat] in around([
            from[0] + (to[0] - from[0]) * u,
            from[1] + (to[1] - from[1]) * u,
        ]) {
            agrees(layer, lon, lat);
        }
    }
    let (x, y): (Vec<u32>, Vec<u32>) = grain.iter().copied().unzip();
    let x: Vec<u32> = x
        .iter()
        .map(|x| x_of_lon(w) + x % (x_of_lon(e) - x_of_lon(w)).max(1))
        .collect();
    let y: Vec<u32> = y
        .iter()
        .map(|y| y_of_lat(s) + y % (y_of_lat(n) - y_of_lat(s)).max(1))
        .collect();
    let mut out = vec![7; x.len()];
    codes(layer.words(), &x, &y, &mut out);
    let single: Vec<u64> = x.iter().zip(&y).map(|(&x, &y)| layer.code(x, y)).collect();
    assert_eq!(out, single);
}
