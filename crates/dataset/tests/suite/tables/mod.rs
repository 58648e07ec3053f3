//! Tables, whose logs say which rows of which files are there.

#[cfg(feature = "delta")]
mod delta;
#[cfg(feature = "iceberg")]
mod iceberg;
mod signs;

use crate::common::{open, read, scan_of};
use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use graticule_dataset::{AsOf, Dataset, OpenOptions};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A column of a file: its name, and its field id if it has one.
type Named = (&'static str, Option<i32>);

/// Writes a Parquet file with a longitude, a latitude and an integer, the last of these values; four rows a
/// row group.
fn write(path: &Path, names: [Named; 3], values: &[i64]) {
    let points = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.5; values.len()])) };
    let field = |(name, id): Named, data_type: DataType| {
        let id = id.map(|id| ("PARQUET:field_id".to_owned(), id.to_string()));
        let metadata: HashMap<_, _> = id.into_iter().collect();
        Field::new(name, data_type, true).with_metadata(metadata)
    };
    let [lon, lat, value] = names;
    let fields = vec![
        field(lon, DataType::Float64),
        field(lat, DataType::Float64),
        field(value, DataType::Int64),
    ];
    let columns = vec![
        points(),
        points(),
        Arc::new(Int64Array::from(values.to_vec())),
    ];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("a batch");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let file = std::fs::File::create(path).expect("a file");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(4));
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

/// The values of a column, as the rows come; a null is -1.
fn values(dataset: &Dataset, name: &str) -> Vec<i64> {
    let (batches, _) = read(dataset, &scan_of(dataset, &[name]), 3);
    let columns = batches
        .iter()
        .map(|batch| batch.column_by_name(name).expect("it is there"));
    let values = columns.flat_map(|c| c.as_primitive::<Int64Type>().iter().collect::<Vec<_>>());
    values.map(|value| value.unwrap_or(-1)).collect()
}

fn opened(folder: &Path) -> Dataset {
    open(folder, &OpenOptions::default()).expect("it opens")
}

fn opened_as_of(folder: &Path, as_of: AsOf) -> Dataset {
    let as_of = Some(as_of);
    open(
        folder,
        &OpenOptions {
            as_of,
            ..OpenOptions::default()
        },
    )
    .expect("it opens")
}

fn refusal(folder: &Path, options: &OpenOptions) -> String {
    open(folder, options)
        .expect_err("it is refused")
        .to_string()
}
