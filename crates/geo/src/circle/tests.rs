mod cells;

use super::*;
use crate::x_of_lon;
use cells::Forms;

fn circle(lon: f64, lat: f64, metres: f64) -> Circle {
    Circle::new(lon, lat, metres).expect("a circle")
}

#[test]
fn literals() {
    // One degree of the equator, of a meridian, and half the circumference.
    let degree = EARTH_RADIUS * std::f64::consts::PI / 180.0;
    assert!((distance(0.0, 0.0, 1.0, 0.0) - degree).abs() < 1e-9);
    assert!((distance(10.0, 40.0, 10.0, 41.0) - degree).abs() < 1e-9);
    assert!((distance(0.0, 0.0, 180.0, 0.0) - 180.0 * degree).abs() < 1e-6);
    assert!((distance(-179.5, 0.0, 179.5, 0.0) - degree).abs() < 1e-7);
    // Paris to London: the f64 nearest to the exact distance, and the same bits everywhere.
    let far = distance(2.3522, 48.8566, -0.1276, 51.5072);
    assert_eq!(far, 343_530.339_998_571_4);
    let ours = circle(0.0, 0.0, degree * 1.000_001);
    assert!(ours.holds(1.0, 0.0) && ours.holds(0.0, -1.0) && !ours.holds(1.0, 0.1));
    assert!(
        !ours.holds(f64::NAN, 0.0) && !ours.holds(0.0, f64::INFINITY) && !ours.holds(361.0, 0.0)
    );
    let point = circle(-180.0, 12.5, 0.0);
    assert!(point.holds(-180.0, 12.5) && !point.holds(-180.0, 12.500_001));
    let world = Forms::new(circle(77.0, -3.0, 2.1e7));
    assert_eq!((world.rows, world.columns), ((0, u32::MAX), None));
    assert!(world.words[4..].iter().all(|&w| w == u32::MAX));
    assert_eq!(circle(0.0, 89.0, 200_000.0).columns(), None);
    let columns = circle(0.0, 0.0, degree).columns().expect("a range");
    assert!(columns.0.abs_diff(x_of_lon(-1.0)) < 3 && columns.1.abs_diff(x_of_lon(1.0)) < 3);
}

#[test]
fn text_and_refusals() {
    for (text, metres) in [
        ("1,2,500m", 500.0),
        ("1,2,2km", 2000.0),
        ("1,2, 2.3 km", 2300.0),
        ("1,2,1e1km", 10_000.0),
        ("1,2,1.5mi", 2414.016),
    ] {
        assert_eq!(text.parse(), Circle::new(1.0, 2.0, metres), "{text}");
    }
    for text in ["1,2,km", "1,2,5cm", "1,2,5,6", "1,2,infkm"] {
        assert!(text.parse::<Circle>().is_err(), "{text}");
    }
    let near: Circle = " 116.316, 39.988,500".parse().expect("a circle");
    assert_eq!(near, circle(116.316, 39.988, 500.0));
    assert_eq!(near.to_string(), "116.316,39.988,500");
    assert_eq!(<[f64; 3]>::from(near), [116.316, 39.988, 500.0]);
    assert!(matches!(
        "1,2".parse::<Circle>(),
        Err(GeoError::CircleSyntax(_))
    ));
    assert!(matches!(
        Circle::new(181.0, 0.0, 1.0),
        Err(GeoError::Longitude(_))
    ));
    assert!(matches!(
        Circle::new(0.0, f64::NAN, 1.0),
        Err(GeoError::Latitude(_))
    ));
    for metres in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            Circle::new(0.0, 0.0, metres),
            Err(GeoError::Metres(_))
        ));
    }
}

#[test]
fn pruning() {
    let near = circle(179.9, 0.0, 50_000.0);
    assert!(near.may_meet([-180.0, -179.8], [-1.0, 1.0]));
    assert!(!near.may_meet([-179.0, 179.0], [-1.0, 1.0]));
    assert!(!near.may_meet([179.0, 180.0], [1.0, 2.0]));
    // The corner of the circle's box.
    assert!(!near.may_meet([179.45, 179.48], [0.42, 0.45]));
    assert!(near.may_meet([f64::NAN, 0.0], [0.0, 0.0]));
    assert!(circle(0.0, 89.9, 50_000.0).may_meet([170.0, 180.0], [89.0, 90.0]));
}

#[test]
fn few_cells_are_on_the_edge() {
    for metres in [1000.0, 1221.0, 5000.0, 30_000.0, 100_000.0, 500_000.0] {
        for lat in [0.0, 39.9, -75.0] {
            let circle = circle(-179.99, lat, metres);
            let words = circle.words();
            let (first, last) = circle.rows();
            let widest = words[4..]
                .chunks(2)
                .map(|band| u64::from(band[0]))
                .max()
                .expect("a band");
            let edges: u64 = words[4..]
                .chunks(2)
                .map(|band| u64::from(band[0] - band[1]))
                .sum();
            let bands = (words.len() - 4) / 2;
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = edges as f64 / (widest as f64 * bands as f64);
            assert!(
                share < 1e-4,
                "{metres} m at {lat}: {share}, rows {first} to {last}"
            );
        }
    }
}

#[test]
#[ignore = "a measurement, for a release build"]
#[expect(clippy::print_stdout, reason = "what it is for")]
fn how_long() {
    for metres in [1000.0, 30_000.0, 500_000.0, 1.9e7] {
        let circle = circle(116.3, 39.9, metres);
        let start = std::time::Instant::now();
        let words = circle.words();
        let built = start.elapsed();
        let (first, last) = circle.rows();
        let step = (last - first) / 1_000_000;
        let x: Vec<u32> = (0..1_000_000u32)
            .map(|i| x_of_lon(116.3).wrapping_add(i << 8))
            .collect();
        let y: Vec<u32> = (0..1_000_000u32)
            .map(|i| first + (i * 77_777 % 1_000_000) * step)
            .collect();
        let (mut keep, mut edge) = (vec![1; x.len()], vec![0; x.len()]);
        let start = std::time::Instant::now();
        sides(&words, &x, &y, &mut keep, &mut edge);
        let rows = start.elapsed();
        let start = std::time::Instant::now();
        let held = (0..1_000_000)
            .filter(|&i| circle.holds(116.3, 39.9 + f64::from(i) * 1e-7))
            .count();
        println!(
            "{metres} m: {} words in {built:?}; sides {rows:?} and holds {:?} a million ({held})",
            words.len(),
            start.elapsed()
        );
    }
}
