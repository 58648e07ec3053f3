//! What columns of an answer tell of a place, and how they tell times.

use graticule_columns::CalendarUnit;

/// The metadata of a field that tells where its rows are.
pub const ROLE: &str = "graticule.role";

/// The metadata of a field whose instants are told by the clocks of their time zone: as what
/// [`CalendarUnit`] they begin, or `time` for the instants themselves.
pub(crate) const CALENDAR: &str = "graticule.calendar";

/// How instants are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// With the offset of their zone.
    Time,
    /// The same, of an hour's beginning.
    Hour,
    /// A date.
    Day,
    /// A week of ISO 8601.
    Week,
    /// A year and a month.
    Month,
    /// A year and a quarter.
    Quarter,
    /// A year.
    Year,
}

impl Told {
    const ALL: [(&'static str, Self); 7] = [
        ("time", Self::Time),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    /// How the beginnings of a unit are told; none of what has no beginning.
    pub(crate) fn of(unit: CalendarUnit) -> Option<Self> {
        Some(match unit {
            CalendarUnit::HourOfDay | CalendarUnit::DayOfWeek => return None,
            CalendarUnit::Hour => Self::Hour,
            CalendarUnit::Days(_) => Self::Day,
            CalendarUnit::Week => Self::Week,
            CalendarUnit::Month => Self::Month,
            CalendarUnit::Quarter => Self::Quarter,
            CalendarUnit::Year => Self::Year,
        })
    }

    /// As metadata says it.
    pub(crate) fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, told)| *told == self);
        known.map_or("", |(name, _)| name)
    }

    /// What metadata says.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, told)| *told)
    }
}

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
