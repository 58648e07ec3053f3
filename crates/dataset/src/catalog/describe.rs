//! From what the files' footers say to what is known of the dataset.

use crate::DatasetError;
use crate::catalog::folders::Folders;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::Outline;
use crate::catalog::schema::{self, Roles};
use crate::catalog::table::Table;
use crate::catalog::units::{self, Settled};
use crate::catalog::{days, points};
use crate::store::StoreRoot;
use arrow::datatypes::Fields;
use graticule_columns::{DatasetMetadata, Note, Partition, Schema};
use std::mem;

/// What footers tell of a dataset.
pub(crate) struct Described {
    pub(crate) metadata: DatasetMetadata,
    /// The columns that hold all that the files do.
    pub(crate) fields: Fields,
    /// Whether the unit of the coordinates depends on their numbers, which are not known.
    pub(crate) needs_numbers: bool,
}

/// What is known of the dataset; `sample` has numbers of its coordinates, where some were read. Row groups go from the
/// outlines to the metadata file by file, for of many wide files they are most of the memory; where numbers are needed
/// the outlines are, once more.
pub(crate) fn describe(
    url: &str,
    place: &StoreRoot,
    outlines: &mut [Outline],
    table: Option<&Table>,
    options: &OpenOptions,
    sample: Option<units::Ends>,
) -> Result<Described, DatasetError> {
    let files = &*outlines;
    let first_path = match (files.first(), table) {
        (Some(first), _) => first.object.path(),
        // A table that holds no row has its columns nevertheless.
        (None, Some(_)) => url,
        (None, None) => {
            return Err(DatasetError::NoFiles {
                url: url.to_owned(),
                found: String::new(),
            });
        }
    };
    let mut columns = schema::columns(files.iter().map(|f| (f.object.path(), &f.fields)));
    if !options.ignore_statistics {
        schema::leave_out_nulls(&mut columns, files);
    }
    let logged = table
        .map(|table| table.partitions(url, files))
        .transpose()?;
    let is_plain = |p: &Partition| {
        let time = options.time.as_deref();
        table.is_none_or(|table| !table.is_column(&p.name, time))
    };
    let columns = match (table, &logged) {
        (Some(table), Some((partitions, _))) => {
            let plain = partitions.iter().filter(|p| is_plain(p));
            let plain: Vec<&str> = plain.map(|p| p.name.as_str()).collect();
            table.columns(url, columns, files, &plain)
        }
        _ => columns,
    };
    let chosen = points::choose(files, options)?;
    let mut roles = schema::of_files(first_path, columns, &chosen.applied(options))?;
    let stored = chosen.stored(files, &roles.fields, &roles.schema);
    // Which no file has.
    let partitions = logged.iter().flat_map(|(partitions, _)| partitions);
    let typed = partitions.filter(|p| !is_plain(p) && stored.find(&p.name).is_none());
    let typed = typed.filter_map(|p| Some(roles.fields.find(&p.name)?.1.clone()));
    roles.fields = stored.iter().cloned().chain(typed).collect();
    chosen.prune(&mut roles.schema);
    let mut notes = chosen.notes;
    let (folders, values) = match logged {
        Some((partitions, values)) => {
            let folders = Folders::of_table(&partitions, &values);
            let is_logged = |name: &str| partitions.iter().any(|p| p.name == name && is_plain(p));
            roles.schema.attributes.retain(|a| !is_logged(&a.name));
            roles.schema.partitions = partitions;
            roles.schema.folders_fill = false;
            (folders, Some(values))
        }
        None => {
            let folders = Folders::of(place, files);
            folders.declare(files, &mut roles);
            (folders, None)
        }
    };
    let Roles {
        mut schema,
        fields,
        notes: more,
    } = roles;
    notes.extend(more);
    notes.extend(without_points(&schema, files, options)?);
    let needs_numbers = match units::settle(&mut schema, files, options, sample)? {
        Settled::Known(more) => {
            notes.extend(more);
            false
        }
        Settled::NeedsNumbers => true,
    };
    if values.is_none() {
        notes.extend(folders.outside(files));
    }
    let mut values = values;
    let described = |(place, outline): (usize, &mut Outline)| {
        let values = match &mut values {
            Some(values) => mem::take(&mut values[place]),
            None => {
                let partitions = schema.partitions.iter();
                let values = partitions.map(|partition| folders.value(place, partition));
                values.collect()
            }
        };
        let groups = match needs_numbers {
            true => outline.groups.clone(),
            false => mem::take(&mut outline.groups),
        };
        outline.metadata(groups, &schema, values, &|name| folders.text(place, name))
    };
    let described = outlines.iter_mut().enumerate().map(described).collect();
    let mut metadata = DatasetMetadata {
        url: url.to_owned(),
        files: described,
        schema,
        notes,
    };
    if let Some(table) = table {
        metadata.schema.mapping.clone_from(&table.mapping);
        table.delete_rows(url, &mut metadata.files)?;
    }
    if options.ignore_statistics {
        forget(&mut metadata);
    } else if let Some(partition) = &options.partition_time {
        days::declare(&mut metadata, partition, &folders)?;
    }
    Ok(Described {
        metadata,
        fields,
        needs_numbers,
    })
}

/// Leaves out what footers say of values.
fn forget(metadata: &mut DatasetMetadata) {
    for group in metadata.files.iter_mut().flat_map(|f| &mut f.row_groups) {
        group.columns.edit(|_, column| {
            // What takes no bytes and has no bounds is not there, and null; a latitude may be in its longitude's bytes.
            if column.bytes > 0 || column.bounds.is_some() {
                (column.bounds, column.nulls) = (None, None);
            }
        });
    }
}

/// Files that lack a coordinate: their rows have no place, which is told. Where the name was guessed, and a file has other
/// points, these may be what is meant.
fn without_points(
    schema: &Schema,
    files: &[Outline],
    options: &OpenOptions,
) -> Result<Option<Note>, DatasetError> {
    let names = [&schema.lon.name, &schema.lat.name];
    let lacked = |file: &Outline| {
        let mut axes = (0..2).filter(|&axis| file.fields.find(names[axis]).is_none());
        axes.next()
    };
    let whole = files.iter().find(|file| lacked(file).is_none());
    let named = [&options.lon, &options.lat];
    let mut without = Vec::new();
    for file in files {
        let Some(axis) = lacked(file) else {
            continue;
        };
        let (path, name) = (file.object.path(), names[axis]);
        let whole = whole.map(|whole| whole.object.path());
        match (named[axis], points::held(file), whole) {
            (None, Some(held), Some(first)) => {
                return Err(DatasetError::Apart {
                    path: path.to_owned(),
                    first: first.to_owned(),
                    column: name.clone(),
                    held,
                });
            }
            (None, _, None) => {
                return Err(DatasetError::NoColumn {
                    path: path.to_owned(),
                    role: ["longitude", "latitude"][axis],
                    tried: name.clone(),
                    setting: ["lon", "lat"][axis],
                    columns: schema::names(&file.fields),
                });
            }
            _ => without.push((path, name)),
        }
    }
    Ok(without.first().map(|(path, name)| Note {
        text: format!(
            "{} of {} files lack a coordinate, and their rows have no place: '{path}' has no column '{name}'",
            without.len(),
            files.len()
        ),
        is_warning: true,
    }))
}
