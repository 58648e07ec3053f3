//! Nations are written, read back and judged by what is in their files.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use graticule_generate::{FileLayout, GenerateError, Nation, UTC_OFFSET_HOURS, Written};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const DAY_MS: i64 = 86_400_000;
/// 2026-03-01T00:00:00+02:00
const FIRST_MIDNIGHT: i64 = 1_772_316_000_000;

fn write(nation: &Nation) -> (tempfile::TempDir, Written) {
    let dir = tempfile::tempdir().unwrap();
    let written = nation.write(dir.path(), |_| {}).unwrap();
    (dir, written)
}

/// All files below a directory, hidden ones too, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(file: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let relative = |path: &Path| path.strip_prefix(dir).unwrap().to_owned();
    files(dir)
        .iter()
        .map(|path| (relative(path), fs::read(path).unwrap()))
        .collect()
}

/// FNV-1a over the bits of the coordinates and times.
fn fingerprint(rows: &RecordBatch) -> u64 {
    let lon = rows["lon"].as_primitive::<Float64Type>();
    let lat = rows["lat"].as_primitive::<Float64Type>();
    let time = rows["time"].as_primitive::<TimestampMillisecondType>();
    let words = (0..rows.num_rows()).flat_map(|i| {
        let degrees = |column: &arrow::array::Float64Array| match column.is_valid(i) {
            true if column.value(i).is_nan() => 1,
            true => column.value(i).to_bits(),
            false => 0,
        };
        [degrees(lon), degrees(lat), time.value(i).cast_unsigned()]
    });
    words.fold(0xCBF2_9CE4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01B3)
    })
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    for layout in [FileLayout::DayFolders, FileLayout::Single] {
        let nation = Nation {
            points: 30_000,
            days: 9,
            seed: 5,
            layout,
            threads: 1,
        };
        let (one, written) = write(&nation);
        let (three, same) = write(&Nation {
            threads: 3,
            ..nation.clone()
        });
        assert_eq!(written, same);
        assert_eq!(contents(one.path()), contents(three.path()));
        let (other, _) = write(&Nation { seed: 6, ..nation });
        assert_ne!(contents(one.path()), contents(other.path()));
    }
}

#[test]
fn a_seed_means_the_same_on_every_platform_and_for_ever() {
    let (dir, _) = write(&Nation {
        points: 20_000,
        days: 2,
        seed: 1,
        layout: FileLayout::Single,
        threads: 1,
    });
    assert_eq!(
        fingerprint(&read(&dir.path().join("points.parquet"))),
        2_001_232_312_719_410_703
    );
}

#[test]
fn the_number_of_points_is_exact() {
    for layout in [FileLayout::DayFolders, FileLayout::Single] {
        for (points, days) in [(1, 1), (7, 30), (12_345, 4)] {
            let (dir, written) = write(&Nation {
                points,
                days,
                layout,
                ..Nation::default()
            });
            let files = files(dir.path());
            let rows: usize = files.iter().map(|file| read(file).num_rows()).sum();
            let bytes: u64 = files
                .iter()
                .map(|file| fs::metadata(file).unwrap().len())
                .sum();
            assert_eq!(
                (rows as u64, files.len(), bytes),
                (points, written.files, written.bytes)
            );
            assert_eq!(written.points, points);
        }
    }
}

#[test]
fn no_points_are_a_dataset_without_rows() {
    for layout in [FileLayout::DayFolders, FileLayout::Single] {
        let (dir, written) = write(&Nation {
            points: 0,
            days: 3,
            layout,
            ..Nation::default()
        });
        assert_eq!((written.points, written.files), (0, 1));
        assert_eq!(read(&files(dir.path())[0]).num_rows(), 0);
    }
}

