//! What a killed run leaves in folders that are not its own, and how a later run removes it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Files and folders of this process that are gone when their owner is.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file or folder that its owner removes, as long as this lives.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Notes a file or folder.
    pub fn new(path: &Path) -> Self {
        let mut all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|path| *path != self.0);
    }
}

/// Removes what this process has on disk for work that is not finished: spilled groups and answers that are not
/// whole. For a process that ends now, whatever its threads are at.
pub fn remove_unfinished() {
    let all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in all.iter() {
        let _ = match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        };
    }
}

/// Longer than it takes to [`hold`] a file that was just made.
const FRESH: Duration = Duration::from_secs(60);
/// Letters and digits that make a name of a temporary file unlike all others.
const RANDOM: usize = 6;

/// Keeps other runs from taking the file for left over, as long as it is open. The system gives it back when a run is
/// killed. On file systems without locks nothing is ever taken for left over.
pub fn hold(file: &File) {
    let _ = file.try_lock();
}

/// Removes files of the prefix that no run holds any more; folders of it, if `held` is the name of the file in them
/// that a run holds. What cannot be removed stays, for this is beside the work.
pub fn sweep(folder: &Path, prefix: &str, held: Option<&str>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let is_random = |text: &str| {
            text.len() == RANDOM && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !random.is_some_and(is_random) {
            continue;
        }
        let path = entry.path();
        match (held, entry.file_type()) {
            (None, Ok(kind)) if kind.is_file() && is_left(&path) => {
                let _ = fs::remove_file(&path);
            }
            (Some(held), Ok(kind)) if kind.is_dir() && is_left(&path.join(held)) => {
                let _ = fs::remove_dir_all(&path);
            }
            _ => {}
        }
    }
}

fn is_left(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let modified = file.metadata().and_then(|found| found.modified());
    let is_old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > FRESH));
    is_old && file.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_nobody_holds_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let old = SystemTime::now() - 2 * FRESH;
        let make = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let file = File::create(path).expect("a file");
            file.set_modified(old).expect("set");
            file
        };
        let held = make(".graticule-Held01");
        hold(&held);
        let fresh = make(".graticule-Fresh1");
        fresh.set_modified(SystemTime::now()).expect("set");
        for name in [".graticule-Left01", ".graticule-mine", "other"] {
            make(name);
        }
        let spill = make("graticule-Held01/0");
        hold(&spill);
        make("graticule-Left01/0");
        make("graticule-Other1/1");
        sweep(folder.path(), ".graticule-", None);
        sweep(folder.path(), "graticule-", Some("0"));
        let entries = fs::read_dir(folder.path()).expect("a folder");
        let names = entries.map(|e| e.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|n| n.into_string().expect("text")).collect();
        names.sort();
        assert_eq!(
            names,
            [
                ".graticule-Fresh1",
                ".graticule-Held01",
                ".graticule-mine",
                "graticule-Held01",
                "graticule-Other1",
                "other",
            ]
        );
    }
}
