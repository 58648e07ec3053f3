//! A folder beside the destination where its files grow.

use super::error::ImportError;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Hidden in the folder, so that readers of the dataset skip it if it is left there.
const LOCK: &str = ".importing";
const SPOOL: &str = ".standard-input";

/// Becomes the destination in one rename, so that it holds all files or none; gone when dropped.
pub(crate) struct Staging {
    dir: PathBuf,
    hidden: PathBuf,
    /// Held as long as this lives; the system gives it back when a run is killed.
    lock: Option<File>,
}

impl Staging {
    /// Refuses a destination that holds anything, clears what a killed run left beside it.
    pub(crate) fn new(dir: &Path) -> Result<Self, ImportError> {
        let dir = match fs::canonicalize(dir) {
            Ok(dir) => {
                check_empty(&dir)?;
                dir
            }
            Err(_) => std::path::absolute(dir).map_err(ImportError::io("find", dir))?,
        };
        let (Some(parent), Some(name)) = (dir.parent(), dir.file_name()) else {
            return Err(ImportError::Argument {
                argument: "the destination",
                value: dir.display().to_string(),
                reason: "name a new directory in it".to_owned(),
            });
        };
        fs::create_dir_all(parent).map_err(ImportError::io("create", parent))?;
        check_same_file_system(&dir, parent)?;
        let hidden = parent.join(format!(".{}.graticule-import", name.to_string_lossy()));
        fs::create_dir_all(&hidden).map_err(ImportError::io("create", &hidden))?;
        let path = hidden.join(LOCK);
        let lock = File::create(&path).map_err(ImportError::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ImportError::Busy { dir }),
            // A file system without locks; nothing is lost but the warning.
            Err(TryLockError::Error(_)) => {}
        }
        let new = Self {
            dir,
            hidden,
            lock: Some(lock),
        };
        new.clear()?;
        Ok(new)
    }

    /// Where files grow.
    pub(crate) fn folder(&self) -> &Path {
        &self.hidden
    }

    /// Where standard input is kept.
    pub(crate) fn spool(&self) -> PathBuf {
        self.hidden.join(SPOOL)
    }

    /// What a file is called once all is done.
    pub(crate) fn published(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Removes all files but the lock and what was read from standard input.
    pub(crate) fn restart(&self) -> Result<(), ImportError> {
        self.remove(&[LOCK, SPOOL])
    }

    fn clear(&self) -> Result<(), ImportError> {
        self.remove(&[LOCK])
    }

    fn remove(&self, kept: &[&str]) -> Result<(), ImportError> {
        let list = ImportError::io("list", &self.hidden);
        let entries: Result<Vec<_>, _> = fs::read_dir(&self.hidden).and_then(Iterator::collect);
        for entry in entries.map_err(list)? {
            if !kept.iter().any(|k| entry.file_name() == *k) {
                let path = entry.path();
                fs::remove_file(&path).map_err(ImportError::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Makes it the destination.
    pub(crate) fn publish(mut self) -> Result<(), ImportError> {
        self.remove_spool()?;
        if cfg!(windows) && self.dir.exists() {
            // There a rename replaces no directory.
            fs::remove_dir(&self.dir).map_err(ImportError::io("replace", &self.dir))?;
        }
        let done = fs::rename(&self.hidden, &self.dir);
        // Kept in any case: hours of work may lie in it.
        let lock = self.lock.take();
        match done {
            Ok(()) => {
                // Readers do not see it; if it stays, no harm is done.
                let _ = fs::remove_file(self.dir.join(LOCK));
                drop(lock);
                Ok(())
            }
            Err(source) => Err(ImportError::File {
                file: self.dir.display().to_string(),
                reason: format!(
                    "the finished directory cannot be renamed to it: {source}; rename {} yourself, or remove it",
                    self.hidden.display()
                ),
            }),
        }
    }

    fn remove_spool(&self) -> Result<(), ImportError> {
        let spool = self.spool();
        match fs::remove_file(&spool) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(ImportError::io("remove", &spool)(e)),
            _ => Ok(()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Without the lock it was published. What cannot be cleared the next run clears.
        if self.lock.is_some() {
            let _ = fs::remove_dir_all(&self.hidden);
        }
    }
}

fn check_empty(dir: &Path) -> Result<(), ImportError> {
    let mut entries = fs::read_dir(dir).map_err(ImportError::io("list", dir))?;
    match entries
        .next()
        .transpose()
        .map_err(ImportError::io("list", dir))?
    {
        None => Ok(()),
        Some(entry) => Err(ImportError::NotEmpty {
            dir: dir.to_owned(),
            found: entry.file_name().to_string_lossy().into_owned(),
        }),
    }
}

/// A mount point cannot be replaced by a rename, which is better said before the work than after.
#[cfg(unix)]
fn check_same_file_system(dir: &Path, parent: &Path) -> Result<(), ImportError> {
    use std::os::unix::fs::MetadataExt;
    let (Ok(here), Ok(there)) = (fs::metadata(dir), fs::metadata(parent)) else {
        return Ok(());
    };
    if here.dev() == there.dev() {
        return Ok(());
    }
    Err(ImportError::Argument {
        argument: "the destination",
        value: dir.display().to_string(),
        reason: "it is the root of a file system; name a new directory in it".to_owned(),
    })
}

#[cfg(not(unix))]
fn check_same_file_system(_: &Path, _: &Path) -> Result<(), ImportError> {
    Ok(())
}
