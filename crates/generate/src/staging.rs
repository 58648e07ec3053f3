use std::ffi::OsString;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::GenerateError;

/// Hidden, as readers of datasets skip names with a dot.
const NAME: &str = ".graticule-generate.tmp";

/// A hidden folder in the dataset's directory where files grow; gone when dropped.
pub(crate) struct Staging {
    dir: PathBuf,
    hidden: PathBuf,
}

impl Staging {
    /// Makes the directory if there is none, refuses one that holds anything, clears what a killed run left.
    pub(crate) fn new(dir: &Path) -> Result<Self, GenerateError> {
        fs::create_dir_all(dir).map_err(io_error("create", dir))?;
        for name in names(dir)? {
            let name = name.to_string_lossy();
            if !name.starts_with('.') {
                return Err(GenerateError::NotEmpty {
                    dir: dir.to_owned(),
                    found: name.into_owned(),
                });
            }
        }
        let new = Self {
            dir: dir.to_owned(),
            hidden: dir.join(NAME),
        };
        new.clear().map_err(io_error("clear", &new.hidden))?;
        fs::create_dir(&new.hidden).map_err(io_error("create", &new.hidden))?;
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
        let names = names(&self.hidden)?;
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

    fn clear(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.hidden) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be cleared now the next run clears; there may be an error under way that matters more.
        let _ = self.clear();
    }
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
