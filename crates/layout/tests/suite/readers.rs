//! What other programs find in the files: coordinates that are the very numbers, the source's columns under their names
//! and with their types, and folders whose names are nobody else's.

use crate::common::{batch, on, optimize, options, write};
use arrow::array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, RecordBatch, StringArray,
};
use arrow::datatypes::DataType;
use graticule::{Aggregate, Bbox, Dataset, Engine, Format, Key, Query, Run};
use graticule_layout::optimize::{
    Because, Coordinates, Optimize, OptimizeError, Partition, Report, Sort,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 2026-03-01T00:00:00Z
const START: i64 = 1_772_323_200_000;

fn floats(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

/// Whole multiples of 1e-7 degrees all over a country, in no order.
fn places(rows: u32, first: f64) -> ArrayRef {
    let decimal = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) % 30_000_000);
    floats((0..rows).map(|i| (first * 1e7 + decimal(i)).round() / 1e7))
}

fn timed(lon: ArrayRef, lat: ArrayRef) -> RecordBatch {
    let rows = i64::try_from(lon.len()).expect("few");
    let times = (0..rows).map(|i| Some(START + i)).collect();
    batch(lon, lat, times, vec![])
}

/// All files below a folder, hidden ones too, by their path from there.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("text");
        match path.is_dir() {
            true => {
                let below = files(&path).into_iter();
                found.extend(below.map(|(file, path)| (format!("{name}/{file}"), path)));
            }
            false => {
                found.insert(name.to_owned(), path.clone());
            }
        }
    }
    found
}

/// The columns of a file as any reader of Parquet has them.
fn columns(file: &Path) -> Vec<(String, DataType)> {
    let file = File::open(file).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let fields = reader.schema().fields().iter();
    fields
        .map(|f| (f.name().clone(), f.data_type().clone()))
        .collect()
}

/// What became of the coordinates of a source: the report, and the types of longitude and latitude and of what is
/// beside them.
fn written(source: &RecordBatch, how: &Optimize) -> (Report, Vec<(String, DataType)>) {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("a.parquet"), folder.path().join("made"));
    write(&from, source, 10_000);
    let report = optimize(how, &from, &to);
    let mut all = files(&to).into_values().map(|file| columns(&file));
    let first = all.next().expect("a file");
    assert!(all.all(|columns| columns == first), "all files are alike");
    let others = first.into_iter().filter(|(name, _)| name != "id");
    (report, others.filter(|(name, _)| name != "time").collect())
}

fn types(named: &[(&str, DataType)]) -> Vec<(String, DataType)> {
    let own = |(name, data_type): &(&str, DataType)| ((*name).to_owned(), data_type.clone());
    named.iter().map(own).collect()
}

fn decimals() -> Vec<(String, DataType)> {
    let [lon, lat] = [(10, 7), (9, 7)].map(|(digits, places)| DataType::Decimal128(digits, places));
    types(&[("lon", lon), ("lat", lat)])
}

fn of_64_bits() -> Vec<(String, DataType)> {
    types(&[("lon", DataType::Float64), ("lat", DataType::Float64)])
}

#[test]
fn decimals_are_taken_where_they_are_exact_and_smaller() {
    let source = timed(places(20_000, 8.0), places(20_000, 47.0));
    let (report, columns) = written(&source, &options());
    assert_eq!(columns, decimals());
    assert_eq!(
        (report.coordinates, report.exact, report.residuals),
        (Coordinates::Decimal, true, false)
    );
    let Some(Because::Smaller(sizes)) = report.because else {
        panic!("{report:?}");
    };
    assert_eq!(sizes.rows, 20_000);
    assert!(sizes.decimals < sizes.floats, "{sizes:?}");
    // All rows were tried.
    assert_eq!(sizes.decimals, report.bytes_coordinates);
}

