//! From a path or URL to its store.

use super::StoreOptions;
use super::local::unglob;
use super::profile;
use crate::DatasetError;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What a path or URL is.
pub(super) enum Address<'a> {
    Local(&'a str),
    Remote(Remote),
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
    options: StoreOptions,
}

pub(super) fn wrong(url: &str, reason: impl ToString) -> DatasetError {
    DatasetError::Url {
        url: url.to_owned(),
        reason: reason.to_string(),
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
    let bucket = parsed.host_str().unwrap_or_default().to_owned();
    if bucket.is_empty() {
        return Err(wrong(url, "it names no bucket or host"));
    }
    Ok(Address::Remote(Remote {
        text: url.to_owned(),
        scheme: scheme.to_owned(),
        origin: parsed[..url::Position::BeforePath].to_owned(),
        bucket,
        path: super::decode(parsed.path().trim_matches('/')),
        options,
    }))
}

/// A store, the place in it, and what the paths below must look like.
pub(super) type Found<S> = (S, Path, Option<glob::Pattern>);

impl Remote {
    pub(super) fn store(
        &self,
        patience: Duration,
    ) -> Result<Found<Arc<dyn ObjectStore>>, DatasetError> {
        let (plain, pattern) = unglob(&self.text, &self.path)?;
        let root = Path::parse(plain).map_err(|e| wrong(&self.text, e))?;
        let store = match self.scheme.as_str() {
            "s3" => self.s3(patience),
            "gs" => self.gs(patience),
            "az" => self.az(patience),
            _ => self.http(patience),
        };
        let store = store.map_err(|e| match e {
            Refused::Store(e) => wrong(&self.text, e),
            Refused::Option(reason) => wrong(&self.text, reason),
        })?;
        Ok((store, root, pattern))
    }

    /// S3 and Google's store promise it; S3's directory buckets, by their ending, do not.
    pub(super) fn lists_in_order(&self) -> bool {
        matches!(self.scheme.as_str(), "s3" | "gs") && !self.bucket.ends_with("--x-s3")
    }

    fn s3(&self, patience: Duration) -> Result<Arc<dyn ObjectStore>, Refused> {
        let options = &self.options;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(retries(patience))
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

    fn gs(&self, patience: Duration) -> Result<Arc<dyn ObjectStore>, Refused> {
        self.only("gs://", &[("endpoint", &self.options.endpoint)])?;
        let mut builder = GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(retries(patience))
            .with_client_options(client(patience));
        if self.options.anonymous {
            builder = builder.with_skip_signature(true);
        }
        Ok(Arc::new(builder.build()?))
    }

    fn az(&self, patience: Duration) -> Result<Arc<dyn ObjectStore>, Refused> {
        self.only("az://", &[])?;
        let mut builder = MicrosoftAzureBuilder::from_env()
            .with_container_name(&self.bucket)
            .with_retry(retries(patience))
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

    fn http(&self, patience: Duration) -> Result<Arc<dyn ObjectStore>, Refused> {
        self.only("http(s)://", &[("endpoint", &self.options.endpoint)])?;
        let client = client(patience).with_allow_http(self.scheme == "http");
        let builder = HttpBuilder::new()
            .with_url(&self.origin)
            .with_retry(retries(patience))
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

/// The store's own retries, within one request of ours.
fn retries(patience: Duration) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 4,
        retry_timeout: patience,
    }
}

/// A large range may take its time, as long as bytes come, which [`Place::read`] watches.
fn client(patience: Duration) -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout((patience / 3).min(Duration::from_secs(10)))
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn error(url: &str) -> String {
        Place::of(url, None).expect_err(url).to_string()
    }

    #[test]
    fn urls_name_stores() {
        let place = Place::of(
            "s3://fleet/pings/day=1?region=eu-west-1&anonymous=true",
            None,
        );
        let place = place.expect("it is well");
        assert_eq!(place.root.as_ref(), "pings/day=1");
        assert!(place.is_remote && place.store.to_string().contains("fleet"));
        let place = Place::of(
            "s3://fleet/pings/day=*/x-[0-9].parquet?region=a&anonymous=1",
            None,
        );
        let place = place.expect("it is well");
        assert_eq!(place.root.as_ref(), "pings");
        assert_eq!(
            place.pattern.expect("a glob").as_str(),
            "day=*/x-[0-9].parquet"
        );
        Place::of("gs://fleet/pings?anonymous=true", None).expect("it is well");
        Place::of("https://example.org/a/b.parquet", None).expect("it is well");
    }

    #[test]
    fn options_travel_in_the_url() {
        let options = StoreOptions {
            endpoint: Some("http://a:1/b?c&d".to_owned()),
            profile: Some("a b+c".to_owned()),
            anonymous: true,
            ..StoreOptions::default()
        };
        let url = options.address("s3://bucket/x");
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
