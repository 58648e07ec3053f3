//! Every row comes back with the source's very bits, and questions get the same bytes.

#![expect(
    clippy::cast_possible_truncation,
    reason = "small numbers made for the test"
)]

use crate::common::{batch, each, optimize, options, rows, write};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float32Array, Float64Array,
    Int32Array, Int64Array, ListArray, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int32Type, Int64Type};
use graticule::{Dataset, Engine, Format, Query, Run};
use graticule_layout::optimize::{Coordinates, Optimize, Partition, Sort};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

fn coordinate(half: f64) -> impl Strategy<Value = Option<f64>> {
    let decimal = (-1.0..=1.0f64).prop_map(move |v| (v * half * 1e7).round() / 1e7);
    prop_oneof![
        8 => decimal.clone().prop_map(Some),
        2 => (-half..=half).prop_map(Some),
        2 => (decimal, any::<bool>()).prop_map(|(v, up)| Some(if up { v.next_up() } else { v.next_down() })),
        1 => any::<f64>().prop_map(Some),
        1 => prop::sample::select(vec![
            f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 5e-324, half, -half,
            half.next_up(), (-half).next_down(), 400.0, f64::from_bits(0x7ff8_0000_0000_0042),
        ]).prop_map(Some),
        1 => Just(None),
    ]
}

/// Longitude, latitude, time, a number and a value.
type Made = (
    Option<f64>,
    Option<f64>,
    Option<i64>,
    Option<i32>,
    Option<f64>,
);

fn row() -> impl Strategy<Value = Made> {
    // Three days around a midnight, and times that are far or missing.
    let time = prop_oneof![
        20 => (1_772_236_800_000i64..1_772_496_000_000).prop_map(Some),
        1 => any::<i64>().prop_map(Some),
        1 => Just(None),
    ];
    let number = prop::option::weighted(0.9, -50..50i32);
    (
        coordinate(180.0),
        coordinate(90.0),
        time,
        number,
        prop::option::of(any::<f64>()),
    )
}

const TEXTS: [Option<&str>; 4] = [Some("bus"), Some(""), None, Some("tram, No. 7")];

fn answer(path: &Path, query: &Query) -> Vec<u8> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    match query.clone().run_blocking(&Engine::cpu(), &dataset) {
        Ok(answer) => {
            let mut bytes = Vec::new();
            answer.write(Format::Csv, &mut bytes).expect("written");
            bytes
        }
        // Some questions have no answer, such as those of times before the calendar.
        Err(e) => e.to_string().into_bytes(),
    }
}

