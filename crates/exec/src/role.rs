//! What columns of an answer tell of a place.

/// The metadata of a field that tells where its rows are.
pub const ROLE: &str = "graticule.role";

/// What a column tells of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A geohash.
    Geohash,
    /// An H3 cell.
    H3,
    /// A tile of the web map.
    Tile,
    /// A longitude.
    Lon,
    /// A latitude.
    Lat,
}

impl Role {
    /// Each by its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("geohash", Self::Geohash),
        ("h3", Self::H3),
        ("tile", Self::Tile),
        ("lon", Self::Lon),
        ("lat", Self::Lat),
    ];

    /// As metadata says it.
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, role)| *role == self);
        known.map_or("", |(name, _)| name)
    }
}
