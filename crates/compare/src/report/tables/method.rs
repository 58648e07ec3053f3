//! At which prices, and how it was measured.

use crate::report::Report;
use crate::report::conclusion::is_gpu;
use crate::report::table::{Field, Table};
use crate::report::text::bytes;

pub(super) fn prices(report: &Report) -> Table {
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
    let is_measured = report.devices.iter().any(is_gpu);
    if let Some(gpu) = report.tariff.gpu.as_ref().filter(|_| !is_measured) {
        table.rows.push(vec![
            Field::text("a GPU, not measured"),
            Field::text(&gpu.kind),
            Field::number(Some(gpu.per_hour), |p| format!("{p} {currency} an hour")),
            Field::text("the default of the prices"),
            Field::text(&gpu.date),
            Field::text(&gpu.source),
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
    said.extend(report.load.map(|[median, greatest]| {
        format!(
            "Load, this work included: {median} threads in the median, {greatest} at most, of {}.",
            report.threads
        )
    }));
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
            .map(|(name, json)| format!("Query {name}: {}", shortened(json))),
    );
    said.extend(
        [
            "Cold: the system was asked to drop the files from its cache, the dataset was opened anew and the engine was new, so that kernels are compiled within the time; opening the device and the dataset is shown apart. What really came from storage is in the table.",
            "Warm: the files are in the system's cache, kernels are compiled, no column is on the device: fetch, decode, derive and upload are within the time.",
            "Resident: the columns are on the device from a run before.",
            "Repeats are interleaved: every cell once, then every cell again, the order turning. All figures of a row are of its median run (of two middle ones the faster), stages along the critical path, as in its receipt.",
            "Writing the answer to a file is not within the time; every answer was written to memory as Parquet afterwards and compared, byte for byte, with the first one to the same question.",
            "Every run with its whole receipt is in runs.jsonl beside this report.",
        ]
        .map(str::to_owned),
    );
    said
}

/// The beginning of a long text; all of it is in the receipts.
fn shortened(text: &str) -> String {
    const MOST: usize = 240;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} … (all of it in runs.jsonl)", &text[..end]),
        None => text.to_owned(),
    }
}
