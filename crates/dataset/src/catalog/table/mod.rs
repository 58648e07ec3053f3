//! Tables: folders in which a log beside the files says which rows of which files are there.
//!
//! Delta Lake and Iceberg are read as their logs say. Tables of other formats are known by their
//! signs in the folder and refused, for their files alone are not the table.

mod as_of;
#[cfg(feature = "delta")]
mod delta;
mod find;
#[cfg(feature = "iceberg")]
mod iceberg;

pub use as_of::AsOf;

use crate::DatasetError;
use crate::catalog::folders;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::Outline;
use crate::catalog::schema::FileColumn;
use crate::decode::absent;
use crate::store::{self, Object, StoreRoot};
use arrow::datatypes::{DataType, Fields};
use find::{Found, above, find};
use graticule_columns::{ColumnMapping, FileMetadata, Note, Partition, PartitionValue};
use object_store::path::Path;
use std::collections::HashMap;

/// Who keeps the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Delta,
    Iceberg,
    Hudi,
    DuckLake,
    HiveAcid,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Delta => "Delta Lake",
            Self::Iceberg => "Iceberg",
            Self::Hudi => "Hudi",
            Self::DuckLake => "DuckLake",
            Self::HiveAcid => "Hive ACID",
        }
    }
}

/// What a table's log says at one version of it.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) format: Format,
    /// The version that is read, as people name it.
    pub(crate) version: String,
    pub(crate) files: Vec<TableFile>,
    /// All columns, those of partitions included.
    pub(crate) fields: Fields,
    /// Columns whose values the log holds, not the files.
    pub(crate) partitions: Vec<Partition>,
    /// Whether a file's own column is meant where it has one, and the log's value where it does not.
    pub(crate) are_partitions_in_files: bool,
    /// Columns that have another value than null where a file lacks them.
    pub(crate) defaults: Vec<String>,
    pub(crate) mapping: ColumnMapping,
    pub(crate) notes: Vec<Note>,
    /// Requests that it took.
    pub(crate) requests: u64,
}

/// A file with rows of a table.
#[derive(Debug)]
pub(crate) struct TableFile {
    pub(crate) location: Path,
    /// One for each of [`Table::partitions`]: its value, if the log has one.
    pub(crate) partitions: Vec<Option<PartitionValue>>,
    /// Numbers of the rows that are deleted, ascending.
    pub(crate) deleted: Vec<u64>,
}

/// What lies at a place.
pub(crate) struct Located {
    /// Where it lies, which may be another way to read the URL.
    pub(crate) place: StoreRoot,
    pub(crate) objects: Vec<Object>,
    pub(crate) table: Option<Table>,
    pub(crate) notes: Vec<Note>,
    /// Bytes and requests that it took.
    pub(crate) looked: (u64, u64),
}

/// Finds the data files at a place: those of a listing, or of a table those that its log has.
pub(crate) async fn locate(
    mut place: StoreRoot,
    url: &str,
    options: &OpenOptions,
) -> Result<Located, DatasetError> {
    let url = store::shown_url(url);
    let mut listing = place.files(url).await?;
    if listing.objects.is_empty()
        && let Some(other) = place.take_also()
    {
        listing = other.files(url).await?;
        place = other;
    }
    let is_file = matches!(&listing.objects[..], [one] if one.location == *place.root());
    let (found, asked) = match is_file {
        true => (None, 0),
        false => find(&place, url, &listing).await,
    };
    let (above, looked_above) = match is_file {
        true => above(&place).await,
        false => (None, 0),
    };
    let asked = asked + looked_above;
    let lies = found.as_ref().filter(|_| options.as_files).map(as_files);
    let Some(found) = found.filter(|_| !options.as_files) else {
        let (bytes, looked) = listing.look(&place, options.all_files).await?;
        listing.check(&place, url)?;
        if let Some(asked) = options.as_of {
            return Err(DatasetError::NoVersions {
                url: url.to_owned(),
                asked: asked.to_string(),
            });
        }
        let left_out = listing.left_out.notes(place.root());
        let lies = lies.or_else(|| {
            let (format, root) = above?;
            Some(of_table(url, format, &place.name(&root), options.as_files))
        });
        return Ok(Located {
            place,
            objects: listing.objects,
            table: None,
            notes: lies.into_iter().chain(left_out).collect(),
            looked: (bytes, listing.requests + looked + asked),
        });
    };
    let mut table = read(&place, url, found, options).await?;
    let (objects, requests) = table.objects(&place, url, listing.objects).await?;
    Ok(Located {
        place,
        objects,
        notes: table.take_notes(),
        looked: (0, listing.requests + asked + table.requests + requests),
        table: Some(table),
    })
}

