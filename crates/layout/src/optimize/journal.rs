//! What is finished, one line of JSON each, so that a killed run's successor can go on.

use super::error::{OptimizeError, Result, data, io};
use super::source::Fingerprint;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// The first: whose work this is.
    Begin(Fingerprint),
    /// A run, made of rows of the source.
    Spilled(Spilled),
    /// A run, made of others, which are gone.
    Merged {
        /// The new one.
        run: Run,
        /// The names of the others.
        inputs: Vec<String>,
    },
    /// A data file in its place.
    Part(DataFile),
}

/// A run on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// A run and what it is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Spilled {
    pub(crate) run: Run,
    /// Row groups by their place in the scan, and rows of them.
    pub(crate) ranges: Vec<(usize, Range<usize>)>,
    /// Whether a longitude, a latitude of it needs a residual.
    pub(crate) residuals: [bool; 2],
    /// Whether the decimal of some point is not the very number.
    pub(crate) is_inexact: bool,
}

/// A finished data file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DataFile {
    /// Below the destination, with slashes.
    pub(crate) path: String,
    pub(crate) rows: u64,
    pub(crate) invalid: u64,
    pub(crate) bytes: u64,
    /// Bytes of the coordinates' column chunks, residuals included.
    pub(crate) bytes_coordinates: u64,
}

/// What the journal says, taken together.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Runs that are still to be merged.
    pub(crate) runs: Vec<Run>,
    /// Number of the next run.
    pub(crate) next_run: usize,
    /// What of the source is in runs.
    pub(crate) ranges: Vec<(usize, Range<usize>)>,
    pub(crate) residuals: [bool; 2],
    pub(crate) is_inexact: bool,
    /// Data files, in the order of their rows.
    pub(crate) parts: Vec<DataFile>,
}

impl Done {
    pub(crate) fn note(&mut self, entry: Entry) {
        match entry {
            Entry::Begin(_) => {}
            Entry::Spilled(spilled) => {
                self.next_run += 1;
                self.runs.push(spilled.run);
                self.ranges.extend(spilled.ranges);
                for axis in 0..2 {
                    self.residuals[axis] |= spilled.residuals[axis];
                }
                self.is_inexact |= spilled.is_inexact;
            }
            Entry::Merged { run, inputs } => {
                self.next_run += 1;
                self.runs.retain(|r| !inputs.contains(&r.name));
                self.runs.push(run);
            }
            Entry::Part(part) => self.parts.push(part),
        }
    }

    /// Rows that are in runs.
    pub(crate) fn rows(&self) -> u64 {
        self.runs.iter().map(|r| r.rows).sum()
    }
}

/// The open journal, locked so that no other process writes beside.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens or makes a journal, and reads it. What a kill left half-written at its end is cut off.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<Entry>)> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path);
        let mut file = file.map_err(io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OptimizeError::Busy {
                    path: path.to_owned(),
                });
            }
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => {}
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io("read", path))?;
        let whole = bytes
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(io("cut", path))?;
        file.seek(std::io::SeekFrom::End(0))
            .map_err(io("read", path))?;
        let lines = bytes[..whole]
            .split(|b| *b == b'\n')
            .filter(|l| !l.is_empty());
        let entries = lines.map(|line| serde_json::from_slice(line).map_err(data("read", path)));
        let entries = entries.collect::<Result<_>>()?;
        let journal = Self {
            path: path.to_owned(),
            file,
        };
        Ok((journal, entries))
    }

    /// Writes what is finished. The files that the entry speaks of are on disk already.
    pub(crate) fn write(&mut self, entry: &Entry) -> Result<()> {
        let mut line = serde_json::to_vec(entry).map_err(data("write", &self.path))?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .map_err(io("write", &self.path))?;
        self.file.sync_data().map_err(io("write", &self.path))
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(io("cut", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let run = |name: &str| Run {
            name: name.to_owned(),
            rows: 1,
            bytes: 2,
        };
        let (mut journal, entries) = Journal::open(&path).expect("a journal");
        assert!(entries.is_empty());
        let spilled = Spilled {
            run: run("a"),
            ranges: vec![(0, 3..5)],
            residuals: [true, false],
            is_inexact: false,
        };
        journal.write(&Entry::Spilled(spilled)).expect("a line");
        assert!(matches!(
            Journal::open(&path),
            Err(OptimizeError::Busy { .. })
        ));
        drop(journal);
        let mut bytes = std::fs::read(&path).expect("bytes");
        bytes.extend_from_slice(b"{\"Part\":{\"path\":\"day=");
        std::fs::write(&path, bytes).expect("written");
        let (mut journal, entries) = Journal::open(&path).expect("a journal");
        assert_eq!(entries.len(), 1);
        let merged = Entry::Merged {
            run: run("b"),
            inputs: vec!["a".to_owned()],
        };
        journal.write(&merged).expect("a line");
        drop(journal);
        let (_, entries) = Journal::open(&path).expect("a journal");
        let mut done = Done::default();
        entries.into_iter().for_each(|e| done.note(e));
        assert_eq!((done.runs.len(), done.next_run, done.rows()), (1, 2, 1));
        assert_eq!(
            (done.residuals, done.ranges),
            ([true, false], vec![(0, 3..5)])
        );
    }
}
