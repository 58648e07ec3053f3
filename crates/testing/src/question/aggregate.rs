//! What is said of a group.

use super::{OracleError, known, numeric};
use crate::table::Table;

/// What is said of a group. Nulls and NaN are skipped; where no value is left, the answer is null, but that of `Distinct`
/// 0. The columns are numeric, that of `Distinct` is any.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    /// How many rows.
    Count,
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
    /// How many distinct values, -0.0 and 0.0 being one. An engine may miss a number above 1000 by 3 %.
    Distinct(String),
    /// The `ceil(q * n)`-th smallest of n values, at least the first, with the product in f64; q is 0 to 1. An engine may
    /// miss the value by 1 %.
    Quantile(String, f64),
    /// The value at the earliest time, of several the smallest; rows without time or value are skipped.
    First(String),
    /// The value at the latest time, of several the smallest; rows without time or value are skipped.
    Last(String),
}

/// A quantile that is NaN would not equal itself, but no question with one passes its check.
impl Eq for Aggregate {}

impl Aggregate {
    /// The column it reads.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Count => None,
            Self::Sum(column)
            | Self::Mean(column)
            | Self::Min(column)
            | Self::Max(column)
            | Self::Var(column)
            | Self::Stddev(column)
            | Self::Distinct(column)
            | Self::Quantile(column, _)
            | Self::First(column)
            | Self::Last(column) => Some(column),
        }
    }

    pub(super) fn check(&self, table: &Table) -> Result<(), OracleError> {
        match self {
            Self::Count => Ok(()),
            Self::Distinct(column) => known(table, column).map(|_| ()),
            &Self::Quantile(_, quantile) if !(0.0..=1.0).contains(&quantile) => {
                Err(OracleError::Quantile { quantile })
            }
            _ => self
                .column()
                .map_or(Ok(()), |column| numeric(table, column)),
        }
    }
}
