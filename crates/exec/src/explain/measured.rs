//! What a run measured, in the lines of a plan.

use crate::Receipt;
use crate::receipt::{bytes, counted, thousands};
use graticule_columns::printable;
use std::fmt::Write as _;

/// What a run took, line by line beside [`explain`](crate::explain): rows at each step, bytes, and each stage's share of the time.
pub fn measured(receipt: &Receipt) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<10} {}", printable(&value));
    };
    #[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
    let share = |part: u64, whole: u64| match whole {
        0 => "none".to_owned(),
        _ => format!("{:.2} %", 100.0 * part as f64 / whole as f64),
    };
    line("ran on", receipt.device.name.clone());
    if let Some(reason) = &receipt.fallback {
        line("fallback", reason.clone());
    }
    let scanned_and_matched = receipt.rows_matched - receipt.rows_answered;
    line(
        "rows",
        format!(
            "{} scanned, {} of them matched ({}), {} invalid, {} tested again in f64",
            thousands(receipt.rows_scanned),
            thousands(scanned_and_matched),
            share(scanned_and_matched, receipt.rows_scanned),
            thousands(receipt.rows_invalid),
            thousands(receipt.rows_rechecked),
        ),
    );
    if receipt.tiles_answered > 0 {
        line(
            "statistics",
            format!(
                "{} more matched in {}, not read",
                thousands(receipt.rows_answered),
                counted(receipt.tiles_answered, "tile"),
            ),
        );
    }
    line(
        "bytes",
        format!(
            "{} fetched in {}, {} decoded, {} uploaded, {} spilled",
            bytes(receipt.bytes_fetched),
            counted(receipt.requests, "request"),
            bytes(receipt.bytes_decoded),
            bytes(receipt.bytes_uploaded),
            bytes(receipt.bytes_spilled),
        ),
    );
    line("grouping", receipt.grouping.clone());
    for step in &receipt.cpu_steps {
        line("cpu step", step.clone());
    }
    if !receipt.columns_by_library.is_empty() {
        line(
            "library",
            receipt.columns_by_library.join(", ") + ": decoded by Arrow's reader",
        );
    }
    if let Some(peak) = receipt.peak_memory_bytes {
        line("memory", format!("{} at most", bytes(peak)));
    }
    let wall = receipt.seconds.wall;
    for ((stage, seconds), (_, busy)) in receipt.seconds.stages().zip(receipt.busy_seconds.stages())
    {
        if seconds >= 0.0005 || busy >= 0.0005 {
            let part = if wall > 0.0 {
                100.0 * seconds / wall
            } else {
                0.0
            };
            line(
                stage,
                format!("{seconds:.3} s, {part:.0} % of all; {busy:.3} s summed over threads"),
            );
        }
    }
    line("all", format!("{wall:.3} s"));
    text
}
