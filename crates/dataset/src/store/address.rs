//! From a path or URL to its store.

use super::StoreOptions;
use super::local::unglob;
use super::profile;
use super::wire::Wire;
use crate::DatasetError;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use std::sync::Arc;
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
    text: String,
    scheme: String,
    /// The bucket, container or host.
    bucket: String,
    /// Scheme, host and port.
    origin: String,
    path: String,
    /// The same as it is written, where that may be the name: 'k=a%20b' is a folder of Hive's.
    raw: Option<String>,
    /// Path and query of a web server, as written.
    written: String,
    options: StoreOptions,
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
    pub(super) fn store(
        &self,
        patience: Duration,
    ) -> Result<(Found<Arc<dyn ObjectStore>>, Wire), DatasetError> {
        let is_web = is_web(&self.text);
        // A query asks for one thing.
        let (plain, pattern) = match is_web && self.written.contains('?') {
            true => (self.path.as_str(), None),
            false => unglob(&self.text, &self.path)?,
        };
        let root = Path::parse(plain).map_err(|e| wrong(&self.text, e))?;
        let wire = match is_web {
            true => self.wire(&root, pattern.is_some()),
            false => Wire::default(),
        };
        let store = match self.scheme.as_str() {
            "s3" => self.s3(patience, &wire),
            "gs" => self.gs(patience, &wire),
            "az" => self.az(patience, &wire),
            _ => self.http(patience, &wire),
        };
        let store = store.map_err(|e| match e {
            Refused::Store(e) => wrong(&self.text, e),
            Refused::Option(reason) => wrong(&self.text, reason),
        })?;
        Ok(((store, root, pattern), wire))
    }

    /// What a web server is to be asked for.
    fn wire(&self, root: &Path, is_glob: bool) -> Wire {
        let query = self
            .written
            .split_once('?')
            .map(|(_, query)| query.to_owned());
        let made = Url::parse(&self.origin).ok().and_then(|mut url| {
            url.path_segments_mut().ok()?.extend(root.parts());
            Some(url.path().to_owned())
        });
        Wire {
            exact: made
                .filter(|_| !is_glob)
                .map(|made| (made, self.written.clone())),
            query,
            is_web: true,
            ..Wire::default()
        }
    }

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

    fn s3(&self, patience: Duration, wire: &Wire) -> Result<Arc<dyn ObjectStore>, Refused> {
        let options = &self.options;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(retries())
            .with_http_connector(wire.clone())
            .with_client_options(client(patience));
        let mut endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]
            .iter()
            .find_map(|name| std::env::var(name).ok());
        if !options.anonymous
            && let Some(found) =
                profile::find(options.profile.as_deref()).map_err(Refused::Option)?
        {
            builder = builder
                .with_access_key_id(found.key)
                .with_secret_access_key(found.secret);
            builder = found
                .token
                .into_iter()
                .fold(builder, AmazonS3Builder::with_token);
            builder = found
                .region
                .into_iter()
                .fold(builder, AmazonS3Builder::with_region);
            endpoint = endpoint.or(found.endpoint);
        }
        let endpoint = options.endpoint.clone().or(endpoint);
        builder = options
            .region
            .iter()
            .fold(builder, AmazonS3Builder::with_region);
        if let Some(endpoint) = endpoint {
            builder = builder
                .with_allow_http(endpoint.starts_with("http://"))
                .with_endpoint(endpoint.trim_end_matches('/'));
        }
        if options.anonymous {
            builder = builder.with_skip_signature(true);
        }
        Ok(Arc::new(builder.build()?))
    }

    fn gs(&self, patience: Duration, wire: &Wire) -> Result<Arc<dyn ObjectStore>, Refused> {
        self.only("gs://", &[("endpoint", &self.options.endpoint)])?;
        let mut builder = GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(retries())
            .with_http_connector(wire.clone())
            .with_client_options(client(patience));
        if self.options.anonymous {
            builder = builder.with_skip_signature(true);
        }
        Ok(Arc::new(builder.build()?))
    }

    fn az(&self, patience: Duration, wire: &Wire) -> Result<Arc<dyn ObjectStore>, Refused> {
        self.only("az://", &[])?;
        let mut builder = MicrosoftAzureBuilder::from_env()
            .with_container_name(&self.bucket)
            .with_retry(retries())
            .with_http_connector(wire.clone())
            .with_client_options(client(patience));
        if let Some(endpoint) = &self.options.endpoint {
            builder = builder
                .with_allow_http(endpoint.starts_with("http://"))
                .with_endpoint(endpoint.trim_end_matches('/').to_owned());
        }
        if self.options.anonymous {
            builder = builder.with_skip_signature(true);
        }
        Ok(Arc::new(builder.build()?))
    }

    fn http(&self, patience: Duration, wire: &Wire) -> Result<Arc<dyn ObjectStore>, Refused> {
        let client = client(patience).with_allow_http(self.scheme == "http");
        let builder = HttpBuilder::new()
            .with_url(&self.origin)
            .with_retry(retries())
            .with_http_connector(wire.clone())
            .with_client_options(client);
        Ok(Arc::new(builder.build()?))
    }

    /// Refuses what only S3 knows, and more.
    fn only(&self, store: &str, more: &[(&str, &Option<String>)]) -> Result<(), Refused> {
        let amazon = [
            ("region", &self.options.region),
            ("profile", &self.options.profile),
        ];
        let mut all = amazon.iter().chain(more);
        match all.find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(Refused::Option(format!(
                "{store} has no {name}; leave it out"
            ))),
            None => Ok(()),
        }
    }
}

/// Why a store cannot be made.
enum Refused {
    Store(object_store::Error),
    Option(String),
}

impl From<object_store::Error> for Refused {
    fn from(error: object_store::Error) -> Self {
        Self::Store(error)
    }
}

/// None of the store's own: it would go on with a body that broke off and not look whether the rest is of the same
/// range, and what it waits for is counted nowhere.
fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: 0,
        ..RetryConfig::default()
    }
}

/// A large range may take its time, as long as bytes come, which [`StoreRoot::read`] watches.
fn client(patience: Duration) -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout((patience / 3).min(Duration::from_secs(10)))
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
