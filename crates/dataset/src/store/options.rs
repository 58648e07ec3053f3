//! What a URL cannot do without, beyond the URL.

use super::address;
use crate::DatasetError;

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
    /// The URL with these options in it; of a web server's URL every part is the server's.
    ///
    /// # Errors
    /// [`DatasetError::Url`] where a web server's URL should have options.
    pub(crate) fn address(&self, url: &str) -> Result<String, DatasetError> {
        if address::is_web(url) {
            let options = [
                ("endpoint", &self.endpoint),
                ("region", &self.region),
                ("profile", &self.profile),
            ];
            return match options.iter().find(|(_, value)| value.is_some()) {
                Some((name, _)) => Err(address::wrong(
                    address::shown_url(url),
                    format!("http(s):// has no {name}; leave it out"),
                )),
                None => Ok(url.to_owned()),
            };
        }
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
            (true, _) => Ok(url.to_owned()),
            (false, false) => Ok(format!("{url}?{}", pairs.join("&"))),
            (false, true) => Ok(format!("{url}&{}", pairs.join("&"))),
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
