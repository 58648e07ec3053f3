use crate::device::STORAGE_BUFFERS;
use crate::params::WORKGROUP;
use crate::{GpuError, GpuOptions};
use wgpu::{Adapter, DeviceType, Features, Instance, InstanceDescriptor, Limits};

/// What is known of an adapter without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterReport {
    /// Its name.
    pub name: String,
    /// The API through which wgpu reaches it.
    pub backend: String,
    /// Discrete, integrated, virtual, cpu or other.
    pub device_type: String,
    /// Whether it computes on the CPU.
    pub is_software: bool,
    /// The driver's name.
    pub driver: String,
    /// The driver's version and more.
    pub driver_info: String,
    /// Limits that matter here, by name.
    pub limits: Vec<(&'static str, u64)>,
    /// Features that matter here, by name; none is needed.
    pub features: Vec<&'static str>,
    /// Why it cannot be used, if so.
    pub unusable: Option<String>,
    /// Whether it is taken when none is named.
    pub is_default: bool,
}

/// The adapters that wgpu reaches, in its order.
pub fn adapters() -> Vec<AdapterReport> {
    let found = enumerate();
    let best = best(&found).map(|a| a.get_info());
    found
        .iter()
        .map(|adapter| AdapterReport {
            is_default: best.as_ref() == Some(&adapter.get_info()),
            ..report(adapter)
        })
        .collect()
}

/// Whether there is a usable adapter that is no program. Where the system has no node of such a device, no driver is loaded
/// to find that out.
pub fn has_hardware() -> bool {
    may_have_hardware()
        && adapters()
            .iter()
            .any(|a| !a.is_software && a.unusable.is_none())
}

/// Whether a driver may find a GPU. On Linux one shows as a node of the kernel's: of DRM, of NVIDIA's driver, or of WSL.
pub fn may_have_hardware() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let is_there = |path: &str| std::path::Path::new(path).exists();
    is_there("/dev/dri") || is_there("/dev/nvidiactl") || is_there("/dev/dxg")
}

fn report(adapter: &Adapter) -> AdapterReport {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    AdapterReport {
        backend: backend_name(info.backend),
        device_type: match info.device_type {
            DeviceType::DiscreteGpu => "discrete",
            DeviceType::IntegratedGpu => "integrated",
            DeviceType::VirtualGpu => "virtual",
            DeviceType::Cpu => "cpu",
            DeviceType::Other => "other",
        }
        .to_owned(),
        is_software: info.device_type == DeviceType::Cpu,
        unusable: check(adapter).err().map(|e| e.to_string()),
        limits: vec![
            ("max_buffer_size", limits.max_buffer_size),
            (
                "max_storage_buffer_binding_size",
                limits.max_storage_buffer_binding_size,
            ),
            (
                "max_storage_buffers_per_shader_stage",
                limits.max_storage_buffers_per_shader_stage.into(),
            ),
            (
                "max_compute_workgroup_storage_size",
                limits.max_compute_workgroup_storage_size.into(),
            ),
            (
                "max_compute_invocations_per_workgroup",
                limits.max_compute_invocations_per_workgroup.into(),
            ),
            (
                "max_compute_workgroups_per_dimension",
                limits.max_compute_workgroups_per_dimension.into(),
            ),
        ],
        features: FEATURES
            .iter()
            .filter(|(_, feature)| adapter.features().contains(*feature))
            .map(|(name, _)| *name)
            .collect(),
        name: info.name,
        driver: info.driver,
        driver_info: info.driver_info,
        is_default: false,
    }
}

const FEATURES: &[(&str, Features)] = &[
    ("SUBGROUP", Features::SUBGROUP),
    ("SHADER_INT64", Features::SHADER_INT64),
    ("TIMESTAMP_QUERY", Features::TIMESTAMP_QUERY),
    (
        "MAPPABLE_PRIMARY_BUFFERS",
        Features::MAPPABLE_PRIMARY_BUFFERS,
    ),
];

pub(crate) fn backend_name(backend: wgpu::Backend) -> String {
    format!("{backend:?}").to_lowercase()
}

fn enumerate() -> Vec<Adapter> {
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle_from_env());
    let all = instance.enumerate_adapters(wgpu::Backends::all());
    pollster::block_on(all)
}

/// The adapter that options ask for.
pub(crate) fn choose(options: &GpuOptions) -> Result<Adapter, GpuError> {
    let found = enumerate();
    let Some(asked) = &options.name else {
        return best(&found).cloned().ok_or(GpuError::NoAdapter);
    };
    if found.is_empty() {
        return Err(GpuError::NoAdapter);
    }
    let holds = |adapter: &&Adapter| {
        let name = adapter.get_info().name.to_lowercase();
        name.contains(&asked.to_lowercase())
    };
    let named: Vec<Adapter> = found.iter().filter(holds).cloned().collect();
    best(&named)
        .cloned()
        .ok_or_else(|| GpuError::NoSuchAdapter {
            asked: asked.clone(),
            found: found.iter().map(|a| a.get_info().name).collect(),
        })
}

fn best(adapters: &[Adapter]) -> Option<&Adapter> {
    adapters.iter().min_by_key(|adapter| {
        let rank = match adapter.get_info().device_type {
            DeviceType::DiscreteGpu => 0,
            DeviceType::IntegratedGpu => 1,
            DeviceType::VirtualGpu => 2,
            DeviceType::Other => 3,
            DeviceType::Cpu => 4,
        };
        (check(adapter).is_err(), rank)
    })
}

/// Whether an adapter has what kernels need.
pub(crate) fn check(adapter: &Adapter) -> Result<(), GpuError> {
    let limits = adapter.limits();
    let needs: [(&'static str, u64, u64); 5] = [
        (
            "storage buffers per shader stage",
            limits.max_storage_buffers_per_shader_stage.into(),
            STORAGE_BUFFERS.into(),
        ),
        (
            "bytes of storage binding",
            limits.max_storage_buffer_binding_size,
            16 << 20,
        ),
        (
            "bytes of workgroup memory",
            limits.max_compute_workgroup_storage_size.into(),
            16 << 10,
        ),
        (
            "invocations per workgroup",
            limits.max_compute_invocations_per_workgroup.into(),
            WORKGROUP.into(),
        ),
        (
            "workgroups per dimension",
            limits.max_compute_workgroups_per_dimension.into(),
            4096,
        ),
    ];
    match needs.into_iter().find(|(_, has, needed)| has < needed) {
        Some((limit, has, needed)) => Err(GpuError::Limits {
            adapter: adapter.get_info().name,
            limit,
            has,
            needed,
        }),
        None => Ok(()),
    }
}

/// The limits to ask for: all that the adapter has, or what WebGPU promises.
pub(crate) fn limits(adapter: &Adapter, is_reduced: bool) -> Limits {
    let has = adapter.limits();
    if is_reduced {
        // Every one of these is also WebGPU's default; named here because the tests rely on them.
        Limits {
            max_storage_buffers_per_shader_stage: 8,
            max_storage_buffer_binding_size: 128 << 20,
            max_compute_workgroup_storage_size: 16 << 10,
            max_compute_invocations_per_workgroup: 256,
            ..Limits::defaults()
        }
        .or_worse_values_from(&has)
    } else {
        has
    }
}
