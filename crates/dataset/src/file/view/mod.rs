//! How a file's columns become the dataset's: coordinates are floats, whatever the file has.
//!
//! A file has its own columns, and others are made of them: the points that it declares, and fields of
//! structs. Which of all are the coordinates is the dataset's matter, not the file's.

mod boxes;
mod leaves;

use crate::DatasetError;
use crate::file::contents::Contents;
use crate::file::footer::{self, Chunk, Ends};
use crate::file::geometry::{self, DeclaredGeometry, Geometry};
use crate::file::mark::{Mark, MarkedCoordinate, TilesMark};
use crate::file::text::plain_type;
use crate::file::{coordinates, hint, ipc, mapping};
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use arrow::error::ArrowError;
use graticule_columns::{ColumnMapping, Coordinate, TimeUnit};
use leaves::Leaf;
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::{ColumnDescriptor, ColumnPath};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// What a file says of itself that decides which columns are the dataset's coordinates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Declared {
    /// What the graticule layout's mark says.
    pub(crate) layout: Option<Marked>,
    /// The geometries, the one that is meant first.
    pub(crate) geometries: Vec<DeclaredGeometry>,
    /// How many fields, the last ones, are made of others.
    pub(crate) derived: usize,
}

/// What the mark of the graticule layout says that decides which columns are what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marked {
    /// Longitudes and latitudes.
    pub(crate) points: [String; 2],
    pub(crate) time: Option<String>,
    pub(crate) time_unit: Option<TimeUnit>,
    /// The column that the folders' names hold.
    pub(crate) folder: Option<String>,
}

/// What a file says of how it holds its points.
#[derive(Debug, Clone)]
pub(crate) struct View {
    mark: Option<Mark>,
    tiles: Option<TilesMark>,
    geometries: Arc<[Geometry]>,
    leaves: Arc<[Leaf]>,
    fields: Fields,
    declared: Arc<Declared>,
    /// From the columns' names to those in the file, where a table renames.
    names: Option<Arc<HashMap<String, String>>>,
}

