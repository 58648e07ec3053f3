//! Variances, distinct values, quantiles, first and last values, worked out by hand.

use graticule_testing::Cell::{self, Float, Float32, Int, Null};
use graticule_testing::{
    Aggregate, OracleError, Question, Table, Tolerance, Values, answer, round_root,
};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const TINY: f64 = 5e-324;

fn v() -> String {
    "v".into()
}

fn table(times: &[Option<i64>], values: Values) -> Table {
    let n = values.len();
    Table::new(
        vec![Some(0.0); n],
        vec![Some(0.0); n],
        times.to_vec(),
        vec![(v(), values)],
    )
}

fn ask(values: Values, aggregate: Aggregate) -> Cell {
    let table = table(&vec![None; values.len()], values);
    let question = Question {
        aggregates: vec![aggregate],
        ..Question::default()
    };
    answer(&table, &question).expect("it fits").rows[0][0].clone()
}

fn floats(values: &[f64]) -> Values {
    Values::F64(values.iter().copied().map(Some).collect())
}

fn ints(values: &[i64]) -> Values {
    Values::I64(values.iter().copied().map(Some).collect())
}

/// Variance and deviation.
fn spread(values: Values) -> (Cell, Cell) {
    let variance = ask(values.clone(), Aggregate::Var(v()));
    (variance, ask(values, Aggregate::Stddev(v())))
}

#[test]
fn variances_are_exact_before_they_are_rounded() {
    // The squares of 1, 2, 4 are 21, their sum is 7: (3 * 21 - 49) / 6 = 7/3, whose root is 1.52752523165194666886...
    let expected = (Float(7.0 / 3.0), Float(1.527_525_231_651_946_8));
    assert_eq!(spread(ints(&[1, 2, 4])), expected);
    assert_eq!(spread(floats(&[1.0, 2.0, 4.0])), expected);
    assert_eq!(spread(floats(&[4.0, NAN, 1.0, 2.0])), expected);
    let single = Values::F32(vec![Some(1.0), None, Some(2.0), Some(4.0)]);
    assert_eq!(spread(single), expected);
    assert_eq!(spread(ints(&[5, 5])), (Float(0.0), Float(0.0)));
    // Twice one off the mean: no float near 1e16 holds the mean, 1e16 + 1.
    let root = Float(std::f64::consts::SQRT_2);
    assert_eq!(spread(floats(&[1e16, 1e16 + 2.0])), (Float(2.0), root));
    // Half of the square of 2^64 - 1 = 2^127 - 2^64 + 1/2, and its root (2^64 - 1) / sqrt 2.
    let (variance, deviation) = spread(ints(&[i64::MIN, i64::MAX]));
    assert_eq!(variance, Float(2f64.powi(127)));
    assert_eq!(
        deviation,
        Float(2f64.powi(64) * std::f64::consts::FRAC_1_SQRT_2)
    );
}

#[test]
fn a_deviation_is_no_root_of_a_rounded_variance() {
    // Of 0, 1 and 12 the variance is (3 * 145 - 169) / 6 = 133/3, its root 6.65832811847939297... The root of the f64
    // nearest to 133/3 rounds to 6.658328118479393.
    let (_, deviation) = spread(ints(&[0, 1, 12]));
    assert_eq!(deviation, Float(6.658_328_118_479_392_5));
    assert_eq!((133.0f64 / 3.0).sqrt(), 6.658_328_118_479_393);
}

#[test]
fn variances_at_the_ends() {
    // MAX, 0, -MAX: the squares are 2 MAX^2, the variance is MAX^2.
    assert_eq!(
        spread(floats(&[f64::MAX, 0.0, -f64::MAX])),
        (Float(INF), Float(f64::MAX))
    );
    assert_eq!(
        spread(floats(&[f64::MAX, -f64::MAX])),
        (Float(INF), Float(INF))
    );
    // TINY / sqrt 2 is nearer to TINY than to 0.
    assert_eq!(spread(floats(&[TINY, 0.0])), (Float(0.0), Float(TINY)));
    assert_eq!(spread(floats(&[1.0, INF])), (Float(NAN), Float(NAN)));
    assert_eq!(spread(floats(&[-INF, INF])), (Float(NAN), Float(NAN)));
    for few in [
        floats(&[]),
        floats(&[1.0]),
        floats(&[INF]),
        floats(&[1.0, NAN]),
    ] {
        assert_eq!(spread(few), (Null, Null));
    }
}

#[test]
fn roots_are_rounded_once() {
    let root = |n: u64, d: u64| round_root(&n.into(), &d.into());
    assert_eq!(
        (root(0, 7), root(9, 4), root(1, 1 << 20)),
        (0.0, 1.5, 2f64.powi(-10))
    );
    assert_eq!(root(2, 1).to_bits(), std::f64::consts::SQRT_2.to_bits());
    // (2^53 + 1)^2: the root is in the middle between two floats, and goes to the even one; one more is above it.
    let middle = num_bigint::BigUint::from((1u64 << 53) + 1);
    let square = &middle * &middle;
    assert_eq!(round_root(&square, &1u8.into()), 2f64.powi(53));
    assert_eq!(
        round_root(&(square + 1u8), &1u8.into()),
        2f64.powi(53) + 2.0
    );
    // The same 2^20 times as large, and above it by 2^-74 only.
    let square = num_bigint::BigUint::pow(&(middle << 20u8), 2) + 1u8;
    let above = (2f64.powi(53) + 2.0) * 2f64.powi(20);
    assert_eq!(round_root(&square, &1u8.into()), above);
}

