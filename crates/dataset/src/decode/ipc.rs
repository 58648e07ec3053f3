//! Bytes of an Arrow file's columns to arrays, each column by itself and once.

use crate::decode::held::Held;
use crate::file::ipc::{Batch, Footer};
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_empty_array};
use arrow::buffer::Buffer;
use arrow::compute::concat;
use arrow::datatypes::{Field, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::read_record_batch;
use arrow::ipc::{
    BodyCompression, BodyCompressionArgs, CompressionType, RecordBatch as Header, RecordBatchArgs,
};
use flatbuffers::FlatBufferBuilder;
use parquet::file::reader::ChunkReader;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Columns of a record batch that were fetched.
#[derive(Debug)]
pub(crate) struct Encoded {
    footer: Arc<Footer>,
    batch: usize,
    held: Held,
    dictionaries: Mutex<Option<Dictionaries>>,
    /// What was decoded, by the place of the column in the file; buffers that are not compressed are those
    /// that were fetched.
    arrays: BTreeMap<usize, Mutex<Option<ArrayRef>>>,
}

type Dictionaries = Arc<HashMap<i64, ArrayRef>>;

impl Encoded {
    /// Columns, at these places, of a record batch of the file.
    pub(crate) fn new(footer: Arc<Footer>, batch: usize, columns: &[usize], held: Held) -> Self {
        Self {
            footer,
            batch,
            held,
            dictionaries: Mutex::default(),
            arrays: columns.iter().map(|&c| (c, Mutex::default())).collect(),
        }
    }

    /// Rows of the columns at these places.
    pub(crate) fn rows(
        &self,
        columns: &[usize],
        rows: Vec<Range<usize>>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<>, ArrowError> {
        let arrays = columns.iter().map(|&column| self.array(column));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let fields = columns
            .iter()
            .map(|&c| self.field(c))
            .collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(Schema::new(fields));
        let count = usize::try_from(self.batch()?.rows).ok();
        let options = RecordBatchOptions::new().with_row_count(count);
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        let slices = rows
            .into_iter()
            .map(move |range| match range.end <= batch.num_rows() {
                true => Ok(batch.slice(range.start, range.len())),
                false => Err(damaged("it has fewer rows than its header says")),
            });
        Ok(slices)
    }

    /// Bytes of all columns once they are decompressed, by what their buffers claim.
    pub(crate) fn decoded_bytes(&self) -> u64 {
        let columns: Vec<usize> = self.arrays.keys().copied().collect();
        let dictionaries = self.footer.dictionaries_of(&columns).into_iter();
        let dictionaries = dictionaries.map(|place| (&self.footer.dictionaries[place].batch, 0));
        let batch = self.footer.batches.get(self.batch);
        let columns = columns.iter().filter_map(|&column| Some((batch?, column)));
        let all = columns.chain(dictionaries).filter_map(|(batch, column)| {
            let column = batch.columns.get(column)?;
            let buffers = batch.buffers.get(column.buffers.clone())?.iter();
            Some(
                buffers
                    .map(|buffer| self.decoded_buffer(batch, buffer))
                    .sum::<u64>(),
            )
        });
        all.sum()
    }

    fn decoded_buffer(&self, batch: &Batch, buffer: &arrow::ipc::Buffer) -> u64 {
        let length = u64::try_from(buffer.length()).unwrap_or(0);
        let claimed = || {
            let at = batch
                .body
                .checked_add(u64::try_from(buffer.offset()).ok()?)?;
            let prefix = self.held.get_bytes(at, size_of::<i64>()).ok()?;
            u64::try_from(i64::from_le_bytes(*prefix.first_chunk()?)).ok()
        };
        match batch.codec {
            Some(_) if length > 0 => claimed().unwrap_or(length),
            _ => length,
        }
    }

    fn batch(&self) -> Result<&Batch, ArrowError> {
        let batch = self.footer.batches.get(self.batch);
        batch.ok_or_else(|| damaged("the record batch is gone"))
    }

    fn field(&self, column: usize) -> Result<FieldRef, ArrowError> {
        let field = self.footer.schema.fields().get(column).cloned();
        field.ok_or_else(|| damaged("a column is gone"))
    }

    fn array(&self, column: usize) -> Result<ArrayRef, ArrowError> {
        let decoded = self.arrays.get(&column);
        let decoded = decoded.ok_or_else(|| damaged("a column was not fetched"))?;
        let mut decoded = decoded
            .lock()
            .map_err(|_| damaged("a column cannot be decoded"))?;
        if let Some(array) = &*decoded {
            return Ok(array.clone());
        }
        let (batch, field) = (self.batch()?, self.field(column)?);
        let array = match batch.rows {
            // Writers differ in what they make of no rows.
            0 => new_empty_array(field.data_type()),
            _ => self.decode(batch, column, field, &*self.dictionaries()?)?,
        };
        *decoded = Some(array.clone());
        Ok(array)
    }

    /// The dictionaries of all columns, for one's values may have another.
    fn dictionaries(&self) -> Result<Dictionaries, ArrowError> {
        let mut known = self.dictionaries.lock();
        let known = known
            .as_mut()
            .map_err(|_| damaged("a dictionary cannot be decoded"))?;
        if let Some(known) = &**known {
            return Ok(known.clone());
        }
        let columns: Vec<usize> = self.arrays.keys().copied().collect();
        let mut found: HashMap<i64, ArrayRef> = HashMap::new();
        for place in self.footer.dictionaries_of(&columns) {
            let dictionary = &self.footer.dictionaries[place];
            let field = Arc::new(Field::new("", dictionary.values.clone(), true));
            let mut values = self.decode(&dictionary.batch, 0, field, &found)?;
            if dictionary.is_delta {
                let first = found.get(&dictionary.id);
                let first = first.ok_or_else(|| damaged("a dictionary begins with its end"))?;
                values = concat(&[first, &values])?;
            }
            found.insert(dictionary.id, values);
        }
        let found = Arc::new(found);
        **known = Some(found.clone());
        Ok(found)
    }

    /// Decodes a column by a header of its own, so that nothing of the other columns need be there.
    fn decode(
        &self,
        batch: &Batch,
        column: usize,
        field: FieldRef,
        dictionaries: &HashMap<i64, ArrayRef>,
    ) -> Result<ArrayRef, ArrowError> {
        let column = batch
            .columns
            .get(column)
            .ok_or_else(|| damaged("a column is gone"))?;
        let bytes = match usize::try_from(column.bytes.end - column.bytes.start) {
            Ok(0) => Buffer::default(),
            Ok(length) => Buffer::from(self.held.get_bytes(column.bytes.start, length)?),
            Err(_) => return Err(damaged("a column is larger than memory")),
        };
        // Buffers that are not empty lie between these bytes.
        let base = i64::try_from(column.bytes.start - batch.body).unwrap_or(i64::MAX);
        let buffers = batch.buffers[column.buffers.clone()]
            .iter()
            .map(|b| match b.length() {
                0 => arrow::ipc::Buffer::new(0, 0),
                length => arrow::ipc::Buffer::new(b.offset() - base, length),
            });
        let buffers: Vec<arrow::ipc::Buffer> = buffers.collect();
        if let Some(codec) = batch.codec {
            buffers
                .iter()
                .try_for_each(|buffer| check_size(&bytes, buffer, codec))?;
        }
        let mut header = FlatBufferBuilder::new();
        let nodes = header.create_vector(&batch.nodes[column.nodes.clone()]);
        let buffers = header.create_vector(&buffers);
        let counts = &batch.counts[column.counts.clone()];
        let counts = (!counts.is_empty()).then(|| header.create_vector(counts));
        let compression = batch.codec.map(|codec| {
            let method = arrow::ipc::BodyCompressionMethod::BUFFER;
            BodyCompression::create(&mut header, &BodyCompressionArgs { codec, method })
        });
        let whole = RecordBatchArgs {
            length: i64::try_from(batch.rows).unwrap_or(i64::MAX),
            nodes: Some(nodes),
            buffers: Some(buffers),
            compression,
            variadicBufferCounts: counts,
        };
        let whole = Header::create(&mut header, &whole);
        header.finish(whole, None);
        let whole = flatbuffers::root::<Header<'_>>(header.finished_data());
        let whole = whole.map_err(|e| damaged(&e.to_string()))?;
        let schema = Arc::new(Schema::new(vec![field]));
        let version = &batch.version;
        let decoded = read_record_batch(&bytes, whole, schema, dictionaries, None, version)?;
        Ok(decoded.column(0).clone())
    }
}

/// Compressed buffers begin with the bytes that they will have, for which room is made at once. LZ4 makes
/// at most 255 bytes of one; zstd makes blocks of 128 KiB, of 4 bytes or more.
fn check_size(
    bytes: &[u8],
    buffer: &arrow::ipc::Buffer,
    codec: CompressionType,
) -> Result<(), ArrowError> {
    let most = match codec {
        CompressionType::LZ4_FRAME => 255,
        _ => 32 << 10,
    };
    let start = usize::try_from(buffer.offset()).unwrap_or(usize::MAX);
    let Some(size) = bytes.get(start..).and_then(<[u8]>::first_chunk) else {
        return match buffer.length() {
            0 => Ok(()),
            _ => Err(damaged("a compressed buffer is too short")),
        };
    };
    // Less than 0 says that it is not compressed.
    let size = if buffer.length() == 0 {
        0
    } else {
        i64::from_le_bytes(*size).max(0)
    };
    let room = usize::try_from(size).map(|size| Vec::<u8>::new().try_reserve_exact(size));
    match room {
        Ok(Ok(())) if size <= buffer.length().saturating_mul(most) => Ok(()),
        _ => Err(damaged(&format!(
            "a compressed buffer of {} bytes claims to hold {size}",
            buffer.length()
        ))),
    }
}

fn damaged(reason: &str) -> ArrowError {
    ArrowError::IpcError(reason.to_owned())
}
