//! Sums, means and extremes, worked out by hand.

use graticule_testing::Cell::{self, Float, Float32, Int, Null};
use graticule_testing::{
    Aggregate, OracleError, Question, Table, Values, answer, round_ratio, sum_exactly,
};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const TINY: f64 = 5e-324;
const BIG: i64 = 1 << 53;

/// Sum, mean, min, max.
fn all(values: Values) -> Result<[Cell; 4], OracleError> {
    let n = values.len();
    let table = Table::new(
        vec![Some(0.0); n],
        vec![Some(0.0); n],
        vec![None; n],
        vec![("v".into(), values)],
    );
    let v = || "v".to_owned();
    let aggregates = vec![
        Aggregate::Sum(v()),
        Aggregate::Mean(v()),
        Aggregate::Min(v()),
        Aggregate::Max(v()),
    ];
    let answer = answer(
        &table,
        &Question {
            aggregates,
            ..Question::default()
        },
    )?;
    Ok(<[Cell; 4]>::try_from(answer.rows[0].clone()).expect("four aggregates"))
}

fn floats(values: &[f64]) -> [Cell; 4] {
    all(Values::F64(values.iter().copied().map(Some).collect())).expect("floats do not overflow")
}

fn mean_of_ints(values: &[i64]) -> Cell {
    let mean = Aggregate::Mean("v".into());
    let n = values.len();
    let column = Values::I64(values.iter().copied().map(Some).collect());
    let table = Table::new(
        vec![Some(0.0); n],
        vec![Some(0.0); n],
        vec![None; n],
        vec![("v".into(), column)],
    );
    answer(
        &table,
        &Question {
            aggregates: vec![mean],
            ..Question::default()
        },
    )
    .expect("a mean")
    .rows[0][0]
        .clone()
}

fn same(left: f64, right: f64) {
    assert_eq!(left.to_bits(), right.to_bits(), "{left:e} and {right:e}");
}

#[test]
fn float_sums_are_exact_before_they_are_rounded() {
    same(sum_exactly(&[1e308, 1e308, -1e308]), 1e308);
    same(sum_exactly(&[1e16, 1.0, -1e16]), 1.0);
    same(sum_exactly(&[1e308, TINY, -1e308]), TINY);
    // The f64 nearest to 0.1, 0.2: their real sum 0.3000000000000000166 lies exactly between 0.3 and 0.30000000000000004
    // (0x3fd3333333333333 and ...34), and goes to the even one.
    same(
        sum_exactly(&[0.1, 0.2]),
        f64::from_bits(0x3fd3_3333_3333_3334),
    );
    // Ten times the f64 0.1 is 1.000000000000000055, which rounds to 1; adding one by one gives 0.9999999999999999.
    same(sum_exactly(&[0.1; 10]), 1.0);
    same(sum_exactly(&[TINY; 3]), 3.0 * TINY);
}

#[test]
fn float_sums_round_ties_to_even() {
    let big = 9_007_199_254_740_992.0; // 2^53, beyond which floats are 2 apart
    same(sum_exactly(&[big, 1.0]), big);
    same(sum_exactly(&[big, 2.0, 1.0]), big + 4.0);
    same(sum_exactly(&[big, 1.0, TINY]), big + 2.0);
    same(sum_exactly(&[big, 1.0, -TINY]), big);
    same(sum_exactly(&[-big, -1.0, -TINY]), -big - 2.0);
}

