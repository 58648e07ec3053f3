//! What counts and what matches, worked out by hand.

use graticule_testing::{Comparison, Literal, Op, OracleError, Question, Table, Values, answer};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

fn points(points: &[(f64, f64)]) -> Table {
    let (lon, lat) = points.iter().map(|&(x, y)| (Some(x), Some(y))).unzip();
    Table::new(lon, lat, vec![None; points.len()], vec![])
}

fn numbers(values: Values) -> Table {
    let n = values.len();
    Table::new(
        vec![Some(0.0); n],
        vec![Some(0.0); n],
        vec![None; n],
        vec![("v".into(), values)],
    )
}

fn matched(table: &Table, question: &Question) -> usize {
    answer(table, question)
        .expect("the question fits")
        .rows_matched
}

fn in_box(bbox: [f64; 4], (lon, lat): (f64, f64)) -> bool {
    matched(
        &points(&[(lon, lat)]),
        &Question {
            bbox: vec![bbox],
            ..Question::default()
        },
    ) == 1
}

fn holds(values: Values, op: Op, literal: Literal) -> usize {
    let comparisons = vec![Comparison {
        column: "v".into(),
        op,
        literal,
    }];
    matched(
        &numbers(values),
        &Question {
            comparisons,
            ..Question::default()
        },
    )
}

