mod look;

use crate::args;
use crate::flags::as_flags;
use crate::progress::spinner;
use graticule::{
    Coordinate, CoordinateUnit, Dataset, DatasetMetadata, OpenOptions, PartitionValue, TimeUnit,
    counted, printable, shown_bytes, thousands,
};
use look::Look;
use std::fmt::Write as _;

/// `graticule info`.
pub(crate) fn info(options: &args::Info) -> anyhow::Result<()> {
    let dataset = super::open(&options.dataset)?;
    let metadata = dataset.metadata();
    let names: Vec<String> = metadata.schema.file_columns().map(str::to_owned).collect();
    let has_rows = metadata.rows() > 0;
    // What footers say is told, whatever is wrong with rows.
    let shown = spinner("looking at rows");
    let looked = has_rows.then(|| look::look(&dataset)).transpose();
    let rows = has_rows.then(|| look::first_rows(&dataset, &names));
    shown.finish_and_clear();
    let rows = rows.transpose().map(Option::flatten);
    let mut notes = Vec::new();
    let mut told = |error: &anyhow::Error| notes.push(format!("rows cannot be read: {error:#}"));
    let looked = looked.inspect_err(&mut told).ok().flatten();
    let values = match &looked {
        Some(_) => rows.inspect_err(&mut told).ok().flatten(),
        None => None,
    };
    notes.extend(
        looked
            .as_ref()
            .and_then(|look| swapped(options, &dataset, look)),
    );
    let values = values.unwrap_or_default();
    crate::output::say(&describe(metadata, looked.as_ref(), &values, &notes));
    Ok(())
}

/// What to do where most rows are no points, and would be with longitude and latitude changed over.
fn swapped(options: &args::Info, dataset: &Dataset, look: &Look) -> Option<String> {
    let schema = &dataset.metadata().schema;
    let (lon, lat) = (&schema.lon.name, &schema.lat.name);
    let found = &options.dataset.found;
    if look.valid > look.rows / 2 || found.geometry.is_some() {
        return None;
    }
    let changed = OpenOptions {
        lon: Some(lat.clone()),
        lat: Some(lon.clone()),
        ..super::found(found)
    };
    let url = options.dataset.dataset.as_str();
    let changed = Dataset::open_with_blocking(url, changed).ok()?;
    let changed = look::look(&changed).ok()?;
    (changed.valid > changed.rows / 10 * 9)
        .then(|| format!("longitude and latitude look swapped: try --lon '{lat}' --lat '{lon}'"))
}

fn describe(
    metadata: &DatasetMetadata,
    look: Option<&Look>,
    values: &[Vec<serde_json::Value>],
    notes: &[String],
) -> String {
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
    line("rows", thousands(metadata.rows()));
    line(
        "files",
        format!(
            "{}, {}",
            thousands(metadata.files.len() as u64),
            shown_bytes(bytes)
        ),
    );
    line("row groups", thousands(groups as u64));
    match look.and_then(|look| Some((look, look.extent?))) {
        Some((look, bounds)) if look.is_whole() => line("extent", extent_of(look, bounds)),
        Some((look, bounds)) => {
            line("extent", extent(metadata));
            line("", extent_of(look, bounds));
        }
        None => line("extent", extent(metadata)),
    }
    if let Some(most) = look.and_then(|look| look.most) {
        let wide = widened(most);
        line(
            "start with",
            format!("--bbox {wide}   (all but the outermost percent on each side)"),
        );
    }
    if let Some(span) = time_span(metadata) {
        line("time", span);
    }
    let schema = &metadata.schema;
    let rest = |column: usize| nulls(metadata, column) + &sample(values.get(column));
    line("longitude", coordinate(&schema.lon) + &rest(0));
    line("latitude", coordinate(&schema.lat) + &rest(1));
    match &schema.time {
        Some(time) => line(
            "time column",
            format!("{} ({}){}", time.name, time.data_type, rest(2)),
        ),
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
    let first = 2 + usize::from(schema.time.is_some());
    for (place, attribute) in schema.attributes.iter().enumerate() {
        line(
            "column",
            format!(
                "{} ({}){}",
                attribute.name,
                attribute.data_type,
                rest(first + place)
            ),
        );
    }
    for note in &metadata.notes {
        line("note", as_flags(&note.text));
    }
    for note in notes {
        line("note", as_flags(note));
    }
    text
}

/// Where the points lie that were looked at.
fn extent_of(look: &Look, bounds: [f64; 4]) -> String {
    let valid = counted(look.valid, "point");
    let of = match look.is_whole() {
        true => format!("of all {valid}"),
        false => format!(
            "of {valid} in {} of {}, spread evenly",
            thousands(look.groups as u64),
            counted(look.groups_total as u64, "row group")
        ),
    };
    let invalid = match look.rows - look.valid {
        0 => String::new(),
        1 => "; 1 row is no point".to_owned(),
        rows => format!("; {} rows are none", thousands(rows)),
    };
    format!("{} ({of}{invalid})", degrees(bounds))
}

/// Bounds in degrees, to the centimetre.
fn degrees(bounds: [f64; 4]) -> String {
    // No -0.
    let shown = bounds.map(|d| ((d * 1e7).round() / 1e7 + 0.0).to_string());
    shown.join(",")
}

/// Bounds that hold these, in as few digits as a hundredth of their width asks for.
fn widened([west, south, east, north]: [f64; 4]) -> String {
    let width = (east - west).max(north - south).max(1e-5);
    let scale = 10f64.powf((-(width / 100.0).log10()).ceil().clamp(0.0, 7.0));
    let down = |d: f64, least: f64| ((d * scale).floor() / scale).max(least);
    let up = |d: f64, most: f64| ((d * scale).ceil() / scale).min(most);
    degrees([
        down(west, -180.0),
        down(south, -90.0),
        up(east, 180.0),
        up(north, 90.0),
    ])
}

/// How many values of a column are null, where all footers say it.
fn nulls(metadata: &DatasetMetadata, column: usize) -> String {
    let groups = metadata.files.iter().flat_map(|f| &f.row_groups);
    let groups = groups.filter(|group| group.rows > 0);
    let nulls: Option<u64> = groups.clone().map(|g| g.columns.at(column).nulls).sum();
    match nulls {
        None | Some(0) => String::new(),
        Some(nulls) => {
            #[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
            let share = nulls as f64 / groups.map(|g| g.rows).sum::<u64>() as f64 * 100.0;
            let share = match share < 0.1 {
                true => "under 0.1".to_owned(),
                false => format!("{share:.1}"),
            };
            format!(", {} null ({share} %)", thousands(nulls))
        }
    }
}

/// The first values of a column.
fn sample(values: Option<&Vec<serde_json::Value>>) -> String {
    const LONGEST: usize = 32;
    let shown = values.into_iter().flatten().map(|value| {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    });
    let shown: Vec<String> = shown.collect();
    match shown.is_empty() {
        true => String::new(),
        false => format!(": {}", shown.join(" | ")),
    }
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
    let read = |is_f32: bool| {
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
    let lon = span(metadata, 0, read(is_f32(schema.lon.kind)));
    let lat = span(metadata, 1, read(is_f32(schema.lat.kind)));
    match (lon, lat) {
        (Some((west, east)), Some((south, north))) => {
            let bounds = degrees([west, south, east, north]);
            format!("{bounds} (by the footers, invalid rows included)")
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
