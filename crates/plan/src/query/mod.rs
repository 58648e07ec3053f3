//! The question.

mod floor;
mod order;

use crate::{Aggregate, Expression, Key, NamedZone, PlanError, TimeRange, TimeRanges, list};
pub use floor::MinDistinct;
use graticule_columns::Note;
use graticule_geo::{Bbox, Circle};
pub use order::{Having, Order, Top};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Which rows count beside that: those whose values are in other regions, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<AlsoIn>,
    /// What groups are made by; also the order of the answer's rows.
    #[serde(default, rename = "by")]
    pub keys: Vec<Key>,
    /// What is computed for each group, each by itself or by the names of those before it; rows are counted if absent.
    #[serde(default = "count", rename = "agg", deserialize_with = "aggregates")]
    pub aggregates: Vec<Aggregate>,
    /// How many rows of the answer are wanted, and by which order; all, by keys, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
    /// Points are wanted instead of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// Which rows of the answer are told; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub having: Option<Having>,
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

fn aggregates<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Aggregate>, D::Error> {
    let texts: Vec<String> = Vec::deserialize(from)?;
    Aggregate::parse_each(texts.iter().map(String::as_str)).map_err(D::Error::custom)
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
    /// The time lies in one of the ranges; a null time does not.
    Time(TimeRanges),
    /// The expression is true of the row's values; unknown is not true.
    Where(Expression),
}

/// Rows whose column has a value that a row in another region has, too, among those that pass all filters but regions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlsoIn {
    /// The column, such as a device's.
    pub column: String,
    /// The other region: a filter that is one.
    pub region: Filter,
}

impl Filter {
    /// Whether it asks where the point is.
    pub fn is_region(&self) -> bool {
        match self {
            Self::Bbox(_) | Self::Polygon(_) | Self::Near(_) | Self::Geohash(_) => true,
            Self::Time(_) | Self::Where(_) => false,
        }
    }
}

