//! Units of coordinates that are no degrees, and how to tell which one numbers are in.
//!
//! Trackers send whole numbers: ten-millionths of a degree, semicircles. What nobody declares is told from the columns' names
//! and from how large the numbers are; [`judge`] has the rules.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A unit of longitudes and latitudes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CoordinateUnit {
    /// Degrees.
    #[default]
    Degrees,
    /// So many decimal places of a degree: 7 are 1e-7 degrees.
    Decimal(u8),
    /// A half circle is 2^31 of them, as in FIT files.
    Semicircles,
    /// Ten-thousandths of a minute, as AIS has them.
    MinuteFractions,
}

/// Places after the point that a unit may have.
const PLACES: std::ops::RangeInclusive<u8> = 1..=9;
const SEMICIRCLES: f64 = (1u64 << 31) as f64;
/// Whole numbers up to this are degrees: in any finer unit they would be within a step of the null island.
pub const MOST_DEGREES: f64 = 999.0;
/// Numbers up to this would in 1e-7 degrees be within 0.1 degrees of the null island.
const LARGE: f64 = 999_999.0;

impl CoordinateUnit {
    /// Degrees of a number, rounded once.
    pub fn degrees(self, number: f64) -> f64 {
        match self {
            Self::Degrees => number,
            Self::Decimal(places) => number / 10f64.powi(places.into()),
            // The division is exact.
            Self::Semicircles => number * 180.0 / SEMICIRCLES,
            Self::MinuteFractions => number / 600_000.0,
        }
    }

    /// Whether longitudes or latitudes between two numbers are all places; `half` is 180 or 90.
    fn holds(self, [low, high]: [f64; 2], half: f64) -> bool {
        -half <= self.degrees(low) && self.degrees(high) <= half
    }

    /// The unit that a column's name says, such as `position_lat` and `latitudeE7`.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let places = |end: &str| name.ends_with(end);
        if name.contains("semicircle")
            || ["position_lat", "position_long", "position_lon"]
                .into_iter()
                .any(places)
        {
            return Some(Self::Semicircles);
        }
        if name.contains("microdeg") {
            return Some(Self::Decimal(6));
        }
        [5, 6, 7]
            .into_iter()
            .find(|e| places(&format!("e{e}")))
            .map(Self::Decimal)
    }
}

impl fmt::Display for CoordinateUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Degrees => f.write_str("degrees"),
            Self::Decimal(places) => write!(f, "1e-{places}"),
            Self::Semicircles => f.write_str("semicircles"),
            Self::MinuteFractions => f.write_str("1/600000"),
        }
    }
}

impl FromStr for CoordinateUnit {
    type Err = String;

    /// As it is displayed, or as people write it: `deg`, `1e-7 degrees`, `E7`, `microdegrees`.
    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase();
        let wrong =
            || format!("'{text}' is not one of degrees, 1e-7, 1e-6, 1e-5, semicircles, 1/600000");
        match lower.as_str() {
            "degrees" | "degree" | "deg" | "°" | "degrees_east" | "degrees_north"
            | "degree_east" | "degree_north" => return Ok(Self::Degrees),
            "semicircles" | "semicircle" => return Ok(Self::Semicircles),
            "microdegrees" | "microdegree" => return Ok(Self::Decimal(6)),
            "1/600000" => return Ok(Self::MinuteFractions),
            _ => {}
        }
        let number = ["degrees", "degree", "deg", "°"]
            .into_iter()
            .find_map(|unit| {
                lower
                    .strip_suffix(unit)
                    .or_else(|| lower.strip_prefix(unit))
            })
            .unwrap_or(&lower)
            .trim();
        let places = number
            .strip_prefix("1e-")
            .or_else(|| number.strip_prefix("10^-"))
            .or_else(|| number.strip_prefix('e'));
        let places = places.and_then(|places| places.parse().ok());
        let places = places.filter(|places| PLACES.contains(places));
        places.map(Self::Decimal).ok_or_else(wrong)
    }
}

impl TryFrom<String> for CoordinateUnit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CoordinateUnit> for String {
    fn from(unit: CoordinateUnit) -> Self {
        unit.to_string()
    }
}

/// Whole numbers of two columns, of which the unit is to be told.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// Names of the longitudes and the latitudes.
    pub names: [&'a str; 2],
    /// Their least and greatest values, where there are any.
    pub ends: [Option<[f64; 2]>; 2],
    /// Whether the columns are called so by a convention that means 1e-7 degrees.
    pub is_usual: bool,
}

/// What is made of numbers of which nobody declared the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It is this, for that reason.
    Is(CoordinateUnit, &'static str),
    /// It is taken for this by convention, and might be another.
    Usual(CoordinateUnit),
    /// It may be any of several.
    Undecided,
}

