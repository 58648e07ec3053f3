//! `min_distinct`: the privacy floor.

use crate::PlanError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Groups with fewer different values of a column are left out.
///
/// As text `COLUMN:K`; the number stands after the last colon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MinDistinct {
    /// The column.
    pub column: String,
    /// The fewest different values that a group is told with, at least 1.
    pub least: u64,
}

impl FromStr for MinDistinct {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let wrong = |reason: String| PlanError::MinDistinct {
            text: text.to_owned(),
            reason,
        };
        let (column, least) = text
            .trim()
            .rsplit_once(':')
            .ok_or_else(|| wrong("it has no colon".to_owned()))?;
        if column.is_empty() {
            return Err(wrong("the column is missing".to_owned()));
        }
        match least.parse() {
            Ok(0) => Err(wrong("every group has at least 0 values".to_owned())),
            Ok(least) => Ok(Self {
                column: column.to_owned(),
                least,
            }),
            Err(_) => Err(wrong(format!("'{least}' is no whole number"))),
        }
    }
}

impl fmt::Display for MinDistinct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.column, self.least)
    }
}

impl From<MinDistinct> for String {
    fn from(floor: MinDistinct) -> Self {
        floor.to_string()
    }
}

impl TryFrom<String> for MinDistinct {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}
