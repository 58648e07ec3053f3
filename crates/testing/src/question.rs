//! What is asked: the part of DESIGN.md's query that the oracle can answer.

mod aggregate;
mod error;
mod expression;
mod key;

use crate::calendar;
use crate::geohash::is_prefix;
use crate::table::{Table, Values};

pub use aggregate::{Aggregate, Arithmetic};
pub use error::OracleError;
pub use expression::{Comparison, Expression, Literal, Op, Operand};
pub use key::Key;

/// Positions `[lon, lat]`, one edge from each to the next and one from the last to the first, so that a ring may repeat
/// its first position at its end or not.
pub type Ring = Vec<[f64; 2]>;

/// The points inside an odd number of turns around these rings: an outline and its holes, or several of both.
pub type Feature = Vec<Ring>;

/// A question about a [`Table`]. The default asks for the count of all valid rows.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// `[west, south, east, north]`, all inclusive; west > east crosses the antimeridian. All must hold.
    pub bbox: Vec<[f64; 4]>,
    /// A point passes a list of features if it is in one of them. All lists must hold.
    pub polygons: Vec<Vec<Feature>>,
    /// `[lon, lat, metres]`: the points at most so far away along a great circle. All must hold.
    pub near: Vec<[f64; 3]>,
    /// A point passes a list of prefixes if its geohash begins with one of them. All lists must hold.
    pub geohashes: Vec<Vec<String>>,
    /// `from <= time < to` in source units; a side that is `None` is open, but a null time fails even `(None, None)`.
    pub time: Option<(Option<i64>, Option<i64>)>,
    /// All must hold.
    pub comparisons: Vec<Comparison>,
    /// Must be true: neither false nor unknown.
    pub expression: Option<Expression>,
    /// The IANA name of the zone whose calendar the keys week, month, year, hour of day and day of week follow, and the
    /// operands of the same name; UTC if `None`. They take times for milliseconds.
    pub timezone: Option<String>,
    /// What rows are grouped by; without keys there is one group.
    pub keys: Vec<Key>,
    /// What is said of each group; none is the same as `[Count]`.
    pub aggregates: Vec<Aggregate>,
    /// Groups with fewer than so many distinct values of this column are left out, before anything is said of them.
    /// Nulls and NaN are no values.
    pub min_distinct: Option<(String, u64)>,
    /// What the answer's rows must pass, of its columns by their places.
    pub having: Option<Expression>,
    /// What the rows are ordered by before their keys, the first first.
    pub order: Vec<Order>,
    /// The first so many rows, without an order by the first aggregate.
    pub top: Option<usize>,
    /// Whether aggregates ascend where an order does not say otherwise, instead of descending.
    pub bottom: bool,
    /// The matching rows themselves, in the order of the table, instead of groups: these columns of them (`lon`, `lat` and
    /// `time` are such, too), and at most so many rows.
    pub select: Option<(Vec<String>, Option<usize>)>,
}

/// A column of the answer, by its place, that rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Keys come before aggregates.
    pub column: usize,
    /// Where it is not said keys ascend, and aggregates descend.
    pub descending: Option<bool>,
}

impl Question {
    /// Whether the question makes sense for the table, before any row is read.
    pub fn check(&self, table: &Table) -> Result<(), OracleError> {
        self.check_places()?;
        for comparison in &self.comparisons {
            comparison.check(table)?;
        }
        if let Some(expression) = &self.expression {
            expression.check(table)?;
        }
        calendar::zone(self.timezone.as_deref())?;
        for key in &self.keys {
            key.check(table)?;
        }
        for aggregate in &self.aggregates {
            aggregate.check(table)?;
        }
        if let Some((column, _)) = &self.min_distinct {
            known(table, column)?;
        }
        self.check_order()?;
        self.check_select(table)
    }

    fn check_places(&self) -> Result<(), OracleError> {
        for &bbox in &self.bbox {
            let [west, south, east, north] = bbox;
            if !on_earth(west, south) || !on_earth(east, north) || south > north {
                return Err(OracleError::Bbox { bbox });
            }
        }
        for feature in self.polygons.iter().flatten() {
            check_feature(feature)?;
        }
        for &near in &self.near {
            let [lon, lat, metres] = near;
            if !on_earth(lon, lat) || !(0.0..=f64::MAX).contains(&metres) {
                return Err(OracleError::Near { near });
            }
        }
        match self
            .geohashes
            .iter()
            .flatten()
            .find(|text| !is_prefix(text))
        {
            None => Ok(()),
            Some(prefix) => Err(OracleError::Prefix {
                prefix: prefix.clone(),
            }),
        }
    }

    fn check_order(&self) -> Result<(), OracleError> {
        let columns = self.keys.len() + self.aggregates.len().max(1);
        let mut places = self.order.iter().map(|order| order.column);
        match places.find(|&index| index >= columns) {
            Some(index) => Err(OracleError::Order { index, columns }),
            None => Ok(()),
        }
    }

    fn check_select(&self, table: &Table) -> Result<(), OracleError> {
        let Some((columns, _)) = &self.select else {
            return Ok(());
        };
        for column in columns {
            if !["lon", "lat", "time"].contains(&column.as_str()) {
                known(table, column)?;
            }
        }
        let beside = [
            ("keys", !self.keys.is_empty()),
            ("aggregates", !self.aggregates.is_empty()),
            ("min_distinct", self.min_distinct.is_some()),
            ("a test of groups", self.having.is_some()),
            ("an order", self.top.is_some() || !self.order.is_empty()),
        ];
        match beside.into_iter().find(|(_, is_there)| *is_there) {
            Some((beside, _)) => Err(OracleError::SelectAndGroup { beside }),
            None => Ok(()),
        }
    }

    /// The places of the columns that the groups are ordered by before their keys, and whether they descend.
    pub(crate) fn orders(&self) -> Vec<(usize, bool)> {
        let first = Order {
            column: self.keys.len(),
            descending: None,
        };
        let orders = match self.order.as_slice() {
            [] if self.top.is_some() => std::slice::from_ref(&first),
            orders => orders,
        };
        let descends = |order: &Order| {
            let default = order.column >= self.keys.len() && !self.bottom;
            (order.column, order.descending.unwrap_or(default))
        };
        orders.iter().map(descends).collect()
    }
}

fn on_earth(lon: f64, lat: f64) -> bool {
    (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)
}

fn check_feature(feature: &Feature) -> Result<(), OracleError> {
    let mut positions = feature.iter().flatten();
    match positions.find(|position| position.iter().any(|value| !value.is_finite())) {
        Some(&position) => Err(OracleError::Position { position }),
        None => Ok(()),
    }
}

fn known<'a>(table: &'a Table, column: &str) -> Result<&'a Values, OracleError> {
    table
        .column(column)
        .ok_or_else(|| OracleError::UnknownColumn {
            column: column.to_owned(),
        })
}

fn numeric(table: &Table, column: &str) -> Result<(), OracleError> {
    if known(table, column)?.is_numeric() {
        Ok(())
    } else {
        Err(OracleError::WrongType {
            column: column.to_owned(),
            wanted: "numeric",
        })
    }
}