/// Where a file has a column.
#[derive(Debug, Clone, Copy)]
enum Held<'a> {
    /// Nowhere: the table has the column, the file does not.
    Absent,
    Own(&'a str),
    Leaf(&'a Leaf),
    /// A coordinate of a geometry, by its axis.
    Point(&'a Geometry, usize),
}

impl View {
    /// # Errors
    /// [`DatasetError::Footer`] where the graticule layout is of another version.
    pub(crate) fn of(path: &str, contents: &Contents) -> Result<Self, DatasetError> {
        let mark = Mark::of(contents).map_err(|reason| DatasetError::Footer {
            path: path.to_owned(),
            reason,
        })?;
        let own = coordinates::seen(&contents.fields(), mark.as_ref());
        let is_own = |name: &str| own.iter().any(|f| f.name().eq_ignore_ascii_case(name));
        let (geometries, declared) = geometry::declared(contents, is_own);
        let point = |name: &String| Arc::new(Field::new(name, DataType::Float64, true));
        let mut made: Vec<FieldRef> = geometries
            .iter()
            .flat_map(|geometry| &geometry.names)
            .map(point)
            .collect();
        let is_made = |name: &str| geometries.iter().any(|g| g.axis(name).is_some());
        let leaves = leaves::of(&own).into_iter();
        let (leaves, fields): (Vec<Leaf>, Vec<FieldRef>) =
            leaves.filter(|(leaf, _)| !is_made(&leaf.name)).unzip();
        let marked = leaves.iter().zip(&fields).map(|(leaf, field)| {
            let is_time = matches!(field.data_type(), DataType::Timestamp(..));
            let physical = is_time.then(|| contents.physical(&leaf.path)).flatten();
            hint::marked(field, physical)
        });
        made.extend(marked);
        let layout = mark.as_ref().map(|mark| Marked {
            points: mark.coordinates().map(|c| c.name.clone()),
            time: mark.time.clone(),
            time_unit: mark.time_unit,
            folder: mark.folder.clone(),
        });
        Ok(Self {
            tiles: mark.as_ref().and_then(|_| TilesMark::of(contents)),
            declared: Arc::new(Declared {
                layout,
                geometries: declared,
                derived: made.len(),
            }),
            mark,
            geometries: geometries.into(),
            leaves: leaves.into(),
            fields: own.iter().cloned().chain(made).collect(),
            names: None,
        })
    }

    /// The same of a table's columns. What is made of others goes by the file's names and is none of the table's.
    pub(crate) fn mapped(self, mapping: &ColumnMapping) -> Self {
        let own = self.fields.len().saturating_sub(self.declared.derived);
        let Some(columns) = mapping::columns(mapping, &self.fields[..own]) else {
            return self;
        };
        let fields = mapping::renamed(&self.fields, &columns);
        let name = |(place, name): (usize, String)| (name, self.fields[place].name().clone());
        Self {
            names: Some(Arc::new(columns.into_iter().map(name).collect())),
            declared: Arc::default(),
            fields,
            ..self
        }
    }

    /// Whether columns go by a table's names.
    pub(crate) fn is_mapped(&self) -> bool {
        self.names.is_some()
    }

    /// The name in the file of a column that it has.
    fn own<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        match &self.names {
            None => Some(name),
            Some(names) => names.get(name).map(String::as_str),
        }
    }

    /// The file's columns as the dataset sees them: its own, and those that are made of them.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What the file says of its points.
    pub(crate) fn declared(&self) -> &Arc<Declared> {
        &self.declared
    }

    /// What the file says of its layout.
    pub(crate) fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Where the statistics of the file's tiles are, if they are of these longitudes and latitudes.
    pub(crate) fn tiles(&self, points: [&str; 2]) -> Option<&TilesMark> {
        let marked = self.mark.as_ref()?.coordinates();
        let is_same = marked.map(|c| Some(c.name.as_str())) == points.map(|name| self.own(name));
        self.tiles.as_ref().filter(|_| is_same)
    }

    /// Whether a column is one of the file's own, as it lies there.
    pub(crate) fn is_plain(&self, name: &str) -> bool {
        matches!(self.held(name), Held::Own(_)) && self.residual(name).is_none()
    }

    /// What the layout's mark says of a coordinate that is in decimals.
    pub(crate) fn marked(&self, name: &str) -> Option<&MarkedCoordinate> {
        self.mark.as_ref()?.decimals(self.own(name)?)
    }

    fn residual(&self, name: &str) -> Option<&str> {
        self.marked(name)?.residual.as_deref()
    }

    fn held<'a>(&'a self, name: &'a str) -> Held<'a> {
        let Some(name) = self.own(name) else {
            return Held::Absent;
        };
        let mut points = self.geometries.iter();
        let point = points.find_map(|g| Some(Held::Point(g, g.axis(name)?)));
        let leaf = || self.leaves.iter().find(|leaf| leaf.name == name);
        point.unwrap_or_else(|| leaf().map_or(Held::Own(name), Held::Leaf))
    }

    /// Whether a leaf column of the file holds values of a column, or leads back to them.
    fn is_in(&self, held: Held<'_>, residual: Option<&str>, leaf: &ColumnPath) -> bool {
        let path = leaf.parts();
        match held {
            Held::Absent => false,
            Held::Point(geometry, axis) => geometry.holds(axis, path),
            Held::Leaf(leaf) => leaf.path == path,
            Held::Own(name) => {
                let first = path.first().map(String::as_str);
                first == Some(name) || (first.is_some() && first == residual)
            }
        }
    }

    /// The columns of an Arrow file that hold a column, or lead back to its values; the first of the name
    /// where there are several.
    pub(crate) fn fields_of(&self, fields: &Fields, name: &str) -> Vec<usize> {
        let own = match self.held(name) {
            Held::Point(geometry, _) => Some(&geometry.column),
            Held::Leaf(leaf) => leaf.path.first(),
            Held::Own(_) | Held::Absent => None,
        };
        let own = own.map(String::as_str).or_else(|| self.own(name));
        let names = [own, self.residual(name)].into_iter().flatten();
        names
            .filter_map(|name| fields.find(name).map(|(place, _)| place))
            .collect()
    }

    /// Where a record batch of an Arrow file has a column, and its number of nulls, as far as its header
    /// says.
    pub(crate) fn chunk(&self, footer: &ipc::Footer, batch: &ipc::Batch, name: &str) -> Chunk {
        let places = self.fields_of(footer.schema.fields(), name);
        let columns = places.iter().filter_map(|&place| batch.columns.get(place));
        let ranges: Vec<Range<u64>> = columns.map(|c| c.bytes.clone()).collect();
        let bytes: u64 = ranges.iter().map(|r| r.end - r.start).sum();
        let held = self.held(name);
        let nulls = match (held, &places[..]) {
            (Held::Own(_), [place]) if self.marked(name).is_none() => {
                let data_type = footer.schema.field(*place).data_type();
                // Values of dictionaries and of runs may be null, which no header counts.
                let is_plain = plain_type(data_type) == data_type;
                batch.nulls(*place).filter(|_| is_plain)
            }
            _ => None,
        };
        Chunk {
            offset: ranges.iter().map(|r| r.start).min().unwrap_or(0),
            bytes: match held {
                // Which has the geometry whole.
                Held::Point(_, axis) => bytes * u64::from(axis == 0),
                Held::Leaf(leaf) => {
                    let others = self.leaves.iter().filter(|l| l.path[0] == leaf.path[0]);
                    bytes / others.count().max(1) as u64
                }
                Held::Own(_) | Held::Absent => bytes,
            },
            ends: None,
            nulls,
        }
    }

    /// The leaf columns of a row group that hold a column.
    pub(crate) fn leaves(&self, group: &RowGroupMetaData, name: &str) -> Vec<usize> {
        let (held, residual) = (self.held(name), self.residual(name));
        let is_of = |leaf: &usize| self.is_in(held, residual, group.column(*leaf).column_path());
        (0..group.num_columns()).filter(is_of).collect()
    }

    /// The leaf column of a row group whose statistics are the column's, if it is one.
    pub(crate) fn leaf(&self, group: &RowGroupMetaData, name: &str) -> Option<usize> {
        let leaves = self.leaves(group, name);
        let residual = self.residual(name);
        let is_residual = |leaf: &usize| {
            let first = group.column(*leaf).column_path().parts().first();
            first.map(String::as_str) == residual
        };
        match leaves[..] {
            [leaf] => Some(leaf),
            _ if residual.is_some() => leaves.into_iter().find(|leaf| !is_residual(leaf)),
            _ => None,
        }
    }

    /// Compressed bytes of a column in a row group. Those of a geometry that is read whole are its longitude's.
    pub(crate) fn bytes(&self, group: &RowGroupMetaData, name: &str) -> u64 {
        match self.held(name) {
            Held::Point(geometry, 1) if geometry.encoding.is_whole() => 0,
            _ => {
                let leaves = self.leaves(group, name).into_iter();
                leaves.map(|leaf| group.column(leaf).byte_range().1).sum()
            }
        }
    }

    /// Least and greatest value of a column in a row group, and its number of nulls, as far as the
    /// footer says.
    pub(crate) fn statistics(
        &self,
        group: &RowGroupMetaData,
        name: &str,
    ) -> (Option<Ends>, Option<u64>) {
        if let Held::Point(geometry, axis) = self.held(name)
            && geometry.encoding.is_whole()
        {
            return (boxes::ends(geometry, group, axis), None);
        }
        let Some(column) = self.leaf(group, name).map(|leaf| group.column(leaf)) else {
            return (None, None);
        };
        let Some(statistics) = column.statistics() else {
            return (None, None);
        };
        let ends = footer::ends(statistics, column.column_descr());
        // A null decimal may have a residual, and then is no null.
        let nulls = match self.residual(name) {
            None => statistics.null_count_opt(),
            Some(residual) => {
                let mut columns = group.columns().iter();
                let own = columns.find(|c| c.column_path().parts() == [residual]);
                own.and_then(|c| c.statistics()?.null_count_opt())
            }
        };
        (
            ends.and_then(|ends| self.floats_of(name, column.column_descr(), ends)),
            nulls,
        )
    }

    /// Bounds of a leaf's values as those of the column that it holds.
    pub(crate) fn floats_of(
        &self,
        name: &str,
        leaf: &ColumnDescriptor,
        ends: Ends,
    ) -> Option<Ends> {
        let marked = self.marked(name);
        coordinates::marked_ends(leaf, marked, ends)
    }

    /// A batch of the file's columns, to which those of `names` are added that are made of what is there, and
    /// with the `coordinates` as floats, where it has any of them.
    pub(crate) fn floats<'a>(
        &self,
        batch: RecordBatch,
        names: impl Iterator<Item = &'a str>,
        coordinates: [&Coordinate; 2],
    ) -> Result<RecordBatch, ArrowError> {
        let batch = self.unfold(batch, names)?;
        let own = coordinates.map(|c| Coordinate {
            name: self.own(&c.name).unwrap_or_default().to_owned(),
            ..c.clone()
        });
        let batch = coordinates::as_floats(batch, own.each_ref(), self.mark.as_ref())?;
        match &self.names {
            None => Ok(batch),
            Some(names) => renamed(batch, names),
        }
    }

    fn unfold<'a>(
        &self,
        batch: RecordBatch,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<RecordBatch, ArrowError> {
        let mut made: Vec<(&str, ArrayRef)> = Vec::new();
        // A geometry is parsed once for both.
        let mut parsed: Option<(&Geometry, [Option<ArrayRef>; 2])> = None;
        for name in names {
            if made.iter().any(|(n, _)| *n == name) {
                continue;
            }
            let values = match self.held(name) {
                Held::Own(_) | Held::Absent => None,
                Held::Leaf(leaf) => leaf.values(&batch)?,
                Held::Point(geometry, axis) => {
                    let Some(column) = batch.column_by_name(&geometry.column) else {
                        continue;
                    };
                    let known = parsed.take().filter(|(g, _)| *g == geometry);
                    let points = match known {
                        Some((_, points)) => points,
                        None => geometry::points(geometry.encoding, column)?,
                    };
                    let values = points[axis].clone();
                    parsed = Some((geometry, points));
                    values
                }
            };
            made.extend(values.map(|values| (name, values)));
        }
        if made.is_empty() {
            return Ok(batch);
        }
        let (schema, mut columns, _) = batch.into_parts();
        let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
        for (name, values) in made {
            fields.push(Arc::new(Field::new(name, values.data_type().clone(), true)));
            columns.push(values);
        }
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        RecordBatch::try_new(Arc::new(schema), columns)
    }
}

/// The columns by the table's names.
fn renamed(batch: RecordBatch, names: &HashMap<String, String>) -> Result<RecordBatch, ArrowError> {
    let field = |field: &FieldRef| {
        let known = names.iter().find(|(_, own)| *own == field.name());
        known.map_or_else(
            || field.clone(),
            |(name, _)| Arc::new(field.as_ref().clone().with_name(name)),
        )
    };
    let schema = batch.schema();
    let fields: Vec<FieldRef> = schema.fields().iter().map(field).collect();
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(schema), batch.columns().to_vec(), &rows)
}
