//! Questions of the layout, whose tiles' statistics answer a part, have the source's answers.

use crate::common::{batch, optimize, options, write};
use arrow::array::{ArrayRef, Float64Array, Int64Array};
use graticule::{Aggregate, Bbox, Circle, Dataset, Engine, Filter, Format, Key, NamedZone};
use graticule::{Query, Receipt, Run, run_part};
use graticule_layout::optimize::Sort;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CLUSTERS: u32 = 6;
/// Of each: several tiles of them.
const ROWS: u32 = 30_000;

fn next(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    f64::from(u32::try_from(*state >> 33).expect("31 bits")) / f64::from(1u32 << 31)
}

/// Towns of points in two days. Some have nulls, NaN, or rows without a point.
fn source(path: &Path) {
    let mut state = 3u64;
    let (mut lon, mut lat, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut number, mut speed) = (Vec::new(), Vec::new());
    for row in 0..CLUSTERS * ROWS {
        let town = row % CLUSTERS;
        let is_point = !(town == 1 && row % 100 == 1);
        lon.push(is_point.then(|| f64::from(10 * town) - 20.0 + next(&mut state) * 0.3));
        lat.push(Some(f64::from(5 * town) + next(&mut state) * 0.2));
        let day = i64::from(row / (3 * ROWS));
        times.push(Some(
            1_772_323_200_000 + day * 86_400_000 + i64::from(row % 43_200) * 2000,
        ));
        number.push((town != 2 || row % 7 != 0).then_some(i64::from(town) - 2));
        speed.push(match town {
            3 if row % 5 == 0 => Some(f64::NAN),
            4 if row % 3 == 0 => None,
            5 => (row % 4 != 0).then_some(-0.0),
            _ => {
                Some((next(&mut state) - 0.3) * 10f64.powi(i32::try_from(row % 9).expect("small")))
            }
        });
    }
    let more: Vec<(&str, ArrayRef)> = vec![
        ("number", Arc::new(Int64Array::from(number))),
        ("speed", Arc::new(Float64Array::from(speed))),
    ];
    let lon = Arc::new(Float64Array::from(lon));
    let lat = Arc::new(Float64Array::from(lat));
    write(path, &batch(lon, lat, times, more), 20_000);
}

fn filter() -> impl Strategy<Value = Filter> {
    let degrees = || (-300i32..500).prop_map(|v| f64::from(v) / 10.0);
    let bbox = [degrees(), degrees(), degrees(), degrees()].prop_filter_map(
        "no box",
        |[west, south, east, north]| {
            let [south, north] = [south.min(north), south.max(north)];
            Some(Filter::Bbox(Bbox::new(west, south, east, north).ok()?))
        },
    );
    let near = (degrees(), degrees(), 10.0..3e6).prop_filter_map("no circle", |(x, y, metres)| {
        Some(Filter::Near(Circle::new(x, y, metres).ok()?))
    });
    let polygon = prop::collection::vec([degrees(), degrees()], 3..6).prop_map(|ring| {
        let zone = NamedZone {
            name: Some("a".to_owned()),
            rings: vec![ring],
        };
        Filter::Polygon(vec![zone])
    });
    let time = prop::sample::select(vec![
        "2026-03-01..2026-03-02",
        "..2026-03-01T13:00:00Z",
        "2026-03-01T12:00:00Z..",
    ]);
    let time = time.prop_map(|text| Filter::Time(text.parse().expect("a range")));
    let expression = prop::sample::select(vec![
        "number > 0",
        "number between -1 and 2",
        "not number = 2",
        "number is null",
        "number is not null or speed > 5",
        "speed > -1e12",
        "not speed < 3",
        "not speed < 1e12",
        "speed <= 0",
        "speed is not null",
        "number in (-2, 0, 3) and speed < 1e15",
    ]);
    let expression =
        expression.prop_map(|text| Filter::Where(text.parse().expect("an expression")));
    prop_oneof![3 => bbox, 2 => near, 2 => polygon, 1 => time, 3 => expression]
}

fn query() -> impl Strategy<Value = Query> {
    let keys = prop::sample::select(vec![
        "",
        "geohash:2",
        "geohash:4",
        "time:1d",
        "number",
        "number,time:12h",
        "geohash:1,number",
        "tile:3",
        "hour_of_day",
    ]);
    let aggregates = prop::sample::select(vec![
        "count",
        "count,sum(number),min(number),max(number)",
        "mean(speed),min(speed),max(speed)",
        "count,mean(number),min(time),max(time)",
        "sum(speed)",
        "count,var(number)",
        "distinct(number)",
        "first(number)",
    ]);
    let filters = prop::collection::vec(filter(), 0..3);
    (filters, keys, aggregates).prop_map(|(filters, keys, aggregates)| {
        let query = filters.into_iter().fold(Query::new(), Query::filter);
        let keys = match keys {
            "" => Vec::new(),
            keys => Key::parse_all(keys).expect("keys"),
        };
        query
            .by(keys)
            .aggregate(Aggregate::parse_all(aggregates).expect("aggregates"))
    })
}

fn ask(dataset: &Dataset, query: &Query, engine: &Engine) -> Result<(Vec<u8>, Receipt), String> {
    let answer = query.run_blocking(engine, dataset);
    let answer = answer.map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    answer.write(Format::Csv, &mut bytes).expect("written");
    Ok((bytes, answer.receipt().clone()))
}

