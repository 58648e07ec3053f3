//! Opening a dataset: list, read footers or the manifest, agree on columns.

use crate::contents::Contents;
use crate::describe::describe;
use crate::opening::{Opening, outlines};
use crate::store::{Object, Place, StoreOptions};
use crate::tiles::Tiles;
use crate::view::View;
use crate::{DatasetError, Mark, manifest};
use arrow::datatypes::{Fields, Schema as ArrowSchema};
use graticule_columns::{DatasetMetadata, Scan, ScanFile, TimeUnit};
use object_store::ObjectStore;
use object_store::path::Path;
use std::collections::HashMap;
use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::task::spawn_blocking;
use twox_hash::XxHash64;

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
    /// Where a remote store is and who asks.
    pub store: StoreOptions,
    /// How long a remote store may go without answering; a minute if not given.
    pub patience: Option<Duration>,
    /// The directory where manifests are kept; `GRATICULE_CACHE_DIR` or the user's cache directory if
    /// not given.
    pub cache: Option<PathBuf>,
    /// Whether to keep a manifest of a small dataset too.
    pub index: bool,
    /// A partition column of UTC days, months or hours, such as `2026-03-01`: the times of the rows in
    /// its folders, where footers do not tell them.
    pub partition_time: Option<String>,
}

/// From so many files on a manifest is kept unasked.
const MANIFEST_FILES: usize = 128;
/// A file as the store and its footer describe it.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile {
    pub(crate) object: Object,
    pub(crate) contents: Contents,
    pub(crate) view: View,
    /// Whether the page index was looked for.
    pub(crate) is_indexed: bool,
    /// The statistics of its tiles, once they were looked for.
    pub(crate) tiles: OnceLock<Option<Arc<Tiles>>>,
}

/// An open dataset: metadata of all its files, no rows.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) place: Place,
    metadata: DatasetMetadata,
    /// The columns of all files.
    fields: Fields,
    footers: Mutex<HashMap<String, Arc<OpenFile>>>,
    opening: Opening,
    bytes: AtomicU64,
    requests: AtomicU64,
    /// Bytes of the statistics of tiles that open files hold.
    pub(crate) tiles_kept: AtomicU64,
}

impl OpenFile {
    pub(crate) fn new(object: Object, contents: Contents) -> Result<Self, DatasetError> {
        Ok(Self {
            view: View::of(object.path(), &contents)?,
            object,
            contents,
            is_indexed: false,
            tiles: OnceLock::new(),
        })
    }
}

impl Dataset {
    /// Opens a Parquet or Arrow IPC file, all of a directory tree's, or those that a glob matches, by
    /// path or by URL (`s3://`, `gs://`, `az://`, `http(s)://`); reads the footers. Must be awaited
    /// within a tokio runtime, for that is what stores need.
    ///
    /// # Errors
    /// [`DatasetError`] when nothing is there, a file cannot be read or is damaged, or the files'
    /// columns disagree or lack coordinates.
    pub async fn open(url: &str, options: &OpenOptions) -> Result<Self, DatasetError> {
        let url = &options.store.address(url);
        let place = Place::of(url, options.patience)?;
        let manifest = manifest::path(options.cache.as_ref(), &place.key(url));
        Self::open_at(place, url, options, manifest).await
    }

