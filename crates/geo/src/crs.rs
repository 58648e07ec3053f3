//! Coordinate reference systems that are named beside coordinates, as GeoJSON of 2008 and PostGIS do.

use serde_json::Value;

/// What to do with coordinates of another one.
pub const ADVICE: &str = "convert them to longitude and latitude on WGS 84, EPSG:4326, as 'ogr2ogr -t_srs EPSG:4326' does";

/// Whether a name, such as `urn:ogc:def:crs:OGC:1.3:CRS84` or `EPSG:4326`, is one of degrees on WGS 84. Heights do not
/// matter.
pub fn is_wgs84(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let last = upper.rsplit([':', '/']).next().unwrap_or_default();
    let is_epsg = upper.contains("EPSG") && matches!(last, "4326" | "4979");
    is_epsg || matches!(last, "CRS84" | "CRS84H")
}

/// Whether an SRID of well-known text or binary is one of degrees on WGS 84, or the 0 of nobody who said.
pub fn is_wgs84_srid(srid: &str) -> bool {
    matches!(srid, "0") || is_wgs84(srid) || is_wgs84(&format!("EPSG:{srid}"))
}

/// The name that the member `crs` of something in GeoJSON gives another CRS than degrees on WGS 84; nothing where it is
/// that one, or says nothing.
pub fn foreign(crs: &Value) -> Option<String> {
    let property = |name: &str| crs.get("properties").and_then(|all| all.get(name));
    let named = match (property("name"), property("code")) {
        (Some(Value::String(name)), _) => name.clone(),
        (_, Some(Value::Number(code))) => format!("EPSG:{code}"),
        (_, Some(Value::String(code))) => format!("EPSG:{code}"),
        // Unknown, which degrees on WGS 84 are as likely as before.
        _ if crs.is_null() => return None,
        _ => crs.to_string(),
    };
    (!is_wgs84(&named)).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn others_are_named() {
        let named = |name: &str| json!({"type": "name", "properties": {"name": name}});
        for wgs84 in [
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "EPSG:4326",
            "urn:ogc:def:crs:EPSG::4979",
        ] {
            assert_eq!(foreign(&named(wgs84)), None, "{wgs84}");
        }
        assert_eq!(foreign(&Value::Null), None);
        let mercator = named("urn:ogc:def:crs:EPSG::3857");
        assert_eq!(
            foreign(&mercator).as_deref(),
            Some("urn:ogc:def:crs:EPSG::3857")
        );
        let code = json!({"type": "EPSG", "properties": {"code": 25832}});
        assert_eq!(foreign(&code).as_deref(), Some("EPSG:25832"));
        assert!(is_wgs84_srid("4326") && is_wgs84_srid("0") && is_wgs84_srid("CRS84"));
        assert!(!is_wgs84_srid("3857") && !is_wgs84_srid(""));
    }
}
