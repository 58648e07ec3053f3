//! Whether what a part from elsewhere names lies where it may be read.

use super::StoreRoot;
use super::address::{Address, split, wrong};
use crate::DatasetError;
use graticule_columns::Scan;
use object_store::path::Path;

/// Looks whether a scan reads nothing but what lies below one of these paths or URLs: its place, and each of its files.
///
/// # Errors
/// [`DatasetError::Url`] with what lies elsewhere, or with a URL that names no store.
pub fn check_within(scan: &Scan, roots: &[String]) -> Result<(), DatasetError> {
    for root in roots {
        if !is_same_store(&scan.url, root)? {
            continue;
        }
        let (place, below) = (StoreRoot::of(&scan.url, None)?, StoreRoot::of(root, None)?);
        if !place.root.prefix_matches(&below.root) {
            continue;
        }
        let is_below =
            |path: &str| Path::parse(path).is_ok_and(|path| path.prefix_matches(&below.root));
        return match scan.files.iter().find(|file| !is_below(&file.path)) {
            None => Ok(()),
            Some(file) => Err(elsewhere(&file.path, roots)),
        };
    }
    Err(elsewhere(super::shown_url(&scan.url), roots))
}

fn elsewhere(what: &str, roots: &[String]) -> DatasetError {
    let roots: Vec<&str> = roots.iter().map(|root| super::shown_url(root)).collect();
    let reason = format!(
        "it does not lie within {}, where alone may be read",
        roots.join(", ")
    );
    wrong(what, reason)
}

/// Whether two URLs are of one store, reached in the same way.
fn is_same_store(one: &str, other: &str) -> Result<bool, DatasetError> {
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
        assert!(!same("https://a.example/x", "https://b.example/x"));
        assert!(!same("https://a.example/x", "http://a.example/x"));
        assert!(!same("/fleet", "s3://fleet"));
    }
}
