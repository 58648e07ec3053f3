//! The plan and the schedule as text.

use crate::receipt::{bytes, thousands};
use crate::{Engine, Error, Plan, schedule};
use graticule_kernels::{Accumulator, Filter, Program, Table};
use std::fmt::Write as _;

/// What would happen if the plan ran on this engine: filters, keys, pruning, bytes, device and why.
///
/// # Errors
/// [`Error`] when the plan cannot run on this engine.
pub fn explain(plan: &Plan, engine: &Engine) -> Result<String, Error> {
    let schedule = schedule::of_plan(engine, plan)?;
    let program = &plan.part.programs[0];
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
            "{} of {} files, {} of {} row groups{}, {} of {} rows, {} of {}",
            pruning.files_total - pruning.files_pruned,
            pruning.files_total,
            pruning.row_groups_total - pruning.row_groups_pruned,
            pruning.row_groups_total,
            match pruning.pages_pruned {
                0 => String::new(),
                pages => format!(" without {} of their pages", thousands(pages)),
            },
            thousands(scan.rows()),
            thousands(pruning.rows_total),
            bytes(scan.groups.iter().map(|g| g.bytes).sum()),
            bytes(pruning.bytes_total),
        ),
    );
    line("columns", names.join(", "));
    for filter in &program.filters {
        line("filter", describe(filter, &names, program));
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
    for (program, place) in plan.part.programs.iter().zip(0..).skip(1) {
        let slot = program.live.map_or("", |slot| names[slot].as_str());
        line(
            "pairs",
            format!(
                "table {place}: groups split by {slot}, at most {}, {}",
                program.most_groups(),
                format!(
                    "{:?}",
                    Table::new(program, schedule.table_bytes)?.grouping()
                )
                .to_lowercase()
            ),
        );
    }
    if let Some(floor) = &plan.floor {
        line(
            "floor",
            format!(
                "groups with fewer than {} distinct values in table {} are dropped",
                floor.least, floor.program
            ),
        );
    }
    if let Some(place) = plan.order {
        let rows = plan.query.top.as_ref().and_then(|t| t.rows);
        let rows = rows.map_or_else(|| "all".to_owned(), |rows| format!("top {rows}"));
        line(
            "order",
            format!("{rows} by {}, then keys", plan.aggregates[place].name),
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

/// A filter in words.
fn describe(filter: &Filter, names: &[String], program: &Program) -> String {
    let joined = |filters: &[Filter], by: &str| {
        let all = filters.iter().map(|f| describe(f, names, program));
        format!("({})", all.collect::<Vec<_>>().join(by))
    };
    match filter {
        Filter::Bbox(bbox) => format!(
            "bbox {}; cells on its edges are tested again in f64",
            bbox.edges().map(|e| e.to_string()).join(",")
        ),
        Filter::Circle(circle) => {
            format!("near {circle}; cells on its rim are tested again in f64")
        }
        Filter::Layer { layer } => {
            let layer = &program.layers[*layer];
            let rings = layer.zones().iter().flat_map(|z| &z.rings);
            format!(
                "polygon of {} vertices, tables of {}; cells beside its edges are tested again in f64",
                rings.map(Vec::len).sum::<usize>(),
                bytes(4 * layer.words().len() as u64)
            )
        }
        &Filter::Range {
            slot,
            low,
            high,
            negate,
        } => format!(
            "range {}: ordered word {}in {low}..={high}",
            names[slot],
            if negate { "not " } else { "" }
        ),
        &Filter::IsNull { slot, negate } => {
            let not = if negate { "not " } else { "" };
            format!("{} is {not}null", names[slot])
        }
        Filter::All(filters) => joined(filters, " and "),
        Filter::Any(filters) => joined(filters, " or "),
    }
}
