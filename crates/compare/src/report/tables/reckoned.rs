//! What follows from it: when a GPU pays, which layout does, and what a model says.

use super::{columns, whole};
use crate::BreakEven;
use crate::report::Report;
use crate::report::table::{Field, Table};
use crate::report::text::{bytes, count, digits, many, percent, seconds};

fn even(value: Option<BreakEven>, what: &str) -> Field {
    match value {
        None => Field::text("no price"),
        Some(BreakEven::Always) => Field {
            value: Some(0.0),
            ..Field::text("always")
        },
        Some(BreakEven::Never) => Field {
            value: Some(f64::MAX),
            ..Field::text("never")
        },
        Some(BreakEven::From(n)) => Field {
            value: Some(n),
            ..Field::text(format!("from {}{what}", count(n)))
        },
    }
}

pub(super) fn pays(report: &Report) -> Option<Table> {
    let software: Vec<_> = report
        .devices
        .iter()
        .filter(|d| d.is_software)
        .map(|d| d.asked.as_str())
        .collect();
    let mut about = "Against the warm CPU: how often a question must be asked of the same data until uploading it pays, and at how many questions an hour \
        renting the GPU's machine costs less, or as much and answers sooner. Where the spreads of both overlap, that may be chance."
        .to_owned();
    if !software.is_empty() {
        about += &format!(
            " {} is a software adapter: these lines say nothing of a GPU.",
            software.join(", ")
        );
    }
    let names = [
        ("question", false),
        ("layout", false),
        ("device", false),
        ("CPU", true),
        ("GPU, warm", true),
        ("GPU, resident", true),
        ("upload pays, in time", true),
        ("in money", true),
        ("renting pays", true),
        ("beyond the spread", false),
    ];
    let mut table = Table::new("When a GPU pays", &about, &names);
    for pays in &report.pays {
        // Nobody rents a program.
        let is_software = software.contains(&pays.device.as_str());
        let rented = |field| {
            if is_software {
                Field::text("no GPU")
            } else {
                field
            }
        };
        let query = pays.query.as_deref();
        table.rows.push(vec![
            Field::text(query.unwrap_or("all, equally often")),
            Field::text(&pays.layout),
            Field::text(&pays.device),
            Field::number(Some(pays.cpu), seconds),
            Field::number(Some(pays.gpu_warm), seconds),
            Field::number(pays.gpu_resident, seconds),
            even(Some(pays.repeats_in_time), " repeats"),
            rented(even(pays.repeats_in_money, " repeats")),
            rented(even(pays.questions_an_hour, " an hour")),
            Field::text(if pays.is_chance {
                "no, may be chance"
            } else {
                "yes"
            }),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are shown with three digits"
)]
pub(super) fn layouts(report: &Report) -> Option<Table> {
    if report.layouts.len() < 2 {
        return None;
    }
    let about = "The same rows in several layouts, warm: the one that takes least time for each question and device pays, clearly so where its greatest is below the others' least.";
    let names = [
        ("question", false),
        ("device", false),
        ("layout", false),
        ("seconds", true),
        ("fetched", true),
        ("row groups read", true),
        ("a million questions", true),
        ("pays", false),
    ];
    let mut table = Table::new("Which layout pays", about, &names);
    let warm: Vec<_> = whole(report)
        .filter(|r| r.row.state == crate::Residency::Warm && r.row.is_sound())
        .collect();
    for row in &warm {
        let Some(receipt) = row.row.median.as_ref().and_then(|m| m.receipt.as_ref()) else {
            continue;
        };
        let others = warm.iter().filter(|o| {
            (&o.row.query, &o.row.device) == (&row.row.query, &row.row.device)
                && o.row.layout != row.row.layout
        });
        let others: Vec<_> = others.filter_map(|o| o.row.wall).collect();
        let wall = row.row.wall;
        let is_best = wall.is_some_and(|w| others.iter().all(|o| w.median <= o.median));
        let is_clear =
            wall.is_some_and(|w| row.row.runs > 1 && others.iter().all(|o| w.greatest < o.least));
        table.rows.push(vec![
            Field::text(&row.row.query),
            Field::text(&row.row.device),
            Field::text(&row.row.layout),
            Field::number(row.row.wall.map(|w| w.median), digits),
            Field::number(Some(receipt.bytes_fetched as f64), bytes),
            Field::number(
                Some((receipt.row_groups_total - receipt.row_groups_pruned) as f64),
                |n| match receipt.row_groups_total {
                    0 => "none".to_owned(),
                    total => format!("{n} of {total}"),
                },
            ),
            Field::number(row.money.map(|m| m.per_query * 1e6), digits),
            Field::text(match (is_best, is_clear) {
                (true, true) => "this one",
                (true, false) => "this one, within the spread",
                (false, _) => "",
            }),
        ]);
    }
    Some(table)
}

pub(super) fn extrapolated(report: &Report) -> Option<Table> {
    if report.extrapolated.is_empty() && report.not_extrapolated.is_empty() {
        return None;
    }
    let mut about = "A MODEL, not a measurement: fixed seconds and seconds for each row, fitted to runs of several sizes; the error is the greatest on a size that \
        was left out of the fit. It knows nothing of memory that runs out, of groups that grow in number, or of a store that throttles."
        .to_owned();
    for reason in &report.not_extrapolated {
        about += &format!(" {reason}.");
    }
    let columns = columns(&[
        ("points", true),
        ("rows looked at", true),
        ("seconds, by the model", true),
        ("money", true),
        ("fixed", true),
        ("per million rows", true),
        ("error", true),
        ("beyond the data", true),
    ]);
    let mut table = Table::new("More points, by a model", &about, &columns);
    for model in &report.extrapolated {
        let mut row = vec![Field::text(&model.query), Field::text(&model.layout)];
        let rent = report.tariff.machines.get(&model.device);
        let money = rent.map(|r| crate::money::machine_seconds(model.seconds, r.machine.per_hour));
        row.extend([
            Field::text(&model.device),
            Field::text(model.state.to_string()),
            Field::number(Some(model.points), many),
            Field::number(Some(model.rows), many),
            Field::number(Some(model.seconds), digits),
            Field::number(money, digits),
            Field::number(Some(model.model.fixed), seconds),
            Field::number(Some(model.model.per_row * 1e6), seconds),
            Field::number(Some(model.model.error), percent),
            Field::number(Some(model.beyond), |b| format!("{} ×", digits(b))),
        ]);
        table.rows.push(row);
    }
    Some(table)
}
