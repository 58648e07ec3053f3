//! Locations that a table's log writes down.

use super::StoreRoot;
use super::address::{Address, split};
use super::plain::PlainStore;
use object_store::ObjectStore;
use object_store::path::Path;
use std::sync::Arc;
use url::Url;

impl StoreRoot {
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::new(PlainStore(self.store.clone()))
    }

    /// The root as a URL with a path in this store: of a file on this machine its own, of others one
    /// whose host means nothing.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn root_url(&self) -> Result<Url, String> {
        let scheme = if self.is_remote { "memory" } else { "file" };
        let mut url = Url::parse(&format!("{scheme}:///")).map_err(|e| e.to_string())?;
        let no_path = |()| format!("'{}' is no path of a URL", self.root);
        let mut parts = url.path_segments_mut().map_err(no_path)?;
        parts.clear().extend(self.root.as_ref().split('/')).push("");
        drop(parts);
        Ok(url)
    }

    /// The location in this store of a path below the root, or of a URI without escapes.
    ///
    /// # Errors
    /// Why it is none of this store's.
    pub(crate) fn file_at(&self, url: &str, uri: &str) -> Result<Path, String> {
        let path = match uri.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) && rest.starts_with('/') => {
                self.path_of(url, scheme, rest)
            }
            _ if uri.starts_with('/') && !self.is_remote => Ok(uri.to_owned()),
            _ => Ok(format!("{}/{uri}", self.root)),
        };
        let path = path.map_err(|reason| format!("its file '{uri}' {reason}"))?;
        let path = Path::parse(path.trim_start_matches('/'));
        path.map_err(|e| format!("its file '{uri}' cannot be found: {e}"))
    }

    /// The path in this store of a URI's parts.
    fn path_of(&self, url: &str, scheme: &str, rest: &str) -> Result<String, String> {
        let elsewhere =
            || "lies in another store; copy it to the table, or rewrite the table".to_owned();
        if !self.is_remote {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            let is_here = scheme.eq_ignore_ascii_case("file") && path.starts_with('/');
            return is_here.then(|| path.to_owned()).ok_or_else(elsewhere);
        }
        let (host, path) = rest
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or((rest, ""));
        // Azure writes the account behind the container.
        let bucket = host.split('@').next().unwrap_or_default();
        let is_here = match split(url) {
            Ok(Address::Remote(remote)) => remote.is_of(family(scheme), bucket, host),
            // A store of the caller's has no name.
            _ => true,
        };
        is_here.then(|| path.to_owned()).ok_or_else(elsewhere)
    }
}

fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// The scheme that we use for a store that others name otherwise.
fn family(scheme: &str) -> &str {
    match scheme {
        "s3a" | "s3n" => "s3",
        "gcs" => "gs",
        "abfs" | "abfss" | "wasb" | "wasbs" | "adl" => "az",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_of_the_store() {
        let url = "s3://fleet/pings?region=a&anonymous=true";
        let place = StoreRoot::of(url, None).expect("it is well");
        let at = |uri: &str| place.file_at(url, uri).map(|path| path.to_string());
        assert_eq!(
            at("a b/c%20.parquet").as_deref(),
            Ok("pings/a b/c%20.parquet")
        );
        assert_eq!(
            at("s3a://fleet/other/x.parquet").as_deref(),
            Ok("other/x.parquet")
        );
        assert!(at("s3://else/x.parquet").is_err_and(|e| e.contains("another store")));
        assert!(at("file:///x.parquet").is_err_and(|e| e.contains("another store")));
        assert_eq!(
            place.root_url().expect("a URL").as_str(),
            "memory:///pings/"
        );

        let place = StoreRoot::of(".", None).expect("it is there");
        let at = |uri: &str| place.file_at(".", uri).map(|path| path.to_string());
        for uri in ["/a/x.parquet", "file:/a/x.parquet", "file:///a/x.parquet"] {
            assert_eq!(at(uri).as_deref(), Ok("a/x.parquet"), "{uri}");
        }
        assert!(at("s3://fleet/x.parquet").is_err_and(|e| e.contains("another store")));
    }
}
