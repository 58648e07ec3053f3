//! In which unit the coordinates are, where that is not plain.

use crate::DatasetError;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::Outline;
use crate::catalog::points::is_called;
use crate::file::coordinates::plain_ends;
use crate::file::text;
use arrow::datatypes::{DataType, Field};
use graticule_columns::{Kind, Note, Schema};
use graticule_geo::CoordinateUnit;
use graticule_geo::unit::{Judged, MOST_DEGREES, Numbers, judge};
use std::collections::BTreeSet;

/// Keys of a field's metadata that tell its unit.
const KEYS: [&str; 2] = ["unit", "units"];

/// What is said of the unit.
#[derive(Debug)]
pub(crate) enum Settled {
    /// It is known, with what is to be told of it.
    Known(Vec<Note>),
    /// It depends on the numbers, and the footers do not have them.
    NeedsNumbers,
}

/// Least and greatest longitude and latitude, as far as they are known.
pub type Ends = [Option<[f64; 2]>; 2];

/// Finds out the unit of the coordinates and puts it into the schema. `sample` holds numbers of some rows, if
/// these were read.
///
/// # Errors
/// [`DatasetError::CoordinateUnit`] where it may be any of several.
pub(crate) fn settle(
    schema: &mut Schema,
    files: &[Outline],
    options: &OpenOptions,
    sample: Option<Ends>,
) -> Result<Settled, DatasetError> {
    let names = [schema.lon.name.clone(), schema.lat.name.clone()];
    let types: [Vec<&Field>; 2] =
        [0, 1].map(|axis| fields(files, &names[axis], options.ignore_statistics));
    for (coordinate, types) in [&mut schema.lon, &mut schema.lat].into_iter().zip(&types) {
        let types: BTreeSet<String> = types.iter().map(|f| f.data_type().to_string()).collect();
        coordinate.stored = types.into_iter().collect::<Vec<_>>().join(" and ");
    }
    let told = |text: String| Note {
        text,
        is_warning: false,
    };
    let shown = format!("{} and {} ({})", names[0], names[1], schema.lon.stored);
    let is_marked = |file: &Outline| {
        let layout = file.declared.layout.as_ref();
        layout.is_some_and(|marked| marked.points == names)
    };
    let taken = |unit: CoordinateUnit, why: &str| {
        told(format!("{shown} are read as {}, {why}", named(unit)))
    };
    if files.iter().all(is_marked) {
        return Ok(Settled::Known(Vec::new()));
    }
    if let Some(unit) = options.coordinate_unit {
        if unit != CoordinateUnit::Degrees && files.iter().any(is_marked) {
            let reason = "some files are of the graticule layout, which is in degrees; optimize the others apart";
            return Err(undecided(files, &format!("{shown}: {reason}")));
        }
        set(schema, unit);
        return Ok(Settled::Known(vec![taken(
            unit,
            "as `coordinate_unit` says",
        )]));
    }
    let declared =
        declared(&types).map_err(|reason| undecided(files, &format!("{shown}: {reason}")))?;
    if let Some(unit) = declared {
        set(schema, unit);
        let notes = (unit != CoordinateUnit::Degrees).then(|| taken(unit, "as the file declares"));
        return Ok(Settled::Known(notes.into_iter().collect()));
    }
    let kinds: BTreeSet<bool> = types
        .iter()
        .flatten()
        .map(|f| is_whole(f.data_type()))
        .collect();
    let wrong = |reason: &str| undecided(files, &format!("{shown}: {reason}"));
    let name = names.each_ref().map(String::as_str);
    if kinds.len() > 1 {
        let (whole, is_complete) = ends(files, name, is_whole);
        return match (is_complete, sample) {
            (false, None) => Ok(Settled::NeedsNumbers),
            (true, _) => beside_floats(&shown, whole),
            (false, Some(sample)) => beside_floats(&shown, sample),
        }
        .map_err(|reason| undecided(files, &reason));
    }
    let is_whole = kinds.last() == Some(&true);
    let (ends, is_complete) = ends(files, name, |_| true);
    if !is_complete && sample.is_none() && is_whole {
        return Ok(Settled::NeedsNumbers);
    }
    let ends = match sample {
        Some(sample) => joined(ends, sample),
        None => ends,
    };
    let is_mixed = || {
        let usual = judge(Numbers {
            names: name,
            ends,
            is_usual: is_called(name),
        });
        matches!(usual, Judged::Usual(_)) && files.iter().any(|file| is_small(file, name))
    };
    if is_whole && is_mixed() {
        return Err(wrong(
            "in some files no number has more than three digits, in others many do",
        ));
    }
    let (unit, note) = unit_of(name, &schema.lon.stored, ends, is_whole)
        .map_err(|reason| undecided(files, &reason))?;
    set(schema, unit);
    Ok(Settled::Known(note.into_iter().collect()))
}

