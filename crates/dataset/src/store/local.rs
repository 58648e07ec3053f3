//! Local paths and globs.

use super::address::{Found, wrong};
use crate::DatasetError;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use std::sync::Arc;

/// The local file system, and the place in it.
pub(super) fn local(url: &str, path: &str) -> Result<Found<Arc<dyn ObjectStore>>, DatasetError> {
    if path.is_empty() {
        return Err(wrong(url, "the path is empty"));
    }
    // A file may well be named like a glob.
    let (plain, pattern) = if std::path::Path::new(path).exists() {
        (path, None)
    } else {
        unglob(url, path)?
    };
    let plain = match (plain, pattern.is_some()) {
        ("", true) if path.starts_with('/') => "/",
        ("", true) => ".",
        (plain, _) => plain,
    };
    // Opening a pipe would wait for whoever writes to it.
    if std::fs::metadata(plain).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(DatasetError::Unreadable {
            path: plain.to_owned(),
            reason: "it is a pipe, a socket or a device; save what comes from it as a file, and ask that",
        });
    }
    let absolute = std::fs::canonicalize(plain).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound if plain.contains('{') => {
            let reason = "there is nothing there; braces are no pattern, but *, ?, [ab] and ** are";
            wrong(url, reason)
        }
        std::io::ErrorKind::NotFound => DatasetError::Missing {
            path: plain.to_owned(),
        },
        _ => wrong(url, e),
    })?;
    let root = Path::from_absolute_path(&absolute).map_err(|e| wrong(url, e))?;
    Ok((Arc::new(LocalFileSystem::new()), root, pattern))
}

/// Cuts a path before the first part that is a pattern.
pub(super) fn unglob<'a>(
    url: &str,
    path: &'a str,
) -> Result<(&'a str, Option<glob::Pattern>), DatasetError> {
    let Some(sign) = path.find(['*', '?', '[']) else {
        return Ok((path, None));
    };
    let cut = path[..sign].rfind('/').map_or(0, |slash| slash + 1);
    let pattern = glob::Pattern::new(&path[cut..]).map_err(|e| wrong(url, e))?;
    Ok((path[..cut].trim_end_matches('/'), Some(pattern)))
}
