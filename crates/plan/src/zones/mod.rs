//! Polygons from GeoJSON.

mod left;
mod points;
mod rings;
mod text;

use crate::{Decimal, PlanError, near};
use geojson::{Feature, JsonObject, JsonValue, feature::Id};
use graticule_columns::Note;
use left::{Left, Why};
pub use points::NamedPlace;
pub(crate) use points::named_places;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use text::Features;

/// A part of the plane: what lies inside an odd number of its rings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedZone {
    /// Its name. Points in zones without one are of the null group.
    pub name: Option<String>,
    /// Its rings, outer ones and holes alike, as (longitude, latitude); the last point of a ring
    /// is joined to the first, whether or not it equals it.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// The zones of a GeoJSON text, and what must be said of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Zones {
    /// The zones, in the order of the text; at least one.
    pub zones: Vec<NamedZone>,
    /// What was left out, and which vertices were moved.
    pub notes: Vec<Note>,
}

impl Zones {
    /// The same, with the file named in the notes.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        for note in &mut self.notes {
            note.text = format!("{file}: {}", note.text);
        }
        self
    }
}

/// The polygons of a GeoJSON text, one zone for each feature, named by the feature's number from 1.
/// A text without features is one zone; features may also follow one another, as in GeoJSON text sequences.
///
/// Altitudes and empty rings are left out. So are, with a note, features that hold no area: label points, lines,
/// features without a geometry. A vertex that rounding put up to 1e-9 degrees beyond the edge of the world is moved to
/// it, with a note too.
///
/// # Errors
/// [`PlanError::Zones`] when the text is not JSON, not GeoJSON, not in degrees on WGS 84, or holds no polygon, and
/// when a polygon has vertices that are not on the earth.
pub fn polygons(text: &str) -> Result<Zones, PlanError> {
    collect(text, |number, _| Ok(Some(number.to_string())), None)
}

/// The zones of a GeoJSON text, in their order: each feature is one,
/// named by a property. Zones with the same name are one group: a point in several of them counts once.
/// Features that hold no area are left out as by [`polygons`], whether or not they have the property. Those whose
/// property is null or missing are zones without a name, with a note.
///
/// # Errors
/// [`PlanError::Zones`] as for [`polygons`], when the property of a feature that holds an area is a list or an object,
/// and when no such feature has one.
pub fn zones(text: &str, property: &str) -> Result<Zones, PlanError> {
    let name = |_, feature: &Feature| name(feature.properties.as_ref(), property);
    collect(text, name, Some(property))
}

/// The zones of a GeoJSON text whose property is one of some values, each a text or a number as it may be written. They
/// are named by it, and read as by [`zones`].
///
/// # Errors
/// [`PlanError::Zones`] as for [`zones`], and when a value is that of no feature.
pub fn zones_of(text: &str, property: &str, values: &[String]) -> Result<Zones, PlanError> {
    let all = zones(text, property)?;
    let is = |name: &str, value: &String| {
        let number = || Decimal::read(name).is_some_and(|n| Decimal::read(value) == Some(n));
        name == value || number()
    };
    let names = || all.zones.iter().filter_map(|zone| zone.name.as_deref());
    if let Some(value) = values
        .iter()
        .find(|value| !names().any(|name| is(name, value)))
    {
        let near = near::did_you_mean(value, names());
        let reason = format!("no feature has {property} '{value}'{near}");
        return Err(wrong("the collection", reason));
    }
    let is_asked = |zone: &NamedZone| {
        let name = zone.name.as_ref();
        name.is_some_and(|name| values.iter().any(|value| is(name, value)))
    };
    let Zones { mut zones, notes } = all;
    zones.retain(is_asked);
    Ok(Zones { zones, notes })
}

fn collect(
    text: &str,
    name: impl Fn(usize, &Feature) -> Result<Option<String>, String>,
    property: Option<&str>,
) -> Result<Zones, PlanError> {
    let features = match (text::parse(text)?, property) {
        (Features::Alone(_), Some(_)) => {
            return Err(wrong(
                "the geometry",
                "a geometry alone has no properties to name it by; make it a Feature",
            ));
        }
        (Features::Alone(geometry), None) => vec![Feature::from(geometry)],
        (Features::Many(features), _) => features,
    };
    if features.is_empty() {
        return Err(wrong("the collection", "it holds no feature at all"));
    }
    let (mut zones, mut left) = (Vec::new(), Left::default());
    for (number, feature) in (1..).zip(&features) {
        let place = place(number, feature, property);
        let (rings, found) = rings::of(&place, feature.geometry.as_ref())?;
        found.into_iter().for_each(|why| left.note(why, &place));
        if let Some(rings) = rings {
            let name = name(number, feature).map_err(|reason| wrong(&place, reason))?;
            if name.is_none() {
                left.note(Why::Nameless, &place);
            }
            zones.push(NamedZone { name, rings });
        }
    }
    if zones.is_empty() {
        return Err(left.nothing(features.len()));
    }
    if let Some(property) = property
        && zones.iter().all(|zone| zone.name.is_none())
    {
        return Err(no_names(&features, property));
    }
    let notes = left.notes();
    Ok(Zones { zones, notes })
}

/// A feature's number and, where it has any, the name by which people know it.
fn place(number: usize, feature: &Feature, property: Option<&str>) -> String {
    let properties = feature.properties.as_ref();
    let by_property = property.and_then(|property| name(properties, property).ok()?);
    let by_name = || {
        let mut all = properties.into_iter().flatten();
        let (_, value) = all.find(|(key, _)| key.eq_ignore_ascii_case("name"))?;
        value.as_str().map(str::to_owned)
    };
    let by_id = || match feature.id.as_ref()? {
        Id::String(text) => Some(text.clone()),
        Id::Number(number) => Some(number.to_string()),
    };
    match by_property.or_else(by_name).or_else(by_id) {
        Some(name) => format!("feature {number} ('{name}')"),
        None => format!("feature {number}"),
    }
}

/// The error that no zone has a name, which most likely another property holds.
fn no_names(features: &[Feature], property: &str) -> PlanError {
    let properties = features.iter().filter_map(|f| f.properties.as_ref());
    let names: BTreeSet<&str> = properties
        .flat_map(|all| all.keys())
        .map(String::as_str)
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let reason = match names.as_slice() {
        [] => format!("no zone has a property '{property}', nor any other"),
        names if names.contains(&property) => {
            format!(
                "the property '{property}' is null or missing in all zones; there are {}",
                names.join(", ")
            )
        }
        names => format!(
            "no zone has a property '{property}'{}; there are {}",
            near::did_you_mean(property, names.iter().copied()),
            names.join(", ")
        ),
    };
    wrong("the collection", reason)
}

fn wrong(place: &str, reason: impl Into<String>) -> PlanError {
    PlanError::Zones {
        place: place.to_owned(),
        reason: reason.into(),
    }
}

fn name(properties: Option<&JsonObject>, property: &str) -> Result<Option<String>, String> {
    match properties.and_then(|all| all.get(property)) {
        Some(JsonValue::String(text)) => Ok(Some(text.clone())),
        Some(value @ (JsonValue::Number(_) | JsonValue::Bool(_))) => Ok(Some(value.to_string())),
        Some(JsonValue::Null) | None => Ok(None),
        Some(_) => Err(format!(
            "its property '{property}' is a list or an object, where zones are named by a string, a number, true or false"
        )),
    }
}