/// Tells the unit of whole numbers. Numbers of at most three digits are degrees; else the names tell, or that there is
/// but one unit in which all are places. Otherwise numbers of seven digits and more in columns called `lon`, `lat` and
/// the like are 1e-7 degrees.
pub fn judge(numbers: Numbers<'_>) -> Judged {
    let ends = numbers.ends;
    let is_small = |[low, high]: [f64; 2]| -MOST_DEGREES <= low && high <= MOST_DEGREES;
    if ends.iter().flatten().all(|&ends| is_small(ends)) {
        return Judged::Is(
            CoordinateUnit::Degrees,
            "for none has more than three digits",
        );
    }
    let named = numbers.names.map(CoordinateUnit::of_name);
    if let [Some(lon), Some(lat)] = named
        && lon == lat
    {
        return Judged::Is(lon, "by their names");
    }
    let usual = CoordinateUnit::Decimal(7);
    let holds = |unit: CoordinateUnit| {
        let halves = ends.iter().zip([180.0, 90.0]);
        halves.into_iter().all(|(ends, half)| {
            // By 181 and 91 degrees AIS says that a place is not known.
            let missing = (half + 1.0) * 1e7;
            let of_places = |[low, high]: [f64; 2]| [low, if high == missing { low } else { high }];
            ends.is_none_or(|ends| unit.holds(of_places(ends), half))
        })
    };
    if !holds(usual) && holds(CoordinateUnit::Semicircles) {
        return Judged::Is(
            CoordinateUnit::Semicircles,
            "for in no other unit are all of them places",
        );
    }
    let is_large = |[low, high]: [f64; 2]| low < -LARGE || high > LARGE;
    match numbers.is_usual && ends.iter().flatten().any(|&ends| is_large(ends)) {
        true => Judged::Usual(usual),
        false => Judged::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_nearest_degrees() {
        let cases = [
            ("1e-7", 119_304_647.0, 11.930_464_7),
            ("1e-6", -33_868_800.0, -33.8688),
            // A twelfth of a circle is a sixth of 2^31.
            ("semicircles", 357_913_941.0, 29.999_999_972_060_323),
            ("semicircles", -1_073_741_824.0, -90.0),
            ("1/600000", 600_000.0, 1.0),
            ("degrees", 12.5, 12.5),
        ];
        for (unit, number, degrees) in cases {
            let unit: CoordinateUnit = unit.parse().expect("a unit");
            assert_eq!(unit.degrees(number), degrees, "{unit} {number}");
        }
    }

    #[test]
    fn units_are_written_in_many_ways() {
        for (text, unit) in [
            ("1e-7 degrees", CoordinateUnit::Decimal(7)),
            ("degE7", CoordinateUnit::Decimal(7)),
            ("E6", CoordinateUnit::Decimal(6)),
            ("1E-05", CoordinateUnit::Decimal(5)),
            ("Semicircles", CoordinateUnit::Semicircles),
            ("degrees_east", CoordinateUnit::Degrees),
        ] {
            assert_eq!(text.parse(), Ok(unit), "{text}");
            assert_eq!(unit.to_string().parse(), Ok(unit));
        }
        for text in ["", "metres", "1e-0", "1e-70", "e", "radians"] {
            assert!(text.parse::<CoordinateUnit>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_unit_is_told_by_digits_then_names_then_places() {
        use CoordinateUnit::{Decimal, Degrees, Semicircles};
        let judged = |names, lon, lat, is_usual| {
            let ends = [Some(lon), Some(lat)];
            judge(Numbers {
                names,
                ends,
                is_usual,
            })
        };
        let unit = |judged| match judged {
            Judged::Is(unit, _) => Some(unit),
            _ => None,
        };
        let (plain, fit) = (["lon", "lat"], ["position_long", "position_lat"]);
        assert_eq!(
            unit(judged(plain, [10.0, 11.0], [50.0, 51.0], true)),
            Some(Degrees)
        );
        assert_eq!(
            unit(judged(plain, [-180.0, 999.0], [-90.0, 999.0], true)),
            Some(Degrees)
        );
        let (lon, lat) = ([119_304_647.0; 2], [596_523_235.0; 2]);
        assert_eq!(unit(judged(fit, lon, lat, false)), Some(Semicircles));
        assert_eq!(
            unit(judged(["lonE7", "lat_e7"], lon, lat, false)),
            Some(Decimal(7))
        );
        // As 1e-7 degrees it would be 95.4 degrees north.
        assert_eq!(
            unit(judged(plain, lon, [954_437_177.0; 2], true)),
            Some(Semicircles)
        );
        assert_eq!(judged(plain, lon, lat, true), Judged::Usual(Decimal(7)));
        assert_eq!(judged(["a", "b"], lon, lat, false), Judged::Undecided);
        // AIS says by 181 and 91 degrees that it knows no place.
        let unknown = ([1_163_160_000.0, 1_810_000_000.0], [-5.0, 910_000_000.0]);
        let ais = |is_usual| judged(plain, unknown.0, unknown.1, is_usual);
        assert_eq!(ais(true), Judged::Usual(Decimal(7)));
        assert_eq!(ais(false), Judged::Undecided);
        // Hundredths, perhaps.
        let hundredths = [1000.0, 1500.0];
        assert_eq!(
            judged(plain, hundredths, hundredths, true),
            Judged::Undecided
        );
    }
}