/// Whole numbers of at most three digits beside floats are degrees, as these are.
///
/// # Errors
/// Where they have more.
fn beside_floats(shown: &str, whole: Ends) -> Result<Settled, String> {
    let mut numbers = whole.iter().flatten().flatten();
    if let Some(large) = numbers.find(|number| number.abs() > MOST_DEGREES) {
        return Err(format!(
            "{shown}: some are floats and some are whole numbers of more than three digits, such as {large}, which may be of any unit"
        ));
    }
    let text = format!(
        "{shown} are read as degrees, for the whole numbers among them have no more than three digits"
    );
    let is_warning = false;
    Ok(Settled::Known(vec![Note { text, is_warning }]))
}

/// The unit of longitudes and latitudes of which nobody says it, by their names and their least and greatest numbers, and what
/// is to be told of it. Those that are not all whole are degrees, unless none of them would be a place. `stored` is
/// their type, for people.
///
/// # Errors
/// Why it may be any of several.
pub fn unit_of(
    names: [&str; 2],
    stored: &str,
    ends: Ends,
    is_whole: bool,
) -> Result<(CoordinateUnit, Option<Note>), String> {
    if !is_whole {
        return Ok(floats(names, ends));
    }
    let shown = format!("{} and {} ({stored})", names[0], names[1]);
    let judged = judge(Numbers {
        names,
        ends,
        is_usual: is_called(names),
    });
    match judged {
        Judged::Is(unit, why) => {
            let text = format!("{shown} are read as {}, {why}", named(unit));
            // Such as pixels, which x and y may be.
            let is_warning = unit == CoordinateUnit::Degrees && !is_called(names);
            Ok((unit, Some(Note { text, is_warning })))
        }
        Judged::Usual(unit) => {
            let note = Note {
                text: format!(
                    "{shown} are taken for {}, which is a guess; `coordinate_unit` says what they are",
                    named(unit)
                ),
                is_warning: true,
            };
            Ok((unit, Some(note)))
        }
        Judged::Undecided => Err(format!(
            "{shown}: numbers{} may be of several units",
            span(ends)
        )),
    }
}

fn set(schema: &mut Schema, unit: CoordinateUnit) {
    for coordinate in [&mut schema.lon, &mut schema.lat] {
        coordinate.unit = unit;
        if unit != CoordinateUnit::Degrees {
            coordinate.kind = Kind::F64;
        }
    }
}

/// Floats are degrees; but where none of them is a place, what they are may be told.
fn floats(names: [&str; 2], ends: Ends) -> (CoordinateUnit, Option<Note>) {
    let is_outside = |(ends, half): (&Option<[f64; 2]>, f64)| {
        ends.is_some_and(|[low, high]| low > half || high < -half)
    };
    if !ends.iter().zip([180.0, 90.0]).any(is_outside) {
        return (CoordinateUnit::Degrees, None);
    }
    let shown = format!("{} and {}", names[0], names[1]);
    let note = |text, is_warning| Some(Note { text, is_warning });
    if let [Some(lon), Some(lat)] = names.map(CoordinateUnit::of_name)
        && lon == lat
    {
        let text = format!("{shown} are read as {}, by their names", named(lon));
        return (lon, note(text, false));
    }
    let text = format!(
        "{shown} are no degrees{}: no row is a place; `coordinate_unit` says what they are, such as semicircles",
        span(ends)
    );
    (CoordinateUnit::Degrees, note(text, true))
}

