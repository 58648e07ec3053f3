//! Comparisons as ranges of ordered words.

use crate::Operator;
use graticule_columns::{Kind, Scalar};
use std::cmp::Ordering;

/// The ordered words that pass, `low..=high`, or those that do not where `negate`. Empty when
/// `low > high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) low: u64,
    pub(crate) high: u64,
    pub(crate) negate: bool,
}

const NONE: (u64, u64) = (1, 0);

/// What `value operator number` means for the values of a kind.
pub(crate) fn comparison(kind: Kind, operator: Operator, number: Number) -> Words {
    let (first, last) = kind.numbers();
    let (low, high) = match operator {
        Operator::Equal | Operator::NotEqual => match word(kind, number) {
            // Long lists are of these.
            Some(word) => (word, word),
            None => match (below(kind, number, true), below(kind, number, false)) {
                (Some(high), Some(under)) if high > under => (under + 1, high),
                (Some(high), None) => (first, high),
                _ => NONE,
            },
        },
        Operator::Less => below(kind, number, false).map_or(NONE, |high| (first, high)),
        Operator::LessOrEqual => below(kind, number, true).map_or(NONE, |high| (first, high)),
        Operator::Greater => above(below(kind, number, true), first, last),
        Operator::GreaterOrEqual => above(below(kind, number, false), first, last),
    };
    Words {
        low,
        high,
        negate: operator == Operator::NotEqual,
    }
}

/// The ordered word of an integer that a kind of integers holds.
fn word(kind: Kind, number: Number) -> Option<u64> {
    match number {
        Number::Integer(integer) => kind.of_whole(integer).map(|bits| kind.order(bits)),
        Number::Float(_) | Number::Above(_) => None,
    }
}

/// A number that values are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
    /// Between this integer and the next.
    Above(i128),
}

fn above(below: Option<u64>, first: u64, last: u64) -> (u64, u64) {
    match below {
        None => (first, last),
        Some(word) if word < last => (word + 1, last),
        Some(_) => NONE,
    }
}

