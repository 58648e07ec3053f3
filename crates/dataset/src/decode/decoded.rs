//! What fetched bytes take once they are decompressed, told before they are.

use crate::decode::fetched::{Encoded, Fetched};
use crate::decode::held::Held;
use crate::file::thrift::page_header;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

impl Fetched {
    /// About the bytes that are held decompressed at a time by one who decodes it: of Parquet a page of each
    /// column and its dictionary, of Arrow all columns. A page of a few bytes may hold many.
    pub fn decoded_bytes(&self) -> u64 {
        match &self.encoded {
            Encoded::Parquet(footer, held) => {
                let mut leaves: Vec<usize> = self.places.iter().map(|(_, leaf)| *leaf).collect();
                leaves.sort_unstable();
                leaves.dedup();
                let leaves = leaves.into_iter();
                leaves
                    .map(|leaf| of_column(footer, held, self.row_group, leaf))
                    .sum()
            }
            Encoded::Ipc(encoded) => encoded.decoded_bytes(),
        }
    }

    /// About the bytes of a row once it is decoded, of all columns that were fetched.
    pub fn row_bytes(&self) -> u64 {
        let rows = self.rows.max(1) as u64;
        match &self.encoded {
            Encoded::Parquet(footer, _) => {
                let group = footer.metadata().row_group(self.row_group);
                let bytes = self.places.iter().map(|(_, leaf)| {
                    let column = group.column(*leaf);
                    let told = column.unencoded_byte_array_data_bytes().unwrap_or(0);
                    let bytes = told.max(column.uncompressed_size());
                    u64::try_from(bytes).unwrap_or(0)
                });
                bytes.sum::<u64>() / rows
            }
            Encoded::Ipc(encoded) => encoded.decoded_bytes() / rows,
        }
    }
}

/// The largest page of a column chunk, and its dictionary.
fn of_column(footer: &ArrowReaderMetadata, held: &Held, row_group: usize, leaf: usize) -> u64 {
    let metadata = footer.metadata();
    let column = metadata.row_group(row_group).column(leaf);
    let (start, length) = column.byte_range();
    let header = |at: u64| page_header(&held.from(at).ok()?).ok();
    let dictionary = column.dictionary_page_offset();
    let dictionary = dictionary.and_then(|at| header(u64::try_from(at).ok()?));
    let index = metadata
        .offset_index()
        .and_then(|index| index.get(row_group)?.get(leaf));
    let largest = match index {
        // Of the pages only some may be here.
        Some(index) => {
            let pages = index.page_locations().iter();
            let pages = pages.filter_map(|page| header(u64::try_from(page.offset).ok()?));
            pages.map(|page| page.decoded).max()
        }
        None => {
            let mut at = start;
            let pages = std::iter::from_fn(|| {
                let page = header(at).filter(|_| at < start + length)?;
                at += page.length as u64 + page.encoded;
                Some(page.decoded)
            });
            pages.max()
        }
    };
    largest.unwrap_or(0) + dictionary.map_or(0, |page| page.decoded)
}

#[cfg(test)]
mod tests {
    use crate::Dataset;
    use crate::catalog::options::OpenOptions;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
    use arrow::ipc::CompressionType;
    use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
    use graticule_columns::{Scan, Source};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::properties::WriterProperties;
    use std::path::Path;
    use std::sync::Arc;

    /// 100,000 rows whose values are zeros, which take next to no bytes in a file.
    fn rows() -> RecordBatch {
        let degrees = || Arc::new(Float64Array::from(vec![1.0; 100_000])) as ArrayRef;
        let zeros = Arc::new(Int64Array::from(vec![0; 100_000])) as ArrayRef;
        let columns = [("lon", degrees()), ("lat", degrees()), ("v", zeros)];
        RecordBatch::try_from_iter(columns).expect("columns")
    }

    /// What the first row group takes, of `v` and the coordinates.
    fn decoded(path: &Path) -> (u64, u64) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("it starts").block_on(async {
            let (url, options) = (path.to_str().expect("text"), OpenOptions::default());
            let dataset = Dataset::open(url, &options).await.expect("a dataset");
            let sources = vec![Source::FixedLon, Source::FixedLat];
            let scan = Scan::everything(dataset.metadata(), sources, ["v"]);
            let fetched = dataset
                .fetch(&scan, &scan.groups[0])
                .await
                .expect("fetched");
            (fetched.bytes(), fetched.decoded_bytes())
        })
    }

    #[test]
    fn a_page_of_few_bytes_is_known_for_what_it_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let (rows, zstd) = (rows(), Compression::ZSTD(Default::default()));
        for (limit, expected) in [(100_000, 2_400_000), (10_000, 240_000)] {
            let properties = WriterProperties::builder()
                .set_compression(zstd)
                .set_dictionary_enabled(false)
                .set_write_batch_size(1000)
                .set_data_page_size_limit(1 << 30)
                .set_data_page_row_count_limit(limit);
            let file = std::fs::File::create(&path).expect("a file");
            let properties = Some(properties.build());
            let mut writer = ArrowWriter::try_new(file, rows.schema(), properties).expect("one");
            writer.write(&rows).expect("written");
            writer.close().expect("closed");
            let (bytes, decoded) = decoded(&path);
            // Three columns of 8 bytes a row, and what else a page holds.
            assert!(bytes < expected / 20, "{bytes}");
            assert!((expected..expected + 500).contains(&decoded), "{decoded}");
        }
    }

    #[test]
    fn a_buffer_of_few_bytes_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.arrow");
        let rows = rows();
        let options = IpcWriteOptions::default();
        let options = options.try_with_compression(Some(CompressionType::ZSTD));
        let file = std::fs::File::create(&path).expect("a file");
        let writer = FileWriter::try_new_with_options(file, &rows.schema(), options.expect("one"));
        let mut writer = writer.expect("a writer");
        writer.write(&rows).expect("written");
        writer.finish().expect("finished");
        let (bytes, decoded) = decoded(&path);
        assert!(bytes < 100_000, "{bytes}");
        assert!((2_400_000..2_500_000).contains(&decoded), "{decoded}");
    }
}
