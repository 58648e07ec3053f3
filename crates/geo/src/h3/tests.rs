use super::*;
use h3o::CellIndex;
use plane::FACES;
use proptest::prelude::*;

fn ask(lon: f64, lat: f64, resolution: u8) -> u64 {
    let resolution = Resolution::try_from(resolution).expect("a resolution");
    LatLng::new(lat, lon)
        .expect("a point")
        .to_cell(resolution)
        .into()
}

/// Asks often enough for a polygon, with each answer held against h3o's.
fn check(cells: &mut Cells, resolution: u8, points: &[[f64; 2]]) {
    for &[lon, lat] in points {
        let lon = if lon > 180.0 {
            lon - 360.0
        } else if lon < -180.0 {
            lon + 360.0
        } else {
            lon
        };
        let lat = lat.clamp(-90.0, 90.0);
        assert_eq!(
            cells.cell(lon, lat),
            ask(lon, lat, resolution),
            "{resolution}: {lon} {lat}"
        );
    }
}

/// The cell's centre, as often as it needs to be learnt, and points on, in and about its rim.
fn around(cell: u64, shares: &[f64]) -> Vec<[f64; 2]> {
    let ring = boundary(cell);
    let centre = LatLng::from(CellIndex::try_from(cell).expect("a cell"));
    let centre = [centre.lng(), centre.lat()];
    let between = |a: [f64; 2], b: [f64; 2], share: f64| {
        let turn = if b[0] - a[0] > 180.0 {
            -360.0
        } else if b[0] - a[0] < -180.0 {
            360.0
        } else {
            0.0
        };
        [
            a[0] + (b[0] + turn - a[0]) * share,
            a[1] + (b[1] - a[1]) * share,
        ]
    };
    let mut points = vec![centre; 5];
    for pair in ring.windows(2) {
        for &share in shares {
            let rim = between(pair[0], pair[1], share);
            for near in [
                0.3,
                0.8,
                0.97,
                0.992,
                0.995,
                0.998,
                0.999,
                0.999_99,
                0.999_999_9,
                1.0,
                1.000_000_1,
                1.000_01,
                1.001,
                1.03,
                1.3,
            ] {
                points.push(between(centre, rim, near));
            }
        }
    }
    points
}

#[test]
fn literals() {
    let mut cells = Cells::new(5).expect("a resolution");
    // h3geo.org's own example.
    assert_eq!(
        text(
            Cells::new(9)
                .expect("a resolution")
                .cell(-122.418_306_8, 37.775_279_9)
        ),
        "8928308280fffff"
    );
    assert_eq!(text(cells.cell(2.349_014, 48.864_716)), "851fb467fffffff");
    assert_eq!(cells.cell(f64::NAN, 0.0), 0);
    assert_eq!(cells.cell(0.0, 90.5), 0);
    assert_eq!(Cells::new(16).err(), Some(GeoError::Resolution(16)));
    let ring = boundary(0x0851_fb46_7fff_ffff);
    assert_eq!((ring.len(), ring[0]), (7, ring[6]));
    assert!(boundary(7).is_empty());
}

#[test]
fn pentagons_poles_and_the_antimeridian() {
    for r in 0..=15 {
        let mut cells = Cells::new(r).expect("a resolution");
        let resolution = Resolution::try_from(r).expect("a resolution");
        let pentagons = resolution.pentagons().map(u64::from);
        let neighbours: Vec<u64> = resolution
            .pentagons()
            .flat_map(|p| p.grid_disk::<Vec<_>>(2))
            .map(u64::from)
            .collect();
        let others = [
            [0.0, 90.0],
            [0.0, -90.0],
            [180.0, 10.0],
            [-180.0, -37.0],
            [180.0, 65.0],
            [7.0, 81.0],
        ];
        let others = others.map(|[lon, lat]| ask(lon, lat, r));
        for cell in pentagons.chain(neighbours).chain(others) {
            check(&mut cells, r, &around(cell, &[0.0, 0.37, 0.5]));
        }
    }
}

/// Where two or three faces are equally near, and a little beside.
#[test]
fn rims_of_faces() {
    let corners = FACES.iter().enumerate().flat_map(|(place, one)| {
        let near =
            |other: &&[f64; 3]| one.iter().zip(*other).map(|(a, b)| a * b).sum::<f64>() > 0.7;
        let others = FACES[..place].iter().filter(near);
        others.map(move |other| [0, 1, 2].map(|axis| one[axis] + other[axis]))
    });
    let corners: Vec<_> = corners.collect();
    assert_eq!(corners.len(), 30);
    let beside = [0.0, 1e-16, 1e-12, 1e-10, 1e-9, 3e-9, 1e-7, 1e-4, 0.02];
    for r in 0..=15 {
        let mut cells = Cells::new(r).expect("a resolution");
        for [x, y, z] in &corners {
            let (lon, lat) = (
                y.atan2(*x).to_degrees(),
                (z / x.hypot(*y).hypot(*z)).asin().to_degrees(),
            );
            for by in beside {
                let points = [
                    [lon + by, lat],
                    [lon - by, lat],
                    [lon, lat + by],
                    [lon, lat - by],
                ];
                check(&mut cells, r, &points);
            }
        }
    }
}

