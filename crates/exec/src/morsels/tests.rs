//! A store that panics while row groups are fetched.

use super::{Morsel, Operator};
use crate::cost::Choice;
use crate::run::Run;
use crate::runtime::io;
use crate::schedule::Schedule;
use crate::{Dataset, Engine, Error, Receipt};
use graticule_dataset::{Dataset as Files, OpenOptions};
use graticule_plan::{Key, Query};
use graticule_testing::Table;
use graticule_testing::faults::{Fault, FaultyStore, When};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A store with three files of 50 rows in three row groups.
fn store() -> Arc<dyn ObjectStore> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let table = Table::new(
        vec![Some(1.0); 50],
        vec![Some(2.0); 50],
        vec![Some(3); 50],
        vec![],
    );
    table.write_parquet(&path, 20).expect("it is written");
    let bytes = std::fs::read(path).expect("it is there");
    let store = InMemory::new();
    io().block_on(async {
        for name in ["pings/a.parquet", "pings/b.parquet", "pings/c.parquet"] {
            let path = Path::from(name);
            let put = store.put(&path, bytes.clone().into()).await;
            put.expect("it is put");
        }
    });
    Arc::new(store)
}

fn open(store: &Arc<FaultyStore>) -> Dataset {
    let (path, options) = (Path::from("pings"), OpenOptions::default());
    let opened = io().block_on(Files::open_in(store.clone(), &path, &options));
    Dataset::of(opened.expect("a dataset"))
}

#[test]
fn a_panic_in_a_fetch_is_an_error_with_the_file() {
    let inner = store();
    let first = Arc::new(FaultyStore::new(inner.clone()));
    let whole = open(&first);
    let opening = first.reads();
    let engine = Engine::cpu().threads(2);
    let questions = [
        Query::new(),
        Query::new().by([Key::geohash(3)]),
        Query::new().select(["lon"]),
    ];
    for query in questions {
        // The fifth row group of nine.
        let faulty = FaultyStore::new(inner.clone()).with(When::Read(opening + 5), Fault::Panic);
        let dataset = open(&Arc::new(faulty));
        let begin = Instant::now();
        let ask = |dataset: &Dataset| {
            let mut rows = pollster::block_on(engine.stream(&query, dataset))?;
            rows.blocking().try_for_each(|batch| batch.map(drop))?;
            Ok::<Receipt, Error>(rows.receipt().cloned().expect("a receipt"))
        };
        let error = ask(&dataset).expect_err("it panics");
        assert!(begin.elapsed() < Duration::from_secs(5));
        let text = error.to_string();
        assert!(matches!(error, Error::Worker(_)), "{text}");
        assert!(
            text.contains("'pings/") && text.contains("row group") && text.contains("injected"),
            "{text}"
        );
        assert_eq!(ask(&whole).expect("an answer").rows_matched, 150);
    }
}

/// Does nothing with every third morsel.
struct Forgetful;

impl Operator for Forgetful {
    fn take(self: &Arc<Self>, _run: &Arc<Run>, morsel: Morsel) -> Result<(), Error> {
        if morsel.number % 3 != 2 {
            morsel.done();
        }
        Ok(())
    }
}

#[test]
fn morsels_that_nobody_did_are_missed() {
    let dataset = open(&Arc::new(FaultyStore::new(store())));
    let plan = dataset.plan_blocking(&Query::new()).expect("a plan");
    let runtime = Engine::cpu().threads(1).runtime;
    io().block_on(async {
        let memory = runtime.reserve(u64::MAX).await.expect("memory");
        let choice = Choice::default();
        let schedule = Schedule::new(&runtime, memory.bytes, plan.part().scan(), choice);
        let schedule = (schedule.expect("a schedule"), memory);
        let run = Run::new(
            runtime.clone(),
            dataset,
            plan.part().clone(),
            schedule,
            Default::default(),
        );
        let (run, work) = (Arc::new(run), Arc::new(Forgetful));
        let scanned = super::scan(&run, (0..9).collect(), &work, None);
        let text = scanned.await.expect_err("three are not done").to_string();
        assert!(
            text.contains("6 morsels with 120 rows were done of 9 morsels with 150 rows"),
            "{text}"
        );
    });
}
