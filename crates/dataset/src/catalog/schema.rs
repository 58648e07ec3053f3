//! Which column is what.

use crate::DatasetError;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::Outline;
use crate::file::{coordinates, hint, meaning, text};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use graticule_columns::{
    Attribute, ColumnMapping, Coordinate, Kind, Note, Schema, SetAside, listed,
};
use graticule_geo::CoordinateUnit;
use std::collections::HashMap;
use std::sync::Arc;

mod time;

pub(crate) const LON: &[&str] = &["lon", "lng", "longitude", "x"];
pub(crate) const LAT: &[&str] = &["lat", "latitude", "y"];

/// What the files' columns are to the dataset.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) schema: Schema,
    /// The columns that can be asked, in the order in which they are first met, with the types that they
    /// are brought to; coordinates as they are first met.
    pub(crate) fields: Fields,
    /// What was guessed, and what cannot be asked.
    pub(crate) notes: Vec<Note>,
}

/// Finds the roles of the files' columns, by the names given or by convention; the first file's path is
/// that of errors.
pub(crate) fn of_files(
    first: &str,
    columns: Vec<FileColumn<'_>>,
    options: &OpenOptions,
) -> Result<Roles, DatasetError> {
    let mut set_aside = left_out(&columns, &options.without)?;
    let is_kept = |column: &FileColumn<'_>| !options.without.iter().any(|n| n == column.name());
    let columns: Vec<FileColumn<'_>> = columns.into_iter().filter(is_kept).collect();
    let columns = &columns[..];
    let lon = coordinate(
        first,
        columns,
        "longitude",
        "lon",
        options.lon.as_deref(),
        LON,
    )?;
    let lat = coordinate(
        first,
        columns,
        "latitude",
        "lat",
        options.lat.as_deref(),
        LAT,
    )?;
    let (time, mut notes) = time::find(first, columns, options)?;
    let (mut attributes, mut fields) = (Vec::new(), Vec::new());
    for column in columns {
        let name = column.name();
        if let Some(path) = column.cut {
            let text = format!(
                "column '{name}' is INT96 in '{path}', which is read in microseconds: digits below these are cut off"
            );
            let is_warning = false;
            notes.push(Note { text, is_warning });
        }
        if let Some(time) = time.as_ref().filter(|t| t.name == name) {
            fields.push(column.field_of(&time.data_type));
        } else if name == lon.name || name == lat.name {
            fields.push(column.field.clone());
        } else {
            match column.common() {
                Ok(data_type) => {
                    let field = column.field_of(&data_type);
                    attributes.push(Attribute {
                        name: name.to_owned(),
                        kind: kind(&data_type),
                        is_uuid: text::is_uuid(&field),
                        data_type,
                    });
                    fields.push(field);
                }
                Err(reason) => {
                    let text = format!("column '{name}' cannot be asked: {reason}");
                    notes.push(Note {
                        text,
                        is_warning: false,
                    });
                    let name = name.to_owned();
                    set_aside.push(SetAside { name, reason });
                }
            }
        }
    }
    Ok(Roles {
        schema: Schema {
            lon,
            lat,
            time,
            attributes,
            partitions: Vec::new(),
            mapping: ColumnMapping::Same,
            set_aside,
            folders_fill: true,
        },
        fields: fields.iter().map(hint::unmarked).collect(),
        notes,
    })
}

