//! Does a GPU pay here? In words, with numbers.

use super::text::{bytes, digits, many, seconds};
use super::{DeviceAsked, Pays, Report};
use crate::{BreakEven, Residency};

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
    said.extend(busy(report));
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
    let chance = if pays.is_chance {
        " The spreads of both overlap, or are of one run: this may be chance."
    } else {
        ""
    };
    let renting = format!("renting {} instead of {}", kind(&pays.device), kind("cpu"));
    match pays.questions_an_hour {
        _ if is_software => format!("Repeats: {uploading}.{chance}"),
        None => format!(
            "Repeats: {uploading}; without prices of both machines nothing is said of money.{chance}"
        ),
        Some(BreakEven::Always) => {
            format!("A GPU pays here at any rate, {renting}; {uploading}.{chance}")
        }
        Some(BreakEven::Never) => {
            format!("A GPU does not pay here, {renting}; {uploading}.{chance}")
        }
        Some(BreakEven::From(n)) => {
            let rate = many(n.max(1.0));
            format!(
                "A GPU pays here from {rate} questions an hour, {renting}; {uploading}.{chance}"
            )
        }
    }
}

/// Other work on the machine takes time from this one.
fn busy(report: &Report) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "machines have few threads")]
    let threads = report.threads as f64;
    let [median, greatest] = report.load.filter(|load| load[0] > 1.5 * threads)?;
    Some(format!(
        "The machine was busy with other work: {} threads wanted to run in the median, {} at most, and it has {}. Read ratios, not seconds.",
        digits(median),
        digits(greatest),
        report.threads
    ))
}

/// All questions once, of one layout: least, median and greatest seconds, bytes, and the fewest runs of a question.
struct Total {
    seconds: [f64; 3],
    bytes: f64,
    runs: usize,
    questions: usize,
}

fn total(report: &Report, layout: &str) -> Total {
    let mut total = Total {
        seconds: [0.0; 3],
        bytes: 0.0,
        runs: usize::MAX,
        questions: 0,
    };
    let rows = report.rows.iter().map(|r| &r.row);
    let rows =
        rows.filter(|r| r.layout == layout && r.device == "cpu" && r.state == Residency::Warm);
    for row in rows.filter(|r| r.share.is_none() && r.is_sound()) {
        let (Some(wall), Some(cost)) = (row.wall, &row.median) else {
            continue;
        };
        for (sum, part) in total
            .seconds
            .iter_mut()
            .zip([wall.least, wall.median, wall.greatest])
        {
            *sum += part;
        }
        let fetched = cost.receipt.as_ref().map_or(0, |r| r.bytes_fetched);
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        {
            total.bytes += fetched as f64;
        }
        total.runs = total.runs.min(row.runs);
        total.questions += 1;
    }
    total
}

/// Which layout takes least time for all questions together.
fn layouts(report: &Report) -> Option<String> {
    let totals = report
        .layouts
        .iter()
        .map(|l| (l.name.as_str(), total(report, &l.name)));
    let mut totals: Vec<_> = totals.collect();
    totals.sort_by(|a, b| a.1.seconds[1].total_cmp(&b.1.seconds[1]));
    let ((name, best), others) = totals.split_first()?;
    let worst = others.last()?;
    if best.questions == 0 || others.iter().any(|o| o.1.questions != best.questions) {
        return None;
    }
    let is_clear = best.runs > 1 && others.iter().all(|o| best.seconds[2] < o.1.seconds[0]);
    let chance = if is_clear {
        ""
    } else {
        " The spreads overlap, or are of one run: this may be chance."
    };
    Some(format!(
        "The layout '{name}' pays: all questions once take {} on the CPU and fetch {}, {} times faster than '{}', the slowest one.{chance}",
        seconds(best.seconds[1]),
        bytes(best.bytes),
        digits(worst.1.seconds[1] / best.seconds[1]),
        worst.0,
    ))
}
