//! Parquet's own types GEOMETRY and GEOGRAPHY, which are well-known binary.

use super::reference;
use super::{Boxes, Described, Encoding};
use crate::file::contents::Contents;
use parquet::basic::LogicalType;
use std::collections::BTreeSet;

/// The geometries of a file by its Parquet schema.
pub(super) fn describe(contents: &Contents) -> Vec<Described> {
    let Contents::Parquet(footer) = contents else {
        return Vec::new();
    };
    let metadata = footer.metadata();
    let leaves = metadata.file_metadata().schema_descr().columns();
    let described = leaves.iter().enumerate().filter_map(|(place, leaf)| {
        let [column] = leaf.path().parts() else {
            return None;
        };
        let crs = match leaf.logical_type_ref()? {
            LogicalType::Geometry(geometry) => geometry.crs.as_deref(),
            LogicalType::Geography(geography) => geography.crs.as_deref(),
            _ => return None,
        };
        let groups = metadata.row_groups().iter();
        let codes = groups.filter_map(|group| {
            let statistics = group.columns().get(place)?.geo_statistics()?;
            statistics.geospatial_types()
        });
        let codes: BTreeSet<i32> = codes.flatten().copied().collect();
        Some(Described {
            column: column.clone(),
            encoding: Ok(Encoding::Wkb),
            reference: reference::of_type(crs, |key| contents.value(key)),
            shapes: codes.into_iter().map(shape).collect(),
            boxes: Boxes::None,
        })
    });
    described.collect()
}

/// What a shape's code in well-known binary stands for.
fn shape(code: i32) -> String {
    let names = [
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
    ];
    let place = usize::try_from(code.rem_euclid(1000) - 1).ok();
    let name = place.and_then(|place| names.get(place));
    name.map_or_else(
        || format!("shapes of type {code}"),
        |name| (*name).to_owned(),
    )
}
