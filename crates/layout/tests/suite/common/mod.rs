//! Sources made by hand or at random, and what comes back of them.

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, TimestampMillisecondArray};
use arrow::datatypes::{Float32Type, Float64Type, Int64Type};
use graticule_columns::{Keep, Scan, Source};
use graticule_dataset::{Dataset, OpenOptions};
use graticule_layout::optimize::{Optimize, Partition, Progress, Report, Sort};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) fn options() -> Optimize {
    Optimize {
        open: OpenOptions::default(),
        partition: Some(Partition::Day),
        sort: Sort::Hilbert,
        coordinates: None,
        lossy: false,
        memory: 32 << 20,
        threads: 2,
    }
}

pub(crate) fn optimize(options: &Optimize, source: &Path, destination: &Path) -> Report {
    let source = source.to_str().expect("a path of text");
    options.run(source, destination, &on).expect("optimized")
}

/// Columns `id`, `time`, `lon` and `lat`, and what else is given.
pub(crate) fn batch(
    lon: ArrayRef,
    lat: ArrayRef,
    times: Vec<Option<i64>>,
    more: Vec<(&str, ArrayRef)>,
) -> RecordBatch {
    let ids = Int64Array::from_iter_values((0..).take(lon.len()));
    let time = TimestampMillisecondArray::from(times).with_timezone("UTC");
    let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("id", Arc::new(ids), true),
        ("time", Arc::new(time), true),
        ("lon", lon, true),
        ("lat", lat, true),
    ];
    columns.extend(more.into_iter().map(|(name, column)| (name, column, true)));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

pub(crate) fn write(path: &Path, batch: &RecordBatch, group_rows: usize) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group_rows))
        .build();
    let file = File::create(path).expect("a file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
}

/// A row: its id, and the bits of its coordinates.
pub(crate) type Row = (i64, Option<u64>, Option<u64>);

/// All rows of a dataset as graticule reads them, in its order.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    each(path, &mut |batch| {
        let named = |name: &str| batch.column_by_name(name).expect("a column").clone();
        let (id, lon, lat) = (named("id"), bits(&named("lon")), bits(&named("lat")));
        let id = id.as_primitive::<Int64Type>();
        rows.extend((0..batch.num_rows()).map(|row| (id.value(row), lon[row], lat[row])));
    });
    rows
}

pub(crate) fn bits(column: &ArrayRef) -> Vec<Option<u64>> {
    if let Some(floats) = column.as_primitive_opt::<Float32Type>() {
        return floats
            .iter()
            .map(|v| v.map(|v| v.to_bits().into()))
            .collect();
    }
    let floats = column.as_primitive::<Float64Type>();
    floats.iter().map(|v| v.map(f64::to_bits)).collect()
}

/// All batches of a dataset, coordinates as floats.
pub(crate) fn each(path: &Path, take: &mut dyn FnMut(RecordBatch)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let url = path.to_str().expect("a path of text");
    let dataset = runtime
        .block_on(Dataset::open(url, &OpenOptions::default()))
        .expect("a dataset");
    let metadata = dataset.metadata();
    let sources = vec![Source::FixedLon, Source::FixedLat];
    let scan = Arc::new(Scan::everything(
        metadata,
        sources,
        metadata.schema.file_columns(),
    ));
    for group in &scan.groups {
        let fetched = runtime
            .block_on(dataset.fetch(&scan, group))
            .expect("bytes");
        let mut chunks = fetched
            .chunks(&scan, 0..fetched.rows(), 5000, Keep::All)
            .expect("chunks");
        while let Some(next) = chunks.next_carried() {
            take(next.expect("a chunk").1);
        }
    }
}
