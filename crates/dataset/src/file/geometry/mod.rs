//! Points that a file declares, in Parquet or Arrow, as two columns of longitudes and latitudes.
//!
//! Three standards declare them: GeoParquet's `geo` key, Parquet's own types GEOMETRY and GEOGRAPHY, and
//! the names of GeoArrow's extension types. By each of them x is the longitude whatever the axes of
//! the CRS. A column of other shapes, or of another CRS, is told of with the reason why it cannot be
//! read.

mod arrays;
mod bytes;
mod geoarrow;
mod geoparquet;
mod native;
mod reference;
mod wkb;
mod wkt;

pub use wkt::{begins_as_point, point as point_of_wkt};

pub(crate) use arrays::{NoPoint, points};
pub(crate) use bytes::as_bytes;

use crate::file::contents::Contents;
use arrow::datatypes::{DataType, Fields};
use reference::Reference;
use serde::{Deserialize, Serialize};

/// How a column holds points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Well-known binary.
    Wkb,
    /// Well-known text.
    Wkt,
    /// A struct of x and y.
    Separated,
    /// Lists of x, y and perhaps more.
    Interleaved,
}

/// Where bounds of the points are, for encodings whose values have none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Boxes {
    None,
    /// Paths of leaf columns: least and greatest x, least and greatest y.
    Columns([Vec<String>; 4]),
    /// Of all points of the file, in the same order.
    File([f64; 4]),
}

/// A column of points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) column: String,
    pub(crate) encoding: Encoding,
    pub(crate) boxes: Boxes,
    /// What its longitudes and latitudes are called.
    pub(crate) names: [String; 2],
}

/// Why a declared geometry is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    /// Whether its coordinates are degrees on WGS 84 all the same, as far as is known.
    pub(crate) is_degrees: bool,
}

/// What a file says of one geometry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeclaredGeometry {
    pub(crate) column: String,
    /// What its longitudes and latitudes are called, where it is points.
    pub(crate) points: Result<[String; 2], Refusal>,
    /// Whether nobody said of which CRS it is.
    pub(crate) is_doubtful: bool,
    /// Columns that the points stand for: the geometry, and its boxes.
    pub(crate) replaces: Vec<String>,
}

/// A geometry as one of the standards describes it.
struct Described {
    column: String,
    encoding: Result<Encoding, String>,
    reference: Reference,
    /// Shapes that it holds, where that is told.
    shapes: Vec<String>,
    boxes: Boxes,
}

/// What geometry columns are usually called.
const USUAL: [&str; 5] = ["geometry", "geom", "the_geom", "wkb_geometry", "point"];
/// What the points of the geometry that a file means are called, where no column is called so.
const NAMES: [&str; 2] = ["lon", "lat"];

