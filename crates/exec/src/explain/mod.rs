//! The plan and the schedule as text, and beside them what a run measured.

mod filters;
mod measured;

use crate::receipt::{bytes, counted, thousands};
use crate::{Dataset, Engine, Error, schedule};
use graticule_columns::printable;
use graticule_kernels::{Accumulator, Grouping};
use graticule_plan::{AnswerPart, Plan};
pub use measured::measured;
use std::fmt::Write as _;

/// What would happen if the plan of a dataset ran on this engine: filters, keys, pruning, bytes, device and why.
///
/// # Errors
/// [`Error`] when the plan cannot run on this engine.
pub fn explain(plan: &Plan, engine: &Engine, dataset: &Dataset) -> Result<String, Error> {
    let schedule = schedule::of_plan(engine, dataset, plan)?;
    let program = &plan.part().programs()[0];
    let scan = plan.part().scan();
    let names = (0..scan.sources.len()).map(|slot| filters::name(scan, slot));
    let names: Vec<String> = names.collect();
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<10} {}", printable(&value));
    };
    let pruning = plan.pruning();
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
    if pruning.tiles_answered > 0 {
        line(
            "statistics",
            format!(
                "answer {} in {} without reading them",
                counted(pruning.rows_answered, "row"),
                counted(pruning.tiles_answered, "tile"),
            ),
        );
    }
    line("columns", names.join(", "));
    for filter in &program.filters {
        line("filter", filters::describe(filter, scan, program));
    }
    if let Some(select) = &plan.query().select {
        let limit = select
            .limit
            .map(|n| format!(", the first {}", counted(n, "row")));
        let columns = select.columns.join(", ");
        line("select", columns + &limit.unwrap_or_default());
        if !select.order.is_empty() {
            let orders = select.order.iter().map(ToString::to_string);
            line("order", orders.collect::<Vec<_>>().join(", "));
        }
    } else {
        for key in plan.keys() {
            line("key", key.name.clone());
        }
        for (column, aggregate) in plan.answer_columns().iter().zip(&plan.query().aggregates) {
            let made = aggregate.unnamed().to_string();
            let is_named = made != column.name;
            let of = if is_named {
                format!(": {made}")
            } else {
                String::new()
            };
            line("aggregate", column.name.clone() + &of);
        }
        let sums = program
            .accumulators
            .iter()
            .filter(|a| matches!(a, Accumulator::Sum { .. }));
        let grouping = Grouping::of(program, schedule.table_bytes);
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
    }
    for (program, place) in plan.part().programs().iter().zip(0..).skip(1) {
        let slot = program.live.map_or("", |slot| names[slot].as_str());
        line(
            "pairs",
            format!(
                "table {place}: groups split by {slot}, at most {}, {}",
                program.most_groups(),
                format!("{:?}", Grouping::of(program, schedule.table_bytes)).to_lowercase()
            ),
        );
    }
    if let Some(floor) = plan.floor() {
        line(
            "floor",
            format!(
                "groups with fewer than {} distinct values in table {} are dropped",
                floor.least, floor.program
            ),
        );
    }
    if let Some(having) = &plan.query().having {
        line("having", having.to_string());
    }
    if let Some(top) = &plan.query().top {
        let rows = top
            .rows
            .map_or_else(|| "all".to_owned(), |rows| format!("top {rows}"));
        line("order", format!("{rows} by {}, then keys", order(plan)));
    }
    line(
        "device",
        format!(
            "{}: {}; {} threads, chunks of {} rows",
            if schedule.choice.on_gpu { "gpu" } else { "cpu" },
            schedule.choice.why,
            schedule.threads,
            thousands(schedule.chunk_rows as u64)
        ),
    );
    Ok(text)
}

/// What the answer is ordered by before its keys, in words.
fn order(plan: &Plan) -> String {
    let top = plan.query().top.iter();
    let asked: Vec<&str> = top
        .flat_map(|top| &top.by)
        .map(|order| order.by.as_str())
        .collect();
    let first = plan
        .answer_columns()
        .first()
        .map_or("", |column| &column.name);
    let orders = plan.order().iter().enumerate().map(|(place, order)| {
        let name = asked.get(place).unwrap_or(&first);
        let is_usual = order.descending == matches!(order.part, AnswerPart::Value(_));
        match (is_usual, order.descending) {
            (true, _) => (*name).to_owned(),
            (false, true) => format!("{name} descending"),
            (false, false) => format!("{name} ascending"),
        }
    });
    orders.collect::<Vec<_>>().join(", ")
}
