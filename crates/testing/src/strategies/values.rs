//! Values where sums, extremes and comparisons go wrong.

use proptest::prelude::*;
use proptest::sample::select;

use super::points::beside;
use crate::question::{Expression, Literal, Operand, Question};

/// How wild the values of one table are. Drawn once a table: one infinity among many rows decides every sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// Ordinary numbers, and NaN and nulls.
    Calm,
    /// Beside them numbers at which floats and 64-bit integers overflow, cancel or vanish.
    Extreme,
    /// Beside them infinities.
    Infinite,
}

pub(super) fn temper() -> BoxedStrategy<Temper> {
    prop_oneof![3 => Just(Temper::Calm), 3 => Just(Temper::Extreme), 1 => Just(Temper::Infinite)]
        .boxed()
}

/// The numbers that the question compares the column with, and 0.
pub(super) fn literals(question: &Question, column: &str) -> Vec<Literal> {
    let compared = question
        .comparisons
        .iter()
        .filter(|comparison| comparison.column == column)
        .map(|comparison| &comparison.literal);
    let pairs = question.expression.iter().flat_map(Expression::pairs);
    let in_expression = pairs.filter_map(|(operand, literal)| match operand {
        Operand::Column(name) if name == column => Some(literal),
        _ => None,
    });
    compared
        .chain(in_expression)
        .filter(|literal| matches!(literal, Literal::Int(_) | Literal::Float(_)))
        .copied()
        .chain([Literal::Int(0)])
        .collect()
}

/// A literal as a float; one that is no number is 0.
fn as_f64(literal: &Literal) -> f64 {
    match literal {
        Literal::Int(value) => *value as f64,
        Literal::Float(value) => *value,
        Literal::Text(_) | Literal::Bool(_) => 0.0,
    }
}

/// Numbers between which sums overflow, cancel, lose their last bit or vanish.
pub(super) const EXTREMES: [f64; 12] = [
    f64::MAX,
    -f64::MAX,
    1e308,
    -1e308,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    1e16,
    -0.0,
    1.0,
];

pub(super) fn f64s(temper: Temper, literals: Vec<Literal>) -> BoxedStrategy<Option<f64>> {
    let literals: Vec<f64> = literals.iter().map(as_f64).collect();
    prop_oneof![
        4 => (-1000..1000i32).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
        3 => (-100.0..100.0).prop_map(Some),
        3 => beside(select(literals).boxed()).prop_map(|v| Some(v.clamp(-f64::MAX, f64::MAX))),
        1 => Just(Some(-0.0)),
        1 => Just(Some(f64::NAN)),
        1 => Just(None),
        u32::from(temper != Temper::Calm) * 4 => select(&EXTREMES[..]).prop_map(Some),
        u32::from(temper != Temper::Calm) * 2 => any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(Some),
        u32::from(temper == Temper::Infinite) => select(vec![f64::INFINITY, f64::NEG_INFINITY]).prop_map(Some),
    ]
    .boxed()
}

/// The same, rounded to f32; what rounds to an infinity becomes null, so that only an infinite table has those.
pub(super) fn f32s(temper: Temper, literals: Vec<Literal>) -> BoxedStrategy<Option<f32>> {
    let extremes = [
        f32::MAX,
        -f32::MAX,
        1e38,
        1e-45,
        -1e-45,
        f32::MIN_POSITIVE,
        16_777_216.0,
        -0.0,
    ];
    let narrow = |value: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
        let value = value as f32;
        (!value.is_infinite()).then_some(value)
    };
    prop_oneof![
        6 => f64s(Temper::Calm, literals).prop_map(move |value| value.and_then(narrow)),
        u32::from(temper != Temper::Calm) * 2 => select(extremes.to_vec()).prop_map(Some),
        u32::from(temper == Temper::Infinite) => select(vec![f32::INFINITY, f32::NEG_INFINITY]).prop_map(Some),
    ]
    .boxed()
}

/// A whole number near one of the literals.
fn near(literals: Vec<Literal>) -> BoxedStrategy<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any integer near the literal will do"
    )]
    let whole = |literal| match literal {
        Literal::Int(value) => value,
        other => as_f64(&other).floor() as i64,
    };
    let literals: Vec<i64> = literals.into_iter().map(whole).collect();
    (select(literals), -1..2i64)
        .prop_map(|(literal, step)| literal.saturating_add(step))
        .boxed()
}

/// An integer of another width: the literals and extremes that fit, and small numbers.
fn fitting<T>(temper: Temper, literals: Vec<Literal>, extremes: Vec<T>) -> BoxedStrategy<Option<T>>
where
    T: TryFrom<i64> + From<u8> + Copy + std::fmt::Debug + 'static,
{
    prop_oneof![
        4 => (0..20u8).prop_map(|value| Some(T::from(value))),
        4 => near(literals).prop_map(|value| T::try_from(value).ok()),
        1 => Just(None),
        u32::from(temper != Temper::Calm) * 2 => select(extremes).prop_map(Some),
    ]
    .boxed()
}

pub(super) fn i32s(literals: Vec<Literal>) -> BoxedStrategy<Option<i32>> {
    fitting(Temper::Extreme, literals, vec![i32::MIN, -1, i32::MAX])
}

pub(super) fn u32s(literals: Vec<Literal>) -> BoxedStrategy<Option<u32>> {
    fitting(Temper::Extreme, literals, vec![u32::MAX, 1 << 31])
}

pub(super) fn i64s(temper: Temper, literals: Vec<Literal>) -> BoxedStrategy<Option<i64>> {
    fitting(
        temper,
        literals,
        vec![
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            (1 << 53) + 1,
            -(1 << 53) - 1,
        ],
    )
}

pub(super) fn u64s(temper: Temper, literals: Vec<Literal>) -> BoxedStrategy<Option<u64>> {
    fitting(
        temper,
        literals,
        vec![u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1],
    )
}
