//! Profiles of `~/.aws`, which the store's own crate does not read.

use std::collections::HashMap;
use std::path::PathBuf;

/// What a profile says. Not printable, for it holds a secret.
pub(super) struct Profile {
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

/// The profile that is asked for: by name, by `AWS_PROFILE`, or else `default` where it has a key and
/// the environment has none.
pub(super) fn find(named: Option<&str>) -> Result<Option<Profile>, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let in_environment = variable("AWS_ACCESS_KEY_ID").is_some();
    let asked = match named {
        Some(name) => Some(name.to_owned()),
        None if in_environment => return Ok(None),
        None => variable("AWS_PROFILE"),
    };
    let file = |name: &str, usual: &str| {
        let path = variable(name).map(PathBuf::from);
        let home = variable("HOME").map(|home| PathBuf::from(home).join(".aws").join(usual));
        let text = std::fs::read_to_string(path.or(home)?);
        text.ok()
    };
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials").unwrap_or_default();
    let config = file("AWS_CONFIG_FILE", "config").unwrap_or_default();
    let name = asked.as_deref().unwrap_or("default");
    match (read(name, &credentials, &config), asked.is_some()) {
        (None, true) => Err(format!(
            "profile '{name}' of ~/.aws has no access key; profiles that sign in or assume a role are exported first: eval \"$(aws configure export-credentials --profile {name} --format env)\""
        )),
        (found, _) => Ok(found),
    }
}

fn read(name: &str, credentials: &str, config: &str) -> Option<Profile> {
    let mut found = section(config, &format!("profile {name}"));
    found.extend(section(config, name));
    found.extend(section(credentials, name));
    Some(Profile {
        key: found.remove("aws_access_key_id")?,
        secret: found.remove("aws_secret_access_key")?,
        token: found.remove("aws_session_token"),
        region: found.remove("region"),
        endpoint: found.remove("endpoint_url"),
    })
}

/// The settings below a `[name]`.
fn section(text: &str, name: &str) -> HashMap<String, String> {
    let mut is_inside = false;
    let mut settings = HashMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            is_inside = title.split_whitespace().eq(name.split_whitespace());
        } else if is_inside
            && !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            settings.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read() {
        let credentials = "[default]\naws_access_key_id = A\naws_secret_access_key=B/=\n\
            # no\n[other]\naws_access_key_id = C";
        let config = "[profile default]\nregion = x\n[default]\nregion = eu-north-1\n";
        let found = read("default", credentials, config).expect("it is there");
        assert_eq!((found.key.as_str(), found.secret.as_str()), ("A", "B/="));
        assert_eq!(found.region.as_deref(), Some("eu-north-1"));
        assert!(found.token.is_none() && found.endpoint.is_none());
        assert!(read("other", credentials, config).is_none());
        assert!(read("none", credentials, config).is_none());
    }
}