fn questions() -> Vec<Query> {
    let q = |bbox: Option<[f64; 4]>, keys: &str, aggregates: &str| {
        let mut query = Query::new();
        if let Some([w, s, e, n]) = bbox {
            query = query.within(graticule::Bbox::new(w, s, e, n).expect("a box"));
        }
        if !keys.is_empty() {
            query = query.by(graticule::Key::parse_all(keys).expect("keys"));
        }
        query.aggregate(graticule::Aggregate::parse_all(aggregates).expect("aggregates"))
    };
    vec![
        q(
            None,
            "",
            "count,min(lon),max(lon),mean(lat),quantile(lon,0.5),distinct(lat),sum(number)",
        ),
        q(
            Some([-180.0, -90.0, 180.0, 90.0]),
            "geohash:3",
            "count,first(number),last(value)",
        ),
        q(
            Some([-20.0, 0.0, 120.0, 45.0]),
            "time:1h,mode",
            "count,var(value)",
        ),
        q(None, "number", "min(lat),max(lat),sum(value)"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn nothing_is_lost(
        made in prop::collection::vec(row(), 1..400),
        group_rows in 1usize..200,
        partition in prop::sample::select(vec![Partition::Hour, Partition::Day, Partition::Week, Partition::Month]),
        sort in prop::sample::select(vec![Sort::Hilbert, Sort::Geohash, Sort::None]),
        coordinates in prop::sample::select(vec![None, Some(Coordinates::Decimal), Some(Coordinates::F64)]),
        is_plain: bool,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, destination) = (folder.path().join("source.parquet"), folder.path().join("made"));
        // Some datasets need no residuals.
        let keep = |v: &Option<f64>| v.filter(|v| !is_plain || (v * 1e7).round() / 1e7 == *v && v.abs() <= 90.0 && v.to_bits() != 1 << 63);
        let lon: Float64Array = made.iter().map(|r| keep(&r.0)).collect();
        let lat: Float64Array = made.iter().map(|r| keep(&r.1)).collect();
        let number: Int32Array = made.iter().map(|r| r.3).collect();
        let value: Float64Array = made.iter().map(|r| r.4).collect();
        let mode: StringArray = (0..made.len()).map(|i| TEXTS[i % 4]).collect();
        let times = made.iter().map(|r| r.2).collect();
        let more: Vec<(&str, ArrayRef)> = vec![
            ("number", Arc::new(number)), ("value", Arc::new(value)), ("mode", Arc::new(mode)),
        ];
        let batch = batch(Arc::new(lon), Arc::new(lat), times, more);
        write(&source, &batch, group_rows);
        let how = Optimize { partition: Some(partition), sort, coordinates, ..options() };
        let report = optimize(&how, &source, &destination);
        prop_assert_eq!(report.rows, made.len() as u64);
        prop_assert!(report.exact);
        prop_assert_eq!(report.residuals && is_plain, false);
        let (before, mut after) = (rows(&source), rows(&destination));
        after.sort();
        prop_assert_eq!(before, after);
        for query in questions() {
            let texts = [&source, &destination].map(|path| String::from_utf8(answer(path, &query)).expect("text"));
            prop_assert_eq!(&texts[0], &texts[1], "{:?}", query);
        }
    }
}

/// The rows of the one data file of a dataset without times, as any reader has them.
fn plain(destination: &Path) -> arrow::array::RecordBatch {
    let file = File::open(destination.join("part-0.parquet")).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("Parquet")
        .build()
        .expect("a reader");
    let batches: Vec<_> = reader.map(|b| b.expect("a batch")).collect();
    arrow::compute::concat_batches(&batches[0].schema(), &batches).expect("one batch")
}

fn points(lon: ArrayRef, lat: ArrayRef) -> arrow::array::RecordBatch {
    let rows = lon.len();
    let full = batch(lon, lat, vec![None; rows], vec![]);
    full.project(&[0, 2, 3]).expect("three columns")
}

#[test]
fn other_programs_see_sensible_decimals() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, destination) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    let lon = Float64Array::from(vec![
        Some(10.123_456_7),
        Some(10.123_456_7f64.next_up()),
        Some(f64::NAN),
        None,
    ]);
    let lat = Float64Array::from(vec![Some(-53.5), Some(53.5), Some(1.0), Some(91.0)]);
    write(&source, &points(Arc::new(lon), Arc::new(lat)), 2);
    let asked = Optimize {
        coordinates: Some(Coordinates::Decimal),
        ..options()
    };
    let report = optimize(&asked, &source, &destination);
    assert_eq!(
        (report.rows, report.invalid, report.exact, report.residuals),
        (4, 2, true, true)
    );
    let batch = plain(&destination);
    let names: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    assert_eq!(names, ["id", "lon", "lat", "lon_residual", "lat_residual"]);
    let id = batch.column(0).as_primitive::<Int64Type>().clone();
    let decimals = |at: usize| -> HashMap<i64, Option<i128>> {
        let column = batch.column(at).as_primitive::<Decimal128Type>();
        id.values().iter().copied().zip(column.iter()).collect()
    };
    let residuals = |at: usize| -> HashMap<i64, Option<i64>> {
        let column = batch.column(at).as_primitive::<Int64Type>();
        id.values().iter().copied().zip(column.iter()).collect()
    };
    assert_eq!(batch.column(1).data_type(), &DataType::Decimal128(10, 7));
    assert_eq!(
        decimals(1),
        [
            (0, Some(101_234_567)),
            (1, Some(101_234_567)),
            (2, None),
            (3, None)
        ]
        .into()
    );
    assert_eq!(
        decimals(2),
        [
            (0, Some(-535_000_000)),
            (1, Some(535_000_000)),
            (2, Some(10_000_000)),
            (3, None)
        ]
        .into()
    );
    let nan = f64::NAN.to_bits().cast_signed();
    assert_eq!(
        residuals(3),
        [(0, Some(0)), (1, Some(1)), (2, Some(nan)), (3, None)].into()
    );
    assert_eq!(residuals(4)[&3], Some(91f64.to_bits().cast_signed()));

    // Without them the points are the decimals, and what was none is null.
    let lossy = folder.path().join("lossy");
    let report = optimize(
        &Optimize {
            lossy: true,
            ..options()
        },
        &source,
        &lossy,
    );
    assert_eq!((report.exact, report.residuals), (false, false));
    let mut after = rows(&lossy);
    after.sort();
    let bits = |v: f64| Some(v.to_bits());
    assert_eq!(
        after,
        [
            (0, bits(10.123_456_7), bits(-53.5)),
            (1, bits(10.123_456_7), bits(53.5)),
            (2, None, bits(1.0)),
            (3, None, None),
        ]
    );
}

