//! Many questions at once on one engine: within its threads and its memory, and nothing is left of those that nobody
//! waits for.

use arrow::array::RecordBatch;
use futures::StreamExt;
use futures::executor::block_on;
use futures::future::join_all;
use graticule::{Cache, Dataset, Engine, Key, Progress, Query, Run, count, distinct, mean, min};
use graticule_testing::Table;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Points on a grid of 10 by 7 cells of a degree, one second after the other.
fn file(folder: &Path, rows: u32) -> Dataset {
    let path = folder.join("points.parquet");
    let lon = (0..rows).map(|i| Some(f64::from(i % 10) + 0.5));
    let lat = (0..rows).map(|i| Some(f64::from(i % 7) + 0.5));
    let time = (0..rows).map(|i| Some(1000 * i64::from(i)));
    let table = Table::new(lon.collect(), lat.collect(), time.collect(), vec![]);
    table.write_parquet(&path, 10_000).expect("a file");
    Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset")
}

/// Threads of this process that compute for an engine.
fn computing() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let is_computing = |name: &String| {
        let number = name.trim().strip_prefix("graticule-");
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    names.filter(is_computing).count()
}

/// Tests that count the threads of the process take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Threads of an engine that has gone end by themselves.
    let begin = Instant::now();
    while computing() > 0 && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    turn
}

/// The first batch of a stream, or what it failed with.
async fn first(engine: &Engine, query: &Query, dataset: &Dataset) -> Option<RecordBatch> {
    let mut rows = engine.stream(query, dataset).await.expect("rows");
    rows.next().await.map(|batch| batch.expect("a batch"))
}

#[test]
fn a_crowd_of_questions_shares_threads_and_memory() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path(), 70_000);
    // Of this memory many of the questions want all.
    let engine = Engine::cpu().threads(2).memory(24 << 20);
    let within = |west: u32| {
        let bbox = format!("{west},0,{},7", west + 1);
        Query::new().within(bbox.parse().expect("a box"))
    };
    let questions: Vec<Query> = (0..64u32)
        .map(|i| match i % 4 {
            0 => within(i % 10)
                .by([Key::geohash(8), Key::time(60)])
                .aggregate([count()]),
            1 => within(i % 10).select(["lon", "time"]),
            2 => within(i % 10).aggregate([distinct("time"), min("time")]),
            _ => within(i % 10).by([Key::geohash(4)]),
        })
        .collect();
    let alone: Vec<_> = questions
        .iter()
        .map(|query| query.run_blocking(&engine, &dataset).expect("an answer"))
        .collect();
    assert!(
        alone
            .iter()
            .all(|answer| answer.receipt().rows_matched == 7_000)
    );
    let asked = questions.iter().map(|query| query.run(&engine, &dataset));
    let together = block_on(join_all(asked));
    assert_eq!(computing(), 2);
    for (alone, together) in alone.iter().zip(together) {
        assert_eq!(alone.batch(), together.expect("an answer").batch());
    }
}

#[test]
fn nothing_is_left_of_questions_that_were_dropped() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path(), 140_000);
    let engine = Engine::cpu().threads(2).memory(16 << 20);
    let select = Query::new().select(["lon", "lat", "time"]);
    let groups = Query::new().by([Key::geohash(9), Key::time(1)]);
    let is_left = || engine_memory_is_taken(&engine, &dataset);
    for turn in 0..1000 {
        let query = if turn % 2 == 0 { &select } else { &groups };
        if turn % 4 == 0 {
            // Dropped with its first rows in hand.
            let batch = block_on(first(&engine, query, &dataset)).expect("a batch");
            assert!(batch.num_rows() > 0);
        } else {
            // Dropped before anything came.
            let asked = pin!(engine.stream(query, &dataset));
            let waited = pin!(tick());
            block_on(futures::future::select(asked, waited));
        }
    }
    let begin = Instant::now();
    while is_left() {
        assert!(begin.elapsed() < Duration::from_secs(20), "memory is held");
    }
    assert_eq!(computing(), 2);
}

/// Lets other tasks go on for a moment.
async fn tick() {
    let mut turns = 0;
    futures::future::poll_fn(|context| {
        turns += 1;
        context.waker().wake_by_ref();
        std::thread::yield_now();
        match turns {
            50.. => std::task::Poll::Ready(()),
            _ => std::task::Poll::Pending,
        }
    })
    .await;
}

