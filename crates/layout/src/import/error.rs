use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why nothing was imported. Whatever it is, the destination is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// An argument that makes no sense.
    #[error("{argument} '{value}': {reason}")]
    Argument {
        /// A setting by its name in backticks, the source or the destination.
        argument: &'static str,
        /// As written.
        value: String,
        /// What is wrong with it, and what to write.
        reason: String,
    },
    /// No file to read.
    #[error(
        "'{}' holds no {wanted} file; name the files, or give `format`", path.display()
    )]
    NoFiles {
        /// The folder.
        path: PathBuf,
        /// The formats looked for.
        wanted: String,
    },
    /// A file whose name does not tell its format.
    #[error(
        "'{name}': its name does not tell the format; give `format` csv, gpx, geojson or arrow"
    )]
    UnknownFormat {
        /// The file, or standard input.
        name: String,
    },
    /// Files of two formats.
    #[error("'{first}' is {there} and '{second}' is {here}; import one format at a time")]
    MixedFormats {
        /// The first file.
        first: String,
        /// Its format.
        there: &'static str,
        /// The file that differs.
        second: String,
        /// Its format.
        here: &'static str,
    },
    /// The destination holds something.
    #[error(
        "{} already holds '{found}': name an empty or new directory, or empty this one first", dir.display()
    )]
    NotEmpty {
        /// The destination.
        dir: PathBuf,
        /// One of the names found there.
        found: String,
    },
    /// Another import writes there now.
    #[error("another import is writing to {}; wait for it, or name another directory", dir.display())]
    Busy {
        /// The destination.
        dir: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}: {source}{advice}", path.display(), advice = advice(.source))]
    Io {
        /// What was tried: "read", "create", "write".
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that cannot be understood as a whole.
    #[error("'{file}': {reason}")]
    File {
        /// The file, or standard input.
        file: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A role that no column has.
    #[error(
        "'{file}' has no {role} column: none is named {tried}; `{setting}` names one of its columns: {columns}"
    )]
    NoColumn {
        /// The file.
        file: String,
        /// longitude, latitude, time, ...
        role: &'static str,
        /// The names looked for.
        tried: String,
        /// The setting that names it, such as `lon`.
        setting: &'static str,
        /// The names that there are.
        columns: String,
    },
    /// No line could be read.
    #[error("none of the {lines} records could be read; the first is {first}")]
    AllRejected {
        /// How many there are.
        lines: u64,
        /// The first of them.
        first: String,
    },
    /// More lines were rejected than the caller allows.
    #[error("more than {limit} records were rejected (`max_rejects`); the last is {last}")]
    TooManyRejects {
        /// The limit.
        limit: u64,
        /// The one that was too many.
        last: String,
    },
    /// A Parquet file could not be written.
    #[error("cannot write Parquet to {}: {source} (check the free space)", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
    /// A thread ended without an answer: a bug in this crate.
    #[error(
        "this is a bug in graticule: {0}; nothing was written. Please report it with the command, and with the file where one is named"
    )]
    ThreadDied(String),
    /// The caller asked to stop.
    #[error("stopped; nothing was written")]
    Stopped,
}

impl ImportError {
    pub(crate) fn io(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// Whether the arguments were wrong, rather than the data or the machine.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Argument { .. }
                | Self::UnknownFormat { .. }
                | Self::MixedFormats { .. }
                | Self::NotEmpty { .. }
        )
    }
}

fn advice(source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind as K;
    match source.kind() {
        K::NotFound => " (check the path)",
        K::PermissionDenied => " (check its permissions)",
        K::StorageFull | K::QuotaExceeded => " (free some space, or name another place)",
        K::UnexpectedEof | K::InvalidData | K::InvalidInput => {
            " (the file is damaged or cut short: copy it again, or leave it out)"
        }
        _ => "",
    }
}
