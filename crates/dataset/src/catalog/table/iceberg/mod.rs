//! Iceberg tables: metadata in JSON, manifests in Avro, deleted rows in Parquet or Puffin, all beside the
//! data. No catalog is asked, so the newest metadata file is the table.

mod columns;
mod deletes;
mod manifest;
mod metadata;

use super::{AsOf, Format, Table, TableFile, wrong};
use crate::DatasetError;
use crate::store::StoreRoot;
use bytes::Bytes;
use columns::Columns;
use deletes::Deletes;
use futures::{StreamExt, TryStreamExt, stream};
use graticule_columns::{Note, PartitionValue};
use manifest::{Content, Entry, Manifest};
use metadata::{Metadata, Snapshot};
use object_store::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Manifests and files of deleted rows that are read at the same time.
const IN_FLIGHT: usize = 16;

/// A table's folder, while it is read.
struct Folder<'a> {
    place: &'a StoreRoot,
    url: &'a str,
    /// Where the table lay when it was written.
    location: String,
    requests: AtomicU64,
}

impl Folder<'_> {
    fn wrong(&self, reason: impl ToString) -> DatasetError {
        wrong(self.url, Format::Iceberg, reason)
    }

    /// Where a file of the table is, also after the table was moved as a whole.
    fn at(&self, uri: &str) -> Result<Path, DatasetError> {
        let below = uri.strip_prefix(self.location.trim_end_matches('/'));
        let uri = match below.and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) if !self.location.is_empty() => rest,
            _ => uri,
        };
        self.place.file_at(self.url, uri).map_err(|e| self.wrong(e))
    }

    /// All bytes of a file of the table.
    async fn bytes(&self, path: &Path) -> Result<Bytes, DatasetError> {
        let (object, tries) = self.place.object_at(path).await?;
        self.requests.fetch_add(tries, Ordering::Relaxed);
        let missing = || {
            let path = self.place.name(path);
            self.wrong(format!("its file '{path}' is gone; restore it"))
        };
        let object = object.ok_or_else(missing)?;
        let (bytes, tries) = self.place.read(&object, 0..object.size).await?;
        self.requests.fetch_add(tries, Ordering::Relaxed);
        Ok(bytes)
    }

    async fn bytes_of(&self, uri: &str) -> Result<Bytes, DatasetError> {
        self.bytes(&self.at(uri)?).await
    }
}

/// The table at a place, as of a snapshot.
pub(super) async fn read(
    place: &StoreRoot,
    url: &str,
    as_of: Option<&AsOf>,
) -> Result<Table, DatasetError> {
    let mut folder = Folder {
        place,
        url,
        location: String::new(),
        requests: AtomicU64::new(0),
    };
    let (metadata, name) = metadata::newest(&folder).await?;
    folder.location.clone_from(&metadata.location);
    let said = |reason: String| folder.wrong(reason);
    let snapshot = metadata.snapshot(as_of).map_err(said)?;
    let mut columns = Columns::of(&metadata, metadata.schema(snapshot, as_of).map_err(said)?);
    let entries = match snapshot {
        Some(snapshot) => entries(&folder, snapshot).await?,
        None => Vec::new(),
    };
    let (data, deletes): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .partition(|entry| entry.content == Content::Data);
    refuse_equality(&data, &deletes).map_err(said)?;
    let deletes = Deletes::read(&folder, &deletes).await?;
    let mut files = Vec::with_capacity(data.len());
    for entry in &data {
        files.push(file(&folder, &metadata, &columns, &deletes, entry)?);
    }
    files.sort_by(|a, b| a.location.cmp(&b.location));
    let snapshot = snapshot.map_or_else(
        || "no snapshot yet".to_owned(),
        |snapshot| format!("snapshot {}", snapshot.id),
    );
    let mut notes = std::mem::take(&mut columns.notes);
    notes.extend(moved(&folder));
    Ok(Table {
        format: Format::Iceberg,
        version: format!("{snapshot} of metadata/{name}, the newest in the folder"),
        files,
        fields: columns.fields,
        partitions: columns
            .partitions
            .into_iter()
            .map(|(partition, _)| partition)
            .collect(),
        are_partitions_in_files: true,
        defaults: columns.defaults,
        mapping: columns.mapping,
        notes,
        requests: folder.requests.into_inner(),
    })
}

/// The live entries of a snapshot's manifests.
async fn entries(folder: &Folder<'_>, snapshot: &Snapshot) -> Result<Vec<Entry>, DatasetError> {
    let manifests: Vec<Manifest> = match &snapshot.manifest_list {
        Some(list) => {
            let bytes = folder.bytes_of(list).await?;
            let manifests = manifest::list(bytes);
            manifests.map_err(|e| folder.wrong(format!("its '{list}' cannot be read: {e}")))?
        }
        None => snapshot
            .manifests
            .iter()
            .map(|path| Manifest::first_version(path))
            .collect(),
    };
    let read = manifests.iter().map(|manifest| async move {
        let bytes = folder.bytes_of(&manifest.path).await?;
        let entries = manifest::entries(bytes, manifest);
        let path = &manifest.path;
        entries.map_err(|e| folder.wrong(format!("its '{path}' cannot be read: {e}")))
    });
    let read: Vec<_> = read.collect();
    let read: Vec<Vec<Entry>> = stream::iter(read).buffered(IN_FLIGHT).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// Rows that are deleted by their values are not looked for.
fn refuse_equality(data: &[Entry], deletes: &[Entry]) -> Result<(), String> {
    let oldest = data.iter().map(|entry| entry.sequence).min();
    let mut equality = deletes
        .iter()
        .filter(|entry| entry.content == Content::EqualityDeletes);
    match equality.find(|entry| oldest.is_some_and(|oldest| oldest < entry.sequence)) {
        None => Ok(()),
        Some(entry) => Err(format!(
            "it has equality deletes ('{}'), which are not understood; compact it (rewrite_data_files) first",
            entry.path
        )),
    }
}

fn file(
    folder: &Folder<'_>,
    metadata: &Metadata,
    columns: &Columns,
    deletes: &Deletes,
    entry: &Entry,
) -> Result<TableFile, DatasetError> {
    if !entry.format.eq_ignore_ascii_case("parquet") {
        let (path, format) = (&entry.path, &entry.format);
        return Err(folder.wrong(format!(
            "its file '{path}' is {format}, which is not read; rewrite the table as Parquet"
        )));
    }
    let location = folder.at(&entry.path)?;
    let spec = metadata.identities(entry.spec);
    let value = |id: i32| -> Option<PartitionValue> {
        let name = spec.iter().find(|(source, _)| *source == id)?;
        entry.partition.get(name.1).cloned()
    };
    Ok(TableFile {
        partitions: columns
            .partitions
            .iter()
            .map(|(_, id)| value(*id))
            .collect(),
        deleted: deletes.of(&location, entry.sequence),
        location,
    })
}

/// That the table does not lie where it was written.
fn moved(folder: &Folder<'_>) -> Option<Note> {
    let root = folder.place.root().as_ref();
    let is_there = folder.location.trim_end_matches('/').ends_with(root);
    (!is_there).then(|| Note {
        text: format!(
            "the table was written at '{}'; its files are looked for where it is now",
            folder.location
        ),
        is_warning: false,
    })
}
