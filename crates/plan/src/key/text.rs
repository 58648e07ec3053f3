//! Keys as text.

use super::{Key, ZoneKey};
use crate::{PlanError, list};
use graticule_columns::CalendarUnit;
use graticule_geo::geohash;
use std::fmt;
use std::str::FromStr;

/// The words that begin a key with a colon, and how such a key is written.
const PREFIXES: [(&str, &str); 5] = [
    ("geohash", "geohash:6"),
    ("h3", "h3:9"),
    ("tile", "tile:12"),
    ("time", "time:15m"),
    ("zone", "zone:FILE:PROPERTY"),
];
const CALENDAR: [(&str, CalendarUnit); 6] = [
    ("hour_of_day", CalendarUnit::HourOfDay),
    ("day_of_week", CalendarUnit::DayOfWeek),
    ("time:day", CalendarUnit::Days(1)),
    ("time:week", CalendarUnit::Week),
    ("time:month", CalendarUnit::Month),
    ("time:year", CalendarUnit::Year),
];
const H3_FINEST: u8 = 15;
const TILE_FINEST: u8 = 24;

impl FromStr for Key {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        key(text).map_err(|reason| PlanError::Key {
            text: text.to_owned(),
            reason,
        })
    }
}

fn key(text: &str) -> Result<Key, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.starts_with('"') {
        let name = list::unquoted(text).ok_or("its quotes do not close around it")?;
        return match name.as_str() {
            "" => Err("the name of the column is empty".to_owned()),
            _ => Ok(Key::Column { name }),
        };
    }
    if let Some((_, unit)) = CALENDAR.iter().find(|(word, _)| *word == text) {
        return Ok(Key::Calendar(*unit));
    }
    match text.split_once(':') {
        Some(("geohash", precision)) => {
            let number = precision.parse();
            let precision = number.map_err(|_| format!("'{precision}' is no precision"))?;
            geohash::bits(precision).map_err(|e| e.to_string())?;
            Ok(Key::Geohash { precision })
        }
        Some(("h3", resolution)) => Ok(Key::H3 {
            resolution: level(resolution, "resolution", H3_FINEST)?,
        }),
        Some(("tile", zoom)) => Ok(Key::Tile {
            zoom: level(zoom, "zoom", TILE_FINEST)?,
        }),
        Some(("time", every)) => Ok(Key::Time {
            seconds: duration(every)?,
        }),
        Some(("zone", rest)) => match rest.rsplit_once(':') {
            Some((file, property)) if !file.is_empty() && !property.is_empty() => {
                Ok(Key::Zone(ZoneKey {
                    file: file.to_owned(),
                    property: property.to_owned(),
                    zones: Vec::new(),
                }))
            }
            _ => Err("write zone:FILE:PROPERTY, as in zone:districts.geojson:name".to_owned()),
        },
        Some((word, _)) => Err(format!(
            "'{word}' is not known; a column with a colon in its name stands in \"double quotes\""
        )),
        None => match PREFIXES.iter().find(|(word, _)| *word == text) {
            Some((_, example)) => Err(format!(
                "write {example}, or \"{text}\" in double quotes for a column of that name"
            )),
            None if !list::is_plain(text) => Err(
                "a name with a quote, a comma or a parenthesis that is left open stands in \
                     \"double quotes\", its own quotes doubled"
                    .to_owned(),
            ),
            None => Ok(Key::column(text)),
        },
    }
}

fn level(text: &str, word: &str, finest: u8) -> Result<u8, String> {
    let level = text.parse().ok().filter(|level| *level <= finest);
    level.ok_or_else(|| format!("'{text}' is no {word}; write a number from 0 to {finest}"))
}

fn duration(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        unit => {
            return Err(format!(
                "'{unit}' is not one of s, m, h, d, and '{text}' not day, week, month or year"
            ));
        }
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
            Self::H3 { resolution } => write!(f, "h3:{resolution}"),
            Self::Tile { zoom } => write!(f, "tile:{zoom}"),
            Self::Calendar(CalendarUnit::Days(days)) if *days != 1 => write!(f, "time:{days}d"),
            Self::Calendar(unit) => {
                let word = CALENDAR.iter().find(|(_, known)| known == unit);
                write!(f, "{}", word.map_or("", |(word, _)| word))
            }
            Self::Zone(ZoneKey { file, property, .. }) => write!(f, "zone:{file}:{property}"),
            Self::Column { name } => {
                let is_word = |word: &str| word == name;
                let is_bare = list::is_plain(name)
                    && !name.contains(':')
                    && !PREFIXES.iter().any(|(word, _)| is_word(word))
                    && !CALENDAR.iter().any(|(word, _)| is_word(word));
                match is_bare {
                    true => write!(f, "{name}"),
                    false => write!(f, "{}", list::quoted(name)),
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_and_write() {
        for text in [
            "geohash:12",
            "h3:0",
            "h3:15",
            "tile:0",
            "tile:24",
            "time:15m",
            "time:1d",
            "time:90s",
            "time:day",
            "time:week",
            "time:month",
            "time:year",
            "hour_of_day",
            "day_of_week",
            "trip_id",
            "zone:a.geojson:name",
            "zone:s3://b/a.geojson:the name",
            "\"hour_of_day\"",
            "\"a:b\"",
            "\"say \"\"a\"\"\"",
            "\"tile\"",
            "speed (m/s)",
            "weekday",
            "\"a,b\"",
        ] {
            assert_eq!(text.parse::<Key>().expect("a key").to_string(), text);
        }
        assert_eq!("\"x\"".parse(), Ok(Key::column("x")));
        assert_eq!("\"day_of_week\"".parse(), Ok(Key::column("day_of_week")));
    }

    #[test]
    fn refusals() {
        for text in [
            "geohash:0",
            "geohash:13",
            "geohash:",
            "geohash",
            "h3:16",
            "h3:-1",
            "h3",
            "tile:25",
            "tile:x",
            "time:0m",
            "time:5x",
            "time:weeks",
            "time:1week",
            "time",
            "",
            "\"",
            "\"\"",
            "\"a",
            "\"a\"b",
            "a\"b",
            "a,b",
            "a)",
            "a:b",
            "zone:a",
            "zone::a",
            "zone:a:",
            "zone",
            "week",
        ] {
            let read = text.parse::<Key>();
            if text == "week" {
                assert_eq!(read, Ok(Key::column("week")));
                continue;
            }
            assert!(
                matches!(read, Err(PlanError::Key { .. })),
                "{text}: {read:?}"
            );
        }
    }

    #[test]
    fn lists() {
        let keys = Key::parse_all("geohash:5, \"a,b\",day_of_week").expect("keys");
        let day = Key::calendar(CalendarUnit::DayOfWeek);
        assert_eq!(keys, [Key::geohash(5), Key::column("a,b"), day]);
        assert!(Key::parse_all("a,,b").is_err());
    }
}
