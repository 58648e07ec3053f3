//! The plan and the schedule as text.

use crate::receipt::{bytes, thousands};
use crate::{Engine, Error, Plan, schedule};
use graticule_kernels::{Accumulator, Filter, Table};
use std::fmt::Write as _;

/// What would happen if the plan ran on this engine: filters, keys, pruning, bytes, device and why.
///
/// # Errors
/// [`Error`] when the plan cannot run on this engine.
pub fn explain(plan: &Plan, engine: &Engine) -> Result<String, Error> {
    let schedule = schedule::of_plan(engine, plan)?;
    let program = &plan.part.program;
    let scan = &plan.part.scan;
    let names = schedule::slot_names(scan);
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<10} {value}");
    };
    let pruning = &plan.pruning;
    line("dataset", scan.url.clone());
    line(
        "reads",
        format!(
            "{} of {} files, {} of {} row groups, {} of {} rows, {} of {}",
            pruning.files_total - pruning.files_pruned,
            pruning.files_total,
            pruning.row_groups_total - pruning.row_groups_pruned,
            pruning.row_groups_total,
            thousands(scan.rows()),
            thousands(pruning.rows_total),
            bytes(scan.groups.iter().map(|g| g.bytes).sum()),
            bytes(pruning.bytes_total),
        ),
    );
    line("columns", names.join(", "));
    for filter in &program.filters {
        line(
            "filter",
            match filter {
                Filter::Bbox(bbox) => format!(
                    "bbox {}; cells on its edges are tested again in f64",
                    bbox.edges().map(|e| e.to_string()).join(",")
                ),
                Filter::Range {
                    slot,
                    low,
                    high,
                    negate,
                } => format!(
                    "range {}: ordered word {}in {low}..={high}",
                    names[*slot],
                    if *negate { "not " } else { "" }
                ),
            },
        );
    }
    for key in &plan.keys {
        line("key", key.name.clone());
    }
    for aggregate in &plan.aggregates {
        line("aggregate", aggregate.name.clone());
    }
    let sums = program
        .accumulators
        .iter()
        .filter(|a| matches!(a, Accumulator::Sum { .. }));
    let grouping = Table::new(program, schedule.table_bytes)?.grouping();
    line(
        "groups",
        format!(
            "at most {}, {} on the CPU, {} accumulators, {} of them exact sums",
            program.most_groups(),
            format!("{grouping:?}").to_lowercase(),
            program.accumulators.len(),
            sums.count()
        ),
    );
    if let Some(place) = plan.order {
        let rows = plan.query.top.as_ref().map_or(0, |t| t.rows);
        line(
            "order",
            format!("top {rows} by {}, then keys", plan.aggregates[place].name),
        );
    }
    line(
        "device",
        format!(
            "{}: {}; {} threads, chunks of {} rows",
            if schedule.on_gpu { "gpu" } else { "cpu" },
            schedule.why,
            schedule.threads,
            thousands(schedule.chunk_rows as u64)
        ),
    );
    Ok(text)
}
