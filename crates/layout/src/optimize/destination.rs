//! The destination, and the hidden folder beside it where it grows.

use super::error::{OptimizeError, Result, io};
use super::journal::{DataFile, Done, Entry, Journal};
use super::source::{Fingerprint, Rows};
use super::write::coordinate_bytes;
use graticule_dataset::{MARK_KEY, Mark, guarded, place_of};
use parquet::file::metadata::ParquetMetaDataReader;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const JOURNAL: &str = "journal.jsonl";

/// Where the dataset is to be, and where its making lies until then.
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    /// `.NAME.partial`.
    work: PathBuf,
}

impl Destination {
    pub(crate) fn of(path: &Path, source: &str, rows: &Rows) -> Result<Self> {
        let wrong = || OptimizeError::Name {
            path: path.to_owned(),
        };
        if rows.meets(path) {
            return Err(OptimizeError::Inside {
                destination: place_of(path),
                origin: source.to_owned(),
            });
        }
        let absolute = std::path::absolute(path).map_err(io("find", path))?;
        let name = absolute.file_name().ok_or_else(wrong)?.to_owned();
        let parent = absolute.parent().ok_or_else(wrong)?;
        fs::create_dir_all(parent).map_err(io("create", parent))?;
        let parent = fs::canonicalize(parent).map_err(io("find", parent))?;
        let path = parent.join(&name);
        let path = fs::canonicalize(&path).unwrap_or(path);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(&name);
        hidden.push(".partial");
        Ok(Self {
            work: parent.join(hidden),
            path,
        })
    }

    /// The files, and what they say of themselves, where the destination holds these rows already; an error where it
    /// is something else. No file but theirs tells of it: Polars reads no folder that has others in it.
    pub(crate) fn finished(
        &self,
        fingerprint: &Fingerprint,
        rows: u64,
    ) -> Result<Option<(Done, Mark)>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(e) if e.kind() == ErrorKind::NotFound => false,
            Err(e) if e.kind() == ErrorKind::NotADirectory => true,
            Err(e) => return Err(io("list", &self.path)(e)),
        };
        if !entries {
            return Ok(None);
        }
        let word = fingerprint.word();
        let found = files(&self.path, &mut |file| part(&self.path, file, &word));
        match found.and_then(|found| whole(found, rows)) {
            Some(found) => {
                // A kill may have come between the rename and this.
                self.clear()?;
                Ok(Some(found))
            }
            None => Err(OptimizeError::NotEmpty {
                path: self.path.clone(),
            }),
        }
    }

    /// Begins, or goes on where an earlier run of the same source and options ended.
    pub(crate) fn begin(&self, fingerprint: &Fingerprint) -> Result<(Journal, Done)> {
        let journal = self.work.join(JOURNAL);
        if self.work.exists()
            && !journal.exists()
            && fs::read_dir(&self.work).is_ok_and(|mut d| d.next().is_some())
        {
            return Err(OptimizeError::NotEmpty {
                path: self.work.clone(),
            });
        }
        // The journal first: what lies here without one is not ours.
        fs::create_dir_all(&self.work).map_err(io("create", &self.work))?;
        let (mut journal, entries) = Journal::open(&journal)?;
        let is_same = matches!(entries.first(), Some(Entry::Begin(whose)) if whose == fingerprint);
        let mut done = Done::default();
        entries.into_iter().for_each(|entry| done.note(entry));
        if !is_same || !self.holds(&done) {
            // Of another source, or of a dataset that was moved to its place since.
            done = Done::default();
            journal.clear()?;
            remove(&self.runs())?;
            remove(&self.growing())?;
            journal.write(&Entry::Begin(fingerprint.clone()))?;
        }
        for folder in [self.runs(), self.growing()] {
            fs::create_dir_all(&folder).map_err(io("create", &folder))?;
        }
        self.forget_unfinished(&done)?;
        Ok((journal, done))
    }

    /// Whether all files that the journal speaks of are there.
    fn holds(&self, done: &Done) -> bool {
        let is_there =
            |path: PathBuf, bytes: u64| fs::metadata(path).is_ok_and(|m| m.len() == bytes);
        let (runs, growing) = (self.runs(), self.growing());
        done.runs
            .iter()
            .all(|run| is_there(runs.join(&run.name), run.bytes))
            && done
                .parts
                .iter()
                .all(|part| is_there(growing.join(&part.path), part.bytes))
    }

    /// Removes runs that the journal does not know.
    fn forget_unfinished(&self, done: &Done) -> Result<()> {
        let runs = self.runs();
        for entry in fs::read_dir(&runs).map_err(io("list", &runs))? {
            let path = entry.map_err(io("list", &runs))?.path();
            let name = path.file_name().and_then(|n| n.to_str());
            if !done.runs.iter().any(|run| Some(run.name.as_str()) == name) {
                fs::remove_file(&path).map_err(io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// The folder of runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.work.join("runs")
    }

    /// The folder that becomes the destination.
    pub(crate) fn growing(&self) -> PathBuf {
        self.work.join("dataset")
    }

    /// Moves the dataset, which is whole, to its place.
    pub(crate) fn publish(&self, journal: Journal) -> Result<()> {
        // An empty directory gives way.
        match fs::remove_dir(&self.path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(io("replace", &self.path)(e)),
            _ => {}
        }
        fs::rename(self.growing(), &self.path).map_err(io("rename to", &self.path))?;
        drop(journal);
        self.clear()
    }

    /// Removes the work, the journal last, by which it is known as ours.
    fn clear(&self) -> Result<()> {
        remove(&self.runs())?;
        remove(&self.growing())?;
        remove(&self.work)
    }
}

/// What `read` makes of each file in a folder, hidden ones apart; nothing where it makes nothing of one.
fn files<T>(folder: &Path, read: &mut impl FnMut(&Path) -> Option<T>) -> Option<Vec<T>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.file_name()?.to_str()?.starts_with(['.', '_']) {
            continue;
        }
        match path.is_dir() {
            true => found.extend(files(&path, read)?),
            false => found.push(read(&path)?),
        }
    }
    Some(found)
}

/// A file that was made of these.
fn part(folder: &Path, file: &Path, made_of: &str) -> Option<(DataFile, Mark)> {
    let open = File::open(file).ok()?;
    // Of a stranger's file a decoder may panic.
    let metadata = guarded(|| ParquetMetaDataReader::new().parse_and_finish(&open));
    let metadata = metadata.ok()?.ok()?;
    let mut pairs = metadata.file_metadata().key_value_metadata()?.iter();
    let text = pairs.find(|pair| pair.key == MARK_KEY)?.value.as_ref()?;
    let mark: Mark = serde_json::from_str(text).ok()?;
    let part = DataFile {
        path: file.strip_prefix(folder).ok()?.to_str()?.to_owned(),
        rows: u64::try_from(metadata.file_metadata().num_rows()).ok()?,
        invalid: mark.invalid,
        bytes: open.metadata().ok()?.len(),
        bytes_coordinates: coordinate_bytes(&metadata, &mark),
    };
    (mark.made_of == made_of).then_some((part, mark))
}

/// The files together, where they hold all rows.
fn whole(found: Vec<(DataFile, Mark)>, rows: u64) -> Option<(Done, Mark)> {
    let (parts, mut marks): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let done = Done {
        parts,
        ..Done::default()
    };
    let is_whole = done.parts.iter().map(|part| part.rows).sum::<u64>() == rows;
    Some((done, marks.pop()?)).filter(|_| is_whole)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(io("clear", folder)(e)),
        _ => Ok(()),
    }
}
