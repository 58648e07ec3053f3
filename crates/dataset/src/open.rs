//! Opening a dataset: list, read footers or the manifest, agree on columns.

use crate::DatasetError;
use crate::catalog::describe::describe;
use crate::catalog::kept::{Kept, Turns};
use crate::catalog::manifest;
use crate::catalog::open_file::OpenFile;
use crate::catalog::opening::{Opening, outlines};
use crate::catalog::options::OpenOptions;
use crate::catalog::table::{Located, locate};
use crate::file::contents::Contents;
use crate::file::guard::guarded;
use crate::file::mark::Mark;
use crate::store::{Object, Overlap, StoreRoot};
use arrow::datatypes::{Fields, Schema as ArrowSchema};
use graticule_columns::{DatasetMetadata, Scan, ScanFile};
use object_store::ObjectStore;
use object_store::path::Path;
use std::collections::HashSet;
use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::spawn_blocking;
use twox_hash::XxHash64;

/// From so many files on a manifest is kept unasked.
const MANIFEST_FILES: usize = 128;
/// An open dataset: metadata of all its files, no rows.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) place: StoreRoot,
    store: Arc<str>,
    metadata: DatasetMetadata,
    /// The columns that hold all that the files do.
    fields: Fields,
    pub(crate) ignores_statistics: bool,
    footers: Mutex<Kept>,
    pub(crate) turns: Turns,
    opening: Opening,
    bytes: AtomicU64,
    requests: AtomicU64,
    /// Hashes of the paths of the files that are of the graticule layout, where that is known.
    laid_out: Option<HashSet<u64>>,
    /// Bytes of the statistics of tiles that open files hold.
    pub(crate) tiles_kept: AtomicU64,
}

/// What tells a URL's store from others: its scheme and host, and the options behind the path.
fn store_of(url: &str) -> Arc<str> {
    match url.split_once("://") {
        None | Some(("file", _)) => "file".into(),
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            let options = rest.split_once('?').map_or("", |(_, options)| options);
            format!("{scheme}://{host}?{options}").into()
        }
    }
}

fn path_hash(path: &str) -> u64 {
    XxHash64::oneshot(0, path.as_bytes())
}

impl Dataset {
    /// Opens a Parquet or Arrow IPC file, all of a directory tree's, those that a glob matches, or a Delta
    /// Lake or Iceberg table, by path or by URL (`s3://`, `gs://`, `az://`, `http(s)://`); reads the footers. Must be awaited
    /// within a tokio runtime, for that is what stores need.
    ///
    /// # Errors
    /// [`DatasetError`] when nothing is there, a file cannot be read or is damaged, or the files'
    /// columns disagree or lack coordinates.
    pub async fn open(url: &str, options: &OpenOptions) -> Result<Self, DatasetError> {
        let url = &options.store.address(url)?;
        let place = StoreRoot::of(url, options.patience)?;
        let manifest = manifest::path(options.cache.as_ref(), &place.key(url));
        Self::open_at(place, store_of(url), url, options, manifest).await
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
        let place = StoreRoot::within(store, path.clone(), options.patience);
        // Nothing tells two of the caller's stores apart but that they are two.
        static STORES: AtomicU64 = AtomicU64::new(0);
        let store = format!("store {}", STORES.fetch_add(1, Ordering::Relaxed));
        Self::open_at(place, store.into(), path.as_ref(), options, None).await
    }

    async fn open_at(
        place: StoreRoot,
        store: Arc<str>,
        url: &str,
        options: &OpenOptions,
        manifest: Option<PathBuf>,
    ) -> Result<Self, DatasetError> {
        let kept = manifest.clone();
        // Reading the manifest and listing take about as long.
        let read = move || guarded(|| kept.as_deref().map(manifest::read));
        let known = spawn_blocking(read);
        let Located {
            place,
            objects,
            table,
            notes,
            looked,
        } = locate(place, url, options).await?;
        // Should the reader panic, footers are read again, as after any other damage.
        let known = known.await.ok().and_then(Result::ok).flatten();
        let known = known.unwrap_or_default();
        let mapping = table.as_ref().map(|table| table.mapping.clone());
        let mapping = mapping.unwrap_or_default();
        let kept = Kept::within(options.footers);
        let (outlines, kept, opening) = outlines(&place, objects, known, &mapping, kept).await?;
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
        let laid_out = outlines.iter().filter(|o| o.declared.layout.is_some());
        let laid_out = laid_out.map(|o| path_hash(o.object.path())).collect();
        let mut outlines: Vec<_> = outlines.into_iter().map(|o| o.mapped(&mapping)).collect();
        let table = table.as_ref();
        let described = describe(url, &place, &mut outlines, table, options, None)?;
        let mut dataset = Self {
            place,
            store,
            metadata: described.metadata,
            fields: described.fields,
            ignores_statistics: options.ignore_statistics,
            footers: Mutex::new(kept),
            turns: Turns::default(),
            opening,
            bytes: (looked.0 + opening.bytes).into(),
            requests: (looked.1 + opening.requests).into(),
            laid_out: Some(laid_out),
            tiles_kept: AtomicU64::new(0),
        };
        if described.needs_numbers {
            let sample = dataset.sample().await?;
            let place = &dataset.place;
            let described = describe(url, place, &mut outlines, table, options, Some(sample))?;
            (dataset.metadata, dataset.fields) = (described.metadata, described.fields);
        }
        dataset.metadata.notes.splice(0..0, notes);
        Ok(dataset)
    }