#[test]
fn exact_decimals_that_are_larger_are_not_taken() {
    // Two places in turn, as the source has them: a bit each in a dictionary.
    let two = |low: f64, high: f64| {
        let is_low = |i: u32| i.wrapping_mul(2_654_435_761) >> 31 == 0;
        floats((0..20_000).map(|i| if is_low(i) { low } else { high }))
    };
    let source = timed(two(-170.25, 170.5), two(-80.75, 80.125));
    let how = Optimize {
        sort: Sort::None,
        ..options()
    };
    let (report, columns) = written(&source, &how);
    assert_eq!(columns, of_64_bits());
    let Some(Because::Larger(sizes)) = report.because else {
        panic!("{report:?}");
    };
    assert!(sizes.floats < sizes.decimals, "{sizes:?}");
    assert_eq!(sizes.floats, report.bytes_coordinates);
    // Asked for, they are taken all the same.
    let (report, columns) = written(
        &source,
        &Optimize {
            coordinates: Some(Coordinates::Decimal),
            ..how
        },
    );
    assert_eq!(
        (columns, report.because),
        (decimals(), Some(Because::Asked))
    );
    assert_eq!(report.bytes_coordinates, sizes.decimals);
}

#[test]
fn a_point_with_more_decimals_makes_floats_of_all() {
    let with = |value: f64| {
        let lon = (0..9_000).map(|i| {
            if i == 8_999 {
                value
            } else {
                f64::from(i) / 100.0
            }
        });
        timed(floats(lon), places(9_000, 47.0))
    };
    for value in [10.123_456_78, 10f64.next_up(), 5e-324, -1e-9] {
        let (report, columns) = written(&with(value), &options());
        assert_eq!(columns, of_64_bits(), "{value}");
        assert_eq!(report.because, Some(Because::Inexact), "{value}");
        assert!(report.exact && !report.residuals, "{value}");
    }
    let mut beside = decimals();
    beside.extend(types(&[("lon_residual", DataType::Int64)]));
    // Asked for, decimals have residuals.
    let asked = Optimize {
        coordinates: Some(Coordinates::Decimal),
        ..options()
    };
    let (report, columns) = written(&with(10.123_456_78), &asked);
    assert_eq!((&columns, report.residuals), (&beside, true));
    // What is no point is no reason for floats, and minus zero is zero.
    for value in [f64::NAN, 400.0, f64::NEG_INFINITY, -0.0] {
        let (report, columns) = written(&with(value), &options());
        assert_eq!(columns, beside, "{value}");
        assert!(
            matches!(report.because, Some(Because::Smaller(_))),
            "{value}"
        );
        assert!(report.exact && report.residuals, "{value}");
    }
}

#[test]
fn floats_stay_as_wide_as_they_are_and_are_not_rounded() {
    let single = |first: f32| -> ArrayRef {
        let values = (0..5_000u16).map(|i| first + f32::from(i) / 7.0e3);
        Arc::new(Float32Array::from_iter_values(values))
    };
    let source = timed(single(116.0), single(39.0));
    let floats = Optimize {
        coordinates: Some(Coordinates::F64),
        ..options()
    };
    let (report, columns) = written(&source, &floats);
    let singles = types(&[("lon", DataType::Float32), ("lat", DataType::Float32)]);
    assert_eq!((columns, report.because), (singles, Some(Because::Asked)));
    let both = Optimize {
        lossy: true,
        ..floats
    };
    let refused = both.run("nowhere", Path::new("made"), &on);
    let refused = refused.expect_err("they exclude one another");
    assert!(matches!(refused, OptimizeError::LossyFloats) && refused.is_usage());
}

