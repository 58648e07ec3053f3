//! What makes a record a point: its place, and the time where it has one. A record of which these
//! cannot be read is a reject; no other column makes it one, unless the caller said its type.

use super::options::{Import, Unit};
use super::record::{Fields, Span, shown};
use super::roles::{PointAt, Roles, Time};
use super::value::{Moment, Notation, Type};
use graticule_geo::CoordinateUnit;
use graticule_geo::unit::MOST_DEGREES;

/// Reads places and times.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    notation: &'a Notation,
    roles: Roles,
    unit: Option<Unit>,
    is_surprised: bool,
}

/// Of one record. What is missing is null.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lon: Option<f64>,
    pub(crate) lat: Option<f64>,
    pub(crate) time: Option<Moment>,
    /// The points of a polyline, in place of the two.
    pub(crate) points: Option<Vec<[f64; 2]>>,
}

impl Found {
    pub(crate) fn has_place(&self) -> bool {
        let has_points = self.points.as_ref().is_some_and(|p| !p.is_empty());
        has_points || (self.lon.is_some() && self.lat.is_some())
    }
}

/// The number of a column's name, and what is wrong with its value.
pub(crate) type Wrong = (usize, String);

impl<'a> Judge<'a> {
    pub(crate) fn new(import: &Import, notation: &'a Notation, roles: Roles) -> Self {
        Self {
            notation,
            roles,
            unit: import.time_unit,
            is_surprised: false,
        }
    }

    /// Whether a column is read here.
    pub(crate) fn is_role(&self, column: usize) -> bool {
        let is_place = match self.roles.place {
            PointAt::Point { lon, lat } => column == lon || column == lat,
            PointAt::Polyline(place) | PointAt::Wkt(place) => column == place,
        };
        is_place
            || match self.roles.time {
                None => false,
                Some(Time::One(time, _)) => column == time,
                Some(Time::Two(date, clock)) => column == date || column == clock,
            }
    }

    pub(crate) fn is_latitude(&self, column: usize) -> bool {
        matches!(self.roles.place, PointAt::Point { lat, .. } if lat == column)
    }

    /// Reads the place and the time.
    pub(crate) fn read(&mut self, fields: &Fields) -> Result<Found, Wrong> {
        let mut found = Found::default();
        let (mut date, mut clock) = (None, None);
        for span in &fields.spans {
            let column = span.column;
            match self.roles.place {
                PointAt::Point { lon, .. } if lon == column => {
                    found.lon = self.degrees(fields, span)?;
                }
                PointAt::Point { lat, .. } if lat == column => {
                    found.lat = self.degrees(fields, span)?;
                }
                PointAt::Polyline(polyline) if polyline == column => {
                    found.points = Some(self.points(fields, span)?);
                }
                PointAt::Wkt(wkt) if wkt == column => {
                    (found.lon, found.lat) = self.wkt(fields, span)?;
                }
                _ => {}
            }
            match self.roles.time {
                Some(Time::One(time, _)) if time == column => {
                    found.time = self.time(column, fields.text(span).trim_ascii())?;
                }
                Some(Time::Two(first, _)) if first == column => date = Some(span),
                Some(Time::Two(_, second)) if second == column => clock = Some(span),
                _ => {}
            }
        }
        if let (Some(date), Some(clock)) = (date, clock) {
            let column = date.column;
            let [date, clock] = [date, clock].map(|span| fields.text(span).trim_ascii());
            let is_null = |text: &[u8]| self.notation.is_null_word(text);
            if !(is_null(date) && is_null(clock)) {
                let text = [date, b" ", clock].concat();
                let moment = self.notation.moment(&text);
                found.time =
                    Some(moment.ok_or_else(|| (column, self.no_value(&text, Type::Time)))?);
            }
        }
        Ok(found)
    }

    /// Whether the number of a place shows that the unit was told wrongly.
    pub(crate) fn is_surprised(&self) -> bool {
        self.is_surprised
    }

    fn in_degrees(&mut self, number: f64) -> f64 {
        let unit = self.roles.unit;
        self.is_surprised |= self.roles.is_whole
            && match unit {
                CoordinateUnit::Degrees => number.fract() == 0.0 && number.abs() > MOST_DEGREES,
                _ => number.fract() != 0.0,
            };
        unit.degrees(number)
    }

    fn degrees(&mut self, fields: &Fields, span: &Span) -> Result<Option<f64>, Wrong> {
        let text = fields.text(span).trim_ascii();
        if self.notation.is_null(text) {
            return Ok(None);
        }
        match self.notation.coordinate(text) {
            Some(number) => Ok(Some(self.in_degrees(number))),
            None if self.notation.is_null_word(text) => Ok(None),
            None => Err((span.column, self.no_value(text, Type::Float))),
        }
    }

    /// The point of a well-known text.
    fn wkt(&self, fields: &Fields, span: &Span) -> Result<(Option<f64>, Option<f64>), Wrong> {
        let text = fields.text(span).trim_ascii();
        if text.is_empty() || self.notation.is_null(text) || self.notation.is_null_word(text) {
            return Ok((None, None));
        }
        let point = graticule_dataset::point_of_wkt(&String::from_utf8_lossy(text));
        let (lon, lat) = point.map_err(|reason| (span.column, reason))?;
        let degree = |number: f64| (!number.is_nan()).then_some(self.roles.unit.degrees(number));
        Ok((degree(lon), degree(lat)))
    }

    fn points(&self, fields: &Fields, span: &Span) -> Result<Vec<[f64; 2]>, Wrong> {
        let mut points = points(fields, span)?;
        for number in points.iter_mut().flatten() {
            *number = self.roles.unit.degrees(*number);
        }
        Ok(points)
    }

    fn time(&self, column: usize, text: &[u8]) -> Result<Option<Moment>, Wrong> {
        if self.notation.is_null(text) {
            return Ok(None);
        }
        let moment = match self.unit {
            Some(unit) => self.notation.scaled(text, unit),
            None => self.notation.moment(text),
        };
        match moment {
            Some(moment) => Ok(Some(moment)),
            None if self.notation.is_null_word(text) => Ok(None),
            None if self.unit.is_some() => {
                Err((column, format!("'{}' is no number of a time", shown(text))))
            }
            None => Err((column, self.no_value(text, Type::Time))),
        }
    }

    fn no_value(&self, text: &[u8], wanted: Type) -> String {
        no_value(self.notation, text, wanted)
    }
}

/// That a text is no value of a type, and what to try.
pub(crate) fn no_value(notation: &Notation, text: &[u8], wanted: Type) -> String {
    format!(
        "'{}' is not {}{}",
        shown(text),
        wanted.wanted(),
        notation.advice(text, wanted)
    )
}

fn points(fields: &Fields, span: &Span) -> Result<Vec<[f64; 2]>, Wrong> {
    match fields.text(span).trim_ascii() {
        b"" => Ok(Vec::new()),
        text => serde_json::from_slice(text)
            .map_err(|e| (span.column, format!("it is no list of [lon,lat]: {e}"))),
    }
}