#[test]
fn columns_are_as_promised() {
    let (dir, _) = write(&Nation {
        points: 100,
        days: 1,
        ..Nation::default()
    });
    let schema = read(&files(dir.path())[0]).schema();
    let found: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.data_type().clone()))
        .collect();
    let expected = [
        ("device_id", DataType::Int32),
        (
            "time",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ),
        ("lon", DataType::Float64),
        ("lat", DataType::Float64),
        ("speed_mps", DataType::Float32),
        ("heading_deg", DataType::Float32),
        ("altitude_m", DataType::Float32),
        ("accuracy_m", DataType::Int32),
        ("trip_id", DataType::Int64),
        ("moving", DataType::Boolean),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_folder_is_a_local_day_and_reaches_into_two_utc_days() {
    let (dir, _) = write(&Nation {
        points: 40_000,
        days: 3,
        ..Nation::default()
    });
    let files = files(dir.path());
    let names: Vec<_> = files
        .iter()
        .map(|file| file.strip_prefix(dir.path()).unwrap())
        .collect();
    assert_eq!(names[0], Path::new("day=2026-03-01/part-0000.parquet"));
    assert_eq!(names[2], Path::new("day=2026-03-03/part-0000.parquet"));
    for (day, file) in (0..).zip(&files) {
        let rows = read(file);
        let times = rows["time"]
            .as_primitive::<TimestampMillisecondType>()
            .values()
            .to_vec();
        let midnight = FIRST_MIDNIGHT + day * DAY_MS;
        assert!(
            times
                .iter()
                .all(|time| (midnight..midnight + DAY_MS).contains(time))
        );
        let utc_midnight = midnight + UTC_OFFSET_HOURS * 3_600_000;
        let before = times.iter().filter(|&&time| time < utc_midnight).count();
        assert!(
            before * 500 > times.len() && before * 5 < times.len(),
            "{before} of {}",
            times.len()
        );
        let local_hour = |time: i64| (time - midnight) / 3_600_000;
        let night = times
            .iter()
            .filter(|&&time| !(6..22).contains(&local_hour(time)))
            .count();
        assert!(
            night * 20 > times.len() && night * 3 < times.len(),
            "{night} of {} at night",
            times.len()
        );
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(
            back > 0 && back * 5 < times.len(),
            "{back} steps back in time"
        );
    }
}

#[test]
fn values_are_those_of_vehicles_in_the_nation() {
    let (dir, written) = write(&Nation {
        points: 200_000,
        days: 2,
        layout: FileLayout::Single,
        ..Nation::default()
    });
    let rows = read(&dir.path().join("points.parquet"));
    let lon = rows["lon"].as_primitive::<Float64Type>();
    let lat = rows["lat"].as_primitive::<Float64Type>();
    let (mut invalid, mut island) = (0, 0);
    for (lon, lat) in lon.iter().zip(lat) {
        match lon.zip(lat) {
            Some((0.0, 0.0)) => island += 1,
            Some((lon, lat)) if lon.abs() <= 180.0 && lat.abs() <= 90.0 => {
                assert!(
                    (5.0..15.0).contains(&lon) && (45.0..55.0).contains(&lat),
                    "{lon} {lat}"
                );
                assert_eq!((lon * 1e7).round() / 1e7, lon);
                assert_eq!((lat * 1e7).round() / 1e7, lat);
            }
            _ => invalid += 1,
        }
    }
    assert_eq!(invalid, written.invalid);
    assert!(
        (100..320).contains(&invalid) && (40..180).contains(&island),
        "{invalid} invalid, {island} at 0/0"
    );

    let speed = rows["speed_mps"].as_primitive::<Float32Type>();
    assert!(speed.null_count() > 0 && speed.null_count() * 10 < speed.len());
    assert!(
        speed
            .iter()
            .flatten()
            .all(|speed| (0.0..=36.0).contains(&speed))
    );
    let fast = speed.iter().flatten().filter(|&speed| speed > 20.0).count();
    let still = speed.iter().flatten().filter(|&speed| speed == 0.0).count();
    assert!(
        fast > 10_000 && still > 10_000,
        "{fast} fast, {still} still"
    );
    let heading = rows["heading_deg"].as_primitive::<Float32Type>();
    assert!(
        heading
            .iter()
            .flatten()
            .all(|heading| (0.0..360.0).contains(&heading))
    );
    let altitude = rows["altitude_m"].as_primitive::<Float32Type>();
    let odd = altitude.iter().flatten().filter(|a| a.is_nan()).count();
    assert!(altitude.null_count() > 0 && odd > 0 && odd < 2_000);
    assert!(
        altitude
            .iter()
            .flatten()
            .all(|a| a.is_nan() || (-30.0..1_500.0).contains(&a))
    );
    let accuracy = rows["accuracy_m"].as_primitive::<Int32Type>();
    assert!(accuracy.iter().flatten().all(|a| (3..60).contains(&a)));
}

#[test]
fn a_trip_has_one_device_and_a_device_one_place_at_a_time() {
    let (dir, _) = write(&Nation {
        points: 50_000,
        days: 1,
        layout: FileLayout::Single,
        ..Nation::default()
    });
    let rows = read(&dir.path().join("points.parquet"));
    let device = rows["device_id"].as_primitive::<Int32Type>();
    let trip = rows["trip_id"].as_primitive::<Int64Type>();
    let pairs: BTreeSet<_> = trip
        .iter()
        .zip(device.values())
        .filter_map(|(trip, device)| Some((trip?, device)))
        .collect();
    let trips: BTreeSet<_> = trip.iter().flatten().collect();
    assert_eq!(pairs.len(), trips.len());
    assert!(trips.len() > 300 && trip.null_count() > 5_000);

    let time = rows["time"].as_primitive::<TimestampMillisecondType>();
    let mut last = std::collections::BTreeMap::new();
    for (device, time) in device.values().iter().zip(time.values()) {
        let before = last.insert(device, time);
        assert!(
            before.is_none_or(|before| before <= time),
            "device {device} goes back in time"
        );
    }
    assert!(last.len() > 50);
}

#[test]
fn a_directory_that_holds_something_is_refused() {
    let nation = Nation {
        points: 10,
        days: 1,
        ..Nation::default()
    };
    let (dir, _) = write(&nation);
    let before = contents(dir.path());
    let error = nation.write(dir.path(), |_| {}).unwrap_err();
    assert!(matches!(&error, GenerateError::NotEmpty { found, .. } if found == "day=2026-03-01"));
    assert!(
        error.to_string().contains("empty or new directory"),
        "{error}"
    );
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_file_in_the_directory_s_place_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    let error = Nation::default().write(&path, |_| {}).unwrap_err();
    assert!(matches!(error, GenerateError::Io { .. }), "{error}");
}

#[test]
fn what_a_killed_run_left_is_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join(".graticule-generate.tmp/day=2026-03-01");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("part-0000.parquet"), "PAR1").unwrap();
    let nation = Nation {
        points: 10,
        days: 1,
        ..Nation::default()
    };
    nation.write(dir.path(), |_| {}).unwrap();
    assert_eq!(
        files(dir.path()),
        [dir.path().join("day=2026-03-01/part-0000.parquet")]
    );
    assert!(!dir.path().join(".graticule-generate.tmp").exists());
}

#[test]
fn a_stopped_run_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let nation = Nation {
        points: 50_000_000,
        days: 20,
        threads: 2,
        ..Nation::default()
    };
    let stop = |points| {
        if points > 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let error = nation.write_until(dir.path(), stop).unwrap_err();
    assert!(
        matches!(error, GenerateError::Stopped { points } if points < 50_000_000),
        "{error}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn specs_out_of_bounds_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |nation: Nation| nation.write(dir.path(), |_| {}).unwrap_err().to_string();
    assert_eq!(
        write(Nation {
            days: 0,
            ..Nation::default()
        }),
        "0 days: give 1 to 36525 days"
    );
    let error = write(Nation {
        points: u64::MAX,
        ..Nation::default()
    });
    assert!(error.contains("more than 1000000000000"), "{error}");
    assert_eq!("single".parse::<FileLayout>().unwrap(), FileLayout::Single);
    assert!(
        "weekly"
            .parse::<FileLayout>()
            .unwrap_err()
            .to_string()
            .contains("day-folders or single")
    );
}
