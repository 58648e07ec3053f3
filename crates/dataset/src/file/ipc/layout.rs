//! Where the columns of a record batch lie. A header lists nodes and buffers of all columns one after
//! another, and only the types tell how many are whose.

use arrow::datatypes::{DataType, FieldRef, UnionMode};
use arrow::ipc::{
    BodyCompressionMethod, Buffer, CompressionType, FieldNode, MetadataVersion, RecordBatch,
};
use std::ops::Range;

/// More rows in a batch are a damaged header: their bits alone would be 128 GiB.
const MOST_ROWS: i64 = 1 << 40;

/// What the header of a record batch, or of a dictionary's one column, says.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) rows: u64,
    /// One for each field.
    pub(crate) columns: Vec<Column>,
    /// Where the body begins in the file; buffers count from there.
    pub(crate) body: u64,
    pub(crate) nodes: Vec<FieldNode>,
    pub(crate) buffers: Vec<Buffer>,
    /// Numbers of data buffers of the columns that have any number of them.
    pub(crate) counts: Vec<i64>,
    pub(crate) codec: Option<CompressionType>,
    pub(crate) version: MetadataVersion,
}

/// Which entries of a header are a column's.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) nodes: Range<usize>,
    pub(crate) buffers: Range<usize>,
    pub(crate) counts: Range<usize>,
    /// The bytes of the file in which its buffers lie.
    pub(crate) bytes: Range<u64>,
}

impl Batch {
    /// What a header says of columns of these types, whose buffers must lie in the body.
    ///
    /// # Errors
    /// What is wrong with the header.
    pub(super) fn of<'a>(
        header: RecordBatch<'_>,
        version: MetadataVersion,
        types: impl Iterator<Item = &'a DataType>,
        body: &Range<u64>,
    ) -> Result<Self, String> {
        let compression = header.compression();
        if compression.is_some_and(|c| c.method() != BodyCompressionMethod::BUFFER) {
            return Err("it is compressed in a way that is not known".to_owned());
        }
        let is_known = (0..=MOST_ROWS).contains(&header.length());
        let rows = u64::try_from(header.length()).ok().filter(|_| is_known);
        let mut batch = Self {
            rows: rows.ok_or_else(|| format!("it has {} rows", header.length()))?,
            columns: Vec::new(),
            body: body.start,
            nodes: header.nodes().into_iter().flatten().copied().collect(),
            buffers: header.buffers().into_iter().flatten().copied().collect(),
            counts: header
                .variadicBufferCounts()
                .into_iter()
                .flatten()
                .collect(),
            codec: compression.map(|c| c.codec()),
            version,
        };
        for node in &batch.nodes {
            let length = node.length();
            if !(0..=MOST_ROWS).contains(&length) || !(0..=length).contains(&node.null_count()) {
                let nulls = node.null_count();
                return Err(format!(
                    "a column has {length} values, {nulls} of them null"
                ));
            }
        }
        let mut at = At::default();
        for data_type in types {
            let begun = at.clone();
            at.pass(data_type, &batch.counts, version)?;
            let column = batch.column(&begun, &at, body);
            batch
                .columns
                .push(column.ok_or("a column lies outside its record batch")?);
        }
        Ok(batch)
    }

    /// The column between two places, if it lies in the body and has as many values as there are rows.
    fn column(&self, from: &At, to: &At, body: &Range<u64>) -> Option<Column> {
        let column = |bytes| Column {
            nodes: from.nodes..to.nodes,
            buffers: from.buffers..to.buffers,
            counts: from.counts..to.counts,
            bytes,
        };
        let first = self.nodes.get(from.nodes..to.nodes)?.first()?;
        if u64::try_from(first.length()) != Ok(self.rows) {
            return None;
        }
        let mut bytes: Option<Range<u64>> = None;
        for buffer in self.buffers.get(from.buffers..to.buffers)? {
            let start = body
                .start
                .checked_add(u64::try_from(buffer.offset()).ok()?)?;
            let end = start.checked_add(u64::try_from(buffer.length()).ok()?)?;
            if start == end {
                continue;
            }
            if end > body.end {
                return None;
            }
            bytes = Some(match bytes {
                None => start..end,
                Some(bytes) => bytes.start.min(start)..bytes.end.max(end),
            });
        }
        Some(column(bytes.unwrap_or(body.start..body.start)))
    }

    /// Nulls of a column.
    pub(crate) fn nulls(&self, column: usize) -> Option<u64> {
        let first = self.columns.get(column)?.nodes.start;
        u64::try_from(self.nodes.get(first)?.null_count()).ok()
    }
}

/// A place in a header.
#[derive(Debug, Clone, Default)]
struct At {
    nodes: usize,
    buffers: usize,
    counts: usize,
}

impl At {
    /// Goes on to what is behind a column of this type, as the columnar format lays it out.
    fn pass(
        &mut self,
        data_type: &DataType,
        counts: &[i64],
        version: MetadataVersion,
    ) -> Result<(), String> {
        self.nodes += 1;
        self.buffers += match data_type {
            DataType::Null | DataType::RunEndEncoded(..) => 0,
            DataType::Struct(_) | DataType::FixedSizeList(..) => 1,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => 3,
            DataType::ListView(_) | DataType::LargeListView(_) => 3,
            DataType::Utf8View | DataType::BinaryView => {
                let count = counts.get(self.counts).and_then(|n| u32::try_from(*n).ok());
                self.counts += 1;
                let count = count.ok_or("a column's number of buffers is missing")?;
                2 + count as usize
            }
            // They had a bitmap of nulls once.
            DataType::Union(_, mode) => {
                usize::from(version < MetadataVersion::V5)
                    + 1
                    + usize::from(*mode == UnionMode::Dense)
            }
            // Values, keys of a dictionary, or offsets, and a bitmap of nulls.
            _ => 2,
        };
        if matches!(data_type, DataType::Dictionary(..)) {
            return Ok(());
        }
        let mut children = children(data_type).into_iter();
        children.try_for_each(|child| self.pass(child.data_type(), counts, version))
    }
}

/// The columns within a column; those of a dictionary are within its values.
pub(super) fn children(data_type: &DataType) -> Vec<&FieldRef> {
    match data_type {
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => vec![child],
        DataType::Struct(fields) => fields.iter().collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field).collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends, values],
        DataType::Dictionary(_, values) => children(values),
        _ => Vec::new(),
    }
}
