//! What machine this is, in words for the report.

/// Processor, cores, memory, system and adapters.
pub(crate) fn machine() -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut said = vec![format!(
        "{}, {cores} threads",
        field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned())
    )];
    let memory = field("/proc/meminfo", "MemTotal");
    let kilobytes = memory.and_then(|m| m.split_whitespace().next()?.parse::<u64>().ok());
    said.extend(kilobytes.map(|k| format!("{} GiB of memory", (k + (1 << 19)) >> 20)));
    let system = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    said.push(
        format!("{} {}", std::env::consts::OS, system.trim())
            .trim()
            .to_owned(),
    );
    if cfg!(debug_assertions) {
        said.push("A DEBUG BUILD: its seconds are not graticule's".to_owned());
    }
    #[cfg(feature = "gpu")]
    said.extend(graticule::adapters().iter().map(|a| {
        let kind = if a.is_software {
            ", a software adapter"
        } else {
            ""
        };
        format!(
            "{} ({}, {} {}{kind})",
            a.name, a.backend, a.driver, a.driver_info
        )
    }));
    said
}

/// Threads of the whole machine that wanted to run, in the mean of the last minute.
pub(crate) fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The first field of that name in a file of `name : value` lines.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines().filter_map(|l| l.split_once(':'));
    lines
        .find(|(field, _)| field.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}
