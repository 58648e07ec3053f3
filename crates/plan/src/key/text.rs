//! Keys as text.

use super::{Key, NearKey, ZoneKey};
use crate::{Decimal, PlanError, list};
use graticule_columns::{Bins, CalendarUnit};
use graticule_geo::{circle, geohash};
use std::fmt;
use std::str::FromStr;

/// The words that begin a key with a colon, and how such a key is written.
const PREFIXES: [(&str, &str); 6] = [
    ("geohash", "geohash:6"),
    ("h3", "h3:9"),
    ("tile", "tile:12"),
    ("time", "time:15m"),
    ("zone", "zone:FILE:PROPERTY"),
    ("near", "near:FILE:PROPERTY:METRES"),
];
const CALENDAR: [(&str, CalendarUnit); 8] = [
    ("hour_of_day", CalendarUnit::HourOfDay),
    ("day_of_week", CalendarUnit::DayOfWeek),
    ("time:hour", CalendarUnit::Hour),
    ("time:day", CalendarUnit::Days(1)),
    ("time:week", CalendarUnit::Week),
    ("time:month", CalendarUnit::Month),
    ("time:quarter", CalendarUnit::Quarter),
    ("time:year", CalendarUnit::Year),
];
/// Keys with arguments, and how they are written.
const CALLS: [(&str, &str); 3] = [
    ("bin", "bin(COLUMN, 5)"),
    ("round", "round(COLUMN, 2)"),
    ("parent", "parent(h3:9, 7)"),
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
    if let Some(call) = call(text) {
        return call;
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
        Some(("near", rest)) => near(rest),
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

/// A key with arguments, if it is one.
fn call(text: &str) -> Option<Result<Key, String>> {
    let open = text.find('(')?;
    let (_, example) = CALLS.iter().find(|(word, _)| *word == &text[..open])?;
    let inner = match list::closing(&text[open..]) {
        Some(end) if open + end + 1 == text.len() => &text[open + 1..open + end],
        _ => return Some(Err(format!("write {example}"))),
    };
    let [column, number] = list::parts(inner)[..] else {
        return Some(Err(format!("write {example}")));
    };
    Some(match &text[..open] {
        "parent" => parent(column, number),
        "round" => named(column).and_then(|column| {
            let bins = places(number)?;
            Ok(Key::Bins { column, bins })
        }),
        _ => named(column).and_then(|column| {
            let bins = width(number)?;
            Ok(Key::Bins { column, bins })
        }),
    })
}

/// The parts of a key `near`; the file may hold colons.
fn near(text: &str) -> Result<Key, String> {
    let example = "write near:FILE:PROPERTY:METRES, as in near:stations.geojson:name:500";
    let (rest, metres) = text.rsplit_once(':').ok_or(example)?;
    let (file, property) = rest.rsplit_once(':').ok_or(example)?;
    if file.is_empty() || property.is_empty() {
        return Err(example.to_owned());
    }
    let metres = circle::metres(metres).filter(|m| (0.0..f64::INFINITY).contains(m));
    Ok(Key::Near(NearKey {
        file: file.to_owned(),
        property: property.to_owned(),
        metres: metres.ok_or(example)?,
        places: Vec::new(),
    }))
}

fn parent(cell: &str, resolution: &str) -> Result<Key, String> {
    let of = match cell.parse() {
        Ok(Key::H3 { resolution }) => resolution,
        _ => return Err(format!("'{cell}' is no key h3:R; write parent(h3:9, 7)")),
    };
    let resolution = level(resolution, "resolution", of)?;
    Ok(Key::H3Parent { of, resolution })
}

fn named(text: &str) -> Result<String, String> {
    match list::unquoted(text) {
        Some(name) if !name.is_empty() => Ok(name),
        None if list::is_plain(text) => Ok(text.to_owned()),
        _ => Err(format!(
            "'{text}' is no column; write its name in \"double quotes\""
        )),
    }
}

fn places(text: &str) -> Result<Bins, String> {
    let places = text
        .parse()
        .ok()
        .filter(|places| (-15..=15).contains(places));
    let places = places.ok_or_else(|| {
        format!("'{text}' is no number of digits behind the point, from -15 to 15")
    })?;
    Ok(Bins {
        digits: 1,
        places,
        rounds: true,
    })
}

/// A width as its digits, and how many of those are behind the point.
fn width(text: &str) -> Result<Bins, String> {
    let wrong = || format!("'{text}' is no width; write a number above zero, such as 5 or 0.25");
    let decimal = Decimal::read(text).ok_or_else(wrong)?;
    let (digits, places) = decimal.parts();
    let digits = u64::try_from(digits)
        .ok()
        .filter(|d| (1..=Bins::MOST).contains(d));
    let places = i8::try_from(places)
        .ok()
        .filter(|places| places.abs() <= 15);
    let (digits, places) = digits.zip(places).ok_or_else(wrong)?;
    Ok(Bins {
        digits,
        places,
        rounds: false,
    })
}

/// A width as it is read.
fn written(bins: &Bins) -> String {
    let digits = bins.digits.to_string();
    let places = usize::from(bins.places.unsigned_abs());
    if bins.places <= 0 {
        return digits + &"0".repeat(places);
    }
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    format!("{whole}.{rest}")
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
            Self::H3Parent { of, resolution } => write!(f, "parent(h3:{of}, {resolution})"),
            Self::Bins { column, bins } => {
                let column = match list::is_plain(column) {
                    true => column.clone(),
                    false => list::quoted(column),
                };
                match bins.rounds {
                    true => write!(f, "round({column}, {})", bins.places),
                    false => write!(f, "bin({column}, {})", written(bins)),
                }
            }
            Self::Calendar(CalendarUnit::Days(days)) if *days != 1 => write!(f, "time:{days}d"),
            Self::Calendar(unit) => {
                let word = CALENDAR.iter().find(|(_, known)| known == unit);
                write!(f, "{}", word.map_or("", |(word, _)| word))
            }
            Self::Near(key) => write!(f, "near:{}:{}:{}", key.file, key.property, key.metres),
            Self::Zone(ZoneKey { file, property, .. }) => write!(f, "zone:{file}:{property}"),
            Self::Column { name } => {
                let is_word = |word: &str| word == name;
                let is_bare = list::is_plain(name)
                    && !name.contains(':')
                    && !PREFIXES.iter().any(|(word, _)| is_word(word))
                    && !CALENDAR.iter().any(|(word, _)| is_word(word))
                    && call(name).is_none();
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
            "time:hour",
            "time:day",
            "time:week",
            "time:month",
            "time:quarter",
            "parent(h3:9, 7)",
            "bin(speed (m/s), 5)",
            "bin(a, 0.25)",
            "bin(a, 1200)",
            "round(lon, 2)",
            "round(\"a,b\", -3)",
            "\"bin(a, 5)\"",
            "time:year",
            "hour_of_day",
            "day_of_week",
            "trip_id",
            "zone:a.geojson:name",
            "near:s3://b/a.geojson:the name:500",
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
            "bin(a)",
            "bin(a, 0)",
            "bin(a, -1)",
            "bin(a, 5) b",
            "round(a, 99)",
            "parent(h3:7, 9)",
            "parent(a, 3)",
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
            "near:a:b:c",
            "near:a:500",
            "near:a:b:-1",
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
