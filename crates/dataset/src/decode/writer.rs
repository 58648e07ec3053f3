//! Parquet files whose pages have checksums. The Parquet library verifies them but writes none, so its pages are
//! caught between the encoder and the file.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriter, ArrowWriterOptions, PageKey,
    PageStore, PageStoreArgs, PageStoreFactory, compute_leaves,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::writer::SerializedFileWriter;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Writes record batches as Parquet does [`ArrowWriter`], and the CRC of each page into its header.
pub struct CheckedWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    caught: Arc<Caught>,
    schema: SchemaRef,
    /// The leaf columns of the row group that is under way.
    columns: Vec<ArrowColumnWriter>,
    /// Its rows so far.
    rows: usize,
    most_rows: usize,
    most_bytes: usize,
}

impl<W: Write + Send> CheckedWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// As [`ArrowWriter::try_new_with_options`].
    pub fn new(to: W, schema: SchemaRef, options: ArrowWriterOptions) -> Result<Self> {
        let caught = Arc::new(Caught::default());
        let options = options.with_page_store_factory(caught.clone());
        let writer = ArrowWriter::try_new_with_options(to, schema.clone(), options)?;
        let (file, factory) = writer.into_serialized_writer()?;
        let most_rows = file.properties().max_row_group_row_count();
        let most_bytes = file.properties().max_row_group_bytes();
        Ok(Self {
            file,
            factory,
            caught,
            schema,
            columns: Vec::new(),
            rows: 0,
            most_rows: most_rows.unwrap_or(usize::MAX).max(1),
            most_bytes: most_bytes.unwrap_or(usize::MAX),
        })
    }

    /// Encodes rows; a row group leaves for the file when it is full. Of a row group's most bytes it may hold a batch
    /// more.
    ///
    /// # Errors
    /// When the rows are of another schema, or the file cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut done = 0;
        while done < batch.num_rows() {
            let some = (batch.num_rows() - done).min(self.most_rows - self.rows);
            self.encode(&batch.slice(done, some))?;
            done += some;
            if self.rows == self.most_rows || self.encoded_bytes() >= self.most_bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn encode(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.columns.is_empty() {
            let number = self.file.flushed_row_groups().len();
            self.columns = self.factory.create_column_writers(number)?;
        }
        let mut columns = self.columns.iter_mut();
        for (field, array) in self.schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, array)? {
                let column = columns.next().ok_or_else(|| wrong("a column too many"))?;
                column.write(&leaf)?;
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Ends the row group that is under way.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (place, column) in std::mem::take(&mut self.columns).into_iter().enumerate() {
            let close = column.close()?.close().clone();
            let (bytes, close) = self.caught.taken(place).laid(close)?;
            group.append_column(&bytes, close)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    fn encoded_bytes(&self) -> usize {
        let columns = self.columns.iter();
        columns
            .map(ArrowColumnWriter::get_estimated_total_bytes)
            .sum()
    }

    /// Bytes that the row group takes that is under way.
    pub fn in_progress_size(&self) -> usize {
        self.columns
            .iter()
            .map(ArrowColumnWriter::memory_size)
            .sum()
    }

    /// Bytes that are in the file.
    pub fn bytes_written(&self) -> usize {
        self.file.bytes_written()
    }

    /// Adds to the file's metadata.
    pub fn append_key_value_metadata(&mut self, pair: KeyValue) {
        self.file.append_key_value_metadata(pair);
    }

    /// Puts bytes between row groups, which readers of Parquet pass over.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&mut self) -> Result<ParquetMetaData> {
        self.flush()?;
        self.file.finish()
    }

    /// Where the file goes.
    pub fn inner_mut(&mut self) -> &mut W {
        self.file.inner_mut()
    }
}

fn wrong(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of each leaf column of the row group that is under way.
#[derive(Debug, Default)]
struct Caught(Mutex<Vec<Arc<Mutex<Pages>>>>);

impl Caught {
    fn taken(&self, column: usize) -> Pages {
        let columns = locked(&self.0);
        let pages = columns
            .get(column)
            .map(|pages| std::mem::take(&mut *locked(pages)));
        pages.unwrap_or_default()
    }
}

impl PageStoreFactory for Caught {
    fn create(&self, args: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        let mut columns = locked(&self.0);
        let place = args.column_index();
        if columns.len() <= place {
            columns.resize_with(place + 1, Arc::default);
        }
        columns[place] = Arc::default();
        Ok(Box::new(Column(columns[place].clone())))
    }
}

/// The encoder's end of a column's pages.
struct Column(Arc<Mutex<Pages>>);

impl PageStore for Column {
    /// Takes a header and a body in turn.
    fn put(&mut self, value: Bytes) -> Result<PageKey> {
        let mut pages = locked(&self.0);
        match pages.header.take() {
            None => pages.header = Some(value),
            Some(header) => pages.push(&header, value)?,
        }
        // They are taken all at once, and otherwise.
        Ok(PageKey::new(0))
    }

    fn take(&mut self, _: PageKey) -> Result<Bytes> {
        Err(wrong("pages are not taken one by one"))
    }

    fn memory_size(&self) -> usize {
        locked(&self.0).bytes
    }
}

/// Encoded pages of a column chunk, their headers with checksums.
#[derive(Debug, Default)]
struct Pages {
    /// One whose body is still to come.
    header: Option<Bytes>,
    dictionary: Option<Page>,
    data: Vec<Page>,
    bytes: usize,
}

#[derive(Debug)]
struct Page {
    header: Vec<u8>,
    body: Bytes,
    /// Bytes of the checksum.
    grown: usize,
}

impl Page {
    fn len(&self) -> usize {
        self.header.len() + self.body.len()
    }
}

impl Pages {
    fn push(&mut self, header: &[u8], body: Bytes) -> Result<()> {
        let checked = checked(header, crc32fast::hash(&body))
            .ok_or_else(|| wrong("a page's header is not as expected"))?;
        let page = Page {
            grown: checked.len() - header.len(),
            header: checked,
            body,
        };
        self.bytes += page.len();
        match header.get(1) == Some(&DICTIONARY) {
            true => self.dictionary = Some(page),
            false => self.data.push(page),
        }
        Ok(())
    }

    /// The bytes of the column chunk, and what is known of it with the places that its pages now have.
    fn laid(self, mut close: ColumnCloseResult) -> Result<(Bytes, ColumnCloseResult)> {
        let all = || self.dictionary.iter().chain(&self.data);
        let mut bytes = Vec::with_capacity(self.bytes);
        for page in all() {
            bytes.extend_from_slice(&page.header);
            bytes.extend_from_slice(&page.body);
        }
        let signed = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let grown = signed(all().map(|page| page.grown).sum());
        let mut at = signed(self.dictionary.as_ref().map_or(0, Page::len));
        let known = &close.metadata;
        let (compressed, plain) = (known.compressed_size(), known.uncompressed_size());
        close.metadata = close
            .metadata
            .into_builder()
            .set_dictionary_page_offset(self.dictionary.as_ref().map(|_| 0))
            .set_data_page_offset(at)
            .set_total_compressed_size(compressed + grown)
            .set_total_uncompressed_size(plain + grown)
            .build()?;
        close.bytes_written += grown.cast_unsigned();
        if let Some(index) = &mut close.offset_index {
            for (location, page) in index.page_locations.iter_mut().zip(&self.data) {
                location.offset = at;
                location.compressed_page_size =
                    i32::try_from(page.len()).map_err(|_| wrong("a page has more than 2 GiB"))?;
                at += signed(page.len());
            }
        }
        Ok((bytes.into(), close))
    }
}

/// In Thrift's compact protocol: the number of the field is one more than the last one's, and it is an i32.
const NEXT_I32: u8 = 0x15;
/// The page type of a dictionary, as that protocol writes it.
const DICTIONARY: u8 = 4;

/// The header of a page with a checksum, its fourth field: after the type and the two sizes, before what is of the
/// type.
fn checked(header: &[u8], crc: u32) -> Option<Vec<u8>> {
    let mut at = 0;
    for _ in 0..3 {
        if *header.get(at)? != NEXT_I32 {
            return None;
        }
        at += 2 + header[at + 1..].iter().position(|byte| byte & 0x80 == 0)?;
    }
    // A structure: field 5, 7 or 8, told by the distance from the last field, which was 3.
    let next = *header.get(at)?;
    if !matches!(next, 0x2c | 0x4c | 0x5c) {
        return None;
    }
    let mut checked = header[..at].to_vec();
    checked.push(NEXT_I32);
    let crc = crc.cast_signed();
    let mut zigzag = ((crc << 1) ^ (crc >> 31)).cast_unsigned();
    while zigzag > 0x7f {
        checked.push(zigzag.to_le_bytes()[0] | 0x80);
        zigzag >>= 7;
    }
    checked.push(zigzag.to_le_bytes()[0]);
    checked.push(next - 0x10);
    checked.extend_from_slice(&header[at + 1..]);
    Some(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int32Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::properties::WriterProperties;

    fn table(rows: i32) -> RecordBatch {
        let numbers = Int64Array::from_iter((0..rows).map(|i| (i % 7 > 0).then_some(i64::from(i))));
        let names = StringArray::from_iter_values((0..rows).map(|i| format!("name {}", i % 5)));
        let floats = Float64Array::from_iter_values((0..rows).map(f64::from));
        let lists = (0..rows).map(|i| (i % 3 > 0).then(|| vec![Some(i); (i % 4) as usize]));
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(lists);
        let columns: [(&str, ArrayRef); 4] = [
            ("n", Arc::new(numbers)),
            ("name", Arc::new(names)),
            ("v", Arc::new(floats)),
            ("all", Arc::new(lists)),
        ];
        RecordBatch::try_from_iter(columns).expect("a table")
    }

    fn written(table: &RecordBatch) -> (Vec<u8>, ParquetMetaData) {
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(64))
            .set_data_page_row_count_limit(16)
            .set_write_batch_size(16);
        let options = ArrowWriterOptions::new().with_properties(properties.build());
        let mut writer = CheckedWriter::new(Vec::new(), table.schema(), options).expect("begun");
        for from in (0..table.num_rows()).step_by(40) {
            let some = table.slice(from, 40.min(table.num_rows() - from));
            writer.write(&some).expect("written");
        }
        writer.flush().expect("written");
        writer.write_all(b"beside").expect("written");
        writer.append_key_value_metadata(KeyValue::new("k".to_owned(), "v".to_owned()));
        let metadata = writer.finish().expect("finished");
        (std::mem::take(writer.inner_mut()), metadata)
    }

    fn read(bytes: &[u8]) -> std::result::Result<RecordBatch, String> {
        let bytes = Bytes::copy_from_slice(bytes);
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|e| e.to_string())?;
        let schema = builder.schema().clone();
        let batches = builder.build().map_err(|e| e.to_string())?;
        let batches: std::result::Result<Vec<_>, _> = batches.collect();
        let batches = batches.map_err(|e| e.to_string())?;
        arrow::compute::concat_batches(&schema, &batches).map_err(|e| e.to_string())
    }

    #[test]
    fn it_reads_as_it_was_and_every_bit_counts() {
        let table = table(150);
        let (bytes, metadata) = written(&table);
        let back = read(&bytes).expect("it is whole");
        assert_eq!(back.columns(), table.columns());
        let groups = metadata.row_groups();
        assert_eq!(groups.len(), 3);
        for (group, column) in groups
            .iter()
            .flat_map(|g| g.columns().iter().map(move |c| (g, c)))
        {
            let (begin, length) = column.byte_range();
            assert!(begin + length <= bytes.len() as u64 && group.num_rows() <= 64);
            // The middle of the chunk is some page's body, and so is its end.
            for at in [begin + length / 2, begin + length - 1] {
                let mut damaged = bytes.clone();
                damaged[usize::try_from(at).expect("small")] ^= 1;
                let error = read(&damaged).expect_err("a bit is wrong");
                assert!(
                    error.contains("CRC") || error.contains("checksum"),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_header_takes_a_checksum() {
        // Type 0, sizes 3 and 2, then field 5, a structure that ends at once, and the end.
        let header = [0x15, 0, 0x15, 6, 0x15, 4, 0x2c, 0, 0];
        let with = [0x15, 0, 0x15, 6, 0x15, 4, 0x15, 0x80, 1, 0x1c, 0, 0];
        // Zigzag of 64 is 128.
        assert_eq!(checked(&header, 64).as_deref(), Some(&with[..]));
        assert_eq!(checked(&header[..6], 64), None);
        assert_eq!(checked(&[0x15, 0, 0x15, 6, 0x15, 4, 0x15, 2, 0], 64), None);
    }
}