/// There h3o loses the most digits of a distance.
#[test]
fn centres_of_faces() {
    let centres = [
        [
            0.2199307791404606,
            0.6583691780274996,
            0.7198475378926182f64,
        ],
        [-0.2139234834501421, 0.1478171829550703, 0.9656017935214205],
        [0.8512303986474293, 0.4722343788582681, -0.2289137388687808],
    ];
    for [x, y, z] in centres {
        let (lon, lat) = (f64::atan2(y, x).to_degrees(), z.asin().to_degrees());
        for r in 10..=15 {
            let mut cells = Cells::new(r).expect("a resolution");
            let centre = CellIndex::try_from(ask(lon, lat, r)).expect("a cell");
            for cell in centre.grid_disk::<Vec<_>>(1) {
                let shares: Vec<f64> = (0..50).map(|i| f64::from(i) / 50.0).collect();
                check(&mut cells, r, &around(cell.into(), &shares));
            }
        }
    }
}

/// The planes have to decide, and not only to be right.
#[test]
fn most_points_are_decided() {
    for r in 0..=15 {
        let resolution = Resolution::try_from(r).expect("a resolution");
        let mut planes = Planes::new(resolution);
        let (mut decided, mut all) = (0, 0);
        for step in 0..20_000 {
            // Over the sphere by the golden angle.
            let lon = (f64::from(step) * 137.507_764) % 360.0 - 180.0;
            let lat = (f64::from(step) / 10_000.0 - 1.0).asin().to_degrees();
            all += 1;
            decided += i32::from(planes.hexagon(lon, lat).is_some());
        }
        let least = if r < 13 { 0.995 } else { 0.97 };
        assert!(
            f64::from(decided) > least * f64::from(all),
            "{r}: {decided}"
        );
    }
}

#[test]
fn a_learnt_base_cell_answers_at_once() {
    let mut cells = Cells::new(9).expect("a resolution");
    assert_eq!(cells.roots.iter().filter(|known| **known > 0).count(), 0);
    let one = cells.cell(116.3, 39.9);
    assert_eq!(cells.roots.iter().filter(|known| **known > 0).count(), 1);
    assert_eq!(one, ask(116.3, 39.9, 9));
    // Another cell far away in the same base cell.
    assert_eq!(cells.cell(116.9, 40.3), ask(116.9, 40.3, 9));
    assert_eq!(cells.roots.iter().filter(|known| **known > 0).count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn as_h3o(
        r in 0u8..=15, places in prop::collection::vec((-180.0..=180.0f64, -1.0..=1.0f64), 12),
        shares in prop::collection::vec(0.0..1.0f64, 4), steps in prop::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 64),
    ) {
        let mut cells = Cells::new(r).expect("a resolution");
        for (lon, sine) in places {
            let lat = sine.asin().to_degrees();
            check(&mut cells, r, &around(ask(lon, lat, r), &shares));
            let step = 5.0 / 7f64.powf(f64::from(r) / 2.0);
            let (mut x, mut y) = (lon, lat);
            for (dx, dy) in &steps {
                (x, y) = (x + dx * step, (y + dy * step).clamp(-90.0, 90.0));
                x = if x > 180.0 { x - 360.0 } else if x < -180.0 { x + 360.0 } else { x };
                check(&mut cells, r, &[[x, y]]);
            }
        }
    }
}

#[test]
#[ignore = "a measurement, for a release build"]
#[expect(clippy::print_stdout, reason = "what it is for")]
fn how_long() {
    const ROWS: usize = 1_000_000;
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).expect("32 bits")) / 4_294_967_296.0
    };
    let uniform: Vec<_> = (0..ROWS)
        .map(|_| (116.2 + random() * 0.351, 39.8 + random() * 0.27))
        .collect();
    // One second at some 10 m/s, with turns, and 3 m of noise.
    let (mut lon, mut lat, mut course) = (116.3, 39.9, 0.0f64);
    let walk: Vec<_> = (0..ROWS)
        .map(|_| {
            course += (random() - 0.5) * 0.5;
            if (lon - 116.3f64).abs() > 0.17 || (lat - 39.9f64).abs() > 0.13 {
                course += 0.3;
            }
            (lon, lat) = (lon + 1.2e-4 * course.sin(), lat + 0.9e-4 * course.cos());
            (lon + (random() - 0.5) * 7e-5, lat + (random() - 0.5) * 5e-5)
        })
        .collect();
    for (name, points) in [("walk", &walk), ("uniform", &uniform)] {
        for r in [7, 9, 11] {
            let start = std::time::Instant::now();
            let direct = points
                .iter()
                .fold(0, |sum, &(lon, lat)| sum ^ ask(lon, lat, r));
            let direct = (direct, start.elapsed());
            let mut cells = Cells::new(r).expect("a resolution");
            let mut times = [direct.1; 2];
            for time in &mut times {
                let start = std::time::Instant::now();
                let memo = points
                    .iter()
                    .fold(0, |sum, &(lon, lat)| sum ^ cells.cell(lon, lat));
                *time = start.elapsed();
                assert_eq!(memo, direct.0);
            }
            println!(
                "{name} at {r}, ns a row: h3o {}, memo {} and again {}",
                direct.1.as_nanos() / 1_000_000,
                times[0].as_nanos() / 1_000_000,
                times[1].as_nanos() / 1_000_000
            );
        }
    }
}
