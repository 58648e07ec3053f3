//! Named points of GeoJSON files.

use super::{name, no_names, place, text, wrong};
use crate::PlanError;
use geojson::{Feature, GeometryValue};
use graticule_columns::Note;
use graticule_geo::is_valid;
use serde::{Deserialize, Serialize};
use text::Features;

/// A place on the earth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPlace {
    /// Its name. Points near a place without one are of the null group.
    pub name: Option<String>,
    /// Longitude and latitude, in degrees.
    pub point: [f64; 2],
}

/// The points of a GeoJSON text, in their order, named by a property; and what was left out: features of other geometries.
///
/// # Errors
/// [`PlanError::Zones`] when the text is not GeoJSON in degrees on WGS 84, holds no point, or a point that is none on the
/// earth; and when no feature with a point has the property.
pub(crate) fn named_places(
    text: &str,
    property: &str,
) -> Result<(Vec<NamedPlace>, Vec<Note>), PlanError> {
    let Features::Many(features) = text::parse(text)? else {
        let reason = "a geometry alone has no properties to name it by; make it a Feature";
        return Err(wrong("the geometry", reason));
    };
    let (mut places, mut left) = (Vec::new(), 0);
    for (number, feature) in (1..).zip(&features) {
        let points = points_of(feature);
        if points.is_empty() {
            left += 1;
            continue;
        }
        let at = place(number, feature, Some(property));
        let name = name(feature.properties.as_ref(), property).map_err(|r| wrong(&at, r))?;
        for point in points {
            if !is_valid(point[0], point[1]) {
                let [lon, lat] = point;
                return Err(wrong(&at, format!("{lon},{lat} is no place on the earth")));
            }
            let name = name.clone();
            places.push(NamedPlace { name, point });
        }
    }
    if places.is_empty() {
        return Err(wrong(
            "the collection",
            "it holds no Point and no MultiPoint",
        ));
    }
    if places.iter().all(|place| place.name.is_none()) {
        return Err(no_names(&features, property));
    }
    let note = Note {
        text: format!("features left out, for they are no points: {left}"),
        is_warning: true,
    };
    Ok((places, (left > 0).then_some(note).into_iter().collect()))
}

fn points_of(feature: &Feature) -> Vec<[f64; 2]> {
    let xy = |position: &[f64]| match position {
        [lon, lat, ..] => Some([*lon, *lat]),
        _ => None,
    };
    match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        Some(GeometryValue::Point { coordinates }) => {
            xy(coordinates.as_slice()).into_iter().collect()
        }
        Some(GeometryValue::MultiPoint { coordinates }) => coordinates
            .iter()
            .filter_map(|p| xy(p.as_slice()))
            .collect(),
        _ => Vec::new(),
    }
}
