//! What a URL cannot do without, beyond the URL.

/// Where a remote store is and who asks; credentials come from the environment or a profile. They
/// may stand in the URL too: `s3://bucket/path?endpoint=http://localhost:9000&region=eu-west-1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// URL of an S3 or Azure server other than the provider's own.
    pub endpoint: Option<String>,
    /// Region of an S3 bucket.
    pub region: Option<String>,
    /// Profile of `~/.aws` with the credentials.
    pub profile: Option<String>,
    /// Whether to ask without credentials, as public buckets allow.
    pub anonymous: bool,
}

impl StoreOptions {
    /// The URL with these options in it.
    pub(crate) fn address(&self, url: &str) -> String {
        let mut pairs = Vec::new();
        for (name, value) in [
            ("endpoint", &self.endpoint),
            ("region", &self.region),
            ("profile", &self.profile),
        ] {
            pairs.extend(value.as_ref().map(|v| format!("{name}={}", escape(v))));
        }
        pairs.extend(self.anonymous.then(|| "anonymous=true".to_owned()));
        match (pairs.is_empty(), url.contains('?')) {
            (true, _) => url.to_owned(),
            (false, false) => format!("{url}?{}", pairs.join("&")),
            (false, true) => format!("{url}&{}", pairs.join("&")),
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('&', "%26")
        .replace('+', "%2B")
        .replace('#', "%23")
        .replace(' ', "%20")
}
