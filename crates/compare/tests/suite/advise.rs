//! Advice: what is planned is planned, and what does not pay is said not to.

use graticule::{Dataset, Engine, Query};
use graticule_compare::{Advice, Advise, Prices, Suite};
use graticule_generate::Nation;
use graticule_layout::optimize::{Optimize, Partition, Sort};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

const QUESTIONS: &str = "version = 1
    [[query]]
    name = 'street'
    region = { busiest = 7, form = 'bbox' }
    ask = { by = ['time:1d'] }
    [[query]]
    name = 'one-day'
    ask = { by = ['geohash:3'], filters = [{ time = { from = '2026-03-02T00:00:00Z', to = '2026-03-03T00:00:00Z' } }] }";

fn optimize() -> Optimize {
    Optimize {
        open: graticule::OpenOptions::default(),
        partition: Some(Partition::Day),
        sort: Sort::Hilbert,
        coordinates: None,
        lossy: false,
        memory: 64 << 20,
        threads: 2,
    }
}

fn advice(path: &Path, days: usize) -> Result<Advice, String> {
    advice_on(path, days, Partition::Day, QUESTIONS)
}

fn advice_on(
    path: &Path,
    days: usize,
    partition: Partition,
    questions: &str,
) -> Result<Advice, String> {
    let flags = |_: &str, _: &Path| -> Result<Query, String> { Err("no flags".to_owned()) };
    let suite = Suite::parse(questions, Path::new("q.toml"), &flags).expect("a suite");
    let prices = Prices::standard().expect("prices");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let advise = Advise {
        suite,
        optimize: Optimize {
            partition: Some(partition),
            ..optimize()
        },
        days,
        machine: prices.find("c7i.4xlarge").expect("a machine").clone(),
        store: Some(prices.find_store("s3").expect("a store").clone()),
        currency: "USD".to_owned(),
        progress: Arc::new(|_| ControlFlow::Continue(())),
    };
    let found = advise.run(&dataset, &Engine::cpu().threads(2));
    found.map_err(|e| e.to_string())
}

fn nation(folder: &Path) {
    let nation = Nation {
        points: 120_000,
        days: 3,
        seed: 7,
        threads: 2,
        ..Nation::default()
    };
    nation.write(folder, |_| ()).expect("a nation");
}

#[test]
fn raw_folders_are_told_what_the_layout_saves() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    nation(&raw);
    let found = advice(&raw, 2).expect("advice");
    // Local days lie two hours ahead of UTC, so there are four of UTC.
    assert_eq!((found.sampled.of_days, found.sampled.days.len()), (4, 2));
    assert!(found.sampled.rows > 30_000 && !found.is_made);
    let [street, day] = &found.questions[..] else {
        panic!("two questions")
    };
    assert_eq!((street.days, day.days), (4, 1));
    assert!(street.then.work.bytes > 0.0 && street.then.work.bytes < street.now.work.bytes);
    assert!(street.then_bytes[0] <= street.then.work.bytes * 1.001);
    assert!(street.then_bytes[1] >= street.then.work.bytes * 0.999);
    assert!(
        day.now.work.bytes < street.now.work.bytes,
        "one day of them"
    );
    assert!(found.once.seconds > 0.0 && found.bytes_after > 0.0);
    let text = found.to_string();
    assert!(
        text.starts_with("Rewriting pays ") || text.starts_with("Rewriting does not pay"),
        "{text}"
    );
    for part in [
        "street",
        "one-day",
        "tried on",
        "are a model",
        "USD a million",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_folder_of_several_days_is_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    nation(&raw);
    let all = "version = 1\n[[query]]\nname = 'all'\nask = { by = ['geohash:3'], agg = ['count', 'mean(speed_mps)'] }";
    let read = |days: usize| {
        let found = advice_on(&raw, days, Partition::Month, all).expect("advice");
        let then = found.questions[0].then.work.bytes;
        // However many of its days were tried.
        assert!(
            then <= found.bytes_after,
            "{days}: {then} of {}",
            found.bytes_after
        );
        then
    };
    let ratio = read(1) / read(4);
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}

#[test]
fn what_is_in_the_layout_already_gains_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (raw, made) = (folder.path().join("raw"), folder.path().join("made"));
    nation(&raw);
    let source = raw.to_str().expect("text");
    optimize()
        .run(source, &made, &|_| ControlFlow::Continue(()))
        .expect("made");
    let found = advice(&made, 4).expect("advice");
    // All days are tried, so that what is planned is what is there.
    let street = &found.questions[0];
    let ratio = street.then.work.bytes / street.now.work.bytes;
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
    let kept = street.then.money / street.now.money;
    assert!((0.5..1.1).contains(&kept), "{kept}: {}", found.verdict());
    assert!(found.is_made && found.verdict().contains("in that layout already"));
    // What was added since wants rewriting.
    let folder = |of: &Path| {
        let mut folders = std::fs::read_dir(of).expect("days");
        let is_day = |e: &std::fs::DirEntry| e.file_name().to_string_lossy().contains("day=");
        let found = folders.find_map(|e| e.ok().filter(is_day));
        found.expect("a day").path()
    };
    let added = folder(&made).join("added.parquet");
    std::fs::copy(folder(&raw).join("part-0000.parquet"), added).expect("a copy");
    assert!(!advice(&made, 4).expect("advice").is_made);
}

#[test]
fn a_dataset_without_times_gets_no_advice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let column = |values: [f64; 2]| -> arrow::array::ArrayRef {
        Arc::new(arrow::array::Float64Array::from(values.to_vec()))
    };
    let columns = [("lon", column([1.0, 2.0])), ("lat", column([3.0, 4.0]))];
    let batch = arrow::array::RecordBatch::try_from_iter(columns).expect("a batch");
    let file = std::fs::File::create(&path).expect("a file");
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    let error = advice(&path, 1).expect_err("no times");
    assert!(
        error.contains("no time column") && error.contains("`time_column`"),
        "{error}"
    );
}
