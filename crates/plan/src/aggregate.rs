use crate::PlanError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is computed for each group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Function {
    const NAMES: [(&'static str, Self); 4] = [
        ("sum", Self::Sum),
        ("mean", Self::Mean),
        ("min", Self::Min),
        ("max", Self::Max),
    ];
}

impl FromStr for Aggregate {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        let wrong = |reason: String| PlanError::Aggregate {
            text: text.to_owned(),
            reason,
        };
        if text == "count" {
            return Ok(Self::Count);
        }
        let Some((name, rest)) = text.split_once('(') else {
            return Err(wrong(format!(
                "'{text}' needs a column, as in {text}(COLUMN)"
            )));
        };
        let known = Function::NAMES.iter().find(|(n, _)| *n == name);
        let (_, function) = known.ok_or_else(|| wrong(format!("'{name}' is not known")))?;
        match rest.strip_suffix(')').map(str::trim) {
            Some(column) if !column.is_empty() => Ok(Self::Of {
                function: *function,
                column: column.to_owned(),
            }),
            _ => Err(wrong("the column in parentheses is missing".to_owned())),
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => write!(f, "count"),
            Self::Of { function, column } => {
                let name = Function::NAMES.iter().find(|(_, known)| known == function);
                write!(f, "{}({column})", name.map_or("", |(name, _)| name))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregates_read_and_write() {
        for text in [
            "count",
            "sum(a)",
            "mean(altitude_m)",
            "min(time)",
            "max(x y)",
        ] {
            assert_eq!(
                text.parse::<Aggregate>().expect("an aggregate").to_string(),
                text
            );
        }
        for text in ["", "sum", "sum()", "sum(a", "median(a)", "count(a)"] {
            assert!(
                matches!(text.parse::<Aggregate>(), Err(PlanError::Aggregate { .. })),
                "{text}"
            );
        }
    }
}
