//! From what the files' footers say to what is known of the dataset.

use crate::outline::Outline;
use crate::store::Place;
use crate::{DatasetError, OpenOptions, days, schema};
use arrow::datatypes::Fields;
use graticule_columns::{DatasetMetadata, FileMetadata, Partition, PartitionValue, Schema};

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
    schema.partitions = partitions(first_path, files, &folders)?;
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
        notes: Vec::new(),
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

/// The folders' columns: the same names in every file's path, integers where all values are.
fn partitions(
    first: &str,
    files: &[Outline],
    folders: &[Vec<(String, String)>],
) -> Result<Vec<Partition>, DatasetError> {
    let names = |folders: &[(String, String)]| -> Vec<String> {
        folders.iter().map(|(name, _)| name.clone()).collect()
    };
    let known = folders.first().map(|f| names(f)).unwrap_or_default();
    for (file, folders) in files.iter().zip(folders) {
        if names(folders) != known {
            return Err(DatasetError::Schema {
                path: file.object.path().to_owned(),
                first: first.to_owned(),
                column: "folders".to_owned(),
                here: format!("[{}]", names(folders).join(", ")),
                there: format!("[{}]", known.join(", ")),
            });
        }
    }
    let is_integer = |place: usize| {
        folders.iter().all(|f| {
            let text = &f[place].1;
            text == HIVE_NULL || text.parse::<i64>().is_ok_and(|n| n.to_string() == *text)
        })
    };
    Ok(known
        .into_iter()
        .enumerate()
        .map(|(place, name)| Partition {
            name,
            is_integer: is_integer(place),
        })
        .collect())
}
