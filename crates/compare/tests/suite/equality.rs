//! A device that answers otherwise is a mismatch, and one that falls back is shown as that.

use crate::common::{SAMPLE, SMALL, comparison, has_gpu, layouts, runner, suite};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, UInt64Type};
use graticule::{Dataset, Device, Engine, Fault, GpuOptions};
use graticule_compare::{Cell, EngineRunner, Measured, RunError, Runner, Status};
use std::sync::Arc;

/// As a GPU it splits the plan, flips one bit of one partial, and finishes.
struct Wrong<'a>(EngineRunner<'a>);

/// The batch with one bit of its last count flipped.
fn flipped(batch: &RecordBatch) -> RecordBatch {
    let place = (0..batch.num_columns())
        .rev()
        .find(|i| *batch.column(*i).data_type() == DataType::UInt64);
    let place = place.expect("words of records");
    let mut words = batch
        .column(place)
        .as_primitive::<UInt64Type>()
        .values()
        .to_vec();
    *words.last_mut().expect("a record") ^= 1 << 3;
    let mut columns = batch.columns().to_vec();
    columns[place] = Arc::new(UInt64Array::from(words)) as ArrayRef;
    RecordBatch::try_new(batch.schema(), columns).expect("the same columns")
}

impl Runner for Wrong<'_> {
    fn run(&mut self, cell: &Cell<'_>) -> Result<Measured, RunError> {
        let right = self.0.run(&Cell {
            device: &Device::Cpu,
            state: graticule_compare::Residency::Warm,
            ..*cell
        })?;
        if *cell.device == Device::Cpu {
            return Ok(right);
        }
        let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
        let plan = dataset.plan_blocking(cell.query).expect("a plan");
        let mut partials = Vec::new();
        let engine = Engine::cpu();
        for part in plan.split(2) {
            let run = graticule::run_part(&part, &engine);
            partials.extend(pollster::block_on(run).expect("a partial"));
        }
        assert_eq!(partials.len(), 2);
        partials[1] = flipped(&partials[1]);
        let answer = graticule::finish(&plan, &partials).expect("an answer");
        Ok(Measured { answer, ..right })
    }
}

#[test]
fn one_flipped_bit_of_one_partial_is_a_mismatch() {
    let out = tempfile::tempdir().expect("a folder");
    let comparison = comparison(
        suite("[[query]]\nname = 'cells'\nask = { by = ['geohash:3'] }"),
        &["cpu", "gpu"],
        out.path(),
    );
    let mut wrong = Wrong(runner(SAMPLE, |_| Engine::cpu()));
    let (used, prints) = layouts(&["source"]);
    let report = comparison
        .run_with(&mut wrong, used, &prints, &|_| {})
        .expect("a report");
    assert_eq!(
        report.mismatches().count(),
        3,
        "cold, warm and resident of the GPU"
    );
    for row in report.mismatches() {
        assert_eq!(row.device, "gpu");
        let Status::Mismatch(difference) = &row.status else {
            panic!("a mismatch")
        };
        assert!(
            difference.starts_with("of geohash:3,count: u"),
            "{difference}"
        );
        assert!(difference.ends_with("in the first answer"), "{difference}");
        assert!(!row.is_sound());
    }
    assert!(
        report.headline[0].starts_with("MISMATCH: 3 of 5 measurements"),
        "{:?}",
        report.headline
    );
    // No figure of it counts anywhere.
    assert!(report.pays.is_empty());
    assert!(
        report
            .rows
            .iter()
            .filter(|r| r.row.device == "gpu")
            .all(|r| r.money.is_none() && r.bound.is_none())
    );
    for name in ["report.md", "report.html"] {
        let text = std::fs::read_to_string(out.path().join(name)).expect("a report");
        assert!(text.contains("MISMATCH of geohash:3,count: u"), "{name}");
    }
}

#[test]
fn a_device_that_falls_back_is_shown_as_that() {
    if !has_gpu() {
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let comparison = comparison(suite(SMALL), &["cpu", "auto"], out.path());
    let lost = GpuOptions {
        fault: Some(Fault::LoseDevice { submissions: 0 }),
        ..GpuOptions::default()
    };
    let mut runner = runner(SAMPLE, |device| {
        Engine::on(device.clone())
            .gpu_from_rows(0)
            .with_gpu(lost.clone())
    });
    let report = comparison.run(&mut runner, &|_| {}).expect("a report");
    assert_eq!(report.mismatches().count(), 0);
    let fell: Vec<_> = report.failures().collect();
    assert_eq!(fell.len(), 6);
    for row in fell {
        assert!(
            matches!(&row.status, Status::FellBack(why) if !why.is_empty()),
            "{:?}",
            row.status
        );
        assert!(!row.is_gpu() && !row.is_sound());
    }
    assert!(report.pays.is_empty());
    let said = report.headline.join("\n");
    assert!(
        said.contains("6 of 10 measurements fell back to the CPU"),
        "{said}"
    );
    assert!(said.contains("'auto' was answered by the CPU"), "{said}");
}

#[test]
fn a_device_that_was_asked_for_and_fails_has_no_figure() {
    if !has_gpu() {
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let comparison = comparison(suite(SMALL), &["cpu", "gpu"], out.path());
    let flip = GpuOptions {
        fault: Some(Fault::FlipBit {
            readback: 0,
            bit: 70,
        }),
        ..GpuOptions::default()
    };
    let mut runner = runner(SAMPLE, |device| {
        Engine::on(device.clone()).with_gpu(flip.clone())
    });
    let report = comparison.run(&mut runner, &|_| {}).expect("a report");
    // The engine's own checksum finds it: no answer rather than a wrong one.
    assert_eq!(report.mismatches().count(), 0);
    assert!(report.failures().count() > 0);
    assert!(
        report
            .failures()
            .all(|r| r.device == "gpu" && matches!(r.status, Status::Failed(_)))
    );
}
