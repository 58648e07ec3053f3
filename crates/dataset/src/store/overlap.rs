//! What writing on this machine would do to a dataset that lies there.

use super::StoreRoot;
use super::is_data_file;
use super::list::{Listed, is_hidden};
use super::same::{FileId, place_of};
use object_store::path::Path as Location;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What a path is to a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// One of its files.
    File,
    /// In its tree: a file there would be one of its files from then on.
    Tree,
}

/// The folder of a data file, where data that is written to `path` makes the folder hold both: a question about it then
/// reads both.
pub fn folder_of_both(file: &Path, path: &Path) -> Option<PathBuf> {
    let folder = match file.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let is_data = file
        .extension()
        .is_some_and(|extension| is_data_file(&extension.to_string_lossy()));
    let id = FileId::of(folder)?;
    let place = place_of(path);
    let mut above = place.ancestors().skip(1);
    let above = above.find(|above| FileId::of(above).as_ref() == Some(&id))?;
    let below = place.strip_prefix(above).ok()?;
    let names = below.iter().chain(file.file_name());
    let is_listed = names
        .map(|name| name.to_string_lossy())
        .all(|name| !is_hidden(&name));
    (is_data && is_listed).then(|| folder.to_owned())
}

impl StoreRoot {
    /// What writing to `path` would do to the dataset of the files, which are told by what lies there and not by how
    /// anything is spelled.
    pub(crate) fn overlap(&self, files: &[&str], path: &Path) -> Option<Overlap> {
        if self.is_remote {
            return None;
        }
        let place = place_of(path);
        let id = FileId::of(&place);
        let is_same = |file: &&str| FileId::of(Path::new(file)) == id;
        if id.is_some() && files.iter().any(is_same) {
            return Some(Overlap::File);
        }
        self.joins(files, &place, |path| self.part(path) == Listed::Data)
            .then_some(Overlap::Tree)
    }

    /// Whether a path is something to a listing, in any of the spellings that the listing would find it by.
    fn joins(&self, files: &[&str], place: &Path, is: impl Fn(&Location) -> bool) -> bool {
        let folders = self.tree(files);
        let joins = |folder: &Path| {
            let Some(known) = FileId::of(folder).and_then(|id| folders.get(&id)) else {
                return false;
            };
            let Ok(rest) = place.strip_prefix(folder) else {
                return false;
            };
            Location::from_absolute_path(known.join(rest)).is_ok_and(|path| is(&path))
        };
        place.ancestors().skip(1).any(joins)
    }

    /// Whether a folder and the folders of the files lie in one another, or data files somewhere in the folder may be
    /// some of the dataset's.
    pub(crate) fn meets(&self, files: &[&str], folder: &Path) -> bool {
        if self.is_remote {
            return false;
        }
        let place = place_of(folder);
        if self.overlap(files, folder).is_some()
            || self.joins(files, &place, |path| self.may_hold(path))
        {
            return true;
        }
        let root = self.folder();
        let is_file = matches!(files, [file] if Path::new(file) == root);
        let own: HashSet<FileId> = match (is_file, &self.pattern) {
            (true, _) => HashSet::new(),
            (false, None) => FileId::of(&root).into_iter().collect(),
            (false, Some(_)) => parents(files)
                .iter()
                .filter_map(|p| FileId::of(p))
                .collect(),
        };
        let within = |folder: &Path| FileId::of(folder).is_some_and(|id| own.contains(&id));
        let id = FileId::of(&place);
        let holds = |folder: &Path| id.is_some() && FileId::of(folder) == id;
        place.ancestors().any(within)
            || parents(files)
                .iter()
                .filter_map(|parent| parent.canonicalize().ok())
                .any(|parent| parent.ancestors().any(holds))
    }

    /// The folders from the root to the files, as the listing spells them.
    fn tree(&self, files: &[&str]) -> HashMap<FileId, PathBuf> {
        let root = self.folder();
        let mut folders = BTreeSet::from([root.clone()]);
        for parent in parents(files) {
            for folder in parent.ancestors().take_while(|f| f.starts_with(&root)) {
                if !folders.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        let known = folders.into_iter();
        known
            .filter_map(|folder| Some((FileId::of(&folder)?, folder)))
            .collect()
    }

    fn folder(&self) -> PathBuf {
        Path::new("/").join(self.root.as_ref())
    }
}

/// The folders that hold files.
fn parents<'a>(files: &[&'a str]) -> BTreeSet<&'a Path> {
    let files = files.iter();
    files.filter_map(|file| Path::new(*file).parent()).collect()
}
