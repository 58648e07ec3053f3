//! A question as the flags ask it, with what the files that they name hold.

use super::Usage;
use crate::args;
use anyhow::Context;
use graticule::{
    Aggregate, Error, Expression, Filter, Function, Having, Key, NamedZone, Note, Query,
    TimeRanges, Top,
};
use std::path::{Path, PathBuf};

/// The keys with what their files hold, and what was left out of those.
fn loaded(keys: &[Key]) -> anyhow::Result<(Vec<Key>, Vec<Note>)> {
    let (mut all, mut notes) = (Vec::new(), Vec::new());
    for key in keys {
        all.push(match key.file() {
            Some(file) => {
                let (key, found) = key.loaded(&read(Path::new(file))?)?;
                notes.extend(found);
                key
            }
            None => key.clone(),
        });
    }
    Ok((all, notes))
}

pub(super) fn question(options: &args::Query) -> anyhow::Result<Query> {
    let keys: Vec<Key> = options.by.iter().flat_map(|k| k.0.clone()).collect();
    let (keys, mut notes) = loaded(&keys)?;
    let aggregates = options.agg.iter().flat_map(|a| &a.0);
    let mut query = Query::new().by(keys).aggregate(aggregates.cloned());
    query
        .filters
        .extend(options.bbox.iter().map(|b| Filter::Bbox(*b)));
    query.filters.extend(polygons(options, &mut notes)?);
    query
        .filters
        .extend(options.near.iter().map(|c| Filter::Near(*c)));
    for prefixes in &options.geohash {
        let prefixes = prefixes.split(',').map(|p| p.trim().to_owned());
        query.filters.push(Filter::Geohash(prefixes.collect()));
    }
    query.filters.extend(times(options)?.map(Filter::Time));
    let wheres = options.wheres.iter().cloned();
    query.filters.extend(wheres.map(Filter::Where));
    let orders = options.order_by.iter().flat_map(|orders| orders.0.clone());
    let has_order =
        options.top.is_some() || options.bottom.is_some() || !options.order_by.is_empty();
    if options.select.is_empty() && has_order {
        query.top = Some(Top {
            rows: options.top.or(options.bottom),
            by: orders.clone().collect(),
            bottom: options.bottom.is_some(),
        });
    }
    query.having.clone_from(&options.having);
    for also in &options.also_in {
        let region = match &also.region {
            args::Region::Bbox(bbox) => Filter::Bbox(*bbox),
            args::Region::Near(circle) => Filter::Near(*circle),
            args::Region::Polygon(written) => Filter::Polygon(zones(written, &mut notes)?.1),
        };
        query = query.also_in(&also.column, region);
    }
    query.min_distinct.clone_from(&options.min_distinct);
    query.timezone.clone_from(&options.timezone);
    query.other = options.other;
    let selected = options.select.iter().flat_map(|columns| &columns.0);
    let selected = selected.filter_map(|name| name.parse::<Key>().ok());
    let (loaded, found) = loaded(&selected.collect::<Vec<_>>())?;
    notes.extend(found);
    query.notes = notes;
    if !options.select.is_empty() {
        query = query.select(options.select.iter().flat_map(|c| &c.0));
        query = query.exclude(options.exclude.iter().flat_map(|c| &c.0));
        query = orders.fold(query, Query::select_by);
        let loaded = loaded.into_iter().filter(|key| key.file().is_some());
        query.select.get_or_insert_default().keys = loaded.collect();
        query = options.limit.into_iter().fold(query, Query::limit);
    }
    query.listed(list)
}

/// The values of a list: the lines of a file, or with `:COLUMN` behind its name those of a column of CSV. What is empty is none.
fn list(written: &str) -> anyhow::Result<Vec<String>> {
    let split = written.rsplit_once(':');
    let (path, column) = match split.filter(|_| !Path::new(written).exists()) {
        Some((path, column)) => (path, Some(column)),
        None => (written, None),
    };
    let unread = format!(
        "the list '{path}' cannot be read; write 'in file' and a file with a value a line, or FILE.csv:COLUMN"
    );
    let no_text = format!("the list '{path}' is not text in UTF-8");
    let text = text_of(Path::new(path), unread, no_text)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let kept = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let Some(column) = column else {
        return Ok(text.lines().filter_map(kept).collect());
    };
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let names = csv.headers()?.clone();
    let place = names.iter().position(|name| name.trim() == column);
    let place = place.ok_or_else(|| {
        let names = names.iter().collect::<Vec<_>>().join(", ");
        Usage(format!(
            "the list '{path}' has no column '{column}'; its columns are {names}"
        ))
    })?;
    let mut values = Vec::new();
    for record in csv.records() {
        let record = record.with_context(|| format!("the list '{path}'"))?;
        values.extend(record.get(place).and_then(kept));
    }
    Ok(values)
}