#[test]
fn floats_of_32_bits_stay_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.parquet");
    let lon = Float32Array::from(vec![
        Some(116.316),
        Some(f32::NAN),
        Some(-0.0),
        Some(180.0),
        None,
        Some(1e-9),
    ]);
    let lat = Float32Array::from(vec![39.988, 0.1, 90.0, f32::INFINITY, 5.0, -1e-30]);
    write(&source, &points(Arc::new(lon), Arc::new(lat)), 10);
    let q = Query::new()
        .aggregate(graticule::Aggregate::parse_all("max(lon),min(lat),count").expect("aggregates"));
    let text = String::from_utf8(answer(&source, &q)).expect("text");
    assert!(
        text.ends_with("116.316,-1e-30,3\n") || text.contains("116.316"),
        "{text}"
    );
    for coordinates in [Coordinates::Decimal, Coordinates::F64] {
        let destination = folder.path().join(format!("{coordinates:?}"));
        let asked = Optimize {
            coordinates: Some(coordinates),
            ..options()
        };
        optimize(&asked, &source, &destination);
        let mut after = rows(&destination);
        after.sort();
        assert_eq!(after, rows(&source));
        assert_eq!(answer(&destination, &q), text.as_bytes());
    }
}

#[test]
fn decimals_and_whole_numbers_are_coordinates_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let truth = folder.path().join("truth.parquet");
    let (lon, lat) = (
        [116.316_000_1, -179.999_999_9, 180.0],
        [39.988, -90.0, 0.000_000_1],
    );
    write(
        &truth,
        &points(
            Arc::new(Float64Array::from(lon.to_vec())),
            Arc::new(Float64Array::from(lat.to_vec())),
        ),
        2,
    );
    let whole = |v: [f64; 3]| v.map(|v| (v * 1e7).round() as i64);
    let decimals = |v: [f64; 3], scale: i8, digits: u8| -> ArrayRef {
        let power = 10i128.pow((scale - 7) as u32);
        let values = whole(v).map(|v| i128::from(v) * power).to_vec();
        Arc::new(
            Decimal128Array::from(values)
                .with_precision_and_scale(digits, scale)
                .expect("a decimal"),
        )
    };
    let sources: Vec<(ArrayRef, ArrayRef)> = vec![
        (
            Arc::new(Int64Array::from(whole(lon).to_vec())),
            Arc::new(Int32Array::from(whole(lat).map(|v| v as i32).to_vec())),
        ),
        (decimals(lon, 7, 10), decimals(lat, 7, 9)),
        // 38 digits lie in bytes, not in integers.
        (decimals(lon, 20, 38), decimals(lat, 12, 20)),
    ];
    for (place, (lon, lat)) in sources.into_iter().enumerate() {
        let source = folder.path().join(format!("{place}.parquet"));
        write(&source, &points(lon, lat), 2);
        assert_eq!(rows(&source), rows(&truth), "{place}");
        let q = Query::new().within(graticule::Bbox::new(100.0, 39.0, 180.0, 40.0).expect("a box"));
        assert_eq!(answer(&source, &q), answer(&truth, &q), "{place}");
        let made = folder.path().join(format!("made-{place}"));
        let report = optimize(&options(), &source, &made);
        assert!(!report.residuals && report.exact, "{place}");
        let mut after = rows(&made);
        after.sort();
        assert_eq!(after, rows(&truth), "{place}");
    }
}

