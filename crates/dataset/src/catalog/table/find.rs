//! The signs by which a table's folder is known.

use super::{Format, wrong};
use crate::DatasetError;
use crate::store::{Listing, StoreRoot};
use futures::StreamExt;
use object_store::path::Path;
use std::collections::BTreeSet;

/// Folders of a glob that are looked into.
const MOST_UNSEEN: usize = 16;
/// Files of a log of which one is a sign: those of one request.
const FIRST: usize = 1_000;

/// A table, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) format: Format,
    /// The table's folder.
    pub(crate) root: Path,
    /// The table's folder as people know it, where it is not the one that was asked for.
    elsewhere: Option<String>,
}

impl Found {
    fn new(place: &StoreRoot, format: Format, root: Path) -> Self {
        let elsewhere = (root != *place.root()).then(|| place.name(&root));
        Self {
            format,
            root,
            elsewhere,
        }
    }

    /// How a note tells which table is meant.
    pub(super) fn whose(&self) -> String {
        let name = self.elsewhere.as_ref();
        name.map_or_else(String::new, |name| format!(" '{name}'"))
    }

    /// Only a table as a whole can be read by its log.
    pub(super) fn check(&self, place: &StoreRoot, url: &str) -> Result<(), DatasetError> {
        let table = place.name(&self.root);
        let refuse = |reason: String| Err(wrong(&table, self.format, reason));
        if place.is_glob() {
            return refuse(format!(
                "the glob '{url}' does not say which rows of its files are there; open the table's folder"
            ));
        }
        match &self.elsewhere {
            None => Ok(()),
            Some(_) if place.root().prefix_matches(&self.root) => refuse(format!(
                "'{url}' is only a part of it; open the table, and ask for the part with a filter"
            )),
            Some(_) => refuse(format!("it lies below '{url}'; open the table itself")),
        }
    }
}

/// The table that a place is, is a part of, or has below it. Also says how many requests that took.
pub(crate) async fn find(place: &StoreRoot, url: &str, listing: &Listing) -> (Option<Found>, u64) {
    if let Some(found) = listed(place, listing) {
        return (Some(found), 0);
    }
    // Of a disk the listing does not have empty folders.
    let is_there = |name: &str| std::path::Path::new(&format!("/{}/{name}", place.root())).is_dir();
    let empty = [("_delta_log", Format::Delta), (".hoodie", Format::Hudi)];
    let mut empty = empty
        .into_iter()
        .filter(|(name, _)| !place.is_remote() && is_there(name));
    if let Some((_, format)) = empty.next() {
        return (Some(Found::new(place, format, place.root().clone())), 0);
    }
    let mut requests = 0;
    for folder in unseen(place, listing) {
        // Whoever may read a folder may not always list what is above it.
        let Ok((format, asked)) = at(place, url, &folder).await else {
            requests += 1;
            continue;
        };
        requests += asked;
        if let Some(format) = format {
            return (Some(Found::new(place, format, folder)), requests);
        }
    }
    (None, requests)
}

/// The table that has a file which was named alone, and its folder. Also says how many requests that took.
pub(crate) async fn above(place: &StoreRoot) -> (Option<(Format, Path)>, u64) {
    let file = place.root();
    let name = file.filename().unwrap_or_default();
    // Those of tables are called by UUIDs; a store is not asked for the sake of others, nor is a web server.
    if place.is_web() || (place.is_remote() && !holds_uuid(name)) {
        return (None, 0);
    }
    let mut requests = 0;
    let parts: Vec<_> = file.parts().collect();
    for depth in (0..parts.len()).rev() {
        let folder: Path = parts[..depth].iter().cloned().collect();
        for sign in ["_delta_log", "metadata"] {
            let folder = folder.clone().join(sign);
            requests += u64::from(place.is_remote());
            if let Some(format) = signed(place, &folder).await {
                return (
                    Some((format, parts[..depth].iter().cloned().collect())),
                    requests,
                );
            }
        }
        if depth == 0 || !is_within_tables(parts[depth - 1].as_ref()) {
            break;
        }
    }
    (None, requests)
}

