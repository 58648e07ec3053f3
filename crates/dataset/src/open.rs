//! Opening a dataset: list, read footers, agree on columns.

use crate::mark::Mark;
use crate::store::{Place, version};
use crate::{DatasetError, coordinates, footer, schema};
use arrow::datatypes::{Fields, Schema as ArrowSchema};
use futures::{StreamExt, TryStreamExt, stream};
use graticule_columns::{
    DatasetMetadata, FileMetadata, Partition, PartitionValue, Scan, Schema, TimeUnit,
};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How to find a dataset's columns; by convention where nothing is said.
///
/// Coordinates are floats or decimals in degrees, or whole numbers in 1e-7 degrees. Files of the
/// graticule layout say themselves how theirs lead back to the source's floats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Name of the longitude column.
    pub lon: Option<String>,
    /// Name of the latitude column.
    pub lat: Option<String>,
    /// Name of the time column.
    pub time: Option<String>,
    /// Unit of an integer time column.
    pub time_unit: Option<TimeUnit>,
}

/// Footers read at the same time.
const FOOTERS_IN_FLIGHT: usize = 32;
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// A file as the store and its footer describe it.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile {
    pub(crate) object: ObjectMeta,
    pub(crate) footer: ArrowReaderMetadata,
}

impl OpenFile {
    /// The mark of the graticule layout, if the file carries it.
    pub(crate) fn mark(&self) -> Result<Option<Mark>, DatasetError> {
        Mark::of(&self.footer).map_err(|reason| DatasetError::Footer {
            path: self.object.location.to_string(),
            reason,
        })
    }

    /// The columns as the dataset sees them.
    fn seen(&self) -> Result<Fields, DatasetError> {
        let fields = &self.footer.schema().fields;
        Ok(coordinates::seen(fields, self.mark()?.as_ref()))
    }
}

/// An open dataset: metadata of all its files, no rows.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) place: Place,
    metadata: DatasetMetadata,
    footers: Mutex<HashMap<String, Arc<OpenFile>>>,
    bytes: u64,
    requests: u64,
}

impl Dataset {
    /// Opens a Parquet file, or all of a directory tree's; reads the footers. Must be awaited within
    /// a tokio runtime, for that is what stores need.
    ///
    /// # Errors
    /// [`DatasetError`] when nothing is there, a file cannot be read or is damaged, or the files'
    /// columns disagree or lack coordinates.
    pub async fn open(url: &str, options: &OpenOptions) -> Result<Self, DatasetError> {
        let place = Place::of(url)?;
        let objects = place.files(url).await?;
        let footers: Vec<(OpenFile, u64, u64)> = stream::iter(objects)
            .map(|object| async {
                let (footer, bytes, requests) = footer::fetch(&place, &object).await?;
                Ok::<_, DatasetError>((OpenFile { object, footer }, bytes, requests))
            })
            .buffered(FOOTERS_IN_FLIGHT)
            .try_collect()
            .await?;
        let (bytes, requests) = footers
            .iter()
            .fold((0, 0), |sum, f| (sum.0 + f.1, sum.1 + f.2));
        let files: Vec<OpenFile> = footers.into_iter().map(|f| f.0).collect();
        let metadata = describe(url, &place, &files, options)?;
        let footers = files
            .into_iter()
            .map(|f| (f.object.location.to_string(), Arc::new(f)))
            .collect();
        Ok(Self {
            place,
            metadata,
            footers: Mutex::new(footers),
            bytes,
            requests,
        })
    }

    /// Opens just what a scan needs, for running a part that was planned elsewhere; footers are read
    /// when their file's turn comes. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Url`] when the store cannot be reached.
    pub async fn reopen(scan: &Scan) -> Result<Self, DatasetError> {
        Ok(Self {
            place: Place::of(&scan.url)?,
            metadata: DatasetMetadata {
                url: scan.url.clone(),
                schema: scan.schema.clone(),
                files: Vec::new(),
            },
            footers: Mutex::default(),
            bytes: 0,
            requests: 0,
        })
    }