/// What a folder's signs lead to.
async fn read(
    place: &StoreRoot,
    url: &str,
    found: Found,
    options: &OpenOptions,
) -> Result<Table, DatasetError> {
    found.check(place, url)?;
    match found.format {
        #[cfg(feature = "delta")]
        Format::Delta => delta::read(place, url, options.as_of.as_ref()).await,
        #[cfg(feature = "iceberg")]
        Format::Iceberg => iceberg::read(place, url, options.as_of.as_ref()).await,
        format => Err(refused(url, format)),
    }
}

/// A table that this graticule does not read.
fn refused(url: &str, format: Format) -> DatasetError {
    let instead = match format {
        Format::Delta | Format::Iceberg => {
            "this build is without it (the cargo features delta and iceberg)"
        }
        Format::Hudi => {
            "its timeline in .hoodie is not understood; export the table, with Spark for example, to Parquet"
        }
        Format::DuckLake => {
            "its catalog says which rows of the files are there; export the table, with DuckDB's COPY ... TO, to Parquet"
        }
        Format::HiveAcid => {
            "rows are spread over base and delta folders; export the table, with Hive or Spark, to Parquet"
        }
    };
    wrong(url, format, instead)
}

/// What is wrong with a table, and how its files may be read nevertheless.
fn wrong(url: &str, format: Format, reason: impl ToString) -> DatasetError {
    DatasetError::Table {
        url: url.to_owned(),
        format: format.name(),
        // Libraries end with a full stop, as our sentence does.
        reason: reason.to_string().trim_end_matches('.').to_owned(),
    }
}

