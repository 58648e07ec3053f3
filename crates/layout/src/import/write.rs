//! Batches to Parquet files, in a thread of their own.

use super::error::ImportError;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use graticule_dataset::{CheckedWriter, guarded};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Rows of a file: some hundred megabytes, so that a dataset has few files and each can be moved.
const FILE_ROWS: usize = 1 << 22;
const GROUP_ROWS: usize = 1 << 19;
/// Where rows are long a row group has fewer; it is held in memory until it is whole.
const GROUP_BYTES: usize = 128 << 20;
/// A writer with a dictionary takes some 70 KiB for each column before the first value.
const DICTIONARY_COLUMNS: usize = 1000;
/// Enough to even out the two threads, and a bound on memory.
const WAITING: usize = 2;

/// Where batches go.
pub(crate) struct Parts(SyncSender<RecordBatch>);

impl Parts {
    pub(crate) fn send(&self, batch: RecordBatch) -> Result<(), ImportError> {
        // The writer has failed, and its own error says more.
        self.0
            .send(batch)
            .map_err(|_| ImportError::ThreadDied("the writing thread ended early".to_owned()))
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    pub(crate) parts: u64,
    pub(crate) bytes: u64,
}

/// Starts to write files into a folder; there is always one, so that no rows are a dataset too.
pub(crate) fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    dir: &Path,
    schema: SchemaRef,
) -> Result<
    (
        Parts,
        ScopedJoinHandle<'scope, Result<Written, ImportError>>,
    ),
    ImportError,
> {
    let (send, receive) = sync_channel(WAITING);
    let folder = dir.to_owned();
    let thread = Builder::new()
        .name("graticule-import-write".to_owned())
        .spawn_scoped(scope, move || {
            guarded(|| write_all(&folder, schema, &receive)).unwrap_or_else(|panicked| {
                let folder = folder.display();
                let said = format!("writing to '{folder}': {panicked}");
                Err(ImportError::ThreadDied(said))
            })
        })
        .map_err(ImportError::io("start a thread to write to", dir))?;
    Ok((Parts(send), thread))
}

fn write_all(
    dir: &Path,
    schema: SchemaRef,
    batches: &Receiver<RecordBatch>,
) -> Result<Written, ImportError> {
    let mut written = Written::default();
    let mut open = Output::create(dir, 0, &schema)?;
    for batch in batches {
        if open.rows >= FILE_ROWS {
            open.close(&mut written)?;
            open = Output::create(dir, written.parts, &schema)?;
        }
        open.rows += batch.num_rows();
        let done = open.writer.write(&batch);
        done.map_err(parquet_error(&open.path))?;
    }
    open.close(&mut written)?;
    Ok(written)
}

struct Output {
    path: PathBuf,
    writer: CheckedWriter<File>,
    rows: usize,
}

impl Output {
    fn create(dir: &Path, number: u64, schema: &SchemaRef) -> Result<Self, ImportError> {
        let path = dir.join(format!("part-{number:04}.parquet"));
        let file = File::create(&path).map_err(ImportError::io("create", &path))?;
        let writer = properties(schema.fields().len())
            .and_then(|options| CheckedWriter::new(file, SchemaRef::clone(schema), options))
            .map_err(parquet_error(&path))?;
        Ok(Self {
            path,
            writer,
            rows: 0,
        })
    }

    fn close(mut self, written: &mut Written) -> Result<(), ImportError> {
        self.writer.finish().map_err(parquet_error(&self.path))?;
        let file = self.writer.inner_mut();
        let error = ImportError::io("write", &self.path);
        file.sync_all().map_err(error)?;
        written.parts += 1;
        written.bytes += self.writer.bytes_written() as u64;
        Ok(())
    }
}

/// zstd at its quickest level, and a page index, for pruning.
fn properties(columns: usize) -> Result<ArrowWriterOptions, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_dictionary_enabled(columns <= DICTIONARY_COLUMNS)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES));
    // They hardly repeat, so a dictionary would only be abandoned.
    for name in ["lon", "lat", "time"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    Ok(ArrowWriterOptions::new().with_properties(properties.build()))
}

fn parquet_error(path: &Path) -> impl FnOnce(ParquetError) -> ImportError + use<> {
    let path = path.to_owned();
    move |source| ImportError::Parquet { path, source }
}
