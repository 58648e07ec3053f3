//! The destination, and the hidden folder beside it where it grows.

use super::error::{OptimizeError, Result, data, io};
use super::journal::{Done, Entry, Journal};
use super::options::Report;
use super::source::{Fingerprint, Rows};
use graticule_dataset::{Mark, place_of};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Beside the data; listings leave names with `_` out.
const BESIDE: &str = "_graticule";
const LAYOUT: &str = "layout.json";
const JOURNAL: &str = "journal.jsonl";

/// Where the dataset is to be, and where its making lies until then.
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    /// `.NAME.partial`.
    work: PathBuf,
}

/// What `_graticule/layout.json` says: its presence is the word that the dataset is whole.
#[derive(Debug, Serialize, Deserialize)]
struct Finished {
    fingerprint: Fingerprint,
    mark: Mark,
    report: Report,
    files: Vec<super::journal::DataFile>,
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

    /// What was written, where the destination is whole already; an error where it is something else.
    pub(crate) fn finished(&self, fingerprint: &Fingerprint) -> Result<Option<Report>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(e) if e.kind() == ErrorKind::NotFound => false,
            Err(e) if e.kind() == ErrorKind::NotADirectory => true,
            Err(e) => return Err(io("list", &self.path)(e)),
        };
        if !entries {
            return Ok(None);
        }
        let layout = fs::read(self.path.join(BESIDE).join(LAYOUT)).ok();
        let layout = layout.and_then(|bytes| serde_json::from_slice::<Finished>(&bytes).ok());
        match layout.filter(|layout| layout.fingerprint == *fingerprint) {
            Some(layout) => {
                // A kill may have come between the rename and this.
                self.clear()?;
                Ok(Some(Report {
                    was_there: true,
                    ..layout.report
                }))
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

    /// Says that the dataset is whole, and moves it to its place.
    pub(crate) fn publish(
        &self,
        fingerprint: &Fingerprint,
        mark: &Mark,
        done: &Done,
        report: &Report,
        journal: Journal,
    ) -> Result<()> {
        let layout = Finished {
            fingerprint: fingerprint.clone(),
            mark: mark.clone(),
            report: report.clone(),
            files: done.parts.clone(),
        };
        let beside = self.growing().join(BESIDE);
        fs::create_dir_all(&beside).map_err(io("create", &beside))?;
        let path = beside.join(LAYOUT);
        let text = serde_json::to_vec_pretty(&layout).map_err(data("write", &path))?;
        fs::write(&path, text).map_err(io("write", &path))?;
        let file = File::open(&path).map_err(io("open", &path))?;
        file.sync_all().map_err(io("write", &path))?;
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

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(io("clear", folder)(e)),
        _ => Ok(()),
    }
}
