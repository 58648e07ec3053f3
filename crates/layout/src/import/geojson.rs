//! GeoJSON points to records, a feature at a time.
//!
//! A point's fields are `lon`, `lat`, `z` (the third coordinate), `feature_id` and the feature's
//! properties; lists and objects among them are their JSON text. Each point of a MultiPoint is a
//! record. A property that is called as one of the former has `property_` before its name.

mod scan;
mod split;
mod timeline;

use super::error::ImportError;
use super::lines::Lines;
use super::open::{Meter, failed, unread};
use super::record::{Fields, Halt, Names, Sink};
use super::source::Source;
use graticule_geo::crs;
use serde_json::{Map, Value};
use split::{Next, Splitter};
use std::io::BufRead;

/// Reads one file.
pub(crate) fn read(
    source: &Source,
    meter: &Meter<'_>,
    from: Box<dyn BufRead + '_>,
    names: &mut Names,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let mut from = from;
    let head = from.fill_buf().map_err(|e| failed(meter, source, e))?;
    if let Some(reason) = timeline::reason(head) {
        return Err(unread(source, reason).into());
    }
    let mut split = Splitter::new(Lines::new(from));
    let mut fields = Fields::default();
    loop {
        match split.next().map_err(|e| failed(meter, source, e))? {
            Next::End => return Ok(()),
            Next::Broken(reason) => {
                let line = split.record_line();
                return sink.reject(line, &reason, &mut split.rest());
            }
            Next::Members(raw) => {
                let members = serde_json::from_slice::<Value>(&raw).unwrap_or_default();
                if let Some(reason) = members.get("crs").and_then(foreign) {
                    let file = source.name.clone();
                    return Err(ImportError::File { file, reason }.into());
                }
            }
            Next::Feature(raw) => {
                let line = split.record_line();
                match points(&raw) {
                    Err(reason) => sink.reject(line, &reason, &mut &raw[..])?,
                    Ok((feature, points)) => {
                        if points.is_empty() {
                            // Nothing was lost: it has no place.
                            fields.clear();
                            sink.record(line, &raw, &fields, names)?;
                        }
                        for point in points {
                            fill(&mut fields, &feature, point, names);
                            names.check(&source.name)?;
                            sink.record(line, &raw, &fields, names)?;
                        }
                    }
                }
            }
        }
    }
}

/// That a member `crs` says that coordinates are no degrees on WGS 84.
fn foreign(member: &Value) -> Option<String> {
    let named = crs::foreign(member)?;
    Some(format!(
        "its member crs says that its coordinates are of '{named}'; {}",
        crs::ADVICE
    ))
}

/// Two or three numbers, or none where the feature has no place.
type Point = Vec<Value>;

/// A feature without its geometry, and its points.
fn points(raw: &[u8]) -> Result<(Map<String, Value>, Vec<Point>), String> {
    let value: Value = serde_json::from_slice(raw).map_err(|e| format!("this is no JSON: {e}"))?;
    let Value::Object(mut object) = value else {
        return Err("this is no feature, but a bare value".to_owned());
    };
    let members = [
        object.get("crs"),
        object.get("geometry").and_then(|g| g.get("crs")),
    ];
    if let Some(reason) = members.into_iter().flatten().find_map(foreign) {
        return Err(reason);
    }
    let geometry = match object.get("type").and_then(Value::as_str) {
        Some("Feature") => object.remove("geometry").unwrap_or(Value::Null),
        Some("Point" | "MultiPoint") => Value::Object(std::mem::take(&mut object)),
        Some(other) => return Err(format!("a {other} is no feature")),
        None => return Err("it has no \"type\", so it is no feature".to_owned()),
    };
    let kind = geometry.get("type").and_then(Value::as_str);
    let place = geometry.get("coordinates").and_then(Value::as_array);
    let points = match (kind, place) {
        // A feature without a place keeps its row, as one with a place out of range does.
        _ if geometry.is_null() => vec![Vec::new()],
        (Some("Point"), Some(place)) => vec![place.clone()],
        (Some("MultiPoint"), Some(places)) => {
            let places = places.iter().map(|p| p.as_array().cloned());
            let places: Option<Vec<_>> = places.collect();
            places.ok_or("the coordinates of the MultiPoint are no list of points")?
        }
        (Some("Point" | "MultiPoint"), None) => {
            return Err("its coordinates are missing".to_owned());
        }
        (Some(other), _) => {
            return Err(format!(
                "its geometry is a {other}; only points are imported"
            ));
        }
        (None, _) => return Err("its geometry has no \"type\"".to_owned()),
    };
    let is_point = |point: &Point| {
        // GeoJSON lets a point be empty, which is nowhere.
        point.is_empty() || (point.len() >= 2 && point.iter().all(Value::is_number))
    };
    match points.iter().all(is_point) {
        true => Ok((object, points)),
        false => Err("a point is not two or three numbers".to_owned()),
    }
}

const OWN: [&str; 4] = ["lon", "lat", "z", "feature_id"];

fn fill(fields: &mut Fields, feature: &Map<String, Value>, point: Point, names: &mut Names) {
    fields.clear();
    let mut push = |name: &str, value: &Value| {
        let number = names.number(name);
        match value {
            Value::Null => fields.push(number, b"", false),
            Value::String(text) => fields.push(number, text.as_bytes(), true),
            Value::Bool(_) | Value::Number(_) => {
                fields.push(number, value.to_string().as_bytes(), false);
            }
            Value::Array(_) | Value::Object(_) => {
                fields.push(number, value.to_string().as_bytes(), true);
            }
        }
    };
    push("lon", point.first().unwrap_or(&Value::Null));
    push("lat", point.get(1).unwrap_or(&Value::Null));
    for (name, value) in [("z", point.get(2)), ("feature_id", feature.get("id"))] {
        if let Some(value) = value {
            push(name, value);
        }
    }
    if let Some(Value::Object(properties)) = feature.get("properties") {
        for (name, value) in properties {
            match OWN.contains(&name.as_str()) {
                true => push(&format!("property_{name}"), value),
                false => push(name, value),
            }
        }
    }
}
