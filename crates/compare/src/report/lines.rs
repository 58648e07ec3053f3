//! The cells as CSV.

use super::Report;
use crate::{CompareError, Status};

pub(crate) fn csv(report: &Report) -> Result<Vec<u8>, CompareError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let stages = [
        "plan", "fetch", "decode", "derive", "upload", "kernel", "readback", "merge", "write",
        "other",
    ];
    let mut header = vec![
        "query",
        "layout",
        "device",
        "state",
        "share",
        "status",
        "why",
        "answered_by",
        "is_software",
        "runs",
        "wall_s",
        "least_s",
        "lower_quartile_s",
        "upper_quartile_s",
        "greatest_s",
        "startup_s",
        "opening_s",
        "rows",
        "rows_per_s",
        "rows_matched",
        "groups",
        "requests",
        "bytes_fetched",
        "bytes_decoded",
        "bytes_uploaded",
        "bytes_from_storage",
        "joules_cpu",
        "joules_gpu",
    ];
    header.extend(stages);
    header.extend([
        "per_query",
        "per_billion_rows",
        "per_month",
        "currency",
        "machine",
        "notes",
    ]);
    let mut lines: Vec<Vec<String>> = vec![header.into_iter().map(str::to_owned).collect()];
    for row in &report.rows {
        let cell = &row.row;
        let (status, why) = match &cell.status {
            Status::Same => ("same", ""),
            Status::Mismatch(why) => ("MISMATCH", why.as_str()),
            Status::FellBack(why) => ("fell back", why.as_str()),
            Status::Failed(why) => ("failed", why.as_str()),
        };
        let number = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
        let whole = |value: Option<u64>| value.map_or_else(String::new, |v| v.to_string());
        let median = cell.median.as_ref();
        let receipt = median.and_then(|m| m.receipt.as_ref());
        let joules = median.and_then(|m| m.joules);
        let mut line = vec![
            cell.query.clone(),
            cell.layout.clone(),
            cell.device.clone(),
            cell.state.to_string(),
            number(cell.share),
            status.to_owned(),
            why.to_owned(),
            receipt.map_or_else(String::new, |r| r.device.name.clone()),
            receipt.map_or_else(String::new, |r| r.device.is_software.to_string()),
            cell.runs.to_string(),
            number(cell.wall.map(|w| w.median)),
            number(cell.wall.map(|w| w.least)),
            number(cell.wall.map(|w| w.lower)),
            number(cell.wall.map(|w| w.upper)),
            number(cell.wall.map(|w| w.greatest)),
            number(median.and_then(|m| m.startup)),
            number(median.and_then(|m| m.opening)),
            whole(median.map(|m| m.rows)),
            number(row.rows_per_second),
            whole(receipt.map(|r| r.rows_matched)),
            cell.groups.to_string(),
            whole(receipt.map(|r| r.requests)),
            whole(receipt.map(|r| r.bytes_fetched)),
            whole(receipt.map(|r| r.bytes_decoded)),
            whole(receipt.map(|r| r.bytes_uploaded)),
            whole(median.and_then(|m| m.storage_bytes)),
            number(joules.and_then(|j| j.cpu)),
            number(joules.and_then(|j| j.gpu)),
        ];
        line.extend(
            stages.map(|name| number(row.stages.iter().find(|s| s.0 == name).map(|s| s.1))),
        );
        let kind = report.tariff.machines.get(&cell.device);
        line.extend([
            number(row.money.map(|m| m.per_query)),
            number(row.money.and_then(|m| m.per_billion_rows)),
            number(row.money.map(|m| m.per_month)),
            report.tariff.currency.clone(),
            kind.map_or_else(String::new, |k| k.machine.kind.clone()),
            cell.notes.join("; "),
        ]);
        lines.push(line);
    }
    let told = |e: String| CompareError::Argument(format!("the report has no CSV: {e}"));
    for line in lines {
        writer
            .write_record(&line)
            .map_err(|e| told(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| told(e.to_string()))
}