#[test]
fn a_row_off_the_earth_counts_nowhere() {
    let mut table = points(&[
        (180.0, 90.0),
        (-180.0, -90.0),
        (-0.0, 5e-324),
        (180.0f64.next_up(), 0.0),
        (0.0, (-90.0f64).next_down()),
        (NAN, 0.0),
        (0.0, INF),
        (-INF, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ]);
    table.lon[8] = None;
    table.lat[9] = None;
    let answer = answer(&table, &Question::default()).expect("no filter");
    assert_eq!((answer.rows_matched, answer.rows_invalid), (3, 7));
}

#[test]
fn a_box_includes_its_edges() {
    let bbox = [-5.5, 10.0, 7.25, 20.0];
    assert!(in_box(bbox, (-5.5, 10.0)) && in_box(bbox, (7.25, 20.0)) && in_box(bbox, (0.0, 15.0)));
    assert!(
        !in_box(bbox, ((-5.5f64).next_down(), 15.0)) && !in_box(bbox, (7.25f64.next_up(), 15.0))
    );
    assert!(!in_box(bbox, (0.0, 10.0f64.next_down())) && !in_box(bbox, (0.0, 20.0f64.next_up())));
    assert!(in_box([0.0; 4], (-0.0, 0.0)), "-0.0 equals 0.0");
}

#[test]
fn a_box_crosses_the_antimeridian_where_west_is_greater() {
    let bbox = [170.0, -10.0, -170.0, 10.0];
    assert!(
        [170.0, 180.0, -180.0, -170.0]
            .iter()
            .all(|&lon| in_box(bbox, (lon, 0.0)))
    );
    assert!(
        !in_box(bbox, (169.9, 0.0)) && !in_box(bbox, (-169.9, 0.0)) && !in_box(bbox, (0.0, 0.0))
    );
    assert!(
        !in_box([170.0, -10.0, 180.0, 10.0], (-180.0, 0.0)),
        "-180 and 180 are different numbers"
    );
    assert!(
        in_box([180.0, -10.0, -180.0, 10.0], (-180.0, 0.0))
            && !in_box([180.0, -10.0, -180.0, 10.0], (179.0, 0.0))
    );
}

#[test]
fn all_boxes_must_hold() {
    let bbox = vec![[0.0, 0.0, 10.0, 10.0], [5.0, 5.0, 15.0, 15.0]];
    let table = points(&[(2.0, 2.0), (7.0, 7.0), (12.0, 12.0)]);
    assert_eq!(
        matched(
            &table,
            &Question {
                bbox,
                ..Question::default()
            }
        ),
        1
    );
}

#[test]
fn a_box_that_is_none_is_an_error() {
    for bbox in [
        [0.0, 1.0, 1.0, 0.0],
        [-180.1, 0.0, 0.0, 1.0],
        [0.0, 0.0, 1.0, 90.1],
        [NAN, 0.0, 1.0, 1.0],
    ] {
        let question = Question {
            bbox: vec![bbox],
            ..Question::default()
        };
        assert!(
            matches!(
                answer(&points(&[]), &question),
                Err(OracleError::Bbox { .. })
            ),
            "{bbox:?}"
        );
    }
}

#[test]
fn time_is_half_open_and_null_fails() {
    let time = vec![
        Some(i64::MIN),
        Some(-1),
        Some(0),
        Some(9),
        Some(10),
        Some(i64::MAX),
        None,
    ];
    let table = Table::new(vec![Some(0.0); 7], vec![Some(0.0); 7], time, vec![]);
    let count = |time| {
        matched(
            &table,
            &Question {
                time,
                ..Question::default()
            },
        )
    };
    assert_eq!(count(Some((Some(0), Some(10)))), 2);
    assert_eq!(count(Some((Some(0), None))), 4);
    assert_eq!(count(Some((None, Some(0)))), 2);
    assert_eq!(count(Some((None, Some(i64::MAX)))), 5);
    assert_eq!(count(Some((None, None))), 6);
    assert_eq!(count(None), 7);
}

#[test]
fn floats_compare_as_ieee_and_null_fails() {
    let values = || {
        Values::F64(vec![
            Some(-0.0),
            Some(0.0),
            Some(1.5),
            Some(NAN),
            Some(INF),
            None,
        ])
    };
    let zero = Literal::Int(0);
    assert_eq!(holds(values(), Op::Equal, zero), 2);
    assert_eq!(
        holds(values(), Op::NotEqual, zero),
        3,
        "NaN differs from everything"
    );
    assert_eq!(holds(values(), Op::Less, zero), 0);
    assert_eq!(holds(values(), Op::LessOrEqual, zero), 2);
    assert_eq!(holds(values(), Op::Greater, zero), 2);
    assert_eq!(holds(values(), Op::GreaterOrEqual, Literal::Float(1.5)), 2);
    assert_eq!(holds(values(), Op::NotEqual, Literal::Float(NAN)), 5);
    // 0.1f32 is 0.100000001490116...
    assert_eq!(
        holds(Values::F32(vec![Some(0.1)]), Op::Equal, Literal::Float(0.1)),
        0
    );
    assert_eq!(
        holds(
            Values::F32(vec![Some(0.1)]),
            Op::Greater,
            Literal::Float(0.1)
        ),
        1
    );
}

#[test]
fn integers_compare_exactly() {
    let big = (1i64 << 53) + 1;
    let values = || Values::I64(vec![Some(big - 1), Some(big), None]);
    assert_eq!(holds(values(), Op::Equal, Literal::Int(big)), 1);
    assert_eq!(
        holds(values(), Op::Equal, Literal::Float(9_007_199_254_740_992.0)),
        1
    );
    assert_eq!(holds(values(), Op::Less, Literal::Float(1e300)), 2);
    assert_eq!(holds(values(), Op::Greater, Literal::Float(-INF)), 2);
    assert_eq!(
        holds(
            Values::U64(vec![Some(u64::MAX)]),
            Op::Less,
            Literal::Float(18_446_744_073_709_551_616.0)
        ),
        1
    );
    assert_eq!(
        holds(
            Values::U64(vec![Some(u64::MAX)]),
            Op::Greater,
            Literal::Int(i64::MAX)
        ),
        1
    );
    let small = || Values::I32(vec![Some(-3), Some(-2), Some(2), Some(3)]);
    assert_eq!(holds(small(), Op::Greater, Literal::Float(2.5)), 1);
    assert_eq!(holds(small(), Op::Less, Literal::Float(-2.5)), 1);
    assert_eq!(holds(small(), Op::NotEqual, Literal::Float(2.5)), 4);
    assert_eq!(holds(small(), Op::NotEqual, Literal::Float(NAN)), 4);
    assert_eq!(holds(small(), Op::LessOrEqual, Literal::Float(NAN)), 0);
}
