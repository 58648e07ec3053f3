//! What lies at a place.

use super::left::{LeftOut, Reason};
use super::read::{Failure, Tries};
use super::{Object, StoreRoot, decode};
use crate::DatasetError;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStoreExt};

/// Whether a file of this extension, in any case, is a dataset's, where it lies in its directory.
pub fn is_data_file(extension: &str) -> bool {
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "parquet" | "parq" | "pq" | "geoparquet" | "arrow" | "feather" | "ipc"
    )
}

/// Whether a file or folder of this name is another program's.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '_']) && !name.contains('=')
}

/// What lies at a place: the dataset's files, and what else a listing saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// The data files, by path.
    pub(crate) objects: Vec<Object>,
    /// What is not read, hidden files included, by path; nothing of a single file.
    pub(crate) left_out: LeftOut,
    /// How many requests that took.
    pub(crate) requests: u64,
}

impl Listing {
    fn of(object: Object, requests: u64) -> Self {
        Self {
            objects: vec![object],
            requests,
            ..Self::default()
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.left_out.append(other.left_out);
        self.requests += other.requests;
    }

    /// Brings all into the order of paths, each once, and tells folders and empty files from data.
    fn arrange(&mut self) {
        // Of a folder's marker and a file of the same name the file comes first.
        let by_path = |a: &Object, b: &Object| (&a.location, b.size).cmp(&(&b.location, a.size));
        self.objects.sort_by(by_path);
        self.objects.dedup_by(|b, a| a.location == b.location);
        self.left_out.sort();
        let lies_below = |folder: &str, among: &[&Path]| {
            let first = among.partition_point(|path| path.as_ref() < folder);
            let next = among.get(first);
            next.is_some_and(|path| path.as_ref().starts_with(folder))
        };
        let data: Vec<_> = self.objects.iter().map(|o| &o.location).collect();
        let left = self.left_out.objects().iter();
        let left: Vec<_> = left.map(|left| &left.object.location).collect();
        let is_folder = |object: &Object| {
            let folder = format!("{}/", object.location);
            object.size == 0 && (lies_below(&folder, &data) || lies_below(&folder, &left))
        };
        let folders: Vec<bool> = self.objects.iter().map(is_folder).collect();
        let mut folders = folders.into_iter();
        self.objects.retain(|_| !folders.next().unwrap_or_default());
        for object in self.objects.extract_if(.., |object| object.size == 0) {
            self.left_out.push(object, Reason::Empty);
        }
        self.left_out.sort();
    }

    /// Fails where there is no data file.
    ///
    /// # Errors
    /// [`DatasetError::NoFiles`], with what there is.
    pub(crate) fn check(&self, place: &StoreRoot, url: &str) -> Result<(), DatasetError> {
        if !self.objects.is_empty() {
            return Ok(());
        }
        Err(DatasetError::NoFiles {
            url: url.to_owned(),
            found: self.left_out.strangers(&place.root),
        })
    }
}

/// What an object is to a dataset, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Data,
    Left(Reason),
    /// Nobody asked for it.
    Other,
}

impl StoreRoot {
    /// The data files, by path: the object itself, or what lies below it and [`is_data_file`]; what
    /// a glob matches, and data files in folders that it matches. Names that begin with `.` or `_` are
    /// other programs' and are left out.
    pub(crate) async fn files(&self, url: &str) -> Result<Listing, DatasetError> {
        let may_be_file = self.pattern.is_none() && !self.root.is_root();
        // What is named like a file is asked for first: a request less, and not all stores can list.
        let is_named_so = match &self.wire {
            None if self.is_remote => self.root.extension().is_some(),
            None => true,
            Some(wire) => {
                !self.is_folder && (wire.query.is_some() || self.root.extension().is_some())
            }
        };
        let mut asked = None;
        if may_be_file && is_named_so {
            match self.object(url).await {
                // Some stores keep a folder's marker under its name.
                Ok((Some(object), tries)) if !self.is_remote || object.size > 0 => {
                    return Ok(Listing::of(object, tries));
                }
                // What a web server says of a page may be no word on the folder.
                Err(error) if !self.is_web() => return Err(error),
                answer => asked = Some(answer),
            }
        }
        let mut listing = match (self.below(url).await, &mut asked) {
            (Ok(listing), _) => listing,
            (Err(error), None) if !self.is_web() || self.is_folder || !may_be_file => {
                return Err(error);
            }
            (Err(error), Some(_)) if !self.is_web() => return Err(error),
            // It lists nothing, which says nothing of a file.
            (Err(_), _) => Listing::default(),
        };
        listing.arrange();
        if !listing.objects.is_empty() {
            return Ok(listing);
        }
        let asked = match asked {
            Some(asked) => Some(asked),
            None if may_be_file && self.is_remote => Some(self.object(url).await),
            None => None,
        };
        let Some((object, tries)) = asked.transpose()? else {
            return Ok(listing);
        };
        listing.requests += tries;
        match object {
            Some(object) => Ok(Listing::of(object, listing.requests)),
            None if self.is_web() && listing.left_out.is_empty() => Err(DatasetError::Missing {
                path: url.to_owned(),
            }),
            None => Ok(listing),
        }
    }

    /// The object at the root, if there is one.
    async fn object(&self, url: &str) -> Result<(Option<Object>, u64), DatasetError> {
        self.head(&self.root, url).await
    }