    /// What is known of the dataset.
    pub fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    /// The columns of the first file in its order, coordinates as floats, with what the file's Arrow
    /// schema says beside them. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError`] when the file changed or cannot be read.
    pub async fn first_schema(&self) -> Result<ArrowSchema, DatasetError> {
        let Some(first) = self.metadata.files.first() else {
            return Ok(ArrowSchema::empty());
        };
        let file = self.file(&first.path, &first.etag).await?;
        let metadata = file.footer.schema().metadata.clone();
        Ok(ArrowSchema::new_with_metadata(file.seen()?, metadata))
    }

    /// Bytes and requests that opening took.
    pub fn opening_cost(&self) -> (u64, u64) {
        (self.bytes, self.requests)
    }

    /// A file of a scan, with the version checked that was planned for.
    pub(crate) async fn file(&self, path: &str, etag: &str) -> Result<Arc<OpenFile>, DatasetError> {
        let known = {
            let footers = self.footers.lock();
            footers.ok().and_then(|f| f.get(path).cloned())
        };
        let file = match known {
            Some(file) => file,
            None => {
                let location = Path::parse(path).map_err(|e| DatasetError::Url {
                    url: path.to_owned(),
                    reason: e.to_string(),
                })?;
                let object = self.place.store.head(&location).await;
                let object = object.map_err(|e| DatasetError::store(path, e))?;
                let (footer, _, _) = footer::fetch(&self.place, &object).await?;
                let file = Arc::new(OpenFile { object, footer });
                if let Ok(mut footers) = self.footers.lock() {
                    footers.insert(path.to_owned(), file.clone());
                }
                file
            }
        };
        if version(&file.object) != etag {
            return Err(DatasetError::Changed {
                path: path.to_owned(),
            });
        }
        Ok(file)
    }
}

fn describe(
    url: &str,
    place: &Place,
    files: &[OpenFile],
    options: &OpenOptions,
) -> Result<DatasetMetadata, DatasetError> {
    let Some(first) = files.first() else {
        return Err(DatasetError::NoFiles {
            url: url.to_owned(),
        });
    };
    let first_path = first.object.location.as_ref();
    let first_fields = &first.seen()?;
    let mut schema = schema::of_file(first_path, first_fields, options)?;
    for file in &files[1..] {
        schema::check_same(
            (first_path, first_fields),
            (file.object.location.as_ref(), &file.seen()?),
        )?;
    }
    let folders: Vec<_> = files
        .iter()
        .map(|f| place.folders(&f.object.location))
        .collect();
    schema.partitions = partitions(first_path, files, &folders)?;
    let shadowed = |name: &str| schema.partitions.iter().any(|p| p.name == name);
    schema.attributes.retain(|a| !shadowed(&a.name));
    let files = files
        .iter()
        .zip(&folders)
        .map(|(file, folders)| metadata_of(&schema, file, folders))
        .collect();
    Ok(DatasetMetadata {
        url: url.to_owned(),
        schema,
        files,
    })
}

fn metadata_of(schema: &Schema, file: &OpenFile, folders: &[(String, String)]) -> FileMetadata {
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
    let row_groups = file.footer.metadata().row_groups();
    FileMetadata {
        path: file.object.location.to_string(),
        size: file.object.size,
        etag: version(&file.object),
        partitions: schema.partitions.iter().map(value).collect(),
        row_groups: row_groups
            .iter()
            .map(|g| footer::row_group(schema, g))
            .collect(),
    }
}

/// The folders' columns: the same names in every file's path, integers where all values are.
fn partitions(
    first: &str,
    files: &[OpenFile],
    folders: &[Vec<(String, String)>],
) -> Result<Vec<Partition>, DatasetError> {
    let names = |folders: &[(String, String)]| -> Vec<String> {
        folders.iter().map(|(name, _)| name.clone()).collect()
    };
    let known = folders.first().map(|f| names(f)).unwrap_or_default();
    for (file, folders) in files.iter().zip(folders) {
        if names(folders) != known {
            return Err(DatasetError::Schema {
                path: file.object.location.to_string(),
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
