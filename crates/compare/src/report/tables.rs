//! What the tables say, and how it was measured.

use super::table::{Field, Table};
use super::text::{bytes, digits, many, percent, seconds};
use super::{Report, ReportRow};
use crate::{BreakEven, Status};

pub(crate) fn tables(report: &Report) -> Vec<Table> {
    let mut tables = vec![cells(report), money(report), bounds(report)];
    tables.extend(pays(report));
    tables.extend(layouts(report));
    tables.extend(extrapolated(report));
    tables.push(prices(report));
    tables
}

/// Query, layout where there are several, device and state.
fn place(report: &Report, row: &ReportRow) -> Vec<Field> {
    let mut fields = vec![Field::text(&row.row.query)];
    if report.layouts.len() > 1 {
        fields.push(Field::text(&row.row.layout));
    }
    fields.push(Field::text(&row.row.device));
    fields.push(Field::text(row.row.state.to_string()));
    fields
}

fn columns<'a>(report: &Report, others: &[(&'a str, bool)]) -> Vec<(&'a str, bool)> {
    let mut columns = vec![("query", false)];
    if report.layouts.len() > 1 {
        columns.push(("layout", false));
    }
    columns.extend([("device", false), ("state", false)]);
    columns.extend(others);
    columns
}

fn whole(report: &Report) -> impl Iterator<Item = &ReportRow> {
    report.rows.iter().filter(|r| r.row.share.is_none())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are shown with three digits"
)]
fn cells(report: &Report) -> Table {
    let about = "Seconds from the question to the answer in memory, of the median run, and the least and greatest of all. Equal bytes are checked in every run. \
        The CPU keeps no columns between questions, so that it has no resident row.";
    let columns = columns(
        report,
        &[
            ("answer", false),
            ("seconds", true),
            ("least – greatest", true),
            ("runs", true),
            ("rows/s", true),
            ("fetched", true),
            ("from storage", true),
            ("uploaded", true),
            ("device start-up", true),
            ("opening", true),
            ("joules", true),
            ("notes", false),
        ],
    );
    let mut table = Table::new("Time", about, &columns);
    for row in whole(report) {
        let cell = &row.row;
        let median = cell.median.as_ref();
        let receipt = median.and_then(|m| m.receipt.as_ref());
        let mut fields = place(report, row);
        fields.push(match &cell.status {
            Status::Same => Field::text("same bytes"),
            Status::Mismatch(why) => Field::warning(format!("MISMATCH {why}")),
            Status::FellBack(why) => Field::warning(format!("fell back to the CPU: {why}")),
            Status::Failed(why) => Field::warning(format!("failed: {why}")),
        });
        let joules = median.and_then(|m| m.joules);
        let joules = joules.map(|j| j.cpu.unwrap_or(0.0) + j.gpu.unwrap_or(0.0));
        let wall = cell.wall;
        fields.extend([
            Field::number(wall.map(|w| w.median), digits),
            Field {
                text: wall.map_or_else(
                    || "—".to_owned(),
                    |w| format!("{} – {}", digits(w.least), digits(w.greatest)),
                ),
                value: wall.map(|w| w.greatest - w.least),
                is_warning: false,
            },
            Field::number(Some(cell.runs as f64), |n| n.to_string()),
            Field::number(row.rows_per_second, many),
            Field::number(receipt.map(|r| r.bytes_fetched as f64), bytes),
            Field::number(
                median.and_then(|m| m.storage_bytes).map(|n| n as f64),
                bytes,
            ),
            Field::number(receipt.map(|r| r.bytes_uploaded as f64), bytes),
            Field::number(median.and_then(|m| m.startup), seconds),
            Field::number(median.and_then(|m| m.opening), seconds),
            Field::number(joules, digits),
            Field::text(cell.notes.join("; ")),
        ]);
        table.rows.push(fields);
    }
    table
}

fn money(report: &Report) -> Table {
    let currency = &report.tariff.currency;
    let about = format!(
        "In {currency}. Seconds of this machine at the price of the machine that the device stands for; a month is 730 hours of whole machines at {} questions an hour.",
        digits(report.rate)
    );
    let columns = columns(
        report,
        &[
            ("machine", false),
            ("per question", true),
            ("per billion rows", true),
            ("per month", true),
        ],
    );
    let mut table = Table::new("Money", &about, &columns);
    for row in whole(report) {
        let kind = report.tariff.machines.get(&row.row.device);
        let mut fields = place(report, row);
        fields.extend([
            Field::text(kind.map_or("no price", |k| k.machine.kind.as_str())),
            Field::number(row.money.map(|m| m.per_query), digits),
            Field::number(row.money.and_then(|m| m.per_billion_rows), digits),
            Field::number(row.money.map(|m| m.per_month), digits),
        ]);
        table.rows.push(fields);
    }
    table
}

