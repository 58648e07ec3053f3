//! Energy, where the machine tells it: RAPL for processors, NVML for NVIDIA's GPUs.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Joules that the whole machine took meanwhile, other work included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Joules {
    /// Processor packages; `None` where the machine does not tell.
    pub cpu: Option<f64>,
    /// NVIDIA's GPUs together; `None` where there is none or it does not tell.
    pub gpu: Option<f64>,
}

/// Reads the meters.
pub(crate) struct Meters {
    packages: Vec<Package>,
    #[cfg(any(target_os = "linux", windows))]
    nvml: Option<nvml_wrapper::Nvml>,
}

/// A counter of microjoules that begins anew at its range.
struct Package {
    counter: PathBuf,
    range: u64,
}

/// What the meters showed.
pub(crate) struct Reading {
    packages: Vec<Option<u64>>,
    gpu_millijoules: Option<u64>,
}

impl Meters {
    /// The meters of this machine.
    pub(crate) fn new() -> Self {
        Self {
            packages: packages(Path::new("/sys/class/powercap")),
            #[cfg(any(target_os = "linux", windows))]
            nvml: nvml_wrapper::Nvml::init().ok(),
        }
    }

    pub(crate) fn read(&self) -> Reading {
        Reading {
            packages: self.packages.iter().map(|p| number(&p.counter)).collect(),
            gpu_millijoules: self.gpu(),
        }
    }

    #[cfg(any(target_os = "linux", windows))]
    fn gpu(&self) -> Option<u64> {
        let nvml = self.nvml.as_ref()?;
        let count = nvml.device_count().ok().filter(|n| *n > 0)?;
        let energy = |i| {
            nvml.device_by_index(i)
                .ok()?
                .total_energy_consumption()
                .ok()
        };
        (0..count).map(energy).sum()
    }

    #[cfg(not(any(target_os = "linux", windows)))]
    fn gpu(&self) -> Option<u64> {
        None
    }

    /// Joules between two readings; `None` where no meter is.
    pub(crate) fn between(&self, before: &Reading, after: &Reading) -> Option<Joules> {
        let pairs = self
            .packages
            .iter()
            .zip(&before.packages)
            .zip(&after.packages);
        let used = pairs.map(|((package, before), after)| {
            let (before, after) = ((*before)?, (*after)?);
            let more = after.checked_sub(before);
            more.or_else(|| (package.range.checked_sub(before)?).checked_add(after))
        });
        let microjoules: Option<u64> = used.sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "joules are shown with three digits"
        )]
        let joules = Joules {
            cpu: microjoules
                .filter(|_| !self.packages.is_empty())
                .map(|n| n as f64 / 1e6),
            gpu: match (before.gpu_millijoules, after.gpu_millijoules) {
                (Some(before), Some(after)) => after.checked_sub(before).map(|n| n as f64 / 1e3),
                _ => None,
            },
        };
        (joules != Joules::default()).then_some(joules)
    }
}

fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Packages, and not the cores within them, which would count twice.
fn packages(folder: &Path) -> Vec<Package> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<Package> = entries
        .filter(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            name.strip_prefix("intel-rapl:")
                .is_some_and(|n| !n.contains(':'))
        })
        .filter_map(|e| {
            let (counter, path) = (e.path().join("energy_uj"), e.path());
            number(&counter)?;
            let range = number(&path.join("max_energy_range_uj"))?;
            Some(Package { counter, range })
        })
        .collect();
    found.sort_by(|a, b| a.counter.cmp(&b.counter));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_and_counters_begin_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, file: &str, text: &str| {
            let zone = folder.path().join(name);
            std::fs::create_dir_all(&zone).expect("a folder");
            std::fs::write(zone.join(file), text).expect("a file");
        };
        for (name, energy) in [
            ("intel-rapl:0", "900\n"),
            ("intel-rapl:0:0", "5\n"),
            ("intel-rapl:1", "10\n"),
        ] {
            write(name, "energy_uj", energy);
            write(name, "max_energy_range_uj", "1000\n");
        }
        let meters = Meters {
            packages: packages(folder.path()),
            #[cfg(any(target_os = "linux", windows))]
            nvml: None,
        };
        assert_eq!(meters.packages.len(), 2);
        let before = meters.read();
        write("intel-rapl:0", "energy_uj", "100");
        write("intel-rapl:1", "energy_uj", "30");
        let used = meters.between(&before, &meters.read()).expect("joules");
        // 200 over the range, and 20.
        assert_eq!(
            used,
            Joules {
                cpu: Some(220e-6),
                gpu: None
            }
        );
    }

    #[test]
    fn no_meter_is_no_figure() {
        let meters = Meters {
            packages: packages(Path::new("/nowhere")),
            #[cfg(any(target_os = "linux", windows))]
            nvml: None,
        };
        assert_eq!(meters.between(&meters.read(), &meters.read()), None);
    }
}
