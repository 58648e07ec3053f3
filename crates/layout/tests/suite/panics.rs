//! A panic ends in an error and not in a hang, and the next run goes on from what is there.

use arrow::array::Float64Array;
use graticule_layout::import::{Import, ImportError};
use graticule_layout::optimize::{OptimizeError, Progress, Stage};
use std::ops::ControlFlow;
use std::sync::Arc;

#[test]
fn optimize_tells_of_a_panic_of_any_thread() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.parquet");
    let degrees = || {
        Arc::new(Float64Array::from_iter_values(
            (0..5000).map(|i| f64::from(i) / 100.0),
        ))
    };
    let times = (0..5000).map(|i| Some(i * 1000)).collect();
    let rows = crate::common::batch(degrees(), degrees(), times, Vec::new());
    crate::common::write(&source, &rows, 500);
    let destination = folder.path().join("optimized");
    for stage in [Stage::Sort, Stage::Write] {
        let panicking = |at: Progress| {
            assert!(at.stage != stage || at.rows < 2000, "at row 2000");
            ControlFlow::Continue(())
        };
        let path = source.to_str().expect("text");
        match crate::common::options().run(path, &destination, &panicking) {
            Err(error @ OptimizeError::Worker(_)) => {
                let text = error.to_string();
                assert!(text.contains("at row 2000"), "{text}");
                // Threads that read say where they were.
                let is_named = text.contains("source.parquet', row group");
                assert_eq!(is_named, stage == Stage::Sort, "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    let report = crate::common::optimize(&crate::common::options(), &source, &destination);
    assert_eq!(report.rows, 5000);
}

#[test]
fn import_tells_of_a_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("points.csv");
    std::fs::write(&source, "lon,lat\n1,2\n").expect("a file");
    let import = Import::new([source]);
    let destination = folder.path().join("imported");
    let mut panicking = |_, _| -> ControlFlow<()> { panic!("while it is told how far it is") };
    match import.run_until(&destination, &mut panicking) {
        Err(error @ ImportError::ThreadDied(_)) => {
            assert!(error.to_string().contains("how far it is"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!destination.exists());
}
