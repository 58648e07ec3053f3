use crate::{Error, Format, Receipt, format};
use arrow::array::RecordBatch;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// The rows of an answer and what they cost.
#[derive(Debug, Clone)]
pub struct Answer {
    batch: RecordBatch,
    receipt: Receipt,
}

impl Answer {
    pub(crate) fn new(batch: RecordBatch, receipt: Receipt) -> Self {
        Self { batch, receipt }
    }

    /// The rows: keys in the order of the question, then aggregates.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// The rows as a list of batches, of which there is one.
    pub fn batches(&self) -> &[RecordBatch] {
        std::slice::from_ref(&self.batch)
    }

    /// What the answer cost.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Writes the rows in a format. The bytes depend on the rows alone.
    ///
    /// # Errors
    /// [`Error`] when `out` cannot be written.
    pub fn write(&self, format: Format, out: &mut (dyn Write + Send)) -> Result<(), Error> {
        format::write(&self.batch, format, out)
    }

    /// Writes the rows to a file: beside it first, then renamed, so that the path holds the old file
    /// or the whole new one.
    ///
    /// # Errors
    /// [`Error::Write`] when the file cannot be written.
    pub fn save(&self, format: Format, path: &Path) -> Result<(), Error> {
        format::save(path, |out| self.write(format, out))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        format::write(&self.batch, Format::Table, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(String::from_utf8_lossy(&text).trim_end())
    }
}