/// The table whose log a folder is.
async fn signed(place: &StoreRoot, folder: &Path) -> Option<Format> {
    // Of a disk a listing would be of all before its first one is told.
    if !place.is_remote() {
        let log = std::fs::read_dir(format!("/{folder}")).ok()?;
        let names = log.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let paths = names.map(|name| format!("{}/{name}", folder.filename().unwrap_or_default()));
        return paths.take(FIRST).find_map(|path| Some(sign(&path)?.0));
    }
    let first = place.store().list(Some(folder)).take(FIRST);
    let signs = first.filter_map(|found| async move {
        let location = found.ok()?.location;
        let below = location.as_ref().strip_prefix(folder.as_ref())?;
        Some(sign(&format!("{}{below}", folder.filename()?))?.0)
    });
    std::pin::pin!(signs).next().await
}

fn holds_uuid(name: &str) -> bool {
    let is_uuid = |part: &[u8]| {
        let is_digit = |(place, byte): (usize, &u8)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        part.iter().enumerate().all(is_digit)
    };
    name.as_bytes().windows(36).any(is_uuid)
}

/// Folders that may be a table's and of which the listing does not have all.
fn unseen(place: &StoreRoot, listing: &Listing) -> Vec<Path> {
    let mut folders = Vec::new();
    // Of a glob the listing has only what was asked for.
    if place.is_glob() {
        let mut known = BTreeSet::from([place.root().clone()]);
        for object in &listing.objects {
            let parts: Vec<_> = object.location.parts().collect();
            let above = place.root().parts().count();
            for depth in above + 1..parts.len() {
                if !is_within_tables(parts[depth - 1].as_ref()) {
                    known.insert(parts[..depth].iter().cloned().collect());
                }
            }
            if known.len() >= MOST_UNSEEN {
                break;
            }
        }
        folders.extend(known);
    }
    let mut folder = place.root().clone();
    while folder.filename().is_some_and(is_within_tables) {
        let parts: Vec<_> = folder.parts().collect();
        folder = parts[..parts.len() - 1].iter().cloned().collect();
        folders.push(folder.clone());
    }
    folders
}

/// Folders of partitions and Iceberg's folder of data lie within tables.
fn is_within_tables(name: &str) -> bool {
    name.contains('=') || name == "data"
}

/// The table nearest to the place of which a listing has a sign.
fn listed(place: &StoreRoot, listing: &Listing) -> Option<Found> {
    let left = listing.left_out.objects().iter().map(|left| &left.object);
    let objects = listing.objects.iter().chain(left);
    let found = objects.filter_map(|object| {
        let below = object
            .location
            .as_ref()
            .strip_prefix(place.root().as_ref())?;
        let below = below.trim_start_matches('/');
        let (format, depth) = sign(below)?;
        Some((depth, format, below))
    });
    let (depth, format, below) = found.min_by_key(|(depth, ..)| *depth)?;
    let folders = below.split('/').take(depth);
    let parts: Vec<&str> = std::iter::once(place.root().as_ref())
        .chain(folders)
        .collect();
    let root = Path::parse(parts.join("/").trim_matches('/')).ok()?;
    Some(Found::new(place, format, root))
}

/// The table whose folder it is.
async fn at(
    place: &StoreRoot,
    url: &str,
    folder: &Path,
) -> Result<(Option<Format>, u64), DatasetError> {
    let mut requests = 1;
    let (folders, files) = place.names(url, folder).await?;
    let mut paths: Vec<String> = folders.iter().map(|name| format!("{name}/")).collect();
    paths.extend(files);
    for inner in folders.iter().filter(|name| may_hold_signs(name)) {
        requests += 1;
        let (_, files) = place
            .names(url, &folder.clone().join(inner.as_str()))
            .await?;
        paths.extend(files.into_iter().map(|file| format!("{inner}/{file}")));
    }
    let found = paths.iter().filter_map(|path| sign(path));
    let here = found.filter(|(_, depth)| *depth == 0);
    Ok((here.map(|(format, _)| format).next(), requests))
}

/// Folders whose names alone are no sign.
fn may_hold_signs(name: &str) -> bool {
    name == "metadata" || numbered(name, "base_", 1)
}

