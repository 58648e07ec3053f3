//! Why a question has no answer.

use super::Literal;

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
    /// A column to order by that is not there.
    #[error("the order is by column {index} of the answer, but there are {columns}")]
    Order {
        /// The place asked for.
        index: usize,
        /// How many there are.
        columns: usize,
    },
    /// An integer sum, or another result of arithmetic, beyond i64.
    #[error("the sum of {column} is {sum}, beyond the 64-bit integers")]
    SumOverflow {
        /// The column, or what was done.
        column: String,
        /// The exact sum.
        sum: i128,
    },
    /// A polygon or zone with a coordinate that is no number.
    #[error("a ring has the position {position:?}, which is not finite")]
    Position {
        /// Longitude, latitude.
        position: [f64; 2],
    },
    /// A circle that is none.
    #[error("near {near:?}: a point on the earth and a distance of 0 metres or more")]
    Near {
        /// Longitude, latitude, metres.
        near: [f64; 3],
    },
    /// What is not the beginning of a geohash.
    #[error("{prefix:?} is not the beginning of a geohash: 1 to 12 of its letters")]
    Prefix {
        /// The text.
        prefix: String,
    },
    /// A literal of another type than what it is compared with.
    #[error("{left} is not comparable with {literal:?}")]
    Incomparable {
        /// The left side.
        left: String,
        /// The right side.
        literal: Literal,
    },
    /// A list without a member.
    #[error("{left} is compared with a list without a member")]
    EmptyList {
        /// The left side.
        left: String,
    },
    /// A time zone that the database does not have.
    #[error("there is no time zone {name}")]
    TimeZone {
        /// Its name.
        name: String,
    },
    /// A time too far away for the calendar.
    #[error("time {time} is beyond the years that the calendar has")]
    Calendar {
        /// The time, in milliseconds.
        time: i64,
    },
    /// An H3 resolution beyond 15.
    #[error("an H3 resolution is 0 to 15, not {resolution}")]
    Resolution {
        /// The resolution asked for.
        resolution: u8,
    },
    /// A zoom level beyond 32.
    #[error("a zoom level is 0 to 32, not {zoom}")]
    Zoom {
        /// The level asked for.
        zoom: u8,
    },
    /// A quantile that is not 0 to 1.
    #[error("a quantile is 0 to 1, not {quantile}")]
    Quantile {
        /// The quantile asked for.
        quantile: f64,
    },
    /// Rows and groups asked for at once.
    #[error("select asks for rows, and {beside} for groups")]
    SelectAndGroup {
        /// What is asked for beside the rows.
        beside: &'static str,
    },
}
