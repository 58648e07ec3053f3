//! Conditions over the columns of rich tables.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::questions::{NUMBERS, comparison, op};
use super::rich::KINDS;
use crate::question::{Aggregate, Comparison, Expression, Literal, Op, Operand};

/// A condition of up to about eight comparisons; those of the time's hour and day only if there are any.
pub(super) fn expression(of_times: bool) -> BoxedStrategy<Expression> {
    leaf(of_times)
        .prop_recursive(3, 8, 2, |inner| {
            let pair = (inner.clone(), inner.clone());
            let pair = pair.prop_map(|(left, right)| (Box::new(left), Box::new(right)));
            prop_oneof![
                2 => pair.clone().prop_map(|(left, right)| Expression::And(left, right)),
                2 => pair.prop_map(|(left, right)| Expression::Or(left, right)),
                1 => inner.prop_map(|inner| Expression::Not(Box::new(inner))),
            ]
        })
        .boxed()
}

/// A test of an answer's aggregates, which begin at this place; numbers alone are compared.
pub(super) fn having(first: usize, aggregates: &[Aggregate]) -> BoxedStrategy<Option<Expression>> {
    let is_number = |aggregate: &Aggregate| {
        !matches!(
            aggregate,
            Aggregate::Quantile(..) | Aggregate::Histogram(..) | Aggregate::Where(..)
        ) && !matches!(aggregate.column(), Some("kind" | "moving"))
    };
    let places = aggregates.iter().enumerate();
    let places: Vec<usize> = places
        .filter(|(_, a)| is_number(a))
        .map(|(i, _)| first + i)
        .collect();
    if places.is_empty() {
        return Just(None).boxed();
    }
    let number = prop_oneof![
        2 => (-2..10i64).prop_map(Literal::Int),
        1 => (-100..100i32).prop_map(|n| Literal::Float(f64::from(n) / 4.0)),
    ];
    let one = (select(places), op(), number, 0..8u8).prop_map(|(place, op, literal, kind)| {
        let operand = Operand::Answer(place);
        match kind {
            0 => Expression::IsNull(operand),
            1 => Expression::Not(Box::new(Expression::Compare(operand, op, literal))),
            2 => Expression::In(operand, vec![literal, Literal::Int(1)]),
            _ => Expression::Compare(operand, op, literal),
        }
    });
    let two = (one.clone(), one.clone(), any::<bool>()).prop_map(|(a, b, both)| {
        let (a, b) = (Box::new(a), Box::new(b));
        if both {
            Expression::And(a, b)
        } else {
            Expression::Or(a, b)
        }
    });
    prop::option::weighted(0.3, prop_oneof![2 => one, 1 => two]).boxed()
}

fn leaf(of_times: bool) -> BoxedStrategy<Expression> {
    let number = comparison().prop_map(|comparison| {
        let Comparison {
            column,
            op,
            literal,
        } = comparison;
        Expression::Compare(Operand::Column(column), op, literal)
    });
    let text = || select(&KINDS[..]).prop_map(Literal::Text);
    let kind = || Operand::Column("kind".into());
    let of_kind =
        (op(), text()).prop_map(move |(op, literal)| Expression::Compare(kind(), op, literal));
    let in_kinds = vec(text(), 1..4).prop_map(move |literals| Expression::In(kind(), literals));
    let between_kinds = (text(), text()).prop_map(move |(a, b)| Expression::Between(kind(), a, b));
    let patterns = vec!["%", "", "_", "b%", "%s", "_u%", "%b%", "é", "B__"];
    let like_kinds = (select(patterns), any::<bool>())
        .prop_map(move |(pattern, any_case)| Expression::Like(kind(), pattern, any_case));
    let of_bool = (any::<bool>(), any::<bool>()).prop_map(|(equal, literal)| {
        let op = if equal { Op::Equal } else { Op::NotEqual };
        Expression::Compare(Operand::Column("moving".into()), op, Literal::Bool(literal))
    });
    let columns: Vec<&str> = NUMBERS
        .into_iter()
        .chain(["kind", "lane", "moving"])
        .collect();
    let is_null =
        select(columns).prop_map(|column| Expression::IsNull(Operand::Column(column.into())));
    let numbers = || select(&NUMBERS[..]).prop_map(String::from);
    let columns = (numbers(), op(), numbers()).prop_map(|(a, op, b)| Expression::Columns(a, op, b));
    prop_oneof![
        4 => number,
        1 => columns,
        2 => listed(),
        2 => of_kind,
        1 => in_kinds,
        1 => between_kinds,
        1 => like_kinds,
        1 => of_bool,
        1 => is_null,
        u32::from(of_times) * 2 => of_time(),
    ]
    .boxed()
}

/// A number between two others or among some.
fn listed() -> BoxedStrategy<Expression> {
    let whole = || prop_oneof![3 => -3..20i64, 1 => select(vec![i64::MIN, i64::MAX])];
    let column = || {
        select(&["satellites", "odometer", "device", "token", "lane"][..])
            .prop_map(|column| Operand::Column(column.into()))
    };
    let half = || (-20..40i32).prop_map(|n| Literal::Float(f64::from(n) / 2.0));
    let floats = select(vec!["speed", "altitude"]).prop_map(|c| Operand::Column(c.into()));
    prop_oneof![
        (column(), whole(), whole()).prop_map(|(column, a, b)| Expression::Between(
            column,
            Literal::Int(a),
            Literal::Int(b)
        )),
        (column(), vec(whole().prop_map(Literal::Int), 1..5))
            .prop_map(|(column, literals)| Expression::In(column, literals)),
        // So many that they are looked into.
        (
            column(),
            vec((-10..40i64).prop_map(|n| Literal::Int(n * 3)), 40..60)
        )
            .prop_map(|(column, literals)| Expression::In(column, literals)),
        (floats.clone(), half(), half())
            .prop_map(|(column, a, b)| Expression::Between(column, a, b)),
        (floats, vec(half(), 1..5)).prop_map(|(column, literals)| Expression::In(column, literals)),
    ]
    .boxed()
}

fn of_time() -> BoxedStrategy<Expression> {
    let operand = || select(vec![Operand::HourOfDay, Operand::DayOfWeek]);
    let whole = || (-1..25i64).prop_map(Literal::Int);
    prop_oneof![
        3 => (operand(), op(), whole())
            .prop_map(|(operand, op, literal)| Expression::Compare(operand, op, literal)),
        1 => (operand(), whole(), whole())
            .prop_map(|(operand, a, b)| Expression::Between(operand, a, b)),
        1 => (operand(), vec(whole(), 1..6))
            .prop_map(|(operand, literals)| Expression::In(operand, literals)),
        1 => operand().prop_map(Expression::IsNull),
    ]
    .boxed()
}
