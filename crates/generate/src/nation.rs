use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;

use crate::error::GenerateError;
use crate::plan::FilePlans;
use crate::write;

/// How the files lie in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileLayout {
    /// `day=2026-03-01/part-0000.parquet`: a Hive folder for each local day.
    #[default]
    DayFolders,
    /// `points.parquet`: one file, day after day.
    Single,
}

impl fmt::Display for FileLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DayFolders => "day-folders",
            Self::Single => "single",
        })
    }
}

impl FromStr for FileLayout {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "day-folders" => Ok(Self::DayFolders),
            "single" => Ok(Self::Single),
            _ => Err(GenerateError::Layout(name.to_owned())),
        }
    }
}

/// What nation to write. `points`, `days`, `seed` and `layout` decide its bytes; `threads` does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nation {
    /// Rows in all, exactly; invalid ones are among them.
    pub points: u64,
    /// Local days from 2026-03-01 on. Days without points get no folder.
    pub days: u32,
    /// Other seeds make other countries and other trips.
    pub seed: u64,
    /// How the files lie.
    pub layout: FileLayout,
    /// Threads that generate and encode; 0 means one per core. Each holds two row groups, some 60 MiB.
    pub threads: usize,
}

impl Default for Nation {
    fn default() -> Self {
        Self {
            points: 10_000_000,
            days: 120,
            seed: 1,
            layout: FileLayout::default(),
            threads: 0,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows in all.
    pub points: u64,
    /// Rows among them whose coordinates are null, NaN or out of range.
    pub invalid: u64,
    /// Files.
    pub files: usize,
    /// Bytes of the files.
    pub bytes: u64,
}

impl Nation {
    /// Writes the nation into a new or empty directory. `on_progress` hears now and then, on the calling
    /// thread, how many points there are so far.
    ///
    /// Nothing appears in the directory until everything is written: files grow in a hidden folder, which the next
    /// run clears away if this one is killed.
    ///
    /// # Errors
    ///
    /// The directory holds something (names that begin with a dot aside), the file system refuses, or the spec is out
    /// of bounds.
    pub fn write(&self, dir: &Path, on_progress: impl Fn(u64)) -> Result<Written, GenerateError> {
        self.write_until(dir, |points| {
            on_progress(points);
            ControlFlow::Continue(())
        })
    }

    /// Like [`Self::write`], but stops within a fraction of a second, and leaves nothing behind, when `on_progress` breaks.
    /// It is asked about ten times a second.
    ///
    /// # Errors
    ///
    /// As [`Self::write`]; [`GenerateError::Stopped`] when it was stopped.
    pub fn write_until(
        &self,
        dir: &Path,
        on_progress: impl Fn(u64) -> ControlFlow<()>,
    ) -> Result<Written, GenerateError> {
        let plan = FilePlans::new(self)?;
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            threads => threads,
        };
        write::dataset(&plan, dir, threads, &on_progress)
    }
}