/// The greatest ordered word of a value that is below the number, or equal if `or_equal`; found by
/// bisection over the words, for they sort as values do. `None` when no value is.
fn below(kind: Kind, number: Number, or_equal: bool) -> Option<u64> {
    let (mut low, mut high) = kind.numbers();
    let passes = |word| match compare(kind, word, number) {
        Ordering::Less => true,
        Ordering::Equal => or_equal,
        Ordering::Greater => false,
    };
    if !passes(low) {
        return None;
    }
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if passes(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

/// Compares the value of an ordered word, not NaN, with a number by their exact values.
fn compare(kind: Kind, word: u64, number: Number) -> Ordering {
    match kind.scalar(kind.unorder(word)) {
        Scalar::Whole(integer) => compare_integer(integer, number),
        Scalar::Float(float) => compare_float(float, number),
    }
}

/// Compares an integer with a number that is not NaN, by their exact values.
pub(crate) fn compare_integer(integer: i128, number: Number) -> Ordering {
    match number {
        Number::Integer(other) => integer.cmp(&other),
        Number::Float(other) => exactly(integer, other),
        Number::Above(other) => integer.cmp(&other).then(Ordering::Less),
    }
}

/// Compares a float that is not NaN with a number, by their exact values.
pub(crate) fn compare_float(value: f64, number: Number) -> Ordering {
    match number {
        Number::Integer(integer) => exactly(integer, value).reverse(),
        Number::Above(integer) => exactly(integer, value.floor())
            .reverse()
            .then(Ordering::Greater),
        Number::Float(float) => value.partial_cmp(&float).unwrap_or(Ordering::Greater),
    }
}

/// Compares an integer with a float that is a number, by their exact values.
fn exactly(integer: i128, float: f64) -> Ordering {
    graticule_columns::exactly(integer, 0, float).unwrap_or(Ordering::Greater)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(kind: Kind, bits: u64, operator: Operator, number: Number) -> bool {
        let words = comparison(kind, operator, number);
        let word = kind.order(bits);
        (words.low <= word && word <= words.high) != words.negate
    }

    #[test]
    fn every_operator_on_every_kind() {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let operators = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
        let truth = |o, a: f64, b: f64| match o {
            Equal => a == b,
            NotEqual => a != b,
            Less => a < b,
            LessOrEqual => a <= b,
            Greater => a > b,
            GreaterOrEqual => a >= b,
        };
        let numbers = [
            -1e300, -2.5, -2.0, -0.0, 0.0, 5e-324, 0.1, 2.0, 2.5, 3e9, 1e300,
        ];
        let values = [
            f64::NEG_INFINITY,
            -2.5,
            -2.0,
            -5e-324,
            -0.0,
            0.0,
            5e-324,
            0.1,
            2.0,
            2.5,
            f64::INFINITY,
            f64::NAN,
            -f64::NAN,
        ];
        for o in operators {
            for n in numbers {
                let literal = Number::Float(n);
                for v in values {
                    assert_eq!(
                        passes(Kind::F64, v.to_bits(), o, literal),
                        truth(o, v, n),
                        "{v} {o:?} {n}"
                    );
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "a float of 32 bits is wanted"
                    )]
                    let narrow = v as f32;
                    assert_eq!(
                        passes(Kind::F32, u64::from(narrow.to_bits()), o, literal),
                        truth(o, f64::from(narrow), n),
                        "{narrow} {o:?} {n}"
                    );
                }
                for v in [i64::MIN, -3, -2, 0, 2, 3, i64::MAX] {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "the extremes are powers of two but one"
                    )]
                    let float = v as f64;
                    assert_eq!(
                        passes(Kind::I64, v.cast_unsigned(), o, literal),
                        truth(o, float, n),
                        "{v} {o:?} {n}"
                    );
                }
                for v in [0u32, 2, 3, u32::MAX] {
                    assert_eq!(
                        passes(Kind::U32, u64::from(v), o, literal),
                        truth(o, f64::from(v), n),
                        "{v} {o:?} {n}"
                    );
                }
            }
        }
        for kind in [Kind::I32, Kind::U32, Kind::I64, Kind::U64] {
            for n in [
                -1,
                0,
                1,
                1 << 31,
                1 << 32,
                i128::from(i64::MAX),
                1 << 63,
                1 << 64,
            ] {
                let number = Number::Integer(n);
                let words = comparison(kind, Equal, number);
                let [least, most] =
                    [GreaterOrEqual, LessOrEqual].map(|o| comparison(kind, o, number));
                let both = (least.low.max(most.low), least.high.min(most.high));
                let is_none = least.low > least.high || most.low > most.high || both.0 > both.1;
                assert_eq!(words.low > words.high, is_none, "{kind:?} {n}");
                assert!(is_none || (words.low, words.high) == both, "{kind:?} {n}");
            }
        }
        let big = Number::Integer(i64::MAX.into());
        assert!(
            !passes(Kind::I64, (i64::MAX - 1).cast_unsigned(), Equal, big),
            "exact beyond 2^53"
        );
    }
    #[test]
    fn numbers_beyond_64_bits_and_between_integers() {
        use Operator::{Equal, Greater, Less};
        let huge = Number::Integer(1 << 63);
        assert!(passes(Kind::U64, 1 << 63, Equal, huge));
        assert!(!passes(Kind::U64, (1 << 63) + 1, Equal, huge));
        assert!(passes(Kind::I64, i64::MAX.cast_unsigned(), Less, huge));
        assert!(passes(
            Kind::F64,
            9_223_372_036_854_775_808f64.to_bits(),
            Equal,
            huge
        ));
        let between = Number::Above(-3);
        assert!(passes(
            Kind::I32,
            u64::from((-3i32).cast_unsigned()),
            Less,
            between
        ));
        assert!(passes(
            Kind::I32,
            u64::from((-2i32).cast_unsigned()),
            Greater,
            between
        ));
        assert!(!passes(
            Kind::I32,
            u64::from((-3i32).cast_unsigned()),
            Equal,
            between
        ));
        assert!(passes(
            Kind::F64,
            f64::MAX.to_bits(),
            Greater,
            Number::Integer(i128::MAX)
        ));
    }
}
