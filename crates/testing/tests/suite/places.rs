//! Polygons, circles and prefixes, worked out by hand.

use graticule_testing::{Feature, OracleError, Question, Ring, Table, answer, distance};

const NAN: f64 = f64::NAN;

fn points(points: &[(f64, f64)]) -> Table {
    let (lon, lat) = points.iter().map(|&(x, y)| (Some(x), Some(y))).unzip();
    Table::new(lon, lat, vec![None; points.len()], vec![])
}

fn passes(question: &Question, point: (f64, f64)) -> bool {
    let answer = answer(&points(&[point]), question).expect("the question fits");
    answer.rows_matched == 1
}

fn within(features: Vec<Feature>) -> impl Fn(f64, f64) -> bool {
    let polygons = vec![features];
    let question = Question {
        polygons,
        ..Question::default()
    };
    move |lon, lat| passes(&question, (lon, lat))
}

fn square(west: f64, south: f64, side: f64) -> Ring {
    let (east, north) = (west + side, south + side);
    vec![[west, south], [east, south], [east, north], [west, north]]
}

#[test]
fn a_square_holds_its_western_and_southern_edges() {
    let inside = within(vec![vec![square(0.0, 10.0, 4.0)]]);
    assert!(inside(2.0, 12.0));
    assert!(inside(0.0, 12.0) && !inside(-5e-324, 12.0));
    assert!(!inside(4.0, 12.0) && inside(4.0f64.next_down(), 12.0));
    assert!(inside(2.0, 10.0) && !inside(2.0, 10.0f64.next_down()));
    assert!(!inside(2.0, 14.0) && inside(2.0, 14.0f64.next_down()));
    assert!(inside(0.0, 10.0), "the corner of both");
    assert!(!inside(4.0, 10.0) && !inside(0.0, 14.0) && !inside(4.0, 14.0));
    assert!(inside(-0.0, 12.0), "-0.0 equals 0.0");
}

#[test]
fn a_ring_may_be_closed_or_not_and_run_either_way() {
    let mut closed = square(0.0, 0.0, 4.0);
    closed.push(closed[0]);
    let reversed = closed.iter().rev().copied().collect();
    for ring in [closed, reversed] {
        let inside = within(vec![vec![ring]]);
        assert!(inside(0.0, 0.0) && inside(1.0, 1.0) && !inside(4.0, 1.0) && !inside(5.0, 1.0));
    }
}

#[test]
fn an_edge_is_met_exactly() {
    // West of the edge from (0, 0) to (5, 1). The f64 0.2 is 0.2000000000000000111, so the edge is at
    // 1.0000000000000000555 there, and 1 is west of it. In floats 5 * 0.2 is 1, and 1 would be on it.
    let inside = within(vec![vec![vec![[0.0, 0.0], [5.0, 1.0], [0.0, 1.0]]]]);
    assert!(inside(1.0, 0.2));
    assert!(!inside(1.0f64.next_up(), 0.2));
    assert!(!inside(2.5, 0.5), "on it");
    // East of the edge from (0, 0) to (4, 4), which is a western one.
    let inside = within(vec![vec![vec![[0.0, 0.0], [4.0, 4.0], [4.0, 0.0]]]]);
    assert!(inside(2.0, 2.0) && !inside(2.0f64.next_down(), 2.0) && inside(3.0, 2.0));
    // Numbers a thousand binary places apart.
    let inside = within(vec![vec![vec![
        [0.0, -5e-324],
        [5e-324, 90.0],
        [-180.0, 90.0],
    ]]]);
    assert!(inside(0.0, 1.0) && !inside(5e-324, 1.0));
}

#[test]
fn a_vertex_counts_once() {
    // A diamond about (0, 0): the ray from a point at the height of its western and eastern vertices meets one edge.
    let inside = within(vec![vec![vec![
        [-2.0, 0.0],
        [0.0, -2.0],
        [2.0, 0.0],
        [0.0, 2.0],
    ]]]);
    assert!(inside(0.0, 0.0) && !inside(-3.0, 0.0) && !inside(3.0, 0.0));
    assert!(inside(-2.0, 0.0) && !inside(2.0, 0.0), "west in, east out");
    assert!(inside(0.0, -2.0f64.next_down()) && !inside(0.0, 2.0));
}

