//! A table as Arrow and Parquet, in memory and in files.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMillisecondArray, UInt32Array, UInt64Array,
};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::ArrowWriter;
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;

use crate::table::{Table, Values};

/// The folder that Hive writers use for a null partition value.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

impl Values {
    /// The column as an Arrow array.
    pub fn to_array(&self) -> ArrayRef {
        match self {
            Self::Bool(v) => Arc::new(BooleanArray::from(v.clone())),
            Self::I32(v) => Arc::new(Int32Array::from(v.clone())),
            Self::I64(v) => Arc::new(Int64Array::from(v.clone())),
            Self::U32(v) => Arc::new(UInt32Array::from(v.clone())),
            Self::U64(v) => Arc::new(UInt64Array::from(v.clone())),
            Self::F32(v) => Arc::new(Float32Array::from(v.clone())),
            Self::F64(v) => Arc::new(Float64Array::from(v.clone())),
            Self::Text(v) => Arc::new(StringArray::from(v.clone())),
        }
    }
}

impl Table {
    /// Columns `lon`, `lat` (Float64), `time` (Timestamp in milliseconds, UTC), then the others; all nullable.
    pub fn to_record_batch(&self) -> RecordBatch {
        let time = TimestampMillisecondArray::from(self.time.clone()).with_timezone("UTC");
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("lon", Arc::new(Float64Array::from(self.lon.clone()))),
            ("lat", Arc::new(Float64Array::from(self.lat.clone()))),
            ("time", Arc::new(time)),
        ];
        columns.extend(
            self.columns
                .iter()
                .map(|(name, values)| (name.as_str(), values.to_array())),
        );
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .expect("the columns are equally long")
    }

    /// Writes one Parquet file with at most that many rows in a row group.
    pub fn write_parquet(&self, path: &Path, row_group_rows: usize) -> Result<()> {
        self.write_parquet_with(
            path,
            WriterProperties::builder()
                .set_max_row_group_row_count(Some(row_group_rows))
                .build(),
        )
    }

    /// Writes one Arrow IPC file with that many rows in a record batch, the last one perhaps fewer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_arrow(
        &self,
        path: &Path,
        batch_rows: usize,
        options: IpcWriteOptions,
    ) -> std::result::Result<(), ArrowError> {
        let whole = self.to_record_batch();
        let file = File::create(path)?;
        let mut writer = FileWriter::try_new_with_options(file, &whole.schema(), options)?;
        for first in (0..whole.num_rows()).step_by(batch_rows) {
            let rows = batch_rows.min(whole.num_rows() - first);
            writer.write(&whole.slice(first, rows))?;
        }
        writer.finish()
    }

    /// Writes one Parquet file with pages, compression and statistics as the properties say.
    pub fn write_parquet_with(&self, path: &Path, properties: WriterProperties) -> Result<()> {
        let batch = self.to_record_batch();
        let mut writer =
            ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    }

    /// Writes `root/COLUMN=VALUE/part-0.parquet` for each value of a text column, which the files then lack. Answers the paths.
    ///
    /// # Panics
    /// If there is no text column of that name.
    pub fn write_hive(
        &self,
        root: &Path,
        column: &str,
        row_group_rows: usize,
    ) -> Result<Vec<PathBuf>> {
        let Some(Values::Text(values)) = self.column(column) else {
            panic!("{column} is not a text column");
        };
        let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, value) in values.iter().enumerate() {
            folders
                .entry(value.as_deref().unwrap_or(HIVE_NULL))
                .or_default()
                .push(row);
        }
        let mut paths = Vec::new();
        for (value, rows) in folders {
            let folder = root.join(format!("{column}={value}"));
            std::fs::create_dir_all(&folder)?;
            let path = folder.join("part-0.parquet");
            self.without(column)
                .take(&rows)
                .write_parquet(&path, row_group_rows)?;
            paths.push(path);
        }
        Ok(paths)
    }
}
