//! How a file's columns become the dataset's: coordinates are floats, whatever the file has.

use crate::contents::Contents;
use crate::footer::{self, Ends};
use crate::geoparquet::Geometry;
use crate::mark::{Mark, MarkedCoordinate, TilesMark};
use crate::outline::Chunk;
use crate::text::plain_type;
use crate::{DatasetError, coordinates, ipc};
use arrow::array::RecordBatch;
use arrow::datatypes::Fields;
use arrow::error::ArrowError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::{ColumnDescriptor, ColumnPath};
use std::ops::Range;

/// What a file says of how it holds its points.
#[derive(Debug, Clone)]
pub(crate) struct View {
    mark: Option<Mark>,
    tiles: Option<TilesMark>,
    geometry: Option<Geometry>,
    fields: Fields,
}

impl View {
    /// # Errors
    /// [`DatasetError::Footer`] where the graticule layout is of another version,
    /// [`DatasetError::Geometry`] where the file holds other shapes than points.
    pub(crate) fn of(path: &str, contents: &Contents) -> Result<Self, DatasetError> {
        let path = || path.to_owned();
        let mark = Mark::of(contents).map_err(|reason| DatasetError::Footer {
            path: path(),
            reason,
        })?;
        let geometry = Geometry::of(contents).map_err(|reason| DatasetError::Geometry {
            path: path(),
            reason,
        })?;
        let fields = contents.fields();
        let fields = match &geometry {
            Some(geometry) => geometry.fields(&fields),
            None => coordinates::seen(&fields, mark.as_ref()),
        };
        let tiles = mark.as_ref().and_then(|_| TilesMark::of(contents));
        Ok(Self {
            mark,
            tiles,
            geometry,
            fields,
        })
    }

    /// The file's columns as the dataset sees them.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What the file says of its layout.
    pub(crate) fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Where the statistics of the file's tiles are, if they are of these longitudes and latitudes.
    pub(crate) fn tiles(&self, points: [&str; 2]) -> Option<&TilesMark> {
        let marked = self.mark.as_ref()?.coordinates();
        let is_same = marked.map(|c| c.name.as_str()) == points;
        self.tiles.as_ref().filter(|_| is_same)
    }

    fn marked(&self, name: &str) -> Option<&MarkedCoordinate> {
        let coordinates = self.mark.as_ref()?.coordinates();
        coordinates.into_iter().find(|c| c.name == name)
    }

    /// Whether a leaf column of the file holds values of a column, or leads back to them.
    pub(crate) fn holds(&self, name: &str, leaf: &ColumnPath) -> bool {
        if let Some(geometry) = &self.geometry {
            return geometry.holds(name, leaf);
        }
        let residual = self.marked(name).and_then(|c| c.residual.as_deref());
        let first = leaf.parts().first().map(String::as_str);
        first == Some(name) || (first.is_some() && first == residual)
    }

    /// The columns of an Arrow file that hold a column, or lead back to its values; the first of the name
    /// where there are several.
    pub(crate) fn fields_of(&self, fields: &Fields, name: &str) -> Vec<usize> {
        let residual = self.marked(name).and_then(|c| c.residual.as_deref());
        let own = match &self.geometry {
            Some(geometry) => geometry.column(name),
            None => name,
        };
        let names = [Some(own), residual].into_iter().flatten();
        names
            .filter_map(|name| fields.find(name).map(|(place, _)| place))
            .collect()
    }

    /// Where a record batch of an Arrow file has a column, and its number of nulls, as far as its header
    /// says. Bytes of a geometry are its longitude's.
    pub(crate) fn chunk(&self, footer: &ipc::Footer, batch: &ipc::Batch, name: &str) -> Chunk {
        let places = self.fields_of(footer.schema.fields(), name);
        let columns = places.iter().filter_map(|&place| batch.columns.get(place));
        let ranges: Vec<Range<u64>> = columns.map(|c| c.bytes.clone()).collect();
        let is_counted = self.geometry.as_ref().is_some_and(|g| g.is_in_one(name));
        let nulls = match (&self.geometry, &places[..]) {
            (None, [place]) if self.marked(name).is_none() => {
                let data_type = footer.schema.field(*place).data_type();
                // Values of dictionaries and of runs may be null, which no header counts.
                let is_plain = plain_type(data_type) == data_type;
                batch.nulls(*place).filter(|_| is_plain)
            }
            _ => None,
        };
        Chunk {
            offset: ranges.iter().map(|r| r.start).min().unwrap_or(0),
            bytes: match is_counted {
                true => 0,
                false => ranges.iter().map(|r| r.end - r.start).sum(),
            },
            ends: None,
            nulls,
        }
    }

    /// The leaf columns of a row group that hold a column.
    pub(crate) fn leaves(&self, group: &RowGroupMetaData, name: &str) -> Vec<usize> {
        let is_of = |leaf: &usize| self.holds(name, group.column(*leaf).column_path());
        (0..group.num_columns()).filter(is_of).collect()
    }

    /// The leaf column of a row group whose statistics are the column's, if it is one.
    pub(crate) fn leaf(&self, group: &RowGroupMetaData, name: &str) -> Option<usize> {
        let leaves = self.leaves(group, name);
        let residual = self.marked(name).and_then(|c| c.residual.as_deref());
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

    /// Compressed bytes of a column in a row group. Those of a geometry are its longitude's.
    pub(crate) fn bytes(&self, group: &RowGroupMetaData, name: &str) -> u64 {
        if self.geometry.as_ref().is_some_and(|g| g.is_counted(name)) {
            return 0;
        }
        let leaves = self.leaves(group, name).into_iter();
        leaves.map(|leaf| group.column(leaf).byte_range().1).sum()
    }

    /// Least and greatest value of a column in a row group, and its number of nulls, as far as the
    /// footer says.
    pub(crate) fn statistics(
        &self,
        group: &RowGroupMetaData,
        name: &str,
    ) -> (Option<Ends>, Option<u64>) {
        if let Some([least, greatest]) = self.geometry.as_ref().and_then(|g| g.boxes(name)) {
            return (boxes_ends(group, &least, &greatest), None);
        }
        let Some(column) = self.leaf(group, name).map(|leaf| group.column(leaf)) else {
            return (None, None);
        };
        let Some(statistics) = column.statistics() else {
            return (None, None);
        };
        let ends = footer::ends(statistics);
        let nulls = Statistics::null_count_opt(statistics);
        // A null decimal may have a residual, and then is no null.
        let nulls = nulls.filter(|_| self.marked(name).is_none());
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
        coordinates::decimal_ends(leaf, marked, ends)
    }

    /// A batch of the file's columns with coordinates as floats, where it has any of these names.
    pub(crate) fn floats(
        &self,
        batch: RecordBatch,
        names: [&str; 2],
    ) -> Result<RecordBatch, ArrowError> {
        match &self.geometry {
            Some(geometry) => geometry.unfold(batch),
            None => coordinates::as_floats(batch, names, self.mark.as_ref()),
        }
    }
}

/// The least of the least and the greatest of the greatest, of boxes around the points.
fn boxes_ends(group: &RowGroupMetaData, least: &[String], greatest: &[String]) -> Option<Ends> {
    let of = |path: &[String]| {
        let columns = group.columns().iter();
        let mut found = columns.filter(|c| c.column_path().parts() == path);
        match footer::ends(found.next()?.statistics()?)? {
            Ends::Float(low, high) => Some((f64::from(low), f64::from(high))),
            Ends::Double(low, high) => Some((low, high)),
            _ => None,
        }
    };
    Some(Ends::Double(of(least)?.0, of(greatest)?.1))
}
