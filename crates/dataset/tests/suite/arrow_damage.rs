//! Arrow files that are none, or were: an error that says so, never a panic or endless memory.

use crate::common::{bytes, runtime, scan_of, try_read};
use arrow::array::{
    ArrayRef, BinaryArray, DictionaryArray, Float64Array, RecordBatch, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::StreamWriter;
use graticule_columns::{Keep, ScanGroup};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use std::collections::HashMap;
use std::sync::Arc;

fn floats(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn points() -> RecordBatch {
    let words: DictionaryArray<Int32Type> = ["bus", "tram", "bus", "boat"].into_iter().collect();
    let texts = StringArray::from(vec![Some("a"), None, Some("bcd"), Some("")]);
    let columns: [(&str, ArrayRef); 4] = [
        ("lon", floats([1.0, 2.0, 3.0, 4.0])),
        ("word", Arc::new(words)),
        ("lat", floats([5.0, 6.0, 7.0, 8.0])),
        ("text", Arc::new(texts)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).expect("a batch")
}

/// Opens a file and reads its points, and columns of it; their number of rows.
fn rows(file: &[u8], carried: &[&str]) -> Result<usize, DatasetError> {
    let store = Arc::new(InMemory::new());
    let path = Path::from("a.arrow");
    let dataset = runtime().block_on(async {
        let payload = PutPayload::from(file.to_vec());
        store.put(&path, payload).await.expect("it is put");
        Dataset::open_in(store.clone(), &path, &OpenOptions::default()).await
    })?;
    let (batches, _) = try_read(&dataset, &scan_of(&dataset, carried), 3)?;
    Ok(batches.iter().map(RecordBatch::num_rows).sum())
}

#[test]
fn a_file_that_was_cut_off_is_an_error() {
    let whole = bytes(&points(), &[2, 2], None);
    assert_eq!(rows(&whole, &["word", "text"]).expect("it is whole"), 4);
    for cut in 0..whole.len() {
        let error = rows(&whole[..cut], &[]).expect_err("it is cut").to_string();
        assert!(error.contains("a.arrow"), "{error}");
        if cut > 12 {
            assert!(error.contains("cut off"), "{cut}: {error}");
        }
    }
}

#[test]
fn damaged_bytes_are_errors_or_other_values() {
    for compression in [
        None,
        Some(CompressionType::LZ4_FRAME),
        Some(CompressionType::ZSTD),
    ] {
        let whole = bytes(&points(), &[3, 1], compression);
        let mut errors = 0;
        for place in 0..whole.len() {
            for flip in [0x01, 0x40, 0xff] {
                let mut damaged = whole.clone();
                damaged[place] ^= flip;
                match rows(&damaged, &["word", "text"]) {
                    Ok(rows) => assert!(rows <= 4, "{rows} rows"),
                    Err(error) => {
                        errors += 1;
                        assert!(error.to_string().contains("a.arrow"), "{error}");
                    }
                }
            }
        }
        assert!(errors > whole.len() / 2, "{errors} of {}", 3 * whole.len());
    }
}

/// Lengths that begin compressed buffers, made enormous where they are found in the file.
#[test]
fn buffers_that_claim_to_be_huge_are_errors() {
    let floats = || floats(std::iter::repeat_n(7.0, 4096));
    let batch = RecordBatch::try_from_iter([("lon", floats()), ("lat", floats())]).expect("one");
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let whole = bytes(&batch, &[4096], Some(codec));
        assert_eq!(rows(&whole, &[]).expect("it is whole"), 4096);
        let length = (4096u64 * 8).to_le_bytes();
        // Buffers begin at multiples of 64; a header may hold the same number elsewhere.
        let place = whole
            .chunks(64)
            .position(|block| block.starts_with(&length));
        let place = 64 * place.expect("a compressed buffer");
        for huge in [1u64 << 33, 1 << 45, i64::MAX as u64] {
            let mut damaged = whole.clone();
            damaged[place..place + 8].copy_from_slice(&huge.to_le_bytes());
            let error = rows(&damaged, &[]).expect_err("it lies").to_string();
            assert!(
                error.contains("claims to hold") && error.contains("a.arrow"),
                "{error}"
            );
        }
    }
}

#[test]
fn other_kinds_of_arrow_say_what_to_do() {
    let mut stream = Vec::new();
    let mut writer = StreamWriter::try_new(&mut stream, &points().schema()).expect("a writer");
    writer.write(&points()).expect("written");
    writer.finish().expect("finished");
    drop(writer);
    let error = rows(&stream, &[]).expect_err("a stream").to_string();
    assert!(error.contains("graticule import"), "{error}");
    let error = rows(b"FEA1 and so on FEA1", &[])
        .expect_err("an old one")
        .to_string();
    assert!(error.contains("version 2"), "{error}");
}

#[test]
fn files_without_rows_are_answers() {
    for batches in [&[][..], &[0], &[0, 0]] {
        let whole = bytes(&points(), batches, None);
        assert_eq!(rows(&whole, &["word", "text"]).expect("it is whole"), 0);
    }
}

/// Points as GeoPandas writes them to Feather.
#[test]
fn geometry_is_read_as_in_geoparquet() {
    let wkb = |x: f64, y: f64| {
        let mut bytes = vec![1, 1, 0, 0, 0];
        bytes.extend(x.to_le_bytes());
        bytes.extend(y.to_le_bytes());
        bytes
    };
    let shapes = [wkb(9.5, 50.0), wkb(-1.0, -2.0)];
    let binary: ArrayRef = Arc::new(BinaryArray::from_iter_values(&shapes));
    let part = |name: &str| Arc::new(Field::new(name, DataType::Float64, true));
    let parts = vec![
        (part("x"), floats([9.5, -1.0])),
        (part("y"), floats([50.0, -2.0])),
    ];
    let separated: ArrayRef = Arc::new(StructArray::from(parts));
    for (encoding, geometry) in [("WKB", binary), ("point", separated)] {
        let geo = format!(
            r#"{{"primary_column":"geometry","columns":{{"geometry":{{"encoding":"{encoding}"}}}}}}"#
        );
        let field = Field::new("geometry", geometry.data_type().clone(), true);
        let metadata = HashMap::from([("geo".to_owned(), geo)]);
        let schema = Schema::new_with_metadata(vec![field], metadata);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![geometry]).expect("a batch");
        let folder = tempfile::tempdir().expect("a folder");
        crate::common::write(&folder.path().join("a.feather"), &batch, &[2], None);
        let dataset =
            crate::common::open(folder.path(), &OpenOptions::default()).expect("it opens");
        let scan = Arc::new(scan_of(&dataset, &[]));
        let group: &ScanGroup = &scan.groups[0];
        let fetched = runtime()
            .block_on(dataset.fetch(&scan, group))
            .expect("bytes");
        let mut chunks = fetched.chunks(&scan, 0..2, 2, Keep::All).expect("chunks");
        let chunk = chunks.next().expect("one").expect("read");
        assert_eq!(chunk.exact.lon, [9.5, -1.0], "{encoding}");
        assert_eq!(chunk.exact.lat, [50.0, -2.0], "{encoding}");
    }
}