/// Files in folders of many kinds, and rows without a time.
fn folders(root: &Path) {
    let below = [
        "day=2026-03-02/fleet=7/on=true/share=0.5/zip=007",
        "day=2026-03-03/fleet=-8/on=false/share=2.0/zip=1",
        "day=__HIVE_DEFAULT_PARTITION__/fleet=8/on=false/share=0.25/zip=010",
    ];
    for (place, folder) in below.into_iter().enumerate() {
        let rows = 300 * (1 + u32::try_from(place).expect("few"));
        let first = START + i64::try_from(place).expect("few") * 86_400_000;
        let times = (0..rows).map(|i| (i % 5 != 0).then_some(first + i64::from(i)));
        let ids: StringArray = (0..rows).map(|i| Some(format!("00{}", i % 7))).collect();
        let numbers = (0..rows).map(|i| (i % 11 != 0).then_some(i32::try_from(i).expect("few")));
        let flags: BooleanArray = (0..rows).map(|i| Some(i % 2 == 0)).collect();
        let more: Vec<(&str, ArrayRef)> = vec![
            ("bus", Arc::new(ids)),
            ("n", Arc::new(numbers.collect::<Int32Array>())),
            ("moving", Arc::new(flags)),
        ];
        let points = [places(rows, 8.0), places(rows, 47.0)];
        let [lon, lat] = points;
        let batch = batch(lon, lat, times.collect(), more);
        write(&root.join(folder).join("a.parquet"), &batch, 100);
    }
}

fn questions() -> Vec<Query> {
    let keys = |text: &str| Key::parse_all(text).expect("keys");
    let agg = |text: &str| Aggregate::parse_all(text).expect("aggregates");
    let tests = |text: &str| graticule::Filter::Where(text.parse().expect("an expression"));
    let bbox = Bbox::new(8.5, 47.5, 10.25, 49.0).expect("a box");
    vec![
        Query::new()
            .by(keys("day"))
            .aggregate(agg("count,sum(n),min(lon),max(lat)")),
        Query::new()
            .by(keys("fleet,on,zip,bus"))
            .aggregate(agg("count,mean(n)")),
        Query::new()
            .by(keys("time:1d,moving"))
            .aggregate(agg("count,sum(share)")),
        Query::new()
            .filter(tests("day = '2026-03-02' or day is null"))
            .by(keys("day")),
        Query::new()
            .filter(tests("fleet < 0 or share = 0.25"))
            .within(bbox)
            .by(keys("geohash:4")),
        Query::new()
            .filter(tests("zip = '007' and on"))
            .aggregate(agg("count,var(lon)")),
        Query::new()
            .within(bbox)
            .by(keys("fleet"))
            .aggregate(agg("count,min(share),distinct(zip)")),
    ]
}

fn answers(path: &Path) -> Vec<String> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let answer = |query: Query| {
        let answer = query.run_blocking(&Engine::cpu(), &dataset);
        let mut bytes = Vec::new();
        let answer = answer.expect("an answer");
        answer.write(Format::Csv, &mut bytes).expect("written");
        String::from_utf8(bytes).expect("text")
    };
    questions().into_iter().map(answer).collect()
}

#[test]
fn columns_of_folders_keep_names_and_types() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    folders(&source);
    let expected = answers(&source);
    assert_eq!(
        expected[0]
            .lines()
            .map(|line| line.split(',').next().expect("a day"))
            .collect::<Vec<_>>(),
        ["day", "2026-03-02", "2026-03-03", ""]
    );
    for coordinates in [Coordinates::Decimal, Coordinates::F64] {
        let to = folder.path().join(format!("{coordinates:?}"));
        let how = Optimize {
            coordinates: Some(coordinates),
            ..options()
        };
        let report = optimize(&how, &source, &to);
        assert_eq!((report.rows, report.coordinates), (1_800, coordinates));
        // Nothing else is there, and rows without a time are in a folder that every reader opens.
        let found = files(&to);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        let days = ["2026-03-01", "2026-03-02", "2026-03-03", "null"];
        assert_eq!(
            names,
            days.map(|day| format!("utc_day={day}/part-0.parquet"))
        );
        for file in found.values() {
            let columns: BTreeMap<String, DataType> = columns(file).into_iter().collect();
            let is =
                |name: &str, data_type| assert_eq!(columns.get(name), Some(&data_type), "{name}");
            is("day", DataType::Utf8);
            is("fleet", DataType::Int64);
            is("on", DataType::Boolean);
            is("share", DataType::Float64);
            is("zip", DataType::Utf8);
            is("bus", DataType::Utf8);
            is("n", DataType::Int32);
            assert!(!columns.contains_key("utc_day"));
        }
        for (found, expected) in answers(&to).iter().zip(&expected) {
            assert_eq!(found, expected, "{coordinates:?}");
        }
        // Null is null in the layout's own folders, too.
        let dataset = Dataset::open_blocking(to.to_str().expect("text")).expect("a dataset");
        let query = Query::new().by(Key::parse_all("utc_day").expect("keys"));
        let answer = query
            .run_blocking(&Engine::cpu(), &dataset)
            .expect("an answer");
        let mut bytes = Vec::new();
        answer.write(Format::Csv, &mut bytes).expect("written");
        assert_eq!(
            String::from_utf8(bytes).expect("text"),
            "utc_day,count\n2026-03-01,240\n2026-03-02,480\n2026-03-03,720\n,360\n"
        );
    }
}

