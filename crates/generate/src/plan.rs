use std::ops::Range;
use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

use crate::device::DAY_MS;
use crate::error::GenerateError;
use crate::nation::{FileLayout, Nation};
use crate::rng::{Rng, Stream};

/// How far the nation's clocks are ahead of UTC, hours: its day begins at 22:00 UTC.
pub const UTC_OFFSET_HOURS: i64 = 2;

const FIRST_DAY: Date = date(2026, 3, 1);
/// Days from 1970-01-01 to [`FIRST_DAY`].
const FIRST_DAY_NUMBER: i64 = 20_513;

const MOST_DAYS: u32 = 36_525;
const MOST_POINTS: u64 = 1_000_000_000_000;

/// Rows of a slice and of a row group at most, about.
const ROW_GROUP_ROWS: u64 = 1 << 20;
/// Row groups of one of a day's files at most.
const ROW_GROUPS_PER_FILE: usize = 5;
/// Points of one device on one day, on average, and the least number of devices.
const PINGS_PER_DEVICE_DAY: u64 = 250;
const FEWEST_DEVICES: u64 = 20;

/// A local day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    /// Its beginning as UTC milliseconds.
    pub(crate) midnight: i64,
    pub(crate) weekend: bool,
}

/// Some of a day's devices with all that they send that day: what is generated in one go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slice {
    pub(crate) day: u32,
    pub(crate) devices: Range<u64>,
    pub(crate) rows: u64,
}

/// A file to write: its path below the dataset's directory and the slices of each row group.
#[derive(Debug, PartialEq)]
pub(crate) struct FilePlan {
    pub(crate) path: PathBuf,
    pub(crate) row_groups: Vec<Vec<Slice>>,
}

/// All that is written, decided before the first row is generated.
#[derive(Debug)]
pub(crate) struct FilePlans {
    pub(crate) seed: u64,
    pub(crate) devices: u64,
    pub(crate) days: Vec<Day>,
    pub(crate) files: Vec<FilePlan>,
}

impl FilePlans {
    pub(crate) fn new(nation: &Nation) -> Result<Self, GenerateError> {
        if nation.points > MOST_POINTS {
            return Err(GenerateError::Points {
                points: nation.points,
                limit: MOST_POINTS,
            });
        }
        let wrong_days = || GenerateError::Days {
            days: nation.days,
            limit: MOST_DAYS,
        };
        if nation.days == 0 || nation.days > MOST_DAYS {
            return Err(wrong_days());
        }
        let days: Vec<Day> = (0..nation.days)
            .map(day)
            .collect::<Option<_>>()
            .ok_or_else(wrong_days)?;
        let devices = (nation.points / u64::from(nation.days) / PINGS_PER_DEVICE_DAY)
            .clamp(FEWEST_DEVICES, i32::MAX as u64);
        let mut rng = Rng::keyed(nation.seed, Stream::Days, 0, 0);
        let weights: Vec<u64> = days.iter().map(|day| day_weight(day, &mut rng)).collect();
        let slices: Vec<Vec<Slice>> = (0..)
            .zip(share_out(nation.points, &weights))
            .map(|(day, rows)| slices(day, rows, devices))
            .collect();
        let files = match nation.layout {
            FileLayout::DayFolders => day_folders(&days, slices),
            FileLayout::Single => vec![FilePlan {
                path: "points.parquet".into(),
                row_groups: packed(slices.concat()),
            }],
        };
        Ok(Self {
            seed: nation.seed,
            devices,
            days,
            files,
        })
    }
}

fn day(number: u32) -> Option<Day> {
    let date = FIRST_DAY.checked_add(i64::from(number).days()).ok()?;
    let midnight = (FIRST_DAY_NUMBER + i64::from(number)) * DAY_MS - UTC_OFFSET_HOURS * 3_600_000;
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    Some(Day {
        date,
        midnight,
        weekend,
    })
}

/// Fewer points on weekends, and no two days alike.
fn day_weight(day: &Day, rng: &mut Rng) -> u64 {
    let usual = match day.date.weekday() {
        Weekday::Saturday => 760,
        Weekday::Sunday => 610,
        Weekday::Friday => 1_060,
        _ => 1_000,
    };
    usual + u64::from(rng.below(100))
}

/// Shares out `total` in proportion to the weights, exactly: running sums are rounded down.
pub(crate) fn share_out(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&w| u128::from(w)).sum();
    let mut before = 0;
    let mut running = 0u128;
    let mut shares = Vec::with_capacity(weights.len());
    for &weight in weights {
        running += u128::from(weight);
        let until = u64::try_from(u128::from(total) * running / sum.max(1)).unwrap_or(total);
        shares.push(until - before);
        before = until;
    }
    shares
}

