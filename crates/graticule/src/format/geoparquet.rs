//! GeoParquet 1.1: the columns, then `geometry` as WKB and `bbox`, its box.

use super::geometry::{Geometry, Places};
use super::properties;
use crate::Error;
use arrow::array::{ArrayRef, BinaryBuilder, Float64Builder, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use graticule_dataset::CheckedWriter;
use graticule_plan::distinct_names;
use parquet::file::metadata::KeyValue;
use std::io::Write;
use std::sync::Arc;

pub(super) struct GeoParquet<'a> {
    places: Places,
    schema: SchemaRef,
    writer: CheckedWriter<&'a mut (dyn Write + Send)>,
}

const AXES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

fn axes() -> Fields {
    let fields = AXES.map(|name| Field::new(name, DataType::Float64, true));
    Fields::from(fields.to_vec())
}

impl<'a> GeoParquet<'a> {
    pub(super) fn new(schema: &SchemaRef, out: &'a mut (dyn Write + Send)) -> Result<Self, Error> {
        let places = Places::of(schema)?;
        let types: &[&str] = match places {
            Places::Points { .. } => &["Point"],
            Places::Cells { .. } => &["Polygon", "MultiPolygon"],
        };
        let names = schema.fields().iter().map(|f| f.name().as_str());
        let names = distinct_names(names.chain(["geometry", "bbox"]));
        let [.., geometry, bbox] = names.as_slice() else {
            return Err(Error::NoGeometry);
        };
        let covering = AXES.map(|axis| (axis.to_owned(), serde_json::json!([bbox, axis])));
        let covering: serde_json::Map<_, _> = covering.into_iter().collect();
        let geo = serde_json::json!({
            "version": "1.1.0",
            "primary_column": geometry,
            "columns": {geometry: {
                "encoding": "WKB",
                "geometry_types": types,
                "covering": {"bbox": covering},
            }},
        });
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(geometry, DataType::Binary, true)));
        fields.push(Arc::new(Field::new(bbox, DataType::Struct(axes()), true)));
        let schema = Arc::new(Schema::new(fields));
        let mut writer = CheckedWriter::new(out, schema.clone(), properties())?;
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_string()));
        Ok(Self {
            places,
            schema,
            writer,
        })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let mut geometries = BinaryBuilder::new();
        let mut boxes: [Float64Builder; 4] = std::array::from_fn(|_| Float64Builder::new());
        for row in 0..batch.num_rows() {
            let geometry = self.places.geometry(batch, row);
            let Some(geometry) = geometry else {
                geometries.append_null();
                boxes.iter_mut().for_each(Float64Builder::append_null);
                continue;
            };
            geometries.append_value(wkb(&geometry));
            let points: Vec<[f64; 2]> = match geometry {
                Geometry::Point(point) => vec![point],
                Geometry::Polygons(rings) => rings.into_iter().flatten().collect(),
            };
            let start = [
                f64::INFINITY,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
            ];
            let bounds = points.iter().fold(start, |b, p| {
                [
                    b[0].min(p[0]),
                    b[1].min(p[1]),
                    b[2].max(p[0]),
                    b[3].max(p[1]),
                ]
            });
            for (axis, value) in boxes.iter_mut().zip(bounds) {
                axis.append_value(value);
            }
        }
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(geometries.finish()));
        let boxes = boxes.map(|mut axis| Arc::new(axis.finish()) as ArrayRef);
        columns.push(Arc::new(StructArray::try_new(
            axes(),
            boxes.to_vec(),
            None,
        )?));
        self.writer
            .write(&RecordBatch::try_new(self.schema.clone(), columns)?)?;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.writer.finish()?;
        Ok(())
    }
}

/// Well-known binary, little endian.
fn wkb(geometry: &Geometry) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::new();
    let begin = |bytes: &mut Vec<u8>, kind: usize| {
        bytes.push(1);
        bytes.extend(word(kind));
    };
    let polygon = |bytes: &mut Vec<u8>, ring: &[[f64; 2]]| {
        bytes.extend(word(1));
        bytes.extend(word(ring.len()));
        bytes.extend(ring.iter().flatten().flat_map(|v| v.to_le_bytes()));
    };
    match geometry {
        Geometry::Point(point) => {
            begin(&mut bytes, 1);
            bytes.extend(point.iter().flat_map(|v| v.to_le_bytes()));
        }
        Geometry::Polygons(rings) => {
            if let [ring] = rings.as_slice() {
                begin(&mut bytes, 3);
                polygon(&mut bytes, ring);
                return bytes;
            }
            begin(&mut bytes, 6);
            bytes.extend(word(rings.len()));
            for ring in rings {
                begin(&mut bytes, 3);
                polygon(&mut bytes, ring);
            }
        }
    }
    bytes
}
