//! The first sentence: whether a GPU pays, for whoever reads no further.

use super::text::{count, digits, percent, seconds, times};
use super::{DeviceAsked, Pays, Report};
use crate::BreakEven;

/// What a machine with a GPU is held to cost, in machines without one, where there are no prices.
const DEARER: f64 = 2.0;

/// The verdict, and what must be known to believe it.
pub(crate) fn conclusion(report: &Report) -> Vec<String> {
    let gpus = report.devices.iter().filter(|d| is_gpu(d));
    let measured = gpus.filter_map(|device| Some((device, all_of(report, &device.asked)?)));
    let measured: Vec<_> = measured.collect();
    if measured.is_empty() {
        return unmeasured(report);
    }
    let named = measured.len() > 1;
    let said = measured.iter();
    said.map(|(device, pays)| of_gpu(report, device, pays, named))
        .collect()
}

/// Whether it is a GPU and no program that stands for one.
pub(crate) fn is_gpu(device: &DeviceAsked) -> bool {
    let is_cpu = device.answered.iter().all(|name| name == "cpu");
    device.asked != "cpu" && !device.is_software && !is_cpu
}

/// What a device's questions cost, all of the suite or its only one.
pub(crate) fn all_of<'a>(report: &'a Report, device: &str) -> Option<&'a Pays> {
    let mut of = report.pays.iter().filter(|p| p.device == device);
    of.clone().find(|p| p.query.is_none()).or_else(|| of.next())
}

/// No GPU was measured: what the CPU's stages leave to one.
fn unmeasured(report: &Report) -> Vec<String> {
    let Some(ceiling) = &report.ceiling else {
        return vec![
            "No verdict: no question was answered by the CPU so that its figures can be used."
                .to_owned(),
        ];
    };
    let these = match ceiling.questions {
        1 => "this question",
        _ => "these questions",
    };
    let gain = |gain: Option<f64>| gain.unwrap_or(f64::INFINITY);
    let (least, greatest, all) = (
        gain(ceiling.least),
        gain(ceiling.greatest),
        gain(ceiling.all),
    );
    let price = report.gpu_costs_times();
    let dear = price.unwrap_or(DEARER);
    let at = price.map_or_else(String::new, |price| {
        format!(", on a machine that costs {} times as much", times(price))
    });
    let mut fast = range(least, greatest);
    if all <= dear && greatest > dear && ceiling.questions > 1 {
        fast += &format!(" ({} together)", times(all));
    }
    let decides = format!(
        "{} decides, with {} of the time",
        work(&ceiling.stage),
        percent(ceiling.share)
    );
    let verdict = if all <= dear {
        format!(
            "Stay on the CPU: even an infinitely fast GPU would make {these} {fast}{at}; {decides}."
        )
    } else {
        format!(
            "A GPU may pay: an infinitely fast one would make {these} {fast}{at}; {decides}. Measure on one before you rent it."
        )
    };
    vec![
        verdict,
        format!(
            "No GPU was measured. The bound is the CPU's own ({} for all questions, of which {} are no work of a GPU's) and holds where each question \
             reads its columns from the files; what is gained where they stay on a GPU between questions, only a measurement on one tells.",
            seconds(ceiling.seconds),
            seconds(ceiling.left),
        ),
    ]
}

fn range(least: f64, greatest: f64) -> String {
    if !least.is_finite() {
        return "as fast as one likes".to_owned();
    }
    if !greatest.is_finite() {
        return format!("at least {} times as fast", times(least));
    }
    let (low, high) = (times(least), times(greatest));
    match low == high {
        true if high == "1.0" => "no faster".to_owned(),
        true => format!("{high} times as fast"),
        false => format!("{low} to {high} times as fast"),
    }
}

/// A stage as something that is done.
fn work(stage: &str) -> &str {
    match stage {
        "plan" => "planning",
        "queue" => "waiting for memory",
        "fetch" => "reading the files",
        "decode" => "decoding the files",
        "derive" => "working out cells and local times",
        "kernel" => "filtering and adding up",
        "merge" => "merging groups",
        "write" => "writing the answer",
        other => other,
    }
}

/// A GPU was measured: from how many questions on it pays.
fn of_gpu(report: &Report, device: &DeviceAsked, pays: &Pays, is_named: bool) -> String {
    let name = device.answered.join(", ");
    let answers = answers(&name, pays);
    let kind = |device: &str| {
        let rent = report.tariff.machines.get(device);
        rent.map(|rent| (rent.machine.kind.as_str(), rent.machine.per_hour))
    };
    let chance = match pays.is_chance {
        true => " The spreads of both overlap, or are of one run: this may be chance.",
        false => "",
    };
    let (stay, take) = match is_named {
        true => (format!("Not {name}"), name.clone()),
        false => ("Stay on the CPU".to_owned(), "A GPU".to_owned()),
    };
    let (Some(gpu), Some(cpu), Some(rate)) =
        (kind(&pays.device), kind("cpu"), pays.questions_an_hour)
    else {
        return format!(
            "{answers}; without prices of both machines nothing is said of money.{chance}"
        );
    };
    let dear = match gpu.1 / cpu.1 {
        more if more > 1.0 => format!("costs {} times as much as {}", times(more), cpu.0),
        _ => format!("costs no more than {}", cpu.0),
    };
    let why = format!("{answers}, and {} {dear}", gpu.0);
    match rate {
        BreakEven::Always => format!("{take} pays at any number of questions: {why}.{chance}"),
        BreakEven::Never => format!("{stay}: {why}, so that it never pays.{chance}"),
        BreakEven::From(n) if n <= 1.0 => {
            format!("{take} pays from the first question on: {why}.{chance}")
        }
        BreakEven::From(n) => format!(
            "{take} pays from {} questions an hour on, below that the CPU: {why}.{chance}",
            count(n)
        ),
    }
}

/// How fast a GPU is, against the CPU that reads the files.
fn answers(name: &str, pays: &Pays) -> String {
    let (gpu, at_hand) = match pays.gpu_resident {
        Some(resident) => (resident, " once its columns are there"),
        None => (pays.gpu_warm, ""),
    };
    match pays.cpu / gpu {
        fast if fast >= 1.0 => format!("{name} answers {} times as fast{at_hand}", times(fast)),
        slow => format!("{name} takes {} times as long{at_hand}", digits(1.0 / slow)),
    }
}
