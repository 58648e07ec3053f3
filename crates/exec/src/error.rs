use crate::Device;
use crate::runtime::Settings;
use graticule_kernels::KernelError;
use thiserror::Error;

/// What can go wrong with a question. Messages name settings in backticks, as in `memory`, so that each front can spell
/// them its way.
#[derive(Debug, Error)]
#[non_exhaustive]
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
    /// A row's key is outside what a file's statistics state.
    #[error(
        "{0}: a row has a key outside the range that the statistics of its file state; the file's footer is wrong: rewrite the file, or read without statistics (`ignore_statistics`)"
    )]
    Stray(String),
    /// The groups do not fit.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The GPU failed.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] graticule_gpu::GpuError),
    /// A GPU was asked for and this build has none.
    #[error(
        "this graticule was built without GPU support; use `device` cpu, or build it with its feature gpu"
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
    /// A time bucket begins where the unit of its times can tell none.
    #[error(
        "{key} has a group whose beginning nothing can tell: a row's time is {times}; such times mostly stand for none \
         at all: leave them out with `time` FROM..TO"
    )]
    TimeRange {
        /// The key.
        key: String,
        /// The times of the group.
        times: String,
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
    /// The texts of keys do not fit the memory setting.
    #[error(
        "the keys have {texts} different texts so far, which take more memory than is allowed; of {allowed} bytes a quarter is for them. Were each row to have one of its own, {needed} bytes would suffice: raise `memory`, group by another column, or filter more"
    )]
    TextMemory {
        /// Texts when the limit was met.
        texts: u64,
        /// Bytes needed in all, at worst.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// The rows of a selection that is ordered do not fit the memory setting.
    #[error(
        "{rows} rows that may be the first ones take {bytes} bytes, of {allowed} that are for them: raise `memory`, lower `limit`, or select fewer columns"
    )]
    OrderMemory {
        /// Rows that were kept.
        rows: u64,
        /// Bytes that they take.
        bytes: u64,
        /// The limit, a quarter of the memory.
        allowed: u64,
    },
    /// The values that an exact aggregate looks at do not fit the memory setting.
    #[error(
        "groups with {values} different values take {bytes} bytes, of {allowed} that are for them: raise `memory`, filter more, or ask for a quantile that is not `exact`"
    )]
    PairMemory {
        /// Different values of groups when the limit was met.
        values: u64,
        /// Bytes that they take.
        bytes: u64,
        /// The limit.
        allowed: u64,
    },
    /// The values of a column that are also in another region do not fit the memory setting.
    #[error(
        "more than {values} values of '{column}' are in the region of `also_in`, which take more memory than is allowed; of {allowed} bytes a quarter is for them: raise `memory`, or filter more"
    )]
    AlsoInMemory {
        /// The column.
        column: String,
        /// Values when the limit was met.
        values: u64,
        /// The limit.
        allowed: u64,
    },
    /// The groups do not fit the memory setting.
    #[error(
        "the groups need more memory than is allowed: {groups} groups of {bytes_per_group} bytes each met a bound of {bound} bytes, of {allowed} allowed in all. The question has at most {most} groups, for which {needed} bytes suffice: raise `memory`, group coarser, or filter more"
    )]
    GroupMemory {
        /// Groups when the limit was met.
        groups: u64,
        /// Bytes that a group takes.
        bytes_per_group: u64,
        /// Bytes that these groups might take.
        bound: u64,
        /// The limit.
        allowed: u64,
        /// The most groups that there can be.
        most: u64,
        /// Bytes needed in all for so many.
        needed: u64,
    },
    /// The question would read more than it may.
    #[error(
        "this question reads up to {needed} bytes in {requests} requests, and `max_bytes` allows {allowed}; filter more, or allow {needed}"
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
        "reading '{path}' needs {needed} bytes of memory for one row group and {allowed} are allowed; raise `memory` to {needed} or rewrite the file with smaller row groups"
    )]
    RowGroup {
        /// The file.
        path: String,
        /// Bytes needed in all.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// Pages or buffers that do not fit the memory setting once they are decompressed.
    #[error(
        "'{path}', row group {row_group}: its pages need {needed} bytes of memory once they are decompressed and {allowed} are allowed; raise `memory` to {needed} or rewrite the file with smaller pages"
    )]
    Page {
        /// The file.
        path: String,
        /// Index of the row group.
        row_group: usize,
        /// Bytes needed in all.
        needed: u64,
        /// The limit.
        allowed: u64,
    },
    /// Groups that outgrow memory cannot go to disk, or not come back.
    #[error(
        "the groups outgrow memory and cannot be kept in '{folder}': {source}; make room there, set TMPDIR to another folder, raise `memory`, or group coarser"
    )]
    Spill {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// An answer that does not fit the memory setting as a whole.
    #[error(
        "the answer has {rows} rows, which take {needed} bytes of memory, and {allowed} are allowed; pull its rows as a stream, ask for the `top` N, or raise `memory`"
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
    /// The system gives no threads.
    #[error("no thread can be started: {0}; ask for fewer with `threads`")]
    Threads(#[source] std::io::Error),
    /// A thread or a task of graticule's own panicked or came to no end, which is a bug.
    #[error(
        "this is a bug in graticule: {0}; no answer was given. Please report it with the question, and with the file where one is named"
    )]
    Worker(String),
}

