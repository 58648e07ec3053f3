//! Devices that fail.

use super::{busy_question, engine, has_gpu, select_question, tame_file};
use crate::common::rows;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use graticule::{
    Dataset, Device, Engine, Error, Fault, Filter, GpuOptions, Progress, Receipt, Run,
};
use std::sync::{Arc, Mutex};

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

#[test]
fn more_conditions_than_a_device_compiles_are_the_cpus() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = Dataset::open_blocking(tame_file(folder.path(), 3_000)).expect("a dataset");
    let ask = |conditions: u32, engine: &Engine| {
        let each = (0..conditions).map(|i| format!("speed != {i}.125"));
        let all = each.collect::<Vec<_>>().join(" and ");
        let query = busy_question().filter(Filter::Where(all.parse().expect("a filter")));
        query.run_blocking(engine, &dataset)
    };
    let device = engine(GpuOptions::default());
    let auto = Engine::on(Device::Auto)
        .with_gpu(GpuOptions::default())
        .gpu_from_rows(0);
    // The box of the question is one more.
    let on_device = ask(127, &device).expect("128 conditions are compiled");
    let cpu = ask(127, &Engine::cpu()).expect("an answer");
    assert_eq!(rows(&on_device), rows(&cpu));
    assert_ne!(on_device.receipt().device.name, "cpu");
    let refused = ask(128, &device).expect_err("129 conditions");
    assert!(matches!(refused, Error::Gpu(_)), "{refused}");
    let told = refused.to_string();
    assert!(
        told.contains("129 conditions") && told.contains("`device` cpu"),
        "{told}"
    );
    let answer = ask(128, &auto).expect("the CPU's answer");
    let cpu = ask(128, &Engine::cpu()).expect("an answer");
    assert_eq!(rows(&answer), rows(&cpu));
    let receipt = answer.receipt();
    assert_eq!(receipt.device.name, "cpu");
    assert!(
        (receipt.fallback.as_ref()).is_some_and(|why| why.contains("129 conditions")),
        "{receipt:?}"
    );
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
    let again = Arc::new(Mutex::new((0, 0)));
    let noted = again.clone();
    let progress: Progress = Arc::new(move |done, _| {
        let mut noted = noted.lock().expect("a lock");
        if done <= noted.0 {
            noted.1 = noted.0;
        }
        noted.0 = done;
    });
    let question = select_question();
    let asked = auto.stream_with(&question, dataset, Some(progress));
    let mut rows = pollster::block_on(asked).expect("rows");
    let batches: Vec<RecordBatch> = rows.blocking().map(|b| b.expect("rows")).collect();
    let all = concat_batches(rows.schema(), &batches).expect("one batch");
    let looked_at = again.lock().expect("a lock").1;
    (all, rows.receipt().cloned().expect("a receipt"), looked_at)
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
        let (found, receipt, looked_at) = select_on_auto(fault, &dataset);
        assert_eq!(&found, cpu.batch(), "{fault:?}");
        assert!(receipt.fallback.is_some() && receipt.device.name == "cpu");
        assert_eq!(receipt.rows_matched, cpu.receipt().rows_matched);
        assert_eq!(looked_at > 0, is_amid, "{fault:?}: of {looked_at} rows");
    }
}