fn undecided(files: &[Outline], reason: &str) -> DatasetError {
    let path = files.first().map_or("", |file| file.object.path());
    DatasetError::CoordinateUnit {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

fn named(unit: CoordinateUnit) -> String {
    match unit {
        CoordinateUnit::Degrees | CoordinateUnit::Semicircles => unit.to_string(),
        _ => format!("{unit} degrees"),
    }
}

fn span(ends: Ends) -> String {
    match ends {
        [Some([west, east]), Some([south, north])] => {
            format!(", from {west} to {east} and from {south} to {north}")
        }
        _ => String::new(),
    }
}

/// A column of all files, once for each type of it; those in which it has no values are told of only where it has none in
/// any.
fn fields<'a>(files: &'a [Outline], name: &str, ignores_statistics: bool) -> Vec<&'a Field> {
    let held = files.iter().filter_map(|file| {
        let (place, field) = file.fields.find(name)?;
        let is_null = match ignores_statistics {
            true => text::is_null(field.data_type()),
            false => file.is_null(place),
        };
        Some((is_null, field.as_ref()))
    });
    let (of_nulls, valued): (Vec<_>, Vec<_>) = held.partition(|(is_null, _)| *is_null);
    let held = if valued.is_empty() { of_nulls } else { valued };
    let mut found: Vec<&Field> = Vec::new();
    for (_, field) in held {
        let is_same = |f: &&Field| f.data_type() == field.data_type() && told(f) == told(field);
        if !found.iter().any(is_same) {
            found.push(field);
        }
    }
    found
}

/// Whether values of a type say nothing of their unit.
fn is_whole(data_type: &DataType) -> bool {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => *scale <= 0,
        other => other.is_integer(),
    }
}

/// The unit that a field's own metadata tells.
fn told(field: &Field) -> Option<CoordinateUnit> {
    let metadata = field.metadata().iter();
    let mut told = metadata.filter(|(key, _)| KEYS.iter().any(|k| key.eq_ignore_ascii_case(k)));
    told.find_map(|(_, text)| text.parse().ok())
}

/// The unit that all fields' own metadata tells; an error's reason where only some tell one, or another one.
fn declared(types: &[Vec<&Field>; 2]) -> Result<Option<CoordinateUnit>, &'static str> {
    let all: Vec<_> = types.iter().flatten().map(|field| told(field)).collect();
    match all.first() {
        Some(first) if all.iter().all(|unit| unit == first) => Ok(*first),
        None => Ok(None),
        // Degrees are what floats are without a word.
        Some(_)
            if types.iter().flatten().all(|f| {
                told(f).is_none_or(|unit| unit == CoordinateUnit::Degrees)
                    && !is_whole(f.data_type())
            }) =>
        {
            Ok(None)
        }
        Some(_) => {
            Err("the metadata of columns tells a unit in some files and another or none in others")
        }
    }
}

/// Least and greatest numbers by the footers, of columns of some types, and whether these tell of all rows.
fn ends(files: &[Outline], names: [&str; 2], is_meant: impl Fn(&DataType) -> bool) -> (Ends, bool) {
    let mut all: Ends = [None; 2];
    let mut is_complete = true;
    for file in files {
        let places = names.map(|name| file.fields.find(name));
        for group in file.groups.iter().filter(|group| group.rows > 0) {
            for (axis, place) in places.iter().enumerate() {
                let Some(chunk) = place.and_then(|(place, _)| group.chunk(place)) else {
                    continue;
                };
                let own = place.map(|(_, field)| field.data_type());
                if !own.is_some_and(&is_meant) {
                    continue;
                }
                let ends = chunk.ends.zip(own);
                match ends.and_then(|(ends, own)| plain_ends(own, ends)) {
                    Some(ends) => {
                        let mut here: Ends = [None; 2];
                        here[axis] = Some(ends.numbers());
                        all = joined(all, here);
                    }
                    None => is_complete &= chunk.nulls == Some(group.rows),
                }
            }
        }
    }
    (all, is_complete)
}

/// Whether a file has numbers other than 0, and none of more than three digits.
fn is_small(file: &Outline, names: [&str; 2]) -> bool {
    let (ends, _) = ends(std::slice::from_ref(file), names, |_| true);
    let mut numbers = ends.into_iter().flatten().flatten();
    let is_there = numbers.clone().any(|number| number != 0.0);
    is_there && numbers.all(|number| number.abs() <= MOST_DEGREES)
}

pub(crate) fn joined(some: Ends, more: Ends) -> Ends {
    [0, 1].map(|axis| match (some[axis], more[axis]) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
        (one, other) => one.or(other),
    })
}