#[test]
fn rings_of_a_feature_are_even_odd_and_features_a_union() {
    let hole = vec![square(0.0, 0.0, 6.0), square(2.0, 2.0, 2.0)];
    let inside = within(vec![hole.clone()]);
    assert!(inside(1.0, 1.0) && !inside(3.0, 3.0) && inside(5.0, 5.0));
    assert!(!inside(2.0, 2.0), "the hole holds its own corner");
    assert!(inside(4.0, 3.0), "and not its eastern edge");
    let inside = within(vec![hole, vec![square(3.0, 3.0, 4.0)]]);
    assert!(inside(3.0, 3.0) && !inside(2.5, 2.5) && inside(6.5, 6.5));
    // A figure of eight.
    let inside = within(vec![vec![vec![
        [0.0, 0.0],
        [4.0, 4.0],
        [4.0, 0.0],
        [0.0, 4.0],
    ]]]);
    assert!(inside(1.0, 2.0) && inside(3.5, 2.0) && !inside(2.0, 1.0) && !inside(2.0, 3.0));
}

#[test]
fn all_polygon_filters_must_hold_and_one_without_features_never_does() {
    let question = |polygons| Question {
        polygons,
        ..Question::default()
    };
    let (a, b) = (vec![square(0.0, 0.0, 4.0)], vec![square(2.0, 2.0, 4.0)]);
    let both = question(vec![vec![a.clone()], vec![b]]);
    assert!(passes(&both, (3.0, 3.0)) && !passes(&both, (1.0, 1.0)));
    assert!(!passes(&question(vec![vec![]]), (0.0, 0.0)));
    let wrong = question(vec![vec![vec![vec![[0.0, NAN]]]]]);
    assert!(matches!(
        answer(&points(&[]), &wrong),
        Err(OracleError::Position { .. })
    ));
}

#[test]
fn distances_on_the_sphere() {
    // A degree of the equator is 6371008.8 * pi / 180 metres.
    assert!((distance(0.0, 0.0, 1.0, 0.0) - 111_195.080_233_532_92).abs() < 1e-8);
    assert!((distance(7.0, 0.0, 7.0, 90.0) - 10_007_557.221_017_962).abs() < 1e-7);
    assert!((distance(0.0, 0.0, 180.0, 0.0) - 20_015_114.442_035_924).abs() < 1e-7);
    assert!((distance(179.5, 0.0, -179.5, 0.0) - 111_195.080_233_532_92).abs() < 1e-6);
    assert!(distance(33.0, 44.0, 33.0, 44.0) == 0.0);
}

#[test]
fn a_circle_holds_its_rim() {
    let near = |metres| {
        move |point| {
            let near = vec![[0.0, 0.0, metres]];
            passes(
                &Question {
                    near,
                    ..Question::default()
                },
                point,
            )
        }
    };
    assert!(near(111_195.081)((1.0, 0.0)) && !near(111_195.08)((0.0, 1.0)));
    let rim = distance(0.0, 0.0, 3.0, 4.0);
    assert!(near(rim)((3.0, 4.0)) && !near(rim.next_down())((3.0, 4.0)));
    assert!(near(0.0)((0.0, 0.0)) && !near(0.0)((1e-9, 0.0)));
    for near in [
        [0.0, 91.0, 1.0],
        [181.0, 0.0, 1.0],
        [0.0, 0.0, -1.0],
        [0.0, 0.0, NAN],
    ] {
        let question = Question {
            near: vec![near],
            ..Question::default()
        };
        let error = answer(&points(&[]), &question).expect_err("no circle");
        assert!(matches!(error, OracleError::Near { .. }), "{near:?}");
    }
}

#[test]
fn a_geohash_begins_with_one_of_the_prefixes() {
    let question = |lists: &[&[&str]]| Question {
        geohashes: lists
            .iter()
            .map(|list| list.iter().map(|&prefix| prefix.into()).collect())
            .collect(),
        ..Question::default()
    };
    let leon = (-5.6, 42.6); // ezs42...
    assert!(passes(&question(&[&["u", "ezs42"]]), leon));
    assert!(!passes(&question(&[&["ezs43", "z"]]), leon));
    assert!(passes(&question(&[&["e"], &["ez"]]), leon));
    assert!(!passes(&question(&[&["e"], &["u"]]), leon));
    assert!(passes(&question(&[&["zzzzzzzzzzzz"]]), (180.0, 90.0)));
    for wrong in ["", "a", "EZS", "s000000000000", "é"] {
        let error = answer(&points(&[]), &question(&[&["e", wrong]])).expect_err("no prefix");
        assert!(matches!(error, OracleError::Prefix { .. }), "{wrong}");
    }
}
