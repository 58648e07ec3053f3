use graticule_kernels::KernelError;
use std::error::Error;
use thiserror::Error as ThisError;

/// What can go wrong with a device.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum GpuError {
    /// The machine has no adapter that wgpu reaches.
    #[error(
        "no GPU was found: wgpu reaches no Vulkan, Metal or DX12 adapter. Install a driver (Debian's mesa-vulkan-drivers has a software one), or use `device` cpu"
    )]
    NoAdapter,
    /// No adapter has the name that was asked for.
    #[error("no adapter has {asked:?} in its name; found: {}", found.join(", "))]
    NoSuchAdapter {
        /// The name asked for.
        asked: String,
        /// The names there are.
        found: Vec<String>,
    },
    /// The adapter is too small.
    #[error(
        "adapter {adapter:?} allows {has} {limit}, {needed} are needed: use another adapter or `device` cpu"
    )]
    Limits {
        /// The adapter's name.
        adapter: String,
        /// The limit.
        limit: &'static str,
        /// Its value.
        has: u64,
        /// The least that is needed.
        needed: u64,
    },
    /// The adapter would not open.
    #[error("adapter {adapter:?} did not open: {reason}; use another adapter or `device` cpu")]
    Refused {
        /// The adapter's name.
        adapter: String,
        /// What wgpu said.
        reason: String,
    },
    /// A kernel does not compile.
    #[error(
        "adapter {adapter:?} does not compile a kernel: {reason}; use another adapter or `device` cpu"
    )]
    Compile {
        /// The adapter's name.
        adapter: String,
        /// What wgpu said.
        reason: String,
    },
    /// More conditions than are compiled in reasonable time.
    #[error(
        "the question has {found} conditions, and a GPU's compiler takes minutes over more than {most}; use `device` cpu, which takes any number, or `device` auto, which then does"
    )]
    Conditions {
        /// How many there are.
        found: usize,
        /// The most.
        most: usize,
    },
    /// The device went away or said that it cannot go on.
    #[error("the device was lost: {reason}; run the query again, or with `device` cpu")]
    Lost {
        /// What the driver said.
        reason: String,
    },
    /// The device did not finish its work.
    #[error(
        "the device did not answer within {seconds} seconds; run the query with `device` cpu, or raise the limit"
    )]
    Hang {
        /// The limit that passed.
        seconds: f64,
    },
    /// What came back is not what lay on the device.
    #[error(
        "what was read back from the device is damaged ({what}); check the machine's memory and driver, or use `device` cpu"
    )]
    Damaged {
        /// What did not agree.
        what: &'static str,
    },
    /// Device memory does not suffice.
    #[error(
        "no {bytes} bytes of device memory for {what}, of {allowed} bytes allowed: raise `device_memory`, such as to {}", 4 * (*allowed).max(*bytes)
    )]
    OutOfMemory {
        /// What the memory was for.
        what: &'static str,
        /// How much it was.
        bytes: u64,
        /// The bound.
        allowed: u64,
    },
    /// A chunk does not bring what the program says.
    #[error("a chunk does not fit the program: {0}")]
    Chunk(String),
    /// As on the CPU.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// Rows that f64 must decide could not be fetched again.
    #[error("rows on the edge of a filter could not be read again: {0}")]
    Recheck(#[source] Box<dyn Error + Send + Sync>),
}

impl GpuError {
    /// Whether the device is of no more use, so that only another device can answer.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. } | Self::Hang { .. } | Self::Damaged { .. }
        )
    }
}
