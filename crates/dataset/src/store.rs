//! Paths and URLs to stores and objects.

use crate::DatasetError;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// A store and the place in it that a dataset's URL names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) root: Path,
}

impl Place {
    /// Finds the store of a path or URL.
    pub(crate) fn of(url: &str) -> Result<Self, DatasetError> {
        let wrong = |reason: String| DatasetError::Url {
            url: url.to_owned(),
            reason,
        };
        let local = match url.split_once("://") {
            None => url,
            Some(("file", path)) => path,
            Some((scheme, _)) => {
                return Err(wrong(format!(
                    "stores of {scheme}:// are not built yet; only local paths are"
                )));
            }
        };
        if local.is_empty() {
            return Err(wrong("the path is empty".to_owned()));
        }
        let absolute = std::fs::canonicalize(local).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => DatasetError::Missing {
                path: url.to_owned(),
            },
            _ => wrong(e.to_string()),
        })?;
        let root = Path::from_absolute_path(&absolute).map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            store: Arc::new(LocalFileSystem::new()),
            root,
        })
    }

    /// The data files, by path: the object itself, or what lies below it and ends in `.parquet`.
    /// Names that begin with `.` or `_` are other programs' and are left out.
    pub(crate) async fn files(&self, url: &str) -> Result<Vec<ObjectMeta>, DatasetError> {
        match self.store.head(&self.root).await {
            Ok(object) => return Ok(vec![object]),
            Err(object_store::Error::NotFound { .. }) => {}
            // A local directory is no object.
            Err(e) if !std::path::Path::new(&format!("/{}", self.root)).is_dir() => {
                return Err(DatasetError::store(url, e));
            }
            Err(_) => {}
        }
        let listing = self.store.list(Some(&self.root));
        let mut objects: Vec<ObjectMeta> = listing
            .try_collect()
            .await
            .map_err(|e| DatasetError::store(url, e))?;
        objects.retain(|object| {
            let below = object.location.prefix_match(&self.root);
            let hidden = below.is_some_and(|mut parts| {
                parts.any(|part| {
                    part.as_ref().starts_with(['.', '_']) && !part.as_ref().contains('=')
                })
            });
            !hidden && object.location.extension() == Some("parquet")
        });
        objects.sort_by(|a, b| a.location.cmp(&b.location));
        if objects.is_empty() {
            return Err(DatasetError::NoFiles {
                url: url.to_owned(),
            });
        }
        Ok(objects)
    }

    /// The `name=value` folders between the root and an object.
    pub(crate) fn folders(&self, object: &Path) -> Vec<(String, String)> {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let Some(parts) = object.prefix_match(&self.root) else {
            return Vec::new();
        };
        let parts: Vec<_> = parts.collect();
        let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
        folders
            .iter()
            .filter_map(|part| part.as_ref().split_once('='))
            // A path's own escapes are on top of Hive's.
            .map(|(name, value)| (decode(name), decode(&decode(value))))
            .collect()
    }
}

/// What tells versions of an object apart.
pub(crate) fn version(object: &ObjectMeta) -> String {
    object.e_tag.clone().unwrap_or_else(|| {
        format!(
            "{}-{}",
            object.last_modified.timestamp_micros(),
            object.size
        )
    })
}
