//! The question.

mod floor;

use crate::{Aggregate, Expression, Key, NamedZone, TimeRange, list};
pub use floor::MinDistinct;
use graticule_columns::Note;
use graticule_geo::{Bbox, Circle};
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
    /// What is computed for each group; rows are counted if absent.
    #[serde(default = "count", rename = "agg")]
    pub aggregates: Vec<Aggregate>,
    /// How many rows of the answer are wanted, and by which order; all, by keys, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
    /// Points are wanted instead of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// Which groups are too small to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_distinct: Option<MinDistinct>,
    /// The time zone of calendar keys, whole days, `hour_of_day()` and `day_of_week()`, as an IANA name;
    /// UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Whether rows that lie in no zone of a zone key are its null group, instead of left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// What was left out of the files of its zones and polygons, and what was changed in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

fn count() -> Vec<Aggregate> {
    vec![Aggregate::Count]
}

/// A test that rows must pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// The point lies in the box, edges included.
    Bbox(Bbox),
    /// The point lies in one of the zones.
    Polygon(Vec<NamedZone>),
    /// The point lies in the circle, the rim included.
    Near(Circle),
    /// The point's geohash begins with one of these.
    Geohash(Vec<String>),
    /// The time lies in the range; a null time does not.
    Time(TimeRange),
    /// The expression is true of the row's values; unknown is not true.
    Where(Expression),
}

/// The rows by an aggregate, descending, nulls last, then by keys, and the first so many of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    /// How many rows; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// The aggregate; the first if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Aggregate>,
}

/// Points instead of groups; keys and aggregates are not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The columns of the points.
    pub columns: Vec<String>,
    /// How many points; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Select {
    /// The columns of a list: names between commas, in double quotes where they hold a comma, a quote or a parenthesis.
    ///
    /// # Errors
    /// Which name is wrong, and how to write it.
    pub fn parse_columns(text: &str) -> Result<Vec<String>, String> {
        let name = |text: &str| match list::unquoted(text) {
            Some(name) => Ok(name),
            None if list::is_plain(text) => Ok(text.to_owned()),
            None => Err(format!(
                "'{text}' is no name; write {}",
                list::quoted(text.trim_matches('"'))
            )),
        };
        list::parts(text).into_iter().map(name).collect()
    }
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
            aggregates: count(),
            top: None,
            select: None,
            min_distinct: None,
            timezone: None,
            other: false,
            notes: Vec::new(),
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

    /// Only the first rows, by the first aggregate or the one of [`Self::order_by`], descending.
    #[must_use]
    pub fn top(mut self, rows: usize) -> Self {
        self.top_mut().rows = Some(rows);
        self
    }

    /// The rows by an aggregate, descending, instead of by keys.
    #[must_use]
    pub fn order_by(mut self, aggregate: Aggregate) -> Self {
        self.top_mut().by = Some(aggregate);
        self
    }

    fn top_mut(&mut self) -> &mut Top {
        self.top.get_or_insert(Top {
            rows: None,
            by: None,
        })
    }

    /// The matching points, with these columns, instead of groups.
    #[must_use]
    pub fn select(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let select = self.select.get_or_insert_default();
        select.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// At most so many of the points that are selected.
    #[must_use]
    pub fn limit(mut self, points: u64) -> Self {
        self.select.get_or_insert_default().limit = Some(points);
        self
    }

    /// Leaves out groups with fewer different values of a column.
    #[must_use]
    pub fn min_distinct(mut self, floor: MinDistinct) -> Self {
        self.min_distinct = Some(floor);
        self
    }

    /// The time zone of calendar keys and functions, as an IANA name.
    #[must_use]
    pub fn timezone(mut self, zone: impl Into<String>) -> Self {
        self.timezone = Some(zone.into());
        self
    }

    /// Whether a key or an expression asks a calendar, so that the time zone matters.
    pub fn has_calendar(&self) -> bool {
        let key = |key: &Key| match key {
            Key::Calendar(_) => true,
            Key::Time { seconds } => seconds % 86_400 == 0,
            _ => false,
        };
        let filter = |filter: &Filter| match filter {
            Filter::Where(expression) => expression.has_calendar(),
            _ => false,
        };
        self.keys.iter().any(key) || self.filters.iter().any(filter)
    }

    /// Keeps rows that lie in no zone of a zone key, as its null group.
    #[must_use]
    pub fn other(mut self) -> Self {
        self.other = true;
        self
    }
}
