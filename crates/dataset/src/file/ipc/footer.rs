//! What the footer of an Arrow file says, and how its flat buffers say it.

use super::layout::{Batch, children};
use super::{CONTINUATION, MAGIC};
use crate::file::guard::guarded;
use crate::file::hint::is_known;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::{MessageHeader, MetadataVersion, root_as_footer, root_as_message};
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// The footer of an Arrow file with the headers of all its messages.
#[derive(Debug)]
pub(crate) struct Footer {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<Batch>,
    pub(crate) dictionaries: Vec<Dictionary>,
}

/// Values that columns have the places of.
#[derive(Debug)]
pub(crate) struct Dictionary {
    pub(crate) id: i64,
    /// Whether the values come behind those that there are.
    pub(crate) is_delta: bool,
    pub(crate) values: DataType,
    pub(crate) batch: Batch,
}

/// Where a message lies in the file.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) header: Range<u64>,
    pub(super) body: Range<u64>,
}

/// What the footer alone says.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<Block>,
    pub(super) dictionaries: Vec<Block>,
}

/// A header is its length and some bytes for each column; one of more is damaged.
const HEADER_BYTES: RangeInclusive<u64> = 8..=64 << 20;

/// Bytes of the footer by the last ones of the file.
pub(super) fn length(tail: &[u8]) -> Option<u64> {
    let (_, length) = tail.strip_suffix(MAGIC)?.split_last_chunk()?;
    u64::try_from(i32::from_le_bytes(*length)).ok()
}

impl Outline {
    /// Reads a footer, whose file has so many bytes before it.
    pub(super) fn of(bytes: &[u8], before: u64) -> Result<Self, String> {
        let footer = root_as_footer(bytes).map_err(|e| format!("its footer is damaged: {e}"))?;
        let schema = footer.schema().filter(|schema| schema.fields().is_some());
        let schema = schema.ok_or("its footer has no schema")?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err("its numbers are of the other byte order".to_owned());
        }
        let schema = columns(schema)?;
        let blocks = |blocks: Option<_>| -> Result<Vec<Block>, String> {
            let blocks: Option<flatbuffers::Vector<'_, arrow::ipc::Block>> = blocks;
            let blocks = blocks.into_iter().flatten();
            blocks.map(|b| block(b, before)).collect()
        };
        let found = Self {
            schema: Arc::new(schema),
            batches: blocks(footer.recordBatches())?,
            dictionaries: blocks(footer.dictionaries())?,
        };
        // Were they to lie within each other, a small file could be read without end.
        let all = found.batches.iter().chain(&found.dictionaries);
        let mut all: Vec<&Block> = all.collect();
        all.sort_unstable_by_key(|b| b.header.start);
        let is_apart = |pair: &[&Block]| pair[0].body.end <= pair[1].header.start;
        match all.windows(2).all(is_apart) {
            true => Ok(found),
            false => Err("its record batches overlap".to_owned()),
        }
    }
}

/// The columns. Integers of a width that arrow does not have are read as so many bytes.
fn columns(schema: arrow::ipc::Schema<'_>) -> Result<Schema, String> {
    let field = |field: arrow::ipc::Field<'_>| {
        let name = field.name().unwrap_or_default();
        let unknown = || format!("its column '{name}' is of a type that is not known");
        let number = field.type_as_int().filter(|_| field.dictionary().is_none());
        let bytes = number
            .map(|int| int.bitWidth() / 8)
            .filter(|bytes| *bytes > 8);
        if let Some(bytes) = bytes {
            let data_type = DataType::FixedSizeBinary(bytes);
            return Ok(Field::new(name, data_type, field.nullable()));
        }
        // It panics on types that it does not know.
        let convert = || Field::from(field);
        let known = is_known(&field).then(|| guarded(convert).ok());
        known.flatten().ok_or_else(unknown)
    };
    let fields = schema.fields().into_iter().flatten().map(field);
    let fields = fields.collect::<Result<Vec<_>, String>>()?;
    let pairs = schema.custom_metadata().into_iter().flatten();
    let pairs = pairs.filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())));
    Ok(Schema::new_with_metadata(fields, pairs.collect()))
}

