//! What answers: devices, threads, memory.

use crate::Error;
use crate::runtime::{Runtime, Settings};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Which device is to answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Device {
    /// A hardware GPU where one is there and is thought to be faster, else the CPU; a GPU that fails
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

/// What answers questions: a handle on threads, memory and a device that all its clones share. Keeps the GPU and the
/// columns on it between questions. Any number of questions may be asked at once: together they stay within the memory
/// setting, for those that would not fit wait, and no thread computes but the engine's own.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) runtime: Arc<Runtime>,
}

impl Engine {
    fn new(settings: Settings) -> Self {
        Self {
            runtime: Arc::new(Runtime::new(settings)),
        }
    }

    /// Another engine, for nothing of this one may have begun.
    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.runtime.settings.clone();
        change(&mut settings);
        Self::new(settings)
    }

    /// An engine that answers on the CPU.
    pub fn cpu() -> Self {
        Self::on(Device::Cpu)
    }

    /// An engine that chooses a device for each question.
    ///
    /// # Errors
    /// None today; choosing may come to need what can fail.
    pub fn auto() -> Result<Self, Error> {
        Ok(Self::on(Device::Auto))
    }

    /// An engine for a device. The device is opened when the first question needs it.
    pub fn on(device: Device) -> Self {
        Self::new(Settings::new(device))
    }

    /// With so many threads, at least one; otherwise one for each core.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        self.with(|settings| settings.set_threads(threads))
    }

    /// Within so many bytes of host memory, all questions together; otherwise half of what the system has, or the control
    /// group that the process is in.
    #[must_use]
    pub fn memory(self, bytes: u64) -> Self {
        self.with(|settings| settings.memory = bytes)
    }

    /// Bytes of host memory that questions may take together.
    pub fn memory_bytes(&self) -> u64 {
        self.runtime.settings.memory
    }

    /// Keeps merged partial answers of so many bytes in all, at most half of the memory, out of which they are taken: who
    /// asks the same again, of the same versions of the same files, has an answer without a byte read. Otherwise none is
    /// kept.
    #[must_use]
    pub fn keep_answers(self, bytes: u64) -> Self {
        self.with(|settings| settings.answers = bytes)
    }

    /// Keeps so many bytes of columns as they lie in their files, packed or compressed; with [`Self::keep_answers`] at most
    /// half of the memory, out of which they are taken. Another question of the same rows reads nothing. A question that
    /// reads more than that keeps nothing. Otherwise none are kept.
    #[must_use]
    pub fn keep_columns(self, bytes: u64) -> Self {
        self.with(|settings| settings.columns = bytes)
    }

    /// Within so many bytes of device memory; otherwise within 1 GiB. A software adapter's memory
    /// is the host's: it is taken out of [`Self::memory`], of which it is a quarter at most unless
    /// this says otherwise.
    #[must_use]
    pub fn device_memory(self, bytes: u64) -> Self {
        self.with(|settings| settings.device_memory = bytes)
    }

    /// Refuses questions that may read more than so many bytes from the store, before they do.
    #[must_use]
    pub fn max_bytes(self, bytes: u64) -> Self {
        self.with(|settings| settings.max_bytes = Some(bytes))
    }

    /// Runs only [parts](crate::run_part) that read nothing but what lies within one of these paths or URLs, for parts may
    /// come from anywhere. A store is the same where it is reached in the same way, options such as an endpoint included.
    #[must_use]
    pub fn read_within(self, roots: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let roots = roots.into_iter().map(Into::into).collect();
        self.with(|settings| settings.roots = Some(roots))
    }

    /// In chunks of so many rows (on a GPU at most 2^20); for tests, for the answer does not depend on it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn chunk_rows(self, rows: usize) -> Self {
        self.with(|settings| settings.chunk_rows = Some(rows.max(1)))
    }

    /// Keeps so many bytes of groups that have left their tables in memory, before others go to disk; for tests, for the
    /// answer does not depend on it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn parted_bytes(self, bytes: u64) -> Self {
        self.with(|settings| settings.parted_bytes = Some(bytes))
    }

    /// On [`Device::Auto`], takes any usable GPU, software ones too, for questions of at least so many
    /// rows; for tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn gpu_from_rows(self, rows: u64) -> Self {
        self.with(|settings| settings.gpu_from_rows = Some(rows))
    }

    /// Opens the device now, which the first question on it would do; nothing on [`Device::Cpu`].
    ///
    /// # Errors
    /// [`Error`] when there is no such device, or it will not open.
    pub async fn open_device(&self) -> Result<(), Error> {
        #[cfg(feature = "gpu")]
        if self.runtime.settings.device != Device::Cpu {
            let (pool, runtime) = (self.runtime.pool()?, self.runtime.clone());
            return pool.run(move || crate::gpu::open(&runtime).map(drop)).await;
        }
        match &self.runtime.settings.device {
            Device::Gpu(_) => Err(Error::NoGpuSupport),
            Device::Auto | Device::Cpu => Ok(()),
        }
    }

    /// Gives up the columns that are on the device, so that the next question brings its own; for
    /// measurements, for the answer does not depend on it.
    pub fn forget_columns(&self) {
        #[cfg(feature = "gpu")]
        self.runtime.gpu.forget_columns();
    }

    /// With a device opened in a particular way: reduced limits, checked shaders, a bound for waits.
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn with_gpu(self, options: graticule_gpu::GpuOptions) -> Self {
        self.with(|settings| settings.gpu = Some(options))
    }
}