impl Table {
    /// The objects of the table's files, of those that a listing has; others are asked for. Also how
    /// many requests that took.
    ///
    /// # Errors
    /// [`DatasetError::Table`] where a file is missing.
    async fn objects(
        &self,
        place: &StoreRoot,
        url: &str,
        listed: Vec<Object>,
    ) -> Result<(Vec<Object>, u64), DatasetError> {
        let mut listed: HashMap<Path, Object> = listed
            .into_iter()
            .map(|object| (object.location.clone(), object))
            .collect();
        let mut requests = 0;
        let mut objects = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let object = match listed.remove(&file.location) {
                Some(object) => Some(object),
                None => {
                    let (object, tries) = place.object_at(&file.location).await?;
                    requests += tries;
                    object
                }
            };
            let Some(object) = object else {
                let path = place.name(&file.location);
                let reason = format!(
                    "{} has the file '{path}', which is gone; it may have been vacuumed: ask for a newer version, or restore the file",
                    self.version
                );
                return Err(wrong(url, self.format, reason));
            };
            objects.push(object);
        }
        Ok((objects, requests))
    }

    /// The table's columns but those partitions, in its order: as the files that have them hold them; behind
    /// them those that the files' are made into.
    pub(crate) fn columns<'a>(
        &'a self,
        url: &'a str,
        held: Vec<FileColumn<'a>>,
        files: &[Outline],
        partitions: &[&str],
    ) -> Vec<FileColumn<'a>> {
        let own = self.fields.iter();
        let own = own.filter(|field| !partitions.contains(&field.name().as_str()));
        let is_logged = |name: &str| self.partitions.iter().any(|p| p.name == name);
        let held_as = |name: &str| {
            let mut held = held
                .iter()
                .filter(|_| self.are_partitions_in_files || !is_logged(name));
            held.find(|c| c.name() == name)
        };
        let own = own.map(|field| match held_as(field.name()) {
            Some(held) => held.clone(),
            None => FileColumn::of(field, url),
        });
        let mut columns: Vec<FileColumn<'a>> = own.collect();
        let is_made = |name: &str| {
            let mut files = files.iter();
            files.any(|file| file.fields[file.own()..].iter().any(|f| f.name() == name))
        };
        let is_own = |name: &str| self.fields.iter().any(|field| field.name() == name);
        let made = held
            .into_iter()
            .filter(|c| is_made(c.name()) && !is_own(c.name()));
        columns.extend(made);
        columns
    }

    /// The columns whose values the log holds, and each file's values of them.
    ///
    /// # Errors
    /// [`DatasetError::Table`] where a column is in some files and only in the log for others,
    /// where a file lacks one that is not null for it, or where a value is none of its column's type.
    pub(crate) fn partitions(
        &self,
        url: &str,
        files: &[Outline],
    ) -> Result<(Vec<Partition>, Vec<Vec<PartitionValue>>), DatasetError> {
        let lacks = |file: &Outline, name: &str| file.fields.find(name).is_none();
        let refuse = |file: &Outline, name: &str, what: &str| {
            let path = file.object.path();
            let reason = format!("'{path}' has no column '{name}', {what}; rewrite the file");
            Err(wrong(url, self.format, reason))
        };
        for name in &self.defaults {
            if let Some(file) = files.iter().find(|file| lacks(file, name)) {
                return refuse(file, name, "which has a default that is not null");
            }
        }
        let (mut partitions, mut places) = (Vec::new(), Vec::new());
        for (place, partition) in self.partitions.iter().enumerate() {
            let name = &partition.name;
            if self.are_partitions_in_files {
                let Some(lacking) = files.iter().position(|file| lacks(file, name)) else {
                    continue;
                };
                let is_known = |of: &TableFile| of.partitions[place].is_some();
                if !files.iter().all(|file| lacks(file, name)) || !self.files.iter().all(is_known) {
                    return refuse(&files[lacking], name, "a partition that other files have");
                }
            }
            partitions.push(partition.clone());
            places.push(place);
        }
        let value = |of: &TableFile, place: usize| {
            of.partitions[place].clone().unwrap_or(PartitionValue::Null)
        };
        let mut values: Vec<Vec<PartitionValue>> = Vec::with_capacity(self.files.len());
        for of in &self.files {
            let of_file: Vec<_> = places.iter().map(|&place| value(of, place)).collect();
            let checked = partitions.iter().zip(&of_file);
            let checked = checked.map(|(partition, value)| self.check(&partition.name, value));
            let checked: Result<(), String> = checked.collect();
            checked.map_err(|reason| wrong(url, self.format, reason))?;
            values.push(of_file);
        }
        Ok((partitions, values))
    }

    /// Whether a value of a partition is one of its type.
    fn check(&self, name: &str, value: &PartitionValue) -> Result<(), String> {
        let data_type = self.typed(name);
        let text = folders::text(value);
        match data_type.zip(text) {
            Some((data_type, text)) if absent::value(data_type, &text).is_none() => Err(format!(
                "'{text}' is no value of partition '{name}', which is {data_type}; correct the log"
            )),
            _ => Ok(()),
        }
    }

    /// The type of a partition whose values compare otherwise than their texts do, and are no whole numbers.
    fn typed(&self, name: &str) -> Option<&DataType> {
        let field = self.fields.iter().find(|field| field.name() == name)?;
        let data_type = field.data_type();
        is_typed(data_type).then_some(data_type)
    }

    /// Whether a column of the table is read as if its files had it: the time, and a partition with a type of its own.
    pub(crate) fn is_column(&self, name: &str, time: Option<&str>) -> bool {
        time == Some(name) || self.typed(name).is_some()
    }

    /// Leaves out the rows that are deleted.
    ///
    /// # Errors
    /// [`DatasetError::Table`] where a file does not have them.
    pub(crate) fn delete_rows(
        &self,
        url: &str,
        files: &mut [FileMetadata],
    ) -> Result<(), DatasetError> {
        for (file, of) in files.iter_mut().zip(&self.files) {
            let rows: u64 = file.row_groups.iter().map(|group| group.rows).sum();
            file.delete(&of.deleted).map_err(|row| {
                let path = &file.path;
                let reason = format!(
                    "row {row} of '{path}' is deleted, which has only {rows} rows; restore the file"
                );
                wrong(url, self.format, reason)
            })?;
        }
        Ok(())
    }

    /// What users should know of the table.
    fn take_notes(&mut self) -> Vec<Note> {
        let text = format!(
            "read as the {} table's log says: {}",
            self.format.name(),
            self.version
        );
        let mut notes = vec![Note {
            text,
            is_warning: false,
        }];
        notes.append(&mut self.notes);
        notes
    }
}

/// Whether values of a type compare otherwise than their texts do, and are no whole numbers.
fn is_typed(data_type: &DataType) -> bool {
    data_type.is_floating()
        || data_type.is_decimal()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
}

/// What users should know of a table's file that is read alone.
fn of_table(url: &str, format: Format, table: &str, as_files: bool) -> Note {
    Note {
        text: format!(
            "'{url}' is a file of the {} table '{table}', whose log may say that it, or rows of it, are there no more; open the table to follow it",
            format.name()
        ),
        is_warning: !as_files,
    }
}

/// What users should know of files that are read without their table's log.
fn as_files(found: &Found) -> Note {
    Note {
        text: format!(
            "the files of the {} table{} are read as they lie (`as_files`): rows that were deleted or replaced are counted",
            found.format.name(),
            found.whose()
        ),
        is_warning: true,
    }
}
