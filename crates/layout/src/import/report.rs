use graticule_columns::{Note, printable};
use std::fmt;
use std::path::PathBuf;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Those of them that held no row.
    pub files_empty: u64,
    /// What lies in the folders and was not read, for its name or for it is no file.
    pub files_left_out: u64,
    /// Records read: lines of CSV, points of GPX, features of GeoJSON, rows of Arrow.
    pub records: u64,
    /// Records without a point, such as an empty polyline; nothing was written for them.
    pub records_without_point: u64,
    /// Rows written.
    pub rows: u64,
    /// Rows written whose coordinates are missing or out of range.
    pub invalid: u64,
    /// Times that had digits below a microsecond, which were cut off.
    pub times_cut: u64,
    /// Records that could not be read.
    pub rejects: u64,
    /// The first few of them.
    pub first_rejects: Vec<Reject>,
    /// Where all of them are, if there are any.
    pub rejects_file: Option<PathBuf>,
    /// The columns written, with their Arrow types.
    pub columns: Vec<(String, String)>,
    /// What was guessed, and what was left out.
    pub notes: Vec<Note>,
    /// Parquet files written.
    pub parts: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its file, or standard input.
    pub file: String,
    /// The line on which it begins, from 1; of Arrow the row.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "files read: {}, records: {}, rows: {}",
            self.files, self.records, self.rows
        )?;
        write!(f, " ({} of them with invalid coordinates); ", self.invalid)?;
        write!(
            f,
            "Parquet files written: {}, bytes: {}",
            self.parts, self.bytes
        )?;
        let notes = [
            (self.files_empty, "files without a row"),
            (
                self.files_left_out,
                "left out, for their names or for they are no files",
            ),
            (self.records_without_point, "records without a point"),
            (self.times_cut, "times cut to the microsecond"),
            (self.rejects, "records rejected"),
        ];
        for (count, what) in notes.iter().filter(|(count, _)| *count > 0) {
            write!(f, "\n{what}: {count}")?;
        }
        for reject in &self.first_rejects {
            write!(f, "\n  {}", printable(&reject.to_string()))?;
        }
        if let Some(path) = &self.rejects_file {
            write!(f, "\n  all in {}", printable(&path.display().to_string()))?;
        }
        for note in &self.notes {
            write!(f, "\nnote: {}", printable(&note.text))?;
        }
        Ok(())
    }
}
