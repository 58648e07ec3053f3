//! Points on the rims of a question's places: vertices, edges, circles, tiles and H3 cells, and one ulp beside them.

use h3o::{LatLng, Resolution};
use proptest::prelude::*;
use proptest::sample::select;

use super::points;
use super::shapes::Focus;
use crate::great_circle::distance;
use crate::question::{Feature, Key, Question};
use crate::real::tile_boundary;

type Point = (Option<f64>, Option<f64>);

/// A point for the question whose places lie about the focus: half of the time on a rim or beside it.
pub(super) fn point(question: &Question, focus: Focus) -> BoxedStrategy<Point> {
    let edges = edges(question);
    let rims = prop_oneof![
        2 => focus.on_grid(),
        u32::from(!edges.is_empty()) * 4 => on_polygons(&edges, focus),
        u32::from(!question.near.is_empty()) * 3 => on_circles(&question.near, focus),
        1 => on_tiles(question, focus),
        1 => on_cells(question, focus),
    ];
    let beside = (rims, -1..2i8, -1..2i8, any::<bool>()).prop_map(|([lon, lat], x, y, exact)| {
        if exact {
            [lon, lat]
        } else {
            [step(lon, x), step(lat, y)]
        }
    });
    let valid = prop_oneof![3 => beside, 2 => focus.anywhere()];
    prop_oneof![
        8 => valid.prop_map(|[lon, lat]| {
            (Some(lon.clamp(-180.0, 180.0)), Some(lat.clamp(-90.0, 90.0)))
        }),
        2 => points::point(&question.bbox),
    ]
    .boxed()
}

/// The next number below or above, or the same.
fn step(value: f64, side: i8) -> f64 {
    match side {
        0 => value,
        1 => value.next_up(),
        _ => value.next_down(),
    }
}

type Edge = ([f64; 2], [f64; 2]);

/// The edges of all polygons and zones.
fn edges(question: &Question) -> Vec<Edge> {
    let zones = question.keys.iter().flat_map(|key| match key {
        Key::Zone { zones, .. } => zones.as_slice(),
        _ => &[],
    });
    let of_zones = zones.map(|(_, feature)| feature);
    let features: Vec<&Feature> = question.polygons.iter().flatten().chain(of_zones).collect();
    let rings = features.into_iter().flatten();
    rings
        .flat_map(|ring| ring.windows(2).map(|pair| (pair[0], pair[1])))
        .collect()
}

/// A vertex, a point on an edge as floats give it, one at a vertex's height, or the vertex of a made ring turned about.
fn on_polygons(edges: &[Edge], focus: Focus) -> BoxedStrategy<[f64; 2]> {
    if edges.is_empty() {
        return focus.on_grid();
    }
    let edge = || select(edges.to_vec());
    let along = (edge(), 0.0..1.0).prop_map(|((a, b), part)| {
        let between = |axis: usize| a[axis] + part * (b[axis] - a[axis]);
        [between(0), between(1)]
    });
    let middle = edge().prop_map(|(a, b)| [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]);
    let level = (edge(), focus.anywhere()).prop_map(|((a, _), point)| [point[0], a[1]]);
    prop_oneof![
        3 => edge().prop_map(|(a, _)| a),
        2 => along,
        1 => middle,
        1 => level,
    ]
    .boxed()
}

/// The last point within the circle on the line to some other point, or the first one outside.
fn on_circles(circles: &[[f64; 3]], focus: Focus) -> BoxedStrategy<[f64; 2]> {
    if circles.is_empty() {
        return focus.on_grid();
    }
    let far = prop_oneof![
        focus.anywhere(),
        (-180.0..=180.0, -90.0..=90.0).prop_map(|(lon, lat)| [lon, lat]),
    ];
    (select(circles.to_vec()), far, any::<bool>())
        .prop_map(|([lon, lat, metres], far, inside)| {
            let at = |part: f64| [lon + part * (far[0] - lon), lat + part * (far[1] - lat)];
            let is_near = |part: f64| distance(lon, lat, at(part)[0], at(part)[1]) <= metres;
            let (mut near, mut beyond) = (0.0, 1.0);
            if is_near(beyond) {
                return at(beyond);
            }
            for _ in 0..60 {
                let part = f64::midpoint(near, beyond);
                if is_near(part) {
                    near = part;
                } else {
                    beyond = part;
                }
            }
            at(if inside { near } else { beyond })
        })
        .boxed()
}

/// The corner of a tile: of the levels that are asked for, or of any.
fn on_tiles(question: &Question, focus: Focus) -> BoxedStrategy<[f64; 2]> {
    let asked = question.keys.iter().filter_map(|key| match key {
        Key::Tile(zoom) => Some(*zoom),
        _ => None,
    });
    let zooms: Vec<u8> = asked.chain([1, 12]).collect();
    let limit = select(vec![85.051_128_779_8, -85.051_128_779_8]);
    let corner = (select(zooms), focus.anywhere(), any::<bool>()).prop_map(
        |(zoom, [lon, lat], keep_column)| {
            let count = 2f64.powi(zoom.into());
            let column = ((lon + 180.0) / 360.0 * count).floor();
            let northward = libm::asinh(libm::tan(lat.to_radians())) / std::f64::consts::PI;
            let row = ((1.0 - northward) / 2.0 * count).round().clamp(0.0, count);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number from 0 to 2^32"
            )]
            let boundary = tile_boundary(zoom, row as u64);
            let edge = column * 360.0 / count - 180.0;
            [if keep_column { lon } else { edge }, boundary]
        },
    );
    let at_limit = (focus.anywhere(), limit).prop_map(|(point, limit)| [point[0], limit]);
    prop_oneof![6 => corner, 1 => at_limit].boxed()
}

/// A corner of an H3 cell, or a point between two of them.
fn on_cells(question: &Question, focus: Focus) -> BoxedStrategy<[f64; 2]> {
    let asked = question.keys.iter().filter_map(|key| match key {
        Key::H3(resolution) => Some(*resolution),
        _ => None,
    });
    let resolutions: Vec<u8> = asked.chain([7]).collect();
    let corner = any::<prop::sample::Index>();
    (select(resolutions), focus.anywhere(), corner, 0.0..1.0)
        .prop_map(|(resolution, [lon, lat], corner, part)| {
            let resolution = Resolution::try_from(resolution).expect("0 to 15");
            let point = LatLng::new(lat, lon).expect("finite");
            let corners = point.to_cell(resolution).boundary();
            let first = corner.index(corners.len());
            let (a, b) = (corners[first], corners[(first + 1) % corners.len()]);
            let part = if part < 0.5 { 0.0 } else { part };
            let between = |a: f64, b: f64| a + part * (b - a);
            [between(a.lng(), b.lng()), between(a.lat(), b.lat())]
        })
        .boxed()
}
