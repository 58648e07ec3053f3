//! The GPU's answers are the CPU's, byte for byte: on random questions with checked and trusted
//! shaders and with reduced limits, on real data, from resident columns, and after faults.
#![cfg(feature = "gpu")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use common::{Outcome, ask, cases, query_of, rows, whole_seconds};
use graticule::{
    Bbox, Cache, Dataset, Device, Engine, Error, Fault, GpuOptions, Key, PlanError, Progress,
    Query, Receipt, Run, Sink, count, mean, plan, stream_with,
};
use graticule_testing::strategies::{Shape, case, rich_case, tame_table};
use graticule_testing::{OracleError, Question, Table, answer};
use parquet::file::properties::WriterProperties;
use proptest::strategy::Strategy;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Whether there is an adapter; without one a test is skipped, or fails if it must not be.
fn has_gpu() -> bool {
    let found = graticule::adapters().iter().any(|a| a.unusable.is_none());
    let required = std::env::var("GRATICULE_REQUIRE_GPU").is_ok_and(|v| v == "1");
    assert!(
        found || !required,
        "GRATICULE_REQUIRE_GPU=1 and there is no adapter"
    );
    if !found {
        eprintln!("SKIPPED: there is no adapter");
    }
    found
}

fn engine(options: GpuOptions) -> Engine {
    Engine::on(Device::Gpu(None)).with_gpu(options)
}

/// Devices as strong and as weak as tests can make them.
fn engines() -> Vec<(&'static str, Engine)> {
    let options = |trusted, reduced, device_memory| GpuOptions {
        trusted,
        reduced,
        device_memory,
        ..GpuOptions::default()
    };
    vec![
        ("trusted", engine(options(true, false, 256 << 20))),
        (
            "checked, small chunks",
            engine(options(false, false, 256 << 20))
                .chunk_rows(257)
                .threads(3),
        ),
        (
            "trusted, reduced",
            engine(options(true, true, 128 << 20)).threads(1),
        ),
        (
            "checked, reduced, little memory",
            engine(options(false, true, 24 << 20)).chunk_rows(511),
        ),
    ]
}

#[test]
fn random_questions_have_the_cpus_bytes() {
    let pages = have_the_cpus_bytes(24, &case(Shape::adversarial(1200)));
    assert!(!has_gpu() || pages > 0, "no page was left out");
}

#[test]
fn rich_questions_have_the_cpus_bytes() {
    let pages = have_the_cpus_bytes(24, &rich_case(Shape::adversarial(600)));
    assert!(!has_gpu() || pages > 0, "no page was left out");
}

#[test]
fn selected_rows_have_the_cpus_bytes() {
    let is_selection = |(_, question): &(Table, Question)| question.select.is_some();
    let questions = rich_case(Shape::adversarial(600));
    have_the_cpus_bytes(12, &questions.prop_filter("no selection", is_selection));
}

