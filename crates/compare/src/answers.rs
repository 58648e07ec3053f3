//! Equality first: the bytes of every answer against those of the first one.

use crate::CompareError;
use arrow::array::RecordBatch;
use graticule::{Format, RowsWriter};
use serde::{Deserialize, Serialize};
use std::hash::Hasher;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is known of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Its rows.
    pub rows: u64,
    /// Its bytes as Parquet.
    pub bytes: u64,
    /// A hash of those bytes.
    pub hash: String,
    /// Where it first differs from the reference; `None` where it is the same bytes.
    pub difference: Option<String>,
}

/// The first answer to each question, kept as files so that a comparison can be gone on with.
pub(crate) struct References {
    folder: PathBuf,
}

impl References {
    pub(crate) fn new(out: &Path) -> Result<Self, CompareError> {
        let folder = out.join("answers");
        std::fs::create_dir_all(&folder).map_err(CompareError::write(&folder))?;
        Ok(Self { folder })
    }

    /// Holds an answer to the reference of its name, which it becomes if there is none.
    pub(crate) fn check(&self, name: &str, answer: &RecordBatch) -> Result<Answered, CompareError> {
        let path = self.folder.join(format!("{name}.parquet"));
        let text_path = self.folder.join(format!("{name}.csv"));
        let parquet = bytes(answer, Format::Parquet)?;
        let known = match std::fs::read(&path) {
            Ok(known) => Some(known),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(CompareError::read(&path)(e)),
        };
        let difference = match known {
            Some(known) if known == parquet => None,
            Some(known) => {
                let text = std::fs::read(&text_path).map_err(CompareError::read(&text_path))?;
                Some(difference(
                    &text,
                    &bytes(answer, Format::Csv)?,
                    &known,
                    &parquet,
                ))
            }
            None => {
                // The Parquet file, by which the reference is known, last.
                keep(&text_path, &bytes(answer, Format::Csv)?)?;
                keep(&path, &parquet)?;
                None
            }
        };
        let mut hasher = twox_hash::XxHash64::with_seed(0);
        hasher.write(&parquet);
        Ok(Answered {
            rows: answer.num_rows() as u64,
            bytes: parquet.len() as u64,
            hash: format!("{:016x}", hasher.finish()),
            difference,
        })
    }
}

/// Writes a file beside, then renames it.
pub(crate) fn keep(path: &Path, bytes: &[u8]) -> Result<(), CompareError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.partial"));
    let write = || {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(CompareError::write(path))
}

fn bytes(answer: &RecordBatch, format: Format) -> Result<Vec<u8>, CompareError> {
    let mut bytes = Vec::new();
    let mut write = || {
        let mut writer = RowsWriter::new(format, &answer.schema(), &mut bytes)?;
        writer.write(answer)?;
        writer.finish()
    };
    write().map_err(|source| CompareError::Question {
        what: "an answer cannot be written".to_owned(),
        source: Box::new(source),
    })?;
    Ok(bytes)
}

/// The first group, which is a line, in which two answers differ.
fn difference(known: &[u8], found: &[u8], known_bytes: &[u8], found_bytes: &[u8]) -> String {
    let (known, found) = (
        String::from_utf8_lossy(known),
        String::from_utf8_lossy(found),
    );
    let (mut known, mut found) = (known.lines(), found.lines());
    let mut header = None;
    loop {
        match (known.next(), found.next()) {
            (None, None) => break,
            (a, b) if a == b => header = header.or(a),
            (a, b) => {
                let end = "the end";
                return format!(
                    "of {}: {}, and {} in the first answer",
                    header.unwrap_or("the columns"),
                    b.unwrap_or(end),
                    a.unwrap_or(end)
                );
            }
        }
    }
    let at = known_bytes
        .iter()
        .zip(found_bytes)
        .position(|(a, b)| a != b);
    let at = at.unwrap_or(known_bytes.len().min(found_bytes.len()));
    format!("the rows print alike, but byte {at} of the Parquet file differs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use std::sync::Arc;

    fn answer(counts: [i64; 3]) -> RecordBatch {
        let keys: ArrayRef = Arc::new(StringArray::from(vec!["u0", "u1", "u2"]));
        let counts: ArrayRef = Arc::new(Int64Array::from(counts.to_vec()));
        RecordBatch::try_from_iter([("geohash:2", keys), ("count", counts)]).expect("rows")
    }

    #[test]
    fn the_first_group_that_differs_is_told() {
        let out = tempfile::tempdir().expect("a folder");
        let references = References::new(out.path()).expect("a folder");
        let first = references.check("q", &answer([1, 2, 3])).expect("kept");
        assert_eq!((first.rows, first.difference.as_ref()), (3, None));
        assert_eq!(
            references.check("q", &answer([1, 2, 3])).expect("same"),
            first
        );
        let other = references.check("q", &answer([1, 6, 7])).expect("another");
        assert_eq!(
            other.difference.as_deref(),
            Some("of geohash:2,count: u1,6, and u1,2 in the first answer")
        );
        assert_ne!(other.hash, first.hash);
        // The reference is still the first one, for another process too.
        let again = References::new(out.path()).expect("a folder");
        assert_eq!(again.check("q", &answer([1, 2, 3])).expect("same"), first);
        let short = again
            .check("q", &answer([1, 2, 3]).slice(0, 2))
            .expect("shorter");
        assert_eq!(
            short.difference.as_deref(),
            Some("of geohash:2,count: the end, and u2,3 in the first answer")
        );
    }

    #[test]
    fn other_types_are_another_answer() {
        let out = tempfile::tempdir().expect("a folder");
        let references = References::new(out.path()).expect("a folder");
        references.check("q", &answer([1, 2, 3])).expect("kept");
        let keys = answer([1, 2, 3]).column(0).clone();
        let counts: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![1, 2, 3]));
        let narrow =
            RecordBatch::try_from_iter([("geohash:2", keys), ("count", counts)]).expect("rows");
        let said = references.check("q", &narrow).expect("another").difference;
        assert!(said.expect("a difference").contains("print alike"));
    }
}