fn bounds(report: &Report) -> Table {
    let about = "The stage that takes longest in the median run, and what is left if all that a GPU does (upload, kernel, readback) took no time: \
        the most that any GPU could gain with the rest as it is.";
    let columns = columns(
        report,
        &[
            ("longest stage", false),
            ("its share", true),
            ("left without a GPU's work", true),
            ("gain at most", true),
        ],
    );
    let mut table = Table::new("What bounds each question", about, &columns);
    for row in whole(report) {
        let Some(bound) = &row.bound else { continue };
        let mut fields = place(report, row);
        fields.extend([
            Field::text(&bound.stage),
            Field::number(Some(bound.share), percent),
            Field::number(Some(bound.floor), seconds),
            Field::number(bound.gain, |g| format!("{} ×", digits(g))),
        ]);
        table.rows.push(fields);
    }
    table
}

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
            ..Field::text(format!("from {}{what}", many(n)))
        },
    }
}

fn pays(report: &Report) -> Option<Table> {
    let software: Vec<_> = report
        .devices
        .iter()
        .filter(|d| d.is_software)
        .map(|d| d.asked.as_str())
        .collect();
    let mut about = "Against the warm CPU: how often a question must be asked of the same data until uploading it pays, and at how many questions an hour \
        renting the GPU's machine costs no more."
        .to_owned();
    if !software.is_empty() {
        about += &format!(
            " {} is a software adapter: these lines say nothing of a GPU.",
            software.join(", ")
        );
    }
    let mut names = vec![("query", false)];
    if report.layouts.len() > 1 {
        names.push(("layout", false));
    }
    names.extend([
        ("device", false),
        ("CPU", true),
        ("GPU, warm", true),
        ("GPU, resident", true),
        ("upload pays, in time", true),
        ("in money", true),
        ("renting pays", true),
    ]);
    let mut table = Table::new("When a GPU pays", &about, &names);
    for pays in &report.pays {
        let mut row = vec![Field::text(
            pays.query.as_deref().unwrap_or("all, equally often"),
        )];
        if report.layouts.len() > 1 {
            row.push(Field::text(&pays.layout));
        }
        row.extend([
            Field::text(&pays.device),
            Field::number(Some(pays.cpu), seconds),
            Field::number(Some(pays.gpu_warm), seconds),
            Field::number(pays.gpu_resident, seconds),
            even(Some(pays.repeats_in_time), " repeats"),
            even(pays.repeats_in_money, " repeats"),
            even(pays.questions_an_hour, " an hour"),
        ]);
        table.rows.push(row);
    }
    (!table.rows.is_empty()).then_some(table)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are shown with three digits"
)]
fn layouts(report: &Report) -> Option<Table> {
    if report.layouts.len() < 2 {
        return None;
    }
    let about = "The same rows in several layouts, warm: the one that takes least time for each question and device pays.";
    let names = [
        ("query", false),
        ("device", false),
        ("layout", false),
        ("seconds", true),
        ("fetched", true),
        ("row groups read", true),
        ("per question", true),
        ("pays", false),
    ];
    let mut table = Table::new("Which layout pays", about, &names);
    let warm: Vec<_> = whole(report)
        .filter(|r| r.row.state == crate::State::Warm && r.row.is_sound())
        .collect();
    for row in &warm {
        let Some(receipt) = row.row.median.as_ref().and_then(|m| m.receipt.as_ref()) else {
            continue;
        };
        let others = warm
            .iter()
            .filter(|o| (&o.row.query, &o.row.device) == (&row.row.query, &row.row.device));
        let best = others
            .filter_map(|o| o.row.wall)
            .map(|w| w.median)
            .fold(f64::INFINITY, f64::min);
        let is_best = row.row.wall.is_some_and(|w| w.median <= best);
        table.rows.push(vec![
            Field::text(&row.row.query),
            Field::text(&row.row.device),
            Field::text(&row.row.layout),
            Field::number(row.row.wall.map(|w| w.median), digits),
            Field::number(Some(receipt.bytes_fetched as f64), bytes),
            Field::number(
                Some((receipt.row_groups_total - receipt.row_groups_pruned) as f64),
                |n| format!("{n} of {}", receipt.row_groups_total),
            ),
            Field::number(row.money.map(|m| m.per_query), digits),
            Field::text(if is_best { "this one" } else { "" }),
        ]);
    }
    Some(table)
}

