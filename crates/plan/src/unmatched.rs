//! Why no row matches, as far as metadata tell.

use crate::expression::{Expression, Literal, Operand, Operator};
use crate::planner::hull;
use crate::prune::{degrees, ordered};
use crate::{Filter, NamedZone, Plan, TimeRanges, Timestamp, near};
use graticule_columns::{ColumnChunk, DatasetMetadata, Kind, PartitionValue, Source};
use graticule_geo::Bbox;
use std::collections::BTreeMap;

/// What is known of a dataset without its rows, where the footers tell it.
#[derive(Debug, Default)]
struct Known {
    /// Least and greatest longitude and latitude.
    extent: Option<[[f64; 2]; 2]>,
    /// First and last time.
    span: Option<[Timestamp; 2]>,
}

/// A sentence, without a full stop, that says why no row of a dataset matches. `scanned` rows were read, of which `invalid`
/// have no place.
pub fn unmatched(plan: &Plan, dataset: &DatasetMetadata, scanned: u64, invalid: u64) -> String {
    let known = Known::of(dataset);
    let filters = &plan.query().filters;
    let reason = filters
        .iter()
        .find_map(|filter| outside(filter, &known))
        .or_else(|| apart(filters))
        .or_else(|| filters.iter().find_map(empty_list))
        .or_else(|| filters.iter().find_map(none_there))
        .or_else(|| filters.iter().find_map(|filter| no_folder(filter, dataset)))
        .or_else(|| excluded(plan, dataset))
        .or_else(|| {
            let all = scanned > 0 && invalid == scanned;
            all.then(|| format!("all {scanned} rows that were read are invalid: a longitude or latitude is null, NaN or out of range"))
        })
        .or_else(|| alone(filters));
    match reason {
        Some(reason) => format!("no row matches: {reason}"),
        None => "no row matches".to_owned(),
    }
}

impl Known {
    fn of(dataset: &DatasetMetadata) -> Self {
        let schema = &dataset.schema;
        let axis = |column, kind: Kind, end: f64| {
            let [low, high] = around(dataset, column, |chunk| degrees(kind, chunk))?;
            // Beyond the earth are invalid rows.
            Some([low.max(-end), high.min(end)])
        };
        let lon = axis(0, schema.lon.kind, 180.0);
        let lat = axis(1, schema.lat.kind, 90.0);
        let span = schema.time.as_ref().and_then(|time| {
            let words =
                |chunk: &ColumnChunk| ordered(Kind::I64, chunk).map(|(low, high)| [low, high]);
            let [first, last] = around(dataset, 2, words)?
                .map(|word| Timestamp::of_count(Kind::I64.unorder(word).cast_signed(), time.unit));
            Some([first?, last?])
        });
        Self {
            extent: lon.zip(lat).map(|(lon, lat)| [lon, lat]),
            span,
        }
    }
}

/// The least and the greatest value of a column; `None` where a footer does not tell.
fn around<T: PartialOrd + Copy>(
    dataset: &DatasetMetadata,
    column: usize,
    bounds: impl Fn(&ColumnChunk) -> Option<[T; 2]>,
) -> Option<[T; 2]> {
    let groups = dataset.files.iter().flat_map(|file| &file.row_groups);
    let mut found: Option<[T; 2]> = None;
    for group in groups.filter(|group| group.rows_live() > 0) {
        let chunk = group.columns.at(column);
        let [low, high] = match bounds(&chunk) {
            Some(bounds) => bounds,
            None if chunk.nulls == Some(group.rows) => continue,
            None => return None,
        };
        found = Some(match found {
            Some([least, greatest]) => [
                if low < least { low } else { least },
                if high > greatest { high } else { greatest },
            ],
            None => [low, high],
        });
    }
    found
}

