//! Stores: which one a path or URL names, what lies there, and bytes of it, patiently.

mod address;
mod disk;
mod left;
mod list;
mod local;
mod object;
mod options;
mod profile;
mod read;
mod walk;

pub use list::is_data_file;
pub(crate) use object::Object;
pub use options::StoreOptions;

use crate::DatasetError;
use object_store::ObjectStore;
use object_store::limit::LimitStore;
use object_store::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Requests to a remote store at the same time.
const IN_FLIGHT: usize = 64;
/// How long a request may go without a byte, where nobody says.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store and the place in it that a dataset's URL names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    store: Arc<dyn ObjectStore>,
    root: Path,
    /// What the paths below the root must look like, for a glob.
    pattern: Option<glob::Pattern>,
    /// Whether a failed request may fare better the next time.
    is_remote: bool,
    /// Whether the store lists objects in the order of their names, and can begin anywhere.
    lists_in_order: bool,
    patience: Duration,
}

impl Place {
    /// Finds the store of a path or URL. Remote stores that do not answer are given up after
    /// `patience` without a byte, a minute if not given.
    pub(crate) fn of(url: &str, patience: Option<Duration>) -> Result<Self, DatasetError> {
        let patience = patience.unwrap_or(PATIENCE);
        let ((store, root, pattern), lists_in_order) = match address::split(url)? {
            address::Address::Local(path) => {
                let (store, root, pattern) = local::local(url, path)?;
                return Ok(Self {
                    store,
                    root,
                    pattern,
                    is_remote: false,
                    lists_in_order: false,
                    patience,
                });
            }
            address::Address::Remote(remote) => (remote.store(patience)?, remote.lists_in_order()),
        };
        Ok(Self {
            store: Arc::new(LimitStore::new(store, IN_FLIGHT)),
            root,
            pattern,
            is_remote: true,
            lists_in_order,
            patience,
        })
    }

    /// What tells the place from all others, wherever the process runs.
    pub(crate) fn key(&self, url: &str) -> String {
        let pattern = self.pattern.as_ref().map_or("", |p| p.as_str());
        match self.is_remote {
            true => url.to_owned(),
            false => format!("/{}/{pattern}", self.root),
        }
    }

    /// Where it is in its store.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether requests go over a network.
    pub(crate) fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// A place in a store of the caller's.
    pub(crate) fn within(
        store: Arc<dyn ObjectStore>,
        root: Path,
        patience: Option<Duration>,
    ) -> Self {
        Self {
            store,
            root,
            pattern: None,
            is_remote: true,
            lists_in_order: false,
            patience: patience.unwrap_or(PATIENCE),
        }
    }

    /// The `name=value` folders between the root and an object.
    pub(crate) fn folders(&self, object: &Path) -> Vec<(String, String)> {
        let Some(parts) = object.prefix_match(&self.root) else {
            return Vec::new();
        };
        let parts: Vec<_> = parts.collect();
        let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
        folders
            .iter()
            .filter_map(|part| part.as_ref().split_once('='))
            // Neither a disk's paths nor a store's keys have escapes of their own: these are Hive's.
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    }
}

/// A text without its percent escapes.
fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
