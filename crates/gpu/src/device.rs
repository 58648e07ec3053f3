//! The device: opened once, kept for many queries, and never waited for without a bound.

use crate::adapter;
use crate::compose::{Rewrite, compose_checksum};
#[cfg(feature = "testing")]
use crate::fault::Fault;
use crate::fault::Faults;
use crate::memory::{Budget, Held, LEAST_MEMORY, Ledger};
use crate::slab::ColumnKey;
use crate::stream::Stream;
use crate::{GpuError, Method, Shape};
use graticule_columns::RowOrigin;
use graticule_kernels::Program;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How to open a device.
#[derive(Clone)]
pub struct GpuOptions {
    /// Part of the adapter's name, in any case; `None` for the best one.
    pub name: Option<String>,
    /// Bound of all buffers together, in bytes.
    pub device_memory: u64,
    /// Whether to ask for no more than WebGPU's default limits: what tests run weaker adapters with.
    pub reduced: bool,
    /// Whether shader modules are trusted, so that bounds checks and loop bounds are left out.
    pub trusted: bool,
    /// The longest wait for a submission; `None` for 20 s, or 60 s on a software adapter.
    pub wait: Option<Duration>,
    /// A fault to inject.
    #[cfg(feature = "testing")]
    pub fault: Option<Fault>,
}

impl Default for GpuOptions {
    fn default() -> Self {
        Self {
            name: None,
            device_memory: 1 << 30,
            reduced: false,
            trusted: true,
            wait: None,
            #[cfg(feature = "testing")]
            fault: None,
        }
    }
}

impl fmt::Debug for GpuOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GpuOptions");
        shown
            .field("name", &self.name)
            .field("device_memory", &self.device_memory)
            .field("reduced", &self.reduced)
            .field("trusted", &self.trusted)
            .field("wait", &self.wait);
        #[cfg(feature = "testing")]
        shown.field("fault", &self.fault);
        shown.finish_non_exhaustive()
    }
}

/// What a receipt says of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceDescription {
    /// The adapter's name.
    pub name: String,
    /// The API through which wgpu reaches it.
    pub backend: String,
    /// Whether it computes on the CPU.
    pub is_software: bool,
}

/// An open device with its pipelines and resident columns. Cheap to clone; clones are the same device.
#[derive(Clone)]
pub struct Gpu {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gpu").field(&self.describe()).finish()
    }
}

pub(crate) struct Inner {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) bind_group_layout: wgpu::BindGroupLayout,
    pub(crate) budget: Budget,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) faults: Faults,
    pub(crate) is_software: bool,
    description: DeviceDescription,
    pipeline_layout: wgpu::PipelineLayout,
    /// Whether modules are compiled without checks.
    is_trusted: bool,
    rewrite: Option<Arc<Rewrite>>,
    wait: Duration,
    /// Why the device is of no more use; set once, by a callback or a failed wait.
    poison: Arc<OnceLock<String>>,
    hung: AtomicBool,
    pipelines: Mutex<HashMap<String, wgpu::ComputePipeline>>,
    stream: Mutex<Stream>,
}

impl Gpu {
    /// Opens a device.
    ///
    /// # Errors
    /// When there is no such adapter, it is too small, or it will not open.
    pub fn open(options: &GpuOptions) -> Result<Self, GpuError> {
        Self::open_with(options, None)
    }

    /// As [`Self::open`], with shaders changed before they are compiled: how tests make mutants. Such
    /// modules are never trusted.
    ///
    /// # Errors
    /// As [`Self::open`].
    #[cfg(feature = "testing")]
    pub fn open_rewritten(options: &GpuOptions, rewrite: Arc<Rewrite>) -> Result<Self, GpuError> {
        Self::open_with(options, Some(rewrite))
    }

    fn open_with(options: &GpuOptions, rewrite: Option<Arc<Rewrite>>) -> Result<Self, GpuError> {
        let adapter = adapter::choose(options)?;
        adapter::check(&adapter)?;
        if options.device_memory < LEAST_MEMORY {
            return Err(GpuError::OutOfMemory {
                what: "the smallest set of buffers",
                bytes: LEAST_MEMORY,
                allowed: options.device_memory,
            });
        }
        let info = adapter.get_info();
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let limits = adapter::limits(&adapter, options.reduced);
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("graticule"),
            required_features: wgpu::Features::empty(),
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request).map_err(|e| GpuError::Refused {
            adapter: info.name.clone(),
            reason: e.to_string(),
        })?;
        let poison = watch(&device);
        let bind_group_layout = bind_group_layout(&device);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&bind_group_layout)],
            immediate_size: 0,
        });
        let seconds = if is_software { 60 } else { 20 };
        let budget = Budget::new(options.device_memory, &limits);
        let inner = Inner {
            ledger: Ledger::new(options.device_memory),
            faults: Faults::new(options),
            description: DeviceDescription {
                name: info.name,
                backend: adapter::backend_name(info.backend),
                is_software,
            },
            wait: options.wait.unwrap_or(Duration::from_secs(seconds)),
            is_trusted: options.trusted && rewrite.is_none(),
            rewrite,
            hung: AtomicBool::new(false),
            pipelines: Mutex::default(),
            stream: Mutex::new(Stream::new(budget)),
            is_software,
            device,
            queue,
            bind_group_layout,
            pipeline_layout,
            budget,
            poison,
        };
        inner.stream().fill_ring(&inner)?;
        inner.check()?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// What a receipt says of the device.
    pub fn describe(&self) -> DeviceDescription {
        self.inner.description.clone()
    }

    /// Whether the given columns of these rows are on the device, all where one kernel reaches them.
    pub fn has_resident(&self, origin: &RowOrigin, keys: &[ColumnKey]) -> bool {
        self.inner.check().is_ok() && self.inner.stream().slabs.has(origin, keys)
    }

    /// Gives up the columns that are on the device; the memory and the pipelines stay.
    pub fn forget_columns(&self) {
        self.inner.stream().slabs.clear();
    }

    /// Whether the device still answers; one that was lost or hung never does again.
    pub fn is_usable(&self) -> bool {
        self.inner.check().is_ok()
    }

    /// Bytes of device memory in use, and the most that ever were.
    pub fn memory(&self) -> (u64, u64) {
        (self.inner.ledger.used(), self.inner.ledger.peak())
    }
}

