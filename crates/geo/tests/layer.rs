//! Layers against their definition: integers never disagree with f64, and seldom leave a row open.

use graticule_geo::layer::{Layer, LayerError, UNDECIDED, Zone};
use graticule_geo::{lat_of_y_edge, lon_of_x_edge, x_of_lon, y_of_lat};
use proptest::prelude::*;

fn layer(rings: Vec<Vec<[f64; 2]>>) -> Layer {
    Layer::new(vec![Zone { rings }]).expect("a polygon")
}

/// Checks a point: integers, f64 and the definition. Says whether integers leave it open.
fn agree(layer: &Layer, lon: f64, lat: f64) -> bool {
    let (lon, lat) = (lon.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0));
    let code = layer.code(x_of_lon(lon), y_of_lat(lat));
    let exact = layer.exact(lon, lat);
    let zones: Vec<u32> = (0u32..)
        .take(layer.zones().len())
        .filter(|&zone| layer.holds(zone as usize, lon, lat))
        .collect();
    assert_eq!(layer.members(exact), zones, "{lon}, {lat}: {exact:x}");
    assert!(
        code == exact || code == UNDECIDED,
        "{lon}, {lat}: {code:x} {exact:x}"
    );
    let [high, low] = layer.extents();
    assert!(exact >> 32 < high && exact & 0xffff_ffff < low);
    code == UNDECIDED
}

#[test]
fn a_square_with_a_hole() {
    let square = |a: f64, b: f64| vec![[a, a], [b, a], [b, b], [a, b], [a, a]];
    let layer = layer(vec![square(10.0, 20.0), square(14.0, 16.0)]);
    let holds = |lon, lat| layer.exact(lon, lat) == 1;
    assert!(holds(11.0, 11.0) && holds(13.9, 15.0) && !holds(15.0, 15.0) && !holds(9.0, 15.0));
    assert!(
        holds(10.0, 12.0) && holds(12.0, 10.0),
        "west and south edges are inside"
    );
    assert!(
        !holds(20.0, 12.0) && !holds(12.0, 20.0),
        "east and north ones are not"
    );
    assert!(
        !holds(14.0, 15.0) && holds(16.0, 15.0),
        "so it is with a hole"
    );
    let code = |lon, lat| layer.code(x_of_lon(lon), y_of_lat(lat));
    assert_eq!(
        [code(11.0, 12.0), code(15.0, 15.0), code(10.0, 12.0)],
        [1, 0, UNDECIDED]
    );
    assert_eq!(layer.bounds(), [10.0, 10.0, 20.0, 20.0]);
}

#[test]
fn zones_overlap_and_touch() {
    let square = |w: f64, e: f64| Zone {
        rings: vec![vec![[w, 0.0], [e, 0.0], [e, 5.0], [w, 5.0]]],
    };
    let layer = Layer::new(vec![square(0.0, 2.0), square(1.0, 3.0), square(3.0, 4.0)]);
    let layer = layer.expect("three zones");
    let held = [
        (0.5, vec![0]),
        (1.5, vec![0, 1]),
        (2.5, vec![1]),
        (3.0, vec![2]),
        (5.0, vec![]),
    ];
    for (lon, zones) in held {
        assert_eq!(layer.members(layer.exact(lon, 2.0)), zones, "{lon}");
    }
}

#[test]
fn the_ends_of_the_world() {
    let [w, s, e, n] = [-180.0, -90.0, 180.0, 90.0];
    let world = layer(vec![vec![[w, s], [e, s], [e, n], [w, n]]]);
    for lon in [-180.0, -179.999_999_99, 0.0, 179.999_999_99, 180.0] {
        for lat in [-90.0, -89.999_999_99, 0.0, 89.999_999_99, 90.0] {
            agree(&world, lon, lat);
        }
    }
    let exact = [world.exact(w, s), world.exact(e, 0.0), world.exact(0.0, n)];
    assert_eq!(exact, [1, 0, 0]);
    assert_eq!(world.code(x_of_lon(12.0), y_of_lat(34.0)), 1);
    let corner = layer(vec![vec![[179.0, 89.0], [180.0, 89.0], [180.0, 90.0]]]);
    assert_eq!(
        [corner.code(0, 1 << 31), corner.code(u32::MAX - 99, 0)],
        [0, 0]
    );
}