/// Tells how many pages were left out.
fn have_the_cpus_bytes(count: u32, questions: &impl Strategy<Value = (Table, Question)>) -> u64 {
    if !has_gpu() {
        return 0;
    }
    let engines = engines();
    let (rechecked, pages) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(cases(count));
    let result = runner.run(questions, |(table, question)| {
        let question = whole_seconds(question);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("points.parquet");
        let small = WriterProperties::builder()
            .set_max_row_group_row_count(Some(600))
            .set_data_page_row_count_limit(64)
            .set_write_batch_size(64);
        table
            .write_parquet_with(&path, small.build())
            .expect("a file");
        let query = query_of(&question);
        let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
        let is_refused = matches!(plan(&query, dataset.metadata()), Err(PlanError::Region(_)));
        if is_refused {
            return Ok(());
        }
        let (cpu, _) = ask(&path, &query, &Engine::cpu());
        match (&cpu, answer(&table, &question)) {
            (Outcome::Rows { cells, .. }, Ok(truth)) => assert_eq!(truth.difference(cells), None),
            (Outcome::Overflow, Err(OracleError::SumOverflow { .. })) => {}
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
        for (name, engine) in &engines {
            let (gpu, answer) = ask(&path, &query, engine);
            assert_eq!(gpu, cpu, "{name}: {question:?}");
            pages.set(pages.get() + answer.as_ref().map_or(0, |a| a.receipt().pages_pruned));
            rechecked.set(rechecked.get() + answer.map_or(0, |a| a.receipt().rows_rechecked));
        }
        Ok(())
    });
    result.expect("every case agrees");
    assert!(rechecked.get() > 0, "no point was on an edge");
    pages.get()
}

#[test]
fn whole_chunks_on_the_device_serve_questions_of_few_pages() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("track.parquet");
    let degrees = (0..6_000u32).map(|i| Some(f64::from(i) / 64.0));
    let table = Table::new(
        degrees.clone().collect(),
        degrees.map(|d| d.map(|d| d / 2.0)).collect(),
        vec![Some(0); 6_000],
        vec![],
    );
    let small = WriterProperties::builder()
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100);
    table
        .write_parquet_with(&path, small.build())
        .expect("a file");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let narrow = |west: f64| {
        let bbox = Bbox::new(west, 0.0, west + 3.5, 90.0).expect("a box");
        Query::new().within(bbox).by([Key::geohash(3)])
    };
    let ask =
        |query: &Query, engine: &Engine| query.run_blocking(engine, &dataset).expect("an answer");
    for chunk_rows in [1 << 20, 1_000] {
        let device = || engine(GpuOptions::default()).chunk_rows(chunk_rows);
        // First the pages alone; then all is on the device, which serves other pages too.
        for is_resident in [false, true] {
            let device = device();
            if is_resident {
                ask(&Query::new().by([Key::geohash(3)]), &device);
            }
            for west in [10.0, 40.0] {
                let gpu = ask(&narrow(west), &device);
                assert_eq!(rows(&gpu), rows(&ask(&narrow(west), &Engine::cpu())));
                let receipt = gpu.receipt();
                assert_eq!(receipt.cache == Cache::Resident, is_resident, "{receipt:?}");
                assert!(
                    receipt.pages_pruned > 0 && receipt.rows_rechecked > 0,
                    "{receipt:?}"
                );
                assert_eq!(receipt.rows_scanned < 1_000, !is_resident, "{receipt:?}");
            }
        }
    }
}

#[test]
fn tiles_that_statistics_answered_are_not_read_from_the_device_again() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = tame_file(folder.path(), 50_000);
    let made = folder.path().join("made");
    let optimize = graticule_layout::optimize::Optimize {
        open: graticule::OpenOptions::default(),
        partition: graticule_layout::optimize::Partition::Month,
        sort: graticule_layout::optimize::Sort::Hilbert,
        lossy: false,
        memory: 64 << 20,
        threads: 2,
    };
    let progress = |_| std::ops::ControlFlow::Continue(());
    optimize.run(&source, &made, &progress).expect("made");
    let dataset = Dataset::open_blocking(made.to_str().expect("text")).expect("a dataset");
    let device = engine(GpuOptions::default());
    let ask =
        |query: &Query, engine: &Engine| query.run_blocking(engine, &dataset).expect("an answer");
    // Statistics do not tell variances, so that all columns come to the device.
    let all = Query::new().aggregate(["var(speed)".parse().expect("an aggregate")]);
    assert_eq!(ask(&all, &device).receipt().tiles_answered, 0);
    let mut answered = 0;
    for east in [-100.0, -20.0, 30.5, 120.0, 180.0] {
        let bbox = Bbox::new(-180.0, -90.0, east, 90.0).expect("a box");
        let query = Query::new()
            .within(bbox)
            .aggregate([count(), mean("speed")]);
        let gpu = ask(&query, &device);
        assert_eq!(rows(&gpu), rows(&ask(&query, &Engine::cpu())), "{east}");
        answered += gpu.receipt().tiles_answered;
    }
    assert!(answered > 0);
}

fn tame_file(folder: &Path, rows: usize) -> String {
    let path = folder.join("tame.parquet");
    tame_table(rows, 5, false)
        .write_parquet(&path, 20_000)
        .expect("a file");
    path.to_str().expect("text").to_owned()
}

fn busy_question() -> Query {
    Query::new()
        .within(Bbox::new(-120.5, -60.25, 100.125, 70.75).expect("a box"))
        .by([Key::geohash(3)])
        .aggregate([
            count(),
            mean("speed"),
            "min(odometer)".parse().expect("an aggregate"),
        ])
}

#[test]
fn the_device_decides_nearly_every_row() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 50_000)).expect("a dataset");
    let gpu = busy_question()
        .run_blocking(&engine(GpuOptions::default()), &dataset)
        .expect("an answer");
    let receipt = gpu.receipt();
    assert!(
        receipt.rows_matched > 1000,
        "the question is about something"
    );
    assert!(
        receipt.rows_device * 1000 >= receipt.rows_scanned * 999,
        "{receipt:?}"
    );
    let cpu = busy_question()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(rows(&gpu), rows(&cpu));
}

