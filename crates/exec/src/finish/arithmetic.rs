//! Arithmetic of columns of an answer: integers and decimals exactly, floats as IEEE 754 has it.

use super::values::scale;
use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DECIMAL128_MAX_SCALE, DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, UInt64Type,
};
use graticule_kernels::exact::quotient;
use graticule_plan::{Arithmetic, Literal, PlanError};
use std::sync::Arc;

/// The same number in all rows.
pub(super) fn number(literal: &Literal, rows: usize) -> ArrayRef {
    match literal {
        Literal::Integer(integer) => {
            let integer = i64::try_from(*integer).ok();
            Arc::new(Int64Array::from(vec![integer; rows]))
        }
        Literal::Float(float) => Arc::new(Float64Array::from(vec![*float; rows])),
        _ => Arc::new(Float64Array::new_null(rows)),
    }
}

/// Numbers of a column, whole ones in units of `10^-scale` or of time.
struct Numbers {
    values: Values,
    meaning: Meaning,
}

enum Values {
    Whole(Vec<Option<i128>>),
    Floats(Vec<Option<f64>>),
}

#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    /// With so many digits behind the point.
    Number(i8),
    /// Nanoseconds since 1970, in a unit.
    Instant(TimeUnit),
    /// Nanoseconds, in a unit.
    Span(TimeUnit),
}

impl Numbers {
    /// `None` of a column that cannot be reckoned with.
    fn of(column: &ArrayRef) -> Result<Option<Self>, Error> {
        let data_type = column.data_type();
        let whole = |column: &ArrayRef| -> Result<Vec<Option<i128>>, Error> {
            let column = cast(column, &DataType::Int64)?;
            let values = column.as_primitive::<Int64Type>().iter();
            Ok(values.map(|v| v.map(i128::from)).collect())
        };
        let timed = |unit: &TimeUnit| -> Result<Vec<Option<i128>>, Error> {
            let each = nanoseconds(*unit);
            let counts = whole(column)?.into_iter();
            Ok(counts
                .map(|count| count.map(|count| count * each))
                .collect())
        };
        let (values, meaning) = match data_type {
            DataType::Timestamp(unit, _) => (Values::Whole(timed(unit)?), Meaning::Instant(*unit)),
            DataType::Duration(unit) => (Values::Whole(timed(unit)?), Meaning::Span(*unit)),
            DataType::Date32 => {
                let days = whole(&cast(column, &DataType::Int32)?)?.into_iter();
                let nanoseconds = days.map(|days| days.map(|days| days * DAY));
                (
                    Values::Whole(nanoseconds.collect()),
                    Meaning::Instant(TimeUnit::Second),
                )
            }
            DataType::UInt64 => {
                let values = column.as_primitive::<UInt64Type>().iter();
                let values = values.map(|v| v.map(i128::from));
                (Values::Whole(values.collect()), Meaning::Number(0))
            }
            _ if data_type.is_floating() => {
                let column = cast(column, &DataType::Float64)?;
                let values = column.as_primitive::<Float64Type>().iter().collect();
                (Values::Floats(values), Meaning::Number(0))
            }
            _ if data_type.is_integer() => (Values::Whole(whole(column)?), Meaning::Number(0)),
            other => match scale(other) {
                Some(scale) => {
                    let wide = cast(column, &DataType::Decimal128(38, scale))?;
                    let values = wide.as_primitive::<Decimal128Type>().iter().collect();
                    (Values::Whole(values), Meaning::Number(scale))
                }
                None => return Ok(None),
            },
        };
        Ok(Some(Self { values, meaning }))
    }

    fn floats(&self) -> Vec<Option<f64>> {
        match &self.values {
            Values::Floats(floats) => floats.clone(),
            Values::Whole(whole) => {
                let tens = match self.meaning {
                    Meaning::Number(scale) => -i16::from(scale),
                    _ => 0,
                };
                let float = |value: &Option<i128>| value.map(|value| quotient(value, 1, tens));
                whole.iter().map(float).collect()
            }
        }
    }
}

const DAY: i128 = 86_400 * 1_000_000_000;

