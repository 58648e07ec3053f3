//! What lies at a place.

use super::read::Tries;
use super::{Object, Place, decode};
use crate::DatasetError;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt};

/// Whether a file of this extension is a dataset's, where it lies in its directory.
pub fn is_data_file(extension: &str) -> bool {
    matches!(extension, "parquet" | "arrow" | "feather" | "ipc")
}

impl Place {
    /// The data files, by path: the object itself, or what lies below it and [`is_data_file`]; what
    /// a glob matches, and data files in folders that it matches. Names that begin with `.` or `_` are
    /// other programs' and are left out. Also says how many requests that took.
    pub(crate) async fn files(&self, url: &str) -> Result<(Vec<Object>, u64), DatasetError> {
        // What is named like a file is asked for first: a request less, and not all stores can list.
        let may_be_file = self.pattern.is_none() && !self.root.as_ref().is_empty();
        let is_named_so = !self.is_remote || self.root.extension().is_some();
        let mut requests = 0;
        if may_be_file && is_named_so {
            let (object, tries) = self.object(url).await?;
            requests += tries;
            if let Some(object) = object {
                return Ok((vec![object], requests));
            }
        }
        let (mut objects, listed) = self.below(url).await?;
        requests += listed;
        objects.sort_by(|a, b| a.location.cmp(&b.location));
        if objects.is_empty() && may_be_file && !is_named_so {
            let (object, tries) = self.object(url).await?;
            requests += tries;
            objects.extend(object);
        }
        if objects.is_empty() {
            return Err(DatasetError::NoFiles {
                url: url.to_owned(),
            });
        }
        Ok((objects, requests))
    }

    /// The object at the root, if there is one.
    async fn object(&self, url: &str) -> Result<(Option<Object>, u64), DatasetError> {
        let is_directory = || std::path::Path::new(&format!("/{}", self.root)).is_dir();
        let mut tries = Tries::new(self, url);
        loop {
            tries.count += 1;
            let failure = match tries.answer(self.store.head(&self.root)).await {
                Ok(Ok(meta)) => return Ok((Some(Object::of(meta, self.is_remote)), tries.count)),
                Ok(Err(Error::NotFound { .. })) => return Ok((None, tries.count)),
                // A local directory is no object.
                Ok(Err(_)) if !self.is_remote && is_directory() => {
                    return Ok((None, tries.count));
                }
                Ok(Err(error)) => tries.failure(error),
                Err(failure) => failure,
            };
            tries.after(failure).await?;
        }
    }

    /// Whether an object below the root is one of the dataset's.
    pub(super) fn is_data(&self, object: &Path) -> bool {
        let Some(parts) = object.prefix_match(&self.root) else {
            return false;
        };
        let parts: Vec<_> = parts.collect();
        let is_hidden = |part: &str| part.starts_with(['.', '_']) && !part.contains('=');
        if parts.iter().any(|part| is_hidden(part.as_ref())) {
            return false;
        }
        let is_data = object.extension().is_some_and(is_data_file);
        let Some(pattern) = &self.pattern else {
            return is_data;
        };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::default()
        };
        let names: Vec<String> = parts.iter().map(|part| decode(part.as_ref())).collect();
        (1..=names.len()).any(|depth| {
            (depth == names.len() || is_data)
                && pattern.matches_with(&names[..depth].join("/"), options)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_files_and_folders() {
        let place = |glob: &str| Place {
            pattern: Some(glob::Pattern::new(glob).expect("a glob")),
            ..Place::of(".", None).expect("it is there")
        };
        let at = |place: &Place, path: &str| {
            let path = Path::parse(format!("{}/{path}", place.root)).expect("a path");
            place.is_data(&path)
        };
        let days = place("day=2026-03-0[12]");
        assert!(at(&days, "day=2026-03-01/a/b.parquet"));
        assert!(!at(&days, "day=2026-03-03/b.parquet"));
        assert!(at(&days, "day=2026-03-01/b.feather"));
        assert!(!at(&days, "day=2026-03-01/b.csv") && !at(&days, "day=2026-03-01/b.arrows"));
        let files = place("*/x*.pq");
        assert!(at(&files, "a/x1.pq") && !at(&files, "a/b/x1.pq") && !at(&files, "a/_x/x1.pq"));
    }
}
