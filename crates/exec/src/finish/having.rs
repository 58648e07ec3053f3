//! Which rows of an answer are told.

use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, UInt64Type};
use graticule_plan::{
    Datum, Expression, HavingTest, Literal, Operand, Operator, PlanError, Threshold,
};
use std::cmp::Ordering;

/// Whether rows pass a test, by the columns that it names.
pub(super) fn passing(
    test: &HavingTest,
    columns: &[ArrayRef],
    rows: usize,
) -> Result<Vec<bool>, Error> {
    let named = test.columns.iter().zip(columns);
    let named: Vec<Named<'_>> = named
        .map(|((name, _), column)| Named::of(name, column, &test.timezone))
        .collect::<Result<_, _>>()?;
    holds(&test.expression, &named, rows)
}

/// A column of the answer, ready to be compared.
struct Named<'a> {
    name: &'a str,
    data_type: DataType,
    /// Whose clocks times without an offset are of.
    zone: &'a str,
    /// Widened to one of few types.
    column: ArrayRef,
}

impl<'a> Named<'a> {
    fn of(name: &'a str, column: &ArrayRef, zone: &'a str) -> Result<Self, Error> {
        let data_type = column.data_type().clone();
        let wide = match &data_type {
            DataType::Utf8 | DataType::UInt64 => data_type.clone(),
            DataType::Date32 | DataType::Time32(_) => {
                return Ok(Self {
                    name,
                    column: cast(&cast(column, &DataType::Int32)?, &DataType::Int64)?,
                    data_type,
                    zone,
                });
            }
            _ if data_type.is_floating() => DataType::Float64,
            _ if data_type.is_nested() => data_type.clone(),
            other => match super::values::scale(other) {
                Some(scale) => DataType::Decimal128(38, scale),
                None => DataType::Int64,
            },
        };
        Ok(Self {
            name,
            column: cast(column, &wide)?,
            data_type,
            zone,
        })
    }

    fn value(&self, row: usize) -> Option<Datum<'_>> {
        if self.column.is_null(row) {
            return None;
        }
        let column = &self.column;
        Some(match column.data_type() {
            DataType::Utf8 => Datum::Text(column.as_string::<i32>().value(row)),
            DataType::Float64 => Datum::Float(column.as_primitive::<Float64Type>().value(row)),
            DataType::UInt64 => {
                Datum::Integer(column.as_primitive::<UInt64Type>().value(row).into())
            }
            DataType::Int64 => Datum::Integer(column.as_primitive::<Int64Type>().value(row).into()),
            DataType::Int32 => Datum::Integer(column.as_primitive::<Int32Type>().value(row).into()),
            DataType::Decimal128(..) => {
                Datum::Integer(column.as_primitive::<Decimal128Type>().value(row))
            }
            _ => return None,
        })
    }

    /// How its values compare with a literal; none of null and NaN.
    fn compared(&self, literal: &Literal, rows: usize) -> Result<Vec<Compared>, Error> {
        let threshold = Threshold::new(&self.data_type, literal, self.zone).map_err(|hint| {
            PlanError::Having {
                asked: self.name.to_owned(),
                reason: format!("it is {}; {hint}", self.data_type),
            }
        })?;
        let compared = |row: usize| match self.value(row) {
            None => Compared::Null,
            Some(value) => threshold.compare(value).map_or(Compared::Nan, Compared::Is),
        };
        Ok((0..rows).map(compared).collect())
    }
}

#[derive(Clone, Copy)]
enum Compared {
    Null,
    Nan,
    Is(Ordering),
}

fn holds(expression: &Expression, named: &[Named<'_>], rows: usize) -> Result<Vec<bool>, Error> {
    let both = |parts: &[Expression], start: bool, join: fn(bool, bool) -> bool| {
        let mut all = vec![start; rows];
        for part in parts {
            let part = holds(part, named, rows)?;
            all.iter_mut()
                .zip(part)
                .for_each(|(all, part)| *all = join(*all, part));
        }
        Ok(all)
    };
    let of = |operand: &Operand| column(operand, named);
    match expression {
        Expression::And(parts) => both(parts, true, |a, b| a && b),
        Expression::Or(parts) => both(parts, false, |a, b| a || b),
        Expression::Compare {
            left,
            operator,
            literal,
            negate,
        } => {
            let compared = of(left)?.compared(literal, rows)?;
            Ok(compared
                .into_iter()
                .map(|c| passes(c, *operator, *negate))
                .collect())
        }
        Expression::Between {
            operand,
            low,
            high,
            negate,
        } => {
            let low = of(operand)?.compared(low, rows)?;
            let high = of(operand)?.compared(high, rows)?;
            let within = |(low, high)| {
                let above = passes(low, Operator::GreaterOrEqual, *negate);
                let below = passes(high, Operator::LessOrEqual, *negate);
                if *negate {
                    above || below
                } else {
                    above && below
                }
            };
            Ok(low.into_iter().zip(high).map(within).collect())
        }
        Expression::In {
            operand,
            list,
            negate,
        } => {
            let mut all = vec![*negate; rows];
            for literal in list {
                let compared = of(operand)?.compared(literal, rows)?;
                for (all, compared) in all.iter_mut().zip(compared) {
                    let passes = passes(compared, Operator::Equal, *negate);
                    *all = if *negate {
                        *all && passes
                    } else {
                        *all || passes
                    };
                }
            }
            Ok(all)
        }
        Expression::IsNull { operand, negate } => {
            let column = &of(operand)?.column;
            Ok((0..rows)
                .map(|row| column.is_null(row) != *negate)
                .collect())
        }
        other => Err(PlanError::Having {
            asked: other.to_string(),
            reason: "an answer's rows are compared with literals alone".to_owned(),
        }
        .into()),
    }
}

fn column<'a>(operand: &Operand, named: &'a [Named<'a>]) -> Result<&'a Named<'a>, Error> {
    let found = match operand {
        Operand::Column(name) => named.iter().find(|known| known.name == name),
        _ => None,
    };
    let missing = || PlanError::Having {
        asked: operand.to_string(),
        reason: "it is no column of the answer".to_owned(),
    };
    Ok(found.ok_or_else(missing)?)
}

/// Whether a comparison, or its negation, passes; null passes neither.
fn passes(compared: Compared, operator: Operator, negate: bool) -> bool {
    let holds = match compared {
        Compared::Null => return false,
        Compared::Nan => operator == Operator::NotEqual,
        Compared::Is(order) => match operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        },
    };
    holds != negate
}
