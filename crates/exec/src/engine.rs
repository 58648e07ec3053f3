//! What answers: devices, threads, memory.

use crate::{Error, memory};
use std::fmt;
use std::str::FromStr;

/// Which device is to answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Device {
    /// A hardware GPU where one is there and the question is large, else the CPU; a GPU that fails
    /// is replaced by the CPU, and the receipt says so.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU whose name contains the text, or any; software adapters count. It answers or the
    /// question fails.
    Gpu(Option<String>),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "auto" => Ok(Self::Auto),
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "gpu" => Ok(Self::Gpu(None)),
            Some(("gpu", name)) if !name.is_empty() => Ok(Self::Gpu(Some(name.to_owned()))),
            _ => Err(format!(
                "'{text}' is no device; use auto, cpu, gpu or gpu:NAME (see graticule devices)"
            )),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "auto"),
            Self::Cpu => write!(f, "cpu"),
            Self::Gpu(None) => write!(f, "gpu"),
            Self::Gpu(Some(name)) => write!(f, "gpu:{name}"),
        }
    }
}

/// What answers questions. Keeps the GPU and the columns on it between questions; share one.
#[derive(Debug)]
pub struct Engine {
    pub(crate) device: Device,
    pub(crate) threads: usize,
    pub(crate) memory: u64,
    pub(crate) device_memory: u64,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) chunk_rows: Option<usize>,
    pub(crate) gpu_from_rows: Option<u64>,
    #[cfg(feature = "gpu")]
    pub(crate) gpu: crate::gpu::Slot,
}

impl Engine {
    fn new(device: Device) -> Self {
        Self {
            device,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: memory::total() / 2,
            device_memory: 0,
            max_bytes: None,
            chunk_rows: None,
            gpu_from_rows: None,
            #[cfg(feature = "gpu")]
            gpu: crate::gpu::Slot::default(),
        }
    }

    /// An engine that answers on the CPU.
    pub fn cpu() -> Self {
        Self::new(Device::Cpu)
    }

    /// An engine that chooses a device for each question.
    ///
    /// # Errors
    /// None today; choosing may come to need what can fail.
    pub fn auto() -> Result<Self, Error> {
        Ok(Self::new(Device::Auto))
    }

    /// An engine for a device. The device is opened when the first question needs it.
    pub fn on(device: Device) -> Self {
        Self::new(device)
    }

    /// With so many threads, at least one; otherwise one for each core.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Within so many bytes of host memory; otherwise half of what the system has, or the control
    /// group that the process is in.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Bytes of host memory that answers may take.
    pub fn memory_bytes(&self) -> u64 {
        self.memory
    }

    /// Within so many bytes of device memory; otherwise within 1 GiB. A software adapter's memory
    /// is the host's: it is taken out of [`Self::memory`], of which it is a quarter at most unless
    /// this says otherwise.
    #[must_use]
    pub fn device_memory(mut self, bytes: u64) -> Self {
        self.device_memory = bytes;
        self
    }

    /// Refuses questions that may read more than so many bytes from the store, before they do.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// In chunks of so many rows (on a GPU at most 2^20); for tests and measurements, for the answer
    /// does not depend on it.
    #[must_use]
    pub fn chunk_rows(mut self, rows: usize) -> Self {
        self.chunk_rows = Some(rows.max(1));
        self
    }

    /// On [`Device::Auto`], takes any usable GPU, software ones too, for questions of at least so many
    /// rows; for tests and measurements.
    #[must_use]
    pub fn gpu_from_rows(mut self, rows: u64) -> Self {
        self.gpu_from_rows = Some(rows);
        self
    }

    /// Gives up the columns that are on the device, so that the next question brings its own; for
    /// measurements, for the answer does not depend on it.
    pub fn forget_columns(&self) {
        #[cfg(feature = "gpu")]
        self.gpu.forget_columns();
    }

    /// With a device opened in a particular way: reduced limits, checked shaders, injected faults.
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn with_gpu(mut self, options: graticule_gpu::GpuOptions) -> Self {
        self.gpu.options = Some(options);
        self
    }
}