#[test]
fn float_sums_at_the_ends() {
    let half_step = 2f64.powi(970); // of f64::MAX, whose last bit is 2^971
    same(sum_exactly(&[f64::MAX, half_step]), INF);
    same(sum_exactly(&[f64::MAX, half_step, -TINY]), f64::MAX);
    same(sum_exactly(&[f64::MAX, f64::MAX]), INF);
    same(sum_exactly(&[-f64::MAX, -f64::MAX]), -INF);
    same(sum_exactly(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
    same(sum_exactly(&[-0.0, -0.0]), 0.0);
    same(sum_exactly(&[INF, -1e308, NAN]), INF);
    same(sum_exactly(&[-INF, 1e308]), -INF);
    same(sum_exactly(&[INF, -INF]), NAN);
    same(
        sum_exactly(&[f64::MIN_POSITIVE, -TINY]),
        f64::MIN_POSITIVE.next_down(),
    );
}

#[test]
fn a_ratio_is_rounded_once() {
    same(round_ratio(&1.into(), &3u32.into()), 1.0 / 3.0);
    same(round_ratio(&(-2).into(), &3u32.into()), -2.0 / 3.0);
    same(round_ratio(&0.into(), &3u32.into()), 0.0);
    same(
        round_ratio(&(BIG + 1).into(), &1u32.into()),
        9_007_199_254_740_992.0,
    );
    same(
        round_ratio(&(BIG + 3).into(), &1u32.into()),
        9_007_199_254_740_996.0,
    );
    // (2^54 - 1) / 2 = 2^53 - 0.5 ties between 2^53 - 1 (odd) and 2^53: the rounding carries into the next power of two.
    same(
        round_ratio(&(2 * BIG - 1).into(), &2u32.into()),
        9_007_199_254_740_992.0,
    );
}

#[test]
fn means_round_ties_to_even() {
    assert_eq!(
        mean_of_ints(&[BIG, BIG + 2]),
        Float(9_007_199_254_740_992.0)
    );
    assert_eq!(
        mean_of_ints(&[BIG + 2, BIG + 4]),
        Float(9_007_199_254_740_996.0)
    );
    assert_eq!(
        mean_of_ints(&[i64::MAX, i64::MAX]),
        Float(9_223_372_036_854_775_808.0)
    );
    assert_eq!(mean_of_ints(&[i64::MIN, i64::MAX]), Float(-0.5));
    assert_eq!(mean_of_ints(&[1, 2, 2]), Float(5.0 / 3.0));
    assert_eq!(mean_of_ints(&[-1, 1]), Float(0.0));
    // Half and one and a half of the smallest subnormal.
    assert_eq!(floats(&[TINY, 0.0])[1], Float(0.0));
    assert_eq!(floats(&[TINY, 2.0 * TINY])[1], Float(2.0 * TINY));
    assert_eq!(
        floats(&[-TINY, 0.0])[1],
        Float(-0.0),
        "it rounds to zero from below"
    );
    assert_eq!(
        floats(&[f64::MAX, f64::MAX])[1],
        Float(f64::MAX),
        "the sum is beyond f64, the mean is not"
    );
    // The real sum of 0.1, 0.2 and 0.3 is 0.6 + 5.55e-18, its third 0.2 + 1.85e-18: nearest to the f64 0.2
    // (0.2 + 1.11e-17, half a step is 1.39e-17).
    assert_eq!(floats(&[0.1, 0.2, 0.3])[1], Float(0.2));
}

#[test]
fn integer_sums_overflow_by_their_final_value() {
    let sum = |values: &[i64]| {
        all(Values::I64(values.iter().copied().map(Some).collect())).map(|cells| cells[0].clone())
    };
    assert_eq!(sum(&[i64::MAX, 1, -1]), Ok(Int(i64::MAX.into())));
    assert_eq!(sum(&[i64::MIN, i64::MAX]), Ok(Int(-1)));
    assert_eq!(sum(&[i64::MIN]), Ok(Int(i64::MIN.into())));
    let over = |sum| OracleError::SumOverflow {
        column: "v".into(),
        sum,
    };
    assert_eq!(sum(&[i64::MAX, 1]), Err(over(1 << 63)));
    assert_eq!(sum(&[i64::MIN, -1]), Err(over(-(1 << 63) - 1)));
    assert_eq!(
        all(Values::U64(vec![Some(u64::MAX)])),
        Err(over(u64::MAX.into()))
    );
}

#[test]
fn extremes_keep_the_type() {
    assert_eq!(
        all(Values::I32(vec![Some(3), None, Some(-4)])),
        Ok([Int(-1), Float(-0.5), Int(-4), Int(3)])
    );
    assert_eq!(
        all(Values::U32(vec![Some(u32::MAX)])).expect("fits")[3],
        Int(4_294_967_295)
    );
    // 0.1f32 + 0.2f32 = 13421773 * 2^-27 + 13421773 * 2^-26 = 40265319 * 2^-27, exact in f64.
    let cells = all(Values::F32(vec![
        Some(0.1),
        Some(0.2),
        None,
        Some(f32::NAN),
    ]))
    .expect("floats");
    let sum = 40_265_319.0 / 2f64.powi(27);
    assert_eq!(
        cells,
        [Float(sum), Float(sum / 2.0), Float32(0.1), Float32(0.2)]
    );
}

#[test]
fn nan_and_null_are_skipped_and_no_value_is_null() {
    assert_eq!(
        floats(&[NAN, 2.0, NAN, 4.0]),
        [Float(6.0), Float(3.0), Float(2.0), Float(4.0)]
    );
    assert_eq!(floats(&[NAN]), [Null, Null, Null, Null]);
    assert_eq!(all(Values::I64(vec![None])), Ok([Null, Null, Null, Null]));
}

#[test]
fn zeros_and_infinities() {
    assert_eq!(
        floats(&[0.0, -0.0]),
        [Float(0.0), Float(0.0), Float(-0.0), Float(0.0)]
    );
    assert_eq!(
        floats(&[INF, 1.0]),
        [Float(INF), Float(INF), Float(1.0), Float(INF)]
    );
    assert_eq!(
        floats(&[INF, -INF]),
        [Float(NAN), Float(NAN), Float(-INF), Float(INF)]
    );
}
