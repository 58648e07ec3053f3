//! `where`: comparisons of columns with numbers, strings, true and false, joined by `and`, `or`
//! and `not`.
//!
//! Null is as in SQL: a comparison with null is unknown, so is its `not`, and a row passes only
//! where the whole is true. NaN is as in IEEE 754: it passes `!=`, `not in`, `not between` and a
//! comparison under `not`, and nothing else.

mod decimal;
mod leaf;
mod lex;
mod normal;
mod parse;
mod show;

use crate::PlanError;
pub use decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::sync::Arc;

/// A test of a row's values.
///
/// [`Display`](std::fmt::Display) writes what parses back to an equal value, if each `And` and `Or`
/// holds at least two parts and each float is finite, as in all that is parsed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Expression {
    /// All hold.
    And(Vec<Self>),
    /// One holds.
    Or(Vec<Self>),
    /// It does not hold; of unknown, unknown.
    Not(Box<Self>),
    /// `speed < 3`, or `not speed < 3` where `negate`. A boolean column alone, `moving`, is
    /// `moving = true`.
    Compare {
        /// The value.
        left: Operand,
        /// How it compares.
        operator: Operator,
        /// With what.
        literal: Literal,
        /// Whether it passes where the comparison is false, instead of where it is true. Where it
        /// is unknown, it is unknown either way.
        negate: bool,
    },
    /// `speed > allowed`, two columns.
    CompareColumns {
        /// The value.
        left: Operand,
        /// How it compares.
        operator: Operator,
        /// With what.
        right: Operand,
        /// As of [`Expression::Compare`].
        negate: bool,
    },
    /// `speed between 3 and 4`, both included.
    Between {
        /// The value.
        operand: Operand,
        /// The least that is inside.
        low: Literal,
        /// The greatest that is inside.
        high: Literal,
        /// `not between`
        negate: bool,
    },
    /// `trip_id in (3, 4)`
    In {
        /// The value.
        operand: Operand,
        /// What it may equal; at least one.
        list: Vec<Literal>,
        /// `not in`
        negate: bool,
    },
    /// `trip_id in file 'trips.txt'`: one of the values that the file holds.
    InFile {
        /// The value.
        operand: Operand,
        /// The file, as written.
        file: String,
        /// What it holds, each as it is written there, once [`Query::listed`](crate::Query::listed) has read it. They
        /// are not part of the expression's text.
        values: Option<Arc<Vec<String>>>,
        /// `not in`
        negate: bool,
    },
    /// `name like 'Bus %'`, a pattern that the whole text matches: `%` is any run of characters, `_` is one.
    Like {
        /// The text.
        operand: Operand,
        /// The pattern.
        pattern: String,
        /// `escape '!'`: what stands behind it in the pattern is itself.
        escape: Option<char>,
        /// `ilike`: letters of both cases are the same.
        ignore_case: bool,
        /// `not like`
        negate: bool,
    },
    /// `trip_id is null`, never unknown.
    IsNull {
        /// The value.
        operand: Operand,
        /// `is not null`
        negate: bool,
    },
    /// `moving is true`, which null is not; never unknown. `moving is not true` is the `Not` of it.
    Is {
        /// The value.
        operand: Operand,
        /// What it has to be.
        value: bool,
    },
}

impl Expression {
    /// Whether it asks the hour or the weekday.
    pub(crate) fn has_calendar(&self) -> bool {
        let mut operands = self.operands().into_iter();
        operands.any(|operand| matches!(operand, Operand::HourOfDay | Operand::DayOfWeek))
    }

    /// Whether it compares with a text, which of a time column is a time in some zone.
    pub fn has_texts(&self) -> bool {
        let is_text = |literal: &Literal| matches!(literal, Literal::Text(_));
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(Self::has_texts),
            Self::Not(inner) => inner.has_texts(),
            Self::Compare { literal, .. } => is_text(literal),
            Self::Between { low, high, .. } => is_text(low) || is_text(high),
            Self::In { list, .. } => list.iter().any(is_text),
            // Its texts may be times.
            Self::InFile { .. } => true,
            Self::CompareColumns { .. }
            | Self::Like { .. }
            | Self::IsNull { .. }
            | Self::Is { .. } => false,
        }
    }

    /// The columns that it asks, as often as it does.
    pub fn columns(&self) -> Vec<&String> {
        let operands = self.operands().into_iter();
        let columns = operands.filter_map(|operand| match operand {
            Operand::Column(name) => Some(name),
            Operand::HourOfDay | Operand::DayOfWeek => None,
        });
        columns.collect()
    }

    /// Reads the files of lists.
    pub(crate) fn listed<E>(
        &mut self,
        read: &mut impl FnMut(&str) -> Result<Vec<String>, E>,
    ) -> Result<(), E> {
        match self {
            Self::And(all) | Self::Or(all) => all.iter_mut().try_for_each(|part| part.listed(read)),
            Self::Not(inner) => inner.listed(read),
            Self::InFile { file, values, .. } if values.is_none() => {
                *values = Some(Arc::new(read(file)?));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::operands).collect(),
            Self::Not(inner) => inner.operands(),
            Self::CompareColumns { left, right, .. } => vec![left, right],
            Self::Compare { left: operand, .. }
            | Self::Between { operand, .. }
            | Self::In { operand, .. }
            | Self::InFile { operand, .. }
            | Self::Like { operand, .. }
            | Self::IsNull { operand, .. }
            | Self::Is { operand, .. } => vec![operand],
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operand {
    /// A column's value.
    Column(String),
    /// `hour_of_day()`: the hour of the time column, 0 to 23.
    HourOfDay,
    /// `day_of_week()`: the ISO weekday of the time column, 1 (Monday) to 7.
    DayOfWeek,
}

/// How values compare. NaN passes only [`Operator::NotEqual`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=` or `<>`
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Operator {
    /// The operator that says the same with its sides swapped.
    pub fn turned(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `true` or `false`
    Boolean(bool),
    /// A whole number, compared exactly with integers.
    Integer(i128),
    /// Any other number whose digits are those of the float.
    Float(f64),
    /// A number with more digits than floats have, for decimals; with floats its nearest one compares.
    Decimal(Decimal),
    /// A string.
    Text(String),
}

impl Literal {
    /// The number that a text writes.
    pub fn number(text: &str) -> Option<Self> {
        if let Ok(integer) = text.parse() {
            return Some(Self::Integer(integer));
        }
        match &lex::tokens(text)[..] {
            [
                lex::Placed {
                    token: lex::Token::Literal(literal),
                    ..
                },
                lex::Placed {
                    token: lex::Token::End,
                    ..
                },
            ] => Some(literal.clone()).filter(|literal| !matches!(literal, Self::Text(_))),
            _ => None,
        }
    }
}

impl FromStr for Expression {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        parse::expression(text).map_err(|wrong| PlanError::Expression {
            text: text.to_owned(),
            column: wrong.column,
            reason: wrong.reason,
        })
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.to_string()
    }
}

impl TryFrom<String> for Expression {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}
