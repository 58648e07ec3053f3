//! GeoArrow: the names of extension types, which Arrow's fields carry, in Parquet too.

use super::reference;
use super::{Boxes, Described, Encoding};
use arrow::datatypes::{Field, Fields};
use serde_json::Value;

/// The geometries of a schema by the extension types of its columns.
pub(super) fn describe(fields: &Fields) -> Vec<Described> {
    fields.iter().filter_map(|field| of(field)).collect()
}

fn of(field: &Field) -> Option<Described> {
    let name = field.metadata().get("ARROW:extension:name")?;
    let encoding = match name.as_str() {
        "geoarrow.wkb" | "ogc.wkb" => Ok(Encoding::Wkb),
        "geoarrow.wkt" => Ok(Encoding::Wkt),
        "geoarrow.point" => Ok(Encoding::of_points(field.data_type())),
        "geoarrow.box" => return None,
        other if other.starts_with("geoarrow.") => Err(format!(
            "'{}' is {other}; geoarrow.point, geoarrow.wkb and geoarrow.wkt can be read",
            field.name()
        )),
        _ => return None,
    };
    let described = field.metadata().get("ARROW:extension:metadata");
    let described = described.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let crs = described
        .as_ref()
        .and_then(|described| described.get("crs"));
    Some(Described {
        column: field.name().clone(),
        encoding,
        reference: reference::of_json(crs.unwrap_or(&Value::Null)),
        shapes: Vec::new(),
        boxes: Boxes::None,
    })
}
