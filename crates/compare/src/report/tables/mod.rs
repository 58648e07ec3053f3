//! What the tables say.

mod measured;
mod method;
mod reckoned;

use super::Report;
use super::ReportRow;
use super::table::{Field, Table};
use measured::{bytes_read, cells, money};
pub(crate) use method::method;
use method::prices;
use reckoned::{extrapolated, layouts, pays};

pub(crate) fn tables(report: &Report) -> Vec<Table> {
    let mut tables = vec![cells(report), money(report)];
    tables.extend(pays(report));
    tables.extend(layouts(report));
    tables.extend(extrapolated(report));
    tables.extend([bytes_read(report), prices(report)]);
    tables.into_iter().map(Table::folded).collect()
}

/// Question, layout, device and state.
fn place(row: &ReportRow) -> Vec<Field> {
    let row = &row.row;
    let mut fields: Vec<_> = [&row.query, &row.layout, &row.device]
        .map(Field::text)
        .into();
    fields.push(Field::text(row.state.to_string()));
    fields
}

fn columns<'a>(others: &[(&'a str, bool)]) -> Vec<(&'a str, bool)> {
    let place = ["question", "layout", "device", "state"].map(|name| (name, false));
    place.into_iter().chain(others.iter().copied()).collect()
}

fn whole(report: &Report) -> impl Iterator<Item = &ReportRow> {
    report.rows.iter().filter(|r| r.row.share.is_none())
}
