//! Batches of just so many rows, whatever the decoder gives.

use arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{FieldRef, Schema};
use arrow::error::ArrowError;
use std::sync::Arc;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Rows of a reader, in any portions.
pub(crate) struct Rows {
    reader: Batches,
    /// What the reader gave beyond what was asked for.
    rest: Option<RecordBatch>,
    /// Columns that the file lacks.
    absent: Vec<FieldRef>,
}

impl Rows {
    /// Rows of a reader, with nulls for columns that the file lacks.
    pub(crate) fn of(
        reader: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
        absent: Vec<FieldRef>,
    ) -> Self {
        Self {
            reader: Box::new(reader),
            rest: None,
            absent,
        }
    }

    fn complete(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = batch.schema();
        let fields = schema.fields().iter().chain(&self.absent).cloned();
        let nulls = self.absent.iter();
        let nulls = nulls.map(|f| new_null_array(f.data_type(), batch.num_rows()));
        let columns = batch.columns().iter().cloned().chain(nulls);
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        RecordBatch::try_new_with_options(Arc::new(schema), columns.collect(), &options)
    }

    /// The next so many rows.
    pub(crate) fn next(&mut self, rows: usize) -> Result<RecordBatch, ArrowError> {
        let mut parts = Vec::new();
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
        let whole = match &mut parts[..] {
            [_] => parts.remove(0),
            [first, ..] => concat_batches(&first.schema(), &parts)?,
            [] => {
                let reason = "no row is asked for".to_owned();
                return Err(ArrowError::InvalidArgumentError(reason));
            }
        };
        match self.absent.is_empty() {
            true => Ok(whole),
            false => self.complete(&whole),
        }
    }
}