    /// Opens just what a scan needs, for running a part that was planned elsewhere; footers are read
    /// when their file's turn comes. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Url`] when the store cannot be reached.
    pub async fn reopen(scan: &Scan) -> Result<Self, DatasetError> {
        Ok(Self {
            place: StoreRoot::of(&scan.url, scan.patience)?,
            store: store_of(&scan.url),
            metadata: DatasetMetadata {
                url: scan.url.clone(),
                schema: scan.schema.clone(),
                files: Vec::new(),
                notes: Vec::new(),
            },
            fields: Fields::empty(),
            ignores_statistics: false,
            footers: Mutex::new(Kept::within(None)),
            turns: Turns::default(),
            opening: Opening::default(),
            bytes: AtomicU64::default(),
            requests: AtomicU64::default(),
            laid_out: None,
            tiles_kept: AtomicU64::new(0),
        })
    }

    /// How long its store may be silent, where that is not as always.
    pub fn patience(&self) -> Option<Duration> {
        self.place.patience()
    }

    /// What tells the dataset's store from others; equal ones are the same store.
    pub fn store(&self) -> &Arc<str> {
        &self.store
    }

    /// What is known of the dataset.
    pub fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    /// A hash of the paths, versions, sizes and deleted rows of the files: another one means other data.
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
            for (place, group) in file.row_groups.iter().enumerate() {
                for rows in group.live.iter().flatten() {
                    hasher.write(&(place as u64).to_le_bytes());
                    hasher.write(&rows.start.to_le_bytes());
                    hasher.write(&rows.end.to_le_bytes());
                }
            }
        }
        format!("{:016x}", hasher.finish())
    }

    /// What writing to a path of this machine would do to the dataset, were it spelled in whatever way: by a link, a
    /// glob or a URL.
    pub fn overlap(&self, path: &std::path::Path) -> Option<Overlap> {
        self.place.overlap(&self.paths(), path)
    }

    /// Whether a folder of data files to be written lies in one of the dataset's folders, holds some of it, or would be
    /// listed with it.
    pub fn meets(&self, folder: &std::path::Path) -> bool {
        self.place.meets(&self.paths(), folder)
    }

    fn paths(&self) -> Vec<&str> {
        let files = self.metadata.files.iter();
        files.map(|file| file.path.as_str()).collect()
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
        let footers = self.footers.lock().unwrap_or_else(PoisonError::into_inner);
        let order = |mark: &Mark| (mark.sort.clone(), mark.partition.clone());
        let mark = first.view.mark();
        let is_same = |file: &Arc<OpenFile>| file.view.mark().map(order) == mark.map(order);
        Ok(mark.filter(|_| footers.files().all(is_same)).cloned())
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

    /// Whether a file may be of the graticule layout; its footer, which may lie far away, need not be asked.
    pub(crate) fn may_be_laid_out(&self, path: &str) -> bool {
        let known = self.laid_out.as_ref();
        known.is_none_or(|known| known.contains(&path_hash(path)))
    }

    /// A file whose footer was read, as long as it is at hand.
    pub(crate) fn remembered(&self, path: &str) -> Option<Arc<OpenFile>> {
        let mut footers = self.footers.lock().unwrap_or_else(PoisonError::into_inner);
        footers.get(path)
    }

    pub(crate) fn remember(&self, file: Arc<OpenFile>) {
        let mut footers = self.footers.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = footers.insert(file);
        drop(footers);
        for file in gone {
            if let Some(tiles) = file.tiles.get().into_iter().flatten().next() {
                let bytes = tiles.mark.bytes;
                self.tiles_kept.fetch_sub(bytes, Ordering::Relaxed);
            }
        }
    }

    /// A file of a scan, with the version checked that was planned for.
    pub(crate) async fn file(&self, planned: &ScanFile) -> Result<Arc<OpenFile>, DatasetError> {
        let path = planned.path.as_str();
        let file = match self.remembered(path) {
            Some(file) => file,
            None => {
                let _alone = self.turns.of(path).await;
                if let Some(file) = self.remembered(path) {
                    return Self::unchanged(file, planned);
                }
                let object = Object::new(path, planned.size, &planned.etag);
                let object = object.map_err(|e| DatasetError::Url {
                    url: path.to_owned(),
                    reason: e.to_string(),
                })?;
                let (contents, bytes, requests) = Contents::fetch(&self.place, &object).await?;
                self.note_opening(bytes, requests);
                let file = OpenFile::new(object, contents)?;
                let file = Arc::new(file.mapped(&self.metadata.schema.mapping));
                self.remember(file.clone());
                file
            }
        };
        Self::unchanged(file, planned)
    }

    fn unchanged(file: Arc<OpenFile>, planned: &ScanFile) -> Result<Arc<OpenFile>, DatasetError> {
        match file.object.version == planned.etag {
            true => Ok(file),
            false => Err(DatasetError::Changed {
                path: planned.path.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_told_apart() {
        let same = ["/data/a.parquet", "data", "file:///data"].map(store_of);
        assert_eq!(same, [store_of("x"), store_of("x"), store_of("x")]);
        assert_eq!(store_of("s3://fleet/a/b"), store_of("s3://fleet/c"));
        assert_ne!(store_of("s3://fleet/a"), store_of("s3://other/a"));
        assert_ne!(store_of("s3://fleet/a"), store_of("gs://fleet/a"));
        assert_ne!(
            store_of("s3://fleet/a?endpoint=http://one"),
            store_of("s3://fleet/a?endpoint=http://two")
        );
        assert_ne!(store_of("http://one:1/a"), store_of("http://one:2/a"));
    }
}
