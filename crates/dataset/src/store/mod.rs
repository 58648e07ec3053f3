//! Stores: which one a path or URL names, what lies there, and bytes of it, patiently.

mod address;
mod disk;
mod hot;
mod left;
mod list;
mod local;
mod object;
mod options;
mod overlap;
#[cfg(feature = "remote")]
mod page;
mod plain;
#[cfg(feature = "remote")]
mod profile;
mod read;
mod refusal;
#[cfg(feature = "remote")]
mod remote;
mod resolve;
mod same;
mod walk;
#[cfg(feature = "remote")]
mod wire;
mod within;

pub use address::shown_url;
pub use hot::Hot;
pub(crate) use hot::Version;
pub(crate) use left::{Left, Reason};
pub(crate) use list::Listing;
pub use list::is_data_file;
pub(crate) use object::Object;
pub use options::StoreOptions;
pub use overlap::{Overlap, folder_of_both};
pub use same::{FileId, place_of};
pub use within::check_within;

use crate::DatasetError;
use address::Found;
use object_store::ObjectStore;
use object_store::limit::LimitStore;
use object_store::path::Path;
use refusal::Wire;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Requests to a remote store at the same time.
const IN_FLIGHT: usize = 64;
/// How long a request may go without a byte, where nobody says.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store and the place in it that a dataset's URL names.
#[derive(Debug, Clone)]
pub(crate) struct StoreRoot {
    store: Arc<dyn ObjectStore>,
    root: Path,
    /// What the paths below the root must look like, for a glob.
    pattern: Option<glob::Pattern>,
    /// Whether a failed request may fare better the next time.
    is_remote: bool,
    /// Whether the store lists objects in the order of their names, and can begin anywhere.
    lists_in_order: bool,
    patience: Duration,
    /// What is known of the answers of a store that a URL names.
    wire: Option<Wire>,
    /// Whether the URL's path ends with a slash.
    is_folder: bool,
    /// What else the URL may name, if there is nothing at the root.
    also: Option<(Path, Option<glob::Pattern>)>,
    /// The name of a store of the caller's.
    name: Option<String>,
}

/// Numbers of the stores of callers.
static STORES: AtomicU64 = AtomicU64::new(0);

impl StoreRoot {
    /// Finds the store of a path or URL. Remote stores that do not answer are given up after
    /// `patience` without a byte, a minute if not given.
    pub(crate) fn of(url: &str, patience: Option<Duration>) -> Result<Self, DatasetError> {
        let patience = patience.unwrap_or(PATIENCE);
        let plain = |(store, root, pattern): Found<Arc<dyn ObjectStore>>| Self {
            store,
            root,
            pattern,
            is_remote: false,
            lists_in_order: false,
            patience,
            wire: None,
            is_folder: false,
            also: None,
            name: None,
        };
        let remote = match address::split(url)? {
            address::Address::Local(path) => return Ok(plain(local::local(url, path)?)),
            address::Address::Remote(remote) => remote,
        };
        let (found, wire) = remote.store(patience)?;
        let place = plain(found);
        Ok(Self {
            store: Arc::new(LimitStore::new(place.store.clone(), IN_FLIGHT)),
            is_remote: true,
            lists_in_order: remote.lists_in_order(),
            wire: Some(wire),
            is_folder: remote.is_folder(),
            also: remote.also(),
            ..place
        })
    }

    /// What tells the place from all others, wherever the process runs.
    pub(crate) fn key(&self, url: &str) -> String {
        let pattern = self.pattern.as_ref().map_or("", |p| p.as_str());
        match (&self.name, self.is_remote) {
            (Some(name), _) => format!("{name}/{}/{pattern}", self.root),
            (None, true) => url.to_owned(),
            (None, false) => format!("/{}/{pattern}", self.root),
        }
    }

    /// The place that the URL may name instead.
    pub(crate) fn take_also(&mut self) -> Option<Self> {
        let (root, pattern) = self.also.take()?;
        Some(Self {
            root,
            pattern,
            ..self.clone()
        })
    }

    /// How long a request may go without a byte, where somebody said.
    pub(crate) fn patience(&self) -> Option<Duration> {
        Some(self.patience).filter(|patience| *patience != PATIENCE)
    }

    /// Where it is in its store.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether requests go over a network.
    pub(crate) fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// Whether only some of the files below are meant.
    pub(crate) fn is_glob(&self) -> bool {
        self.pattern.is_some()
    }

    /// A location as people know it: of a file on this machine it begins with a slash.
    pub(crate) fn name(&self, location: &Path) -> String {
        match self.is_remote {
            true => location.to_string(),
            false => format!("/{location}"),
        }
    }

    /// Whether it is on a web server, which may know no folders.
    pub(crate) fn is_web(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.is_web)
    }

    /// A place in a store of the caller's.
    pub(crate) fn within(
        store: Arc<dyn ObjectStore>,
        root: Path,
        patience: Option<Duration>,
    ) -> Self {
        // Two stores may well print alike, and be had at one address after each other.
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        Self {
            name: Some(format!("store {number}: {store}")),
            wire: None,
            is_folder: false,
            also: None,
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
        // Of what the URL may name a part that was planned elsewhere does not know which it was.
        let also = self.also.as_ref().map(|(root, _)| root);
        let mut roots = std::iter::once(&self.root).chain(also);
        let Some(parts) = roots.find_map(|root| object.prefix_match(root)) else {
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
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
