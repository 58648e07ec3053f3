//! What rows are grouped by.

use super::{Feature, OracleError, check_feature, known, numeric};
use crate::table::{Table, Values};

/// What rows are grouped by. A row without a value for it is in the null group, which comes last.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The geohash of that many letters, 1 to 12.
    Geohash(u8),
    /// The H3 cell of that resolution, 0 to 15, as hex text.
    H3(u8),
    /// The ancestor of that resolution of the H3 cell of another one, which is finer.
    H3Parent(u8, u8),
    /// The Web-Mercator tile of that zoom level, 0 to 32, as text `z/x/y`, ordered by x, then y, as numbers. None beyond
    /// 85.0511287798 degrees north and south.
    Tile(u8),
    /// The start of the bucket of that many source units, counted from the epoch; more than 0.
    Time(i64),
    /// The first instant of the hour that clocks show: an hour that they show twice is two.
    TimeHour,
    /// The first instant of the day.
    TimeDay,
    /// The first instant of the ISO week, which begins on Monday.
    TimeWeek,
    /// The first instant of the calendar month.
    TimeMonth,
    /// The first instant of the quarter, which begins with January, April, July or October.
    TimeQuarter,
    /// The first instant of the calendar year.
    TimeYear,
    /// 0 to 23.
    HourOfDay,
    /// 1, a Monday, to 7.
    DayOfWeek,
    /// The multiple of `width * 10^-places` that a number reaches, of floats as the floats nearest to the decimals are; those
    /// at 2^53 multiples and further are infinities.
    Bin {
        /// Of integers or floats.
        column: String,
        /// At least 1.
        width: i64,
        /// Digits behind the point; of integers none, or fewer.
        places: i32,
    },
    /// The nearest multiple of `10^-places`, of two the one further from zero, with edges as those of bins.
    Round {
        /// Of integers or floats.
        column: String,
        /// Digits behind the point.
        places: i32,
    },
    /// An integer, boolean or text column.
    Column(String),
    /// A partition value: in a [`Table`] a column too, that [`Table::write_hive`] moves into folder names.
    Partition(String),
    /// The names of the zones that the point is in: it counts in each of them. Features of one name are one zone.
    Zone {
        /// Names and their features.
        zones: Vec<(String, Feature)>,
        /// A point that is in none is in the null group; otherwise it counts in no group.
        other: bool,
    },
}

/// A position that is NaN would not equal itself, but no question with one passes its check.
impl Eq for Key {}

impl Key {
    pub(super) fn check(&self, table: &Table) -> Result<(), OracleError> {
        match self {
            &Self::Geohash(precision) if !(1..=12).contains(&precision) => {
                Err(OracleError::Precision { precision })
            }
            &Self::H3(resolution) if resolution > 15 => Err(OracleError::Resolution { resolution }),
            &Self::Tile(zoom) if zoom > 32 => Err(OracleError::Zoom { zoom }),
            &Self::Time(width) if width < 1 => Err(OracleError::Width { width }),
            &Self::H3Parent(of, resolution) if of > 15 || resolution > of => {
                Err(OracleError::Resolution { resolution })
            }
            &Self::Bin { width, .. } if width < 1 => Err(OracleError::Width { width }),
            Self::Bin { column, .. } | Self::Round { column, .. } => numeric(table, column),
            Self::Column(column) | Self::Partition(column) => match known(table, column)? {
                Values::F32(_) | Values::F64(_) => Err(OracleError::WrongType {
                    column: column.clone(),
                    wanted: "a key: integers, booleans or text",
                }),
                _ => Ok(()),
            },
            Self::Zone { zones, .. } => zones
                .iter()
                .try_for_each(|(_, feature)| check_feature(feature)),
            _ => Ok(()),
        }
    }
}
