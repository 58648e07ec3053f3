//! What a footer says, before it is known which column is what.

use crate::catalog::bounds::{self, Role};
use crate::catalog::folders;
use crate::catalog::open_file::OpenFile;
use crate::file::contents::Contents;
use crate::file::footer::{Chunk, Ends};
use crate::file::view::Declared;
use crate::file::{mapping, text};
use crate::store::Object;
use arrow::datatypes::Fields;
use graticule_columns::{
    Bounds, ColumnChunk, ColumnChunks, ColumnMapping, FileMetadata, PartitionValue, RowGroup,
    Schema,
};
use std::sync::Arc;

/// What a footer says of one row group, packed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) rows: u64,
    /// One for each field, with bounds as the bits of [`Ends`].
    chunks: ColumnChunks,
    /// The types of those, mostly the same as of the group before.
    types: Arc<[u8]>,
}

impl Group {
    /// Of one chunk for each field; `before` is a group that is probably of the same types.
    pub(crate) fn new(rows: u64, chunks: Vec<Chunk>, before: Option<&Self>) -> Self {
        let types: Vec<u8> = chunks
            .iter()
            .map(|chunk| Ends::bits(chunk.ends).0)
            .collect();
        let same = before
            .map(|before| &before.types)
            .filter(|same| same[..] == types);
        let packed = chunks.into_iter().map(|chunk| {
            let (_, low, high) = Ends::bits(chunk.ends);
            ColumnChunk {
                offset: chunk.offset,
                bytes: chunk.bytes,
                bounds: chunk.ends.map(|_| Bounds { low, high }),
                nulls: chunk.nulls,
            }
        });
        Self {
            rows,
            chunks: packed.collect(),
            types: same.cloned().unwrap_or_else(|| types.into()),
        }
    }

    /// One for each field.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk> {
        self.chunks
            .iter()
            .zip(&*self.types)
            .map(|(chunk, of)| Chunk {
                offset: chunk.offset,
                bytes: chunk.bytes,
                ends: chunk.bounds.and_then(|b| Ends::of_bits(*of, b.low, b.high)),
                nulls: chunk.nulls,
            })
    }

    /// That of a field, by its place.
    pub(crate) fn chunk(&self, place: usize) -> Option<Chunk> {
        self.chunks().nth(place)
    }
}

/// What a footer says of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    pub(crate) object: Object,
    /// The columns, those that are made of others last.
    pub(crate) fields: Fields,
    pub(crate) declared: Arc<Declared>,
    pub(crate) groups: Vec<Group>,
}

impl Outline {
    pub(crate) fn of(file: &OpenFile) -> Self {
        let fields = file.view.fields().clone();
        let rows = file.contents.rows().into_iter().enumerate();
        let mut groups: Vec<Group> = Vec::new();
        for (place, rows) in rows {
            let chunks = fields.iter().map(|field| {
                let chunk = chunk(file, place, field.name());
                match text::is_null(field.data_type()) {
                    // Which few footers count.
                    true => Chunk {
                        ends: None,
                        nulls: Some(rows),
                        ..chunk
                    },
                    false => chunk,
                }
            });
            let chunks = chunks.collect();
            groups.push(Group::new(rows, chunks, groups.last()));
        }
        Self {
            groups,
            object: file.object.clone(),
            fields,
            declared: file.view.declared().clone(),
        }
    }

    /// The same of the table's columns.
    pub(crate) fn mapped(self, mapping: &ColumnMapping) -> Self {
        let Some(columns) = mapping::columns(mapping, &self.fields[..self.own()]) else {
            return self;
        };
        let group = |group: Group| {
            let own: Vec<Chunk> = group.chunks().collect();
            let chunks = columns.iter().map(|(place, _)| own[*place]).collect();
            Group::new(group.rows, chunks, Some(&group))
        };
        Self {
            fields: mapping::renamed(&self.fields, &columns),
            groups: self.groups.into_iter().map(group).collect(),
            object: self.object,
            declared: Arc::default(),
        }
    }

    /// How many of the fields, the first ones, are the file's own.
    pub(crate) fn own(&self) -> usize {
        self.fields.len().saturating_sub(self.declared.derived)
    }

    /// Whether its footer says that a column holds nothing but nulls, by its type or by its statistics.
    pub(crate) fn is_null(&self, place: usize) -> bool {
        let nulls = |group: &Group| group.chunk(place).and_then(|chunk| chunk.nulls);
        self.groups
            .iter()
            .all(|group| nulls(group) == Some(group.rows))
    }

    /// The same in the order of the dataset's columns. Columns that the file lacks are what its folders
    /// say, or null; partitions are never what the file has. Of many files in turn, each gives up its row groups here.
    pub(crate) fn metadata<'a>(
        &self,
        groups: Vec<Group>,
        schema: &Schema,
        partitions: Vec<PartitionValue>,
        folder: &dyn Fn(&str) -> Option<&'a str>,
    ) -> FileMetadata {
        let columns: Vec<(Option<usize>, Role<'_>)> = bounds::roles(schema)
            .into_iter()
            .map(|role| {
                let own = self.fields.iter().position(|f| f.name() == role.name);
                let is_partition = schema.partitions.iter().any(|p| p.name == role.name);
                (own.filter(|_| !is_partition), role)
            })
            .collect();
        let own = |place: Option<usize>| Some(self.fields.get(place?)?.data_type());
        let row_group = |group: Group| {
            let chunks: Vec<Chunk> = group.chunks().collect();
            let column = |&(place, role): &(Option<usize>, Role<'_>)| {
                let Some(chunk) = place.and_then(|place| chunks.get(place)) else {
                    let (bounds, nulls) = match folder(role.name).filter(|_| place.is_none()) {
                        Some(text) if role.unit.is_none() => {
                            folders::statistics(&role, text, group.rows)
                        }
                        _ => (None, Some(group.rows)),
                    };
                    return ColumnChunk {
                        bounds,
                        nulls,
                        ..ColumnChunk::default()
                    };
                };
                ColumnChunk {
                    offset: chunk.offset,
                    bytes: chunk.bytes,
                    bounds: own(place)
                        .zip(chunk.ends)
                        .and_then(|(own, ends)| bounds::bounds(&role, own, ends)),
                    nulls: chunk.nulls.filter(|nulls| {
                        let gains = own(place).is_some_and(|own| role.gains_nulls(own));
                        !gains || *nulls == group.rows
                    }),
                }
            };
            RowGroup {
                rows: group.rows,
                columns: columns.iter().map(column).collect(),
                live: None,
            }
        };
        FileMetadata {
            path: self.object.path().to_owned(),
            size: self.object.size,
            etag: self.object.version.clone(),
            partitions,
            row_groups: groups.into_iter().map(row_group).collect(),
        }
    }
}

fn chunk(file: &OpenFile, row_group: usize, name: &str) -> Chunk {
    let view = &file.view;
    let footer = match &file.contents {
        Contents::Parquet(footer) => footer,
        Contents::Ipc(footer) => return view.chunk(footer, &footer.batches[row_group], name),
    };
    let group = footer.metadata().row_group(row_group);
    let leaves = view.leaves(group, name).into_iter();
    let offset = leaves.map(|leaf| group.column(leaf).byte_range().0).min();
    let (ends, nulls) = view.statistics(group, name);
    Chunk {
        offset: offset.unwrap_or(0),
        bytes: view.bytes(group, name),
        ends,
        nulls,
    }
}
