//! Zones, by literals worked out by hand.

use crate::common::{agrees, layer, probe, zone};
use graticule_geo::layer::UNDECIDED;
use graticule_geo::{Layer, LayerError, Zone, x_of_lon, y_of_lat};

fn members(layer: &Layer, lon: f64, lat: f64) -> Vec<u32> {
    agrees(layer, lon, lat);
    layer.members(layer.exact(lon, lat))
}

const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];

#[test]
fn a_square_holds_its_west_and_south_edges() {
    let mut turned = SQUARE;
    turned.reverse();
    let closed = [SQUARE[0], SQUARE[1], SQUARE[2], SQUARE[3], SQUARE[0]];
    for ring in [&SQUARE[..], &turned, &closed] {
        let layer = layer(&[zone(&[ring])]);
        for (lon, lat, inside) in [
            (5.0, 5.0, true),
            (0.0, 0.0, true),
            (0.0, 5.0, true),
            (5.0, 0.0, true),
            (10.0, 5.0, false),
            (5.0, 10.0, false),
            (10.0, 0.0, false),
            (0.0, 10.0, false),
            (10.0f64.next_down(), 10.0f64.next_down(), true),
            (0.0f64.next_down(), 5.0, false),
            (5.0, 0.0f64.next_down(), false),
            (170.0, 5.0, false),
        ] {
            assert_eq!(layer.exact(lon, lat), u64::from(inside), "{lon} {lat}");
            agrees(&layer, lon, lat);
        }
        assert_eq!(layer.code(x_of_lon(5.0), y_of_lat(5.0)), 1);
        assert_eq!(layer.code(x_of_lon(5.0), y_of_lat(11.0)), 0);
        assert_eq!(layer.code(x_of_lon(10.0), y_of_lat(5.0)), UNDECIDED);
        assert_eq!(layer.extents(), [1, 2]);
        assert_eq!(layer.bounds(), [0.0, 0.0, 10.0, 10.0]);
        assert_eq!(layer.exact(f64::NAN, 5.0), 0);
    }
}

#[test]
fn holes_and_parts() {
    let hole = [[4.0, 4.0], [6.0, 4.0], [6.0, 6.0], [4.0, 6.0]];
    let part = [[20.0, 0.0], [21.0, 0.0], [20.5, 1.0]];
    let layer = layer(&[zone(&[&SQUARE, &hole, &part])]);
    for (lon, lat, inside) in [
        (1.0, 1.0, true),
        (5.0, 5.0, false),
        (4.0, 5.0, false),
        (6.0, 5.0, true),
        (5.0, 6.0, true),
        (20.5, 0.5, true),
        (20.5, 1.0, false),
        (20.0, 0.0, true),
        (15.0, 0.5, false),
    ] {
        assert_eq!(!members(&layer, lon, lat).is_empty(), inside, "{lon} {lat}");
    }
}

#[test]
fn spikes_and_rings_that_cross_themselves() {
    // A square with a spike to the east, and a bow tie.
    let spike = [
        [0.0, 0.0],
        [2.0, 0.0],
        [2.0, 1.0],
        [9.0, 1.0],
        [2.0, 1.0],
        [2.0, 2.0],
        [0.0, 2.0],
    ];
    let layer_ = layer(&[zone(&[&spike])]);
    assert_eq!(members(&layer_, 5.0, 1.0), [0u32; 0]);
    assert_eq!(members(&layer_, 1.0, 1.0), [0]);
    let tie = [[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]];
    let layer_ = layer(&[zone(&[&tie])]);
    assert_eq!(members(&layer_, 1.0, 2.0), [0]);
    assert_eq!(members(&layer_, 3.0, 2.0), [0]);
    assert_eq!(members(&layer_, 2.0, 3.0), [0u32; 0]);
    assert_eq!(members(&layer_, 2.0, 1.0), [0u32; 0]);
    // Twice round: outside.
    let twice: Vec<_> = SQUARE.iter().chain(&SQUARE).copied().collect();
    let layer_ = layer(&[zone(&[&twice])]);
    assert_eq!(members(&layer_, 5.0, 5.0), [0u32; 0]);
}

#[test]
fn zones_that_touch_and_zones_that_overlap() {
    let east = SQUARE.map(|[lon, lat]| [lon + 10.0, lat]);
    let over = SQUARE.map(|[lon, lat]| [lon + 5.0, lat + 5.0]);
    let layer = layer(&[zone(&[&SQUARE]), zone(&[&east]), zone(&[&over])]);
    assert_eq!(members(&layer, 10.0, 2.0), [1]);
    assert_eq!(members(&layer, 10.0f64.next_down(), 2.0), [0]);
    assert_eq!(members(&layer, 7.0, 7.0), [0, 2]);
    assert_eq!(members(&layer, 10.0, 7.0), [1, 2]);
    assert_eq!(members(&layer, 7.0, 12.0), [2]);
    assert_eq!(members(&layer, 1.0, 12.0), [0u32; 0]);
    assert_eq!(layer.extents()[0], 1);
}

