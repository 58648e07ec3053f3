//! From what the files' footers say to what is known of the dataset.

use crate::outline::Outline;
use crate::store::Place;
use crate::{DatasetError, OpenOptions, days, schema};
use arrow::datatypes::Fields;
use graticule_columns::{DatasetMetadata, FileMetadata, Note, Partition, PartitionValue, Schema};

const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// What is known of the dataset, and the columns of all files.
pub(crate) fn describe(
    url: &str,
    place: &Place,
    files: &[Outline],
    options: &OpenOptions,
) -> Result<(DatasetMetadata, Fields), DatasetError> {
    let Some(first) = files.first() else {
        return Err(DatasetError::NoFiles {
            url: url.to_owned(),
            found: String::new(),
        });
    };
    let first_path = first.object.path();
    let fields = schema::union(files.iter().map(|f| (f.object.path(), &f.fields)))?;
    let mut schema = schema::of_file(first_path, &fields, options)?;
    for file in files {
        for name in [&schema.lon.name, &schema.lat.name] {
            if file.fields.find(name).is_none() {
                return Err(DatasetError::Schema {
                    path: file.object.path().to_owned(),
                    first: first_path.to_owned(),
                    column: name.clone(),
                    here: "missing".to_owned(),
                    there: "a coordinate, which no file may lack".to_owned(),
                });
            }
        }
    }
    let folders: Vec<_> = files
        .iter()
        .map(|f| place.folders(&f.object.location))
        .collect();
    schema.partitions = partitions(&folders);
    let notes = outside(&schema.partitions, files, &folders);
    let shadowed = |name: &str| schema.partitions.iter().any(|p| p.name == name);
    schema.attributes.retain(|a| !shadowed(&a.name));
    let mut metadata = DatasetMetadata {
        url: url.to_owned(),
        files: files
            .iter()
            .zip(&folders)
            .map(|(file, folders)| metadata_of(&schema, file, folders))
            .collect(),
        schema,
        notes,
    };
    if let Some(partition) = &options.partition_time {
        days::declare(&mut metadata, partition)?;
    }
    Ok((metadata, fields))
}

fn metadata_of(schema: &Schema, file: &Outline, folders: &[(String, String)]) -> FileMetadata {
    let value = |partition: &Partition| {
        let text = folders.iter().find(|(name, _)| *name == partition.name);
        match text.map(|(_, value)| value.as_str()) {
            None | Some(HIVE_NULL) => PartitionValue::Null,
            Some(text) => match text.parse() {
                Ok(integer) if partition.is_integer => PartitionValue::Integer(integer),
                _ => PartitionValue::Text(text.to_owned()),
            },
        }
    };
    file.metadata(schema, schema.partitions.iter().map(value).collect())
}

/// The folders' columns: those of any file's path, integers where all values are.
fn partitions(folders: &[Vec<(String, String)>]) -> Vec<Partition> {
    let mut found: Vec<Partition> = Vec::new();
    // Neighbours mostly have the same folders, and a hundred thousand files few names.
    for (name, text) in folders.iter().flatten() {
        let is_integer =
            text == HIVE_NULL || text.parse::<i64>().is_ok_and(|n| n.to_string() == *text);
        match found.iter_mut().find(|partition| partition.name == *name) {
            Some(partition) => partition.is_integer &= is_integer,
            None => found.push(Partition {
                name: name.clone(),
                is_integer,
            }),
        }
    }
    found
}

/// Tells of files that lie beside the folders of others.
fn outside(
    partitions: &[Partition],
    files: &[Outline],
    folders: &[Vec<(String, String)>],
) -> Vec<Note> {
    let note = |partition: &Partition| {
        let lies_inside =
            |f: &[(String, String)]| f.iter().any(|(name, _)| *name == partition.name);
        let mut outside = files.iter().zip(folders).filter(|(_, f)| !lies_inside(f));
        let first = outside.next()?.0.object.path();
        let (count, name) = (outside.count() + 1, &partition.name);
        Some(Note {
            text: format!(
                "in no folder '{name}=...', so that their {name} is null: {count} of {} files, such as '{first}'",
                files.len()
            ),
            is_warning: true,
        })
    };
    partitions.iter().filter_map(note).collect()
}
