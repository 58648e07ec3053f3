//! Zones at random: integers against f64, the short way in f64 against the definition.

use crate::common::{STEP, probe, zone};
use graticule_geo::{Layer, LayerError, Zone, lat_of_y_edge, lon_of_x_edge};
use proptest::prelude::*;

fn grain(count: usize) -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec(any::<(u32, u32)>(), count)
}

/// A centre and a size: degrees, or a few steps.
fn place() -> impl Strategy<Value = ([f64; 2], f64)> {
    let size =
        prop_oneof![2 => 0.01..8.0f64, 2 => 1e-9..4e-6f64, 1 => 1e-5..1e-3f64, 1 => 8.0..80.0f64];
    ((-1.0..1.0f64, -1.0..1.0f64), size).prop_map(|((u, v), size)| {
        // Some lie at the ends of the world.
        let at = |u: f64, limit: f64| (u * limit * 1.2).clamp(-limit, limit);
        ([at(u, 180.0), at(v, 90.0)], size)
    })
}

fn clamp([lon, lat]: [f64; 2]) -> [f64; 2] {
    [lon.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0)]
}

fn star() -> impl Strategy<Value = Vec<[f64; 2]>> {
    (place(), prop::collection::vec(0.1..1.0f64, 3..60)).prop_map(|((at, size), radii)| {
        let turn = std::f64::consts::TAU / radii.len() as f64;
        let vertex = |(i, r): (usize, &f64)| {
            let (sin, cos) = (i as f64 * turn).sin_cos();
            clamp([at[0] + r * size * cos, at[1] + r * size * sin])
        };
        radii.iter().enumerate().map(vertex).collect()
    })
}

fn tangle() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let vertex = (-8i32..=8, -8i32..=8, any::<bool>());
    (place(), prop::collection::vec(vertex, 3..14)).prop_map(|((at, size), vertices)| {
        // Vertices on a lattice: level and upright edges, repeated vertices, edges over one another.
        let vertex = |(i, j, nudge): (i32, i32, bool)| {
            let lon = at[0] + f64::from(i) * size / 8.0;
            clamp([
                if nudge { lon.next_up() } else { lon },
                at[1] + f64::from(j) * size / 8.0,
            ])
        };
        vertices.into_iter().map(vertex).collect()
    })
}

/// Corners on step borders and a few ulps beside them: the smallest polygons.
fn tiny() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let vertex = (0u32..6, 0u32..6, -1i32..=1);
    (
        (any::<u32>(), any::<u32>()),
        prop::collection::vec(vertex, 3..8),
    )
        .prop_map(|((x, y), vertices)| {
            let vertex = |(i, j, nudge): (u32, u32, i32)| {
                let lon = lon_of_x_edge(x.saturating_add(i));
                let lon = match nudge {
                    -1 => lon.next_down(),
                    0 => lon,
                    _ => lon + 0.4 * STEP[0],
                };
                clamp([lon, lat_of_y_edge(y.saturating_add(j))])
            };
            vertices.into_iter().map(vertex).collect()
        })
}

fn usable(zones: Vec<Zone>) -> Option<Layer> {
    match Layer::new(zones) {
        Ok(layer) => Some(layer),
        Err(
            LayerError::NoRing { .. } | LayerError::LongEdge { .. } | LayerError::Crowded { .. },
        ) => None,
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_zone(rings in prop::collection::vec(prop_oneof![star(), tangle(), tiny()], 1..3), grain in grain(24)) {
        if let Some(layer) = usable(vec![Zone { rings }]) {
            probe(&layer, &grain);
        }
    }

    #[test]
    fn many_zones(
        (at, size) in place(),
        shapes in prop::collection::vec((prop_oneof![star(), tangle()], 0.1..1.0f64), 1..24),
        grain in grain(24),
    ) {
        // The same shapes, brought together so that they overlap.
        let zones = shapes.into_iter().map(|(ring, scale)| {
            let first = ring[0];
            let vertex = |v: [f64; 2]| {
                let (u, w) = (((v[0] - first[0]) * 1e5).sin(), ((v[1] - first[1]) * 1e5).sin());
                clamp([at[0] + size * scale * u, at[1] + size * scale * w])
            };
            Zone { rings: vec![ring.into_iter().map(vertex).collect()] }
        });
        if let Some(layer) = usable(zones.collect()) {
            probe(&layer, &grain);
        }
    }

    #[test]
    fn a_map_of_touching_zones((at, size) in place(), corners in prop::collection::vec((0.0..0.9f64, 0.0..0.9f64), 36), grain in grain(24)) {
        // Five by five quadrilaterals that share their borders.
        let corner = |i: usize, j: usize| {
            let (u, v) = corners[i * 6 + j];
            clamp([at[0] + size * (i as f64 + u), at[1] + size * (j as f64 + v)])
        };
        let quad = |k: usize| {
            let (i, j) = (k / 5, k % 5);
            zone(&[&[corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]])
        };
        if let Some(layer) = usable((0..25).map(quad).collect()) {
            probe(&layer, &grain);
        }
    }
}
