//! Random boxes, circles and layers, and points on their edges or beside them.

use crate::cases::Steps;
use crate::support::Random;
use graticule_geo::circle::EARTH_RADIUS;
use graticule_geo::layer::{Layer, Zone};
use graticule_geo::{Bbox, Circle, lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};
use std::f64::consts::TAU;
use std::sync::Arc;

pub(crate) fn bbox(random: &mut Random) -> Bbox {
    let mut lon = || match random.below(6) {
        0 => -180.0,
        1 => 180.0,
        2 => random.below(1 << 20) as f64 * 360.0 / f64::from(1 << 20) - 180.0,
        _ => random.below(1 << 52) as f64 * 360.0 / (1u64 << 52) as f64 - 180.0,
    };
    let (west, east) = (lon(), lon());
    let mut lat = || match random.below(6) {
        0 => -90.0,
        1 => 90.0,
        _ => random.below(1 << 52) as f64 * 180.0 / (1u64 << 52) as f64 - 90.0,
    };
    let (a, b) = (lat(), lat());
    Bbox::new(west, a.min(b), east, a.max(b)).unwrap()
}

/// Mostly of a few hundred rows of cells, whose tables are small.
pub(crate) fn circle(random: &mut Random, steps: Steps) -> Circle {
    let lon = match random.below(8) {
        0 => 180.0,
        1 => -180.0,
        _ => random.fraction() * 360.0 - 180.0,
    };
    let lat = random.fraction() * 160.0 - 80.0;
    let metres = match random.below(8) {
        0 if steps == Steps::All => random.fraction() * 2.1e7,
        1 if steps == Steps::All => 5000.0,
        2 => 0.0,
        _ => 0.05 + 0.95 * random.fraction(),
    };
    Circle::new(lon, lat, metres).unwrap()
}

/// One zone, or several that overlap or meet in a point.
pub(crate) fn layer(random: &mut Random, steps: Steps) -> Arc<Layer> {
    let span = match steps {
        Steps::All => *random.pick(&[4e-7, 4e-6, 0.01, 5.0, 9.0]),
        Steps::Plain | Steps::Small => *random.pick(&[4e-6, 5.0]),
    };
    let frame = Frame {
        lon: random.fraction() * 320.0 - 160.0,
        lat: random.fraction() * 140.0 - 70.0,
        span,
    };
    let zone = |rings| Zone { rings };
    let zones = match random.below(5) {
        0 => vec![zone(vec![frame.square(-1.0, 1.0), frame.square(-0.3, 0.4)])],
        1 => {
            let vertices = if steps == Steps::All { 60 } else { 20 };
            vec![zone(vec![frame.star(random, vertices)])]
        }
        2 => {
            let sectors = (0..6).map(|i| zone(vec![frame.sector(i)]));
            sectors
                .chain([zone(vec![frame.square(-0.5, 0.5)])])
                .collect()
        }
        3 => vec![zone(vec![diamond(random)])],
        _ => {
            let apart = |i: u32| 0.12 * f64::from(i);
            let squares = (0..6).map(|i| frame.square(apart(i) - 1.0, apart(i) + 0.3));
            // The last one holds all the places where the others meet.
            let around = [frame.square(-2.0, 2.0)];
            let all = squares.chain(around);
            all.map(|square| zone(vec![square])).collect()
        }
    };
    Arc::new(Layer::new(zones).unwrap())
}

/// Where shapes of about two units in size are put.
struct Frame {
    lon: f64,
    lat: f64,
    span: f64,
}

impl Frame {
    fn at(&self, east: f64, north: f64) -> [f64; 2] {
        [self.lon + self.span * east, self.lat + self.span * north]
    }

    fn square(&self, low: f64, high: f64) -> Vec<[f64; 2]> {
        vec![
            self.at(low, low),
            self.at(high, low),
            self.at(high, high),
            self.at(low, high),
        ]
    }

    fn star(&self, random: &mut Random, vertices: u32) -> Vec<[f64; 2]> {
        let point = |i: u32| {
            let (sin, cos) = (TAU * f64::from(i) / f64::from(vertices)).sin_cos();
            let radius = 0.4 + 0.6 * random.fraction();
            self.at(radius * cos, radius * sin)
        };
        (0..vertices).map(point).collect()
    }

    /// A sixth of a hexagon: all six meet in the middle.
    fn sector(&self, number: u32) -> Vec<[f64; 2]> {
        let rim = |i: u32| {
            let (sin, cos) = (TAU * f64::from(i % 6) / 6.0).sin_cos();
            self.at(cos, sin)
        };
        vec![self.at(0.0, 0.0), rim(number), rim(number + 1)]
    }
}

