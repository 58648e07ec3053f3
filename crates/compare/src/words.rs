//! A question in plain English.

use crate::report::text::{digits, plural};
use graticule::{Bbox, Filter, NamedZone, Query, TimeRange, Top};

/// Kilometres of a degree of latitude.
const KILOMETRES: f64 = 111.195;

/// What a question asks, such as "points per geohash cell of 7 letters within a polygon of 48 corners".
pub(crate) fn words(query: &Query) -> String {
    let mut said = match &query.select {
        Some(select) => {
            let most = select
                .limit
                .map_or_else(String::new, |n| format!("at most {n} "));
            format!("{most}points, their {}", listed(&select.columns))
        }
        None => {
            let asked = query.aggregates.iter().map(|a| aggregate(&a.to_string()));
            let asked: Vec<_> = asked.collect();
            listed(&asked)
        }
    };
    if !query.keys.is_empty() && query.select.is_none() {
        let keys: Vec<_> = query.keys.iter().map(|k| key(&k.to_string())).collect();
        said += &format!(" per {}", listed(&keys));
    }
    for filter in &query.filters {
        said += &format!(" {}", within(filter));
    }
    for also in &query.also_in {
        said += &format!(
            ", only of a {} that is also {}",
            also.column,
            within(&also.region)
        );
    }
    if let Some(zone) = &query.timezone {
        said += &format!(", days and hours of {zone}");
    }
    if let Some(least) = &query.min_distinct {
        said += &format!(
            ", only groups of at least {} different {}",
            least.least, least.column
        );
    }
    if let Some(having) = &query.having {
        said += &format!(", only groups with {having}");
    }
    if let Some(top) = &query.top {
        said += &first(query, top);
    }
    let order = query.select.iter().flat_map(|select| &select.order);
    let order: Vec<_> = order.map(ToString::to_string).collect();
    if !order.is_empty() {
        said += &format!(", ordered by {}", listed(&order));
    }
    said
}

/// Which groups come first, and how many of them are wanted.
fn first(query: &Query, top: &Top) -> String {
    let by = top.by.first();
    let name = by.map(|order| order.by.clone());
    let name = name.or_else(|| query.aggregates.first().map(ToString::to_string));
    let name = name.map_or_else(|| "points".to_owned(), |name| aggregate(&name));
    let is_key = query.keys.iter().any(|key| key.to_string() == name);
    let ascends = by.and_then(|order| order.descending).map(|d| !d);
    let most = match ascends.unwrap_or(top.bottom || is_key) {
        true => "least",
        false => "most",
    };
    match top.rows {
        Some(rows) => format!(", the {rows} with {most} {name}"),
        None => format!(", {most} {name} first"),
    }
}

