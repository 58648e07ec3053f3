//! GeoJSON as it is written: one value, or one after another.

use super::wrong;
use crate::PlanError;
use geojson::{Feature, GeoJson, Geometry, JsonObject, JsonValue};
use graticule_columns::requoted;
use graticule_geo::crs;
use std::borrow::Cow;

/// What a text holds.
pub(super) enum Features {
    /// A geometry that no feature is around.
    Alone(Geometry),
    /// Features, numbered by their order.
    Many(Vec<Feature>),
}

/// What begins each value of a text sequence (RFC 8142). No JSON text holds it.
const RECORD_SEPARATOR: char = '\u{1e}';

/// Reads a text, or a sequence of texts such as a line for each feature.
pub(super) fn parse(text: &str) -> Result<Features, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match text.contains(RECORD_SEPARATOR) {
        true => Cow::Owned(text.replace(RECORD_SEPARATOR, " ")),
        false => Cow::Borrowed(text),
    };
    let values = serde_json::Deserializer::from_str(&text).into_iter::<GeoJson>();
    let values: Result<Vec<GeoJson>, _> = values.collect();
    let mut values = match values {
        Err(error) if error.is_data() => without_empty(&text).ok_or_else(|| broken(&error))?,
        values => values.map_err(|e| broken(&e))?,
    };
    if values.is_empty() {
        return Err(wrong("line 1, column 0", "this is not JSON: it is empty"));
    }
    if let [GeoJson::Geometry(geometry)] = &mut values[..] {
        on_wgs84("the geometry", geometry.foreign_members.as_ref())?;
        return Ok(Features::Alone(geometry.clone()));
    }
    let mut features = Vec::new();
    for value in values {
        match value {
            GeoJson::Geometry(geometry) => features.push(Feature::from(geometry)),
            GeoJson::Feature(feature) => features.push(feature),
            GeoJson::FeatureCollection(collection) => {
                on_wgs84("the collection", collection.foreign_members.as_ref())?;
                features.extend(collection.features);
            }
        }
    }
    for (number, feature) in (1..).zip(&features) {
        let geometry = feature.geometry.as_ref();
        let members = [
            feature.foreign_members.as_ref(),
            geometry.and_then(|geometry| geometry.foreign_members.as_ref()),
        ];
        for members in members {
            on_wgs84(&format!("feature {number}"), members)?;
        }
    }
    Ok(Features::Many(features))
}

/// The values of a text without its empty parts: points that have no coordinates, which many programs write for places
/// that are not known, and empty polygons, rings and lines among others. `None` where those are not what is wrong.
fn without_empty(text: &str) -> Option<Vec<GeoJson>> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<JsonValue>();
    let mut values: Vec<JsonValue> = values.collect::<Result<_, _>>().ok()?;
    values.iter_mut().for_each(blank);
    let values = values.into_iter().map(serde_json::from_value);
    values.collect::<Result<_, _>>().ok()
}

/// Makes a point without coordinates an empty geometry of a kind that may be empty, and takes empty parts out of others.
fn blank(value: &mut JsonValue) {
    match value {
        JsonValue::Array(values) => values.iter_mut().for_each(blank),
        JsonValue::Object(members) => {
            let is = |name: &str, other: JsonValue| members.get(name) == Some(&other);
            if is("type", "Point".into()) && is("coordinates", JsonValue::Array(Vec::new())) {
                *value = serde_json::json!({"type": "GeometryCollection", "geometries": []});
                return;
            }
            let depth = match members.get("type").and_then(JsonValue::as_str) {
                Some("Polygon" | "MultiLineString") => 1,
                Some("MultiPolygon") => 2,
                _ => 0,
            };
            if let Some(coordinates) = members.get_mut("coordinates") {
                drop_empty(coordinates, depth);
            }
            for name in ["features", "geometry", "geometries"] {
                members.get_mut(name).into_iter().for_each(blank);
            }
        }
        _ => {}
    }
}

/// Takes empty lists out of a list, down to a depth below which are positions.
fn drop_empty(list: &mut JsonValue, depth: usize) {
    let JsonValue::Array(items) = list else {
        return;
    };
    if depth > 0 {
        items
            .iter_mut()
            .for_each(|item| drop_empty(item, depth - 1));
        items.retain(|item| item.as_array().is_none_or(|item| !item.is_empty()));
    }
}

fn broken(error: &serde_json::Error) -> PlanError {
    let place = format!("line {}, column {}", error.line(), error.column());
    // The place is said already.
    let full = requoted(error);
    let reason = full
        .rsplit_once(" at line ")
        .map_or(&*full, |(reason, _)| reason);
    let what = if error.is_data() { "GeoJSON" } else { "JSON" };
    wrong(&place, format!("this is not {what}: {reason}"))
}

/// Refuses what says that its numbers are not degrees on WGS 84, as programs do that follow GeoJSON of 2008.
fn on_wgs84(place: &str, members: Option<&JsonObject>) -> Result<(), PlanError> {
    let Some(member) = members.and_then(|members| members.get("crs")) else {
        return Ok(());
    };
    let Some(named) = crs::foreign(member) else {
        return Ok(());
    };
    Err(wrong(
        place,
        format!(
            "its member crs says that its coordinates are of '{named}'; {}",
            crs::ADVICE
        ),
    ))
}