#[test]
fn columns_stay_on_the_device() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 50_000)).expect("a dataset");
    let engine = engine(GpuOptions::default());
    let first = busy_question()
        .run_blocking(&engine, &dataset)
        .expect("an answer");
    let second = busy_question()
        .run_blocking(&engine, &dataset)
        .expect("an answer");
    assert_eq!(rows(&first), rows(&second));
    assert_eq!(
        (first.receipt().cache, second.receipt().cache),
        (Cache::Store, Cache::Resident)
    );
    assert_eq!(
        (
            second.receipt().bytes_fetched,
            second.receipt().bytes_uploaded
        ),
        (0, 0)
    );
    // Another box, on the edge of which a point lies: its row is fetched again from the file.
    let table = tame_table(50_000, 5, false);
    let edge = (0..50_000).find_map(|i| {
        table.lon[i]
            .zip(table.lat[i])
            .filter(|(x, y)| x.abs() < 170.0 && y.abs() < 80.0)
    });
    let (x, y) = edge.expect("a valid point");
    let query = Query::new().within(Bbox::new(x, y, x + 5.0, y + 5.0).expect("a box"));
    let third = query.run_blocking(&engine, &dataset).expect("an answer");
    let cpu = query
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(rows(&third), rows(&cpu));
    assert_eq!(third.receipt().cache, Cache::Resident);
    assert!(third.receipt().rows_rechecked > 0 && !third.receipt().cpu_steps.is_empty());
}

#[test]
fn a_failing_device_is_replaced_on_auto_only() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 30_000)).expect("a dataset");
    let cpu = busy_question()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    for fault in [
        Fault::LoseDevice { submissions: 0 },
        Fault::Hang { submissions: 0 },
        Fault::FlipBit {
            readback: 0,
            bit: 77,
        },
    ] {
        let options = GpuOptions {
            fault: Some(fault),
            wait: Some(std::time::Duration::from_secs(3)),
            ..GpuOptions::default()
        };
        let failed = busy_question().run_blocking(&engine(options.clone()), &dataset);
        assert!(
            matches!(failed, Err(Error::Gpu(_))),
            "{fault:?}: {failed:?}"
        );
        let auto = Engine::on(Device::Auto).with_gpu(options).gpu_from_rows(0);
        let answer = busy_question()
            .run_blocking(&auto, &dataset)
            .expect("the CPU's answer");
        assert_eq!(rows(&answer), rows(&cpu), "{fault:?}");
        let receipt = answer.receipt();
        assert!(
            receipt.fallback.is_some() && receipt.device.name == "cpu",
            "{fault:?}: {receipt:?}"
        );
    }
}

fn select_question() -> Query {
    Query::new()
        .within(Bbox::new(-120.5, -60.25, 100.125, 70.75).expect("a box"))
        .select(["lon", "speed", "time"])
}

#[test]
fn rows_are_marked_by_the_device() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 50_000)).expect("a dataset");
    let engine = engine(GpuOptions::default());
    let cpu = select_question()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    for is_first in [true, false] {
        let gpu = select_question()
            .run_blocking(&engine, &dataset)
            .expect("an answer");
        assert_eq!(rows(&gpu), rows(&cpu));
        let receipt = gpu.receipt();
        assert!(
            receipt.rows_device * 1000 >= receipt.rows_scanned * 999,
            "{receipt:?}"
        );
        assert_ne!(receipt.device.name, "cpu");
        assert!(receipt.fallback.is_none() && receipt.rows_matched > 1000);
        assert_eq!(receipt.rows_matched, cpu.receipt().rows_matched);
        // The filter's columns stay on the device; the values of the rows come from the file.
        assert_eq!(receipt.bytes_uploaded > 0, is_first);
        assert_eq!(receipt.cache, Cache::Store);
        assert!(receipt.cpu_steps.iter().any(|step| step.contains("taking")));
    }
}