/// "a", "a and b", "a, b and c".
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An aggregate as it is written; what is more than a function of a column stays so.
fn aggregate(text: &str) -> String {
    let call = text.strip_suffix(')').and_then(|text| text.split_once('('));
    match call {
        None if text == "count" => "points".to_owned(),
        Some((name, of)) if !of.contains(['(', ')', ' ']) => match name {
            "sum" | "mean" | "mode" | "span" => format!("{name} of {of}"),
            "min" => format!("least {of}"),
            "max" => format!("greatest {of}"),
            "distinct" => format!("different {of}"),
            "first" | "last" => format!("{name} {of}"),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

fn key(text: &str) -> String {
    match text.split_once(':') {
        Some(("geohash", letters)) => format!("geohash cell of {letters} letters"),
        Some(("h3", resolution)) => format!("H3 cell of resolution {resolution}"),
        Some(("tile", zoom)) => format!("map tile of zoom {zoom}"),
        Some(("zone", rest)) => {
            let (file, property) = rest.rsplit_once(':').unwrap_or((rest, "zone"));
            format!("{property} of {file}")
        }
        Some(("time", every)) => time(every),
        _ => text.replace('_', " "),
    }
}

/// "hour", "15 minutes".
fn time(every: &str) -> String {
    let number = every.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &every[number.len()..] {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        _ => return every.to_owned(),
    };
    match number {
        "1" => unit.to_owned(),
        number => format!("{number} {unit}s"),
    }
}

fn within(filter: &Filter) -> String {
    match filter {
        Filter::Bbox(bbox) => box_of(*bbox),
        Filter::Polygon(zones) => polygon(zones),
        Filter::Near(circle) => format!(
            "within {} m of {}",
            digits(circle.metres()),
            place(circle.lon(), circle.lat())
        ),
        Filter::Geohash(cells) if cells.len() > 4 => {
            format!("in {} geohash cells", cells.len())
        }
        Filter::Geohash(cells) => format!("in geohash {}", cells.join(" or ")),
        Filter::Time(ranges) => {
            let told: Vec<String> = ranges.iter().map(times).collect();
            told.join(" or ")
        }
        Filter::Where(expression) => format!("where {expression}"),
    }
}

fn box_of(bbox: Bbox) -> String {
    let [west, south, east, north] = bbox.edges();
    let across = if west > east { 360.0 } else { 0.0 } + east - west;
    let middle = f64::midpoint(south, north);
    let width = across * middle.to_radians().cos() * KILOMETRES;
    let lon = west + across / 2.0;
    format!(
        "within a box of {} × {} km around {}",
        digits(width),
        digits((north - south) * KILOMETRES),
        place(if lon > 180.0 { lon - 360.0 } else { lon }, middle)
    )
}

/// As the command line has it, longitude first.
fn place(lon: f64, lat: f64) -> String {
    format!("{lon:.3}, {lat:.3}")
}

fn polygon(zones: &[NamedZone]) -> String {
    let rings = zones.iter().flat_map(|zone| &zone.rings);
    // A ring's last corner is its first once more, or is left out.
    let corners: usize = rings
        .map(|ring| ring.len() - usize::from(ring.len() > 1 && ring.first() == ring.last()))
        .sum();
    match zones.len() {
        1 => format!("within a polygon of {}", plural(corners, "corner")),
        count => format!("within {count} polygons of {}", plural(corners, "corner")),
    }
}

fn times(range: &TimeRange) -> String {
    let short = |at: graticule::Timestamp| {
        let text = at.to_string();
        text.strip_suffix("T00:00:00Z").unwrap_or(&text).to_owned()
    };
    match (range.from, range.to) {
        (Some(from), Some(to)) => match whole_days(&from.to_string(), &to.to_string()) {
            Some(days) => format!("over {} from {}", plural(days, "day"), short(from)),
            None => format!("from {} to {}", short(from), short(to)),
        },
        (Some(from), None) => format!("from {} on", short(from)),
        (None, Some(to)) => format!("before {}", short(to)),
        (None, None) => "with a time".to_owned(),
    }
}

fn whole_days(from: &str, to: &str) -> Option<usize> {
    let second = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let length = second(to)?.duration_since(second(from)?);
    let is_whole = length.subsec_nanos() == 0 && length.as_secs() % 86_400 == 0;
    let days = usize::try_from(length.as_secs() / 86_400).ok();
    days.filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_sentences() {
        for (json, said) in [
            ("{}", "points"),
            (
                r#"{"by": ["geohash:7"], "filters": [{"geohash": ["u0zh"]}]}"#,
                "points per geohash cell of 7 letters in geohash u0zh",
            ),
            (
                // A tenth of a degree at 60 degrees north is half as wide as high: 5.56 and 11.1 km.
                r#"{"by": ["time:1d"], "filters": [{"bbox": [10.0, 59.95, 10.1, 60.05]},
                    {"time": {"from": "2026-03-03T00:00:00Z", "to": "2026-03-10T00:00:00Z"}}]}"#,
                "points per day within a box of 5.56 × 11.1 km around 10.050, 60.000 over 7 days from 2026-03-03",
            ),
            (
                r#"{"by": ["geohash:6", "hour_of_day"], "agg": ["count", "mean(speed_mps)", "distinct(device_id)"],
                    "top": {"rows": 20}, "timezone": "Europe/Berlin"}"#,
                "points, mean of speed_mps and different device_id per geohash cell of 6 letters and hour of day, \
                 days and hours of Europe/Berlin, the 20 with most points",
            ),
            (
                r#"{"by": ["time:15m"], "filters": [{"where": "speed_mps > 20"},
                    {"time": {"from": "2026-03-03T00:00:00Z", "to": "2026-03-03T06:30:00Z"}}]}"#,
                "points per 15 minutes where speed_mps > 20 from 2026-03-03 to 2026-03-03T06:30:00Z",
            ),
            (
                r#"{"by": ["geohash:5"], "agg": ["moving: count(where speed_mps > 1) / count", "sum(odometer)"],
                    "top": {"rows": 5, "bottom": true, "by": "sum(odometer)"}}"#,
                "moving: count(where speed_mps > 1) / count and sum of odometer per geohash cell of 5 letters, \
                 the 5 with least sum of odometer",
            ),
            (
                r#"{"select": {"columns": ["time", "speed_mps"], "limit": 10}}"#,
                "at most 10 points, their time and speed_mps",
            ),
            (
                r#"{"select": {"columns": ["time"], "order": ["speed_mps desc", "time"], "limit": 10},
                    "also_in": [{"column": "trip_id", "region": {"geohash": ["u0zh"]}}]}"#,
                "at most 10 points, their time, only of a trip_id that is also in geohash u0zh, \
                 ordered by speed_mps desc and time",
            ),
        ] {
            let json = json.replacen('{', "{\"version\": 1,", 1).replace(",}", "}");
            let query: Query = serde_json::from_str(&json).expect(&json);
            assert_eq!(words(&query), said);
        }
    }
}
