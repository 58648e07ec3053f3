//! Which file of this machine a path means, however it is spelled.

use std::path::{Component, Path, PathBuf};

/// Links that lead to links; systems allow as many.
const LINKS: usize = 40;

/// What tells a file or a folder of this machine from all others: the same by every path, link and hard link to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileId(Id);

#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = PathBuf;

impl FileId {
    /// Of what is there; `None` where nothing is.
    pub fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let found = std::fs::metadata(path).ok()?;
            Some(Self((found.dev(), found.ino())))
        }
        #[cfg(not(unix))]
        path.canonicalize().ok().map(Self)
    }
}

/// Where a file of the path would really lie: without links, a link to nothing followed too.
pub fn place_of(path: &Path) -> PathBuf {
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..LINKS {
        if let Ok(place) = path.canonicalize() {
            return place;
        }
        let (Ok(target), Some(folder)) = (path.read_link(), path.parent()) else {
            break;
        };
        path = folder.join(target);
    }
    let folder = path.ancestors().skip(1).find_map(|folder| {
        let rest = path.strip_prefix(folder).ok()?;
        Some(within(folder.canonicalize().ok()?, rest))
    });
    folder.unwrap_or(path)
}

/// A path within a folder, where it begins with a folder that is to be made: what goes up from there comes back.
fn within(mut folder: PathBuf, path: &Path) -> PathBuf {
    for part in path.components() {
        match part {
            Component::ParentDir => {
                folder.pop();
            }
            part => folder.push(part),
        }
        folder = folder.canonicalize().unwrap_or(folder);
    }
    folder
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn one_file_by_many_paths() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a folder");
        let at = |name: &str| root.join(name);
        fs::create_dir(at("sub")).expect("a folder");
        fs::write(at("sub/file"), "x").expect("written");
        fs::write(at("other"), "x").expect("written");
        symlink(at("sub"), at("link")).expect("a link");
        symlink("nothing", at("sub/dangling")).expect("a link");
        symlink("sub/dangling", at("twice")).expect("a link");
        symlink("loop", at("loop")).expect("a link");
        fs::hard_link(at("sub/file"), at("hard")).expect("a link");
        let id = |name: &str| FileId::of(&at(name));
        assert!(id("hard").is_some());
        assert_eq!(id("hard"), id("link/../sub/./file"));
        assert_ne!(id("hard"), id("other"));
        assert_eq!(id("twice"), None);
        let place = |name: &str| place_of(&at(name));
        assert_eq!(place("link/file"), at("sub/file"));
        assert_eq!(place("twice"), at("sub/nothing"));
        assert_eq!(place("link/new/newer"), at("sub/new/newer"));
        assert_eq!(place("loop"), at("loop"));
        // Folders that are still to be made may lead back.
        assert_eq!(place("missing/../sub/new"), at("sub/new"));
        assert_eq!(place("missing/more/../../link/new"), at("sub/new"));
        assert_eq!(place("missing/../sub/file"), at("sub/file"));
    }
}
