//! GeoParquet points, in Parquet or Arrow, as two columns, `lon` and `lat`.
//!
//! A file whose metadata names a geometry column has these instead of it, unless it has longitudes
//! and latitudes besides. The geometry is WKB, or a struct of `x` and `y`; its bounding boxes, where
//! the file has them, are no column either, and tell where WKB points lie. By the standard x is the
//! longitude whatever the axes of the CRS.

mod wkb;

use crate::contents::Contents;
use crate::schema::{LAT, LON};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Schema};
use arrow::error::ArrowError;
use parquet::schema::types::ColumnPath;
use serde_json::Value;
use std::sync::Arc;

const LONGITUDE: &str = "lon";
const LATITUDE: &str = "lat";

/// Where a file has its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Geometry {
    column: String,
    is_wkb: bool,
    /// Paths of the leaf columns of bounding boxes: least and greatest x, least and greatest y.
    boxes: Option<[Vec<String>; 4]>,
}

impl Geometry {
    /// The points that a footer tells of, if the file has no plain columns of them.
    ///
    /// # Errors
    /// The reason why the geometry is not points in degrees.
    pub(crate) fn of(contents: &Contents) -> Result<Option<Self>, String> {
        let fields = contents.schema().fields();
        let has = |names: &[&str]| {
            let is_one = |f: &Arc<Field>| names.iter().any(|n| f.name().eq_ignore_ascii_case(n));
            fields.iter().any(is_one)
        };
        if (has(LON) && has(LAT)) || has(&[LONGITUDE, LATITUDE]) {
            return Ok(None);
        }
        let Some(text) = contents.value("geo") else {
            return Ok(None);
        };
        let geo: Value = serde_json::from_str(text)
            .map_err(|e| format!("its \"geo\" metadata is damaged: {e}"))?;
        let name = geo.get("primary_column").and_then(Value::as_str);
        let described = name.and_then(|name| geo.get("columns")?.get(name));
        let (Some(name), Some(described)) = (name, described) else {
            return Err("its \"geo\" metadata does not describe its primary column".to_owned());
        };
        let Some((_, field)) = fields.find(name) else {
            return Err(format!("its geometry column '{name}' is missing"));
        };
        check_reference(described)?;
        check_types(described)?;
        let is_wkb = match described.get("encoding").and_then(Value::as_str) {
            Some("WKB") => true,
            Some("point") => false,
            other => {
                return Err(format!(
                    "it is encoded as {}; WKB and point can be read",
                    other.unwrap_or("nothing")
                ));
            }
        };
        let fits = match field.data_type() {
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => is_wkb,
            DataType::Struct(parts) => {
                !is_wkb
                    && ["x", "y"].iter().all(|n| {
                        parts
                            .find(n)
                            .is_some_and(|(_, f)| *f.data_type() == DataType::Float64)
                    })
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "its column '{name}' is {}, unlike its encoding",
                field.data_type()
            ));
        }
        let side = |name: &str| -> Option<Vec<String>> {
            let path = described.pointer("/covering/bbox")?.get(name)?.as_array()?;
            let parts = path.iter().map(|part| part.as_str().map(str::to_owned));
            parts.collect()
        };
        let boxes = || Some([side("xmin")?, side("xmax")?, side("ymin")?, side("ymax")?]);
        Ok(Some(Self {
            column: name.to_owned(),
            is_wkb,
            boxes: boxes().filter(|b| b.iter().all(|path| path.first().is_some_and(|f| f != name))),
        }))
    }

    /// The file's columns with the points in place of the geometry.
    pub(crate) fn fields(&self, fields: &Fields) -> Fields {
        let point = |name| Arc::new(Field::new(name, DataType::Float64, true));
        let mut all = Vec::new();
        for field in fields {
            if *field.name() == self.column {
                all.extend([point(LONGITUDE), point(LATITUDE)]);
            } else if !self.is_boxes(field.name()) {
                all.push(Arc::clone(field));
            }
        }
        all.into()
    }

    fn is_boxes(&self, name: &str) -> bool {
        let mut paths = self.boxes.iter().flatten();
        paths.any(|path| path.first().is_some_and(|first| first == name))
    }

    /// The leaf columns with the least and the greatest value of a coordinate, where the points
    /// themselves have no statistics.
    pub(crate) fn boxes(&self, name: &str) -> Option<[Vec<String>; 2]> {
        let [west, east, south, north] = self.boxes.as_ref().filter(|_| self.is_wkb)?;
        match name {
            LONGITUDE => Some([west.clone(), east.clone()]),
            LATITUDE => Some([south.clone(), north.clone()]),
            _ => None,
        }
    }

    /// Whether a column's bytes are counted with another's, for both are in one.
    pub(crate) fn is_counted(&self, name: &str) -> bool {
        self.is_wkb && name == LATITUDE
    }

    /// The column of the file that holds a column.
    pub(crate) fn column<'a>(&'a self, name: &'a str) -> &'a str {
        match name {
            LONGITUDE | LATITUDE => &self.column,
            other => other,
        }
    }

    /// Whether a column's bytes are counted with another's in an Arrow file, which has the geometry whole.
    pub(crate) fn is_in_one(&self, name: &str) -> bool {
        name == LATITUDE
    }

    /// Whether a leaf of the file holds values of a column.
    pub(crate) fn holds(&self, name: &str, leaf: &ColumnPath) -> bool {
        let [first, rest @ ..] = leaf.parts() else {
            return false;
        };
        if *first != self.column {
            return first == name;
        }
        let part = match name {
            LONGITUDE => "x",
            LATITUDE => "y",
            _ => return false,
        };
        self.is_wkb || rest == [part]
    }

    /// A batch with the points in place of the geometry, if it has that.
    pub(crate) fn unfold(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let Some(geometry) = batch.column_by_name(&self.column) else {
            return Ok(batch);
        };
        let [lon, lat] = match self.is_wkb {
            true => wkb::points(&cast(geometry, &DataType::LargeBinary)?)?,
            false => parts(geometry)?,
        };
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            if *field.name() == self.column {
                columns.extend([Arc::clone(&lon), Arc::clone(&lat)]);
            } else {
                columns.push(Arc::clone(column));
            }
        }
        let fields = self.fields(batch.schema().fields());
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}

