//! Which device is to answer, and why.

#[cfg(feature = "gpu")]
use super::{Rates, Work};
use crate::runtime::Runtime;
use crate::{Dataset, Device};
#[cfg(feature = "gpu")]
use graticule_dataset::Cost;
use graticule_plan::Part;
use serde::{Deserialize, Serialize};

/// Below so many seconds on the CPU no GPU wins back the time to open it, and none is looked for.
#[cfg(feature = "gpu")]
const WORTH_OPENING: f64 = 0.1;
/// Below so many seconds on the CPU none wins back what compiling a question's shaders may take, nor that questions take
/// turns at it.
#[cfg(feature = "gpu")]
const WORTH_A_TURN: f64 = 0.01;

/// Which device was chosen, and the numbers that decided.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// In words.
    pub why: String,
    /// Seconds that the CPU was thought to take, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// Seconds that the GPU was thought to take, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_seconds: Option<f64>,
    /// Whether it is a GPU.
    #[serde(skip)]
    pub(crate) on_gpu: bool,
}

impl Choice {
    pub(crate) fn of(on_gpu: bool, why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            on_gpu,
            ..Self::default()
        }
    }
}

/// Whether a device is to answer a part, and why.
pub(crate) fn choose(runtime: &Runtime, dataset: &Dataset, part: &Part) -> Choice {
    let settings = &runtime.settings;
    match (&settings.device, settings.gpu_from_rows) {
        (Device::Cpu, _) => Choice::of(false, "asked for"),
        (Device::Gpu(_), _) => Choice::of(true, "asked for"),
        (Device::Auto, Some(rows)) => {
            let why = format!("{rows} rows were set as the least for a GPU");
            Choice::of(part.scan().rows() >= rows, why)
        }
        (Device::Auto, None) => by_cost(runtime, dataset, part),
    }
}

#[cfg(not(feature = "gpu"))]
fn by_cost(_: &Runtime, _: &Dataset, _: &Part) -> Choice {
    Choice::of(false, "this build has no GPU support")
}

#[cfg(feature = "gpu")]
fn by_cost(runtime: &Runtime, dataset: &Dataset, part: &Part) -> Choice {
    if !runtime.gpu.may_have_hardware() {
        return Choice::of(false, "there is no hardware GPU");
    }
    let threads = u32::try_from(runtime.settings.threads()).unwrap_or(u32::MAX);
    let work = Work::of(part, wanted(part));
    let rates = Rates::here(dataset.files.is_remote());
    let cpu_seconds = rates.seconds(&work, threads);
    let on_cpu = |why: String| Choice {
        cpu_seconds: Some(cpu_seconds),
        ..Choice::of(false, why)
    };
    let opened = runtime.gpu.opened();
    let worth = match opened {
        Some(_) => WORTH_A_TURN,
        None => WORTH_OPENING,
    };
    if cpu_seconds < worth {
        let why = format!("the CPU is thought to take {cpu_seconds:.3} s, too few for a GPU");
        return on_cpu(why);
    }
    if !runtime.gpu.has_hardware() {
        return on_cpu("there is no hardware GPU".to_owned());
    }
    let resident = opened
        .as_ref()
        .map_or(0.0, |gpu| crate::gpu::resident(gpu, runtime, dataset, part));
    let device = super::device::rates_of(opened.as_ref());
    let gpu_seconds = device.seconds(&rates, &work, threads, resident, opened.is_some());
    decided(cpu_seconds, gpu_seconds, resident)
}

/// What the column chunks of a part take to be read, as the part says: no footer is looked at.
#[cfg(feature = "gpu")]
fn wanted(part: &Part) -> Cost {
    let groups = &part.scan().groups;
    Cost {
        bytes: groups.iter().map(|group| group.bytes).sum(),
        requests: groups.len() as u64,
    }
}

/// The faster one, and the CPU where it is nearly as fast.
#[cfg(feature = "gpu")]
fn decided(cpu_seconds: f64, gpu_seconds: f64, resident: f64) -> Choice {
    let there = match resident > 0.0 {
        true => format!(", with {:.0} % of the rows on it", 100.0 * resident),
        false => String::new(),
    };
    let why =
        format!("the CPU is thought to take {cpu_seconds:.3} s, the GPU {gpu_seconds:.3} s{there}");
    Choice {
        cpu_seconds: Some(cpu_seconds),
        gpu_seconds: Some(gpu_seconds),
        ..Choice::of(gpu_seconds < 0.9 * cpu_seconds, why)
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_must_be_faster_by_a_tenth() {
        assert!(decided(1.0, 0.5, 0.0).on_gpu);
        assert!(!decided(1.0, 0.95, 0.0).on_gpu);
        let slow = decided(0.2, 0.25, 0.5);
        assert!(
            !slow.on_gpu
                && slow
                    .why
                    .contains("0.200 s, the GPU 0.250 s, with 50 % of the rows")
        );
        assert_eq!(
            (slow.cpu_seconds, slow.gpu_seconds),
            (Some(0.2), Some(0.25))
        );
    }
}