/// A place or a time outside the data.
fn outside(filter: &Filter, known: &Known) -> Option<String> {
    if let Filter::Time(ranges) = filter {
        return too_early_or_late(ranges, known.span?);
    }
    let [lon, lat] = known.extent?;
    let meets = |region: &dyn Fn([f64; 2], [f64; 2]) -> bool, what: &str| {
        let turned = [lon[0].max(-90.0), lon[1].min(90.0)];
        let swapped = match turned[0] <= turned[1] && region(lat, turned) {
            true => "; were longitude and latitude swapped?",
            false => "",
        };
        let [w, e, s, n] = [lon[0], lon[1], lat[0], lat[1]].map(short);
        (!region(lon, lat))
            .then(|| format!("{what} lies outside the data, which lie in {w},{s},{e},{n}{swapped}"))
    };
    match filter {
        Filter::Bbox(bbox) => meets(&|lon, lat| bbox.may_meet(lon, lat), "the box"),
        Filter::Near(circle) => meets(&|lon, lat| circle.may_meet(lon, lat), "the circle"),
        Filter::Polygon(zones) => {
            let bounds = bounds(zones)?;
            meets(&|lon, lat| bounds.may_meet(lon, lat), "the polygon")
        }
        Filter::Geohash(_) | Filter::Time(_) | Filter::Where(_) => None,
    }
}

fn too_early_or_late(ranges: &TimeRanges, [first, last]: [Timestamp; 2]) -> Option<String> {
    let meets = ranges
        .iter()
        .any(|r| r.from.is_none_or(|from| from <= last) && r.to.is_none_or(|to| to > first));
    (!meets).then(|| format!("the times of the data are {first} to {last}"))
}

