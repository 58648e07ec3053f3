//! Files of this machine, listed without passing anything over: the store's own listing leaves out links that lead
//! nowhere and gives up a folder for one odd name.

use super::StoreRoot;
use super::list::Listing;
use crate::DatasetError;
use object_store::ObjectMeta;
use object_store::path::Path;
use std::fs::Metadata;
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;
use walkdir::{DirEntry, WalkDir};

/// Where a place of the local store is.
pub(super) fn folder(root: &Path) -> PathBuf {
    PathBuf::from(format!("/{root}"))
}

/// What lies in a folder, or in all of its folders too; else the folders.
pub(super) fn walk(
    place: &StoreRoot,
    url: &str,
    folder: &FilePath,
    is_deep: bool,
) -> Result<(Listing, Vec<PathBuf>), DatasetError> {
    let depth = if is_deep { usize::MAX } else { 1 };
    let walk = WalkDir::new(folder).min_depth(1).max_depth(depth);
    let (mut listing, mut folders) = (Listing::default(), Vec::new());
    for entry in walk.follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failed(place, url, &error)?;
                continue;
            }
        };
        if entry.file_type().is_dir() {
            if !is_deep {
                folders.push(entry.into_path());
            }
            continue;
        }
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                failed(place, url, &error)?;
                continue;
            }
        };
        sort_in(place, &entry, &metadata, &mut listing);
    }
    Ok((listing, folders))
}

fn sort_in(place: &StoreRoot, entry: &DirEntry, metadata: &Metadata, listing: &mut Listing) {
    let Some(location) = location(entry.path()) else {
        let path = entry.path().to_string_lossy();
        let root = folder(&place.root);
        let below = path.strip_prefix(&*root.to_string_lossy());
        let below = below.unwrap_or(&path).trim_start_matches('/');
        place.leave_unspeakable(below, listing);
        return;
    };
    let meta = ObjectMeta {
        location,
        last_modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).into(),
        size: metadata.len(),
        e_tag: Some(e_tag(metadata)),
        version: None,
    };
    match metadata.is_file() {
        true => place.sort_in(meta, listing),
        false => place.leave_stream(meta, listing),
    }
}

/// The path as the store has it, where it can.
fn location(path: &FilePath) -> Option<Path> {
    let location = Path::from_absolute_path(path).ok()?;
    // Names such as 'a#1' are its own, of uploads on their way.
    let (_, number) = location.filename()?.split_once('#').unwrap_or(("", ""));
    let is_upload = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (!is_upload).then_some(location)
}

/// The ETag that the store's own reads tell.
fn e_tag(metadata: &Metadata) -> String {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|m| m.duration_since(SystemTime::UNIX_EPOCH).ok());
    let micros = modified.unwrap_or_default().as_micros();
    format!("{inode:x}-{micros:x}-{:x}", metadata.len())
}

/// Tells what is missing from what is gone and what nobody asked for.
fn failed(place: &StoreRoot, url: &str, error: &walkdir::Error) -> Result<(), DatasetError> {
    let wrong = |path: &FilePath, reason: &dyn ToString| DatasetError::Listing {
        path: path.display().to_string(),
        reason: reason.to_string(),
    };
    let Some(path) = error.path() else {
        return Err(wrong(FilePath::new(url), error));
    };
    if let Some(above) = error.loop_ancestor() {
        let reason = format!("it is a link back to '{}'; remove it", above.display());
        return Err(wrong(path, &reason));
    }
    let Some(source) = error.io_error() else {
        return Err(wrong(path, error));
    };
    let is_wanted = location(path).is_none_or(|path| place.may_hold(&path));
    let is_link = path.symlink_metadata().is_ok_and(|m| m.is_symlink());
    match source.kind() {
        _ if !is_wanted => Ok(()),
        std::io::ErrorKind::NotFound if is_link => Err(DatasetError::Dangling {
            path: path.display().to_string(),
            target: std::fs::read_link(path)
                .unwrap_or_default()
                .display()
                .to_string(),
        }),
        // What is gone since its folder was read is gone.
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(wrong(path, source)),
    }
}