/// The format of a table that a path, relative and with slashes, is a sign of; and how many folders of the
/// path the table lies in.
pub(crate) fn sign(path: &str) -> Option<(Format, usize)> {
    let parts: Vec<&str> = path.split('/').collect();
    let (file, folders) = parts.split_last()?;
    for (depth, folder) in folders.iter().enumerate() {
        let rest = &parts[depth + 1..];
        let format = match *folder {
            "_delta_log" => Some(Format::Delta),
            ".hoodie" => Some(Format::Hudi),
            "metadata" if matches!(rest, [file] if is_iceberg(file)) => Some(Format::Iceberg),
            name if is_transaction(name, rest) => Some(Format::HiveAcid),
            name if name.ends_with(".ducklake.files") => Some(Format::DuckLake),
            _ => None,
        };
        if let Some(format) = format {
            return Some((format, depth));
        }
    }
    let is_lake = file.ends_with(".ducklake") || is_duck(file);
    is_lake.then_some((Format::DuckLake, folders.len()))
}

fn is_iceberg(file: &str) -> bool {
    let json = file.strip_suffix(".gz").unwrap_or(file);
    json.ends_with(".metadata.json")
        || json.ends_with(".gz.metadata.json")
        || file == "version-hint.text"
}

/// A folder of Hive's transactions: `delta_0000001_0000001_0000`, or `base_0000002` with a bucket in it.
fn is_transaction(name: &str, rest: &[&str]) -> bool {
    let delta = name.strip_prefix("delete_").unwrap_or(name);
    if numbered(delta, "delta_", 2) {
        return true;
    }
    let is_bucket = |file: &&str| *file == "_orc_acid_version" || file.starts_with("bucket_");
    numbered(name, "base_", 1) && matches!(rest, [file] if is_bucket(file))
}

/// Whether a name is the beginning and then at least so many numbers of seven digits or more.
fn numbered(name: &str, beginning: &str, numbers: usize) -> bool {
    let Some(rest) = name.strip_prefix(beginning) else {
        return false;
    };
    let is_number = |part: &str| part.len() >= 7 && part.bytes().all(|b| b.is_ascii_digit());
    rest.split('_').take_while(|part| is_number(part)).count() >= numbers
}

/// A data or delete file of DuckLake: `ducklake-` and a UUID.
fn is_duck(file: &str) -> bool {
    let Some(id) = file.strip_prefix("ducklake-") else {
        return false;
    };
    let id = id
        .strip_suffix(".parquet")
        .map(|id| id.strip_suffix("-delete").unwrap_or(id));
    id.is_some_and(|id| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_tables() {
        let acid = Some((Format::HiveAcid, 0));
        for (path, expected) in [
            (
                "_delta_log/00000000000000000000.json",
                Some((Format::Delta, 0)),
            ),
            ("sales/eu/_delta_log/", Some((Format::Delta, 2))),
            (
                "metadata/00000-ab.metadata.json",
                Some((Format::Iceberg, 0)),
            ),
            (
                "t/metadata/00000-ab.gz.metadata.json",
                Some((Format::Iceberg, 1)),
            ),
            ("metadata/v1.metadata.json.gz", Some((Format::Iceberg, 0))),
            ("metadata/version-hint.text", Some((Format::Iceberg, 0))),
            (".hoodie/hoodie.properties", Some((Format::Hudi, 0))),
            ("my.ducklake", Some((Format::DuckLake, 0))),
            (
                "my.ducklake.files/main/t/a.parquet",
                Some((Format::DuckLake, 0)),
            ),
            (
                "t/ducklake-019a3c5e-7d8f-7b1a-9c2d-0e1f2a3b4c5d.parquet",
                Some((Format::DuckLake, 1)),
            ),
            (
                "ducklake-019a3c5e-7d8f-7b1a-9c2d-0e1f2a3b4c5d-delete.parquet",
                Some((Format::DuckLake, 0)),
            ),
            ("delta_0000001_0000001_0000/bucket_00000", acid),
            ("delete_delta_0000002_0000002/bucket_00000", acid),
            ("base_0000002/_orc_acid_version", acid),
            ("base_0000002_v0000012/bucket_00000", acid),
            (
                "day=1/delta_0000001_0000001/000000_0",
                Some((Format::HiveAcid, 1)),
            ),
        ] {
            assert_eq!(sign(path), expected, "{path}");
        }
    }

    #[test]
    fn what_only_looks_like_signs() {
        for path in [
            "a.parquet",
            "metadata/stations.parquet",
            "metadata/readme.json",
            "metadata/old/00000-ab.metadata.json",
            "delta_1/a.parquet",
            "delta_0000001/a.parquet",
            "base_0000002/a.parquet",
            "ducklake-trip.parquet",
            "_delta_log",
            "hoodie/a.parquet",
        ] {
            assert_eq!(sign(path), None, "{path}");
        }
    }
}
