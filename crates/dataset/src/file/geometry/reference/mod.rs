//! Whether a coordinate reference system is degrees on WGS 84, in any of the ways in which files say so.
//!
//! By the standards x is the longitude whatever the axes, and heights do not matter, so EPSG:4326, EPSG:4979, OGC:CRS84
//! and OGC:CRS84h are one. Definitions without an id are known by their datum, as GeoParquet says.

mod projjson;
mod wkt;

use serde_json::Value;

/// What is known of a CRS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Wgs84,
    /// Nobody said.
    Unknown,
    /// Another one, by the name that people know it by.
    Other(String),
}

/// A CRS in JSON: PROJJSON, a text, or null.
pub(super) fn of_json(crs: &Value) -> Reference {
    match crs {
        Value::Null => Reference::Unknown,
        Value::String(text) => of_text(text),
        Value::Object(_) => projjson::reference(crs),
        other => Reference::Other(other.to_string()),
    }
}

/// The CRS of Parquet's own types, which may be the key of one that lies elsewhere in the file.
pub(super) fn of_type<'a>(
    crs: Option<&str>,
    elsewhere: impl Fn(&str) -> Option<&'a str>,
) -> Reference {
    let Some(crs) = crs.map(str::trim).filter(|crs| !crs.is_empty()) else {
        return Reference::Wgs84;
    };
    match crs.strip_prefix("projjson:").and_then(elsewhere) {
        Some(projjson) => of_text(projjson),
        None => of_text(crs),
    }
}

/// A CRS as a text of any kind.
fn of_text(text: &str) -> Reference {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let is_wgs84 = match lower.as_str() {
        "" | "null" | "srid:0" | "0" => return Reference::Unknown,
        lower if lower.starts_with('{') => {
            return match serde_json::from_str::<Value>(text) {
                Ok(crs) => of_json(&crs),
                Err(_) => Reference::Other(shortened(text)),
            };
        }
        lower if lower.contains("+proj=") || lower.contains("+init=") => is_proj(lower),
        lower if lower.contains('[') => return wkt::reference(text),
        lower => is_code(lower),
    };
    match is_wgs84 {
        true => Reference::Wgs84,
        false => Reference::Other(shortened(text)),
    }
}

/// `EPSG:4326`, `urn:ogc:def:crs:OGC:1.3:CRS84`, `http://www.opengis.net/def/crs/EPSG/0/4326` and the like, in
/// small letters.
fn is_code(text: &str) -> bool {
    let mut parts = text.split([':', '/', '#']).filter(|part| !part.is_empty());
    let last = parts.next_back().unwrap_or_default();
    let others: Vec<&str> = parts.collect();
    let is_of =
        |authorities: &[&str]| others.is_empty() || authorities.iter().any(|a| others.contains(a));
    match last {
        "4326" | "4979" => is_of(&["epsg", "srid"]),
        "crs84" | "crs84h" => is_of(&["ogc"]),
        "wgs84" | "wgs 84" => others.is_empty(),
        _ => false,
    }
}

/// A PROJ string, such as `+proj=longlat +datum=WGS84 +no_defs`, in small letters.
fn is_proj(text: &str) -> bool {
    let parameters: Vec<(&str, &str)> = text
        .split_ascii_whitespace()
        .filter_map(|part| part.strip_prefix('+'))
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    let of = |name: &str| {
        let mut found = parameters.iter().filter(|(n, _)| *n == name);
        found.next().map(|(_, value)| *value)
    };
    if let Some(code) = of("init") {
        return is_code(code);
    }
    let is_geographic = matches!(
        of("proj"),
        Some("longlat" | "latlong" | "lonlat" | "latlon")
    );
    let is_datum = of("datum").map_or_else(
        || of("ellps") == Some("wgs84") && of("towgs84").is_none_or(is_zero),
        |datum| datum == "wgs84",
    );
    let number = |name: &str| of(name).map(|value| value.parse::<f64>().unwrap_or(f64::NAN));
    let is_ellipsoid = of("ellps").is_none_or(|name| name == "wgs84")
        && of("r").is_none()
        && Ellipsoid {
            major: number("a"),
            minor: number("b"),
            flattening: number("rf"),
        }
        .is_wgs84();
    let is_greenwich = of("pm").is_none_or(|pm| pm == "greenwich" || is_zero(pm));
    let is_plain = ["axis", "to_meter", "units", "nadgrids", "geoidgrids"]
        .iter()
        .all(|name| of(name).is_none_or(|value| matches!(value, "enu" | "@null")));
    is_geographic && is_datum && is_ellipsoid && is_greenwich && is_plain
}

fn is_zero(numbers: &str) -> bool {
    let mut numbers = numbers.split(',').map(|n| n.trim().parse::<f64>());
    numbers.all(|number| number == Ok(0.0))
}

/// Whether a datum, or an ensemble of them, is WGS 84, by the names that it goes by.
fn is_datum(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let is_known = |known: &str| {
        // As ESRI has it, or one of its realizations, such as (G1762).
        let rest = letters.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest == "ensemble" || rest.starts_with('g'))
    };
    ["worldgeodeticsystem1984", "wgs1984", "wgs84", "dwgs1984"]
        .into_iter()
        .any(is_known)
}

/// What makes a geographic CRS another one than degrees on WGS 84, whatever its name is.
#[derive(Debug, Clone, Copy)]
struct Otherwise {
    ellipsoid: bool,
    meridian: bool,
    unit: bool,
}

impl Otherwise {
    fn is_any(self) -> bool {
        self.ellipsoid || self.meridian || self.unit
    }

    /// As it stands behind the name.
    fn told(self) -> String {
        let reasons = [
            (
                self.ellipsoid,
                ", on an ellipsoid that is not that of WGS 84",
            ),
            (
                self.meridian,
                ", from another prime meridian than Greenwich",
            ),
            (self.unit, ", in another unit than degrees"),
        ];
        let told = reasons.iter().filter(|(is_so, _)| *is_so);
        told.map(|(_, reason)| *reason).collect()
    }
}

/// What a definition says of its ellipsoid, in metres and as the inverse of the flattening.
#[derive(Debug, Clone, Copy, Default)]
struct Ellipsoid {
    major: Option<f64>,
    minor: Option<f64>,
    flattening: Option<f64>,
}

impl Ellipsoid {
    /// Whether what it says is that of WGS 84. That of GRS 80 is another one by the sixth place of its flattening.
    fn is_wgs84(self) -> bool {
        let is_near = |number: Option<f64>, wanted: f64, within: f64| {
            number.is_none_or(|number| (number - wanted).abs() < within)
        };
        is_near(self.major, 6_378_137.0, 1e-3)
            && is_near(self.minor, 6_356_752.314_245, 5e-5)
            && is_near(self.flattening, 298.257_223_563, 5e-7)
    }
}

fn shortened(text: &str) -> String {
    let begin: String = text.chars().take(60).collect();
    match begin.len() < text.len() {
        true => format!("{begin}..."),
        false => begin,
    }
}

#[cfg(test)]
mod tests;