/// Cuts a day by device into equal slices.
fn slices(day: u32, rows: u64, devices: u64) -> Vec<Slice> {
    let count = rows.div_ceil(ROW_GROUP_ROWS).min(devices);
    let cut = |total: u64, i: u64| {
        let at = u128::from(total) * u128::from(i) / u128::from(count);
        u64::try_from(at).unwrap_or(total)
    };
    (0..count)
        .map(|i| Slice {
            day,
            devices: cut(devices, i)..cut(devices, i + 1),
            rows: cut(rows, i + 1) - cut(rows, i),
        })
        .collect()
}

/// A folder per day; the first day has its file even when there are no points, so that there is a dataset.
fn day_folders(days: &[Day], slices: Vec<Vec<Slice>>) -> Vec<FilePlan> {
    let mut files = Vec::new();
    for (day, slices) in days.iter().zip(slices) {
        if slices.is_empty() {
            continue;
        }
        let parts = slices.len().div_ceil(ROW_GROUPS_PER_FILE);
        let per_file = slices.len().div_ceil(parts);
        for (part, slices) in slices.chunks(per_file).enumerate() {
            let path = PathBuf::from(format!("day={}/part-{part:04}.parquet", day.date));
            files.push(FilePlan {
                path,
                row_groups: packed(slices.to_vec()),
            });
        }
    }
    if let (true, Some(first)) = (files.is_empty(), days.first()) {
        let path = format!("day={}/part-0000.parquet", first.date).into();
        files.push(FilePlan {
            path,
            row_groups: Vec::new(),
        });
    }
    files
}

/// Joins neighbouring slices into row groups of about the usual size.
fn packed(slices: Vec<Slice>) -> Vec<Vec<Slice>> {
    let mut groups: Vec<Vec<Slice>> = Vec::new();
    let mut rows = 0;
    for slice in slices {
        match groups.last_mut() {
            Some(group) if rows + slice.rows <= ROW_GROUP_ROWS * 5 / 4 => {
                rows += slice.rows;
                group.push(slice);
            }
            _ => {
                rows = slice.rows;
                groups.push(vec![slice]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(file: &FilePlan) -> u64 {
        file.row_groups
            .iter()
            .flatten()
            .map(|slice| slice.rows)
            .sum()
    }

    #[test]
    fn points_are_shared_out_exactly() {
        assert_eq!(share_out(10, &[1, 1, 1]), [3, 3, 4]);
        assert_eq!(share_out(7, &[0, 5, 0]), [0, 7, 0]);
        for points in [0, 1, 999, 100_000_007] {
            for layout in [FileLayout::DayFolders, FileLayout::Single] {
                let plan = FilePlans::new(&Nation {
                    points,
                    days: 31,
                    layout,
                    ..Nation::default()
                })
                .unwrap();
                assert_eq!(plan.files.iter().map(rows).sum::<u64>(), points);
                assert!(!plan.files.is_empty());
            }
        }
    }

    #[test]
    fn a_day_is_cut_into_files_and_row_groups() {
        let nation = Nation {
            points: 12_000_000,
            days: 1,
            ..Nation::default()
        };
        let plan = FilePlans::new(&nation).unwrap();
        let paths: Vec<_> = plan
            .files
            .iter()
            .map(|file| file.path.to_str().unwrap())
            .collect();
        assert_eq!(
            paths,
            [
                "day=2026-03-01/part-0000.parquet",
                "day=2026-03-01/part-0001.parquet",
                "day=2026-03-01/part-0002.parquet"
            ]
        );
        for file in &plan.files {
            assert!(rows(file) <= 5 << 20 && file.row_groups.len() == 4);
        }
    }

    #[test]
    fn a_single_file_joins_small_days() {
        let nation = Nation {
            points: 3_000_000,
            days: 30,
            layout: FileLayout::Single,
            ..Nation::default()
        };
        let plan = FilePlans::new(&nation).unwrap();
        assert_eq!(plan.files.len(), 1);
        assert_eq!(plan.files[0].row_groups.len(), 3);
    }

    #[test]
    fn the_first_day_is_a_sunday_that_begins_at_22_utc() {
        let first = day(0).unwrap();
        // 2026-02-28T22:00:00Z
        assert_eq!(
            (first.date.to_string().as_str(), first.midnight),
            ("2026-03-01", 1_772_316_000_000)
        );
        assert!(first.weekend && !day(1).unwrap().weekend);
    }
}
