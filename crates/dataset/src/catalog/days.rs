//! What folders say of the time of their rows, where somebody declares that they do.

use crate::DatasetError;
use crate::catalog::folders::Folders;
use graticule_columns::{Bounds, DatasetMetadata};

/// Takes a partition's values for the UTC days, months, years or hours of its rows' times, where
/// footers do not tell those.
pub(crate) fn declare(
    metadata: &mut DatasetMetadata,
    partition: &str,
    folders: &Folders,
) -> Result<(), DatasetError> {
    let wrong = |reason: String| DatasetError::PartitionTime {
        partition: partition.to_owned(),
        reason,
    };
    if !folders.names().iter().any(|name| name == partition) {
        return Err(wrong(format!(
            "no folders are named so; the folders' columns are: {}",
            folders.names().join(", ")
        )));
    }
    let schema = &metadata.schema;
    let time = schema.time.as_ref();
    let time = time.ok_or_else(|| wrong("the dataset has no time column".to_owned()))?;
    // What is the time itself says more than a stretch of it.
    if time.name == partition {
        return Ok(());
    }
    let per_second = time.unit.per_second();
    for (place, file) in metadata.files.iter_mut().enumerate() {
        let Some(text) = folders.text(place, partition) else {
            continue;
        };
        let (first, last) = seconds(text).ok_or_else(|| {
            wrong(format!(
                "'{text}' (of {}) says no year, month, day or hour, as 2026, 2026-03, 2026-03-01 and 2026-03-01T05 do",
                file.path
            ))
        })?;
        let low = first.checked_mul(per_second);
        let high = last.checked_mul(per_second).map(|end| end - 1);
        let Some((low, high)) = low.zip(high) else {
            continue;
        };
        for group in &mut file.row_groups {
            group.columns.edit(|place, column| {
                if place == 2 && column.bounds.is_none() && column.nulls != Some(group.rows) {
                    column.bounds = Some(Bounds {
                        low: low.cast_unsigned(),
                        high: high.cast_unsigned(),
                    });
                }
            });
        }
    }
    Ok(())
}

/// The seconds since 1970 at which a year, month, day or hour begins and ends.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let parts: Vec<&str> = text.split(['-', 'T', ' ']).collect();
    let widths = [4, 2, 2, 2];
    let is_number = |(part, width): (&&str, usize)| {
        part.len() == width && part.bytes().all(|b| b.is_ascii_digit())
    };
    if parts.len() > 4 || !parts.iter().zip(widths).all(is_number) {
        return None;
    }
    let number = |place: usize| parts.get(place).map(|p| p.parse::<i64>()).transpose().ok();
    let year = number(0)??;
    let (month, day, hour) = (number(1)?, number(2)?, number(3)?);
    let is_leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let days_in = |m: i64| match m {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let in_range = (1..=12).contains(&month.unwrap_or(1))
        && (1..=days_in(month.unwrap_or(1))).contains(&day.unwrap_or(1))
        && (0..24).contains(&hour.unwrap_or(0));
    if !in_range {
        return None;
    }
    let begin =
        86_400 * days(year, month.unwrap_or(1), day.unwrap_or(1)) + 3600 * hour.unwrap_or(0);
    let end = match (month, day, hour) {
        (_, _, Some(_)) => begin + 3600,
        (_, Some(_), None) => begin + 86_400,
        (Some(12), None, None) | (None, None, None) => 86_400 * days(year + 1, 1, 1),
        (Some(month), None, None) => 86_400 * days(year, month + 1, 1),
    };
    Some((begin, end))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, by Howard Hinnant's algorithm.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_spans_of_seconds() {
        assert_eq!(seconds("1970-01-01"), Some((0, 86_400)));
        assert_eq!(seconds("2000-02-29"), Some((951_782_400, 951_868_800)));
        assert_eq!(seconds("2026-03"), Some((1_772_323_200, 1_775_001_600)));
        assert_eq!(seconds("1970"), Some((0, 365 * 86_400)));
        assert_eq!(seconds("1970-12"), Some((334 * 86_400, 365 * 86_400)));
        assert_eq!(seconds("1970-01-02T05"), Some((104_400, 108_000)));
        for wrong in [
            "",
            "20260301",
            "2026-13",
            "2026-02-29",
            "2026-03-01T24",
            "2026-3-1",
            "x",
            "1970-01-01-01-01",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
