//! Points in well-known text, such as `POINT Z (11.5 48.1 520)`.

use graticule_geo::crs;

/// The x and y of a point, or of a multipoint of one. An empty point is two NaNs, which is no place.
///
/// # Errors
/// What it is instead.
pub fn point(text: &str) -> Result<(f64, f64), String> {
    let wrong = || {
        let begin: String = text.chars().take(40).collect();
        format!("'{begin}' is no point in well-known text; only points can be read")
    };
    // As PostGIS has it, perhaps behind an SRID.
    let (before, behind) = text.rsplit_once(';').unwrap_or(("", text));
    let before = before.trim().to_ascii_uppercase();
    if let Some(srid) = before.strip_prefix("SRID=") {
        on_wgs84(srid.trim())?;
    }
    let upper = behind.trim().to_ascii_uppercase();
    let rest = upper.strip_prefix("MULTI").unwrap_or(&upper);
    let rest = rest.strip_prefix("POINT").ok_or_else(wrong)?.trim_start();
    let dimensions = ["ZM", "Z", "M"].iter();
    let rest = dimensions
        .fold(None, |found, d| found.or_else(|| rest.strip_prefix(d)))
        .unwrap_or(rest)
        .trim();
    if rest == "EMPTY" {
        return Ok((f64::NAN, f64::NAN));
    }
    let within = |text: &'_ str| -> Option<String> {
        let inner = text.strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.trim().to_owned())
    };
    let inner = within(rest).ok_or_else(wrong)?;
    let inner = within(&inner).unwrap_or(inner);
    let numbers = inner.split_ascii_whitespace().map(str::parse::<f64>);
    let numbers: Vec<f64> = numbers.collect::<Result<_, _>>().map_err(|_| wrong())?;
    match numbers[..] {
        [x, y] | [x, y, _] | [x, y, _, _] => Ok((x, y)),
        _ => Err(wrong()),
    }
}

/// Whether a text begins as a point in well-known text does, `POINT (` or `SRID=4326;POINT Z (`, whatever follows.
pub fn begins_as_point(text: &[u8]) -> bool {
    let behind = match without(text, "SRID=") {
        Some(srid) => srid.splitn(2, |b| *b == b';').nth(1).unwrap_or_default(),
        None => text,
    };
    let Some(rest) = without(behind.trim_ascii_start(), "POINT") else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    let dimensions = rest.iter().take_while(|b| b"ZMzm".contains(b)).count();
    let rest = rest[dimensions..].trim_ascii_start();
    rest.starts_with(b"(") || rest.eq_ignore_ascii_case(b"EMPTY")
}

/// What follows a word that a text begins with, in any case.
fn without<'t>(text: &'t [u8], word: &str) -> Option<&'t [u8]> {
    let (begin, rest) = text.split_at_checked(word.len())?;
    begin.eq_ignore_ascii_case(word.as_bytes()).then_some(rest)
}

/// Refuses what says that its numbers are of another CRS than degrees on WGS 84.
pub(super) fn on_wgs84(srid: &str) -> Result<(), String> {
    match crs::is_wgs84_srid(srid) {
        true => Ok(()),
        false => Err(format!(
            "its coordinates are of SRID {srid}; {}",
            crs::ADVICE
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{begins_as_point, point};

    #[test]
    fn points_are_known_by_how_they_begin() {
        for text in [
            "POINT (11.5 48.25)",
            "point(1",
            "SRID=3857; Point ZM (1 2 3 4)",
            "POINTZ(1 2 3)",
            "POINT EMPTY",
        ] {
            assert!(begins_as_point(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "POINT",
            "Point Reyes",
            "LINESTRING (1 2, 3 4)",
            "SRID=4326",
            "12",
        ] {
            assert!(!begins_as_point(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn points_as_people_write_them() {
        for text in [
            "POINT (11.5 48.25)",
            "point(11.5 48.25)",
            "SRID=4326;POINT Z (11.5 48.25 520)",
            "POINTZM(11.5 48.25 520 7)",
            "MULTIPOINT ((11.5 48.25))",
            "MULTIPOINT (11.5 48.25)",
        ] {
            assert_eq!(point(text), Ok((11.5, 48.25)), "{text}");
        }
        let (x, y) = point("POINT EMPTY").expect("no place");
        assert!(x.is_nan() && y.is_nan());
        for text in [
            "",
            "POINT",
            "POINT (1)",
            "POINT (a b)",
            "MULTIPOINT (1 2, 3 4)",
        ] {
            assert!(point(text).is_err(), "{text}");
        }
        for foreign in ["SRID=3857;POINT (11.5 48.25)", "srid=25832; POINT (1 2)"] {
            let error = point(foreign).expect_err("of another CRS");
            assert!(
                error.contains("SRID") && error.contains("EPSG:4326"),
                "{error}"
            );
        }
        let error = point("POLYGON ((0 0, 1 0, 1 1, 0 0))").expect_err("no point");
        assert!(error.contains("POLYGON ((0 0"), "{error}");
    }
}
