//! From a URL taken apart to the store that it names.

use super::address::{Found, Remote, is_web, wrong};
use super::local::unglob;
use super::profile;
use super::refusal::Wire;
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
