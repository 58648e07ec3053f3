//! Keys in JSON: their text, or an object for zones that are loaded.

use super::{Key, NearKey, ZoneKey};
use crate::PlanError;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a key is text such as \"geohash:6\", or {\"zone\": {\"file\", \"property\", \"zones\"}}, or {\"near\": {\"file\", \"property\", \"metres\", \"places\"}}"
)]
pub(super) enum Written {
    Text(String),
    Loaded(Loaded),
    Places(Places),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Places {
    near: NearKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Loaded {
    zone: ZoneKey,
}

impl From<Key> for Written {
    fn from(key: Key) -> Self {
        match key {
            Key::Zone(zone) if !zone.zones.is_empty() => Self::Loaded(Loaded { zone }),
            Key::Near(near) if !near.places.is_empty() => Self::Places(Places { near }),
            key => Self::Text(key.to_string()),
        }
    }
}

impl TryFrom<Written> for Key {
    type Error = PlanError;

    fn try_from(written: Written) -> Result<Self, PlanError> {
        match written {
            Written::Text(text) => text.parse(),
            Written::Loaded(Loaded { zone }) => Ok(Self::Zone(zone)),
            Written::Places(Places { near }) => Ok(Self::Near(near)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamedZone;

    #[test]
    fn loaded_zones_travel_whole() {
        let key = Key::Zone(ZoneKey {
            file: "a:b.geojson".to_owned(),
            property: "name".to_owned(),
            zones: [Some("Oslo".to_owned()), None]
                .map(|name| NamedZone {
                    name,
                    rings: vec![vec![[0.1, 59.0], [10.3, 1e-300], [-0.0, 0.3]]],
                })
                .to_vec(),
        });
        let text = serde_json::to_string(&key).expect("JSON");
        assert!(
            text.starts_with(r#"{"zone":{"file":"a:b.geojson","#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Key>(&text).expect("read"), key);
        let text = r#""zone:a:b.geojson:name""#;
        let unloaded: Key = serde_json::from_str(text).expect("read");
        assert_eq!(serde_json::to_string(&unloaded).expect("JSON"), text);
        for (text, hint) in [
            ("3", "a key is text"),
            (r#"{"zone":{"file":"a"}}"#, "a key is text"),
            (r#""h3:16""#, "0 to 15"),
        ] {
            let wrong = serde_json::from_str::<Key>(text).expect_err("no key");
            assert!(wrong.to_string().contains(hint), "{wrong}");
        }
    }
}
