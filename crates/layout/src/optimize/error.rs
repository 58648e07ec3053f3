use std::path::{Path, PathBuf};
use thiserror::Error;

/// What can go wrong with rewriting a dataset.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OptimizeError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] graticule_dataset::DatasetError),
    /// A column of a type that Parquet does not have.
    #[error(
        "column '{column}' is {data_type}, which Parquet cannot hold; leave it out with `without` {column}"
    )]
    Column {
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// The destination holds something else.
    #[error("'{path}' is there already and is not empty; name a new directory, or remove it")]
    NotEmpty {
        /// The destination, or the folder of unfinished work beside it.
        path: PathBuf,
    },
    /// Source and destination lie in one another.
    #[error(
        "'{destination}' and the source '{origin}' lie in one another; name a directory elsewhere"
    )]
    Inside {
        /// The destination.
        destination: PathBuf,
        /// The source.
        origin: String,
    },
    /// Another process works on it.
    #[error("another graticule is writing '{path}'; wait for it, or name another directory")]
    Busy {
        /// The destination.
        path: PathBuf,
    },
    /// A path that names no directory.
    #[error("'{path}' names no directory that can be written; name one such as pings-optimized")]
    Name {
        /// The destination.
        path: PathBuf,
    },
    /// A file cannot be written or read back.
    #[error(
        "cannot {action} '{path}': {source}; what is finished is kept, so run it again once that is mended"
    )]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A spilled run is damaged.
    #[error(
        "cannot {action} '{path}': {reason}; check the disk's space, or remove the folder that holds it and run it again"
    )]
    Data {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Floats are not rounded.
    #[error(
        "`lossy` rounds coordinates to decimals, and `coordinates` asks for floats; leave out one of them"
    )]
    LossyFloats,
    /// More memory is needed.
    #[error(
        "{what} needs {needed} bytes of memory and `memory` allows {allowed}; raise it to {needed}"
    )]
    Memory {
        /// What needs it.
        what: String,
        /// Bytes needed in all.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// A tile's statistics cannot be computed.
    #[error(transparent)]
    Kernel(#[from] graticule_kernels::KernelError),
    /// The system gives no threads.
    #[error("no threads for reading can be started: {0}")]
    Threads(#[source] std::io::Error),
    /// The work was stopped.
    #[error("stopped; the same command goes on where this one ended")]
    Stopped,
    /// A thread panicked, which is a bug.
    #[error(
        "this is a bug in graticule: {0}; what is finished is kept. Please report it with the command, and with the file where one is named"
    )]
    Worker(String),
}

impl OptimizeError {
    /// Whether the options are wrong, rather than the source or the machine.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::LossyFloats)
    }
}

pub(crate) type Result<T> = std::result::Result<T, OptimizeError>;

pub(crate) fn io(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(std::io::Error) -> OptimizeError {
    let path = path.to_owned();
    move |source| OptimizeError::Io {
        action,
        path,
        source,
    }
}

/// An error of Arrow or Parquet on a file.
pub(crate) fn data<E: std::fmt::Display>(
    action: &'static str,
    path: &Path,
) -> impl Fn(E) -> OptimizeError {
    let path = path.to_owned();
    move |e| OptimizeError::Data {
        action,
        path: path.clone(),
        reason: e.to_string(),
    }
}
