use std::path::PathBuf;

use parquet::errors::ParquetError;
use thiserror::Error;

/// Why no nation was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// Zero days, or more than a century.
    #[error("{days} days: give 1 to {limit} days")]
    Days {
        /// The days asked for.
        days: u32,
        /// The most there can be.
        limit: u32,
    },
    /// More points than are planned for.
    #[error("{points} points are more than {limit}: ask for fewer, or generate several nations")]
    Points {
        /// The points asked for.
        points: u64,
        /// The most there can be.
        limit: u64,
    },
    /// A layout's name that does not exist.
    #[error("'{0}' is not a layout: write day-folders or single")]
    Layout(String),
    /// The directory holds something already.
    #[error("{} already holds '{found}': name an empty or new directory, or empty this one first", dir.display())]
    NotEmpty {
        /// The directory to write into.
        dir: PathBuf,
        /// One of the names found there.
        found: String,
    },
    /// Another process writes there now.
    #[error("another graticule is writing to {}; wait for it, or name another directory", dir.display())]
    Busy {
        /// The directory to write into.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {action} {}: {source} (check the path, its permissions and the free space)", path.display())]
    Io {
        /// What was tried: "create", "list", "write".
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("cannot write Parquet to {}: {source} (check the free space)", path.display())]
    Parquet {
        /// Into which file or directory.
        path: PathBuf,
        /// What the writer said.
        source: ParquetError,
    },
    /// A thread could not be started.
    #[error("cannot start thread {number} of {threads}: {source} (ask for fewer threads)")]
    Thread {
        /// Which one.
        number: usize,
        /// Of how many.
        threads: usize,
        /// What the system said.
        source: std::io::Error,
    },
    /// A thread ended without an answer: a bug in this crate.
    #[error("a generating thread died; nothing was written. Please report this with the seed")]
    ThreadDied,
    /// The caller asked to stop.
    #[error("stopped after {points} points; nothing was written")]
    Stopped {
        /// Points generated until then.
        points: u64,
    },
}