/// A null point has null coordinates, whatever lies beneath.
fn parts(geometry: &ArrayRef) -> Result<[ArrayRef; 2], ArrowError> {
    let geometry = geometry.as_struct();
    let part = |name: &str| -> Result<ArrayRef, ArrowError> {
        let missing = || ArrowError::SchemaError(format!("the geometry has no {name}"));
        let part = geometry.column_by_name(name).ok_or_else(missing)?;
        let part = part.as_primitive::<Float64Type>();
        let nulls = arrow::buffer::NullBuffer::union(part.nulls(), geometry.nulls());
        Ok(Arc::new(Float64Array::new(part.values().clone(), nulls)))
    };
    Ok([part("x")?, part("y")?])
}

/// Degrees on WGS 84 are what the standard means without a word; others would be wrong places.
fn check_reference(described: &Value) -> Result<(), String> {
    let crs = match described.get("crs") {
        None | Some(Value::Null) => return Ok(()),
        Some(crs) => crs,
    };
    let authority = crs.pointer("/id/authority").and_then(Value::as_str);
    let code = crs.pointer("/id/code").map(|code| match code {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    match (authority, code.as_deref()) {
        (Some("OGC"), Some("CRS84")) | (Some("EPSG"), Some("4326")) => Ok(()),
        (authority, code) => {
            let name = crs.get("name").and_then(Value::as_str).unwrap_or("no name");
            let id = format!("{}:{}", authority.unwrap_or("?"), code.unwrap_or("?"));
            Err(format!(
                "its coordinates are of {name} ({id}); convert them to WGS 84, EPSG:4326"
            ))
        }
    }
}

/// What the file says of its shapes; where it says nothing the values are looked at.
fn check_types(described: &Value) -> Result<(), String> {
    let types = described.get("geometry_types").and_then(Value::as_array);
    let other = types.into_iter().flatten().filter_map(Value::as_str);
    match other.into_iter().find(|t| *t != "Point" && *t != "Point Z") {
        Some(other) => Err(format!("it holds {other}; only points can be read")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