/// Its vertices and the corners of grid cells under its edges are fixed-point cells' corners, so that
/// points of the grid lie exactly on an edge: 256 to 512 steps make grid cells of 8.
fn diamond(random: &mut Random) -> Vec<[f64; 2]> {
    let half = 8 * (16 + random.below(15)) as u32;
    let mut first = || (1 << 30) + random.below(1 << 31) as u32;
    let (x, y) = (first(), first());
    let at = |east: u32, north: u32| [lon_of_x_edge(x + east), lat_of_y_edge(y + north)];
    vec![
        at(half, 0),
        at(2 * half, half),
        at(half, 2 * half),
        at(0, half),
    ]
}

/// Often on the edges of boxes, or next to them.
pub(crate) fn point(random: &mut Random, edges: &[[f64; 4]], edge: u64) -> (f64, f64) {
    let nudge = |random: &mut Random, v: f64| match random.below(4) {
        0 => v.next_up(),
        1 => v.next_down(),
        2 => v + (random.below(1000) as f64 - 500.0) * 1e-10,
        _ => v,
    };
    let mut lon = random.below(1 << 52) as f64 * 360.0 / (1u64 << 52) as f64 - 180.0;
    let mut lat = random.below(1 << 52) as f64 * 180.0 / (1u64 << 52) as f64 - 90.0;
    if !edges.is_empty() && random.one_in(edge) {
        let [west, _, east, _] = *random.pick(edges);
        let at = *random.pick(&[west, east]);
        lon = nudge(random, at);
    }
    if !edges.is_empty() && random.one_in(edge) {
        let [_, south, _, north] = *random.pick(edges);
        let at = *random.pick(&[south, north]);
        lat = nudge(random, at);
    }
    (lon, lat)
}

/// On the rim of a circle or the edge of a layer's zone, or next to it, or within.
pub(crate) fn beside(random: &mut Random, circles: &[Circle], layers: &[Arc<Layer>]) -> (f64, f64) {
    let at = random.index(circles.len() + layers.len());
    let point = match circles.get(at) {
        Some(circle) => on_rim(random, circle),
        None => on_edge(random, &layers[at - circles.len()]),
    };
    nudged(random, point)
}

fn on_rim(random: &mut Random, circle: &Circle) -> (f64, f64) {
    let (sin, cos) = (TAU * random.fraction()).sin_cos();
    let part = if random.one_in(4) {
        1.3 * random.fraction()
    } else {
        1.0
    };
    let degrees = part * circle.metres() / (EARTH_RADIUS * TAU / 360.0);
    let east = degrees * cos / circle.lat().to_radians().cos();
    (circle.lon() + east, circle.lat() + degrees * sin)
}

fn on_edge(random: &mut Random, layer: &Layer) -> (f64, f64) {
    let zone = random.pick(layer.zones());
    let ring = random.pick(&zone.rings);
    let from = random.index(ring.len());
    let (a, b) = (ring[from], ring[(from + 1) % ring.len()]);
    let [west, south, east, north] = layer.bounds();
    let (one, other) = (random.fraction(), random.fraction());
    match random.below(4) {
        0 => (a[0], a[1]),
        1 => (a[0] + (b[0] - a[0]) * one, a[1] + (b[1] - a[1]) * one),
        // A few grid cells from a vertex.
        2 => (
            a[0] + (east - west) * (one - 0.5) / 16.0,
            a[1] + (north - south) * (other - 0.5) / 16.0,
        ),
        _ => (west + (east - west) * one, south + (north - south) * other),
    }
}

/// The point, or one a few steps away, on the edges of cells or not.
fn nudged(random: &mut Random, (lon, lat): (f64, f64)) -> (f64, f64) {
    let turned = if lon.abs() > 180.0 {
        lon - 360.0 * lon.signum()
    } else {
        lon
    };
    let (lon, lat) = (turned.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0));
    let mut steps = || random.below(7) as i32 - 3;
    let x = x_of_lon(lon).wrapping_add_signed(steps());
    let y = y_of_lat(lat).wrapping_add_signed(steps());
    match random.below(6) {
        0 => (lon.next_up(), lat),
        1 => (lon, lat.next_down()),
        2 => (lon_of_x_edge(x), lat),
        3 => (lon, lat_of_y_edge(y)),
        4 => (lon_of_x_edge(x), lat_of_y_edge(y)),
        _ => (lon, lat),
    }
}
