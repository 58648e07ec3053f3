//! What readers of text hand on: records of named fields, or the reason why a record is none.

use super::error::ImportError;
use std::collections::HashMap;
use std::io::Read;

/// More columns than any data has; damaged or hostile files would otherwise fill the memory.
pub(crate) const MAX_COLUMNS: usize = 10_000;

/// The largest record, in bytes. Larger ones are rejected, and kept, without being held.
pub(crate) const MAX_RECORD: usize = 16 << 20;

/// The names of the fields of all files, each with its number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    /// The number of a name, a new one where it was not known.
    pub(crate) fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// An error where there are more names than any data has, of a file.
    pub(crate) fn check(&self, file: &str) -> Result<(), ImportError> {
        if self.names.len() <= MAX_COLUMNS {
            return Ok(());
        }
        Err(ImportError::File {
            file: file.to_owned(),
            reason: format!(
                "its points have more than {MAX_COLUMNS} different properties, each of which would be a column; \
                 names that differ from point to point are values: put them into a property of one name, \
                 or leave them out"
            ),
        })
    }

    pub(crate) fn all(&self) -> &[String] {
        &self.names
    }
}

/// A field of a record. Fields that a record does not have are null, and so are bare empty ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The number of its name.
    pub(crate) column: usize,
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// Whether the format says that it is text, as JSON does; never a number then.
    pub(crate) quoted: bool,
}

/// The fields of one record; used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) bytes: Vec<u8>,
    pub(crate) spans: Vec<Span>,
}

impl Fields {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
    }

    pub(crate) fn push(&mut self, column: usize, text: &[u8], quoted: bool) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.spans.push(Span {
            column,
            begin,
            end: self.bytes.len(),
            quoted,
        });
    }

    pub(crate) fn text(&self, span: &Span) -> &[u8] {
        &self.bytes[span.begin..span.end]
    }
}

/// Why reading ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    Error(ImportError),
    /// Enough was seen of this file.
    Enough,
    /// A value that the columns' types, found in a sample, do not foresee.
    Unforeseen,
}

impl From<ImportError> for Halt {
    fn from(error: ImportError) -> Self {
        Self::Error(error)
    }
}

/// Takes what readers find.
pub(crate) trait Sink {
    /// A record that begins on a line, with its bytes as they are in the file.
    fn record(&mut self, line: u64, raw: &[u8], fields: &Fields, names: &Names)
    -> Result<(), Halt>;

    /// A record that cannot be one. What is not read of `raw` the reader skips.
    fn reject(&mut self, line: u64, reason: &str, raw: &mut dyn Read) -> Result<(), Halt>;
}

/// A value for a message: short, and on one line.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if short.len() < bytes.len() && text.chars().count() > 40 {
        short.push_str("...");
    }
    short
}
