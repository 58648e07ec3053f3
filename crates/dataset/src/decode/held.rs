//! Bytes that were fetched, as the Parquet reader asks for them.

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

/// Some ranges of a file, to the Parquet reader the file.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) size: u64,
    /// Offset and bytes, ascending.
    pub(crate) parts: Vec<(u64, Bytes)>,
}

impl Held {
    pub(crate) fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let part = self.parts.partition_point(|(offset, _)| *offset <= start);
        let held = part.checked_sub(1).map(|i| &self.parts[i]);
        held.filter(|(offset, bytes)| start - offset <= bytes.len() as u64)
            .and_then(|(offset, bytes)| Some(bytes.slice(usize::try_from(start - offset).ok()?..)))
            .ok_or_else(|| {
                ParquetError::General(format!("offset {start} is outside what was fetched"))
            })
    }
}

impl Length for Held {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Held {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} reach beyond what was fetched"
            )));
        }
        Ok(bytes.slice(..length))
    }
}