/// A file of polygons, and the features of it that are meant: a property and its values.
fn features(written: &Path) -> (PathBuf, Option<(String, Vec<String>)>) {
    let whole = || (written.to_owned(), None);
    let Some(text) = written.to_str().filter(|_| !written.exists()) else {
        return whole();
    };
    let colons = text.match_indices(':').map(|(at, _)| at);
    let split = colons.filter_map(|at| Some((&text[..at], text[at + 1..].split_once('=')?)));
    let splits: Vec<_> = split.collect();
    let is_there = |(file, _): &&(&str, _)| Path::new(file).exists();
    let Some((file, (property, values))) = splits.iter().find(is_there).or(splits.last()) else {
        return whole();
    };
    let value = |part: &str| graticule::unquoted(part).unwrap_or_else(|| part.to_owned());
    let values = graticule::parts(values).into_iter().map(value).collect();
    (file.into(), Some(((*property).to_owned(), values)))
}

/// The polygons that are asked for. Features of one file are one filter: a point is in any of them.
fn polygons(options: &args::Query, notes: &mut Vec<Note>) -> anyhow::Result<Vec<Filter>> {
    let mut filters: Vec<(Option<PathBuf>, Vec<NamedZone>)> = Vec::new();
    for written in &options.polygon {
        let (of, zones) = zones(written, notes)?;
        match filters
            .iter_mut()
            .find(|(known, _)| of.is_some() && *known == of)
        {
            Some((_, known)) => known.extend(zones),
            None => filters.push((of, zones)),
        }
    }
    let filters = filters.into_iter();
    Ok(filters.map(|(_, zones)| Filter::Polygon(zones)).collect())
}

/// The polygons of a file, and the file where some of its features were chosen.
fn zones(
    written: &Path,
    notes: &mut Vec<Note>,
) -> anyhow::Result<(Option<PathBuf>, Vec<NamedZone>)> {
    let (path, chosen) = features(written);
    let (text, file) = (read(&path)?, path.display().to_string());
    let zones = match &chosen {
        Some((property, values)) => graticule::zones_of(&text, property, values),
        None => graticule::polygons(&text),
    };
    let zones = zones.map_err(|e| e.in_file(&file))?.in_file(&file);
    notes.extend(zones.notes);
    Ok((chosen.map(|_| path), zones.zones))
}

/// The times that are asked for, by the clocks of the zone.
fn times(options: &args::Query) -> Result<Option<TimeRanges>, Error> {
    let zone = options.timezone.as_deref().unwrap_or("UTC");
    let ranges = options.time.iter().map(|text| TimeRanges::read(text, zone));
    let ranges: Vec<TimeRanges> = ranges.collect::<Result<_, _>>()?;
    Ok(ranges.into_iter().reduce(TimeRanges::or))
}

/// The text of a GeoJSON file.
fn read(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let unread = format!("'{shown}' cannot be read");
    let no_text = format!(
        "'{shown}' is not text in UTF-8, as GeoJSON is; convert it, as 'ogr2ogr zones.geojson {shown}' does"
    );
    text_of(path, unread, no_text)
}

fn text_of(path: &Path, unread: String, no_text: String) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).context(unread)?;
    String::from_utf8(bytes).map_err(|_| Usage(no_text).into())
}

/// Refuses flags that would change nothing, which who gave them cannot mean.
pub(super) fn unused(options: &args::Query, question: &Query) -> Result<(), Usage> {
    let useless =
        |flag: &str, needs: &str| Err(Usage(format!("{flag} is of no use without {needs}")));
    if options.limit.is_some() && options.select.is_empty() {
        return useless("--limit", "--select; for groups there is --top N");
    }
    let is_zone = |key: &Key| key.file().is_some();
    if options.other && !question.keys.iter().any(is_zone) {
        return useless(
            "--other",
            "a key zone:FILE:PROPERTY or near:FILE:PROPERTY:METRES",
        );
    }
    let tells_values = |(function, _): (Function, &String)| {
        use Function::{Any, ExactQuantile, First, Last, Max, Min, Mode};
        matches!(
            function,
            Min | Max | First | Last | Any | Mode | ExactQuantile(_)
        )
    };
    let mut functions = question.aggregates.iter().flat_map(Aggregate::functions);
    let may_tell_times = functions.any(tells_values);
    let names_times = !options.time.is_empty()
        || question.expressions().any(Expression::has_texts)
        || question.having.iter().any(Having::has_texts);
    let is_of_use = names_times || may_tell_times || question.has_calendar();
    if options.timezone.is_some() && !is_of_use {
        return useless(
            "--timezone",
            "a key of time, hour_of_day or day_of_week; other times are UTC",
        );
    }
    Ok(())
}