#[test]
fn other_columns_are_carried_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, destination) = (folder.path().join("source"), folder.path().join("made"));
    let lists = |first: i32| {
        let lists = (0..3).map(|i| (i != 1).then(|| vec![Some(first + i), None]));
        ListArray::from_iter_primitive::<Int32Type, _, _>(lists)
    };
    for (place, name) in ["a", "b"].into_iter().enumerate() {
        let first = place as i32 * 10;
        let dictionary: arrow::array::DictionaryArray<Int32Type> =
            vec![Some("x"), None, Some(name)].into_iter().collect();
        let inner: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
        let nested = StructArray::from(vec![(
            Arc::new(Field::new("is_on", DataType::Boolean, true)),
            inner,
        )]);
        let views = arrow::array::StringViewArray::from(vec![
            Some("a text that is longer than twelve bytes"),
            None,
            Some("short"),
        ]);
        let more: Vec<(&str, ArrayRef)> = vec![
            ("tags", Arc::new(lists(first))),
            ("mode", Arc::new(dictionary)),
            ("nested", Arc::new(nested)),
            ("view", Arc::new(views)),
            ("lon_residual", Arc::new(Float64Array::from(vec![0.5; 3]))),
        ];
        let lon = Float64Array::from(vec![1.0, 2.0, f64::from(first) + 0.123_456_789]);
        let lat = Float64Array::from(vec![1.0, 2.0, 3.0]);
        let times = vec![Some(0), Some(86_400_000), None];
        write(
            &source.join(format!("day={name}/part.parquet")),
            &batch(Arc::new(lon), Arc::new(lat), times, more),
            2,
        );
    }
    optimize(&options(), &source, &destination);
    // The source's folders are a column now, and ours have another name.
    assert!(
        destination
            .join("utc_day=1970-01-02/part-0.parquet")
            .exists()
    );
    assert!(destination.join("utc_day=null/part-0.parquet").exists());
    let mut seen = Vec::new();
    each(&destination, &mut |batch| {
        let types: Vec<_> = batch
            .schema()
            .fields()
            .iter()
            .map(|f| (f.name().clone(), f.data_type().clone()))
            .collect();
        let named = |name: &str| batch.column_by_name(name).expect("a column").clone();
        assert!(types.contains(&(
            "mode".to_owned(),
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        )));
        // However the source spells its texts.
        assert!(types.contains(&("view".to_owned(), DataType::Utf8)));
        assert!(!types.iter().any(|(name, _)| name == "lon_residual_2"));
        for row in 0..batch.num_rows() {
            let day = named("day").as_string::<i32>().value(row).to_owned();
            let of = |name: &str| {
                arrow::util::display::array_value_to_string(&named(name), row).expect("text")
            };
            seen.push(
                [
                    of("id"),
                    day,
                    of("tags"),
                    of("mode"),
                    of("nested"),
                    of("view"),
                    of("lon_residual"),
                ]
                .join("|"),
            );
        }
    });
    seen.sort();
    let long = "a text that is longer than twelve bytes";
    assert_eq!(
        seen,
        [
            format!("0|a|[0, ]|x|{{is_on: true}}|{long}|0.5"),
            format!("0|b|[10, ]|x|{{is_on: true}}|{long}|0.5"),
            "1|a|||{is_on: }||0.5".to_owned(),
            "1|b|||{is_on: }||0.5".to_owned(),
            "2|a|[2, ]|a|{is_on: false}|short|0.5".to_owned(),
            "2|b|[12, ]|b|{is_on: false}|short|0.5".to_owned(),
        ]
    );
    let by_day = Query::new().by(graticule::Key::parse_all("day").expect("a key"));
    assert_eq!(answer(&source, &by_day), answer(&destination, &by_day));
}

#[test]
fn an_empty_dataset_is_one_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, destination) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    let none = || Arc::new(Float64Array::from(Vec::<f64>::new()));
    write(&source, &batch(none(), none(), vec![], vec![]), 2);
    let report = optimize(&options(), &source, &destination);
    assert_eq!((report.rows, report.files), (0, 1));
    assert_eq!(rows(&destination), []);
}

#[test]
fn what_whole_times_count_is_known_to_the_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, made) = (folder.path().join("a.parquet"), folder.path().join("made"));
    let floats = |value: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![value])) };
    // 2026-03-01 00:00 in seconds.
    let time: ArrayRef = Arc::new(Int64Array::from(vec![1_772_323_200]));
    let columns = [("lon", floats(10.0)), ("lat", floats(50.0)), ("time", time)];
    let batch = arrow::array::RecordBatch::try_from_iter(columns).expect("a batch");
    write(&source, &batch, 10);
    let mut with = options();
    with.open.time_unit = Some(graticule::TimeUnit::Second);
    optimize(&with, &source, &made);
    let query = Query::new()
        .during("2026-03-01..2026-03-02".parse().expect("times"))
        .aggregate([graticule::count()]);
    assert_eq!(answer(&made, &query), b"count\n1\n");
}
