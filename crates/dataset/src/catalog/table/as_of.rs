//! Which version of a table is meant.

use std::fmt;
use std::str::FromStr;

/// A version of a table: by its number, or what it was at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// A version of Delta Lake, or a snapshot of Iceberg.
    Version(i64),
    /// Milliseconds since 1970-01-01T00:00:00Z: the last version that is not younger.
    Time(i64),
}

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(version) = text.parse() {
            return Ok(Self::Version(version));
        }
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::Time(instant.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>();
        let zoned = civil.and_then(|c| c.to_zoned(jiff::tz::TimeZone::UTC));
        match zoned {
            Ok(zoned) => Ok(Self::Time(zoned.timestamp().as_millisecond())),
            Err(_) => Err(format!(
                "'{text}' is neither a number of a version or snapshot, nor a date, nor RFC 3339"
            )),
        }
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Time(millis) => match jiff::Timestamp::from_millisecond(*millis) {
                Ok(instant) => instant.fmt(f),
                Err(_) => write!(f, "{millis} ms"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_times() {
        assert_eq!("7".parse(), Ok(AsOf::Version(7)));
        assert_eq!(
            "8744736658442914487".parse(),
            Ok(AsOf::Version(8_744_736_658_442_914_487))
        );
        assert_eq!("2026-03-01".parse(), Ok(AsOf::Time(1_772_323_200_000)));
        assert_eq!(
            "2026-03-01T01:00:00.5+01:00".parse(),
            Ok(AsOf::Time(1_772_323_200_500))
        );
        assert!("yesterday".parse::<AsOf>().is_err() && "".parse::<AsOf>().is_err());
        assert_eq!(
            AsOf::Time(1_772_323_200_000).to_string(),
            "2026-03-01T00:00:00Z"
        );
    }
}
