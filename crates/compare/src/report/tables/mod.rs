//! What the tables say.

mod measured;
mod method;
mod reckoned;

use super::Report;
use super::ReportRow;
use super::table::{Field, Table};
use measured::{bounds, cells, money};
pub(crate) use method::method;
use method::prices;
use reckoned::{extrapolated, layouts, pays};

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