/// Points instead of groups; keys and aggregates are not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The columns of the points, and keys as text, such as `h3:9`; `*` stands for all columns of the dataset.
    pub columns: Vec<String>,
    /// Keys among the columns that hold what files say, such as zones: a column of a key's text is that key. Other keys
    /// need not be here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// Columns that `*` does not stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// What the points are ordered by, the first first, ascending where nothing is said, nulls last, equal ones as in the
    /// dataset; by their places in that if empty. It takes a limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Order>,
    /// How many points; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Select {
    /// How many points are wanted, of points in an order.
    ///
    /// # Errors
    /// [`PlanError::OrderBy`] where nothing is said of it.
    pub fn first(&self) -> Result<u64, PlanError> {
        let told = || {
            let orders = self.order.iter().map(ToString::to_string);
            orders.collect::<Vec<_>>().join(", ")
        };
        self.limit.ok_or_else(|| PlanError::OrderBy {
            asked: told(),
            reason: "of rows the first ones are kept; say how many with `limit`".to_owned(),
        })
    }

    /// The columns of a list: names between commas, in double quotes where they hold a comma, a quote or a parenthesis.
    ///
    /// # Errors
    /// Which name is wrong, and how to write it.
    pub fn parse_columns(text: &str) -> Result<Vec<String>, String> {
        let name = |text: &str| match list::unquoted(text) {
            Some(name) => Ok(name),
            // Keys may have arguments.
            None if text.parse::<Key>().is_ok() => Ok(text.to_owned()),
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
            also_in: Vec::new(),
            keys: Vec::new(),
            aggregates: count(),
            top: None,
            select: None,
            having: None,
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
        self.filter(Filter::Time(range.into()))
    }

    /// Only rows whose column has a value that is also met in another region.
    #[must_use]
    pub fn also_in(mut self, column: impl Into<String>, region: Filter) -> Self {
        let column = column.into();
        self.also_in.push(AlsoIn { column, region });
        self
    }

    /// The questions that are asked for this one: by each column of `also_in`, whose groups have the values that are in its
    /// region among rows that pass what is no region, and last this question of all values.
    pub fn steps(&self) -> (Vec<Self>, Self) {
        let values = |also: &AlsoIn| {
            let others = self.filters.iter().filter(|filter| !filter.is_region());
            Self {
                filters: others.chain([&also.region]).cloned().collect(),
                timezone: self.timezone.clone(),
                ..Self::new()
                    .by([Key::column(&also.column)])
                    .aggregate([Aggregate::Count])
            }
        };
        let of_all = Self {
            also_in: Vec::new(),
            ..self.clone()
        };
        (self.also_in.iter().map(values).collect(), of_all)
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

    /// Only the first rows, by the first aggregate or by what [`Self::order_by`] says, descending.
    #[must_use]
    pub fn top(mut self, rows: usize) -> Self {
        let top = self.top.get_or_insert_default();
        (top.rows, top.bottom) = (Some(rows), false);
        self
    }

    /// Only the first rows, by the first aggregate or by what [`Self::order_by`] says, ascending.
    #[must_use]
    pub fn bottom(mut self, rows: usize) -> Self {
        let top = self.top.get_or_insert_default();
        (top.rows, top.bottom) = (Some(rows), true);
        self
    }

    /// The rows by an aggregate or a column of the answer, instead of by keys; behind what was said before.
    #[must_use]
    pub fn order_by(mut self, order: impl Into<Order>) -> Self {
        self.top.get_or_insert_default().by.push(order.into());
        self
    }

    /// Only the rows of the answer that pass a test.
    #[must_use]
    pub fn having(mut self, having: Having) -> Self {
        self.having = Some(having);
        self
    }

    /// The matching points, with these columns, instead of groups.
    #[must_use]
    pub fn select(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let select = self.select.get_or_insert_default();
        select.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Without these columns of all, where all are selected.
    #[must_use]
    pub fn exclude(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let select = self.select.get_or_insert_default();
        select.exclude = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The points by a column, ascending where nothing is said; behind what was said before.
    #[must_use]
    pub fn select_by(mut self, order: impl Into<Order>) -> Self {
        self.select.get_or_insert_default().order.push(order.into());
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
        let key = |key: &Key| matches!(key, Key::Calendar(_) | Key::Time { .. });
        let selected = self.select.iter().flat_map(|select| {
            let ordering = select.order.iter().map(|order| &order.by);
            select.columns.iter().chain(ordering)
        });
        let mut selected = selected.filter_map(|name| name.parse::<Key>().ok());
        self.keys.iter().any(key)
            || selected.any(|named| key(&named))
            || self.aggregates.iter().flat_map(Aggregate::keys).any(key)
            || self.expressions().any(Expression::has_calendar)
    }

    /// The tests of rows: those of its filters, and of its aggregates.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let filters = self.filters.iter().filter_map(|filter| match filter {
            Filter::Where(expression) => Some(expression),
            _ => None,
        });
        filters.chain(self.aggregates.iter().flat_map(Aggregate::filters))
    }

    /// The question with the values of the files that its expressions name, as `id in file 'ids.txt'` does.
    ///
    /// # Errors
    /// What `read` says of a file.
    pub fn listed<E>(
        mut self,
        mut read: impl FnMut(&str) -> Result<Vec<String>, E>,
    ) -> Result<Self, E> {
        let filters = self.filters.iter_mut().filter_map(|filter| match filter {
            Filter::Where(expression) => Some(expression),
            _ => None,
        });
        let of_aggregates = self.aggregates.iter_mut().flat_map(Aggregate::filters_mut);
        for expression in filters.chain(of_aggregates) {
            expression.listed(&mut read)?;
        }
        Ok(self)
    }

    /// Keeps rows that lie in no zone of a zone key, as its null group.
    #[must_use]
    pub fn other(mut self) -> Self {
        self.other = true;
        self
    }
}
