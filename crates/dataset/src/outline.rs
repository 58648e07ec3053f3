//! What a footer says, before it is known which column is what.

use crate::footer::{self, Ends};
use crate::store::Object;
use arrow::datatypes::Fields;
use graticule_columns::{ColumnChunk, FileMetadata, PartitionValue, RowGroup, Schema};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

/// What a footer says of one column of a row group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Chunk {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Compressed bytes.
    pub(crate) bytes: u64,
    pub(crate) ends: Option<Ends>,
    pub(crate) nulls: Option<u64>,
}

/// What a footer says of one row group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) rows: u64,
    /// One for each field.
    pub(crate) chunks: Vec<Chunk>,
}

/// What a footer says of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    pub(crate) object: Object,
    pub(crate) fields: Fields,
    pub(crate) groups: Vec<Group>,
}

impl Outline {
    pub(crate) fn of(object: Object, footer: &ArrowReaderMetadata) -> Self {
        let fields = footer.schema().fields.clone();
        let groups = footer.metadata().row_groups().iter();
        let groups = groups.map(|group| Group {
            rows: u64::try_from(group.num_rows()).unwrap_or(0),
            chunks: fields.iter().map(|f| chunk(group, f.name())).collect(),
        });
        Self {
            groups: groups.collect(),
            object,
            fields,
        }
    }

    /// The same in the order of the dataset's columns. Columns that the file lacks are null.
    pub(crate) fn metadata(
        &self,
        schema: &Schema,
        partitions: Vec<PartitionValue>,
    ) -> FileMetadata {
        let columns: Vec<_> = footer::kinds(schema)
            .into_iter()
            .map(|(name, kind, time)| {
                let place = self.fields.iter().position(|f| f.name() == name);
                (place, kind, time)
            })
            .collect();
        let row_group = |group: &Group| {
            let column = |&(place, kind, time): &(Option<usize>, _, _)| {
                let Some(chunk) = place.and_then(|place| group.chunks.get(place)) else {
                    return ColumnChunk {
                        nulls: Some(group.rows),
                        ..ColumnChunk::default()
                    };
                };
                let bounds = |kind| footer::bounds(kind, time, chunk.ends?);
                ColumnChunk {
                    offset: chunk.offset,
                    bytes: chunk.bytes,
                    bounds: Option::and_then(kind, bounds),
                    nulls: chunk.nulls,
                }
            };
            RowGroup {
                rows: group.rows,
                columns: columns.iter().map(column).collect(),
            }
        };
        FileMetadata {
            path: self.object.path().to_owned(),
            size: self.object.size,
            etag: self.object.version.clone(),
            partitions,
            row_groups: self.groups.iter().map(row_group).collect(),
        }
    }
}

fn chunk(group: &RowGroupMetaData, name: &str) -> Chunk {
    let found = footer::leaves(group, name);
    let ranges = || found.iter().map(|&leaf| group.column(leaf).byte_range());
    let statistics = match found[..] {
        [leaf] => group.column(leaf).statistics(),
        _ => None,
    };
    Chunk {
        offset: ranges().map(|r| r.0).min().unwrap_or(0),
        bytes: ranges().map(|r| r.1).sum(),
        ends: statistics.and_then(footer::ends),
        nulls: statistics.and_then(Statistics::null_count_opt),
    }
}
