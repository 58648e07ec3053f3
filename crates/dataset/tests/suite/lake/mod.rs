//! One lake of several writers: files whose types of a column differ are read as one.

mod folders;
mod types;

use crate::common::{read, scan_of, write};
use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use graticule_columns::Bounds;
use graticule_dataset::Dataset;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A point for each row of the columns.
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let rows = columns.first().map_or(1, |(_, array)| array.len());
    let points: ArrayRef = Arc::new(Float64Array::from(vec![10.0; rows]));
    let mut all = vec![("lon", points.clone()), ("lat", points)];
    all.extend(columns);
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(all.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), all.into_iter().map(|(_, a)| a).collect())
        .expect("a batch")
}

fn parquet(path: &Path, batch: &RecordBatch) {
    let file = File::create(path).expect("there is room");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
}

/// Files, each of one column `c` beside the points, in the order of their names.
fn lake(columns: Vec<ArrayRef>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (place, array) in columns.into_iter().enumerate() {
        let batch = batch(vec![("c", array)]);
        match place % 2 {
            0 => parquet(&folder.path().join(format!("{place}.parquet")), &batch),
            _ => write(
                &folder.path().join(format!("{place}.arrow")),
                &batch,
                &[batch.num_rows()],
                None,
            ),
        }
    }
    folder
}

fn values_of(dataset: &Dataset, name: &str) -> ArrayRef {
    let (batches, _) = read(dataset, &scan_of(dataset, &[name]), 1000);
    let whole = concat_batches(&batches[0].schema(), &batches).expect("one schema");
    whole.column_by_name(name).expect("it is carried").clone()
}

fn type_of(dataset: &Dataset, name: &str) -> DataType {
    let mut attributes = dataset.metadata().schema.attributes.iter();
    attributes
        .find(|a| a.name == name)
        .expect("it is known")
        .data_type
        .clone()
}

fn bounds(dataset: &Dataset, name: &str) -> Vec<Option<Bounds>> {
    let metadata = dataset.metadata();
    let place = metadata.schema.file_column(name).expect("it is known");
    let files = metadata.files.iter();
    files
        .map(|f| f.row_groups[0].columns.at(place).bounds)
        .collect()
}
