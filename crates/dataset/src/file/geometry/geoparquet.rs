//! GeoParquet: the key `geo` of a Parquet file, or of an Arrow file's schema, in JSON.

use super::reference::{self, Reference};
use super::{Boxes, Described, Encoding};
use crate::file::contents::Contents;
use serde_json::Value;

/// The geometries that the key tells of, the primary one first; none without the key.
///
/// # Errors
/// The reason why the key cannot be read.
pub(super) fn describe(contents: &Contents) -> Result<Vec<Described>, String> {
    let Some(text) = contents.value("geo") else {
        return Ok(Vec::new());
    };
    let geo: Value =
        serde_json::from_str(text).map_err(|e| format!("its \"geo\" metadata is damaged: {e}"))?;
    let columns = geo.get("columns").and_then(Value::as_object);
    let primary = geo.get("primary_column").and_then(Value::as_str);
    let known = columns.zip(primary);
    let Some((columns, primary)) = known.filter(|(columns, name)| columns.contains_key(*name))
    else {
        return Err("its \"geo\" metadata does not describe its primary column".to_owned());
    };
    let first = columns.iter().filter(|(name, _)| *name == primary);
    let others = columns.iter().filter(|(name, _)| *name != primary);
    Ok(first
        .chain(others)
        .map(|(name, described)| of(name, described))
        .collect())
}

fn of(column: &str, described: &Value) -> Described {
    let texts = |key: &str| described.get(key).and_then(Value::as_array);
    let shapes = texts("geometry_types").into_iter().flatten();
    let encoding = match described.get("encoding").and_then(Value::as_str) {
        Some("WKB") => Ok(Encoding::Wkb),
        Some("WKT") => Ok(Encoding::Wkt),
        Some("point") => Ok(Encoding::Separated),
        other => Err(format!(
            "'{column}' is encoded as {}; WKB and point can be read",
            other.unwrap_or("nothing")
        )),
    };
    Described {
        column: column.to_owned(),
        encoding,
        reference: match described.get("crs") {
            // By the standard, degrees on WGS 84 are meant without a word.
            None => Reference::Wgs84,
            Some(crs) => reference::of_json(crs),
        },
        shapes: shapes
            .filter_map(|shape| Some(shape.as_str()?.to_owned()))
            .collect(),
        boxes: covering(column, described)
            .or_else(|| bbox(described))
            .unwrap_or(Boxes::None),
    }
}

/// The columns with a box for each row.
fn covering(column: &str, described: &Value) -> Option<Boxes> {
    let bbox = described.pointer("/covering/bbox")?;
    let side = |name: &str| -> Option<Vec<String>> {
        let path = bbox.get(name)?.as_array()?;
        let parts = path.iter().map(|part| part.as_str().map(str::to_owned));
        let path: Vec<String> = parts.collect::<Option<_>>()?;
        let is_other = path.first().is_some_and(|first| first != column);
        is_other.then_some(path)
    };
    let sides = [side("xmin")?, side("xmax")?, side("ymin")?, side("ymax")?];
    Some(Boxes::Columns(sides))
}

/// The box of all rows: least values of two to four dimensions, then greatest ones.
fn bbox(described: &Value) -> Option<Boxes> {
    let bbox = described.get("bbox")?.as_array()?;
    let sides: Vec<f64> = bbox.iter().map(Value::as_f64).collect::<Option<_>>()?;
    let half = sides.len() / 2;
    let is_whole = sides.len() == 2 * half && (2..=4).contains(&half);
    // West of the antimeridian is east of it: no interval.
    let found = is_whole.then(|| [sides[0], sides[half], sides[1], sides[half + 1]]);
    let found = found.filter(|[west, east, south, north]| west <= east && south <= north);
    found.map(Boxes::File)
}
