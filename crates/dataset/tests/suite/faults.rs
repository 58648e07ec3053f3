//! Stores that go wrong: what passes is waited for, what lasts is said.

use futures::TryStreamExt;
use graticule_columns::{Keep, Scan, Source};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use graticule_testing::Table;
use graticule_testing::faults::{Fault, FaultyStore, When};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("it starts")
}

/// A store with three files of 50 rows.
async fn store() -> Arc<InMemory> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let points = |v: f64| (0..50).map(|i| Some(v + f64::from(i))).collect();
    let table = Table::new(points(0.0), points(1.0), vec![Some(1); 50], vec![]);
    table.write_parquet(&path, 20).expect("it is written");
    let bytes = bytes::Bytes::from(std::fs::read(path).expect("it is there"));
    let store = InMemory::new();
    for name in ["pings/a.parquet", "pings/b.parquet", "pings/c.parquet"] {
        store
            .put(&Path::from(name), bytes.clone().into())
            .await
            .expect("it is put");
    }
    assert_eq!(
        store
            .list(None)
            .try_collect::<Vec<_>>()
            .await
            .expect("a list")
            .len(),
        3
    );
    Arc::new(store)
}

/// Opens the files and reads all rows; their number and the requests made.
async fn read(store: Arc<FaultyStore>, patience: f64) -> Result<(usize, u64), DatasetError> {
    let options = OpenOptions {
        patience: Some(Duration::from_secs_f64(patience)),
        ..OpenOptions::default()
    };
    let dataset = Dataset::open_in(store.clone(), &Path::from("pings"), &options).await?;
    rows(&dataset).await.map(|rows| (rows, store.requests()))
}

async fn rows(dataset: &Dataset) -> Result<usize, DatasetError> {
    let sources = vec![Source::FixedLon, Source::FixedLat];
    let scan = Arc::new(Scan::everything(dataset.metadata(), sources, [""; 0]));
    let mut rows = 0;
    for group in &scan.groups {
        let fetched = dataset.fetch(&scan, group).await?;
        for chunk in fetched.chunks(&scan, 0..fetched.rows(), 16, Keep::All)? {
            rows += chunk?.len();
        }
    }
    Ok(rows)
}

#[test]
fn what_passes_is_waited_for() {
    runtime().block_on(async {
        let well = Arc::new(FaultyStore::new(store().await));
        let (all, requests) = read(well, 5.0).await.expect("it is well");
        assert_eq!(all, 150);
        for fault in [
            Fault::TimeOut,
            Fault::Throttle,
            Fault::Error,
            Fault::Truncate,
            Fault::Hang,
        ] {
            for place in 1..=requests {
                let faulty = FaultyStore::new(store().await)
                    .with(When::Request(place), fault)
                    .with(When::Request(place + 3), fault);
                let patience = if fault == Fault::Hang { 0.6 } else { 5.0 };
                let (rows, made) = read(Arc::new(faulty), patience)
                    .await
                    .unwrap_or_else(|e| panic!("{fault:?} at {place}: {e}"));
                assert_eq!(rows, 150, "{fault:?} at {place}");
                // Half of a listing or head is all of it.
                let is_met = fault != Fault::Truncate;
                assert!(
                    !is_met || made > requests,
                    "{fault:?} at {place}: {made} requests"
                );
            }
        }
    });
}

#[test]
fn what_lasts_is_said_in_time() {
    runtime().block_on(async {
        for (fault, reason) in [
            (Fault::Throttle, "503 Slow Down"),
            (Fault::TimeOut, "timed out"),
            (Fault::Hang, "no answer within"),
        ] {
            for from in [1, 2, 3, 6] {
                let faulty = FaultyStore::new(store().await).with(When::RequestsFrom(from), fault);
                let begin = Instant::now();
                let error = read(Arc::new(faulty), 0.5)
                    .await
                    .expect_err("it lasts")
                    .to_string();
                assert!(begin.elapsed() < Duration::from_secs(2), "{error}");
                assert!(error.contains(reason) && error.contains("pings"), "{error}");
            }
        }
        // Half and half again comes down to the last byte, which never comes.
        let truncated = FaultyStore::new(store().await).with(When::ReadsFrom(2), Fault::Truncate);
        let error = read(Arc::new(truncated), 0.5)
            .await
            .expect_err("it lasts")
            .to_string();
        assert!(error.contains("ended 1 bytes early"), "{error}");
    });
}

#[test]
fn a_replaced_object_is_an_error_wherever() {
    runtime().block_on(async {
        for place in 1..=6 {
            let faulty = FaultyStore::new(store().await).with(When::Read(place), Fault::Replace);
            match read(Arc::new(faulty), 5.0).await {
                Err(DatasetError::Changed { path }) => {
                    assert!(path.starts_with("pings/"), "{path}");
                }
                other => panic!("read {place}: {other:?}"),
            }
        }
    });
}

#[test]
fn a_stale_listing_is_an_error() {
    runtime().block_on(async {
        let inner = store().await;
        let options = OpenOptions::default();
        let place = Path::from("pings");
        let dataset = Dataset::open_in(inner.clone(), &place, &options)
            .await
            .expect("it opens");
        inner
            .delete(&Path::from("pings/b.parquet"))
            .await
            .expect("it goes");
        let error = rows(&dataset)
            .await
            .expect_err("a file is gone")
            .to_string();
        assert!(error.contains("nothing at 'pings/b.parquet'"), "{error}");
    });
}
