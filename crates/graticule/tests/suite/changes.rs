//! A file that changes while it is in use, callers inside a runtime, and work that is dropped.

use graticule::{Dataset, Engine, Error, Query, Run};
use graticule_testing::Table;
use std::time::{Duration, Instant};

fn points(rows: usize) -> Table {
    Table::new(
        vec![Some(1.0); rows],
        vec![Some(2.0); rows],
        vec![Some(3); rows],
        vec![],
    )
}

#[test]
fn a_replaced_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("points.parquet");
    points(500).write_parquet(&path, 100).expect("a file");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let answer = Query::new()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(answer.receipt().rows_matched, 500);
    let beside = folder.path().join("new");
    points(400).write_parquet(&beside, 100).expect("a file");
    std::fs::rename(&beside, &path).expect("the new file");
    match Query::new().run_blocking(&Engine::cpu(), &dataset) {
        Err(Error::Dataset(error)) => {
            let text = error.to_string();
            assert!(
                text.contains("points.parquet") && text.contains("changed while"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_executor_will_do() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let ask = || async {
        let dataset = Dataset::open(sample).await?;
        let answer = Query::new().run(&Engine::cpu(), &dataset).await?;
        Ok::<u64, Error>(answer.receipt().rows_total)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    assert_eq!(runtime.block_on(ask()).expect("an answer"), 4000);
    assert_eq!(pollster::block_on(ask()).expect("an answer"), 4000);
}

#[test]
fn dropped_work_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    for i in 0..40 {
        let path = folder.path().join(format!("{i}.parquet"));
        points(20_000).write_parquet(&path, 20_000).expect("a file");
    }
    let dataset = Dataset::open_blocking(folder.path().to_str().expect("text")).expect("a dataset");
    let engine = Engine::cpu().chunk_rows(64);
    let begin = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let stopped = runtime.block_on(async {
        tokio::time::timeout(
            Duration::from_millis(1),
            Query::new().run(&engine, &dataset),
        )
        .await
    });
    assert!(stopped.is_err() && begin.elapsed() < Duration::from_secs(2));
    let again = Query::new()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(again.receipt().rows_matched, 800_000);
}
