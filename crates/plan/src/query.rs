use crate::{Aggregate, Comparison, Key, TimeRange};
use graticule_geo::Bbox;
use serde::{Deserialize, Serialize};

/// The version that a query is written with.
pub const QUERY_VERSION: u32 = 1;

/// A question, as data. All filters must hold; without keys there is one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// [`QUERY_VERSION`].
    pub version: u32,
    /// Which rows count.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// What groups are made by; also the order of the answer's rows.
    #[serde(default, rename = "by")]
    pub keys: Vec<Key>,
    /// What is computed for each group.
    #[serde(rename = "agg")]
    pub aggregates: Vec<Aggregate>,
    /// How many rows of the answer are wanted, and by which order; all, by keys, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
}

/// A test that rows must pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// The point lies in the box, edges included.
    Bbox(Bbox),
    /// The time lies in the range; a null time does not.
    Time(TimeRange),
    /// The column compares so; null does not.
    Where(Comparison),
}

/// The first so many rows by an aggregate, descending, nulls last, then by keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    /// How many rows.
    pub rows: usize,
    /// The aggregate; the first if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Aggregate>,
}

impl Default for Query {
    fn default() -> Self {
        Self::new()
    }
}

impl Query {
    /// A question that counts all rows.
    pub fn new() -> Self {
        Self {
            version: QUERY_VERSION,
            filters: Vec::new(),
            keys: Vec::new(),
            aggregates: vec![Aggregate::Count],
            top: None,
        }
    }

    /// Only points within the box.
    #[must_use]
    pub fn within(self, bbox: Bbox) -> Self {
        self.filter(Filter::Bbox(bbox))
    }

    /// Only rows of the time range.
    #[must_use]
    pub fn during(self, range: TimeRange) -> Self {
        self.filter(Filter::Time(range))
    }

    /// Only rows that pass the filter.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Groups by these keys, instead of any before.
    #[must_use]
    pub fn by(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// Computes these aggregates, instead of counting.
    #[must_use]
    pub fn aggregate(mut self, aggregates: impl IntoIterator<Item = Aggregate>) -> Self {
        self.aggregates = aggregates.into_iter().collect();
        self
    }

    /// Only the first rows by the first aggregate, descending.
    #[must_use]
    pub fn top(mut self, rows: usize) -> Self {
        self.top = Some(Top { rows, by: None });
        self
    }
}