#[test]
fn distinct_values() {
    let distinct = |values| ask(values, Aggregate::Distinct(v()));
    assert_eq!(distinct(ints(&[3, 1, 3, -1])), Int(3));
    assert_eq!(distinct(floats(&[0.0, -0.0, NAN, NAN, TINY, INF])), Int(3));
    assert_eq!(
        distinct(Values::F32(vec![Some(-0.0), Some(0.0), None])),
        Int(1)
    );
    let texts = ["a", "A", "", "a"].map(|text| Some(text.to_owned()));
    assert_eq!(distinct(Values::Text(texts.to_vec())), Int(3));
    assert_eq!(distinct(Values::Bool(vec![Some(true), None])), Int(1));
    assert_eq!(distinct(Values::I32(vec![None])), Int(0));
}

#[test]
fn quantiles_are_the_nearest_rank() {
    let quantile = |values: &[f64], q| ask(floats(values), Aggregate::Quantile(v(), q));
    let four = [40.0, 10.0, 30.0, NAN, 20.0];
    for (q, expected) in [
        (0.0, 10.0),
        (0.25, 10.0),
        (0.26, 20.0),
        (0.5, 20.0),
        (0.75, 30.0),
        (0.76, 40.0),
        (1.0, 40.0),
    ] {
        assert_eq!(quantile(&four, q), Float(expected), "{q}");
    }
    // 0.9 * 10 is 9 in f64.
    let ten: Vec<f64> = (1..=10).map(f64::from).collect();
    assert_eq!(quantile(&ten, 0.9), Float(9.0));
    assert_eq!(quantile(&[0.0, -0.0], 0.5), Float(-0.0));
    assert_eq!(quantile(&[NAN], 0.5), Null);
    assert_eq!(ask(ints(&[7, 9]), Aggregate::Quantile(v(), 0.5)), Int(7));
    let wrong = Question {
        aggregates: vec![Aggregate::Quantile(v(), 1.5)],
        ..Question::default()
    };
    assert_eq!(
        answer(&table(&[], floats(&[])), &wrong),
        Err(OracleError::Quantile { quantile: 1.5 })
    );
}

#[test]
fn first_and_last_are_the_smallest_of_their_time() {
    let ask = |rows: &[(Option<i64>, Option<f32>)]| {
        let (times, values): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        let question = Question {
            aggregates: vec![Aggregate::First(v()), Aggregate::Last(v())],
            ..Question::default()
        };
        answer(&table(&times, Values::F32(values)), &question)
            .expect("it fits")
            .rows[0]
            .clone()
    };
    let rows = [
        (Some(5), Some(2.0)),
        (Some(5), Some(0.0)),
        (Some(5), Some(-0.0)),
        (Some(4), None),
        (Some(4), Some(f32::NAN)),
        (Some(9), Some(8.0)),
        (Some(9), Some(7.0)),
        (Some(10), None),
        (None, Some(-1.0)),
    ];
    assert_eq!(ask(&rows), [Float32(-0.0), Float32(7.0)]);
    assert_eq!(ask(&rows[3..5]), [Null, Null]);
    assert_eq!(ask(&rows[8..]), [Null, Null]);
}

#[test]
fn approximations_are_held_to_their_bounds() {
    let allows = |tolerance: Tolerance, exact, other| tolerance.allows(&exact, &other);
    let (same, quantile) = (Tolerance::None, Tolerance::Quantile);
    assert!(allows(same, Int(7), Int(7)) && !allows(same, Int(7), Float(7.0)));
    assert!(!allows(same, Float(0.0), Float(-0.0)) && allows(same, Null, Null));
    assert!(allows(quantile, Float(-200.0), Float(-202.0)));
    assert!(!allows(quantile, Float(-200.0), Float(-202.1)));
    assert!(allows(quantile, Int(200), Float(198.0)) && !allows(quantile, Int(200), Null));
    assert!(allows(quantile, Float(0.0), Float(-0.0)) && !allows(quantile, Int(0), Float(TINY)));
    assert!(allows(quantile, Float(INF), Float(INF)) && !allows(quantile, Float(INF), Float(1.0)));
    assert!(!allows(quantile, Float(1.0), Float(INF)) && !allows(quantile, Float(1.0), Float(NAN)));
}

#[test]
fn a_difference_is_one_beyond_the_bounds() {
    let values: Vec<i64> = (0..2000).collect();
    let table = table(&vec![None; 2000], ints(&values));
    let question = Question {
        aggregates: vec![
            Aggregate::Count,
            Aggregate::Distinct(v()),
            Aggregate::Quantile(v(), 0.5),
        ],
        ..Question::default()
    };
    let answer = answer(&table, &question).expect("it fits");
    assert_eq!(answer.rows, [[Int(2000), Int(2000), Int(999)]]);
    let differs = |row: [Cell; 3]| answer.difference(&[row.to_vec()]).is_some();
    assert!(!differs([Int(2000), Int(2000), Float(1004.5)]));
    assert!(differs([Int(2001), Int(2000), Int(999)]));
    assert!(differs([Int(2000), Int(1999), Int(999)]));
    assert!(differs([Int(2000), Int(2000), Float(1010.0)]));
    assert!(answer.difference(&[vec![Int(2000), Int(2000)]]).is_some());
}
