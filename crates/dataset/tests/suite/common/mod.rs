//! Files of record batches, and what a dataset reads of them.

use arrow::array::RecordBatch;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use graticule_columns::{Keep, Scan, Source};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("it starts")
}

pub(crate) fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DatasetError> {
    runtime().block_on(Dataset::open(folder.to_str().expect("text"), options))
}

/// An Arrow file of record batches of so many rows.
pub(crate) fn bytes(
    whole: &RecordBatch,
    rows: &[usize],
    compression: Option<CompressionType>,
) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression);
    let options = options.expect("it is built in");
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &whole.schema(), options).expect("a writer");
    let mut first = 0;
    for &rows in rows {
        writer.write(&whole.slice(first, rows)).expect("written");
        first += rows;
    }
    writer.into_inner().expect("finished")
}

pub(crate) fn write(
    path: &Path,
    whole: &RecordBatch,
    rows: &[usize],
    compression: Option<CompressionType>,
) {
    std::fs::write(path, bytes(whole, rows, compression)).expect("written");
}

/// A scan of the points of all rows, with columns carried along.
pub(crate) fn scan_of(dataset: &Dataset, carried: &[&str]) -> Scan {
    let sources = vec![Source::FixedLon, Source::FixedLat];
    Scan::everything(dataset.metadata(), sources, carried.iter().copied())
}

/// All rows of a scan, and the bytes and requests that they took.
pub(crate) fn try_read(
    dataset: &Dataset,
    scan: &Scan,
    chunk_rows: usize,
) -> Result<(Vec<RecordBatch>, (u64, u64)), DatasetError> {
    let (mut batches, mut cost) = (Vec::new(), (0, 0));
    let scan = Arc::new(scan.clone());
    for group in &scan.groups {
        let fetched = runtime().block_on(dataset.fetch(&scan, group))?;
        cost = (cost.0 + fetched.bytes(), cost.1 + fetched.requests());
        let mut chunks = fetched.chunks(&scan, 0..fetched.rows(), chunk_rows, Keep::All)?;
        while let Some((chunk, batch)) = chunks.next_carried().transpose()? {
            assert_eq!(chunk.len(), batch.num_rows());
            batches.push(batch);
        }
    }
    Ok((batches, cost))
}

pub(crate) fn read(dataset: &Dataset, scan: &Scan, rows: usize) -> (Vec<RecordBatch>, (u64, u64)) {
    try_read(dataset, scan, rows).expect("it is read")
}