#[test]
fn crowded_corners_have_codes_of_their_own() {
    // Eight triangles that meet in one point, under a square that holds them all, and ten
    // zones twice in the same place.
    let wheel: Vec<Zone> = (0..8)
        .map(|i| {
            let at = |i: i32| {
                let (sin, cos) = (f64::from(i) * std::f64::consts::FRAC_PI_4).sin_cos();
                [50.0 + 3.0 * cos, 10.0 + 3.0 * sin]
            };
            zone(&[&[[50.0, 10.0], at(i), at(i + 1)]])
        })
        .chain([zone(&[&[
            [40.0, 0.0],
            [60.0, 0.0],
            [60.0, 20.0],
            [40.0, 20.0],
        ]])])
        .chain((0..10).map(|_| zone(&[&[[55.0, 5.0], [70.0, 5.0], [70.0, 7.0]]])))
        .collect();
    let layer = layer(&wheel);
    let extents = layer.extents();
    assert!(extents[0] > 1 && extents[1] >= 1 << 8, "{extents:?}");
    assert_eq!(members(&layer, 50.000_01, 10.000_001), [0, 8]);
    assert_eq!(members(&layer, 50.0, 10.0).len(), 2);
    let code = layer.code(x_of_lon(50.000_01), y_of_lat(10.000_001));
    assert!(code >> 32 > 0 && code != UNDECIDED);
    assert_eq!(layer.members(code), [0, 8]);
    assert_eq!(members(&layer, 69.0, 5.5), (9u32..19).collect::<Vec<_>>());
    let grain: Vec<_> = (0u32..500)
        .map(|i| (i.wrapping_mul(0x9e37_79b9), i.wrapping_mul(0x85eb_ca6b)))
        .collect();
    probe(&layer, &grain);
    assert_eq!(layer.members(extents[0] << 32), [0u32; 0]);
    assert_eq!(layer.members(UNDECIDED), [0u32; 0]);
}

#[test]
fn the_world_and_its_ends() {
    let world = [
        [-180.0, -90.0],
        [180.0, -90.0],
        [180.0, 90.0],
        [-180.0, 90.0],
    ];
    let layer_ = layer(&[zone(&[&world])]);
    for (lon, lat, inside) in [
        (-180.0, -90.0, true),
        (0.0, 0.0, true),
        (180.0, 0.0, false),
        (180.0f64.next_down(), 0.0, true),
        (0.0, 90.0, false),
        (-180.0, 90.0f64.next_down(), true),
    ] {
        assert_eq!(
            !members(&layer_, lon, lat).is_empty(),
            inside,
            "{lon} {lat}"
        );
    }
    assert_eq!(layer_.code(1 << 31, 1 << 31), 1);
    let cap = [
        [-180.0, 60.0],
        [0.0, 70.0],
        [180.0, 60.0],
        [180.0, 90.0],
        [-180.0, 90.0],
    ];
    let east = [[170.0, -10.0], [180.0, -10.0], [180.0, 10.0], [170.0, 10.0]];
    let layer_ = layer(&[zone(&[&cap]), zone(&[&east])]);
    assert_eq!(members(&layer_, 0.0, 70.0), [0]);
    assert_eq!(members(&layer_, 0.0, 69.9), [0u32; 0]);
    // The corner lies under the edge that rises from it.
    assert_eq!(members(&layer_, -180.0, 60.0), [0u32; 0]);
    assert_eq!(members(&layer_, -180.0, 61.0), [0]);
    assert_eq!(members(&layer_, 175.0, 0.0), [1]);
    assert_eq!(members(&layer_, 180.0, 0.0), [0u32; 0]);
    assert_eq!(members(&layer_, -180.0, 0.0), [0u32; 0]);
}

