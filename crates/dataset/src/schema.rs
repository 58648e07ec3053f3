//! Which column is what.

use crate::coordinates;
use crate::{DatasetError, OpenOptions};
use arrow::datatypes::{DataType, FieldRef, Fields, TimeUnit as ArrowUnit};
use graticule_columns::{Attribute, Coordinate, Kind, Schema, TimeColumn, TimeUnit};
use std::collections::HashMap;

pub(crate) const LON: &[&str] = &["lon", "lng", "longitude", "x"];
pub(crate) const LAT: &[&str] = &["lat", "latitude", "y"];
const TIME: &[&str] = &["time", "timestamp", "ts", "datetime"];

/// Finds the roles of a file's columns, by the names given or by convention.
pub(crate) fn of_file(
    path: &str,
    fields: &Fields,
    options: &OpenOptions,
) -> Result<Schema, DatasetError> {
    let lon = coordinate(
        path,
        fields,
        "longitude",
        "--lon",
        options.lon.as_deref(),
        LON,
    )?;
    let lat = coordinate(
        path,
        fields,
        "latitude",
        "--lat",
        options.lat.as_deref(),
        LAT,
    )?;
    let time = time(path, fields, options)?;
    let taken = |name: &str| {
        name == lon.name || name == lat.name || time.as_ref().is_some_and(|t| t.name == name)
    };
    let attributes = fields
        .iter()
        .filter(|f| !taken(f.name()))
        .map(|f| Attribute {
            name: f.name().clone(),
            data_type: f.data_type().clone(),
            kind: kind(f.data_type()),
            is_uuid: crate::text::is_uuid(f),
        })
        .collect();
    Ok(Schema {
        lon,
        lat,
        time,
        attributes,
        partitions: Vec::new(),
    })
}

/// The kind that values of a type are widened to, or held as: dates and times as their counts, decimals
/// as the whole numbers that are left without their point.
pub(crate) fn kind(data_type: &DataType) -> Option<Kind> {
    Some(match crate::text::plain_type(data_type) {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => Kind::I32,
        DataType::Date32 | DataType::Time32(_) => Kind::I32,
        DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Kind::I64,
        DataType::Float16 => Kind::F32,
        DataType::Boolean | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Kind::U32,
        DataType::Int64 => Kind::I64,
        DataType::UInt64 => Kind::U64,
        DataType::Float32 => Kind::F32,
        DataType::Float64 => Kind::F64,
        _ => return None,
    })
}

fn find<'a>(
    fields: &'a Fields,
    named: Option<&str>,
    known: &[&str],
) -> Option<&'a arrow::datatypes::Field> {
    let exactly = |name: &str| fields.iter().find(|f| f.name() == name);
    let any_case = |name: &&str| fields.iter().find(|f| f.name().eq_ignore_ascii_case(name));
    match named {
        Some(name) => exactly(name),
        None => known.iter().find_map(any_case),
    }
    .map(|f| &**f)
}

fn missing(
    path: &str,
    fields: &Fields,
    role: &'static str,
    flag: &'static str,
    tried: String,
) -> DatasetError {
    let columns: Vec<_> = fields.iter().map(|f| f.name().as_str()).collect();
    DatasetError::NoColumn {
        path: path.to_owned(),
        role,
        tried,
        flag,
        columns: columns.join(", "),
    }
}

fn coordinate(
    path: &str,
    fields: &Fields,
    role: &'static str,
    flag: &'static str,
    named: Option<&str>,
    known: &[&str],
) -> Result<Coordinate, DatasetError> {
    let tried = || named.map_or_else(|| known.join(", "), str::to_owned);
    let field =
        find(fields, named, known).ok_or_else(|| missing(path, fields, role, flag, tried()))?;
    match coordinates::kind(field.data_type()) {
        Some(kind) => Ok(Coordinate {
            name: field.name().clone(),
            kind,
        }),
        None => Err(DatasetError::ColumnType {
            path: path.to_owned(),
            column: field.name().clone(),
            data_type: field.data_type().to_string(),
            role,
            wanted: "Float64, Float32 or a decimal, in degrees, or Int32 or Int64, in 1e-7 degrees",
        }),
    }
}

fn time(
    path: &str,
    fields: &Fields,
    options: &OpenOptions,
) -> Result<Option<TimeColumn>, DatasetError> {
    let named = options.time.as_deref();
    let Some(field) = find(fields, named, TIME) else {
        return match named {
            None => Ok(None),
            Some(name) => Err(missing(
                path,
                fields,
                "time",
                "--time-column",
                name.to_owned(),
            )),
        };
    };
    let unit = match (field.data_type(), options.time_unit) {
        (DataType::Timestamp(unit, _), _) => match unit {
            ArrowUnit::Second => TimeUnit::Second,
            ArrowUnit::Millisecond => TimeUnit::Millisecond,
            ArrowUnit::Microsecond => TimeUnit::Microsecond,
            ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
        },
        (DataType::Date32, _) => TimeUnit::Second,
        (DataType::Int64 | DataType::Int32 | DataType::UInt32, Some(unit)) => unit,
        // A column that only happens to be named so is an attribute.
        (_, None) if named.is_none() => return Ok(None),
        (data_type, _) => {
            return Err(DatasetError::ColumnType {
                path: path.to_owned(),
                column: field.name().clone(),
                data_type: data_type.to_string(),
                role: "time",
                wanted: "a timestamp, a date, or an integer with --time-unit s|ms|us|ns",
            });
        }
    };
    Ok(Some(TimeColumn {
        name: field.name().clone(),
        unit,
        data_type: field.data_type().clone(),
    }))
}

/// The columns of all files, in the order in which they are first met. A file may lack columns; those
/// that it has must be of the type that they have elsewhere.
pub(crate) fn union<'a>(
    files: impl Iterator<Item = (&'a str, &'a Fields)>,
) -> Result<Fields, DatasetError> {
    let mut all: Vec<FieldRef> = Vec::new();
    // By name: the column's place, and the file that first had it.
    let mut known: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut last: Option<&Fields> = None;
    for (path, fields) in files {
        // Neighbours mostly have the same columns, even the same allocation of them.
        if last.is_some_and(|last| last == fields) {
            continue;
        }
        last = Some(fields);
        for field in fields {
            let Some(&(place, first)) = known.get(field.name().as_str()) else {
                known.insert(field.name(), (all.len(), path));
                all.push(field.clone());
                continue;
            };
            let there = all[place].data_type();
            if field.data_type() != there {
                return Err(DatasetError::Schema {
                    path: path.to_owned(),
                    first: first.to_owned(),
                    column: field.name().clone(),
                    here: field.data_type().to_string(),
                    there: there.to_string(),
                });
            }
        }
    }
    Ok(all.into())
}