    /// As [`Self::open`], in a store of the caller's, below a path of it. Parts of plans on it cannot
    /// be run elsewhere, for no URL names it, and there is no manifest of it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_in(
        store: Arc<dyn ObjectStore>,
        path: &Path,
        options: &OpenOptions,
    ) -> Result<Self, DatasetError> {
        let place = Place::within(store, path.clone(), options.patience);
        Self::open_at(place, path.as_ref(), options, None).await
    }

    async fn open_at(
        place: Place,
        url: &str,
        options: &OpenOptions,
        manifest: Option<PathBuf>,
    ) -> Result<Self, DatasetError> {
        let kept = manifest.clone();
        // Reading the manifest and listing take about as long.
        let known = spawn_blocking(move || kept.as_deref().map(manifest::read));
        let listing = place.files(url).await?;
        listing.check(&place, url)?;
        let left_out = listing.left_out.notes(place.root());
        // Should the reader panic, footers are read again, as after any other damage.
        let known = known.await.ok().flatten().unwrap_or_default();
        let (outlines, fresh, opening) = outlines(&place, listing.objects, known).await?;
        if let Some(path) = manifest
            .filter(|_| opening.is_changed() && (options.index || outlines.len() >= MANIFEST_FILES))
        {
            let written = manifest::write(&path, &outlines);
            // A cache that cannot be kept is no reason to fail, unless it is what was asked for.
            if let (Err(source), true) = (written, options.index) {
                let path = path.display().to_string();
                return Err(DatasetError::Manifest { path, source });
            }
        }
        let (mut metadata, fields) = describe(url, &place, &outlines, options)?;
        metadata.notes.extend(left_out);
        let dataset = Self {
            place,
            metadata,
            fields,
            footers: Mutex::default(),
            opening,
            bytes: opening.bytes.into(),
            requests: (listing.requests + opening.requests).into(),
            tiles_kept: AtomicU64::new(0),
        };
        fresh.into_iter().for_each(|file| dataset.remember(file));
        Ok(dataset)
    }

    /// Opens just what a scan needs, for running a part that was planned elsewhere; footers are read
    /// when their file's turn comes. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Url`] when the store cannot be reached.
    pub async fn reopen(scan: &Scan) -> Result<Self, DatasetError> {
        Ok(Self {
            place: Place::of(&scan.url, None)?,
            metadata: DatasetMetadata {
                url: scan.url.clone(),
                schema: scan.schema.clone(),
                files: Vec::new(),
                notes: Vec::new(),
            },
            fields: Fields::empty(),
            footers: Mutex::default(),
            opening: Opening::default(),
            bytes: AtomicU64::default(),
            requests: AtomicU64::default(),
            tiles_kept: AtomicU64::new(0),
        })
    }

    /// What is known of the dataset.
    pub fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    /// A hash of the paths, versions and sizes of the files: another one means other data.
    pub fn fingerprint(&self) -> String {
        let mut hasher = XxHash64::with_seed(0);
        for file in &self.metadata.files {
            let parts = [
                file.path.as_bytes(),
                file.etag.as_bytes(),
                &file.size.to_le_bytes(),
            ];
            for part in parts {
                hasher.write(&(part.len() as u64).to_le_bytes());
                hasher.write(part);
            }
        }
        format!("{:016x}", hasher.finish())
    }

    /// The columns of all files as they are read, coordinates as floats, with what the first file's
    /// Arrow schema says beside them. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError`] when that file changed or cannot be read.
    pub async fn arrow_schema(&self) -> Result<ArrowSchema, DatasetError> {
        let Some(first) = self.metadata.files.first() else {
            return Ok(ArrowSchema::empty());
        };
        let metadata = self
            .file(&first.into())
            .await?
            .contents
            .schema()
            .metadata
            .clone();
        Ok(ArrowSchema::new_with_metadata(
            self.fields.clone(),
            metadata,
        ))
    }

    /// The layout that all files say they have whose footers are at hand, and the first. Must be awaited within a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError`] when that file changed or cannot be read.
    pub async fn layout(&self) -> Result<Option<Mark>, DatasetError> {
        let Some(first) = self.metadata.files.first() else {
            return Ok(None);
        };
        let first = self.file(&first.into()).await?;
        let Ok(footers) = self.footers.lock() else {
            return Ok(None);
        };
        let order = |mark: &Mark| (mark.sort.clone(), mark.partition.clone());
        let mark = first.view.mark();
        let is_same = |file: &Arc<OpenFile>| file.view.mark().map(order) == mark.map(order);
        Ok(mark.filter(|_| footers.values().all(is_same)).cloned())
    }

    /// What opening found of the manifest.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// Bytes and requests that opening took: listing, footers, and page indexes so far.
    pub fn opening_cost(&self) -> (u64, u64) {
        (
            self.bytes.load(Ordering::Relaxed),
            self.requests.load(Ordering::Relaxed),
        )
    }

    pub(crate) fn note_opening(&self, bytes: u64, requests: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.requests.fetch_add(requests, Ordering::Relaxed);
    }

    /// A file whose footer was read.
    pub(crate) fn remembered(&self, path: &str) -> Option<Arc<OpenFile>> {
        let footers = self.footers.lock();
        footers.ok().and_then(|f| f.get(path).cloned())
    }

    pub(crate) fn remember(&self, file: Arc<OpenFile>) {
        if let Ok(mut footers) = self.footers.lock() {
            footers.insert(file.object.path().to_owned(), file);
        }
    }

    /// A file of a scan, with the version checked that was planned for.
    pub(crate) async fn file(&self, planned: &ScanFile) -> Result<Arc<OpenFile>, DatasetError> {
        let path = planned.path.as_str();
        let file = match self.remembered(path) {
            Some(file) => file,
            None => {
                let object = Object::new(path, planned.size, &planned.etag);
                let object = object.map_err(|e| DatasetError::Url {
                    url: path.to_owned(),
                    reason: e.to_string(),
                })?;
                let (contents, bytes, requests) = Contents::fetch(&self.place, &object).await?;
                self.note_opening(bytes, requests);
                let file = Arc::new(OpenFile::new(object, contents)?);
                self.remember(file.clone());
                file
            }
        };
        if file.object.version != planned.etag {
            return Err(DatasetError::Changed {
                path: path.to_owned(),
            });
        }
        Ok(file)
    }
}
