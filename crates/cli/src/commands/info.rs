use crate::args;
use crate::flags::as_flags;
use graticule::{Coordinate, CoordinateUnit, DatasetMetadata, PartitionValue, TimeUnit, printable};
use std::fmt::Write as _;

/// `graticule info`.
pub(crate) fn info(options: &args::Info) -> anyhow::Result<()> {
    let dataset = super::open(&options.dataset)?;
    crate::output::say(&describe(dataset.metadata()));
    Ok(())
}

fn describe(metadata: &DatasetMetadata) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<11} {}", printable(&value));
    };
    let groups = metadata
        .files
        .iter()
        .map(|f| f.row_groups.len())
        .sum::<usize>();
    let bytes: u64 = metadata.files.iter().map(|f| f.size).sum();
    line("dataset", graticule::shown_url(&metadata.url).to_owned());
    line("rows", metadata.rows().to_string());
    line("files", format!("{}, {bytes} bytes", metadata.files.len()));
    line("row groups", groups.to_string());
    line("extent", extent(metadata));
    if let Some(span) = time_span(metadata) {
        line("time", span);
    }
    let schema = &metadata.schema;
    line("longitude", coordinate(&schema.lon));
    line("latitude", coordinate(&schema.lat));
    match &schema.time {
        Some(time) => line("time column", format!("{} ({})", time.name, time.data_type)),
        None => line(
            "time column",
            "none; name one with --time-column".to_owned(),
        ),
    }
    for partition in &schema.partitions {
        let place = schema
            .partitions
            .iter()
            .position(|p| p == partition)
            .unwrap_or(0);
        let values = metadata.files.iter().map(|f| &f.partitions[place]);
        let is_null = |v: &&PartitionValue| **v == PartitionValue::Null;
        let nulls = match values.clone().any(|v| is_null(&v)) {
            true => " and null",
            false => "",
        };
        let values = values.filter(|v| !is_null(v));
        let range = match (values.clone().min(), values.max()) {
            (Some(low), Some(high)) => format!("{} to {}{nulls}", value(low), value(high)),
            _ => "null".to_owned(),
        };
        line("folder", format!("{}, {range}", partition.name));
    }
    for attribute in &schema.attributes {
        line(
            "column",
            format!("{} ({})", attribute.name, attribute.data_type),
        );
    }
    for note in &metadata.notes {
        line("note", as_flags(&note.text));
    }
    text
}

/// A coordinate's name, with its type and unit in the files where that is not as it is read.
fn coordinate(coordinate: &Coordinate) -> String {
    let Coordinate {
        name,
        kind,
        unit,
        stored,
    } = coordinate;
    let is_plain = matches!(stored.as_str(), "" | "Float32" | "Float64");
    match (is_plain, unit) {
        (true, CoordinateUnit::Degrees) => format!("{name} ({kind:?})"),
        (_, unit) => format!("{name} ({stored}, {unit})"),
    }
}

fn value(value: &PartitionValue) -> String {
    match value {
        PartitionValue::Integer(v) => v.to_string(),
        // So that neither a text null nor an empty one passes for nothing.
        PartitionValue::Text(v) if v.is_empty() || v == "null" => format!("'{v}'"),
        PartitionValue::Text(v) => v.clone(),
        PartitionValue::Null => "null".to_owned(),
    }
}

/// Least and greatest of a file column by the footers, through a reading of its bits.
fn span<T: PartialOrd + Copy>(
    metadata: &DatasetMetadata,
    column: usize,
    read: impl Fn(u64) -> T,
) -> Option<(T, T)> {
    let mut span: Option<(T, T)> = None;
    for group in metadata
        .files
        .iter()
        .flat_map(|f| &f.row_groups)
        .filter(|g| g.rows > 0)
    {
        let column = group.columns.at(column);
        if column.bounds.is_none() && column.nulls == Some(group.rows) {
            continue;
        }
        let bounds = column.bounds?;
        let (low, high) = (read(bounds.low), read(bounds.high));
        span = Some(match span {
            None => (low, high),
            Some((l, h)) => (
                if low < l { low } else { l },
                if high > h { high } else { h },
            ),
        });
    }
    span
}

fn extent(metadata: &DatasetMetadata) -> String {
    let degrees = |is_f32: bool| {
        move |bits: u64| {
            if is_f32 {
                f64::from(f32::from_bits(u32::try_from(bits).unwrap_or(0)))
            } else {
                f64::from_bits(bits)
            }
        }
    };
    let is_f32 = |kind| format!("{kind:?}") == "F32";
    let schema = &metadata.schema;
    let lon = span(metadata, 0, degrees(is_f32(schema.lon.kind)));
    let lat = span(metadata, 1, degrees(is_f32(schema.lat.kind)));
    match (lon, lat) {
        (Some((west, east)), Some((south, north))) => {
            let [west, south, east, north] = [west, south, east, north].map(|d| d + 0.0); // no -0
            format!("{west},{south},{east},{north} (by the footers, invalid rows included)")
        }
        _ => "not known: a footer has no statistics".to_owned(),
    }
}

fn time_span(metadata: &DatasetMetadata) -> Option<String> {
    let unit = metadata.schema.time.as_ref()?.unit;
    let Some((first, last)) = span(metadata, 2, u64::cast_signed) else {
        return Some("not known: a footer has no statistics".to_owned());
    };
    Some(format!(
        "{} to {}",
        instant(first, unit),
        instant(last, unit)
    ))
}

fn instant(count: i64, unit: TimeUnit) -> String {
    graticule::format_time(count, unit)
}