#[test]
fn refusals() {
    let of = |rings: Vec<Vec<[f64; 2]>>| Layer::new(vec![Zone { rings }]).expect_err("refused");
    assert_eq!(Layer::new(vec![]).expect_err("refused"), LayerError::Empty);
    assert_eq!(of(vec![]), LayerError::NoRing { zone: 1 });
    let spike = vec![[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    assert_eq!(of(vec![spike]), LayerError::NoRing { zone: 1 });
    let swapped = of(vec![vec![[40.0, 116.0], [41.0, 116.0], [41.0, 117.0]]]);
    assert!(swapped.to_string().contains("swapped"), "{swapped}");
    let off = of(vec![vec![[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0]]]);
    assert!(off.to_string().contains("polygon 1, ring 1"), "{off}");
    let over = vec![[179.0, 0.0], [-179.0, 0.0], [-179.0, 1.0], [179.0, 1.0]];
    let over = of(vec![over]);
    assert!(over.to_string().contains("antimeridian"), "{over}");
}

/// Points on vertices, on edges and beside them, and anywhere.
fn probe(layer: &Layer, seeds: &[(f64, f64, u32)]) {
    let [w, s, e, n] = layer.bounds();
    for ring in layer.zones().iter().flat_map(|z| &z.rings) {
        let ends = ring.iter().skip(1).chain(ring.first());
        for (a, b) in ring.iter().zip(ends).take(40) {
            for (t, _, steps) in seeds.iter().take(4) {
                let p = [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
                for [lon, lat] in [*a, p] {
                    let (x, y) = (x_of_lon(lon), y_of_lat(lat));
                    let points = [
                        (lon, lat),
                        (lon.next_up(), lat),
                        (lon, lat.next_down()),
                        (lon_of_x_edge(x), lat_of_y_edge(y)),
                        (lon_of_x_edge(x.saturating_add(*steps)), lat),
                        (lon, lat_of_y_edge(y.saturating_sub(*steps))),
                    ];
                    for (lon, lat) in points {
                        agree(layer, lon, lat);
                    }
                }
            }
        }
    }
    for (a, b, _) in seeds {
        agree(layer, w + (e - w) * a * 1.02, s + (n - s) * b * 1.02);
    }
}

fn ring(span: f64) -> impl Strategy<Value = Vec<[f64; 2]>> {
    let radii = prop::collection::vec(0.0..1.0, 3..60);
    let star = (radii, -170.0..170.0, -80.0..80.0f64).prop_map(move |(radii, x, y)| {
        let (count, mut angle) = (radii.len(), 0.0f64);
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let step = std::f64::consts::TAU / count as f64;
        let mut points = Vec::new();
        for radius in radii {
            angle += step;
            let (sin, cos) = angle.sin_cos();
            points.push([x + span * radius * cos, y + span * radius * sin]);
        }
        points
    });
    // Many vertices on few lines: spikes, repeats, edges along the axes.
    let tangled = prop::collection::vec((-4..4i32, -4..4i32), 3..14).prop_map(move |points| {
        let at = |v: i32| 12.0 + f64::from(v) * span / 4.0;
        points.into_iter().map(|(x, y)| [at(x), at(y)]).collect()
    });
    prop_oneof![star, tangled]
}

fn seeds() -> impl Strategy<Value = Vec<(f64, f64, u32)>> {
    prop::collection::vec((0.0..1.0, 0.0..1.0, 0..4u32), 150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn polygons(rings in prop::collection::vec(ring(5.0), 1..4), seeds in seeds()) {
        if let Ok(layer) = Layer::new(vec![Zone { rings }]) {
            probe(&layer, &seeds);
        }
    }

    #[test]
    fn tiny_polygons(rings in prop::collection::vec(ring(4e-7), 1..3), seeds in seeds()) {
        if let Ok(layer) = Layer::new(vec![Zone { rings }]) {
            probe(&layer, &seeds);
        }
    }

    #[test]
    fn many_zones(rings in prop::collection::vec(ring(3.0), 1..30), seeds in seeds()) {
        let zones = rings.into_iter().map(|ring| Zone { rings: vec![ring] });
        if let Ok(layer) = Layer::new(zones.collect()) {
            probe(&layer, &seeds);
        }
    }
}

fn star(vertices: u32) -> Layer {
    let point = |i: u32| {
        let (sin, cos) = (f64::from(i) / f64::from(vertices) * std::f64::consts::TAU).sin_cos();
        let radius = 2.0 + 0.1 * f64::from(i * 7919 % 101) / 101.0;
        [7.0 + radius * cos, 50.0 + radius * sin]
    };
    layer(vec![(0..vertices).map(point).collect()])
}

/// Points that are uniform in the star's box.
fn uniform(count: u32) -> impl Iterator<Item = (f64, f64)> {
    let mut state = 7u64;
    (0..count).map(move |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let [a, b] = [state >> 40, (state >> 16) & 0xff_ffff]
            .map(|v| f64::from(u32::try_from(v).expect("24 bits")) / f64::from(1 << 24));
        (4.9 + 4.2 * a, 47.9 + 4.2 * b)
    })
}

#[test]
fn few_rows_are_left_open() {
    let layer = star(500);
    let points = uniform(200_000);
    let open = points.filter(|&(lon, lat)| agree(&layer, lon, lat)).count();
    assert!(open < 20, "{open} of 200 000");
}

/// `cargo test --release -p graticule-geo --test layer -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "the measurement")]
fn nanoseconds_a_row() {
    let (x, y): (Vec<u32>, Vec<u32>) = uniform(1 << 20)
        .map(|(lon, lat)| (x_of_lon(lon), y_of_lat(lat)))
        .unzip();
    let mut codes = vec![0; 1024];
    for vertices in [10, 1_000, 10_000, 100_000] {
        let begin = std::time::Instant::now();
        let layer = star(vertices);
        let built = begin.elapsed();
        let mut best = f64::MAX;
        for _ in 0..9 {
            let begin = std::time::Instant::now();
            for (x, y) in x.chunks(1024).zip(y.chunks(1024)) {
                graticule_geo::layer::codes(layer.words(), x, y, &mut codes[..x.len()]);
            }
            best = best.min(begin.elapsed().as_secs_f64());
        }
        let nanos = best * 1e9 / f64::from(1 << 20);
        println!(
            "{vertices} vertices: {nanos:.2} ns a row, built in {built:?}, {} words",
            layer.words().len()
        );
    }
}
