//! PROJJSON: an id where there is one, else the datum, its meridian and the axes.

use super::{Ellipsoid, Otherwise, Reference, is_datum};
use serde_json::Value;

pub(super) fn reference(crs: &Value) -> Reference {
    match is_wgs84(crs) {
        true => Reference::Wgs84,
        false => Reference::Other(name(crs)),
    }
}

fn is_wgs84(crs: &Value) -> bool {
    let text = |path: &str| crs.pointer(path).and_then(Value::as_str);
    match text("/type") {
        // Heights do not matter.
        Some("CompoundCRS") => return crs.pointer("/components/0").is_some_and(is_wgs84),
        Some("BoundCRS") => return crs.pointer("/source_crs").is_some_and(is_wgs84),
        _ => {}
    }
    let ids = crs.get("ids").and_then(Value::as_array);
    let mut ids = crs.get("id").into_iter().chain(ids.into_iter().flatten());
    if ids.any(|id| {
        matches!(
            code(id).as_deref(),
            Some("EPSG:4326" | "EPSG:4979" | "OGC:CRS84" | "OGC:CRS84h")
        )
    }) {
        return true;
    }
    let datum = text("/datum/name").or_else(|| text("/datum_ensemble/name"));
    let is_geographic = matches!(text("/type"), Some("GeographicCRS" | "GeodeticCRS"));
    is_geographic && datum.is_some_and(is_datum) && !otherwise(crs).is_any()
}

/// The geographic CRS that it is, heights left out.
fn geographic(crs: &Value) -> Option<&Value> {
    match crs.get("type")?.as_str()? {
        "CompoundCRS" => geographic(crs.pointer("/components/0")?),
        "BoundCRS" => geographic(crs.get("source_crs")?),
        "GeographicCRS" | "GeodeticCRS" => Some(crs),
        _ => None,
    }
}

fn otherwise(crs: &Value) -> Otherwise {
    let meridian = crs.pointer("/datum/prime_meridian/longitude");
    let is_greenwich = meridian.is_none_or(|longitude| {
        let longitude = longitude.get("value").unwrap_or(longitude);
        longitude.as_f64() == Some(0.0)
    });
    let axes = crs
        .pointer("/coordinate_system/axis")
        .and_then(Value::as_array);
    let mut axes = axes.into_iter().flatten();
    let is_degree = |axis: &Value| match axis.get("unit") {
        // Those of a height are metres.
        _ if axis.get("direction").and_then(Value::as_str) == Some("up") => true,
        Some(Value::String(unit)) => unit == "degree",
        Some(unit) => unit.get("name").and_then(Value::as_str) == Some("degree"),
        None => true,
    };
    Otherwise {
        ellipsoid: ellipsoid(crs).is_some_and(|e| !is_ellipsoid(e)),
        meridian: !is_greenwich,
        unit: !axes.all(is_degree),
    }
}

fn ellipsoid(crs: &Value) -> Option<&Value> {
    let datum = crs.pointer("/datum/ellipsoid");
    datum.or_else(|| crs.pointer("/datum_ensemble/ellipsoid"))
}

/// Whether an ellipsoid is that of WGS 84, as far as it is told.
fn is_ellipsoid(told: &Value) -> bool {
    let number = |name: &str| {
        let number = told.get(name)?;
        let number = number.get("value").unwrap_or(number).as_f64();
        Some(number.unwrap_or(f64::NAN))
    };
    let ellipsoid = Ellipsoid {
        major: number("semi_major_axis"),
        minor: number("semi_minor_axis"),
        flattening: number("inverse_flattening"),
    };
    told.get("radius").is_none() && ellipsoid.is_wgs84()
}

fn code(id: &Value) -> Option<String> {
    let authority = id.get("authority")?.as_str()?;
    let code = match id.get("code")? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(format!("{authority}:{code}"))
}

fn name(crs: &Value) -> String {
    let name = crs
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("a CRS without a name");
    match crs.get("id").and_then(code) {
        Some(code) => format!("{name} ({code})"),
        None => {
            let otherwise = geographic(crs).map(otherwise);
            format!(
                "{name}{}",
                otherwise.map_or_else(String::new, Otherwise::told)
            )
        }
    }
}
