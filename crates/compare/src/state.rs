//! What is in memory when a question is asked, and how that is brought about.

use graticule::DatasetMetadata;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What is in memory when a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Residency {
    /// Nothing: the system was asked to drop the files from its cache, the dataset is opened anew, the
    /// device has compiled no kernel.
    Cold,
    /// The files, in the system's cache; the device has compiled its kernels and holds no column.
    Warm,
    /// The columns, on the device. The CPU keeps none, so that it has no such state.
    Resident,
}

impl Residency {
    /// All, in the order of the work that they save.
    pub const ALL: [Self; 3] = [Self::Cold, Self::Warm, Self::Resident];
}

impl fmt::Display for Residency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Resident => "resident",
        })
    }
}

impl FromStr for Residency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|s| s.to_string() == text);
        found.ok_or_else(|| format!("'{text}' is no state; use cold, warm or resident"))
    }
}

/// The files of a dataset on this machine; `None` where they lie in a store.
pub(crate) fn local_files(metadata: &DatasetMetadata) -> Option<Vec<PathBuf>> {
    match metadata.url.split_once("://") {
        None | Some(("file", _)) => {}
        Some(_) => return None,
    }
    Some(metadata.files.iter().map(|f| (&f.path).into()).collect())
}

/// Asks the system to drop files from its cache.
///
/// Gives the reason where that cannot be.
#[cfg(target_os = "linux")]
pub(crate) fn drop_cached(files: &[PathBuf]) -> Result<(), String> {
    use rustix::fs::{Advice, fadvise};
    for path in files {
        let told = |e: String| format!("the cache of '{}' cannot be dropped: {e}", path.display());
        let file = std::fs::File::open(path).map_err(|e| told(e.to_string()))?;
        // Pages that are not on the disk yet stay in the cache.
        file.sync_data().map_err(|e| told(e.to_string()))?;
        fadvise(&file, 0, None, Advice::DontNeed).map_err(|e| told(e.to_string()))?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn drop_cached(_: &[PathBuf]) -> Result<(), String> {
    Err("this system cannot be asked to drop files from its cache".to_owned())
}

/// Bytes that this process has had from storage so far, where the system tells: what tells a cold run
/// from one that only was to be cold.
pub(crate) fn storage_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/io").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("read_bytes:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_their_words() {
        for state in Residency::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert!(
            "hot"
                .parse::<Residency>()
                .expect_err("no state")
                .contains("'hot'")
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_dropped_is_said() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert_eq!(drop_cached(&[file.path().to_owned()]), Ok(()));
        let said = drop_cached(&["/nowhere/at/all".into()]).expect_err("no file");
        assert!(said.contains("/nowhere/at/all"), "{said}");
    }
}
