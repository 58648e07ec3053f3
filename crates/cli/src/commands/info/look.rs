//! A look at rows, where footers do not say it: a few row groups stand for all.

use anyhow::Context;
use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use futures::StreamExt;
use graticule::{
    Aggregate, Dataset, Device, Engine, Format, Function, Key, Part, Query, RowsWriter, finish,
    run_part,
};

/// Bytes of coordinates that are read for a look.
const BYTES: u64 = 64 << 20;
/// Rows of a look, unless one row group has more.
const ROWS: u64 = 4 << 20;
/// Row groups of a look, each of which may lie in a file of its own.
const GROUPS: usize = 64;
/// Parts that a plan is cut into, of which some are read.
const PARTS: usize = 4096;
/// Bytes of a row group that are read for three rows of it.
const GROUP_BYTES: u64 = 128 << 20;

/// Where the points of some row groups, or of all, lie.
pub(super) struct Look {
    /// Rows that were read.
    pub(super) rows: u64,
    /// Those of them that are points.
    pub(super) valid: u64,
    pub(super) groups: usize,
    pub(super) groups_total: usize,
    /// West, south, east and north of the points; none without one.
    pub(super) extent: Option<[f64; 4]>,
    /// The same without the outermost percent on each side.
    pub(super) most: Option<[f64; 4]>,
}

impl Look {
    pub(super) fn is_whole(&self) -> bool {
        self.groups == self.groups_total
    }
}

/// Where points lie: cells with the bounds of their points.
pub(super) fn look(dataset: &Dataset) -> anyhow::Result<Look> {
    let schema = &dataset.metadata().schema;
    let of = |function: Function, column: &str| Aggregate::Of {
        function,
        column: column.to_owned(),
    };
    let (lon, lat) = (schema.lon.name.as_str(), schema.lat.name.as_str());
    // Small enough for a box about a town, and few enough for a continent.
    let query = Query::new().by([Key::geohash(5)]).aggregate([
        Aggregate::Count,
        of(Function::Min, lon),
        of(Function::Min, lat),
        of(Function::Max, lon),
        of(Function::Max, lat),
    ]);
    let plan = dataset.plan_blocking(&query)?;
    let groups_total = plan.part().scan().groups.len();
    let step = step(plan.part());
    let parts = match step {
        1 => vec![plan.part().clone()],
        // From the middle of the first stretch on.
        _ => {
            let parts = plan.split(groups_total.min(PARTS));
            let step = step.min(parts.len());
            parts.into_iter().skip(step / 2).step_by(step).collect()
        }
    };
    let scans = parts.iter().flat_map(|part| &part.scan().groups);
    let (rows, groups) = (scans.clone().map(|g| g.rows_kept()).sum(), scans.count());
    let engine = Engine::on(Device::Cpu);
    let mut partials = Vec::new();
    for part in &parts {
        partials.extend(pollster::block_on(run_part(part, &engine))?);
    }
    let cells = finish(&plan, &partials)?;
    let counts = cells.column(1).as_primitive::<Int64Type>();
    let bounds = |column: usize| -> anyhow::Result<Vec<f64>> {
        let bounds =
            arrow::compute::cast(cells.column(column), &arrow::datatypes::DataType::Float64)?;
        Ok(bounds.as_primitive::<Float64Type>().values().to_vec())
    };
    let [west, south, east, north] = [bounds(2)?, bounds(3)?, bounds(4)?, bounds(5)?];
    let counts: Vec<u64> = counts.values().iter().map(|n| n.cast_unsigned()).collect();
    let valid = counts.iter().sum();
    let sides = |leave: u64| {
        Some([
            beyond(&west, &counts, leave, false)?,
            beyond(&south, &counts, leave, false)?,
            beyond(&east, &counts, leave, true)?,
            beyond(&north, &counts, leave, true)?,
        ])
    };
    Ok(Look {
        rows,
        valid,
        groups,
        groups_total,
        extent: sides(0),
        most: sides(valid / 100),
    })
}

/// The bound behind which at most `leave` points lie, in cells of these bounds.
fn beyond(bounds: &[f64], counts: &[u64], leave: u64, is_upper: bool) -> Option<f64> {
    let mut cells: Vec<(f64, u64)> = bounds.iter().copied().zip(counts.iter().copied()).collect();
    cells.sort_unstable_by(|a, b| match is_upper {
        true => b.0.total_cmp(&a.0),
        false => a.0.total_cmp(&b.0),
    });
    let mut left = 0;
    let found = cells.iter().find(|(_, count)| {
        left += count;
        left > leave
    });
    found.map(|(bound, _)| *bound)
}

/// Every how many-th row group may be read.
fn step(part: &Part) -> usize {
    let groups = &part.scan().groups;
    let bytes: u64 = groups.iter().map(|g| g.bytes).sum();
    let rows: u64 = groups.iter().map(|g| g.rows_kept()).sum();
    let times = bytes.div_ceil(BYTES).max(rows.div_ceil(ROWS));
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    times.max(groups.len().div_ceil(GROUPS)).max(1)
}

/// The values of the first rows that are points, for each of these columns, as JSON tells them; none where a row group is too
/// large to be read for that.
pub(super) fn first_rows(
    dataset: &Dataset,
    columns: &[String],
) -> anyhow::Result<Option<Vec<Vec<serde_json::Value>>>> {
    let groups = dataset.metadata().files.iter().flat_map(|f| &f.row_groups);
    let first = groups.into_iter().find(|group| group.rows_live() > 0);
    let bytes = first.map(|group| group.columns.iter().map(|c| c.bytes).sum::<u64>());
    if bytes.is_none_or(|bytes| bytes > GROUP_BYTES) {
        return Ok(None);
    }
    let query = Query::new().select(columns.iter().cloned()).limit(3);
    let engine = Engine::on(Device::Cpu).threads(1);
    let mut written = Vec::new();
    pollster::block_on(async {
        let mut rows = engine.stream(&query, dataset).await?;
        let mut writer = RowsWriter::new(Format::Json, rows.schema(), &mut written)?;
        while let Some(batch) = rows.next().await {
            writer.write(&batch?)?;
        }
        writer.finish()
    })?;
    let mut told: serde_json::Value =
        serde_json::from_slice(&written).context("rows that are no JSON")?;
    let rows = match told["rows"].take() {
        serde_json::Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let values = |column: usize| rows.iter().map(|row| row[column].clone()).collect();
    Ok(Some((0..columns.len()).map(values).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred points about ten, and one at 0 and one at 400: neither is among most, both are within all.
    #[test]
    fn the_outermost_percent_is_left_out() {
        let (west, counts) = ([0.0, 9.0, 10.0], [1, 60, 60]);
        assert_eq!(beyond(&west, &counts, 0, false), Some(0.0));
        assert_eq!(beyond(&west, &counts, 1, false), Some(9.0));
        assert_eq!(beyond(&west, &counts, 1, true), Some(10.0));
        assert_eq!(beyond(&west, &counts, 60, true), Some(9.0));
        assert_eq!(beyond(&[], &[], 0, true), None);
    }
}