#[test]
fn no_name_is_both_a_column_and_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = || -> ArrayRef { Arc::new(StringArray::from(vec!["a", "b"])) };
    let cases: [(&[&str], Partition, &str); 4] = [
        (&["Week"], Partition::Day, "day"),
        (&["DAY"], Partition::Day, "utc_day"),
        (&["day", "UTC_day"], Partition::Day, "utc_day_2"),
        (&["utc_month", "month"], Partition::Month, "utc_month_2"),
    ];
    for (place, (names, partition, expected)) in cases.into_iter().enumerate() {
        let more = names.iter().map(|name| (*name, text())).collect();
        let points = [floats([8.5, 9.5]), floats([47.0, 48.0])];
        let [lon, lat] = points;
        let source = batch(lon, lat, vec![Some(START), None], more);
        let (from, to) = (path(&format!("{place}.parquet")), path(&place.to_string()));
        write(&from, &source, 10);
        let how = Optimize {
            partition: Some(partition),
            ..options()
        };
        optimize(&how, &from, &to);
        let found = files(&to);
        let of = |file: &String| file.split_once('=').expect("a folder").0.to_owned();
        let folders: BTreeSet<String> = found.keys().map(of).collect();
        assert_eq!(folders, BTreeSet::from([expected.to_owned()]));
        for file in found.values() {
            let columns = columns(file);
            let mut taken = columns
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(expected));
            assert_eq!(taken.next(), None);
            assert!(
                names
                    .iter()
                    .all(|name| columns.contains(&((*name).to_owned(), DataType::Utf8)))
            );
        }
    }
}

#[test]
fn what_is_there_already_is_known_by_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("a.parquet"), folder.path().join("made"));
    let times = (0..3_000).map(|i| Some(START + i64::from(i) * 60_000));
    let mut lon: Vec<Option<f64>> = (0..3_000).map(|i| Some(f64::from(i) / 50.0)).collect();
    lon[7] = None;
    lon[8] = Some(400.0);
    let lon: ArrayRef = Arc::new(Float64Array::from(lon));
    let source = batch(lon, places(3_000, 47.0), times.collect(), vec![]);
    write(&from, &source, 1_000);
    let first = optimize(&options(), &from, &to);
    let again = optimize(&options(), &from, &to);
    assert_eq!((first.was_there, again.was_there), (false, true));
    let told = |report: Report| Report {
        because: None,
        was_there: false,
        seconds: 0.0,
        ..report
    };
    let (first, again) = (told(first), told(again));
    assert_eq!((first.rows, first.invalid, first.files), (3_000, 2, 3));
    assert_eq!(again, first);
    // With a file too many, or too few, it is something else.
    let refused = || {
        let run = options().run(from.to_str().expect("text"), &to, &on);
        matches!(run, Err(OptimizeError::NotEmpty { .. }))
    };
    std::fs::write(to.join("notes.txt"), "mine").expect("written");
    assert!(refused());
    std::fs::remove_file(to.join("notes.txt")).expect("removed");
    assert!(!refused());
    std::fs::remove_file(to.join("day=2026-03-02/part-0.parquet")).expect("removed");
    assert!(refused());
}
