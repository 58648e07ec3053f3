//! What the questions of an engine share: computing threads, memory, a device.

use crate::answers::Answers;
use crate::pool::Pool;
use crate::schedule::most_threads;
use crate::{Device, Error, memory};
use graticule_dataset::{Cost, Hot};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::runtime::{Builder, Runtime as Tokio};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What an engine was asked to be.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) device: Device,
    threads: usize,
    pub(crate) memory: u64,
    pub(crate) device_memory: u64,
    pub(crate) max_bytes: Option<u64>,
    /// Where parts may read; anywhere where nothing is said.
    pub(crate) roots: Option<Vec<String>>,
    pub(crate) chunk_rows: Option<usize>,
    pub(crate) gpu_from_rows: Option<u64>,
    /// Bytes of groups that have left their tables and stay in memory.
    pub(crate) parted_bytes: Option<u64>,
    /// Bytes of partial answers that are kept.
    pub(crate) answers: u64,
    /// Bytes of columns that are kept as they lie in files.
    pub(crate) columns: u64,
    /// What is asked of the device beyond the other settings.
    #[cfg(feature = "gpu")]
    pub(crate) gpu: Option<graticule_gpu::GpuOptions>,
}

impl Settings {
    pub(crate) fn new(device: Device) -> Self {
        Self {
            device,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: memory::total() / 2,
            device_memory: 0,
            max_bytes: None,
            roots: None,
            chunk_rows: None,
            gpu_from_rows: None,
            parted_bytes: None,
            answers: 0,
            columns: 0,
            #[cfg(feature = "gpu")]
            gpu: None,
        }
    }

    pub(crate) fn set_threads(&mut self, threads: usize) {
        self.threads = threads.max(1);
    }

    /// Computing threads: no more than memory has tables for, for each takes memory of its own though no question may use it.
    pub(crate) fn threads(&self) -> usize {
        self.threads.min(most_threads(self.memory))
    }

    /// Refuses what reads more than a question may.
    pub(crate) fn allow(&self, cost: Cost) -> Result<(), Error> {
        let Cost { bytes, requests } = cost;
        match self.max_bytes {
            Some(allowed) if bytes > allowed => Err(Error::TooMuch {
                needed: bytes,
                requests,
                allowed,
            }),
            _ => Ok(()),
        }
    }

    /// Bytes of answers and of columns that are kept: each as asked, together at most half of the memory.
    fn kept(&self) -> (u64, u64) {
        let half = self.memory / 2;
        let answers = self.answers.min(half);
        (answers, self.columns.min(half - answers))
    }

    /// Bytes that questions may take together.
    pub(crate) fn free(&self) -> u64 {
        let (answers, columns) = self.kept();
        self.memory - answers - columns
    }
}

/// What the questions of an engine share.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) settings: Settings,
    /// Started by the first question.
    pool: Mutex<Option<Pool>>,
    /// The memory setting in kilobytes, of which each question reserves what it may take.
    memory: Arc<Semaphore>,
    pub(crate) answers: Answers,
    pub(crate) columns: Hot,
    #[cfg(feature = "gpu")]
    pub(crate) gpu: crate::gpu::Slot,
}

/// Memory that a question may take, given back when this goes.
#[derive(Debug)]
pub(crate) struct Reservation {
    pub(crate) bytes: u64,
    _permit: OwnedSemaphorePermit,
}

/// Permits of a semaphore are of a kilobyte, so that the limit on their number is far away.
pub(crate) fn kilobytes(bytes: u64) -> u32 {
    let most = u32::MAX / 8;
    u32::try_from(bytes / 1024 + 1).map_or(most, |kilobytes| kilobytes.min(most))
}

impl Runtime {
    pub(crate) fn new(settings: Settings) -> Self {
        let (answers, columns) = settings.kept();
        let memory = kilobytes(settings.free());
        Self {
            memory: Arc::new(Semaphore::new(memory as usize)),
            answers: Answers::within(answers),
            columns: Hot::within(columns),
            settings,
            pool: Mutex::default(),
            #[cfg(feature = "gpu")]
            gpu: crate::gpu::Slot::default(),
        }
    }

    /// The computing threads; started, unless they were.
    pub(crate) fn pool(&self) -> Result<Pool, Error> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match &*pool {
            Some(pool) => Ok(pool.clone()),
            None => Ok(pool.insert(Pool::new(self.settings.threads())?).clone()),
        }
    }

    /// Bytes that questions may take together.
    pub(crate) fn memory(&self) -> u64 {
        self.settings.free()
    }

    /// Waits until a question may take so many bytes, or all of the memory if they are more. Who came first is
    /// served first.
    pub(crate) async fn reserve(&self, bytes: u64) -> Result<Reservation, Error> {
        let bytes = bytes.min(self.memory());
        let permit = self.memory.clone().acquire_many_owned(kilobytes(bytes));
        Ok(Reservation {
            bytes,
            _permit: permit.await.map_err(|_| Error::Stopped)?,
        })
    }
}

/// Threads that may wait for a disk at the same time.
const BLOCKING: usize = 16;

/// The runtime that all reading happens on, whatever executor the caller has.
pub(crate) fn io() -> &'static Tokio {
    static IO: OnceLock<Tokio> = OnceLock::new();
    IO.get_or_init(|| {
        // Bytes are put together and footers parsed there.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(cores.clamp(2, 8))
            // Files of a disk are listed, opened and read by them; a question has a few reads under way.
            .max_blocking_threads(BLOCKING)
            .thread_name("graticule-io")
            .enable_all();
        #[expect(clippy::expect_used, reason = "without threads nothing can work")]
        builder.build().expect("the system has threads to give")
    })
}
