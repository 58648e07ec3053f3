//! `agg`: what is computed for each group.

mod text;

use crate::{Expression, Key, Literal, PlanError};
use serde::{Deserialize, Serialize};

/// What is computed for each group.
///
/// As text `count`, `mean(speed)`, `sum(speed where moving)`, `distinct(h3:9)`, and these joined by `+ - * /`,
/// perhaps with a name before: `share: count(where moving) / count`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Aggregate {
    /// Rows.
    Count,
    /// A function of a column's values.
    Of {
        /// The function.
        function: Function,
        /// The column.
        column: String,
    },
    /// How many different values a key that is no column has; null is none.
    Distinct(Key),
    /// `AGG where EXPR`: of the rows alone for which the expression is true. Of one of the three above.
    Where {
        /// The aggregate.
        aggregate: Box<Self>,
        /// Which rows it takes.
        filter: Expression,
    },
    /// A number, as a part of arithmetic.
    Number(Literal),
    /// One aggregate and another; null where one of them is.
    Arithmetic {
        /// What is done with them.
        operator: Arithmetic,
        /// The left one.
        left: Box<Self>,
        /// The right one.
        right: Box<Self>,
    },
    /// An aggregate whose column has a name of its own.
    Named {
        /// The name.
        name: String,
        /// The aggregate.
        aggregate: Box<Self>,
    },
}

/// What arithmetic does. Integers stay integers, but for `/`; with a float, all are floats; two times have a difference,
/// which is a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: a float, for integers the exact quotient rounded once; null where the divisor is zero.
    Divide,
}

/// A function of the values of a group that are neither null nor NaN; null when there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Function {
    /// How many values there are; 0 when there are none.
    Count,
    /// The exact sum: of integers as Int64, of floats rounded once to f64.
    Sum,
    /// The exact mean, rounded once to f64.
    Mean,
    /// The least value, of the column's type.
    Min,
    /// The greatest value, of the column's type.
    Max,
    /// The greatest value less the least.
    Span,
    /// The exact variance of a sample, rounded once to f64; null for fewer than two values.
    Var,
    /// The exact square root of that, rounded once to f64.
    Stddev,
    /// The exact variance of all there is, rounded once to f64.
    VarPop,
    /// The exact square root of that, rounded once to f64.
    StddevPop,
    /// How many different values there are, exactly.
    Distinct,
    /// The value that occurs most often; the smallest of several.
    Mode,
    /// One of the values, whichever costs least: the same one on every device.
    Any,
    /// The value of the earliest time; the smallest of several.
    First,
    /// The value of the latest time; the smallest of several.
    Last,
    /// About the value below which a share of the values lies.
    Quantile(Quantile),
    /// That value itself.
    ExactQuantile(Quantile),
    /// So many bins of equal width from the least value to the greatest, and how many values lie in each; at most
    /// [`Self::MOST_BINS`].
    Histogram(u16),
}

/// A share of the values, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Quantile(u64);

impl Quantile {
    /// The middle.
    pub const MEDIAN: Self = Self(0.5_f64.to_bits());

    /// A share from 0 to 1.
    ///
    /// # Errors
    /// [`PlanError::Aggregate`] for any other number.
    pub fn new(share: f64) -> Result<Self, PlanError> {
        Self::checked(share).map_err(|reason| PlanError::Aggregate {
            text: format!("quantile(COLUMN, {share})"),
            reason,
        })
    }

    fn checked(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) {
            // Of the two zeros one, so that equal shares are equal.
            return Ok(Self((share + 0.0).to_bits()));
        }
        Err(format!("{share} is not from 0 to 1; write 0.95 for 95 %"))
    }

    /// The share.
    pub fn share(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<Quantile> for f64 {
    fn from(quantile: Quantile) -> Self {
        quantile.share()
    }
}

impl TryFrom<f64> for Quantile {
    type Error = PlanError;

    fn try_from(share: f64) -> Result<Self, PlanError> {
        Self::new(share)
    }
}

impl Function {
    /// The most bins of a histogram.
    pub const MOST_BINS: u16 = 1_000;
}

impl Aggregate {
    /// The aggregate of the rows alone for which an expression is true.
    #[must_use]
    pub fn only(self, filter: Expression) -> Self {
        Self::Where {
            aggregate: Box::new(self),
            filter,
        }
    }

    /// The aggregate under a name of its own.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self::Named {
            name: name.into(),
            aggregate: Box::new(self),
        }
    }

    /// Without its name.
    pub fn unnamed(&self) -> &Self {
        match self {
            Self::Named { aggregate, .. } => aggregate.unnamed(),
            other => other,
        }
    }

    /// What its column is called, unless another one is called so before.
    pub fn name(&self) -> String {
        match self {
            Self::Named { name, .. } => name.clone(),
            other => other.to_string(),
        }
    }

    /// The expressions that say which rows parts of it take.
    pub fn filters(&self) -> Vec<&Expression> {
        match self {
            Self::Where { aggregate, filter } => {
                let mut filters = aggregate.filters();
                filters.push(filter);
                filters
            }
            Self::Arithmetic { left, right, .. } => {
                let mut filters = left.filters();
                filters.extend(right.filters());
                filters
            }
            Self::Named { aggregate, .. } => aggregate.filters(),
            Self::Count | Self::Of { .. } | Self::Distinct(_) | Self::Number(_) => Vec::new(),
        }
    }

    /// As [`Self::filters`], to be changed.
    pub(crate) fn filters_mut(&mut self) -> Vec<&mut Expression> {
        match self {
            Self::Where { aggregate, filter } => {
                let mut filters = aggregate.filters_mut();
                filters.push(filter);
                filters
            }
            Self::Arithmetic { left, right, .. } => {
                let mut filters = left.filters_mut();
                filters.extend(right.filters_mut());
                filters
            }
            Self::Named { aggregate, .. } => aggregate.filters_mut(),
            Self::Count | Self::Of { .. } | Self::Distinct(_) | Self::Number(_) => Vec::new(),
        }
    }

    /// The functions of columns in it.
    pub fn functions(&self) -> Vec<(Function, &String)> {
        match self {
            Self::Of { function, column } => vec![(*function, column)],
            Self::Where { aggregate, .. } | Self::Named { aggregate, .. } => aggregate.functions(),
            Self::Arithmetic { left, right, .. } => {
                let mut functions = left.functions();
                functions.extend(right.functions());
                functions
            }
            Self::Count | Self::Distinct(_) | Self::Number(_) => Vec::new(),
        }
    }

    /// The keys whose values are counted in it.
    pub fn keys(&self) -> Vec<&Key> {
        match self {
            Self::Distinct(key) => vec![key],
            Self::Where { aggregate, .. } | Self::Named { aggregate, .. } => aggregate.keys(),
            Self::Arithmetic { left, right, .. } => {
                let mut keys = left.keys();
                keys.extend(right.keys());
                keys
            }
            Self::Count | Self::Of { .. } | Self::Number(_) => Vec::new(),
        }
    }
}
