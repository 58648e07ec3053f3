//! How long a row takes: `cargo test --release -p graticule-geo --test suite layer_speed -- --ignored --nocapture`.

use graticule_geo::layer::{UNDECIDED, codes};
use graticule_geo::{Layer, Zone, x_of_lon, y_of_lat};
use std::time::Instant;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// A star about Beijing of two degrees; `waves` around, `noise` of the radius at every vertex.
fn star(vertices: u32, waves: f64, noise: f64) -> Zone {
    let mut random = Random(7);
    let vertex = |i: u32| {
        let turn = f64::from(i) / f64::from(vertices) * std::f64::consts::TAU;
        let wave = 0.2 * (waves * turn).sin() + 0.05 * (7.3 * waves * turn).sin();
        let radius = 0.75 + wave + noise * (random.next() - 0.5);
        [116.0 + radius * turn.cos(), 40.0 + radius * turn.sin()]
    };
    Zone {
        rings: vec![(0..vertices).map(vertex).collect()],
    }
}

/// A map of `side * side` wavy quadrilaterals of about 100 vertices that share borders.
fn map(side: u32) -> Vec<Zone> {
    let at = |u: f64, v: f64| {
        let shift = 0.03 * ((9.0 * u).sin() + (11.0 * v).sin());
        [100.0 + 0.3 * (u + shift), 20.0 + 0.3 * (v - shift)]
    };
    let quad = |k: u32| {
        let (i, j) = (f64::from(k / side), f64::from(k % side));
        let steps = (0..25).map(|s| f64::from(s) / 25.0);
        let mut ring = Vec::new();
        ring.extend(steps.clone().map(|s| at(i + s, j)));
        ring.extend(steps.clone().map(|s| at(i + 1.0, j + s)));
        ring.extend(steps.clone().map(|s| at(i + 1.0 - s, j + 1.0)));
        ring.extend(steps.map(|s| at(i, j + 1.0 - s)));
        Zone { rings: vec![ring] }
    };
    (0..side * side).map(quad).collect()
}

#[expect(clippy::print_stderr, reason = "the figures are the result")]
fn measure(name: &str, zones: Vec<Zone>) {
    let start = Instant::now();
    let layer = Layer::new(zones).expect("zones that can be used");
    let built = start.elapsed();
    let [w, s, e, n] = layer.bounds();
    let mut random = Random(1);
    let rows = 1 << 19;
    let x: Vec<u32> = (0..rows)
        .map(|_| x_of_lon(w + (e - w) * random.next()))
        .collect();
    let y: Vec<u32> = (0..rows)
        .map(|_| y_of_lat(s + (n - s) * random.next()))
        .collect();
    let mut out = vec![0; 1024];
    let (mut best, mut inside, mut undecided) = (f64::MAX, 0u64, 0u64);
    for _ in 0..25 {
        (inside, undecided) = (0, 0);
        let start = Instant::now();
        for (x, y) in x.chunks_exact(1024).zip(y.chunks_exact(1024)) {
            codes(layer.words(), x, y, &mut out);
            std::hint::black_box(&mut out);
        }
        best = best.min(start.elapsed().as_secs_f64());
        for (x, y) in x.chunks_exact(1024).zip(y.chunks_exact(1024)) {
            codes(layer.words(), x, y, &mut out);
            inside += out.iter().map(|&code| u64::from(code != 0)).sum::<u64>();
            undecided += out
                .iter()
                .map(|&code| u64::from(code == UNDECIDED))
                .sum::<u64>();
        }
    }
    eprintln!(
        "{name}: {:.2} ns a row; built in {:.0} ms, {:.1} MB, extents {:?}; inside {:.3}, undecided {:.2e}",
        best * 1e9 / f64::from(rows),
        built.as_secs_f64() * 1e3,
        layer.words().len() as f64 * 4e-6,
        layer.extents(),
        inside as f64 / f64::from(rows),
        undecided as f64 / f64::from(rows),
    );
}

#[test]
#[ignore = "prints figures, asserts nothing"]
fn nanoseconds_a_row() {
    measure("square", vec![star(4, 0.0, 0.0)]);
    measure("star 100", vec![star(100, 9.0, 0.0)]);
    for vertices in [10_000, 100_000] {
        measure(
            &format!("wavy star {vertices}"),
            vec![star(vertices, 31.0, 0.0)],
        );
        measure(
            &format!("star with 1 % noise {vertices}"),
            vec![star(vertices, 31.0, 0.01)],
        );
        measure(
            &format!("star with 5 % noise {vertices}"),
            vec![star(vertices, 31.0, 0.05)],
        );
        measure(
            &format!("star of spikes {vertices}"),
            vec![star(vertices, 31.0, 0.4)],
        );
    }
    measure("wavy star 1000000", vec![star(1_000_000, 31.0, 0.0)]);
    measure("map of 3025 zones", map(55));
    measure("map of 400 zones", map(20));
}
