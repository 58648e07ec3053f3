//! What was measured: times, what bounds them, what they cost, what was read.

use super::{columns, place, whole};
use crate::Status;
use crate::report::table::{Field, Table};
use crate::report::text::{bytes, digits, many, percent, seconds, times};
use crate::report::{Report, ReportRow};

#[expect(clippy::cast_precision_loss, reason = "runs are few")]
pub(super) fn cells(report: &Report) -> Table {
    let about = "Seconds from the question to the answer in memory: the median run, and the least and greatest of all. Every run's answer was compared, byte for byte. \
        Cold: the files come from storage. Warm: they are in the system's cache. Resident: the columns are on the device, which only a GPU does. \
        The last figures are Amdahl's: seconds that would be left if all that a GPU does took no time (filters, keys, adding up, and the way there and back), and how many \
        times as fast that is; no GPU can gain more with the rest as it is.";
    let columns = columns(&[
        ("answer", false),
        ("seconds", true),
        ("least – greatest", true),
        ("runs", true),
        ("longest stage", true),
        ("at best with any GPU", true),
        ("times as fast", true),
        ("notes", false),
    ]);
    let mut table = Table::new("Time", about, &columns);
    for row in whole(report) {
        let (cell, bound) = (&row.row, row.bound.as_ref());
        let wall = cell.wall;
        let mut fields = place(row);
        fields.extend([
            status(row),
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
            Field::number(bound.map(|b| b.share), |share| {
                let stage = bound.map_or("", |b| b.stage.as_str());
                format!("{stage}, {}", percent(share))
            }),
            Field::number(bound.map(|b| b.left), digits),
            Field::number(bound.and_then(|b| b.gain), times),
            Field::text(cell.notes.join("; ")),
        ]);
        table.rows.push(fields);
    }
    table
}

fn status(row: &ReportRow) -> Field {
    match &row.row.status {
        Status::Same => Field::text("same bytes"),
        Status::Mismatch(why) => Field::warning(format!("MISMATCH {why}")),
        Status::FellBack(why) => Field::warning(format!("fell back to the CPU: {why}")),
        Status::Failed(why) => Field::warning(format!("failed: {why}")),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are shown with three digits"
)]
pub(super) fn bytes_read(report: &Report) -> Table {
    let about = "Of the median run: rows looked at a second, bytes of the files, those of them that came from storage, bytes sent to the device, and the time to open device \
        and dataset, which is in no other figure.";
    let columns = columns(&[
        ("rows/s", true),
        ("fetched", true),
        ("from storage", true),
        ("uploaded", true),
        ("device start-up", true),
        ("opening", true),
        ("joules", true),
    ]);
    let mut table = Table::new("Bytes and energy", about, &columns);
    for row in whole(report) {
        let median = row.row.median.as_ref();
        let receipt = median.and_then(|m| m.receipt.as_ref());
        let joules = median.and_then(|m| m.joules);
        let joules = joules.map(|j| j.cpu.unwrap_or(0.0) + j.gpu.unwrap_or(0.0));
        let storage = median.and_then(|m| m.storage_bytes);
        let mut fields = place(row);
        fields.extend([
            Field::number(row.rows_per_second, many),
            Field::number(receipt.map(|r| r.bytes_fetched as f64), bytes),
            Field::number(storage.map(|n| n as f64), bytes),
            Field::number(receipt.map(|r| r.bytes_uploaded as f64), bytes),
            Field::number(median.and_then(|m| m.startup), seconds),
            Field::number(median.and_then(|m| m.opening), seconds),
            Field::number(joules, digits),
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
    let columns = columns(&[
        ("machine", false),
        ("a million questions", true),
        ("a billion rows", true),
        ("a month", true),
    ]);
    let mut table = Table::new("Money", &about, &columns);
    for row in whole(report) {
        let kind = report.tariff.machines.get(&row.row.device);
        let mut fields = place(row);
        fields.extend([
            Field::text(kind.map_or("no price", |k| k.machine.kind.as_str())),
            Field::number(row.money.map(|m| m.per_query * 1e6), digits),
            Field::number(row.money.and_then(|m| m.per_billion_rows), digits),
            Field::number(row.money.map(|m| m.per_month), digits),
        ]);
        table.rows.push(fields);
    }
    table
}
