//! Points in the schema of Arrow batches that somebody else reads, such as those of a stream.

use crate::DatasetError;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::{Group, Outline};
use crate::catalog::points::{self, Chosen};
use crate::catalog::units::{self, Ends, Settled};
use crate::file::contents::Contents;
use crate::file::footer::Chunk;
use crate::file::ipc;
use crate::file::view::View;
use crate::store::Object;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Fields, SchemaRef};
use arrow::error::ArrowError;
use graticule_columns::{ColumnMapping, Coordinate, Kind, Note, Schema};
use graticule_geo::CoordinateUnit;
use std::sync::Arc;

/// What the points of batches of a schema are, as [`Dataset`](crate::Dataset) tells of an Arrow file.
#[derive(Debug)]
pub struct ArrowPoints {
    view: View,
    outline: Outline,
    chosen: Chosen,
    schema: Schema,
}

impl ArrowPoints {
    /// Looks at a schema; `lon` and `lat` are columns that somebody names.
    ///
    /// # Errors
    /// Why a geometry that is all there is cannot be read, and what to do.
    pub fn of(
        schema: &SchemaRef,
        lon: Option<&str>,
        lat: Option<&str>,
    ) -> Result<Self, DatasetError> {
        const PATH: &str = "arrow";
        let contents = Contents::Ipc(Arc::new(ipc::Footer::of_schema(schema)));
        let view = View::of(PATH, &contents)?;
        let object = Object::new(PATH, 0, "").map_err(|e| DatasetError::Footer {
            path: PATH.to_owned(),
            reason: e.to_string(),
        })?;
        let outline = Outline {
            object,
            fields: view.fields().clone(),
            declared: view.declared().clone(),
            // Rows of which nothing is known.
            groups: vec![Group::new(
                1,
                vec![Chunk::default(); view.fields().len()],
                None,
            )],
        };
        let options = OpenOptions {
            lon: lon.map(str::to_owned),
            lat: lat.map(str::to_owned),
            ..OpenOptions::default()
        };
        let chosen = points::choose(std::slice::from_ref(&outline), &options)?;
        Ok(Self {
            view,
            outline,
            chosen,
            schema: unsettled(["", ""]),
        })
    }

    /// The columns, and behind them those that are made of them: points of geometries, fields of structs.
    pub fn fields(&self) -> &Fields {
        &self.outline.fields
    }

    /// How many of them are the batches' own.
    pub fn own(&self) -> usize {
        self.outline.own()
    }

    /// Longitudes and latitudes that the schema declares.
    pub fn declared(&self) -> Option<&[String; 2]> {
        self.chosen.names()
    }

    /// Takes two columns for the longitudes and latitudes and finds out their unit: the one given, the one that
    /// is declared, or the one that their least and greatest numbers tell. Whether these are needed and not given.
    ///
    /// # Errors
    /// [`DatasetError::CoordinateUnit`] where it may be any of several.
    pub fn settle(
        &mut self,
        names: [&str; 2],
        unit: Option<CoordinateUnit>,
        ends: Option<Ends>,
    ) -> Result<bool, DatasetError> {
        let options = OpenOptions {
            coordinate_unit: unit,
            ..OpenOptions::default()
        };
        self.schema = unsettled(names);
        let files = std::slice::from_ref(&self.outline);
        match units::settle(&mut self.schema, files, &options, ends)? {
            Settled::NeedsNumbers => Ok(true),
            Settled::Known(notes) => {
                self.chosen.notes.extend(notes);
                Ok(false)
            }
        }
    }

    /// What was chosen and guessed.
    pub fn notes(&self) -> &[Note] {
        &self.chosen.notes
    }

    /// The columns that hold all that the batches do, once each: the points in place of what they stand for.
    pub fn stored(&self) -> Fields {
        let files = std::slice::from_ref(&self.outline);
        self.chosen
            .stored(files, &self.outline.fields, &self.schema)
    }

    /// A batch with the points beside its columns, in degrees once their unit is settled.
    ///
    /// # Errors
    /// Where the batch is not of the schema, or a value of a geometry is no point.
    pub fn floats(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let coordinates = [&self.schema.lon, &self.schema.lat];
        let names = coordinates.map(|c| c.name.as_str());
        self.view.floats(batch, names.into_iter(), coordinates)
    }

    /// Whether a type can be a coordinate's.
    pub fn is_coordinate(data_type: &DataType) -> bool {
        crate::file::coordinates::kind(data_type).is_some() || *data_type == DataType::Float16
    }
}

fn unsettled(names: [&str; 2]) -> Schema {
    let [lon, lat] = names.map(|name| Coordinate {
        name: name.to_owned(),
        kind: Kind::F64,
        unit: CoordinateUnit::Degrees,
        stored: String::new(),
    });
    Schema {
        lon,
        lat,
        time: None,
        attributes: Vec::new(),
        partitions: Vec::new(),
        mapping: ColumnMapping::Same,
        set_aside: Vec::new(),
        folders_fill: false,
    }
}