/// Sets the callbacks that keep wgpu from panicking.
fn watch(device: &wgpu::Device) -> Arc<OnceLock<String>> {
    let poison = Arc::new(OnceLock::new());
    let on_error = Arc::clone(&poison);
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        let _ = on_error.set(error.to_string());
    }));
    let on_lost = Arc::clone(&poison);
    device.set_device_lost_callback(move |reason, message| {
        let _ = on_lost.set(format!("{reason:?}: {message}"));
    });
    poison
}

/// Buffers that a kernel binds, and which of them it only reads.
const READ_ONLY: [bool; STORAGE_BUFFERS as usize] = [true, true, false, false, true, true];
/// Buffers that a kernel binds.
pub(crate) const STORAGE_BUFFERS: u32 = 6;

fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |(binding, read_only)| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &(0..).zip(READ_ONLY).map(entry).collect::<Vec<_>>(),
    })
}

impl Inner {
    pub(crate) fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the device can still be used, as far as is known.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        if self.hung.load(Ordering::Relaxed) {
            return Err(GpuError::Hang {
                seconds: self.wait.as_secs_f64(),
            });
        }
        match self.poison.get() {
            Some(reason) => Err(GpuError::Lost {
                reason: reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Marks the device as lost.
    pub(crate) fn lose(&self, reason: &str) -> GpuError {
        let _ = self.poison.set(reason.to_owned());
        GpuError::Lost {
            reason: self.poison.get().cloned().unwrap_or_default(),
        }
    }

    /// Makes a buffer within the bound.
    pub(crate) fn buffer(
        &self,
        what: &'static str,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<Held, GpuError> {
        self.check()?;
        let bytes = bytes.max(16).next_multiple_of(16);
        self.ledger.take(what, bytes)?;
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(what),
            size: bytes,
            usage,
            mapped_at_creation: usage.contains(wgpu::BufferUsages::MAP_WRITE),
        });
        let held = Held {
            buffer,
            bytes,
            ledger: Arc::clone(&self.ledger),
        };
        let refused = pollster::block_on(scope.pop()).is_some() || self.faults.allocated();
        self.check()?;
        if refused {
            return Err(GpuError::OutOfMemory {
                what,
                bytes,
                allowed: self.ledger.allowed,
            });
        }
        Ok(held)
    }

    /// Polls until `done`, or the bound passes.
    pub(crate) fn wait(&self, done: impl Fn() -> bool) -> Result<(), GpuError> {
        let begin = Instant::now();
        loop {
            self.check()?;
            if !self.faults.hangs() {
                // Not a wait for a submission: where one times out while another thread's poll empties the
                // queue, wgpu-core 30.0.1 panics. An error is that of a device that is gone, which the next
                // check tells.
                let _ = self.device.poll(wgpu::PollType::Poll);
                if done() {
                    return self.check();
                }
            }
            if begin.elapsed() >= self.wait {
                self.hung.store(true, Ordering::Relaxed);
                return self.check();
            }
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// The pipeline of a module's entry point, compiled once.
    pub(crate) fn pipeline(
        &self,
        text: &str,
        entry: &str,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let key = format!("{entry}\n{text}");
        let mut pipelines = (self.pipelines.lock()).unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = pipelines.get(&key) {
            return Ok(pipeline.clone());
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(entry),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        };
        let module = if self.is_trusted {
            let checks = wgpu::ShaderRuntimeChecks::unchecked();
            // SAFETY: the modules are this crate's own, for rewritten ones are not trusted. Indices stay
            // within the buffers, which the host sizes by the same numbers once it has checked the program
            // and each chunk; every loop ends; no divisor is zero. The tests run the same modules with all
            // checks on.
            unsafe { self.device.create_shader_module_trusted(descriptor, checks) }
        } else {
            self.device.create_shader_module(descriptor)
        };
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: Some(&self.pipeline_layout),
                module: &module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &[],
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            });
        if let Some(error) = pollster::block_on(scope.pop()) {
            return Err(GpuError::Compile {
                adapter: self.description.name.clone(),
                reason: error.to_string(),
            });
        }
        self.check()?;
        pipelines.insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// The module of a program.
    pub(crate) fn compose(&self, program: &Program, shape: &Shape, method: Method) -> String {
        crate::compose(program, shape, method, self.rewrite.as_deref())
    }

    /// The pipeline that adds up what is read back.
    pub(crate) fn checksum(&self) -> Result<wgpu::ComputePipeline, GpuError> {
        let text = compose_checksum(self.rewrite.as_deref());
        self.pipeline(&text, "checksum")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.hung.load(Ordering::Relaxed) {
            // Dropping the device would wait for the work that never ends.
            std::mem::forget(self.device.clone());
            std::mem::forget(self.queue.clone());
        }
    }
}