fn extrapolated(report: &Report) -> Option<Table> {
    if report.extrapolated.is_empty() && report.not_extrapolated.is_empty() {
        return None;
    }
    let mut about = "A MODEL, not a measurement: fixed seconds and seconds for each row, fitted to runs of several sizes; the error is the greatest on a size that \
        was left out of the fit. It knows nothing of memory that runs out, of groups that grow in number, or of a store that throttles."
        .to_owned();
    for reason in &report.not_extrapolated {
        about += &format!(" {reason}.");
    }
    let columns = columns(
        report,
        &[
            ("points", true),
            ("rows looked at", true),
            ("seconds, by the model", true),
            ("money", true),
            ("fixed", true),
            ("per million rows", true),
            ("error", true),
            ("beyond the data", true),
        ],
    );
    let mut table = Table::new("More points, by a model", &about, &columns);
    for model in &report.extrapolated {
        let mut row = vec![Field::text(&model.query)];
        if report.layouts.len() > 1 {
            row.push(Field::text(&model.layout));
        }
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

fn prices(report: &Report) -> Table {
    let names = [
        ("for", false),
        ("kind", false),
        ("price", true),
        ("taken", false),
        ("as known on", false),
        ("source", false),
    ];
    let currency = &report.tariff.currency;
    let mut table = Table::new("Prices", "Check them before you quote a figure.", &names);
    for (device, rent) in &report.tariff.machines {
        table.rows.push(vec![
            Field::text(device),
            Field::text(&rent.machine.kind),
            Field::number(Some(rent.machine.per_hour), |p| {
                format!("{p} {currency} an hour")
            }),
            Field::text(&rent.why),
            Field::text(&rent.machine.date),
            Field::text(&rent.machine.source),
        ]);
    }
    if let Some(store) = &report.tariff.store {
        let requests = store.per_thousand_requests.unwrap_or(0.0);
        let gib = store.per_gib.unwrap_or(0.0);
        table.rows.push(vec![
            Field::text("store"),
            Field::text(&store.kind),
            Field::number(Some(requests), |p| {
                format!("{p} {currency} a thousand requests, {gib} a GiB")
            }),
            Field::text("as given"),
            Field::text(&store.date),
            Field::text(&store.source),
        ]);
    }
    table
}

/// How it was measured, in sentences.
pub(crate) fn method(report: &Report) -> Vec<String> {
    let mut said = vec![
        format!("Command: {}", report.command),
        format!(
            "graticule {}; runs from {} to {} (UTC).",
            report.setting.graticule, report.dates[0], report.dates[1]
        ),
        format!("Machine: {}.", report.setting.machine.join("; ")),
        format!("Engines: {}.", report.setting.engines),
    ];
    for layout in &report.layouts {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts are shown with three digits"
        )]
        said.push(format!(
            "Layout '{}': {}, {} rows in {} files, {}.",
            layout.name,
            layout.url,
            layout.rows,
            layout.files,
            bytes(layout.bytes as f64)
        ));
    }
    for device in &report.devices {
        let kind = if device.is_software {
            ", a software adapter: a program on the CPU, no GPU"
        } else {
            ""
        };
        let who = if device.answered.is_empty() {
            "nothing".to_owned()
        } else {
            device.answered.join(", ")
        };
        said.push(format!("'{}' was answered by {who}{kind}.", device.asked));
    }
    let receipts = report.rows.iter().filter_map(|r| {
        Some((
            r.row.query.as_str(),
            r.row.median.as_ref()?.receipt.as_ref()?,
        ))
    });
    let mut asked: Vec<(&str, String)> = Vec::new();
    for (name, receipt) in receipts {
        if asked.iter().all(|a| a.0 != name) {
            asked.push((
                name,
                serde_json::to_string(&receipt.query).unwrap_or_default(),
            ));
        }
    }
    said.extend(
        asked
            .iter()
            .map(|(name, json)| format!("Query {name}: {json}")),
    );
    said.extend(
        [
            "Cold: the system was asked to drop the files from its cache, the dataset was opened anew and the engine was new, so that kernels are compiled within the time; opening the device and the dataset is shown apart. What really came from storage is in the table.",
            "Warm: the files are in the system's cache, kernels are compiled, no column is on the device: fetch, decode and upload are within the time.",
            "Resident: the columns are on the device from a run before.",
            "Repeats are interleaved: every cell once, then every cell again, the order turning. All figures of a row are of its median run (of two middle ones the faster), stages along the critical path, as in its receipt.",
            "Writing the answer to a file is not within the time; every answer was written to memory as Parquet afterwards and compared, byte for byte, with the first one to the same question.",
            "Every run with its whole receipt is in runs.jsonl beside this report.",
        ]
        .map(str::to_owned),
    );
    said
}
