//! Batches of just so many rows, whatever the decoder gives.

use crate::decode::absent::Absent;
use crate::decode::fit::Unfit;
use crate::file::geometry::NoPoint;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use std::ops::Range;
use std::sync::Arc;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Rows of a reader, in any portions.
pub(crate) struct Rows {
    reader: Batches,
    /// The columns that are read of the file. What the reader gives may be parts of others, of which they are made.
    names: Vec<String>,
    /// What the reader gave beyond what was asked for.
    rest: Option<RecordBatch>,
    /// Columns that the file lacks.
    absent: Vec<Absent>,
    /// The rows of the row group that the reader reads.
    ranges: Vec<Range<usize>>,
    /// How many were handed out, and how many of them before the last batch.
    given: usize,
    before: usize,
}

impl Rows {
    /// Rows of a reader that has columns of these names, or what they are made of, and beside them the columns that the
    /// file lacks.
    pub(crate) fn of(
        reader: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
        names: Vec<String>,
        absent: Vec<Absent>,
        ranges: &[Range<usize>],
    ) -> Self {
        Self {
            reader: Box::new(reader),
            names,
            rest: None,
            absent,
            ranges: ranges.to_vec(),
            given: 0,
            before: 0,
        }
    }

    /// An error of a row of the last batch as one of the row of the row group.
    pub(crate) fn placed(&self, mut error: ArrowError) -> ArrowError {
        if let ArrowError::ExternalError(source) = &mut error {
            if let Some(unfit) = source.downcast_mut::<Unfit>() {
                unfit.row = unfit.row.and_then(|row| self.row(row));
            } else if let Some(no_point) = source.downcast_mut::<NoPoint>() {
                no_point.row = self.row(no_point.row).unwrap_or(no_point.row);
            }
        }
        error
    }

    /// The row of the row group that a row of the last batch is.
    fn row(&self, of_batch: usize) -> Option<usize> {
        let ranges = self.ranges.iter().cloned();
        ranges.flatten().nth(self.before + of_batch)
    }

    /// The columns that are read of the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A batch without what others were made of: of a struct of which fields are read, the rest is not there, so that it
    /// is no value of its column.
    pub(crate) fn only_read(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = batch.schema();
        let places = self.names().filter_map(|name| schema.index_of(name).ok());
        batch.project(&places.collect::<Vec<_>>())
    }

    /// A batch with the columns that the file lacks.
    pub(crate) fn complete(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.absent.is_empty() {
            return Ok(batch);
        }
        let schema = batch.schema();
        let absent = self.absent.iter().map(|absent| &absent.field);
        let fields = schema.fields().iter().chain(absent).cloned();
        let absent = self
            .absent
            .iter()
            .map(|absent| absent.rows(batch.num_rows()));
        let columns = batch.columns().iter().cloned().map(Ok).chain(absent);
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
        RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
    }

    /// The next so many rows.
    pub(crate) fn next(&mut self, rows: usize) -> Result<RecordBatch, ArrowError> {
        let mut parts = Vec::new();
        self.before = self.given;
        self.given += rows;
        let mut wanted = rows;
        while wanted > 0 {
            let batch = match self.rest.take() {
                Some(rest) => rest,
                None => self.reader.next().transpose()?.ok_or_else(|| {
                    ArrowError::ParquetError("it has fewer rows than its footer says".to_owned())
                })?,
            };
            let taken = wanted.min(batch.num_rows());
            if taken < batch.num_rows() {
                self.rest = Some(batch.slice(taken, batch.num_rows() - taken));
                parts.push(batch.slice(0, taken));
            } else {
                parts.push(batch);
            }
            wanted -= taken;
        }
        match &mut parts[..] {
            [_] => Ok(parts.remove(0)),
            [first, ..] => concat_batches(&first.schema(), &parts),
            [] => {
                let reason = "no row is asked for".to_owned();
                Err(ArrowError::InvalidArgumentError(reason))
            }
        }
    }
}
