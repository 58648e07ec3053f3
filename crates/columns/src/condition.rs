//! Tests of a row by values that it has: what decides whether an aggregate takes it.

use crate::Source;
use serde::{Deserialize, Serialize};

/// A test of a row. A null value passes neither a range nor its negation.
///
/// It names sources, not slots, so that it means the same in every scan; whoever computes it has a slot of each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Condition {
    /// The source's ordered word lies in `low..=high`, or does not where `negate`.
    Range {
        /// What is tested.
        source: Box<Source>,
        /// Least ordered word.
        low: u64,
        /// Greatest ordered word; below `low` for an empty range.
        high: u64,
        /// Whether to take the rows outside.
        negate: bool,
    },
    /// The source is null, or is not where `negate`.
    IsNull {
        /// What is tested.
        source: Box<Source>,
        /// Whether to take the rows that are not null.
        negate: bool,
    },
    /// All of these pass.
    All(Vec<Self>),
    /// One of these passes.
    Any(Vec<Self>),
}

impl Condition {
    /// The sources that it tests, as often as it does.
    pub fn sources(&self) -> Vec<&Source> {
        match self {
            Self::Range { source, .. } | Self::IsNull { source, .. } => vec![source],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::sources).collect(),
        }
    }
}
