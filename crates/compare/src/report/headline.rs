//! Does a GPU pay here? In words, with numbers.

use super::text::{digits, many, seconds};
use super::{DeviceAsked, Pays, Report};
use crate::BreakEven;

pub(crate) fn headline(report: &Report) -> Vec<String> {
    let mut said = Vec::new();
    let (wrong, all) = (report.mismatches().count(), report.rows.len());
    if wrong > 0 {
        said.push(format!(
            "MISMATCH: {wrong} of {all} cells gave other bytes than the first answer. No figure of theirs may be quoted until that is understood."
        ));
    }
    if report.is_stopped {
        said.push("The comparison was stopped before its end; what follows is what was measured until then.".to_owned());
    }
    let gpus: Vec<&DeviceAsked> = report.devices.iter().filter(|d| d.asked != "cpu").collect();
    for device in &gpus {
        said.extend(of_device(report, device));
    }
    if gpus.is_empty() {
        said.push("No GPU was compared: these are the CPU's figures.".to_owned());
    }
    let fell_back = report
        .failures()
        .filter(|r| matches!(r.status, crate::Status::FellBack(_)))
        .count();
    if fell_back > 0 {
        said.push(format!(
            "{fell_back} cells fell back to the CPU; they are shown as that, and no figure of them counts as a GPU's."
        ));
    }
    said.extend(layouts(report));
    said
}

fn of_device(report: &Report, device: &DeviceAsked) -> Vec<String> {
    let asked = &device.asked;
    let of = report.pays.iter().filter(|p| p.device == *asked);
    // All of the suite, or its only question.
    let all = of
        .clone()
        .find(|p| p.query.is_none())
        .or_else(|| of.clone().next());
    let names = device.answered.join(", ");
    let Some(pays) = all else {
        return vec![if device.answered.is_empty() {
            format!("No GPU was measured: '{asked}' gave no answer.")
        } else if names == "cpu" {
            format!("No GPU was measured: '{asked}' was answered by the CPU.")
        } else {
            format!(
                "There is nothing to compare {names} ('{asked}') with: its warm figures or the CPU's are not there, or not sound."
            )
        }];
    };
    let mut said = Vec::new();
    if device.is_software {
        said.push(format!(
            "No GPU was measured: '{asked}' here is {names}, a program on this machine's own processors. Its seconds and money say nothing of a rented GPU."
        ));
    }
    let verdict = verdict(report, pays, device.is_software);
    let resident = pays.gpu_resident.map_or_else(String::new, |s| {
        format!(", {} with the columns on the device", seconds(s))
    });
    said.push(format!(
        "With the same bytes, a question took {} on the CPU and {} on {names}, upload included{resident} (means of medians, files in the system's cache).",
        seconds(pays.cpu),
        seconds(pays.gpu_warm),
    ));
    if device.is_software {
        said.push(verdict);
    } else {
        said.insert(0, verdict);
    }
    said
}

/// The answer first, then how it comes about.
fn verdict(report: &Report, pays: &Pays, is_software: bool) -> String {
    let gpu = if is_software { "it" } else { "the GPU" };
    let uploading = match pays.repeats_in_time {
        BreakEven::Always => {
            format!("bringing data to {gpu} takes less time from the first question on")
        }
        BreakEven::Never => {
            format!(
                "however often a question is repeated on the same data, {gpu} takes longer than the CPU"
            )
        }
        BreakEven::From(n) => {
            format!(
                "bringing data to {gpu} takes less time after {} repeats",
                digits(n)
            )
        }
    };
    let kind = |device: &str| {
        let rent = report.tariff.machines.get(device);
        rent.map_or("no machine", |r| r.machine.kind.as_str())
    };
    let renting = format!("renting {} instead of {}", kind(&pays.device), kind("cpu"));
    match pays.questions_an_hour {
        _ if is_software => format!("Repeats: {uploading}."),
        None => format!(
            "Repeats: {uploading}; without prices of both machines nothing is said of money."
        ),
        Some(BreakEven::Always) => format!("A GPU pays here at any rate, {renting}; {uploading}."),
        Some(BreakEven::Never) => format!("A GPU does not pay here, {renting}; {uploading}."),
        Some(BreakEven::From(n)) => {
            let rate = many(n.max(1.0));
            format!("A GPU pays here from {rate} questions an hour, {renting}; {uploading}.")
        }
    }
}

/// Which layout is read least for all questions together.
fn layouts(report: &Report) -> Option<String> {
    let mut best: Option<(&str, f64, f64)> = None;
    let (mut worst, mut count): (f64, usize) = (0.0, 0);
    for layout in &report.layouts {
        let of = report.rows.iter().filter(|r| {
            r.row.layout == layout.name
                && r.row.device == "cpu"
                && r.row.state == crate::State::Warm
                && r.row.share.is_none()
                && r.row.is_sound()
        });
        let costs: Vec<_> = of.filter_map(|r| r.row.median.as_ref()).collect();
        if costs.is_empty() || (count > 0 && costs.len() != count) {
            return None;
        }
        count = costs.len();
        let time: f64 = costs.iter().map(|c| c.wall).sum();
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let bytes = costs
            .iter()
            .filter_map(|c| c.receipt.as_ref())
            .map(|r| r.bytes_fetched as f64)
            .sum();
        worst = worst.max(time);
        if best.is_none_or(|b| time < b.1) {
            best = Some((&layout.name, time, bytes));
        }
    }
    let (name, time, bytes) = best.filter(|_| report.layouts.len() > 1)?;
    Some(format!(
        "The layout '{name}' pays: all questions once take {} on the CPU and fetch {}, {} times faster than the slowest layout.",
        seconds(time),
        super::text::bytes(bytes),
        digits(worst / time)
    ))
}