/// Whether a question that wants all of the memory has to wait long.
fn engine_memory_is_taken(engine: &Engine, dataset: &Dataset) -> bool {
    let query = Query::new().by([Key::geohash(9), Key::time(1)]).top(1);
    let answer = query.run_blocking(engine, dataset).expect("an answer");
    answer.receipt().seconds.queue > 0.01
}

#[test]
fn a_caller_that_takes_no_rows_keeps_nobody_from_working() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path(), 420_000);
    // A sixteenth of the memory may be ready for a caller: 8 MiB of some 10.
    let engine = Engine::cpu().threads(1).memory(128 << 20);
    let select = Query::new().select(["lon", "lat", "time"]);
    let done = Arc::new(AtomicU64::new(0));
    let noted = done.clone();
    let progress: Progress = Arc::new(move |rows, _| noted.store(rows, Ordering::Relaxed));
    let asked = engine.stream_with(&select, &dataset, Some(progress));
    let mut slow = block_on(asked).expect("rows");
    let counted = Query::new().run_blocking(&engine, &dataset);
    assert_eq!(counted.expect("an answer").receipt().rows_matched, 420_000);
    std::thread::sleep(Duration::from_millis(300));
    let before = done.load(Ordering::Relaxed);
    assert!((1..420_000).contains(&before), "{before} rows are ready");
    let rows = slow.blocking().map(|batch| batch.expect("rows").num_rows());
    assert_eq!(rows.sum::<usize>(), 420_000);
    assert_eq!(done.load(Ordering::Relaxed), 420_000);
    assert_eq!(slow.receipt().expect("a receipt").rows_matched, 420_000);
}

#[test]
fn a_limit_ends_a_selection_wherever_its_workers_are() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path(), 60_000);
    let engine = Engine::cpu().threads(4).memory(1 << 30);
    for turn in 0..120 {
        for limit in [0, 1, 9_999, 10_000, 10_001, 35_000] {
            let query = Query::new().select(["lon"]).limit(limit + turn % 3);
            let answer = query.run_blocking(&engine, &dataset).expect("an answer");
            assert_eq!(answer.batch().num_rows() as u64, limit + turn % 3);
        }
    }
}

#[test]
fn an_answer_that_was_kept_reads_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let copy = folder.path().join("points.parquet");
    let of = |path: &Path| Dataset::open_blocking(path.to_str().expect("text"));
    let dataset = of(Path::new(sample)).expect("a dataset");
    let engine = Engine::cpu().keep_answers(64 << 20);
    let questions = [
        Query::new(),
        Query::new()
            .by([Key::geohash(4)])
            .aggregate([count(), mean("speed_mps")])
            .top(5),
        Query::new().aggregate([distinct("speed_mps")]),
    ];
    for query in &questions {
        let fresh = query.run_blocking(&engine, &dataset).expect("an answer");
        assert_eq!(fresh.receipt().cache, Cache::Store);
        let again = query.run_blocking(&engine, &dataset).expect("an answer");
        assert_eq!(again.batch(), fresh.batch());
        let (fresh, again) = (fresh.receipt(), again.receipt());
        assert_eq!((again.cache, again.bytes_fetched), (Cache::Answer, 0));
        assert_eq!(again.rows_matched, fresh.rows_matched);
        assert_eq!(again.rows_scanned, fresh.rows_scanned);
    }
    // Another question, and the same one of another file, are not known.
    let other = questions[1]
        .clone()
        .during("2026-03-01..".parse().expect("a time"));
    let answer = other.run_blocking(&engine, &dataset).expect("an answer");
    assert_eq!(answer.receipt().cache, Cache::Store);
    let table = Table::new(vec![Some(1.0)], vec![Some(2.0)], vec![Some(3)], vec![]);
    table.write_parquet(&copy, 1).expect("a file");
    let before = of(&copy).expect("a dataset");
    let count_of = |dataset: &Dataset| {
        let answer = Query::new()
            .run_blocking(&engine, dataset)
            .expect("an answer");
        (answer.receipt().rows_matched, answer.receipt().cache)
    };
    assert_eq!(count_of(&before), (1, Cache::Store));
    assert_eq!(count_of(&before), (1, Cache::Answer));
    let table = Table::new(
        vec![Some(1.0); 2],
        vec![Some(2.0); 2],
        vec![Some(3); 2],
        vec![],
    );
    table.write_parquet(&copy, 1).expect("a file");
    let now = before.refresh_blocking().expect("a dataset");
    assert_eq!(count_of(&now), (2, Cache::Store));
    assert_eq!(before.metadata().rows(), 1);
}