    /// An object anywhere in the store, if there is one, and how many requests that took.
    pub(crate) async fn object_at(
        &self,
        location: &Path,
    ) -> Result<(Option<Object>, u64), DatasetError> {
        self.head(location, &self.name(location)).await
    }

    async fn head(
        &self,
        location: &Path,
        name: &str,
    ) -> Result<(Option<Object>, u64), DatasetError> {
        let is_directory = || std::path::Path::new(&format!("/{location}")).is_dir();
        let mut tries = Tries::new(self, name);
        loop {
            tries.count += 1;
            let failure = match tries.answer(self.store.head(location)).await {
                Ok(Ok(meta)) => return Ok((Some(Object::of(meta, self.is_remote)), tries.count)),
                Ok(Err(Error::NotFound { .. })) => return Ok((None, tries.count)),
                // A local directory is no object.
                Ok(Err(_)) if !self.is_remote && is_directory() => {
                    return Ok((None, tries.count));
                }
                Ok(Err(error)) => tries.failure(error),
                Err(failure) => failure,
            };
            if let Failure::Lasting(DatasetError::Missing { .. }) = failure {
                return Ok((None, tries.count));
            }
            tries.after(failure).await?;
        }
    }

    /// Notes a name below the root that is no path to the store.
    pub(super) fn leave_unspeakable(&self, name: &str, listing: &mut Listing) {
        let below = name.strip_prefix(self.root.as_ref()).unwrap_or(name);
        // Judged by what is left of it.
        let printable: String = below.chars().filter(|c| !c.is_control()).collect();
        let printable = Path::from(printable);
        let speakable = self.root.parts().chain(printable.parts());
        if let Listed::Data | Listed::Left(Reason::Name) = self.part(&speakable.collect()) {
            let below = below.trim_start_matches('/').to_owned();
            listing.left_out.push_unspeakable(below);
        }
    }

    /// Notes what lies below the root and is no file.
    pub(super) fn leave_stream(&self, meta: ObjectMeta, listing: &mut Listing) {
        if let Listed::Data | Listed::Left(Reason::Name) = self.part(&meta.location) {
            let object = Object::of(meta, self.is_remote);
            listing.left_out.push(object, Reason::Stream);
        }
    }

    /// Puts an object of a listing where it belongs.
    pub(super) fn sort_in(&self, meta: ObjectMeta, listing: &mut Listing) {
        match self.part(&meta.location) {
            Listed::Data => listing.objects.push(Object::of(meta, self.is_remote)),
            Listed::Left(reason) => {
                let object = Object::of(meta, self.is_remote);
                listing.left_out.push(object, reason);
            }
            Listed::Other => {}
        }
    }

    /// Whether a file or folder at a path may be, or hold, some of the dataset.
    pub(super) fn may_hold(&self, path: &Path) -> bool {
        match self.part(path) {
            Listed::Data | Listed::Left(Reason::Name) => true,
            Listed::Left(_) => false,
            Listed::Other => {
                let depth = path.prefix_match(&self.root).map_or(0, Iterator::count);
                let pattern = self.pattern.as_ref().map_or("", |p| p.as_str());
                let above: Vec<_> = pattern.split('/').take(depth).collect();
                let above = glob::Pattern::new(&above.join("/"));
                let place = above.map(|pattern| Self {
                    pattern: Some(pattern),
                    ..self.clone()
                });
                pattern.contains("**") || place.is_ok_and(|p| p.part(path) == Listed::Data)
            }
        }
    }

    /// Names of the folders and of the objects that lie right in a folder.
    pub(crate) async fn names(
        &self,
        url: &str,
        folder: &Path,
    ) -> Result<(Vec<String>, Vec<String>), DatasetError> {
        let mut tries = Tries::new(self, url);
        let found = loop {
            tries.count += 1;
            let listing = self.store.list_with_delimiter(Some(folder));
            let failure = match tries.answer(listing).await {
                Ok(Ok(found)) => break found,
                Ok(Err(error)) => tries.failure(error),
                Err(failure) => failure,
            };
            tries.after(failure).await?;
        };
        let name = |path: &Path| path.filename().map(str::to_owned);
        let folders = found.common_prefixes.iter().filter_map(name).collect();
        let objects = found.objects.iter().filter_map(|meta| name(&meta.location));
        Ok((folders, objects.collect()))
    }

    /// What an object is, by its name.
    pub(super) fn part(&self, object: &Path) -> Listed {
        let Some(parts) = object.prefix_match(&self.root) else {
            return Listed::Other;
        };
        let parts: Vec<_> = parts.collect();
        if parts.iter().any(|part| is_hidden(part.as_ref())) {
            return Listed::Left(Reason::Hidden);
        }
        let by_name = match object.extension().is_some_and(is_data_file) {
            true => Listed::Data,
            false => Listed::Left(Reason::Name),
        };
        let Some(pattern) = &self.pattern else {
            return by_name;
        };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::default()
        };
        let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        // As a listing shows them, or as they are meant: 'k=a b' and 'k=a%20b'.
        let matches = |depth: usize| {
            let name = names[..depth].join("/");
            pattern.matches_with(&name, options) || pattern.matches_with(&decode(&name), options)
        };
        if matches(names.len()) {
            Listed::Data
        } else if (1..names.len()).any(matches) {
            by_name
        } else {
            Listed::Other
        }
    }
}

#[cfg(test)]
mod tests;
