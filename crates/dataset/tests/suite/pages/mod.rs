//! Pages that are read here are what the library reads, whatever their encoding; damaged ones are errors.

mod calendar;
mod near;
mod points;
mod texts;
mod values;

use crate::common::runtime;
use arrow::array::RecordBatch;
use graticule_columns::{Chunk, Column, Keep, Scan, Source};
use graticule_dataset::{Dataset, DatasetError, MARK_KEY, Mark, OpenOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// How a file is written.
#[derive(Debug, Clone)]
struct Written {
    pub(super) is_second: bool,
    pub(super) compression: Compression,
    pub(super) page_rows: usize,
    pub(super) group_rows: usize,
    /// Of each column, 0 for a dictionary, 1 for plain values, else an encoding of its type.
    pub(super) encodings: Vec<u8>,
}

fn write(path: &Path, batch: &RecordBatch, how: &Written) {
    write_marked(path, batch, how, None);
}

fn write_marked(path: &Path, batch: &RecordBatch, how: &Written, mark: Option<&Mark>) {
    let mark = mark.map(|mark| {
        let text = serde_json::to_string(mark).expect("text");
        vec![KeyValue::new(MARK_KEY.to_owned(), text)]
    });
    let version = match how.is_second {
        true => WriterVersion::PARQUET_2_0,
        false => WriterVersion::PARQUET_1_0,
    };
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_key_value_metadata(mark)
        .set_compression(how.compression)
        .set_data_page_row_count_limit(how.page_rows)
        .set_write_batch_size(how.page_rows.min(64))
        .set_dictionary_page_size_limit(1200)
        .set_max_row_group_row_count(Some(how.group_rows));
    for (field, encoding) in batch.schema().fields().iter().zip(&how.encodings) {
        let path = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_dictionary_enabled(path.clone(), *encoding == 0);
        let of_type = match field.data_type().is_floating() {
            true => Encoding::BYTE_STREAM_SPLIT,
            false if field.name() == "yes" => Encoding::RLE,
            false if *encoding == 2 => Encoding::BYTE_STREAM_SPLIT,
            false => Encoding::DELTA_BINARY_PACKED,
        };
        // Runs of booleans are of the second version.
        let is_known = of_type != Encoding::RLE || how.is_second;
        properties = match *encoding {
            0 => properties,
            2.. if is_known => properties.set_column_encoding(path, of_type),
            _ => properties.set_column_encoding(path, Encoding::PLAIN),
        };
    }
    let file = std::fs::File::create(path).expect("a file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).expect("a writer");
    // The writer calls itself for each further row group of a batch.
    for start in (0..batch.num_rows()).step_by(how.group_rows) {
        let rows = how.group_rows.min(batch.num_rows() - start);
        writer.write(&batch.slice(start, rows)).expect("written");
    }
    writer.close().expect("closed");
}

fn open(path: &Path) -> Result<Dataset, DatasetError> {
    let url = path.to_str().expect("text");
    runtime().block_on(Dataset::open(url, &OpenOptions::default()))
}

/// The chunks of a row group, of the rows that are kept.
fn chunks(
    dataset: &Dataset,
    scan: &Scan,
    group: usize,
    (keep, chunk_rows): (Keep, usize),
) -> Result<Vec<Chunk>, DatasetError> {
    let scan = Arc::new(scan.clone());
    let fetched = runtime().block_on(dataset.fetch(&scan, &scan.groups[group]))?;
    let chunks = fetched.chunks(&scan, 0..fetched.rows(), chunk_rows, keep)?;
    if scan.carried.is_empty() {
        assert_eq!(chunks.by_library(), [""; 0], "all of it is read here");
    }
    chunks.collect()
}

/// The bits of each row that is not null.
fn bits(column: &Column) -> Vec<Option<u64>> {
    let mut wide = vec![0; column.len()];
    if column.kind().is_wide() {
        wide = column.read64(0..column.len(), &mut wide).to_vec();
    } else {
        let mut narrow = vec![0; column.len()];
        let words = column.read32(0..column.len(), &mut narrow);
        wide = words.iter().map(|word| u64::from(*word)).collect();
    }
    let is_live = |row: usize| column.validity().is_none_or(|v| v.value(row));
    let rows = wide.into_iter().enumerate();
    rows.map(|(row, bits)| is_live(row).then_some(bits))
        .collect()
}

fn assert_same(ours: &[Chunk], theirs: &[Chunk]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.origin, theirs.origin);
        assert_eq!(ours.valid, theirs.valid);
        let is_valid = |row: usize| theirs.valid.as_ref().is_none_or(|v| v.value(row));
        for (slot, (a, b)) in ours.columns.iter().zip(&theirs.columns).enumerate() {
            assert_eq!(a.kind(), b.kind());
            let (mut a, mut b) = (bits(a), bits(b));
            if slot < 2 {
                // What is no point has some cell.
                a = a
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| v.filter(|_| is_valid(row)))
                    .collect();
                b = b
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| v.filter(|_| is_valid(row)))
                    .collect();
            }
            assert_eq!(a, b, "slot {slot}");
        }
        for row in (0..ours.len()).filter(|row| is_valid(*row)) {
            let point = |chunk: &Chunk| {
                let (lon, lat) = chunk.exact.get(u32::try_from(row).expect("few"))?;
                Some((lon.to_bits(), lat.to_bits()))
            };
            assert_eq!(point(ours), point(theirs), "row {row}");
            assert!(point(ours).is_some());
        }
    }
}

fn scan_of_points(dataset: &Dataset) -> Scan {
    let sources = vec![Source::FixedLon, Source::FixedLat];
    Scan::everything(dataset.metadata(), sources, [""; 0])
}

fn compressions() -> impl Strategy<Value = Compression> {
    prop_oneof![
        Just(Compression::UNCOMPRESSED),
        Just(Compression::SNAPPY),
        Just(Compression::ZSTD(ZstdLevel::default())),
        Just(Compression::LZ4_RAW),
        Just(Compression::GZIP(GzipLevel::default())),
        Just(Compression::BROTLI(BrotliLevel::default())),
    ]
}

prop_compose! {
    fn written()(
        is_second: bool, compression in compressions(), page_rows in 1usize..700, group_rows in 1usize..900,
        encodings in prop::collection::vec(0u8..4, 18),
    ) -> Written {
        Written { is_second, compression, page_rows, group_rows, encodings }
    }
}

/// Numbers that are near each other, few, or any.
fn numbers() -> impl Strategy<Value = Vec<(u64, bool)>> {
    let number = prop_oneof![
        (1_000_000u64..1_000_100).boxed(),
        (0u64..4).boxed(),
        any::<u64>().boxed()
    ];
    let run = (number, 1usize..40, prop::bool::weighted(0.3));
    prop::collection::vec(run, 1..60).prop_map(|runs| {
        let run = |(n, count, null): (u64, usize, bool)| std::iter::repeat_n((n, null), count);
        runs.into_iter().flat_map(run).collect()
    })
}

/// Rows that are kept: gaps and lengths, as far as there are rows; all where there is none.
fn kept(cuts: &[(u64, u64)], rows: u64) -> Option<Vec<Range<u64>>> {
    let mut kept = Vec::new();
    let mut at = 0;
    for (gap, length) in cuts {
        let start = at + gap + 1;
        let end = (start + length).min(rows);
        if start < end {
            kept.push(start..end);
        }
        at = end.max(start);
    }
    (!kept.is_empty()).then_some(kept)
}
