use thiserror::Error;

/// What can be wrong with a coordinate, a box or a geohash that somebody wrote.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum GeoError {
    /// A longitude outside [-180, 180], or not a number.
    #[error("longitude {0} is not within -180 to 180 degrees")]
    Longitude(f64),
    /// A latitude outside [-90, 90], or not a number.
    #[error("latitude {0} is not within -90 to 90 degrees; longitude comes first, then latitude")]
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
    /// Not 1 to 12 letters.
    #[error("'{0}' is not a geohash: write 1 to 12 letters, such as wx4eq")]
    GeohashLength(String),
    /// A letter that no geohash holds.
    #[error(
        "'{letter}' in '{text}' is no geohash letter: they are 0123456789bcdefghjkmnpqrstuvwxyz (no a, i, l, o)"
    )]
    GeohashLetter {
        /// The whole text as given.
        text: String,
        /// Its first bad letter.
        letter: char,
    },
    /// A radius below 0, infinite or not a number.
    #[error("radius {0} is not a number of metres from 0 up")]
    Metres(f64),
    /// Not three comma-separated numbers.
    #[error(
        "'{0}' is not a circle: write LON,LAT,METRES, such as 116.316,39.988,500, or a radius such as 500m, 2km or 1.5mi"
    )]
    CircleSyntax(String),
    /// A zoom above 24.
    #[error("zoom {0} is not within 0 to 24")]
    Zoom(u32),
    /// An H3 resolution above 15.
    #[error("H3 resolution {0} is not within 0 to 15")]
    Resolution(u8),
}