/// A degree with as many places as a person needs.
fn short(degrees: f64) -> String {
    // Not minus zero.
    let text = format!("{:.4}", degrees + 0.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn bounds(zones: &[NamedZone]) -> Option<Bbox> {
    let positions = zones.iter().flat_map(|zone| zone.rings.iter().flatten());
    let around = positions.fold(None, |around: Option<[f64; 4]>, &[x, y]| {
        let [w, s, e, n] = around.unwrap_or([x, y, x, y]);
        Some([w.min(x), s.min(y), e.max(x), n.max(y)])
    });
    let [w, s, e, n] = around?;
    Bbox::new(w, s, e, n).ok()
}

/// Two boxes without a place in common.
fn apart(filters: &[Filter]) -> Option<String> {
    let boxes = || {
        filters.iter().filter_map(|filter| match filter {
            Filter::Bbox(bbox) if !bbox.crosses_antimeridian() => Some(bbox),
            _ => None,
        })
    };
    let meet = |a: &Bbox, b: &Bbox| {
        let [w, s, e, n] = b.edges();
        a.may_meet([w, e], [s, n])
    };
    let are_apart = boxes().any(|a| boxes().any(|b| !meet(a, b)));
    are_apart.then(|| "two of the boxes have no place in common".to_owned())
}

/// The parts of a filter that must all hold.
fn parts(filter: &Filter) -> Vec<Expression> {
    match filter {
        Filter::Where(expression) => match expression.normalised() {
            Expression::And(parts) => parts,
            one => vec![one],
        },
        _ => Vec::new(),
    }
}

/// What a part of an expression says that a column must be.
fn wanted(part: &Expression) -> Option<(&str, Vec<&Literal>)> {
    match part {
        Expression::Compare {
            left: Operand::Column(name),
            operator: Operator::Equal,
            literal,
            negate: false,
        } => Some((name, vec![literal])),
        Expression::In {
            operand: Operand::Column(name),
            list,
            negate: false,
        } => Some((name, list.iter().collect())),
        _ => None,
    }
}

/// A list without a value.
fn empty_list(filter: &Filter) -> Option<String> {
    parts(filter).iter().find_map(|part| match part {
        Expression::InFile {
            file,
            values: Some(values),
            negate: false,
            ..
        } if values.is_empty() => Some(format!("the list '{file}' is empty")),
        _ => None,
    })
}

/// A part of an expression, or where it is a long list how long.
fn one_of(part: &Expression, (name, literals): &(&str, Vec<&Literal>)) -> String {
    /// So many values are told.
    const TOLD: usize = 8;
    match literals.len() {
        0..=TOLD => part.to_string(),
        more => format!("one of the {more} values of '{name}' that are asked for"),
    }
}

/// A list that came out empty, as one of what other regions have does.
fn none_there(filter: &Filter) -> Option<String> {
    parts(filter).iter().find_map(|part| {
        let (name, literals) = wanted(part)?;
        let is_empty = literals.is_empty();
        is_empty.then(|| format!("no row in the other region has a value of '{name}'"))
    })
}

/// A folder's value that no folder has.
fn no_folder(filter: &Filter, dataset: &DatasetMetadata) -> Option<String> {
    parts(filter).iter().find_map(|part| {
        let (name, literals) = wanted(part)?;
        let partition = dataset.schema.partition(name)?;
        let values = dataset.files.iter().map(|file| &file.partitions[partition]);
        let values: Vec<&PartitionValue> = values.collect();
        let is_there = |literal: &&Literal| {
            let equals = |value: &&PartitionValue| {
                crate::prune::compares(value, Operator::Equal, literal) == Some(true)
            };
            values.iter().any(equals)
        };
        if literals.iter().any(is_there) {
            return None;
        }
        let texts = values.iter().filter_map(|value| match value {
            PartitionValue::Text(text) => Some(text.as_str()),
            PartitionValue::Integer(_) | PartitionValue::Null => None,
        });
        let near = match literals.first() {
            Some(Literal::Text(text)) => near::did_you_mean(text, texts),
            _ => String::new(),
        };
        Some(format!(
            "no folder has {}{near}",
            one_of(part, &(name, literals))
        ))
    })
}

/// Ranges of a column that exclude one another, or the column's own values.
fn excluded(plan: &Plan, dataset: &DatasetMetadata) -> Option<String> {
    let (part, schema) = (plan.part(), &dataset.schema);
    let mut left: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for (slot, low, high) in part.programs().first()?.filters.iter().filter_map(hull) {
        let source = &part.scan().sources[slot];
        let (name, kind) = match source {
            Source::Time => (schema.time.as_ref()?.name.as_str(), Kind::I64),
            Source::Value { name, kind } => (name.as_str(), *kind),
            _ => continue,
        };
        if low > high {
            return Some(format!("no value of '{name}' can pass"));
        }
        let both = left.entry(slot).or_insert((low, high));
        *both = (both.0.max(low), both.1.min(high));
        if both.0 > both.1 {
            return Some(format!("the tests of '{name}' exclude one another"));
        }
        let words = |chunk: &ColumnChunk| ordered(kind, chunk).map(|(low, high)| [low, high]);
        let column = schema.file_column(name)?;
        if let Some([least, greatest]) = around(dataset, column, words)
            && (greatest < low || high < least)
        {
            let is_number = matches!(source, Source::Value { .. }) && column >= 2 && {
                let mut attributes = schema.attributes.iter();
                attributes.any(|a| a.name == name && a.data_type.is_numeric())
            };
            let values = match is_number {
                true => format!(
                    ": they are {} to {}",
                    told(kind, least),
                    told(kind, greatest)
                ),
                false => String::new(),
            };
            return Some(format!("no value of '{name}' is in the range{values}"));
        }
    }
    None
}

/// The number of an ordered word.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
fn told(kind: Kind, word: u64) -> String {
    let bits = kind.unorder(word);
    match kind {
        Kind::I32 => (bits as u32).cast_signed().to_string(),
        Kind::I64 => bits.cast_signed().to_string(),
        Kind::U32 | Kind::U64 => bits.to_string(),
        Kind::F32 => (f32::from_bits(bits as u32) + 0.0).to_string(),
        Kind::F64 => (f64::from_bits(bits) + 0.0).to_string(),
    }
}

/// A value that is asked for alone.
fn alone(filters: &[Filter]) -> Option<String> {
    let [filter] = filters else {
        return None;
    };
    match parts(filter).as_slice() {
        [part] => wanted(part).map(|wanted| format!("no row has {}", one_of(part, &wanted))),
        _ => None,
    }
}
