//! `agg`: what is computed for each group.

use crate::{PlanError, list};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is computed for each group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
}

/// A function of the values of a group that are neither null nor NaN; null when there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Function {
    /// The exact sum: of integers as Int64, of floats rounded once to f64.
    Sum,
    /// The exact mean, rounded once to f64.
    Mean,
    /// The least value, of the column's type.
    Min,
    /// The greatest value, of the column's type.
    Max,
    /// The exact variance of a sample, rounded once to f64; null for fewer than two values.
    Var,
    /// The exact square root of that, rounded once to f64.
    Stddev,
    /// About how many different values there are.
    Distinct,
    /// The value of the earliest time; the smallest of several.
    First,
    /// The value of the latest time; the smallest of several.
    Last,
    /// About the value below which a share of the values lies.
    Quantile(Quantile),
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
    /// All but the quantiles, which are written otherwise.
    const NAMES: [(&'static str, Self); 9] = [
        ("sum", Self::Sum),
        ("mean", Self::Mean),
        ("min", Self::Min),
        ("max", Self::Max),
        ("var", Self::Var),
        ("stddev", Self::Stddev),
        ("distinct", Self::Distinct),
        ("first", Self::First),
        ("last", Self::Last),
    ];
}

impl Aggregate {
    /// Reads aggregates with commas between them.
    ///
    /// # Errors
    /// [`PlanError::Aggregate`] for the first that cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PlanError> {
        list::parts(text).into_iter().map(str::parse).collect()
    }
}

impl FromStr for Aggregate {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        aggregate(text).map_err(|reason| PlanError::Aggregate {
            text: text.to_owned(),
            reason,
        })
    }
}

fn aggregate(text: &str) -> Result<Aggregate, String> {
    if text == "count" {
        return Ok(Aggregate::Count);
    }
    let (name, rest) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), Some(rest)),
        None => (text, None),
    };
    let known = Function::NAMES.iter().find(|(n, _)| *n == name);
    let mut function = match (known, name) {
        (Some((_, function)), _) => *function,
        (None, "median" | "quantile") => Function::Quantile(Quantile::MEDIAN),
        (None, "count") => return Err("count counts rows, of no column: write count".to_owned()),
        (None, "") => return Err("there is no function".to_owned()),
        (None, name) => return Err(format!("'{name}' is not known")),
    };
    let is_quantile = name == "quantile";
    let example = format!("{name}(COLUMN{})", if is_quantile { ", 0.95" } else { "" });
    let inner = rest.ok_or_else(|| format!("'{name}' needs a column, as in {example}"))?;
    let inner = inner
        .strip_suffix(')')
        .ok_or("its last character is not ')'")?;
    let arguments = list::parts(inner);
    match (is_quantile, &arguments[1..]) {
        (false, []) => {}
        (true, [share]) => {
            let number = share.parse::<f64>();
            let number = number.map_err(|_| format!("'{share}' is no number from 0 to 1"))?;
            function = Function::Quantile(Quantile::checked(number)?);
        }
        (true, []) => return Err(format!("the quantile is missing; write {example}")),
        _ => {
            return Err(format!(
                "write {example}; a column with a comma in its name stands in \"double quotes\""
            ));
        }
    }
    let column = match arguments[0] {
        "" => return Err(format!("the column is missing; write {example}")),
        text => match list::unquoted(text) {
            Some(name) if !name.is_empty() => name,
            None if list::is_plain(text) => text.to_owned(),
            _ => {
                return Err(format!(
                    "'{text}' is no column; a name with a quote or a parenthesis that is left open stands in \"double quotes\", its own quotes doubled"
                ));
            }
        },
    };
    Ok(Aggregate::Of { function, column })
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Of { function, column } = self else {
            return write!(f, "count");
        };
        let column = match list::is_plain(column) {
            true => column.clone(),
            false => list::quoted(column),
        };
        if let Function::Quantile(quantile) = function {
            return write!(f, "quantile({column}, {})", quantile.share());
        }
        let name = Function::NAMES.iter().find(|(_, known)| known == function);
        write!(f, "{}({column})", name.map_or("", |(name, _)| name))
    }
}

impl From<Aggregate> for String {
    fn from(aggregate: Aggregate) -> Self {
        aggregate.to_string()
    }
}

impl TryFrom<String> for Aggregate {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}