/// The rows of a selection whose device fails at a point, and how many of them the sink had when the
/// CPU began again.
fn select_on_auto(fault: Fault, dataset: &Dataset) -> (RecordBatch, Receipt, u64) {
    let options = GpuOptions {
        fault: Some(fault),
        wait: Some(std::time::Duration::from_secs(3)),
        ..GpuOptions::default()
    };
    let auto = Engine::on(Device::Auto)
        .with_gpu(options)
        .gpu_from_rows(0)
        .chunk_rows(1000)
        .threads(1);
    let batches: Arc<Mutex<Vec<RecordBatch>>> = Arc::default();
    let (kept, seen) = (batches.clone(), batches.clone());
    let sink: Sink = Box::new(move |batch| {
        kept.lock().expect("a lock").push(batch.clone());
        Ok(())
    });
    let again = Arc::new(Mutex::new((0, 0)));
    let noted = again.clone();
    let progress: Progress = Arc::new(move |done, _| {
        let mut noted = noted.lock().expect("a lock");
        if done <= noted.0 {
            let batches = seen.lock().expect("a lock");
            noted.1 = batches.iter().map(|b| b.num_rows() as u64).sum();
        }
        noted.0 = done;
    });
    let question = select_question();
    let asked = stream_with(&question, &auto, dataset, Some(progress), sink);
    let receipt = pollster::block_on(asked).expect("an answer");
    let batches = batches.lock().expect("a lock");
    let heads = batches.iter().filter(|b| b.num_rows() == 0).count();
    assert_eq!(heads, 1, "the columns are told once");
    let all = concat_batches(&batches[0].schema(), batches.iter()).expect("one batch");
    let handed = again.lock().expect("a lock").1;
    (all, receipt, handed)
}

#[test]
fn a_device_that_fails_amid_a_selection_is_replaced_on_auto_only() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 8_000)).expect("a dataset");
    let cpu = select_question()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    let faults = [
        (Fault::LoseDevice { submissions: 0 }, false),
        (Fault::LoseDevice { submissions: 4 }, true),
        (
            Fault::FlipBit {
                readback: 2,
                bit: 40,
            },
            true,
        ),
    ];
    for (fault, is_amid) in faults {
        let options = GpuOptions {
            fault: Some(fault),
            ..GpuOptions::default()
        };
        let engine = engine(options).chunk_rows(1000).threads(1);
        let failed = select_question().run_blocking(&engine, &dataset);
        assert!(
            matches!(failed, Err(Error::Gpu(_))),
            "{fault:?}: {failed:?}"
        );
        let (found, receipt, handed) = select_on_auto(fault, &dataset);
        assert_eq!(&found, cpu.batch(), "{fault:?}");
        assert!(receipt.fallback.is_some() && receipt.device.name == "cpu");
        assert_eq!(receipt.rows_matched, cpu.receipt().rows_matched);
        assert_eq!(handed > 0, is_amid, "{fault:?}: {handed} rows were handed");
    }
}

#[test]
fn real_data_have_the_cpus_bytes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/geolife-5m.parquet"
    );
    if !Path::new(path).exists() {
        eprintln!("SKIPPED: {path} is not here");
        return;
    }
    if !has_gpu() {
        return;
    }
    let dataset = Dataset::open_blocking(path).expect("a dataset");
    let gpu = engine(GpuOptions::default());
    let all = |by: &[&str], agg: &[&str]| {
        Query::new()
            .by(by.iter().map(|k| k.parse::<Key>().expect("a key")))
            .aggregate(agg.iter().map(|a| a.parse().expect("an aggregate")))
    };
    let beijing: Bbox = "115.4,39.4,117.5,41.1".parse().expect("a box");
    let small: Bbox = "116.30,39.97,116.33,40.00".parse().expect("a box");
    for query in [
        all(&[], &["count"]),
        all(
            &[],
            &[
                "count",
                "min(altitude_m)",
                "max(altitude_m)",
                "mean(altitude_m)",
            ],
        )
        .within(small)
        .during("2008-10-01..2008-12-30".parse().expect("a range")),
        all(&[], &["count", "sum(trip_id)"]).within(beijing),
        all(&["geohash:6"], &["count"]).top(10),
        all(&["geohash:7"], &["count"]).within(beijing),
        all(&["time:1d"], &["count"]).during("2008-10-01..2008-11-01".parse().expect("a range")),
        all(
            &["geohash:6", "user_id"],
            &["count", "mean(altitude_m)", "max(time)"],
        )
        .within(beijing),
        all(&["geohash:12"], &["count"]).within(small).top(100),
        Query::new()
            .within(small)
            .select(["time", "lon", "lat", "altitude_m"]),
    ] {
        let cpu = query
            .run_blocking(&Engine::cpu(), &dataset)
            .expect("an answer");
        let answer = query.run_blocking(&gpu, &dataset).expect("an answer");
        assert_eq!(rows(&answer), rows(&cpu), "{query:?}");
        let receipt = answer.receipt();
        assert!(
            receipt.rows_rechecked * 10_000 < receipt.rows_total,
            "{receipt:?}"
        );
    }
}