fn block(block: &arrow::ipc::Block, before: u64) -> Result<Block, String> {
    let found = || {
        let start = u64::try_from(block.offset()).ok()?;
        let body = start.checked_add(u64::try_from(block.metaDataLength()).ok()?)?;
        let end = body.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
        let is_well = end <= before && HEADER_BYTES.contains(&(body - start));
        is_well.then_some(Block {
            header: start..body,
            body: body..end,
        })
    };
    found().ok_or_else(|| "a record batch lies outside the file".to_owned())
}

/// The message of a header, which begins with its length.
fn message(header: &[u8]) -> Result<arrow::ipc::Message<'_>, String> {
    // Before version 0.15 there was no marker.
    let rest = header.strip_prefix(CONTINUATION).unwrap_or(header);
    let message = root_as_message(rest.get(4..).unwrap_or_default())
        .map_err(|e| format!("its header is damaged: {e}"))?;
    match message.version() {
        MetadataVersion::V4 | MetadataVersion::V5 => Ok(message),
        other => Err(format!(
            "it is of version {other:?} of the format; V4 and V5 can be read"
        )),
    }
}

impl Batch {
    /// The record batch whose header this is.
    pub(super) fn read(header: &[u8], schema: &SchemaRef, block: &Block) -> Result<Self, String> {
        let message = message(header)?;
        let batch = message.header_as_record_batch();
        let batch = batch.ok_or_else(|| unlike(message.header_type()))?;
        let types = schema.fields().iter().map(|f| f.data_type());
        Self::of(batch, message.version(), types, &block.body)
    }
}

impl Dictionary {
    /// The dictionary whose header this is; nothing where no column has it.
    pub(super) fn read(
        header: &[u8],
        values: &BTreeMap<i64, DataType>,
        block: &Block,
    ) -> Result<Option<Self>, String> {
        let message = message(header)?;
        let dictionary = message.header_as_dictionary_batch();
        let dictionary = dictionary.ok_or_else(|| unlike(message.header_type()))?;
        let Some(values) = values.get(&dictionary.id()) else {
            return Ok(None);
        };
        let batch = dictionary.data().ok_or("a dictionary has no values")?;
        let types = std::iter::once(values);
        Ok(Some(Self {
            id: dictionary.id(),
            is_delta: dictionary.isDelta(),
            values: values.clone(),
            batch: Batch::of(batch, message.version(), types, &block.body)?,
        }))
    }
}

fn unlike(found: MessageHeader) -> String {
    format!("its header is that of {found:?}")
}

/// The dictionaries of a column and of those within it, with the type of their values.
pub(super) fn dictionaries(field: &Field, found: &mut BTreeMap<i64, DataType>) {
    if let DataType::Dictionary(_, values) = field.data_type() {
        #[expect(
            deprecated,
            reason = "only files have such numbers, and arrow keeps them here"
        )]
        let id = field.dict_id();
        found.extend(id.map(|id| (id, DataType::clone(values))));
    }
    for child in children(field.data_type()) {
        dictionaries(child, found);
    }
}

impl Footer {
    /// Of batches that are read elsewhere.
    pub(crate) fn of_schema(schema: &SchemaRef) -> Self {
        Self {
            schema: schema.clone(),
            batches: Vec::new(),
            dictionaries: Vec::new(),
        }
    }

    /// The places of the dictionaries that columns need.
    pub(crate) fn dictionaries_of(&self, columns: &[usize]) -> Vec<usize> {
        let mut needed = BTreeMap::new();
        let fields = columns.iter().filter_map(|&c| self.schema.fields().get(c));
        fields.for_each(|field| dictionaries(field, &mut needed));
        let all = self.dictionaries.iter().enumerate();
        let needed = all.filter(|(_, d)| needed.contains_key(&d.id));
        needed.map(|(place, _)| place).collect()
    }

    /// The ranges of the file with columns of a record batch and their dictionaries.
    pub(crate) fn ranges(&self, batch: usize, columns: &[usize]) -> Vec<Range<u64>> {
        let dictionaries = self.dictionaries_of(columns).into_iter();
        let dictionaries = dictionaries.map(|place| &self.dictionaries[place].batch.columns[0]);
        let columns = columns
            .iter()
            .filter_map(|&column| self.batches.get(batch)?.columns.get(column));
        let ranges = columns.chain(dictionaries).map(|c| c.bytes.clone());
        ranges.filter(|bytes| !bytes.is_empty()).collect()
    }
}
