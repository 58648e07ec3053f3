//! What a page's checksum says is believed: a bit that is wrong is an error that names the place.

use crate::common::{open, scan_of, try_read};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use graticule_dataset::{CheckedWriter, OpenOptions};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

/// Two row groups of 100 rows, and their metadata.
fn written(path: &Path) -> ParquetMetaData {
    let floats = |shift: f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(
            (0..200).map(|i| f64::from(i) / 4.0 + shift),
        ))
    };
    let columns: [(&str, ArrayRef); 4] = [
        ("lon", floats(0.0)),
        ("lat", floats(1.0)),
        ("v", floats(2.0)),
        (
            "n",
            Arc::new(Int64Array::from_iter_values((0..200).map(|i| i % 3))),
        ),
    ];
    let rows = RecordBatch::try_from_iter(columns).expect("rows");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(100))
        .set_dictionary_enabled(false);
    let options = ArrowWriterOptions::new().with_properties(properties.build());
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = CheckedWriter::new(file, rows.schema(), options).expect("begun");
    writer.write(&rows).expect("written");
    writer.finish().expect("finished")
}

/// Decodes everything; the rows, or the first error.
fn rows(path: &Path) -> Result<usize, String> {
    let dataset = open(path, &OpenOptions::default()).map_err(|e| e.to_string())?;
    let scan = scan_of(&dataset, &["lon", "lat", "v", "n"]);
    let read = try_read(&dataset, &scan, 64).map_err(|e| e.to_string())?;
    Ok(read.0.iter().map(RecordBatch::num_rows).sum())
}

#[test]
fn a_bit_that_is_wrong_is_an_error_that_names_file_row_group_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.parquet");
    let metadata = written(&path);
    assert_eq!(rows(&path), Ok(200));
    let whole = std::fs::read(&path).expect("bytes");
    for (group, row_group) in metadata.row_groups().iter().enumerate() {
        for column in row_group.columns() {
            let (begin, length) = column.byte_range();
            let at = usize::try_from(begin + length / 2).expect("small");
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            std::fs::write(&path, bytes).expect("written");
            let error = rows(&path).expect_err("a bit is wrong");
            let name = format!("column '{}'", column.column_path().string());
            for part in ["p.parquet", &format!("row group {group}"), &name, "CRC"] {
                assert!(error.contains(part), "'{part}' is not in: {error}");
            }
        }
    }
}
