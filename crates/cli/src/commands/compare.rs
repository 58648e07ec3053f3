use super::{Usage, question};
use crate::args;
use crate::output::{self, note, say};
use crate::{progress, stop};
use clap::{FromArgMatches, Parser};
use futures::FutureExt;
use graticule::{Device, Engine, Query};
use graticule_compare::{
    Comparison, EngineRunner, LayoutAt, Prices, Report, Residency, Status, Stop, Suite, WRITTEN,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Device memory where none is given, as the engine has it.
const DEVICE_MEMORY: u64 = 1 << 30;

/// `graticule compare`.
pub(crate) fn compare(options: &args::Compare) -> anyhow::Result<()> {
    super::small_pages(options.memory);
    let given = options.suite.iter().chain(&options.prices);
    let given: Vec<&Path> = given.map(PathBuf::as_path).collect();
    for name in WRITTEN {
        output::spares(&options.output.join(name), &given)?;
    }
    let suite = match &options.suite {
        Some(path) => Suite::read(path, &read_flags)?,
        None => Suite::standard(&read_flags)?,
    };
    super::warn(suite.notes());
    let prices = match &options.prices {
        Some(path) => Prices::read(path)?,
        None => Prices::standard()?,
    };
    #[expect(clippy::cast_precision_loss, reason = "points of a model, and a rate")]
    let (rate, points) = (options.rate as f64, options.extrapolate.map(|p| p as f64));
    let devices = devices(options);
    let mut states = options.states.clone();
    states.sort();
    states.dedup();
    if devices.iter().all(|d| *d == Device::Cpu) && states == [Residency::Resident] {
        return Err(Usage(
            "the CPU keeps no columns, so that it is never resident; add --states warm".to_owned(),
        )
        .into());
    }
    let comparison = Comparison {
        suite,
        devices,
        states,
        repeat: options.repeat.into(),
        resume: options.resume,
        out: options.output.clone(),
        prices,
        machines: machines(options)?,
        store: options.store.clone(),
        rate,
        extrapolate: points,
        device_memory: options.device_memory.unwrap_or(DEVICE_MEMORY),
        engines: engines(options),
        command: command(),
    };
    let mut runner = EngineRunner::new(
        layouts(options)?,
        |device| engine(options, device),
        stop_of(),
    )?;
    runner.spares(&options.output)?;
    let bar = progress::bar(None, "runs");
    let report = comparison.run(&mut runner, &|at| {
        bar.set_length(at.total as u64);
        bar.set_position(at.done as u64);
        let place = at.place;
        bar.set_message(format!("{}, {} {}", place.query, place.device, place.state));
    });
    bar.finish_and_clear();
    tell(&report?, &options.output)
}

/// Says the answer, and what must not pass for one.
fn tell(report: &Report, out: &Path) -> anyhow::Result<()> {
    say(&(report.headline.join("\n") + "\n"));
    note(&format!(
        "the report is {}",
        out.join("report.html").display()
    ));
    if report.is_stopped {
        return Err(graticule_compare::CompareError::Stopped.into());
    }
    let wrong: Vec<_> = report.mismatches().chain(report.failures()).collect();
    for row in &wrong {
        let (what, why) = match &row.status {
            Status::Mismatch(why) => ("MISMATCH", why.as_str()),
            Status::FellBack(why) => ("fell back to the CPU", why.as_str()),
            Status::Failed(why) => ("failed", why.as_str()),
            Status::Same => continue,
        };
        note(&format!(
            "{}{} of {} on {}, {}: {what}: {why}",
            row.query,
            row.share
                .map_or_else(String::new, |share| format!(" of {:.0} %", 100.0 * share)),
            row.layout,
            row.device,
            row.state
        ));
    }
    anyhow::ensure!(
        wrong.is_empty(),
        "{} of {} measurements failed, fell back to the CPU or gave other bytes than the first answer; see the report",
        wrong.len(),
        report.rows.len()
    );
    Ok(())
}

/// Completes when Ctrl-C is pressed, and never where it cannot be heard.
fn stop_of() -> Stop {
    let pressed = stop::on_interrupt();
    async {
        if pressed.await.is_err() {
            futures::future::pending::<()>().await;
        }
    }
    .boxed()
    .shared()
}

fn devices(options: &args::Compare) -> Vec<Device> {
    if !options.devices.is_empty() {
        return options.devices.clone();
    }
    #[cfg(feature = "gpu")]
    {
        let adapters = graticule::adapters();
        let mut usable = adapters.iter().filter(|a| a.unusable.is_none());
        if usable.clone().any(|a| !a.is_software) {
            return vec![Device::Cpu, Device::Gpu(None)];
        }
        if let Some(software) = usable.next() {
            note(&format!(
                "there is no GPU here; {} is a program on the processors, which is measured only where --devices cpu,gpu asks for it",
                software.name
            ));
            return vec![Device::Cpu];
        }
    }
    note("there is no usable GPU here (see graticule devices); only the CPU is measured");
    vec![Device::Cpu]
}

fn engine(options: &args::Compare, device: &Device) -> Engine {
    let mut engine = Engine::on(device.clone());
    if let Some(threads) = options.threads {
        engine = engine.threads(threads.into());
    }
    if let Some(memory) = options.memory {
        engine = engine.memory(memory);
    }
    if let Some(memory) = options.device_memory {
        engine = engine.device_memory(memory);
    }
    engine
}

/// The engines in words.
fn engines(options: &args::Compare) -> String {
    let set = |what: &str, value: Option<u64>, default: &str| match value {
        Some(value) => format!("{what} {value}"),
        None => format!("{what} {default}"),
    };
    [
        set(
            "threads",
            options.threads.map(u64::from),
            "one for each core",
        ),
        set("bytes of memory", options.memory, "half of the system's"),
        set(
            "bytes of device memory",
            options.device_memory,
            "1 GiB, on software adapters at most a quarter of the memory",
        ),
    ]
    .join("; ")
}

fn machines(options: &args::Compare) -> Result<BTreeMap<String, String>, Usage> {
    let mut machines = BTreeMap::new();
    for (device, kind) in &options.machine {
        if machines.insert(device.clone(), kind.clone()).is_some() {
            return Err(Usage(format!("--machine names '{device}' twice")));
        }
    }
    Ok(machines)
}

/// The dataset itself, called by its last name, and the other layouts.
fn layouts(options: &args::Compare) -> Result<Vec<LayoutAt>, Usage> {
    let open = super::found(&options.dataset.found);
    let url = options.dataset.dataset.trim_end_matches('/');
    let last = url.rsplit('/').next().unwrap_or(url);
    let stem = last.split('.').next().unwrap_or(last);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain: String = stem
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    let name = if plain.is_empty() {
        "dataset".to_owned()
    } else {
        plain
    };
    let own = (name, options.dataset.dataset.clone());
    let mut layouts: Vec<LayoutAt> = Vec::new();
    for (name, url) in std::iter::once(&own).chain(&options.layout) {
        if !name.chars().all(is_plain) {
            return Err(Usage(format!(
                "--layout '{name}': a name is letters, digits, '-', '_' and '.'"
            )));
        }
        if layouts.iter().any(|l| l.name == *name) {
            return Err(Usage(format!(
                "two layouts are called '{name}'; the dataset itself is called '{}'",
                own.0
            )));
        }
        layouts.push(LayoutAt {
            name: name.clone(),
            url: url.clone(),
            open: open.clone(),
        });
    }
    Ok(layouts)
}

/// The command as it was typed.
fn command() -> String {
    let typed = std::env::args().skip(1);
    let words = typed
        .map(|word| shlex::try_quote(&word).map_or(word.clone(), std::borrow::Cow::into_owned));
    std::iter::once("graticule".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The flags of a suite's query: those of `graticule query` that say what is asked.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Flags {
    #[command(flatten)]
    query: args::Query,
}

pub(super) fn read_flags(text: &str, folder: &Path) -> Result<Query, String> {
    use clap::CommandFactory;
    let words = shlex::split(text).ok_or("a quotation mark is not closed")?;
    let command = Flags::command();
    // Of the flags that say what is asked, those that say where the answer goes are none.
    let asks = |flag: &clap::Arg| match flag.get_help_heading() {
        Some("Filters") => true,
        Some("Answer") => {
            !["format", "output", "receipt", "explain"].contains(&flag.get_id().as_str())
        }
        _ => flag.get_id() == "dataset",
    };
    let foreign: Vec<String> = command
        .get_arguments()
        .filter(|flag| !asks(flag))
        .map(|flag| flag.get_id().to_string())
        .collect();
    let matches = command.try_get_matches_from(std::iter::once("dataset".to_owned()).chain(words));
    let matches = matches.map_err(|e| e.to_string())?;
    let given =
        |name: &&String| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
    if let Some(name) = foreign.iter().find(given) {
        return Err(format!(
            "--{} does not say what is asked; leave it out",
            name.replace('_', "-")
        ));
    }
    let mut query = Flags::from_arg_matches(&matches)
        .map_err(|e| e.to_string())?
        .query;
    // Files lie beside the suite.
    for path in &mut query.polygon {
        *path = folder.join(&path);
    }
    for key in query.by.iter_mut().flat_map(|keys| &mut keys.0) {
        if let Some(file) = key.file_mut() {
            *file = folder.join(&*file).display().to_string();
        }
    }
    let question = question::question(&query).map_err(|e| format!("{e:#}"))?;
    question::unused(&query, &question).map_err(|e| e.to_string())?;
    Ok(question)
}

#[cfg(test)]
mod tests;
