//! `by`: what the groups of an answer are made by.

mod json;
mod text;

use crate::{NamedPlace, NamedZone, PlanError, Zones, list};
use graticule_columns::{Bins, CalendarUnit, Note};
use serde::{Deserialize, Serialize};

/// What the groups of an answer are made by.
///
/// In JSON a key is its text; a zone key that holds its polygons is an object,
/// `{"zone": {"file": ..., "property": ..., "zones": [...]}}`, so that it travels whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "json::Written", into = "json::Written")]
pub enum Key {
    /// `geohash:6`: the geohash cell of a precision of 1 to 12.
    Geohash {
        /// Number of letters.
        precision: u32,
    },
    /// `h3:9`: the H3 cell of a resolution of 0 to 15.
    H3 {
        /// The resolution.
        resolution: u8,
    },
    /// `tile:12`: the Web-Mercator tile of a zoom of 0 to 24.
    Tile {
        /// The zoom.
        zoom: u8,
    },
    /// `time:15m`: the time, floored to a multiple of a duration since 1970-01-01T00:00:00Z. Whole
    /// days are those of the query's time zone.
    Time {
        /// The duration in seconds, at least 1.
        seconds: i64,
    },
    /// `hour_of_day`, `day_of_week`, `time:hour`, `time:day`, `time:week`, `time:month`, `time:quarter`, `time:year`, in
    /// the query's time zone.
    Calendar(CalendarUnit),
    /// `parent(h3:9, 7)`: the ancestor of the H3 cell, which need not hold the point.
    H3Parent {
        /// The resolution of the cell.
        of: u8,
        /// That of the ancestor, at most the cell's.
        resolution: u8,
    },
    /// `bin(speed, 5)`, `round(lon, 2)`: a bin of a number, told as its lower edge or what it was rounded to.
    Bins {
        /// The column.
        column: String,
        /// The bins.
        bins: Bins,
    },
    /// `zone:FILE:PROPERTY`: the zone that holds the point, by a property of its feature.
    Zone(ZoneKey),
    /// `near:FILE:PROPERTY:METRES`: the nearest place of a file within some metres, by a property of its feature.
    Near(NearKey),
    /// The value of an integer, boolean, string or partition column; `"in quotes"` where the name
    /// would else read as another key.
    Column {
        /// Its name.
        name: String,
    },
}

/// Zones and where they are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneKey {
    /// The GeoJSON file.
    pub file: String,
    /// The property of its features that names them.
    pub property: String,
    /// The zones; empty until they are loaded.
    pub zones: Vec<NamedZone>,
}

/// Places and where they are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearKey {
    /// The GeoJSON file.
    pub file: String,
    /// The property of its features that names them.
    pub property: String,
    /// How far around a place points are its own, the rim included.
    pub metres: f64,
    /// The places; empty until they are loaded.
    pub places: Vec<NamedPlace>,
}

impl Key {
    /// The file that it is loaded from, if from one.
    pub fn file(&self) -> Option<&String> {
        match self {
            Self::Zone(ZoneKey { file, .. }) | Self::Near(NearKey { file, .. }) => Some(file),
            _ => None,
        }
    }

    /// As [`Self::file`], to be changed.
    pub fn file_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Zone(ZoneKey { file, .. }) | Self::Near(NearKey { file, .. }) => Some(file),
            _ => None,
        }
    }

    /// The key with what the text of its [file](Self::file) holds, and what was left out of that, which
    /// [`Query::notes`](crate::Query::notes) is for; any other key as it is.
    ///
    /// # Errors
    /// [`PlanError::Zones`], as [`zones`](crate::zones) says.
    pub fn loaded(&self, text: &str) -> Result<(Self, Vec<Note>), PlanError> {
        match self {
            Self::Zone(key) => Self::zone(&key.file, &key.property, text),
            Self::Near(key) => {
                let found = crate::zones::named_places(text, &key.property);
                let (places, mut notes) = found.map_err(|e| e.in_file(&key.file))?;
                for note in &mut notes {
                    note.text = format!("{}: {}", key.file, note.text);
                }
                let key = key.clone();
                Ok((Self::Near(NearKey { places, ..key }), notes))
            }
            key => Ok((key.clone(), Vec::new())),
        }
    }

    /// The geohash cell of a precision; beyond 1 to 12 planning fails.
    pub fn geohash(precision: u32) -> Self {
        Self::Geohash { precision }
    }

    /// The H3 cell of a resolution; beyond 0 to 15 planning fails.
    pub fn h3(resolution: u8) -> Self {
        Self::H3 { resolution }
    }

    /// The Web-Mercator tile of a zoom; beyond 0 to 24 planning fails.
    pub fn tile(zoom: u8) -> Self {
        Self::Tile { zoom }
    }

    /// The time floored to multiples of so many seconds.
    pub fn time(seconds: i64) -> Self {
        Self::Time { seconds }
    }

    /// A unit of the calendar.
    pub fn calendar(unit: CalendarUnit) -> Self {
        Self::Calendar(unit)
    }

    /// The zone that holds the point, out of the text of a GeoJSON file; and what was left out of that, which
    /// [`Query::notes`](crate::Query::notes) is for.
    ///
    /// # Errors
    /// [`PlanError::Zones`], as [`zones`](crate::zones) says.
    pub fn zone(
        file: impl Into<String>,
        property: impl Into<String>,
        text: &str,
    ) -> Result<(Self, Vec<Note>), PlanError> {
        let (file, property) = (file.into(), property.into());
        let zones = crate::zones(text, &property).map_err(|e| e.in_file(&file))?;
        let Zones { zones, notes } = zones.in_file(&file);
        let key = ZoneKey {
            file,
            property,
            zones,
        };
        Ok((Self::Zone(key), notes))
    }

    /// The value of a column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column { name: name.into() }
    }

    /// Reads keys with commas between them.
    ///
    /// # Errors
    /// [`PlanError::Key`] for the first that cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PlanError> {
        list::parts(text).into_iter().map(str::parse).collect()
    }
}