#[test]
fn refusals_say_where_and_what_to_do() {
    let refuse = |zones: &[Zone]| {
        Layer::new(zones.to_vec())
            .expect_err("a refusal")
            .to_string()
    };
    let good = zone(&[&SQUARE]);
    assert!(refuse(&[]).contains("at least one polygon"));
    let swapped = zone(&[&[[10.0, 100.0], [11.0, 100.0], [10.5, 101.0]]]);
    let message = refuse(&[swapped]);
    assert!(
        message.contains("zone 1, ring 1, vertex 1") && message.contains("swapped?"),
        "{message}"
    );
    let nan = zone(&[&SQUARE, &[[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0]]]);
    let message = refuse(&[good.clone(), nan]);
    assert!(
        message.contains("zone 2, ring 2, vertex 2") && !message.contains("swapped"),
        "{message}"
    );
    let metres = zone(&[&[
        [500_000.0, 4_000_000.0],
        [500_001.0, 4_000_000.0],
        [500_000.0, 4_000_001.0],
    ]]);
    assert!(refuse(&[metres]).contains("Projected"));
    let line = zone(&[&[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], &[]]);
    assert!(refuse(&[good.clone(), line.clone()]).contains("zone 2 has no ring"));
    let long = zone(&[&[[170.0, 0.0], [-170.0, 0.0], [-170.0, 5.0], [170.0, 5.0]]]);
    assert!(refuse(&[long]).contains("antimeridian"));
    let closing = zone(&[&[[170.0, 0.0], [0.0, 2.0], [-170.0, 0.0]]]);
    assert!(matches!(
        Layer::new(vec![closing]),
        Err(LayerError::LongEdge { vertex: 2, .. })
    ));
    let copies = vec![good.clone(); 32];
    assert!(refuse(&copies).contains("more than 31 zones"));
    // An empty ring beside a good one is dropped, and the zones come back.
    let kept = layer(&[Zone {
        rings: [line.rings, good.rings.clone()].concat(),
    }]);
    assert_eq!(kept.zones(), [good]);
    assert_eq!(Layer::try_from(Vec::from(kept.clone())), Ok(kept));
}

#[test]
fn few_rows_are_undecided() {
    let star: Vec<[f64; 2]> = (0..1000)
        .map(|i| {
            let turn = f64::from(i) * std::f64::consts::TAU / 1000.0;
            let radius = 2.0 + 0.3 * (9.0 * turn).sin() + 0.05 * (77.0 * turn).sin();
            [10.0 + radius * turn.cos(), 50.0 + radius * turn.sin()]
        })
        .collect();
    let layer = layer(&[zone(&[&star])]);
    let [w, s, e, n] = layer.bounds();
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 32) as u32) / 4_294_967_296.0
    };
    let rows = 1_000_000;
    let (mut undecided, mut inside) = (0, 0);
    for _ in 0..rows {
        let (lon, lat) = (w + (e - w) * random(), s + (n - s) * random());
        match layer.code(x_of_lon(lon), y_of_lat(lat)) {
            UNDECIDED => undecided += 1,
            code => inside += code,
        }
    }
    assert!(undecided < rows / 10_000, "{undecided}");
    assert!(inside > rows / 2 && inside < rows * 9 / 10, "{inside}");
}

#[test]
fn a_finer_grid_parts_zones_that_crowd_together() {
    // 49 small squares side by side, and a triangle a hundred degrees away that stretches the grid.
    let small = |k: u32| {
        let (west, south) = (0.02 * f64::from(k % 7), 0.02 * f64::from(k / 7));
        let (east, north) = (west + 0.02, south + 0.02);
        zone(&[&[[west, south], [east, south], [east, north], [west, north]]])
    };
    let far = zone(&[&[[100.0, 50.0], [101.0, 50.0], [100.0, 51.0]]]);
    let layer = layer(&(0..49).map(small).chain([far]).collect::<Vec<_>>());
    for k in 0..49u32 {
        let (lon, lat) = (
            0.01 + 0.02 * f64::from(k % 7),
            0.01 + 0.02 * f64::from(k / 7),
        );
        assert_eq!(members(&layer, lon, lat), [k]);
    }
    assert_eq!(members(&layer, 100.2, 50.2), [49]);
}

#[test]
fn products_that_underflow_decide_nothing() {
    let tiny = f64::from_bits(1);
    let layer = layer(&[zone(&[&[[0.0, -0.05], [10.0, -0.05], [0.0, 0.05]]])]);
    for (lon, inside) in [(-tiny, false), (0.0, true), (tiny, true)] {
        assert_eq!(layer.holds(0, lon, -0.025), inside, "{lon}");
        assert_eq!(layer.exact(lon, -0.025), u64::from(inside), "{lon}");
    }
    // An edge of slope 1 through the origin, whose west side is inside.
    let layer = self::layer(&[zone(&[&[[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]])]);
    for (lon, lat, inside) in [
        (tiny, tiny, false),
        (tiny, 2.0 * tiny, true),
        (2.0 * tiny, tiny, false),
        (-tiny, -tiny, false),
        (-2.0 * tiny, -tiny, true),
        (-tiny, 0.0, true),
        (0.0, -tiny, false),
    ] {
        assert_eq!(layer.holds(0, lon, lat), inside, "{lon} {lat}");
    }
}
