//! From a path or URL to its store.

use super::StoreOptions;
use super::local::unglob;
#[cfg(not(feature = "remote"))]
use super::refusal::Wire;
use crate::DatasetError;
#[cfg(not(feature = "remote"))]
use object_store::ObjectStore;
use object_store::path::Path;
#[cfg(not(feature = "remote"))]
use std::sync::Arc;
#[cfg(not(feature = "remote"))]
use std::time::Duration;
use url::Url;

/// What a path or URL is.
pub(super) enum Address<'a> {
    Local(&'a str),
    Remote(Box<Remote>),
}

/// A URL taken apart.
pub(super) struct Remote {
    /// As written.
    pub(super) text: String,
    pub(super) scheme: String,
    /// The bucket, container or host.
    pub(super) bucket: String,
    /// Scheme, host and port.
    pub(super) origin: String,
    pub(super) path: String,
    /// The same as it is written, where that may be the name: 'k=a%20b' is a folder of Hive's.
    pub(super) raw: Option<String>,
    /// Path and query of a web server, as written.
    pub(super) written: String,
    pub(super) options: StoreOptions,
}

pub(super) fn wrong(url: &str, reason: impl ToString) -> DatasetError {
    DatasetError::Url {
        url: url.to_owned(),
        reason: reason.to_string(),
    }
}

/// Whether a URL is a web server's.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// A dataset's URL as it may be shown: of a web server's without the query, which may be a signature.
pub fn shown_url(url: &str) -> &str {
    match is_web(url) {
        true => url.split(['?', '#']).next().unwrap_or_default(),
        false => url,
    }
}

/// Tells local paths from URLs.
pub(super) fn split(url: &str) -> Result<Address<'_>, DatasetError> {
    let scheme = match url.split_once("://") {
        None => return Ok(Address::Local(url)),
        Some(("file", path)) => return Ok(Address::Local(path)),
        Some((scheme, _)) => scheme,
    };
    if !matches!(scheme, "s3" | "gs" | "az" | "http" | "https") {
        return Err(wrong(
            url,
            format!("no store is named {scheme}://; use a path, s3://, gs://, az:// or http(s)://"),
        ));
    }
    // Not shown: what is wrong with it may be a password.
    let parsed = Url::parse(url).map_err(|e| wrong(&format!("{scheme}://..."), e))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        let shown = format!("{scheme}://...@{}", parsed.host_str().unwrap_or_default());
        return Err(wrong(
            &shown,
            "credentials do not belong into a URL; set them in the environment",
        ));
    }
    let options = match is_web(url) {
        // All of the query is the server's.
        true => StoreOptions::default(),
        false => options(url, &parsed)?,
    };
    let bucket = parsed.host_str().unwrap_or_default().to_owned();
    if bucket.is_empty() {
        return Err(wrong(shown_url(url), "it names no bucket or host"));
    }
    Ok(Address::Remote(Box::new(Remote {
        text: shown_url(url).to_owned(),
        scheme: scheme.to_owned(),
        origin: parsed[..url::Position::BeforePath].to_owned(),
        bucket,
        path: super::decode(parsed.path().trim_matches('/')),
        raw: raw(url),
        written: parsed[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        options,
    })))
}

/// The path of a store's URL as it is written, where it has escapes.
fn raw(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://").filter(|_| !is_web(url))?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split('?').next()?.trim_matches('/');
    path.contains('%').then(|| path.to_owned())
}

/// The options that the URL of a store has.
fn options(url: &str, parsed: &Url) -> Result<StoreOptions, DatasetError> {
    let mut options = StoreOptions::default();
    for (name, value) in parsed.query_pairs() {
        let value = value.into_owned();
        match &*name {
            "endpoint" => options.endpoint = Some(value),
            "region" => options.region = Some(value),
            "profile" => options.profile = Some(value),
            "anonymous" => options.anonymous = value != "false",
            name => {
                // Its value may be a signature.
                let shown = url.split('?').next().unwrap_or_default();
                return Err(wrong(
                    shown,
                    format!(
                        "'{name}' is no option; there are endpoint, region, profile, anonymous"
                    ),
                ));
            }
        }
    }
    Ok(options)
}

/// A store, the place in it, and what the paths below must look like.
pub(super) type Found<S> = (S, Path, Option<glob::Pattern>);

impl Remote {
    /// What else it may name: the path with its escapes.
    pub(super) fn also(&self) -> Option<(Path, Option<glob::Pattern>)> {
        let (plain, pattern) = unglob(&self.text, self.raw.as_ref()?).ok()?;
        Some((Path::parse(plain).ok()?, pattern))
    }

    /// Whether it is written as a folder.
    pub(super) fn is_folder(&self) -> bool {
        let path = self.written.split('?').next().unwrap_or_default();
        path.ends_with('/')
    }

    /// Whether it is the store of a scheme, and of a bucket or, of HTTP, a host.
    pub(super) fn is_of(&self, scheme: &str, bucket: &str, host: &str) -> bool {
        match self.scheme.as_str() {
            "http" | "https" => self.origin == format!("{scheme}://{host}"),
            own => own == scheme && self.bucket == bucket,
        }
    }