/// What kind of failure an [`enum@Error`] is: what a caller may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The question makes no sense, of this dataset or at all: ask another one.
    Question,
    /// The dataset cannot be read, or says what is not so.
    Dataset,
    /// The question needs more memory than it may take, or reads more than it may.
    Limit,
    /// The device that was asked for is not there, or failed.
    Device,
    /// What is to be written cannot be.
    Output,
    /// The work was stopped by who asked.
    Stopped,
    /// A fault of graticule's own, or of the system.
    Internal,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Plan(_)
            | Self::Geo(_)
            | Self::Kernel(KernelError::Derived(_))
            | Self::Overflow { .. }
            | Self::TimeRange { .. }
            | Self::NoGeometry
            | Self::SameHash { .. }
            | Self::Texts
            | Self::PartVersion { .. } => ErrorKind::Question,
            Self::Dataset(_) | Self::Stray(_) | Self::Kernel(KernelError::Stray) => {
                ErrorKind::Dataset
            }
            Self::Kernel(KernelError::Memory { .. } | KernelError::Groups { .. })
            | Self::TextMemory { .. }
            | Self::OrderMemory { .. }
            | Self::AlsoInMemory { .. }
            | Self::GroupMemory { .. }
            | Self::PairMemory { .. }
            | Self::TooMuch { .. }
            | Self::RowGroup { .. }
            | Self::Page { .. }
            | Self::AnswerSize { .. } => ErrorKind::Limit,
            Self::NoGpuSupport => ErrorKind::Device,
            #[cfg(feature = "gpu")]
            Self::Gpu(_) => ErrorKind::Device,
            Self::Spill { .. } | Self::Write { .. } | Self::Arrow(_) | Self::Parquet(_) => {
                ErrorKind::Output
            }
            Self::Stopped => ErrorKind::Stopped,
            Self::Kernel(_) | Self::Threads(_) | Self::Worker(_) => ErrorKind::Internal,
        }
    }

    /// The same of rows on their way to a file, which writers of formats do not know.
    #[must_use]
    pub fn writing_to(self, path: &str) -> Self {
        let source = match self {
            Self::Write { source, .. } => source,
            Self::Parquet(error) => std::io::Error::other(error),
            Self::Arrow(error) => std::io::Error::other(error),
            error => return error,
        };
        let path = path.to_owned();
        Self::Write { path, source }
    }

    /// The same of a question of so many programs and rows: groups that do not fit are told with the memory
    /// that they need at most, as `memory` bounds it.
    pub(crate) fn within(self, settings: &Settings, programs: usize, rows: u64) -> Self {
        let Self::Kernel(KernelError::Memory {
            groups,
            bytes_per_group,
            allowed: bound,
            most_groups,
            ..
        }) = self
        else {
            return self;
        };
        let most = most_groups.min(rows).max(groups);
        // Each thread has groups of its own, of each program, and half of the memory is for all of them
        // together; a software adapter's memory comes out of it.
        let halves = if settings.device == Device::Cpu { 2 } else { 4 };
        let shares = halves * (settings.threads() as u64 + 1) * programs as u64;
        let needed = most.saturating_mul(bytes_per_group).saturating_mul(shares);
        Self::GroupMemory {
            groups,
            bytes_per_group,
            bound,
            allowed: settings.free(),
            most,
            needed,
        }
    }

    /// Whether more memory might have helped.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(
            self,
            Self::Kernel(KernelError::Memory { .. })
                | Self::GroupMemory { .. }
                | Self::PairMemory { .. }
                | Self::TextMemory { .. }
                | Self::RowGroup { .. }
                | Self::Page { .. }
        )
    }

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
