//! What is said of a group.

use super::{Expression, Key, Literal, OracleError, known, numeric};
use crate::table::Table;

/// What is said of a group. Nulls and NaN are skipped; where no value is left, the answer is null, but that of `Values` and
/// `Distinct` 0. Sums, means, variances, quantiles and histograms are of numbers, the others of any column.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    /// How many rows.
    Count,
    /// How many values.
    Values(String),
    /// The exact sum of a numeric column.
    Sum(String),
    /// The exact mean, rounded once.
    Mean(String),
    /// The smallest value, in the column's type.
    Min(String),
    /// The greatest value, in the column's type.
    Max(String),
    /// The exact sample variance, rounded once: null of fewer than two values, NaN where one is infinite.
    Var(String),
    /// The square root of the exact sample variance, rounded once: null and NaN as the variance.
    Stddev(String),
    /// The exact variance of all there is, rounded once: null of no value.
    VarPop(String),
    /// The square root of that, rounded once.
    StddevPop(String),
    /// The greatest value less the smallest.
    Span(String),
    /// The value that occurs most often, of several the smallest; -0.0 and 0.0 are one, told as 0.0 where that occurs.
    Mode(String),
    /// One of the values. Contracts leave open which; it is the smallest.
    Any(String),
    /// How many distinct values, -0.0 and 0.0 being one.
    Distinct(String),
    /// How many distinct values a key has, null being none.
    DistinctKey(Key),
    /// The `ceil(q * n)`-th smallest of n values, at least the first, with the product in f64; q is 0 to 1. An engine may
    /// miss the value by 1 %.
    Quantile(String, f64),
    /// That value itself.
    ExactQuantile(String, f64),
    /// So many bins of equal width from the smallest to the greatest finite value. Bin k begins at the float
    /// `low + (high - low) * (k / n)`.
    Histogram(String, u16),
    /// The value at the earliest time, of several the smallest; rows without time or value are skipped.
    First(String),
    /// The value at the latest time, of several the smallest; rows without time or value are skipped.
    Last(String),
    /// Of the rows alone for which the condition is true.
    Where(Box<Self>, Expression),
    /// The same number in every group.
    Number(Literal),
    /// Two joined: of integers an integer, but for a quotient; null where one is or a divisor is zero.
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
}

/// What joins two aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A quantile that is NaN would not equal itself, but no question with one passes its check.
impl Eq for Aggregate {}

impl Aggregate {
    /// The column it reads.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Count | Self::Number(_) | Self::DistinctKey(_) | Self::Arithmetic(..) => None,
            Self::Where(of, _) => of.column(),
            Self::Values(column)
            | Self::Sum(column)
            | Self::Mean(column)
            | Self::Min(column)
            | Self::Max(column)
            | Self::Var(column)
            | Self::Stddev(column)
            | Self::VarPop(column)
            | Self::StddevPop(column)
            | Self::Span(column)
            | Self::Mode(column)
            | Self::Any(column)
            | Self::Distinct(column)
            | Self::Quantile(column, _)
            | Self::ExactQuantile(column, _)
            | Self::Histogram(column, _)
            | Self::First(column)
            | Self::Last(column) => Some(column),
        }
    }

    pub(super) fn check(&self, table: &Table) -> Result<(), OracleError> {
        match self {
            Self::Count | Self::Number(_) => Ok(()),
            Self::DistinctKey(key) => key.check(table),
            Self::Where(of, condition) => {
                of.check(table)?;
                condition.check(table)
            }
            Self::Arithmetic(_, left, right) => {
                left.check(table)?;
                right.check(table)
            }
            Self::Values(column)
            | Self::Min(column)
            | Self::Max(column)
            | Self::Mode(column)
            | Self::Any(column)
            | Self::First(column)
            | Self::Last(column)
            | Self::Distinct(column) => known(table, column).map(|_| ()),
            &(Self::Quantile(_, quantile) | Self::ExactQuantile(_, quantile))
                if !(0.0..=1.0).contains(&quantile) =>
            {
                Err(OracleError::Quantile { quantile })
            }
            _ => self
                .column()
                .map_or(Ok(()), |column| numeric(table, column)),
        }
    }
}
