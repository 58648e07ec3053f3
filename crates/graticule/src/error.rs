use thiserror::Error;

/// What can go wrong with a question.
#[derive(Debug, Error)]
pub enum Error {
    /// The question makes no sense for the dataset.
    #[error(transparent)]
    Plan(#[from] graticule_plan::PlanError),
    /// A coordinate or a box makes no sense.
    #[error(transparent)]
    Geo(#[from] graticule_geo::GeoError),
    /// The dataset cannot be read.
    #[error(transparent)]
    Dataset(#[from] graticule_dataset::DatasetError),
    /// The groups do not fit, or statistics lie.
    #[error(transparent)]
    Kernel(#[from] graticule_kernels::KernelError),
    /// The GPU failed.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] graticule_gpu::GpuError),
    /// A GPU was asked for and this build has none.
    #[error(
        "this graticule was built without GPU support; use --device cpu, or build with --features gpu"
    )]
    NoGpuSupport,
    /// An integer sum does not fit its type.
    #[error(
        "{aggregate} overflows Int64 in {group}; filter more, group finer, or ask for the mean"
    )]
    Overflow {
        /// The aggregate.
        aggregate: String,
        /// Its group.
        group: String,
    },
    /// A time bucket begins before the least time that its unit can hold.
    #[error(
        "{key} has a group that begins outside the calendar; leave it out with --time FROM..TO"
    )]
    TimeRange {
        /// The key.
        key: String,
    },
    /// A format that needs a place, of rows that have none.
    #[error(
        "this format needs to know where rows are: group by geohash:P, h3:R or tile:Z, or select the longitude and latitude columns"
    )]
    NoGeometry,
    /// Two texts that the same hash stands for.
    #[error(
        "the texts '{}' and '{}' cannot be told apart, for their 64-bit hashes are equal; filter one of them out", .texts[0], .texts[1]
    )]
    SameHash {
        /// The texts.
        texts: [String; 2],
    },
    /// A partial answer came without the texts of its keys.
    #[error("a partial answer came without the batch of its texts; pass all batches of a part on")]
    Texts,
    /// The question would read more than it may.
    #[error(
        "this question reads up to {needed} bytes in {requests} requests, and --max-bytes allows {allowed}; filter more, or allow {needed}"
    )]
    TooMuch {
        /// Bytes that it may read.
        needed: u64,
        /// Requests for them.
        requests: u64,
        /// The limit.
        allowed: u64,
    },
    /// A row group that does not fit the memory setting.
    #[error(
        "reading '{path}' needs {needed} bytes of memory for one row group and {allowed} are allowed; raise --memory to {needed} or rewrite the file with smaller row groups"
    )]
    RowGroup {
        /// The file.
        path: String,
        /// Bytes needed in all.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// Groups that outgrow memory cannot go to disk, or not come back.
    #[error(
        "the groups outgrow memory and cannot be kept in '{folder}': {source}; make room there, set TMPDIR to another folder, raise --memory, or group coarser"
    )]
    Spill {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// An answer that does not fit the memory setting as a whole.
    #[error(
        "the answer has {rows} rows, which take {needed} bytes of memory, and {allowed} are allowed; write it to a file with graticule query -o, ask for --top N, or raise --memory"
    )]
    AnswerSize {
        /// Rows of the answer, as far as they are known.
        rows: u64,
        /// Bytes needed in all.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// A file cannot be written.
    #[error("'{path}' cannot be written: {source}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Arrow refuses a column.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet refuses a column.
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A part of another version.
    #[error("this part is of version {found}, this graticule runs version {known}")]
    PartVersion {
        /// The part's.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The work was stopped.
    #[error("stopped")]
    Stopped,
    /// A worker thread ended early, which is a bug.
    #[error("a worker thread died; please report this with the query: {0}")]
    Worker(String),
}

impl Error {
    /// Whether the device that was asked for is not on this machine, or not for this build.
    pub fn is_no_device(&self) -> bool {
        match self {
            Self::NoGpuSupport => true,
            #[cfg(feature = "gpu")]
            Self::Gpu(error) => {
                use graticule_gpu::GpuError::{NoAdapter, NoSuchAdapter};
                matches!(error, NoAdapter | NoSuchAdapter { .. })
            }
            _ => false,
        }
    }
}