#[test]
fn columns_that_were_kept_are_not_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path(), 50_000);
    let engine = Engine::cpu().memory(64 << 20).keep_columns(32 << 20);
    let ask = |query: &Query, dataset: &Dataset| {
        let answer = query.run_blocking(&engine, dataset).expect("an answer");
        let receipt = answer.receipt();
        let known = query.run_blocking(&Engine::cpu(), dataset).expect("one");
        assert_eq!(answer.batch(), known.batch());
        (
            receipt.cache,
            receipt.bytes_fetched > 0,
            receipt.requests > 0,
        )
    };
    let cells = Query::new().by([Key::geohash(4)]);
    assert_eq!(ask(&cells, &dataset), (Cache::Store, true, true));
    // Another question of the same columns.
    let noon = "1970-01-01T06:00:00Z..".parse().expect("a time");
    let days = Query::new().by([Key::geohash(3)]).top(3);
    assert_eq!(ask(&days, &dataset), (Cache::Memory, false, false));
    // One with a column more, then the same.
    let late = cells.clone().during(noon);
    assert_eq!(ask(&late, &dataset), (Cache::Partly, true, true));
    assert_eq!(ask(&late, &dataset), (Cache::Memory, false, false));
    // A file that has changed since is read anew, and the dataset as it was is still answered from memory.
    let now = {
        file(folder.path(), 40_000);
        dataset.refresh_blocking().expect("a dataset")
    };
    let answer = cells.run_blocking(&engine, &now).expect("an answer");
    assert_eq!(answer.receipt().cache, Cache::Store);
    let answer = cells.run_blocking(&engine, &dataset).expect("an answer");
    assert_eq!(
        (answer.receipt().cache, answer.receipt().rows_matched),
        (Cache::Memory, 50_000)
    );
    // What reads more than is kept keeps nothing.
    let small = Engine::cpu().memory(64 << 20).keep_columns(1000);
    for _ in 0..2 {
        let answer = cells.run_blocking(&small, &now).expect("an answer");
        assert_eq!(answer.receipt().cache, Cache::Store);
    }
}

/// `scripts/soak-crowd` runs it: 64 questions at once over real points within 1 GiB.
#[test]
#[ignore = "it measures, on data that is not everywhere"]
#[expect(clippy::print_stdout, reason = "it is run to be read")]
fn peak_memory_of_a_crowd() {
    let path = std::env::var("GRATICULE_POINTS").expect("GRATICULE_POINTS names a dataset");
    let dataset = Dataset::open_blocking(path).expect("a dataset");
    let engine = Engine::cpu().memory(1 << 30);
    let bbox = "116.2,39.8,116.6,40.1".parse().expect("a box");
    let beijing = || Query::new().within(bbox);
    let questions = [
        beijing()
            .by([Key::geohash(6)])
            .aggregate([count(), mean("altitude_m")]),
        beijing().select(["lon", "lat", "time"]),
        Query::new().by([Key::geohash(6)]).top(10),
        beijing()
            .by([Key::geohash(5)])
            .aggregate([distinct("user_id")]),
        Query::new().by([Key::geohash(4), Key::time(86_400)]),
    ];
    let alone: Vec<_> = questions
        .iter()
        .map(|query| query.run_blocking(&engine, &dataset).expect("an answer"))
        .collect();
    let begin = Instant::now();
    let ask = |i: usize| {
        let (query, engine, dataset) = (&questions[i % questions.len()], &engine, &dataset);
        async move {
            let mut rows = engine.stream(query, dataset).await.expect("rows");
            let mut count = 0;
            while let Some(batch) = rows.next().await {
                count += batch.expect("rows").num_rows();
            }
            count
        }
    };
    let counts = block_on(join_all((0..64).map(ask)));
    for (i, count) in counts.into_iter().enumerate() {
        assert_eq!(count, alone[i % questions.len()].batch().num_rows());
    }
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "64 questions in {:?}, {} computing threads, {}",
        begin.elapsed(),
        computing(),
        peak.unwrap_or("")
    );
}