fn nanoseconds(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// One column and another. `overflow` is told of rows whose value its type cannot hold; they are null.
pub(super) fn of(
    operator: Arithmetic,
    [left, right]: [&ArrayRef; 2],
    overflow: &mut dyn FnMut(usize),
) -> Result<ArrayRef, Error> {
    let wrong = || {
        PlanError::Aggregate {
        text: format!("{} {operator} {}", left.data_type(), right.data_type()),
        reason: "numbers go with numbers, two times have a difference, and durations a sum, a difference and a ratio".to_owned(),
    }
    };
    let (one, other) = Option::zip(Numbers::of(left)?, Numbers::of(right)?).ok_or_else(wrong)?;
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    let (a, b) = match (&one.values, &other.values) {
        (Values::Whole(a), Values::Whole(b)) => (a, b),
        _ if matches!(
            (one.meaning, other.meaning),
            (Meaning::Number(_), Meaning::Number(_))
        ) =>
        {
            return Ok(floats(operator, &one.floats(), &other.floats()));
        }
        _ => return Err(wrong().into()),
    };
    let finer = |a: TimeUnit, b: TimeUnit| {
        if nanoseconds(a) < nanoseconds(b) {
            a
        } else {
            b
        }
    };
    Ok(match (operator, one.meaning, other.meaning) {
        (Divide, Meaning::Number(s), Meaning::Number(t)) => {
            quotients(a, b, i16::from(t) - i16::from(s))
        }
        (Divide, Meaning::Span(_), Meaning::Span(_)) => quotients(a, b, 0),
        (Add | Subtract | Multiply, Meaning::Number(s), Meaning::Number(t)) => {
            whole(operator, (a, s), (b, t), overflow)?
        }
        (Subtract, Meaning::Instant(s), Meaning::Instant(t))
        | (Add | Subtract, Meaning::Span(s), Meaning::Span(t)) => {
            spans(operator, a, b, finer(s, t), overflow)?
        }
        _ => return Err(wrong().into()),
    })
}

fn pairs<T: Copy, R>(
    a: &[Option<T>],
    b: &[Option<T>],
    mut of: impl FnMut(usize, T, T) -> Option<R>,
) -> Vec<Option<R>> {
    let pairs = a.iter().zip(b).enumerate();
    pairs.map(|(row, (a, b))| of(row, (*a)?, (*b)?)).collect()
}

fn floats(operator: Arithmetic, a: &[Option<f64>], b: &[Option<f64>]) -> ArrayRef {
    let values = pairs(a, b, |_, a, b| match operator {
        Arithmetic::Add => Some(a + b),
        Arithmetic::Subtract => Some(a - b),
        Arithmetic::Multiply => Some(a * b),
        Arithmetic::Divide => (b != 0.0).then(|| a / b),
    });
    Arc::new(Float64Array::from(values))
}

fn quotients(a: &[Option<i128>], b: &[Option<i128>], tens: i16) -> ArrayRef {
    let values = pairs(a, b, |_, a, b| (b != 0).then(|| quotient(a, b, tens)));
    Arc::new(Float64Array::from(values))
}

/// Whole numbers in units of `10^-scale`.
fn whole(
    operator: Arithmetic,
    (a, s): (&[Option<i128>], i8),
    (b, t): (&[Option<i128>], i8),
    overflow: &mut dyn FnMut(usize),
) -> Result<ArrayRef, Error> {
    let is_product = operator == Arithmetic::Multiply;
    let scale = if is_product {
        i16::from(s) + i16::from(t)
    } else {
        i16::from(s.max(t))
    };
    let places = i8::try_from(scale)
        .ok()
        .filter(|places| *places <= DECIMAL128_MAX_SCALE);
    let places = places.ok_or_else(|| PlanError::Aggregate {
        text: format!("{operator} of decimals"),
        reason: format!(
            "it has {scale} digits behind the point, and {DECIMAL128_MAX_SCALE} are the most; divide instead, which makes floats"
        ),
    })?;
    let raise = |value: i128, own: i8| {
        let tens = if is_product {
            0
        } else {
            u32::from((scale - i16::from(own)).unsigned_abs())
        };
        value.checked_mul(10i128.checked_pow(tens)?)
    };
    let is_integer = s == 0 && t == 0;
    let fits = |value: &i128| match is_integer {
        true => i64::try_from(*value).is_ok(),
        false => value.unsigned_abs() < 10u128.pow(38),
    };
    let values = pairs(a, b, |row, a, b| {
        let value = raise(a, s)
            .zip(raise(b, t))
            .and_then(|(a, b)| match operator {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Subtract => a.checked_sub(b),
                _ => a.checked_mul(b),
            });
        let value = value.filter(fits);
        if value.is_none() {
            overflow(row);
        }
        value
    });
    if is_integer {
        let integers = values.into_iter().map(|value| i64::try_from(value?).ok());
        return Ok(Arc::new(integers.collect::<Int64Array>()));
    }
    let decimals = Decimal128Array::from(values);
    Ok(Arc::new(decimals.with_precision_and_scale(38, places)?))
}

/// Sums and differences of nanoseconds, as durations of a unit.
fn spans(
    operator: Arithmetic,
    a: &[Option<i128>],
    b: &[Option<i128>],
    unit: TimeUnit,
    overflow: &mut dyn FnMut(usize),
) -> Result<ArrayRef, Error> {
    let counts = pairs(a, b, |row, a, b| {
        let span = if operator == Arithmetic::Add {
            a + b
        } else {
            a - b
        };
        let count = i64::try_from(span / nanoseconds(unit)).ok();
        if count.is_none() {
            overflow(row);
        }
        count
    });
    let counts: ArrayRef = Arc::new(Int64Array::from(counts));
    Ok(cast(&counts, &DataType::Duration(unit))?)
}
