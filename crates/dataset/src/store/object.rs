//! Versions of objects.

use object_store::ObjectMeta;
use object_store::path::Path;
use std::sync::OnceLock;

/// What begins the version of an object whose store tells of no ETag.
const BY_TIME: &str = "modified-";

/// An object of a listing: one version of it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) location: Path,
    /// The location as people know it: of a file on this machine it begins with a slash.
    name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Its ETag, or the time and size that tell versions apart where there is none.
    pub(crate) version: String,
    /// The ETag that the first read told, where the listing told none.
    tag: OnceLock<String>,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        (&self.location, self.size, &self.version) == (&other.location, other.size, &other.version)
    }
}

impl Object {
    /// An object by the [name](Self::path) that it had.
    pub(crate) fn new(
        name: &str,
        size: u64,
        version: &str,
    ) -> Result<Self, object_store::path::Error> {
        Ok(Self {
            location: Path::parse(name)?,
            name: name.to_owned(),
            size,
            version: version.to_owned(),
            tag: OnceLock::new(),
        })
    }

    /// What a store that is remote or not says of an object.
    pub(crate) fn of(meta: ObjectMeta, is_remote: bool) -> Self {
        let version = meta.e_tag.clone().unwrap_or_else(|| by_time(&meta));
        let name = match is_remote {
            true => meta.location.to_string(),
            false => format!("/{}", meta.location),
        };
        Self {
            location: meta.location,
            name,
            size: meta.size,
            version,
            tag: OnceLock::new(),
        }
    }

    /// Takes the ETag of an answer for that of this version.
    pub(crate) fn note(&self, meta: &ObjectMeta) {
        if let (Some(tag), true) = (&meta.e_tag, self.version.starts_with(BY_TIME)) {
            self.tag.get_or_init(|| tag.clone());
        }
    }

    fn tag(&self) -> Option<&String> {
        match self.version.starts_with(BY_TIME) {
            true => self.tag.get(),
            false => Some(&self.version),
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.name
    }

    /// The ETag to ask for, where servers compare it: weak ones never match by the standard.
    pub(crate) fn if_match(&self) -> Option<String> {
        self.tag().filter(|tag| !tag.starts_with("W/")).cloned()
    }

    /// Whether another version of the object would be told from this one: servers may tell neither a tag nor a time.
    pub(crate) fn tells_versions(&self) -> bool {
        !self.version.starts_with(&format!("{BY_TIME}0-"))
    }

    /// Whether what a store says of the object is still this version. Listings may lack the ETag
    /// that reads have, so either sign will do.
    pub(crate) fn is_version_of(&self, meta: &ObjectMeta) -> bool {
        if self.size != meta.size {
            return false;
        }
        match (self.tag(), &meta.e_tag) {
            (Some(known), Some(tag)) => bare(known) == bare(tag),
            (Some(_), None) => true,
            (None, _) => self.version == by_time(meta),
        }
    }
}

/// An ETag without its quotes, which Azure's listings leave away, and without the sign of a weak one.
fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

/// Time and size: to the second, which is what HTTP's headers tell.
fn by_time(meta: &ObjectMeta) -> String {
    format!("{BY_TIME}{}-{}", meta.last_modified.timestamp(), meta.size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(tag: Option<&str>, seconds: u64, size: u64) -> ObjectMeta {
        let modified = std::time::UNIX_EPOCH + std::time::Duration::from_millis(seconds * 1000 + 7);
        ObjectMeta {
            location: Path::from("a"),
            last_modified: modified.into(),
            size,
            e_tag: tag.map(str::to_owned),
            version: None,
        }
    }

    #[test]
    fn versions_are_told_apart() {
        let tagged = Object::of(meta(Some("\"1\""), 5, 9), true);
        assert_eq!(tagged.if_match().as_deref(), Some("\"1\""));
        assert!(tagged.is_version_of(&meta(Some("\"1\""), 6, 9)));
        assert!(!tagged.is_version_of(&meta(Some("\"2\""), 5, 9)));
        assert!(!tagged.is_version_of(&meta(Some("\"1\""), 5, 8)));
        // A tag or a time tells of another version; a server without either does not.
        assert!(tagged.tells_versions() && Object::of(meta(None, 5, 9), true).tells_versions());
        assert!(!Object::of(meta(None, 0, 9), true).tells_versions());
        let timed = Object::of(meta(None, 5, 9), false);
        assert_eq!(timed.if_match(), None);
        assert!(timed.is_version_of(&meta(Some("\"1\""), 5, 9)));
        assert!(!timed.is_version_of(&meta(Some("\"1\""), 6, 9)));
        // The first answer's ETag is the version's.
        timed.note(&meta(Some("\"1\""), 5, 9));
        timed.note(&meta(Some("\"2\""), 5, 9));
        assert_eq!(timed.if_match().as_deref(), Some("\"1\""));
        assert!(!timed.is_version_of(&meta(Some("\"2\""), 5, 9)));
        // A listing of Azure's, and what its reads tell.
        let bare = Object::of(meta(Some("0x234E"), 5, 9), true);
        assert!(bare.is_version_of(&meta(Some("\"0x234E\""), 5, 9)));
        assert!(!bare.is_version_of(&meta(Some("\"0x234F\""), 5, 9)));
        assert_eq!(bare.if_match().as_deref(), Some("0x234E"));
        let weak = Object::of(meta(Some("W/\"1\""), 5, 9), true);
        assert_eq!(weak.if_match(), None);
        assert_eq!((timed.path(), weak.path()), ("/a", "a"));
        let again = Object::new(timed.path(), 9, &timed.version).expect("a path");
        assert_eq!((again.path(), &again.location), ("/a", &timed.location));
    }
}
