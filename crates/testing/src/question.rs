//! What is asked: the part of DESIGN.md's query that the oracle can answer.

use crate::table::{Table, Values};

/// A question about a [`Table`]. The default asks for the count of all valid rows.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// `[west, south, east, north]`, all inclusive; west > east crosses the antimeridian. All must hold.
    pub bbox: Vec<[f64; 4]>,
    /// `from <= time < to` in source units; a side that is `None` is open, but a null time fails even `(None, None)`.
    pub time: Option<(Option<i64>, Option<i64>)>,
    /// All must hold.
    pub comparisons: Vec<Comparison>,
    /// What rows are grouped by; without keys there is one group.
    pub keys: Vec<Key>,
    /// What is said of each group; none is the same as `[Count]`.
    pub aggregates: Vec<Aggregate>,
    /// The first so many groups by the aggregate at this index, descending.
    pub top: Option<(usize, usize)>,
}

/// `column op literal`, over a numeric column.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The left side.
    pub column: String,
    /// The comparison.
    pub op: Op,
    /// The right side.
    pub literal: Literal,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
}

/// A number as it is written in a query.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// Written without a point or exponent.
    Int(i64),
    /// Written as a float.
    Float(f64),
}

/// What rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The geohash of that many letters, 1 to 12.
    Geohash(u8),
    /// The start of the bucket of that many source units, counted from the epoch; more than 0.
    Time(i64),
    /// An integer, boolean or text column.
    Column(String),
    /// A partition value: in a [`Table`] a column too, that [`Table::write_hive`] moves into folder names.
    Partition(String),
}

/// What is said of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// How many rows.
    Count,
    /// The exact sum of a numeric column.
    Sum(String),
    /// The exact mean, rounded once.
    Mean(String),
    /// The smallest value, in the column's type.
    Min(String),
    /// The greatest value, in the column's type.
    Max(String),
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OracleError {
    /// A bounding box that is not one.
    #[error("bbox {bbox:?}: west and east are -180 to 180, south <= north are -90 to 90")]
    Bbox {
        /// West, south, east, north.
        bbox: [f64; 4],
    },
    /// A column that the table does not have.
    #[error("there is no column {column}")]
    UnknownColumn {
        /// Its name.
        column: String,
    },
    /// A column of a type on which this is not defined.
    #[error("column {column} is not {wanted}")]
    WrongType {
        /// Its name.
        column: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A geohash length that is not 1 to 12.
    #[error("a geohash has 1 to 12 letters, not {precision}")]
    Precision {
        /// The length asked for.
        precision: u8,
    },
    /// A bucket width below 1.
    #[error("a time bucket is 1 unit or wider, not {width}")]
    Width {
        /// The width asked for.
        width: i64,
    },
    /// A bucket that starts before the first i64.
    #[error("the bucket of {width} around time {time} starts before the first i64")]
    BucketStart {
        /// The time in it.
        time: i64,
        /// Its width.
        width: i64,
    },
    /// An aggregate to order by that is not there.
    #[error("top orders by aggregate {index}, but there are {aggregates}")]
    TopIndex {
        /// The index asked for.
        index: usize,
        /// How many there are.
        aggregates: usize,
    },
    /// An integer sum beyond i64.
    #[error("the sum of {column} is {sum}, beyond the 64-bit integers")]
    SumOverflow {
        /// The column.
        column: String,
        /// The exact sum.
        sum: i128,
    },
}

impl Question {
    /// Whether the question makes sense for the table, before any row is read.
    pub fn check(&self, table: &Table) -> Result<(), OracleError> {
        for &bbox in &self.bbox {
            let [west, south, east, north] = bbox;
            let on_earth = [west, east]
                .iter()
                .all(|lon| (-180.0..=180.0).contains(lon))
                && [south, north]
                    .iter()
                    .all(|lat| (-90.0..=90.0).contains(lat));
            if !on_earth || south > north {
                return Err(OracleError::Bbox { bbox });
            }
        }
        for comparison in &self.comparisons {
            numeric(table, &comparison.column)?;
        }
        for key in &self.keys {
            key.check(table)?;
        }
        for aggregate in &self.aggregates {
            if let Some(column) = aggregate.column() {
                numeric(table, column)?;
            }
        }
        let aggregates = self.aggregates.len().max(1);
        match self.top {
            Some((_, index)) if index >= aggregates => {
                Err(OracleError::TopIndex { index, aggregates })
            }
            _ => Ok(()),
        }
    }
}

impl Key {
    fn check(&self, table: &Table) -> Result<(), OracleError> {
        match self {
            &Self::Geohash(precision) if !(1..=12).contains(&precision) => {
                Err(OracleError::Precision { precision })
            }
            &Self::Time(width) if width < 1 => Err(OracleError::Width { width }),
            Self::Geohash(_) | Self::Time(_) => Ok(()),
            Self::Column(column) | Self::Partition(column) => match known(table, column)? {
                Values::F32(_) | Values::F64(_) => Err(OracleError::WrongType {
                    column: column.clone(),
                    wanted: "a key: integers, booleans or text",
                }),
                _ => Ok(()),
            },
        }
    }
}

impl Aggregate {
    /// The column it reads.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Count => None,
            Self::Sum(column) | Self::Mean(column) | Self::Min(column) | Self::Max(column) => {
                Some(column)
            }
        }
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