/// The geometries that a file declares, the one that it means first.
pub(crate) fn declared(
    contents: &Contents,
    is_taken: impl Fn(&str) -> bool,
) -> (Vec<Geometry>, Vec<DeclaredGeometry>) {
    let fields = contents.schema().fields();
    let (mut found, damage) = match geoparquet::describe(contents) {
        Ok(found) => (found, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    for more in [native::describe(contents), geoarrow::describe(fields)] {
        let is_new = |d: &Described| found.iter().all(|f: &Described| f.column != d.column);
        let mut more: Vec<Described> = more.into_iter().filter(is_new).collect();
        // Nothing but a name tells which of several is meant.
        more.sort_by_key(|d| !USUAL.iter().any(|n| d.column.eq_ignore_ascii_case(n)));
        found.extend(more);
    }
    let (mut geometries, mut all) = (Vec::new(), Vec::new());
    for described in found {
        let is_first = geometries.is_empty();
        let (geometry, declared) = described.judge(fields, is_first, &is_taken);
        geometries.extend(geometry);
        all.push(declared);
    }
    if let Some(reason) = damage {
        all.push(DeclaredGeometry {
            column: "geo".to_owned(),
            points: Err(Refusal {
                reason,
                is_degrees: true,
            }),
            is_doubtful: false,
            replaces: Vec::new(),
        });
    }
    (geometries, all)
}

impl Described {
    fn judge(
        self,
        fields: &Fields,
        is_first: bool,
        is_taken: &impl Fn(&str) -> bool,
    ) -> (Option<Geometry>, DeclaredGeometry) {
        let mut replaces = vec![self.column.clone()];
        if let Boxes::Columns(paths) = &self.boxes {
            replaces.extend(paths.iter().filter_map(|path| path.first().cloned()));
            replaces.dedup();
        }
        let is_doubtful = self.reference == Reference::Unknown;
        let found = self.check(fields).and_then(|encoding| {
            let names = self.names(is_first, is_taken).ok_or_else(|| Refusal {
                reason: "other columns are called as its points would be".to_owned(),
                is_degrees: true,
            });
            Ok((encoding, names?))
        });
        let declared = DeclaredGeometry {
            column: self.column.clone(),
            points: found.clone().map(|(_, names)| names),
            is_doubtful,
            replaces,
        };
        let geometry = found.ok().map(|(encoding, names)| Geometry {
            column: self.column,
            encoding,
            boxes: self.boxes,
            names,
        });
        (geometry, declared)
    }

    fn names(&self, is_first: bool, is_taken: &impl Fn(&str) -> bool) -> Option<[String; 2]> {
        let parts = |parts: [&str; 2]| parts.map(|part| format!("{}.{part}", self.column));
        let plain = is_first.then(|| NAMES.map(str::to_owned));
        let mut names = plain.into_iter().chain([parts(["x", "y"]), parts(NAMES)]);
        names.find(|names| !names.iter().any(|name| is_taken(name)))
    }

    fn check(&self, fields: &Fields) -> Result<Encoding, Refusal> {
        let refuse = |reason: String, is_degrees: bool| Refusal { reason, is_degrees };
        if let Reference::Other(name) = &self.reference {
            let reason =
                format!("its coordinates are of {name}; convert them to WGS 84, EPSG:4326");
            return Err(refuse(reason, false));
        }
        let column = &self.column;
        let Some((_, field)) = fields.find(column) else {
            return Err(refuse(
                format!("its geometry column '{column}' is missing"),
                true,
            ));
        };
        // A multipoint may be of one point; then it is read.
        let is_other =
            |shape: &&String| !shape.starts_with("Point") && !shape.starts_with("MultiPoint");
        if let Some(other) = self.shapes.iter().find(is_other) {
            let reason = format!("'{column}' holds {other}; only points can be read");
            return Err(refuse(reason, true));
        }
        let encoding = match &self.encoding {
            Ok(encoding) => *encoding,
            Err(reason) => return Err(refuse(reason.clone(), true)),
        };
        match encoding.fits(field.data_type()) {
            true => Ok(encoding),
            false => Err(refuse(
                format!(
                    "its column '{column}' is {}, unlike its encoding",
                    field.data_type()
                ),
                true,
            )),
        }
    }
}

impl Encoding {
    fn fits(self, data_type: &DataType) -> bool {
        let is_float = |t: &DataType| matches!(t, DataType::Float64 | DataType::Float32);
        match (self, data_type) {
            (Self::Wkb | Self::Wkt, DataType::Dictionary(_, values)) => self.fits(values),
            (Self::Wkb, t) => matches!(
                t,
                DataType::Binary
                    | DataType::LargeBinary
                    | DataType::BinaryView
                    | DataType::FixedSizeBinary(_)
            ),
            (Self::Wkt, t) => {
                matches!(t, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
            }
            (Self::Separated, DataType::Struct(parts)) => ["x", "y"].iter().all(|name| {
                let part = parts.find(name);
                part.is_some_and(|(_, part)| is_float(part.data_type()))
            }),
            (Self::Interleaved, DataType::FixedSizeList(value, length)) => {
                *length >= 2 && is_float(value.data_type())
            }
            _ => false,
        }
    }

    /// How points lie in a column of a type.
    fn of_points(data_type: &DataType) -> Self {
        match data_type {
            DataType::FixedSizeList(..) => Self::Interleaved,
            _ => Self::Separated,
        }
    }

    /// Whether a column of it is read whole for either coordinate.
    pub(crate) fn is_whole(self) -> bool {
        self != Self::Separated
    }
}

impl Geometry {
    /// The leaf columns with the least and the greatest value of a coordinate.
    pub(crate) fn box_columns(&self, axis: usize) -> Option<[&[String]; 2]> {
        match &self.boxes {
            Boxes::Columns(paths) => Some([&paths[2 * axis], &paths[2 * axis + 1]]),
            _ => None,
        }
    }

    /// Which coordinate is called so.
    pub(crate) fn axis(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// Whether a leaf of the file holds values of a coordinate.
    pub(crate) fn holds(&self, axis: usize, leaf: &[String]) -> bool {
        match leaf {
            [first, ..] if *first != self.column => false,
            [_, rest @ ..] => self.encoding.is_whole() || rest == [["x", "y"][axis]],
            [] => false,
        }
    }
}

#[cfg(test)]
mod tests;
