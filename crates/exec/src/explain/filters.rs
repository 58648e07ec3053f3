//! Filters in words.

use crate::finish::typed;
use crate::receipt::{bytes, thousands};
use crate::text::cell;
use crate::text::format_time;
use arrow::datatypes::DataType;
use graticule_columns::{Bins, Kind, Scan, Source};
use graticule_dataset::plain_type;
use graticule_geo::{lat_of_y_edge, lon_of_x_edge};
use graticule_kernels::{Filter, Program};
use std::collections::HashSet;

/// A filter in words, and where it is decided.
pub(super) fn describe(filter: &Filter, scan: &Scan, program: &Program) -> String {
    let joined = |filters: &[Filter], by: &str| {
        let all = filters.iter().map(|f| describe(f, scan, program));
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
        } => range(scan, slot, program.slots[slot].kind, [low, high], negate),
        &Filter::IsNull { slot, negate } => {
            let not = if negate { "not " } else { "" };
            format!("{} is {not}null", name(scan, slot))
        }
        Filter::All(filters) => joined(filters, " and "),
        Filter::Any(filters) => joined(filters, " or "),
    }
}

/// What a slot is called by who asks.
pub(super) fn name(scan: &Scan, slot: usize) -> String {
    match &scan.sources[slot] {
        Source::FixedLon => scan.schema.lon.name.clone(),
        Source::FixedLat => scan.schema.lat.name.clone(),
        Source::Time => scan
            .schema
            .time
            .as_ref()
            .map_or_else(String::new, |time| time.name.clone()),
        Source::Value { name, .. } | Source::Constant { name, .. } | Source::Text { name } => {
            name.clone()
        }
        Source::H3 { resolution } => format!("h3:{resolution}"),
        Source::TileRow { zoom } => format!("row of tile:{zoom}"),
        Source::Nearest(places) => format!("the nearest of {} places", places.points.len()),
        Source::Calendar(calendar) => format!("{:?} in {}", calendar.unit, calendar.zone),
        // Whether it is null can be asked of any column.
        Source::Matches { name, test } if test.is_of_null() => name.clone(),
        Source::Matches { name, test } => format!("{name} {test}"),
        Source::Where { .. } => {
            let inner = inputs(scan, &scan.sources[slot]);
            format!(
                "{} where a test holds",
                inner.first().cloned().unwrap_or_default()
            )
        }
        source @ Source::Holds(_) => format!("a test of {}", inputs(scan, source).join(", ")),
        // The width of a decimal's bins is in units of its last digit.
        source @ Source::Bins { bins, .. } => {
            let of = inputs(scan, source).join(", ");
            let attribute = scan.schema.attributes.iter().find(|a| a.name == of);
            let places = match attribute.map(|a| plain_type(&a.data_type)) {
                Some(DataType::Decimal128(_, scale)) => bins.places.saturating_add(*scale),
                _ => bins.places,
            };
            let width = Bins { places, ..*bins }.told(1);
            format!("bins of {width} of {of}")
        }
        source @ Source::Among { values, .. } => {
            let values = thousands(values.as_slice().len() as u64);
            format!(
                "{} is one of {values} values or ranges",
                inputs(scan, source).join(", ")
            )
        }
        source @ Source::Order { .. } => input_names(scan, source).join(" against "),
    }
}

/// What the inputs of a composed slot are called, each once.
fn inputs(scan: &Scan, source: &Source) -> Vec<String> {
    let mut met = HashSet::new();
    let mut names = input_names(scan, source);
    names.retain(|name| met.insert(name.clone()));
    names
}

/// The same as often as they are inputs.
fn input_names(scan: &Scan, source: &Source) -> Vec<String> {
    let inputs = source.inputs().into_iter();
    let slots = inputs.filter_map(|input| scan.sources.iter().position(|s| s == input));
    slots.map(|slot| name(scan, slot)).collect()
}

/// Ordered words from `low` to `high`, both included, as values.
fn range(scan: &Scan, slot: usize, kind: Kind, [low, high]: [u64; 2], negate: bool) -> String {
    let name = name(scan, slot);
    if let Source::Matches { .. } | Source::Among { .. } = scan.sources[slot] {
        let holds = (low <= 1 && 1 <= high) != negate;
        return match holds {
            true => name,
            false => format!("not ({name})"),
        };
    }
    if let source @ Source::Order { .. } = &scan.sources[slot] {
        let is = match (low, high) {
            (0, 0) => " < ",
            (0, _) => " <= ",
            (1, 1) => " = ",
            (1, _) => " >= ",
            _ => " > ",
        };
        let not = if negate { "not " } else { "" };
        return format!("{not}{}", input_names(scan, source).join(is));
    }
    if let Some(edges) = degrees(&scan.sources[slot], low, high) {
        return format!("{name} is from {} to below {}", edges[0], edges[1]);
    }
    if has_no_values(scan, &scan.sources[slot]) {
        return format!("{name}, which is null in all rows, is compared");
    }
    let value = |word: u64| value(scan, slot, kind, word);
    let (least, greatest) = kind.numbers();
    let is_not = if negate { "not " } else { "" };
    let range = match (low <= least, high >= greatest) {
        (true, true) => "a number".to_owned(),
        (true, false) => format!("at most {}", value(high)),
        (false, true) => format!("at least {}", value(low)),
        (false, false) if low == high => value(low),
        (false, false) => format!("from {} to {}", value(low), value(high)),
    };
    format!("{name} is {is_not}{range}")
}

/// Whether a column is of nulls only, by its type.
fn has_no_values(scan: &Scan, source: &Source) -> bool {
    let mut attributes = scan.schema.attributes.iter();
    match source {
        Source::Value { name, .. } => {
            attributes.any(|a| a.name == *name && *plain_type(&a.data_type) == DataType::Null)
        }
        _ => false,
    }
}

/// The edges of fixed-point cells.
fn degrees(source: &Source, low: u64, high: u64) -> Option<[f64; 2]> {
    let [low, high] = [low, high].map(u32::try_from);
    let (low, high) = (low.ok()?, high.ok()?);
    // Beyond the last cell lies the end of the world.
    let after = |edge: fn(u32) -> f64, end: f64| high.checked_add(1).map_or(end, edge);
    match source {
        Source::FixedLon => Some([lon_of_x_edge(low), after(lon_of_x_edge, 180.0)]),
        Source::FixedLat => Some([lat_of_y_edge(low), after(lat_of_y_edge, 90.0)]),
        _ => None,
    }
}

/// What an ordered word stands for.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
fn value(scan: &Scan, slot: usize, kind: Kind, word: u64) -> String {
    let bits = kind.unorder(word);
    if let (Source::Time, Some(time)) = (&scan.sources[slot], &scan.schema.time) {
        return format_time(bits.cast_signed(), time.unit);
    }
    if let Source::Value { name, .. } = &scan.sources[slot]
        && let Some(attribute) = scan.schema.attributes.iter().find(|a| a.name == *name)
        && let data_type = plain_type(&attribute.data_type)
        && (!data_type.is_numeric() || matches!(data_type, DataType::Decimal128(..)))
        && let Ok(value) = typed(kind, data_type, vec![Some(bits)])
        && let Some(text) = cell(&value, 0)
    {
        return text;
    }
    match kind {
        Kind::I32 => (bits as u32).cast_signed().to_string(),
        Kind::I64 => bits.cast_signed().to_string(),
        Kind::U32 | Kind::U64 => bits.to_string(),
        Kind::F32 => f32::from_bits(bits as u32).to_string(),
        Kind::F64 => f64::from_bits(bits).to_string(),
    }
}
