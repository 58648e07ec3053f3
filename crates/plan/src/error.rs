use crate::near;
use thiserror::Error;

/// What can be wrong with a question.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A key that cannot be read.
    #[error(
        "'{text}' is no key: {reason}. Keys are geohash:P (P 1 to 12), h3:R (R 0 to 15), tile:Z (Z 0 to 24), time:DURATION (such as time:15m; s, m, h, d), time:hour, time:day, time:week, time:month, time:quarter, time:year, hour_of_day, day_of_week, bin(COLUMN, WIDTH), round(COLUMN, PLACES), parent(h3:R, COARSER), zone:FILE:PROPERTY, near:FILE:PROPERTY:METRES, or the name of a column"
    )]
    Key {
        /// As written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An aggregate that cannot be read.
    #[error(
        "'{text}' is no aggregate: {reason}. Aggregates are count, and count, sum, mean, min, max, span, var, stddev, var_pop, stddev_pop, median, mode, any, distinct, first or last of a column, as in mean(COLUMN), quantile(COLUMN, 0.95) and hist(COLUMN, 20), perhaps of some rows, as in count(where EXPR), joined by + - * /, and with a name before, as in NAME: AGG"
    )]
    Aggregate {
        /// As written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A time range that cannot be read.
    #[error(
        "'{text}' is no time range: {reason}. Write a day such as 2008-10-01, a month such as 2008-10, a year, an ISO week such as 2008-W40, or FROM..TO, each of those or RFC 3339 such as 2008-10-01T06:30:00Z; either may be left out, TO is excluded"
    )]
    Time {
        /// As written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An expression that cannot be read.
    #[error("in `where`, at column {column} of '{text}': {reason}\n  {text}\n  {:>width$}", "^", width = column)]
    Expression {
        /// As written.
        text: String,
        /// Where, counted in characters from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Polygons that cannot be read.
    #[error(
        "in {place}: {reason}. Polygons are read from GeoJSON: a Polygon or MultiPolygon, features or a collection of them"
    )]
    Zones {
        /// Where, such as `districts.geojson, feature 3`.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// Polygons, circles or prefixes that are nowhere on the earth.
    #[error("{0}")]
    Region(String),
    /// A privacy floor that cannot be read.
    #[error("'{text}' is no floor: {reason}. Write COLUMN:K, such as user_id:5, K at least 1")]
    MinDistinct {
        /// As written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A time zone that does not exist.
    #[error("in `timezone`: {reason}")]
    Timezone {
        /// What is wrong with it.
        reason: String,
    },
    /// A column that the dataset does not have.
    #[error("the dataset has no column '{name}'{}", near::instead(name, columns))]
    NoSuchColumn {
        /// The name asked for.
        name: String,
        /// The names that there are.
        columns: Vec<String>,
    },
    /// A column whose values in all files are of no one type.
    #[error("column '{name}' cannot be asked: {reason}")]
    SetAside {
        /// The column.
        name: String,
        /// Why, and in which files.
        reason: String,
    },
    /// A column that cannot be used so.
    #[error("column '{name}' is {data_type}, which cannot be {purpose}; {hint}")]
    ColumnType {
        /// The column.
        name: String,
        /// Its type.
        data_type: String,
        /// What was asked of it.
        purpose: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Two columns that cannot be compared with each other.
    #[error("'{}' cannot be compared with '{}'; {hint}", names[0], names[1])]
    Columns {
        /// The one that does not go, and the other.
        names: [String; 2],
        /// What to do.
        hint: &'static str,
    },
    /// A file of values that cannot be compared with.
    #[error("in the list '{file}': {reason}")]
    List {
        /// As written.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A time filter or key on a dataset without a time column.
    #[error(
        "the dataset has no time column; name one with `time_column` (for integers with `time_unit` s|ms|us|ns)"
    )]
    NoTime,
    /// A part that no plan makes.
    #[error(
        "this part cannot be run: {reason}; make it anew with Plan::split, by the same version of graticule"
    )]
    Part {
        /// What is wrong with it.
        reason: String,
    },
    /// A query of a version that this graticule does not know.
    #[error("the query is of version {found}, this graticule reads version {known}")]
    Version {
        /// The query's.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A question whose rows are known only once another was answered.
    #[error(
        "which values of '{column}' are in the region of `also_in` is found by asking; run the question, or plan its `steps`"
    )]
    AlsoIn {
        /// The column.
        column: String,
    },
    /// `order_by` of something that the answer does not have.
    #[error("cannot order by '{asked}': {reason}")]
    OrderBy {
        /// As written.
        asked: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `having` of something that the answer does not have, or that cannot be compared so.
    #[error("in `having`: cannot test '{asked}': {reason}")]
    Having {
        /// As written.
        asked: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl PlanError {
    /// The same, naming the file that the polygons are from; other errors as they are.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        match self {
            Self::Zones { place, reason } => Self::Zones {
                place: format!("{file}, {place}"),
                reason,
            },
            other => other,
        }
    }
}
