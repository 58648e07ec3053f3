//! Polygons from GeoJSON.

use crate::PlanError;
use geojson::{Feature, GeoJson, Geometry, GeometryValue, JsonObject, JsonValue, Position};
use serde::{Deserialize, Serialize};

/// A part of the plane: what lies inside an odd number of its rings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedZone {
    /// Its name.
    pub name: String,
    /// Its rings, outer ones and holes alike, as (longitude, latitude); the last point of a ring
    /// is joined to the first, whether or not it equals it.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// The polygons of a GeoJSON text, one zone for each feature, named by the feature's number from 1.
/// A text without features is one zone. Altitudes and empty rings are left out; coordinates are
/// not judged here.
///
/// # Errors
/// [`PlanError::Zones`] when the text is not JSON, not GeoJSON, holds no feature, or a feature is
/// anything but polygons.
pub fn polygons(text: &str) -> Result<Vec<NamedZone>, PlanError> {
    match parse(text)? {
        GeoJson::Geometry(geometry) => {
            let rings = rings("the geometry", Some(&geometry))?;
            let name = "1".to_owned();
            Ok(vec![NamedZone { name, rings }])
        }
        features => numbered(features)?
            .iter()
            .map(|(number, feature)| {
                Ok(NamedZone {
                    name: number.to_string(),
                    rings: rings(&format!("feature {number}"), feature.geometry.as_ref())?,
                })
            })
            .collect(),
    }
}

/// The zones of a GeoJSON text, in their order: each feature is one,
/// named by a property. Zones with the same name are one group: a point in several of them counts once.
///
/// # Errors
/// [`PlanError::Zones`] as for [`polygons`], and when a feature lacks the property or its value is
/// not a string, a number, true or false.
pub fn zones(text: &str, property: &str) -> Result<Vec<NamedZone>, PlanError> {
    let features = numbered(parse(text)?)?;
    let mut zones: Vec<NamedZone> = Vec::new();
    for (number, feature) in &features {
        let place = format!("feature {number}");
        let name =
            name(feature.properties.as_ref(), property).map_err(|reason| wrong(&place, reason))?;
        let rings = rings(&place, feature.geometry.as_ref())?;
        zones.push(NamedZone { name, rings });
    }
    Ok(zones)
}

fn wrong(place: &str, reason: impl Into<String>) -> PlanError {
    PlanError::Zones {
        place: place.to_owned(),
        reason: reason.into(),
    }
}

fn parse(text: &str) -> Result<GeoJson, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        // The place is said already.
        let full = e.to_string();
        let reason = full
            .rsplit_once(" at line ")
            .map_or(&*full, |(reason, _)| reason);
        let what = if e.is_data() { "GeoJSON" } else { "JSON" };
        wrong(&place, format!("this is not {what}: {reason}"))
    })
}

fn numbered(text: GeoJson) -> Result<Vec<(usize, Feature)>, PlanError> {
    let features = match text {
        GeoJson::Feature(feature) => vec![feature],
        GeoJson::FeatureCollection(collection) => collection.features,
        GeoJson::Geometry(_) => {
            return Err(wrong(
                "the geometry",
                "a geometry alone has no properties to name it by; make it a Feature",
            ));
        }
    };
    if features.is_empty() {
        return Err(wrong("the collection", "it holds no feature at all"));
    }
    Ok((1..).zip(features).collect())
}

fn name(properties: Option<&JsonObject>, property: &str) -> Result<String, String> {
    match properties.and_then(|all| all.get(property)) {
        Some(JsonValue::String(text)) => Ok(text.clone()),
        Some(value @ (JsonValue::Number(_) | JsonValue::Bool(_))) => Ok(value.to_string()),
        Some(JsonValue::Null) => Err(format!("its property '{property}' is null")),
        Some(_) => Err(format!(
            "its property '{property}' is a list or an object, where zones are named by a string, a number, true or false"
        )),
        None => {
            let names = properties.into_iter().flat_map(|all| all.keys());
            let names: Vec<&str> = names.map(String::as_str).collect();
            Err(match names.is_empty() {
                true => format!("it has no property '{property}', nor any other"),
                false => format!(
                    "it has no property '{property}'; it has {}",
                    names.join(", ")
                ),
            })
        }
    }
}

/// All rings of a geometry.
fn rings(place: &str, geometry: Option<&Geometry>) -> Result<Vec<Vec<[f64; 2]>>, PlanError> {
    let geometry = geometry.ok_or_else(|| wrong(place, "it has no geometry"))?;
    let mut all = Vec::new();
    match &geometry.value {
        GeometryValue::Polygon { coordinates } => polygon(place, coordinates, &mut all)?,
        GeometryValue::MultiPolygon { coordinates } => {
            for rings in coordinates {
                polygon(place, rings, &mut all)?;
            }
        }
        GeometryValue::GeometryCollection { geometries } => {
            for geometry in geometries {
                all.extend(rings(place, Some(geometry))?);
            }
        }
        other => {
            return Err(wrong(
                place,
                format!("it is a {}, which holds no area", other.type_name()),
            ));
        }
    }
    if all.is_empty() {
        return Err(wrong(place, "it holds no polygon"));
    }
    Ok(all)
}

fn polygon(
    place: &str,
    rings: &[Vec<Position>],
    all: &mut Vec<Vec<[f64; 2]>>,
) -> Result<(), PlanError> {
    let before = all.len();
    for ring in rings.iter().filter(|ring| !ring.is_empty()) {
        let points = ring.iter().map(|position| match *position.as_slice() {
            [lon, lat, ..] => Ok([lon, lat]),
            _ => Err(wrong(place, "a position has fewer than two numbers")),
        });
        all.push(points.collect::<Result<_, _>>()?);
    }
    if all.len() == before {
        return Err(wrong(place, "a polygon of it has no ring"));
    }
    Ok(())
}
