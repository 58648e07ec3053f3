//! Columns that stay on a device are those of one store.

use crate::runtime::io;
use crate::{Cache, Dataset, Device, Engine, Receipt};
use graticule_dataset::{Dataset as Files, OpenOptions};
use graticule_geo::Bbox;
use graticule_plan::Query;
use graticule_testing::Table;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// A dataset of one file in a store of its own: 50 points at a longitude. Such stores number the versions
/// of their objects from one.
fn dataset(lon: f64) -> Dataset {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let rows = 50;
    let table = Table::new(
        vec![Some(lon); rows],
        vec![Some(2.0); rows],
        vec![Some(3); rows],
        vec![],
    );
    table.write_parquet(&path, rows).expect("it is written");
    let bytes = std::fs::read(path).expect("it is there");
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    io().block_on(async {
        let (path, options) = (Path::from("pings/a.parquet"), OpenOptions::default());
        store.put(&path, bytes.into()).await.expect("it is put");
        let opened = Files::open_in(store, &Path::from("pings"), &options).await;
        Dataset::of(opened.expect("a dataset"))
    })
}

#[test]
fn another_store_has_other_columns() {
    let adapters = graticule_gpu::adapters();
    if !graticule_testing::has_adapter(adapters.iter().any(|a| a.unusable.is_none())) {
        return;
    }
    let (here, there) = (dataset(1.0), dataset(1.5));
    assert_eq!(
        here.metadata().files[0].etag,
        there.metadata().files[0].etag
    );
    let engine = Engine::on(Device::Gpu(None));
    let query = Query::new().within(Bbox::new(0.5, 0.0, 1.2, 3.0).expect("a box"));
    let answer = |query: &Query, dataset: &Dataset| -> Receipt {
        let mut rows = pollster::block_on(engine.stream(query, dataset)).expect("rows");
        rows.blocking().for_each(|batch| drop(batch.expect("rows")));
        rows.receipt().cloned().expect("a receipt")
    };
    let ask = |dataset: &Dataset| {
        let receipt = answer(&query, dataset);
        (receipt.rows_matched, receipt.cache)
    };
    assert_eq!(ask(&here), (50, Cache::Store));
    assert_eq!(ask(&here), (50, Cache::Resident));
    let wide = Query::new().within(Bbox::new(0.5, 0.0, 1.7, 3.0).expect("a box"));
    let receipt = answer(&wide, &there);
    assert_eq!(receipt.cache, Cache::Store, "{receipt:?}");
}

#[test]
fn what_is_on_a_device_is_known_before_it_is_asked() {
    let adapters = graticule_gpu::adapters();
    if !graticule_testing::has_adapter(adapters.iter().any(|a| a.unusable.is_none())) {
        return;
    }
    let dataset = dataset(1.0);
    let engine = Engine::on(Device::Gpu(None));
    let query = Query::new().within(Bbox::new(0.5, 0.0, 1.2, 3.0).expect("a box"));
    let plan = dataset.plan_blocking(&query).expect("a plan");
    assert!(engine.runtime.gpu.opened().is_none());
    let ask = || {
        let mut rows = pollster::block_on(engine.stream(&query, &dataset)).expect("rows");
        rows.blocking().for_each(|batch| drop(batch.expect("rows")));
        let gpu = engine.runtime.gpu.opened().expect("a device");
        super::resident(&gpu, &engine.runtime, &dataset, plan.part())
    };
    assert!((ask() - 1.0).abs() < 1e-12);
    engine.forget_columns();
    let gpu = engine.runtime.gpu.opened().expect("a device");
    assert!(super::resident(&gpu, &engine.runtime, &dataset, plan.part()) < 1e-12);
    // It can be measured, and answers as before.
    let rates = crate::cost::device::DeviceRates::measure(&gpu, 0.5).expect("rates");
    for rate in [
        rates.bytes_per_second,
        rates.step_seconds,
        rates.question_seconds,
    ] {
        assert!(rate.is_finite() && rate > 0.0, "{rates:?}");
    }
    assert!((ask() - 1.0).abs() < 1e-12);
}
