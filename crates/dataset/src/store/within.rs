//! Whether what a part from elsewhere names lies where it may be read.

use super::StoreRoot;
use super::address::{Address, is_web, split, wrong};
use crate::DatasetError;
use graticule_columns::Scan;
use object_store::path::Path;

/// Looks whether a scan reads nothing but what lies below some of these paths or URLs: its place, and each of its files.
/// Links of this machine count as what they lead to. A web URL with a query, which may name anything, only as it stands.
///
/// # Errors
/// [`DatasetError::Url`] with what lies elsewhere, or with a root that is a pattern.
pub fn check_within(scan: &Scan, roots: &[String]) -> Result<(), DatasetError> {
    let elsewhere = |what: &str| {
        let roots: Vec<&str> = roots.iter().map(|root| super::shown_url(root)).collect();
        let roots = roots.join(", ");
        wrong(
            what,
            format!("it does not lie within {roots}, where alone may be read"),
        )
    };
    let mut below = Vec::new();
    for root in roots {
        if !is_same_store(&scan.url, root)? {
            continue;
        }
        // One that is not there holds nothing.
        let Ok(place) = StoreRoot::of(root, None) else {
            continue;
        };
        if place.pattern.is_some() {
            let reason = "it is a pattern; name the folder within which may be read";
            return Err(wrong(super::shown_url(root), reason));
        }
        below.push(place.root);
    }
    // Of what lies elsewhere nothing is told, not even whether it is there.
    let shown = super::shown_url(&scan.url);
    let place = StoreRoot::of(&scan.url, None).map_err(|_| elsewhere(shown))?;
    let is_within = |path: &Path| below.iter().any(|root| path.prefix_matches(root));
    if !is_within(&place.root) {
        return Err(elsewhere(shown));
    }
    for file in &scan.files {
        let found = match place.is_remote {
            true => Path::parse(&file.path).ok(),
            false => linked(&file.path),
        };
        if !found.is_some_and(|path| is_within(&path)) {
            return Err(elsewhere(&file.path));
        }
    }
    Ok(())
}

/// Where a file of this machine truly lies.
fn linked(path: &str) -> Option<Path> {
    let path = Path::parse(path).ok()?;
    let absolute = std::path::Path::new("/").join(path.as_ref());
    Path::from_absolute_path(std::fs::canonicalize(absolute).ok()?).ok()
}

/// Whether two URLs are of one store, reached in the same way.
fn is_same_store(one: &str, other: &str) -> Result<bool, DatasetError> {
    if is_web(one) && (one.contains('?') || other.contains('?')) {
        return Ok(one == other);
    }
    Ok(match (split(one)?, split(other)?) {
        (Address::Local(_), Address::Local(_)) => true,
        (Address::Remote(one), Address::Remote(other)) => one.is_same_store(&other),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_told_apart_by_how_they_are_reached() {
        let same = |one: &str, other: &str| is_same_store(one, other).expect("URLs");
        assert!(same("s3://fleet/a", "s3://fleet"));
        assert!(same("data", "file:///data"));
        assert!(!same("s3://fleet/a", "s3://other/a"));
        assert!(!same("s3://fleet/a", "gs://fleet/a"));
        assert!(!same(
            "s3://fleet/a?endpoint=http://127.0.0.1:9",
            "s3://fleet/a"
        ));
        assert!(same("https://a.example/x", "https://a.example"));
        assert!(!same("https://a.example/x", "https://b.example/x"));
        assert!(!same("https://a.example/x", "http://a.example/x"));
        assert!(!same("/fleet", "s3://fleet"));
        let (public, other) = ("https://a.example/get?of=a", "https://a.example/get?of=b");
        assert!(same(public, public) && !same(public, other));
        assert!(!same(other, "https://a.example") && !same("https://a.example", other));
    }
}
