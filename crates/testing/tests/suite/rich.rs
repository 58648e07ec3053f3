//! Rich questions and tables are what they promise: they fit, do not depend on the order of rows, and lie on edges.

use graticule_testing::strategies::{Shape, rich_case, rich_question, rich_table};
use graticule_testing::{
    Expression, Key, OracleError, Question, Table, answer, distance, tile_boundary,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn shape() -> Shape {
    Shape {
        partition: true,
        ..Shape::adversarial(60)
    }
}

fn samples<T: std::fmt::Debug>(strategy: BoxedStrategy<T>, n: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let tree = |_| strategy.new_tree(&mut runner).expect("no filter rejects");
    (0..n).map(tree).map(|tree| tree.current()).collect()
}

proptest! {
    #[test]
    fn order_and_layout_do_not_matter((table, mut question) in rich_case(shape()), seed: u64, parts in 1..9usize) {
        // Which rows are selected, and how they follow one another, is a matter of order.
        question.select = None;
        let expected = answer(&table, &question);
        let shuffled = table.shuffled(seed);
        prop_assert_eq!(&answer(&shuffled, &question), &expected);
        let whole = Table::concat(&shuffled.split(parts));
        prop_assert_eq!(&answer(&whole, &question), &expected);
    }

    #[test]
    fn the_only_error_is_an_overflow((table, question) in rich_case(shape())) {
        let answer = answer(&table, &question);
        let fits = matches!(&answer, Ok(_) | Err(OracleError::SumOverflow { .. }));
        prop_assert!(fits, "{:?}", answer);
        if let Ok(answer) = answer {
            prop_assert_eq!(answer.difference(&answer.rows), None);
        }
    }

    #[test]
    fn far_times_fit_too((table, question) in rich_case(Shape { extreme_times: true, ..shape() })) {
        let answer = answer(&table, &question);
        let fits = matches!(&answer, Ok(_) | Err(OracleError::SumOverflow { .. }));
        prop_assert!(fits, "{:?}", answer);
    }

    /// A point is in one of two features, or neither or both: even-odd over all their rings is their difference.
    #[test]
    fn rings_together_are_the_difference((table, question) in rich_case(shape())) {
        let features: Vec<_> = question.polygons.into_iter().flatten().collect();
        let [a, b, ..] = features.as_slice() else { return Ok(()) };
        let matched = |polygons| {
            let question = Question { polygons, ..Question::default() };
            answer(&table, &question).expect("it fits").rows_matched
        };
        let both = matched(vec![vec![a.clone()], vec![b.clone()]]);
        let either = matched(vec![vec![a.clone(), b.clone()]]);
        prop_assert_eq!(matched(vec![vec![[a.clone(), b.clone()].concat()]]), either - both);
    }

    /// The conditions of which one is true of a row that a condition is not unknown of.
    #[test]
    fn a_condition_is_true_false_or_unknown((table, question) in rich_case(shape())) {
        let Some(expression) = question.expression else { return Ok(()) };
        let matched = |expression| {
            let question = Question { expression, ..Question::default() };
            answer(&table, &question).expect("it fits").rows_matched
        };
        let not = |inner: &Expression| Expression::Not(Box::new(inner.clone()));
        let excluded = Expression::Or(Box::new(expression.clone()), Box::new(not(&expression)));
        let sum = matched(Some(expression.clone())) + matched(Some(not(&expression)));
        prop_assert_eq!(matched(Some(excluded)), sum);
        prop_assert!(sum <= matched(None));
        prop_assert_eq!(matched(Some(not(&not(&expression)))), matched(Some(expression)));
    }
}

/// Whether a row of tiles begins there: found bit by bit, as boundaries go south.
fn is_boundary(zoom: u8, lat: f64) -> bool {
    let row = (0..zoom).rev().fold(0, |row, bit| {
        let further = row | 1 << bit;
        if tile_boundary(zoom, further) >= lat {
            further
        } else {
            row
        }
    });
    tile_boundary(zoom, row) == lat
}

#[test]
fn points_lie_on_vertices_rims_and_boundaries() {
    let (mut vertices, mut rims, mut boundaries, mut matched, mut zoned) = (0, 0, 0, 0, 0);
    for (table, question) in samples(rich_case(shape()), 400) {
        let points: Vec<[f64; 2]> = table
            .lon
            .iter()
            .zip(&table.lat)
            .filter_map(|(lon, lat)| Some([(*lon)?, (*lat)?]))
            .collect();
        let corners = question.polygons.iter().flatten().flatten().flatten();
        let corners: Vec<_> = corners.collect();
        vertices += usize::from(points.iter().any(|point| corners.contains(&point)));
        let on_rim = |[lon, lat]: &[f64; 2]| {
            question.near.iter().any(|&[x, y, metres]| {
                let beside = [lat.next_down(), lat.next_up()].map(|lat| distance(x, y, *lon, lat));
                beside.iter().any(|far| *far > metres) && beside.iter().any(|far| *far <= metres)
            })
        };
        rims += usize::from(points.iter().any(on_rim));
        for key in &question.keys {
            if let &Key::Tile(zoom) = key {
                let on_boundary = |[_, lat]: &[f64; 2]| is_boundary(zoom, *lat);
                boundaries += usize::from(points.iter().any(on_boundary));
            }
            zoned += usize::from(matches!(key, Key::Zone { .. }));
        }
        if let Ok(answer) = answer(&table, &question) {
            matched += usize::from(answer.rows_matched > 0);
        }
    }
    assert!(vertices > 80, "{vertices} with a point on a vertex");
    assert!(rims > 30, "{rims} with a point on a circle's rim");
    assert!(
        boundaries > 20,
        "{boundaries} with a point on a tile's boundary"
    );
    assert!(
        matched > 150 && zoned > 20,
        "{matched} with a match, {zoned} with zones"
    );
}

#[test]
fn tame_questions_meet_tame_tables() {
    let table = rich_table(3000, 1, true);
    assert_eq!(
        table.to_record_batch(),
        rich_table(3000, 1, true).to_record_batch()
    );
    let questions = samples(
        rich_question(Shape {
            partition: true,
            ..Shape::tame(3000)
        }),
        60,
    );
    let meets =
        |question: &&Question| answer(&table, question).expect("no overflow").rows_matched > 0;
    let met = questions.iter().filter(meets).count();
    assert!(met > 20, "{met}");
}
