use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::Error;
use std::path::{Path, PathBuf};

use crate::error::GenerateError;

/// Hidden, as readers of datasets skip names with a dot.
const NAME: &str = ".graticule-generate.tmp";

/// Locked in that folder.
const LOCK: &str = ".generating";

/// A hidden folder in the dataset's directory where files grow; gone when dropped.
pub(crate) struct Staging {
    dir: PathBuf,
    hidden: PathBuf,
    /// Held as long as this lives; the system gives it back when a run is killed.
    _lock: File,
}

impl Staging {
    /// Makes the directory if there is none, refuses one that holds anything or that another run writes to, clears
    /// what a killed run left.
    pub(crate) fn new(dir: &Path) -> Result<Self, GenerateError> {
        fs::create_dir_all(dir).map_err(io_error("create", dir))?;
        check_empty(dir)?;
        let hidden = dir.join(NAME);
        fs::create_dir_all(&hidden).map_err(io_error("create", &hidden))?;
        let path = hidden.join(LOCK);
        let lock = File::create(&path).map_err(io_error("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(GenerateError::Busy {
                    dir: dir.to_owned(),
                });
            }
            // A file system without locks; nothing is lost but the warning.
            Err(TryLockError::Error(_)) => {}
        }
        let new = Self {
            dir: dir.to_owned(),
            hidden,
            _lock: lock,
        };
        // Another run may have ended between the first look and the lock.
        check_empty(dir)?;
        new.clear_files().map_err(io_error("clear", &new.hidden))?;
        Ok(new)
    }

    /// Where to write a file of the dataset; its folder exists.
    pub(crate) fn path(&self, file: &Path) -> Result<PathBuf, GenerateError> {
        let path = self.hidden.join(file);
        let folder = path.parent().unwrap_or(&self.hidden);
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        Ok(path)
    }

    /// Moves everything to its place, or nothing.
    pub(crate) fn publish(self) -> Result<(), GenerateError> {
        let mut names = names(&self.hidden)?;
        names.retain(|name| name != LOCK);
        for (moved, name) in names.iter().enumerate() {
            let to = self.dir.join(name);
            if let Err(source) = fs::rename(self.hidden.join(name), &to) {
                for name in &names[..moved] {
                    // The first error is the one to tell.
                    let _ = fs::rename(self.dir.join(name), self.hidden.join(name));
                }
                return Err(io_error("rename into place", &to)(source));
            }
        }
        Ok(())
    }

    /// Removes all but the lock.
    fn clear_files(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.hidden)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path())?,
                false if entry.file_name() == LOCK => {}
                false => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be cleared now the next run clears; there may be an error under way that matters more.
        let _ = fs::remove_dir_all(&self.hidden);
    }
}

fn check_empty(dir: &Path) -> Result<(), GenerateError> {
    for name in names(dir)? {
        let name = name.to_string_lossy();
        if !name.starts_with('.') {
            return Err(GenerateError::NotEmpty {
                dir: dir.to_owned(),
                found: name.into_owned(),
            });
        }
    }
    Ok(())
}

/// The names in a directory, in order.
fn names(dir: &Path) -> Result<Vec<OsString>, GenerateError> {
    let entries =
        fs::read_dir(dir).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let mut names: Vec<OsString> = entries.map_err(io_error("list", dir))?;
    names.sort();
    Ok(names)
}

fn io_error(action: &'static str, path: &Path) -> impl Fn(Error) -> GenerateError {
    let path = path.to_owned();
    move |source| GenerateError::Io {
        action,
        path: path.clone(),
        source,
    }
}
