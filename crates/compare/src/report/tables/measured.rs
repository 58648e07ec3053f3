//! What was measured: times, what they cost, what bounds them.

use super::{columns, place, whole};
use crate::Status;
use crate::report::Report;
use crate::report::table::{Field, Table};
use crate::report::text::{bytes, digits, many, percent, seconds};

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are shown with three digits"
)]
pub(super) fn cells(report: &Report) -> Table {
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

pub(super) fn money(report: &Report) -> Table {
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

pub(super) fn bounds(report: &Report) -> Table {
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
