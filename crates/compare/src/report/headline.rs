//! What the report says in words: the verdict, and what must be known beside it.

use super::conclusion::{all_of, conclusion, is_gpu};
use super::text::{bytes, count, digits, seconds};
use super::{DeviceAsked, Pays, Report};
use crate::{BreakEven, Residency};

pub(crate) fn headline(report: &Report) -> Vec<String> {
    let mut said = Vec::new();
    let (wrong, all) = (report.mismatches().count(), report.rows.len());
    if wrong > 0 {
        said.push(format!(
            "MISMATCH: {wrong} of {all} measurements gave other bytes than the first answer. No figure of theirs may be quoted until that is understood."
        ));
    }
    said.extend(conclusion(report));
    if report.is_stopped {
        said.push(
            "The comparison was stopped before its end; this is what was measured until then."
                .to_owned(),
        );
    }
    for device in report.devices.iter().filter(|d| d.asked != "cpu") {
        said.push(of_device(report, device));
    }
    let fell_back = report
        .failures()
        .filter(|r| matches!(r.status, crate::Status::FellBack(_)))
        .count();
    if fell_back > 0 {
        said.push(format!(
            "{fell_back} of {all} measurements fell back to the CPU; they are shown as that, and no figure of them counts as a GPU's."
        ));
    }
    said.extend(layouts(report));
    said.extend(busy(report));
    said
}

/// What answered for a device, and in which time.
fn of_device(report: &Report, device: &DeviceAsked) -> String {
    let asked = &device.asked;
    let names = device.answered.join(", ");
    let Some(pays) = all_of(report, asked) else {
        return if device.answered.is_empty() {
            format!("'{asked}' gave no answer.")
        } else if names == "cpu" {
            format!("'{asked}' was answered by the CPU.")
        } else {
            format!(
                "There is nothing to compare {names} ('{asked}') with: its warm figures or the CPU's are not there, or not sound."
            )
        };
    };
    let resident = pays.gpu_resident.map_or_else(String::new, |s| {
        format!(", {} with the columns there", seconds(s))
    });
    let took = format!(
        "With the same bytes, a question took {} on the CPU and {} on {names}, upload included{resident} (means of medians, files in the system's cache)",
        seconds(pays.cpu),
        seconds(pays.gpu_warm),
    );
    if device.is_software {
        return format!(
            "{took}: '{asked}' here is no GPU but a program on this machine's own processors, and says nothing of a rented one."
        );
    }
    match is_gpu(device) {
        true => format!("{took}; {}.", uploading(pays)),
        false => format!("{took}."),
    }
}

fn uploading(pays: &Pays) -> String {
    match pays.repeats_in_time {
        BreakEven::Always => {
            "bringing data to it takes less time from the first question on".to_owned()
        }
        BreakEven::Never => {
            "however often a question is repeated on the same data, it takes longer than the CPU"
                .to_owned()
        }
        BreakEven::From(n) => format!(
            "bringing data to it takes less time once a question is asked {} times of the same data",
            count(n)
        ),
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
