//! Runs: sorted rows with their keys, spilled to disk as an Arrow stream.

use super::error::{Result, data, io};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a run's batches.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Writes a run, which appears under its name when it is whole. Answers its bytes.
pub(crate) fn write(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<u64> {
    let growing = path.with_extension("growing");
    let file = File::create(&growing).map_err(io("create", &growing))?;
    let wrong = |e| data("write", &growing)(e);
    let mut writer = StreamWriter::try_new(BufWriter::new(file), schema).map_err(wrong)?;
    for batch in batches {
        writer.write(&own(&batch?)?).map_err(wrong)?;
    }
    writer.finish().map_err(wrong)?;
    let file = writer.into_inner().map_err(wrong)?;
    let file = file
        .into_inner()
        .map_err(|e| io("write", &growing)(e.into_error()))?;
    file.sync_all().map_err(io("write", &growing))?;
    let bytes = file.metadata().map_err(io("read", &growing))?.len();
    fs::rename(&growing, path).map_err(io("rename", &growing))?;
    Ok(bytes)
}

/// Text views of mixed rows point into the buffers of all batches that they came from, which would all be
/// written.
fn own(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
            _ => column.clone(),
        }
    });
    RecordBatch::try_new(batch.schema(), columns.collect()).map_err(data("sort", Path::new("rows")))
}

/// Reads a run, batch by batch.
pub(crate) struct Reader {
    path: PathBuf,
    reader: StreamReader<BufReader<File>>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(io("open", path))?;
        let reader = StreamReader::try_new(BufReader::new(file), None);
        Ok(Self {
            path: path.to_owned(),
            reader: reader.map_err(data("read", path))?,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.reader
            .next()
            .transpose()
            .map_err(data("read", &self.path))
    }
}