#[test]
fn they_are_those_of_the_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |name: &str| {
        let path = folder.path().join(name);
        Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset")
    };
    let from = folder.path().join("source.parquet");
    source(&from);
    for (name, sort) in [("hilbert", Sort::Hilbert), ("geohash", Sort::Geohash)] {
        let options = graticule_layout::optimize::Optimize { sort, ..options() };
        optimize(&options, &from, &folder.path().join(name));
    }
    let raw = open("source.parquet");
    let made = [open("hilbert"), open("geohash")];
    let (answered, pruned, read) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let cases = ProptestConfig::with_cases(150);
    let mut runner = proptest::test_runner::TestRunner::new(cases);
    let result = runner.run(&query(), |query| {
        let Ok((bytes, receipt)) = ask(&raw, &query, &Engine::cpu().threads(1)) else {
            return Ok(());
        };
        for dataset in &made {
            let (found, got) = ask(dataset, &query, &Engine::cpu().threads(2)).expect("an answer");
            prop_assert_eq!(
                String::from_utf8_lossy(&found),
                String::from_utf8_lossy(&bytes)
            );
            prop_assert_eq!(got.rows_matched, receipt.rows_matched);
            prop_assert_eq!(got.values_nan, receipt.values_nan);
            answered.fetch_add(got.tiles_answered, Ordering::Relaxed);
            pruned.fetch_add(got.tiles_pruned + got.pages_pruned, Ordering::Relaxed);
            read.fetch_add(got.rows_scanned, Ordering::Relaxed);
        }
        Ok(())
    });
    result.expect("every case agrees");
    let [answered, pruned, read] = [answered, pruned, read].map(AtomicU64::into_inner);
    assert!(
        answered > 200 && pruned > 500 && read > 500_000,
        "{answered} tiles answered, {pruned} pruned, {read} rows read"
    );
}

#[test]
fn statistics_are_of_the_points_that_are_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("a.parquet"), folder.path().join("made"));
    let rows = 30_000;
    let column = |first: f64| -> ArrayRef {
        let value = |i: u32| first + f64::from(i) / 1e6;
        Arc::new((0..rows).map(|i| Some(value(i))).collect::<Float64Array>())
    };
    let times = vec![Some(1_772_323_200_000); rows as usize];
    let more = vec![("drop_lon", column(50.0)), ("drop_lat", column(20.0))];
    write(&from, &batch(column(10.0), column(5.0), times, more), 7_000);
    optimize(&options(), &from, &to);
    let there = graticule::OpenOptions {
        lon: Some("drop_lon".to_owned()),
        lat: Some("drop_lat".to_owned()),
        ..graticule::OpenOptions::default()
    };
    let dropped = Dataset::open_with_blocking(to.to_str().expect("text"), there).expect("open");
    let near = |lon: f64| Query::new().within(Bbox::new(lon, 0.0, lon + 1.0, 60.0).expect("a box"));
    for (lon, count) in [(10.0, "0"), (50.0, "30000")] {
        let (bytes, _) = ask(&dropped, &near(lon), &Engine::cpu()).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&bytes), format!("count\n{count}\n"));
    }
    let beside = near(50.0).filter(Filter::Where("lon > 10.01".parse().expect("an expression")));
    let (bytes, _) = ask(&dropped, &beside, &Engine::cpu()).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&bytes), "count\n19999\n");
}

#[test]
fn what_is_made_again_or_rounded_answers_as_its_rows_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let open =
        |name: &str| Dataset::open_blocking(path(name).to_str().expect("text")).expect("a dataset");
    source(&path("a.parquet"));
    optimize(&options(), &path("a.parquet"), &path("made"));
    optimize(&options(), &path("made"), &path("again"));
    let whole = Query::new().by(Key::parse_all("geohash:2").expect("keys"));
    let first = ask(&open("a.parquet"), &whole, &Engine::cpu())
        .expect("an answer")
        .0;
    let (again, receipt) = ask(&open("again"), &whole, &Engine::cpu()).expect("an answer");
    assert_eq!(again, first);
    assert!(receipt.tiles_answered > 0);
    // A place that rounding moves over the edge of the box.
    let rows = 20_000;
    let at = |v: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![v; rows])) };
    let times = vec![Some(1_772_323_200_000); rows];
    write(
        &path("b.parquet"),
        &batch(at(10.000_000_04), at(5.0), times, vec![]),
        7_000,
    );
    let lossy = graticule_layout::optimize::Optimize {
        lossy: true,
        ..options()
    };
    optimize(&lossy, &path("b.parquet"), &path("lossy"));
    let east = Query::new().within(Bbox::new(10.000_000_02, 0.0, 11.0, 6.0).expect("a box"));
    let (bytes, _) = ask(&open("lossy"), &east, &Engine::cpu()).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&bytes), "count\n0\n");
}

#[test]
fn parts_answer_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("a.parquet"), folder.path().join("made"));
    source(&from);
    optimize(&options(), &from, &to);
    let dataset = Dataset::open_blocking(to.to_str().expect("text")).expect("a dataset");
    let query = Query::new()
        .within(Bbox::new(-25.0, -5.0, 20.1, 60.0).expect("a box"))
        .by(Key::parse_all("geohash:1").expect("keys"));
    let engine = Engine::cpu().threads(1);
    let whole = query.run_blocking(&engine, &dataset).expect("an answer");
    assert!(whole.receipt().tiles_answered > 2);
    let plan = dataset.plan_blocking(&query).expect("a plan");
    let mut partials = Vec::new();
    for part in plan.split(3).iter().rev() {
        let text = serde_json::to_string(part).expect("JSON");
        let part = serde_json::from_str(&text).expect("a part");
        partials.extend(pollster::block_on(run_part(&part, &engine)).expect("a partial"));
    }
    let merged = graticule::finish(&plan, &partials).expect("an answer");
    assert_eq!(&merged, whole.batch());
}
