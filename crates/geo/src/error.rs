use thiserror::Error;

/// What can be wrong with a coordinate, a box or a geohash that somebody wrote.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GeoError {
    /// A longitude outside [-180, 180], or not a number.
    #[error("longitude {0} is not within -180 to 180 degrees")]
    Longitude(f64),
    /// A latitude outside [-90, 90], or not a number.
    #[error("latitude {0} is not within -90 to 90 degrees")]
    Latitude(f64),
    /// South above north.
    #[error(
        "south {south} is above north {north}: a bbox is W,S,E,N, longitude before latitude (W > E is allowed and crosses the antimeridian)"
    )]
    SouthAboveNorth {
        /// The southern edge as given, degrees.
        south: f64,
        /// The northern edge as given, degrees.
        north: f64,
    },
    /// Not four comma-separated numbers.
    #[error("'{0}' is not a bbox: write W,S,E,N in degrees, such as 116.30,39.97,116.33,40.00")]
    BboxSyntax(String),
    /// A geohash precision outside 1 to 12.
    #[error("geohash precision {0} is not within 1 to 12")]
    Precision(u32),
}
