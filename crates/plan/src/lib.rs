//! Query to plan to parts, from metadata alone.
//!
//! ```
//! use graticule_plan::{Aggregate, Key, Query};
//!
//! let query = Query::new()
//!     .within("116.30,39.97,116.33,40.00".parse()?)
//!     .during("2008-10-01..2008-12-30".parse()?)
//!     .by(["geohash:7".parse::<Key>()?])
//!     .aggregate(["count".parse::<Aggregate>()?, "mean(altitude_m)".parse()?])
//!     .top(20);
//! let text = serde_json::to_string(&query)?;
//! assert_eq!(serde_json::from_str::<Query>(&text)?, query);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Fourth in the arrows: metadata and a [`Query`] come in, a [`Plan`] goes out. The plan is data: a
//! program for the kernels, the row groups to read, and how the groups become an answer. It splits
//! into [`Part`]s that other threads, processes or machines run.

mod aggregate;
mod error;
mod expression;
mod key;
mod list;
mod lower;
mod meaning;
mod near;
mod pages;
mod part;
mod plan;
mod planner;
mod prune;
mod query;
mod threshold;
mod tiles;
mod time;
mod unmatched;
mod window;
mod zones;

pub use aggregate::{Aggregate, Arithmetic, Function, Quantile};
pub use error::PlanError;
pub use expression::{Decimal, Expression, Literal, Operand, Operator};
pub use key::{Key, NearKey, ZoneKey};
pub use list::{distinct_names, parts, unquoted};
pub use pages::Pruner;
pub use plan::{
    AggregateColumn, AggregateForm, AnswerColumn, AnswerPart, Choice, Floor, HavingTest, KeyColumn,
    KeyDigits, KeyForm, OrderColumn, PART_VERSION, Part, Plan, Pruning, SelectedColumn, Value,
};
pub use planner::{plan, plan_and_pruner};
pub use query::{AlsoIn, Filter, Having, MinDistinct, Order, QUERY_VERSION, Query, Select, Top};
pub use threshold::{Datum, Threshold};
pub use tiles::{Answered, TileStatistics};
pub use time::{TimeRange, TimeRanges, Timestamp};
pub use unmatched::unmatched;
pub use zones::{NamedPlace, NamedZone, Zones, polygons, zones, zones_of};
