//! The reject file: a CSV of file, line, reason and the record as it was.

use super::error::ImportError;
use super::report::Reject;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// So many are shown.
const SHOWN: usize = 5;

pub(crate) struct Rejects {
    path: PathBuf,
    limit: Option<u64>,
    to: Option<BufWriter<File>>,
    pub(crate) count: u64,
    pub(crate) first: Vec<Reject>,
}

impl Rejects {
    /// Rejects that will go to a file, which is made for the first of them.
    pub(crate) fn new(path: &Path, limit: Option<u64>) -> Self {
        Self {
            path: path.to_owned(),
            limit,
            to: None,
            count: 0,
            first: Vec::new(),
        }
    }

    pub(crate) fn add(
        &mut self,
        file: &str,
        line: u64,
        reason: &str,
        raw: &mut dyn Read,
    ) -> Result<(), ImportError> {
        self.count += 1;
        let reject = || Reject {
            file: file.to_owned(),
            line,
            reason: reason.to_owned(),
        };
        if let Some(limit) = self.limit.filter(|limit| self.count > *limit) {
            return Err(ImportError::TooManyRejects {
                limit,
                last: reject().to_string(),
            });
        }
        if self.first.len() < SHOWN {
            self.first.push(reject());
        }
        let path = self.path.clone();
        self.write(file, line, reason, raw)
            .map_err(ImportError::io("write", &path))
    }

    fn write(&mut self, file: &str, line: u64, reason: &str, raw: &mut dyn Read) -> io::Result<()> {
        let to = match &mut self.to {
            Some(to) => to,
            none => {
                let mut to = BufWriter::new(File::create(&self.path)?);
                to.write_all(b"file,line,reason,record\n")?;
                none.insert(to)
            }
        };
        quote(to, file.as_bytes())?;
        write!(to, ",{line},")?;
        quote(to, reason.as_bytes())?;
        to.write_all(b",\"")?;
        let mut buffer = [0; 1 << 13];
        // The line's own end is left out, which may be the end of any buffer.
        let mut ends = Vec::new();
        loop {
            let count = match raw.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                count => count?,
            };
            if count == 0 {
                break;
            }
            let bytes = &buffer[..count];
            let is_end = |b: &u8| matches!(b, b'\n' | b'\r');
            let kept = bytes
                .iter()
                .rposition(|b| !is_end(b))
                .map_or(0, |place| place + 1);
            if kept > 0 {
                to.write_all(&ends)?;
                ends.clear();
                escape(to, &bytes[..kept])?;
            }
            ends.extend_from_slice(&bytes[kept..]);
            if ends.len() > buffer.len() {
                // Blank lines without end.
                to.write_all(&ends)?;
                ends.clear();
            }
        }
        to.write_all(b"\"\n")
    }

    /// Writes what is left; whether there is a file.
    pub(crate) fn finish(&mut self) -> Result<bool, ImportError> {
        let Some(to) = self.to.take() else {
            return Ok(false);
        };
        let error = ImportError::io("write", &self.path);
        to.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|f| f.sync_all())
            .map_err(error)?;
        Ok(true)
    }

    /// Forgets everything: the input is read again.
    pub(crate) fn restart(&mut self) -> Result<(), ImportError> {
        self.first.clear();
        self.count = 0;
        match self.to.take() {
            None => Ok(()),
            Some(to) => {
                drop(to);
                fs::remove_file(&self.path).map_err(ImportError::io("remove", &self.path))
            }
        }
    }
}

fn quote(to: &mut impl Write, text: &[u8]) -> io::Result<()> {
    to.write_all(b"\"")?;
    escape(to, text)?;
    to.write_all(b"\"")
}

fn escape(to: &mut impl Write, text: &[u8]) -> io::Result<()> {
    for (place, piece) in text.split(|b| *b == b'"').enumerate() {
        if place > 0 {
            to.write_all(b"\"\"")?;
        }
        to.write_all(piece)?;
    }
    Ok(())
}