    /// Whether another URL is of the same store, reached in the same way.
    pub(super) fn is_same_store(&self, other: &Self) -> bool {
        let of = |remote: &Self| {
            (
                remote.scheme.clone(),
                remote.origin.clone(),
                remote.options.clone(),
            )
        };
        of(self) == of(other)
    }

    /// S3 and Google's store promise it; S3's directory buckets, by their ending, do not.
    pub(super) fn lists_in_order(&self) -> bool {
        matches!(self.scheme.as_str(), "s3" | "gs") && !self.bucket.ends_with("--x-s3")
    }

    /// Refused: this build was made without the feature `remote`.
    #[cfg(not(feature = "remote"))]
    pub(super) fn store(
        &self,
        _: Duration,
    ) -> Result<(Found<Arc<dyn ObjectStore>>, Wire), DatasetError> {
        let reason =
            "this build reads files of this machine only; build it with the feature 'remote'";
        Err(wrong(&self.text, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoreRoot;
    use super::*;

    fn error(url: &str) -> String {
        StoreRoot::of(url, None).expect_err(url).to_string()
    }

    #[test]
    fn urls_name_stores() {
        let place = StoreRoot::of(
            "s3://fleet/pings/day=1?region=eu-west-1&anonymous=true",
            None,
        );
        let place = place.expect("it is well");
        assert_eq!(place.root.as_ref(), "pings/day=1");
        assert!(place.is_remote && place.store.to_string().contains("fleet"));
        let place = StoreRoot::of(
            "s3://fleet/pings/day=*/x-[0-9].parquet?region=a&anonymous=1",
            None,
        );
        let place = place.expect("it is well");
        assert_eq!(place.root.as_ref(), "pings");
        assert_eq!(
            place.pattern.expect("a glob").as_str(),
            "day=*/x-[0-9].parquet"
        );
        StoreRoot::of("gs://fleet/pings?anonymous=true", None).expect("it is well");
        StoreRoot::of("https://example.org/a/b.parquet", None).expect("it is well");
    }

    #[test]
    fn a_folders_escapes_may_be_its_name() {
        let url = "s3://fleet/t/k=a%2Fb/*.parquet?region=a&anonymous=1";
        let mut place = StoreRoot::of(url, None).expect("it is well");
        assert_eq!(place.root.as_ref(), "t/k=a/b");
        // Whichever it is, the folders below are the same.
        let object = |name: &str| Path::parse(name).expect("a path");
        let below = [("name".to_owned(), "x".to_owned())];
        assert_eq!(place.folders(&object("t/k=a/b/name=x/p.parquet")), below);
        assert_eq!(place.folders(&object("t/k=a%2Fb/name=x/p.parquet")), below);
        assert_eq!(place.folders(&object("u/name=x/p.parquet")), []);
        let other = place.take_also().expect("another");
        assert_eq!(other.root.as_ref(), "t/k=a%2Fb");
        assert_eq!(other.pattern.expect("a glob").as_str(), "*.parquet");
        let mut plain =
            StoreRoot::of("s3://fleet/t?region=a&anonymous=1", None).expect("it is well");
        assert!(plain.take_also().is_none());
    }

    #[test]
    fn a_web_servers_url_is_all_its_own() {
        let url = "https://example.org/a%2Fb/c%20d.parquet?versionId=3&endpoint=x&X-Sig=a%2Bb";
        let wire = StoreRoot::of(url, None)
            .expect("it is well")
            .wire
            .expect("a wire");
        let (made, written) = wire.exact.expect("one object");
        assert_eq!(made, "/a/b/c%20d.parquet");
        assert_eq!(
            written,
            "/a%2Fb/c%20d.parquet?versionId=3&endpoint=x&X-Sig=a%2Bb"
        );
        assert_eq!(StoreOptions::default().address(url).expect("a URL"), url);
        let options = StoreOptions {
            region: Some("eu-west-1".to_owned()),
            ..StoreOptions::default()
        };
        let error = options.address(url).expect_err("no region").to_string();
        assert!(
            error.contains("has no region") && !error.contains("Sig"),
            "{error}"
        );
    }

    #[test]
    fn options_travel_in_the_url() {
        let options = StoreOptions {
            endpoint: Some("http://a:1/b?c&d".to_owned()),
            profile: Some("a b+c".to_owned()),
            anonymous: true,
            ..StoreOptions::default()
        };
        let url = options.address("s3://bucket/x").expect("a URL");
        let Ok(Address::Remote(remote)) = split(&url) else {
            panic!("{url} is a URL");
        };
        assert_eq!(remote.options, options);
    }

    #[test]
    fn what_is_wrong_is_said_and_secrets_are_not() {
        assert!(error("ftp://a/b").contains("no store is named ftp://"));
        assert!(error("s3:///b").contains("bucket"));
        assert!(error("gs://a/b?region=x").contains("has no region"));
        for url in [
            "https://me:secret@host/a",
            "s3://b/c?X-Amz-Signature=secret",
            "s3://me:secret@b:x/c",
        ] {
            assert!(!error(url).contains("secret"), "{}", error(url));
        }
    }
}
