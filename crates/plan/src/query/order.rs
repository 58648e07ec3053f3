//! `order_by` and `having`: the order of an answer's rows, and which of them are told.

use crate::{Aggregate, Expression, Key, PlanError, list};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The rows of the answer by something else than their keys, nulls last, equal ones by the keys; and the first so many of
/// them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// How many rows; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// By what, the first first; by the first aggregate if empty.
    #[serde(default, with = "one_or_more", skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Order>,
    /// Whether aggregates ascend where nothing is said, instead of descending.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bottom: bool,
}

/// What rows are ordered by: a column of the answer, by its name, or an aggregate that need not be in it.
///
/// As text `mean(speed) desc`. Keys ascend and aggregates descend where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Order {
    /// The key, the aggregate, or its name.
    pub by: String,
    /// Whether the greatest comes first, where that is said.
    pub descending: Option<bool>,
}

impl Order {
    /// By a column of the answer, or an aggregate.
    pub fn by(name: impl Into<String>) -> Self {
        Self {
            by: name.into(),
            descending: None,
        }
    }

    /// The greatest first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self {
            descending: Some(true),
            ..self
        }
    }

    /// The least first.
    #[must_use]
    pub fn ascending(self) -> Self {
        Self {
            descending: Some(false),
            ..self
        }
    }

    /// Reads orders with commas between them.
    ///
    /// # Errors
    /// [`PlanError::OrderBy`] for the first that cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PlanError> {
        list::parts(text).into_iter().map(str::parse).collect()
    }
}

impl From<Aggregate> for Order {
    fn from(aggregate: Aggregate) -> Self {
        Self::by(aggregate.name())
    }
}

impl From<Key> for Order {
    fn from(key: Key) -> Self {
        Self::by(key.to_string())
    }
}

impl FromStr for Order {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        let word = |word: &str| {
            let (by, last) = text.rsplit_once(char::is_whitespace)?;
            last.eq_ignore_ascii_case(word).then(|| by.trim_end())
        };
        let (by, descending) = match (word("desc"), word("asc")) {
            (Some(by), _) => (by, Some(true)),
            (_, Some(by)) => (by, Some(false)),
            _ => (text, None),
        };
        if by.is_empty() {
            return Err(PlanError::OrderBy {
                asked: text.to_owned(),
                reason: "nothing is named; write a key or an aggregate, as in 'count desc'"
                    .to_owned(),
            });
        }
        let by = list::unquoted(by).unwrap_or_else(|| by.to_owned());
        Ok(Self { by, descending })
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.descending {
            Some(true) => " desc",
            Some(false) => " asc",
            None => "",
        };
        match list::parts(&self.by).len() {
            1 => write!(f, "{}{word}", self.by),
            _ => write!(f, "{}{word}", list::quoted(&self.by)),
        }
    }
}

impl From<Order> for String {
    fn from(order: Order) -> Self {
        order.to_string()
    }
}

impl TryFrom<String> for Order {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}

/// One is written as it is, more as a list.
mod one_or_more {
    use super::Order;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        None(()),
        One(Order),
        More(Vec<Order>),
    }

    pub(super) fn serialize<S: Serializer>(orders: &[Order], to: S) -> Result<S::Ok, S::Error> {
        match orders {
            [one] => one.serialize(to),
            more => more.serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Order>, D::Error> {
        Ok(match Written::deserialize(from)? {
            Written::None(()) => Vec::new(),
            Written::One(order) => vec![order],
            Written::More(orders) => orders,
        })
    }
}

/// A test of an answer's rows: an expression whose columns are those of the answer, or aggregates that need not be in it.
///
/// As text `count > 100 and mean(speed) < 3`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Having(pub(crate) Expression);

impl Having {
    /// Whether it compares with a text, which of a time is one in some zone.
    pub fn has_texts(&self) -> bool {
        self.0.has_texts()
    }
}

/// Words that parentheses may follow.
const WORDS: [&str; 5] = ["and", "or", "not", "in", "between"];

impl FromStr for Having {
    type Err = PlanError;

    /// Calls become names, which is what the columns of answers are called by.
    fn from_str(text: &str) -> Result<Self, PlanError> {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let (mut written, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let end = match first {
                '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
                c if in_word(c) => rest.find(|c| !in_word(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let (word, behind) = rest.split_at(end);
            let is_name = in_word(first) && !WORDS.iter().any(|w| word.eq_ignore_ascii_case(w));
            match list::closing(behind.trim_start()).filter(|_| is_name) {
                None => {
                    written += word;
                    rest = behind;
                }
                Some(close) => {
                    let (call, behind) = behind.trim_start().split_at(close + 1);
                    let aggregate: Aggregate = format!("{word}{call}").parse()?;
                    written += &list::quoted(&aggregate.to_string());
                    rest = behind;
                }
            }
        }
        written.parse().map(Self).map_err(|error| match error {
            PlanError::Expression {
                text,
                column,
                reason,
            } => PlanError::Having {
                asked: text,
                reason: format!("at column {column}, {reason}"),
            },
            other => other,
        })
    }
}

impl fmt::Display for Having {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Having> for String {
    fn from(having: Having) -> Self {
        having.to_string()
    }
}

impl TryFrom<String> for Having {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        for (text, by, descending) in [
            ("count desc", "count", Some(true)),
            ("mean(a b) ASC", "mean(a b)", Some(false)),
            ("geohash:5", "geohash:5", None),
            ("desc", "desc", None),
        ] {
            let order: Order = text.parse().expect("an order");
            assert_eq!((order.by.as_str(), order.descending), (by, descending));
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        assert!("".parse::<Order>().is_err());
        let one: Top = serde_json::from_str(r#"{"by": "count"}"#).expect("a top");
        assert_eq!(one.by, [Order::by("count")]);
    }

    #[test]
    fn calls_are_names_of_columns() {
        let having: Having = "count>3 and (avg( v )<2 or note in ('max(x)', 'b'))"
            .parse()
            .expect("a test");
        let written = "count > 3 and (\"mean(v)\" < 2 or note in ('max(x)', 'b'))";
        assert_eq!(having.to_string(), written);
        assert_eq!(written.parse(), Ok(having));
        assert!("nothing(v) > 3".parse::<Having>().is_err());
    }
}
