use thiserror::Error;

/// What can go wrong with a dataset.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// The path or URL makes no sense, or its store is not built in.
    #[error("'{url}' cannot be opened: {reason}")]
    Url {
        /// As written.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing is there.
    #[error("there is nothing at '{path}'; check the path")]
    Missing {
        /// Where.
        path: String,
    },
    /// A directory without data files.
    #[error(
        "'{url}' holds no data file: a dataset is a Parquet or Arrow file, or a directory with files that end in .parquet, .pq, .arrow, .feather or .ipc{found}"
    )]
    NoFiles {
        /// Where.
        url: String,
        /// What is there instead, after a semicolon.
        found: String,
    },
    /// A table that cannot be read as its log says.
    #[error(
        "'{url}' is a table of {format}: {reason}. `as_files` reads the files as they lie, rows that were deleted or replaced included"
    )]
    Table {
        /// As written.
        url: String,
        /// Who keeps the log.
        format: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A version was asked for of what has none.
    #[error(
        "'{url}' is no Delta Lake or Iceberg table, so there is no version {asked} of it; leave out `as_of`"
    )]
    NoVersions {
        /// As written.
        url: String,
        /// What was asked for.
        asked: String,
    },
    /// The store failed.
    #[error("'{path}' cannot be read: {source}")]
    Store {
        /// The object.
        path: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// The store answered too late, or with failures only.
    #[error(
        "'{path}' cannot be read: {tries} requests in {seconds:.1} s brought nothing, the last because: {reason}; check the address and the network, or be more patient with `patience`"
    )]
    Unreachable {
        /// The object, or the place that was listed.
        path: String,
        /// How long it was tried since the last byte.
        seconds: f64,
        /// How many requests were made.
        tries: u64,
        /// Why the last one failed.
        reason: String,
    },
    /// The store knows the object and does not let us read it.
    #[error("'{path}' may not be read: {reason}; {advice}")]
    Denied {
        /// The object, or the place that was listed.
        path: String,
        /// What the store said.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// The store answers, and will not do what it is asked for.
    #[error("'{path}' cannot be read: {reason}")]
    Refused {
        /// The object, or the place that was listed.
        path: String,
        /// What the store said.
        reason: String,
    },
    /// The file was replaced after the dataset was opened.
    #[error("'{path}' changed while it was being read; run the question again")]
    Changed {
        /// The object.
        path: String,
    },
    /// Not a Parquet or Arrow file, or a damaged one.
    #[error(
        "'{path}' is not a readable Parquet or Arrow file: {reason}; copy it again or leave it out"
    )]
    Footer {
        /// The object.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of a format that has to become another one first.
    #[error("'{path}' cannot be asked as it is: {reason}")]
    Unreadable {
        /// The object.
        path: String,
        /// What it is, and what to do.
        reason: &'static str,
    },
    /// A link in a directory that leads nowhere: what it stood for would be missing.
    #[error(
        "'{path}' is a link to '{target}', which is not there; mount or restore that, or remove the link"
    )]
    Dangling {
        /// The link.
        path: String,
        /// What it names.
        target: String,
    },
    /// A directory, or a part of it, that cannot be listed.
    #[error("'{path}' cannot be listed: {reason}")]
    Listing {
        /// The directory.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The manifest cannot be kept.
    #[error(
        "the manifest '{path}' cannot be written: {source}; name another directory in GRATICULE_CACHE_DIR"
    )]
    Manifest {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Folders do not say the time as they were declared to.
    #[error("`partition_time` {partition}: {reason}")]
    PartitionTime {
        /// The partition column.
        partition: String,
        /// What is wrong.
        reason: String,
    },
    /// Damaged data.
    #[error(
        "'{path}', row group {row_group}: its data cannot be decoded: {reason}; the file is damaged, copy it again or leave it out"
    )]
    Data {
        /// The object.
        path: String,
        /// Index of the row group.
        row_group: usize,
        /// What is wrong.
        reason: String,
    },
    /// A value that cannot be read as the column has it in the dataset.
    #[error(
        "'{path}', row group {row_group}: column '{column}' cannot be read: {reason}; questions that do not touch it can be asked, and optimize leaves it out with `without`"
    )]
    Value {
        /// The object.
        path: String,
        /// Index of the row group.
        row_group: usize,
        /// The column.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// A column that cannot be decoded.
    #[error(
        "'{path}', row group {row_group}: column '{column}' ({data_type}) cannot be decoded: {reason}; the file is damaged there, copy it again, or ask without the column"
    )]
    Undecodable {
        /// The object.
        path: String,
        /// Index of the row group.
        row_group: usize,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
        /// What is wrong.
        reason: String,
    },
    /// A column that was named and cannot be what it was named for.
    #[error("column '{column}' cannot be used: {reason}")]
    Column {
        /// The column.
        column: String,
        /// What is wrong, and in which files.
        reason: String,
    },
    /// A coordinate or time column that is missing.
    #[error(
        "'{path}' has no {role} column: none is named {tried}; `{setting}` names one of its columns: {columns}"
    )]
    NoColumn {
        /// The object.
        path: String,
        /// longitude, latitude or time.
        role: &'static str,
        /// The names looked for.
        tried: String,
        /// The setting that names it, such as `lon`.
        setting: &'static str,
        /// The names that there are.
        columns: String,
    },
    /// A coordinate or time column of a type that it cannot have.
    #[error("'{path}': column '{column}' is {data_type}, but the {role} column must be {wanted}")]
    ColumnType {
        /// The object.
        path: String,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
        /// longitude, latitude or time.
        role: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// Coordinates of which nobody knows what their numbers mean.
    #[error(
        "'{path}': {reason}; say which with `coordinate_unit` degrees, 1e-7, 1e-6 or semicircles"
    )]
    CoordinateUnit {
        /// The object.
        path: String,
        /// The columns, and why it is not known.
        reason: String,
    },
    /// A GeoParquet file whose geometry is not points in degrees.
    #[error("'{path}': its geometry cannot be read as points: {reason}")]
    Geometry {
        /// The object.
        path: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A file whose points are other columns than those of the others.
    #[error(
        "'{path}' has no column '{column}', which is a coordinate in '{first}', but has {held}; ask such files apart, or name the coordinates of all files with `lon` and `lat`: rows of files that lack these have no place"
    )]
    Apart {
        /// The file.
        path: String,
        /// A file that has the coordinates.
        first: String,
        /// The coordinate that the file lacks.
        column: String,
        /// What it has instead.
        held: String,
    },
}

impl DatasetError {
    pub(crate) fn store(path: &str, source: object_store::Error) -> Self {
        match source {
            object_store::Error::NotFound { .. } => Self::Missing {
                path: path.to_owned(),
            },
            object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. } => {
                Self::Changed {
                    path: path.to_owned(),
                }
            }
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Denied {
                path: path.to_owned(),
                reason: source.to_string(),
                advice: "check the permissions",
            },
            source => Self::Store {
                path: path.to_owned(),
                source,
            },
        }
    }
}
