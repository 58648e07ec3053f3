use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use graticule_layout::import::{Import, ImportError, Report};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder for a test.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Imports a file of these bytes, with what `set` says.
    pub(crate) fn import(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
        set: impl FnOnce(&mut Import),
    ) -> Result<(Report, RecordBatch), ImportError> {
        let mut import = Import::new([self.write(name, bytes)]);
        set(&mut import);
        let out = self.path("out");
        let _ = fs::remove_dir_all(&out);
        let report = import.run(&out)?;
        Ok((report, read(&out)))
    }

    /// What the reject file holds behind its line of names, without the folder.
    pub(crate) fn rejects(&self) -> String {
        let bytes = fs::read(self.path("out/_rejects.csv")).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = text.strip_prefix("file,line,reason,record\n").unwrap();
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// All rows of a dataset, in the order of its files.
pub(crate) fn read(dir: &Path) -> RecordBatch {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "parquet"));
    files.sort();
    let mut all = Vec::new();
    let mut schema = None;
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
        schema = Some(reader.schema().clone());
        all.extend(reader.build().unwrap().map(Result::unwrap));
    }
    concat_batches(&schema.unwrap(), &all).unwrap()
}

/// The columns as `name type`, then the rows, fields with `|` between them and `-` for null.
pub(crate) fn show(batch: &RecordBatch) -> Vec<String> {
    let schema = batch.schema();
    let names = schema.fields().iter().map(|f| {
        let kind = f.data_type().to_string();
        let kind = if kind.starts_with("Timestamp") {
            "Time".to_owned()
        } else {
            kind
        };
        format!("{} {kind}", f.name())
    });
    let options = FormatOptions::new().with_null("-");
    // Arrow shows the names of zones only with a feature more.
    let utc = |c: &ArrayRef| match c.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            cast(c, &DataType::Timestamp(*unit, Some("+00:00".into()))).unwrap()
        }
        _ => c.clone(),
    };
    let arrays: Vec<_> = batch.columns().iter().map(utc).collect();
    let columns: Vec<_> = arrays
        .iter()
        .map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap())
        .collect();
    let mut lines = vec![names.collect::<Vec<_>>().join("|")];
    for row in 0..batch.num_rows() {
        let values: Vec<_> = columns.iter().map(|c| c.value(row).to_string()).collect();
        lines.push(values.join("|"));
    }
    lines
}

/// Compares what [`show`] makes with lines written by hand.
#[track_caller]
pub(crate) fn check(batch: &RecordBatch, expected: &[&str]) {
    assert_eq!(show(batch), expected);
}
