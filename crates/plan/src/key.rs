use crate::PlanError;
use graticule_geo::geohash;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the groups of an answer are made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Key {
    /// The geohash cell of a precision of 1 to 12.
    Geohash {
        /// Number of letters.
        precision: u32,
    },
    /// The time, floored to a multiple of a duration since 1970-01-01T00:00:00Z.
    Time {
        /// The duration in seconds, at least 1.
        seconds: i64,
    },
    /// The value of an integer or partition column.
    Column {
        /// Its name.
        name: String,
    },
}

impl Key {
    /// The geohash cell of a precision; beyond 1 to 12 planning fails.
    pub fn geohash(precision: u32) -> Self {
        Self::Geohash { precision }
    }

    /// The time floored to multiples of so many seconds.
    pub fn time(seconds: i64) -> Self {
        Self::Time { seconds }
    }

    /// The value of a column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column { name: name.into() }
    }
}

impl FromStr for Key {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        let wrong = |reason: String| PlanError::Key {
            text: text.to_owned(),
            reason,
        };
        match text.split_once(':') {
            Some(("geohash", precision)) => {
                let precision = precision
                    .parse()
                    .map_err(|_| wrong(format!("'{precision}' is no precision")))?;
                geohash::bits(precision).map_err(|e| wrong(e.to_string()))?;
                Ok(Self::Geohash { precision })
            }
            Some(("time", every)) => Ok(Self::Time {
                seconds: duration(every).map_err(wrong)?,
            }),
            Some((word, _)) => Err(wrong(format!("'{word}' is not known"))),
            None if text.is_empty() => Err(wrong("it is empty".to_owned())),
            None if text == "geohash" || text == "time" => Err(wrong(format!(
                "write {text}:{}",
                if text == "time" { "15m" } else { "6" }
            ))),
            None => Ok(Self::column(text)),
        }
    }
}

fn duration(text: &str) -> Result<i64, String> {
    if matches!(text, "week" | "month" | "year") {
        return Err(format!(
            "calendar durations such as {text} are not built yet"
        ));
    }
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        unit => return Err(format!("'{unit}' is not one of s, m, h, d")),
    };
    let number: i64 = digits
        .parse()
        .map_err(|_| format!("'{digits}' is no number"))?;
    let seconds = number.checked_mul(unit).filter(|s| *s > 0);
    seconds.ok_or_else(|| format!("'{text}' is not a duration above zero"))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Geohash { precision } => write!(f, "geohash:{precision}"),
            Self::Column { name } => write!(f, "{name}"),
            Self::Time { seconds } => {
                let (size, unit) = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")]
                    .into_iter()
                    .find(|(size, _)| seconds % size == 0)
                    .unwrap_or((1, "s"));
                write!(f, "time:{}{unit}", seconds / size)
            }
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_and_write() {
        for text in ["geohash:12", "time:15m", "time:1d", "time:90s", "trip_id"] {
            assert_eq!(text.parse::<Key>().expect("a key").to_string(), text);
        }
        for text in [
            "geohash:0",
            "geohash:13",
            "geohash:",
            "geohash",
            "h3:5",
            "time:0m",
            "time:5x",
            "time:week",
            "",
        ] {
            assert!(
                matches!(text.parse::<Key>(), Err(PlanError::Key { .. })),
                "{text}"
            );
        }
    }
}