/// The columns that somebody leaves out, which must be there.
fn left_out(columns: &[FileColumn<'_>], without: &[String]) -> Result<Vec<SetAside>, DatasetError> {
    let column = |name: &String| match columns.iter().any(|c| c.name() == name) {
        true => Ok(SetAside {
            name: name.clone(),
            reason: "as was asked".to_owned(),
        }),
        false => {
            let names: Vec<&str> = columns.iter().map(FileColumn::name).collect();
            Err(DatasetError::Column {
                column: name.clone(),
                reason: format!("no file has it; the columns are {}", listed(&names)),
            })
        }
    };
    without.iter().map(column).collect()
}

/// The kind that values of a type are widened to, or held as: dates and times as their counts, decimals
/// as the whole numbers that are left without their point.
pub(crate) fn kind(data_type: &DataType) -> Option<Kind> {
    Some(match text::plain_type(data_type) {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => Kind::I32,
        DataType::Date32 | DataType::Time32(_) => Kind::I32,
        // Nulls are so of any kind.
        DataType::Null => Kind::I32,
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

fn find<'a, 'b>(
    columns: &'b [FileColumn<'a>],
    named: Option<&str>,
    known: &[&str],
) -> Option<&'b FileColumn<'a>> {
    let exactly = |name: &str| columns.iter().find(|c| c.name() == name);
    let any_case = |name: &&str| columns.iter().find(|c| c.name().eq_ignore_ascii_case(name));
    match named {
        Some(name) => exactly(name),
        None => known.iter().find_map(any_case),
    }
}

/// The names of columns, for people.
pub(crate) fn names(fields: &Fields) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    listed(&names)
}

fn missing(
    path: &str,
    columns: &[FileColumn<'_>],
    role: &'static str,
    setting: &'static str,
    tried: String,
) -> DatasetError {
    let columns: Vec<_> = columns.iter().map(FileColumn::name).collect();
    DatasetError::NoColumn {
        path: path.to_owned(),
        role,
        tried,
        setting,
        columns: listed(&columns),
    }
}

fn coordinate(
    path: &str,
    columns: &[FileColumn<'_>],
    role: &'static str,
    setting: &'static str,
    named: Option<&str>,
    known: &[&str],
) -> Result<Coordinate, DatasetError> {
    let tried = || named.map_or_else(|| known.join(", "), |name| listed(&[name]));
    let column = find(columns, named, known)
        .ok_or_else(|| missing(path, columns, role, setting, tried()))?;
    // Each file's become floats as it is decoded, so that their types need have nothing in common.
    let mut kinds = Vec::new();
    for (data_type, path) in &column.types {
        if text::is_null(data_type) {
            continue;
        }
        let kind = coordinates::kind(data_type);
        kinds.push(kind.ok_or_else(|| DatasetError::ColumnType {
            path: (*path).to_owned(),
            column: column.name().to_owned(),
            data_type: data_type.to_string(),
            role,
            wanted: "a float, a decimal or an integer",
        })?);
    }
    Ok(Coordinate {
        name: column.name().to_owned(),
        kind: match kinds.iter().all(|kind| *kind == Kind::F32) && !kinds.is_empty() {
            true => Kind::F32,
            false => Kind::F64,
        },
        unit: CoordinateUnit::default(),
        stored: column.field.data_type().to_string(),
    })
}

/// A column as the files have it.
#[derive(Debug, Clone)]
pub(crate) struct FileColumn<'a> {
    /// As the first file has it that has it.
    field: &'a FieldRef,
    /// Its types, each with the first file that has it so.
    types: Vec<(&'a DataType, &'a str)>,
    /// The first file that has values of it that are not read whole.
    partial: Option<&'a str>,
    /// The first file that has it as INT96.
    cut: Option<&'a str>,
}

impl<'a> FileColumn<'a> {
    /// A column as one file or table has it.
    pub(crate) fn of(field: &'a FieldRef, path: &'a str) -> Self {
        Self {
            field,
            types: vec![(field.data_type(), path)],
            partial: hint::is_partial(field).then_some(path),
            cut: hint::is_cut(field).then_some(path),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.field.name()
    }

    /// The type that holds the values of all files.
    ///
    /// # Errors
    /// The two types and files for which there is none.
    fn common(&self) -> Result<DataType, String> {
        if let Some(path) = self.partial {
            return Err(format!(
                "in '{path}' it holds intervals of months, days and milliseconds, of which the months are not read; \
                 write it as a number of seconds, or of months"
            ));
        }
        let types = self
            .types
            .iter()
            .map(|(data_type, path)| ((*data_type).clone(), *path));
        fold(types)
    }

    /// The column with another type, of which the files' extension types say nothing.
    fn field_of(&self, data_type: &DataType) -> FieldRef {
        if self.field.data_type() == data_type {
            return self.field.clone();
        }
        let mut metadata = self.field.metadata().clone();
        // Those of the values of dictionaries and of runs are the values' own.
        if text::plain_type(self.field.data_type()) != data_type {
            metadata.retain(|key, _| !key.starts_with("ARROW:extension:"));
        }
        let field = Field::new(self.name(), data_type.clone(), true);
        Arc::new(field.with_metadata(metadata))
    }
}

/// The type that holds the values of all, which are of the files beside them.
fn fold<'a>(types: impl Iterator<Item = (DataType, &'a str)>) -> Result<DataType, String> {
    let mut all: Option<(DataType, &str)> = None;
    for (data_type, path) in types {
        let Some((before, first)) = &all else {
            all = Some((meaning::alone(&data_type), path));
            continue;
        };
        let both = meaning::common(before, &data_type).ok_or_else(|| {
            format!(
                "it is {before} in '{first}' and {data_type} in '{path}', and no type holds the values of both"
            )
        })?;
        // The file that made it what it is now.
        let path = if both == *before { *first } else { path };
        all = Some((both, path));
    }
    Ok(all.map_or(DataType::Null, |(data_type, _)| data_type))
}

/// Leaves out the types that columns have only in files in which they are nothing but null, for such a column
/// has no type yet: writers put any there. Where all are such, and no type is that of all, it is a column of nulls.
pub(crate) fn leave_out_nulls<'a>(columns: &mut [FileColumn<'a>], files: &'a [Outline]) {
    for column in columns.iter_mut().filter(|column| column.types.len() > 1) {
        let name = column.name();
        let mut valued: Vec<&'a FieldRef> = Vec::new();
        for file in files {
            let Some((place, field)) = file.fields.find(name) else {
                continue;
            };
            let is_known = valued.iter().any(|v| v.data_type() == field.data_type());
            if !is_known && !file.is_null(place) {
                valued.push(field);
            }
        }
        let Some(first) = valued.first() else {
            if column.partial.is_none() && column.common().is_err() {
                let path = column.types[0].1;
                column.types = vec![(&DataType::Null, path)];
            }
            continue;
        };
        column.field = first;
        let has_values = |own: &DataType| valued.iter().any(|v| v.data_type() == own);
        column.types.retain(|(own, _)| has_values(own));
    }
}

/// The columns of all files, in the order in which they are first met. A file may lack columns.
pub(crate) fn columns<'a>(
    files: impl Iterator<Item = (&'a str, &'a Fields)>,
) -> Vec<FileColumn<'a>> {
    let mut all: Vec<FileColumn<'a>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut last: Option<&Fields> = None;
    for (path, fields) in files {
        // Neighbours mostly have the same columns, even the same allocation of them.
        if last.is_some_and(|last| last == fields) {
            continue;
        }
        last = Some(fields);
        for field in fields {
            let place = *known.entry(field.name()).or_insert_with(|| {
                all.push(FileColumn {
                    field,
                    types: Vec::new(),
                    partial: None,
                    cut: None,
                });
                all.len() - 1
            });
            if all[place].partial.is_none() && hint::is_partial(field) {
                all[place].partial = Some(path);
            }
            if all[place].cut.is_none() && hint::is_cut(field) {
                all[place].cut = Some(path);
            }
            let types = &mut all[place].types;
            if types.iter().all(|(there, _)| *there != field.data_type()) {
                types.push((field.data_type(), path));
            }
        }
    }
    all
}
