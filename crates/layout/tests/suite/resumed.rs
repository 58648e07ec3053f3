//! Work that was stopped goes on, and nothing half-made can be taken for the whole.

use crate::common::{batch, on, optimize, options, rows, write};
use arrow::array::{ArrayRef, Float64Array, StringArray};
use graticule_layout::optimize::{Optimize, OptimizeError, Stage};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn source(path: &Path, rows: usize) {
    let lon: Float64Array = (0..rows)
        .map(|i| Some((i * 7919 % 3600) as f64 / 10.0 - 180.0))
        .collect();
    let lat: Float64Array = (0..rows)
        .map(|i| Some((i * 104_729 % 1700) as f64 / 10.0 - 85.05))
        .collect();
    let times = (0..rows)
        .map(|i| Some(1_772_323_200_000 + (i as i64 % 9) * 43_200_000))
        .collect();
    write(
        path,
        &batch(Arc::new(lon), Arc::new(lat), times, vec![]),
        9000,
    );
}

#[test]
fn it_goes_on_from_any_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("source.parquet");
    source(&from, 60_000);
    let whole = folder.path().join("whole");
    optimize(&options(), &from, &whole);
    let expected = rows(&whole);
    let before = std::fs::read(&from).expect("bytes");
    for stage in [Stage::Sort, Stage::Write] {
        let to = folder.path().join(format!("stopped-{stage:?}"));
        let mut stops = 0;
        // Each run gets one call further than the one before.
        for most in 1.. {
            let calls = AtomicU64::new(0);
            let result = options().run(from.to_str().expect("text"), &to, &|at| {
                let is_late = at.stage == stage && calls.fetch_add(1, Ordering::Relaxed) >= most;
                if is_late {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            match result {
                Ok(report) => {
                    assert_eq!(report.rows, 60_000);
                    break;
                }
                Err(e) => assert!(matches!(e, OptimizeError::Stopped), "{e}"),
            }
            stops += 1;
            assert!(!to.exists(), "the destination appears when it is whole");
        }
        assert!(stops > 2, "{stage:?} was stopped {stops} times");
        assert_eq!(rows(&to), expected);
    }
    assert_eq!(std::fs::read(&from).expect("bytes"), before);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with('.')),
        "{left:?}"
    );
}

#[test]
fn memory_and_threads_change_no_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("source.parquet");
    source(&from, 300_000);
    let mut answers = Vec::new();
    for (place, (memory, threads)) in [(32 << 20, 4), (1 << 30, 1)].into_iter().enumerate() {
        let to = folder.path().join(place.to_string());
        optimize(
            &Optimize {
                memory,
                threads,
                ..options()
            },
            &from,
            &to,
        );
        answers.push(rows(&to));
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn rows_beside_their_source_are_told_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("in/source.parquet");
    std::fs::create_dir(folder.path().join("in")).expect("a folder");
    source(&from, 100);
    let told = |name: &str| {
        let to = folder.path().join(name);
        let report = options().run(from.to_str().expect("text"), &to, &on);
        report.expect("optimized").notes.join(" ")
    };
    for name in ["in/made", "in/deep/made", "in/made"] {
        let told = told(name);
        assert!(
            told.contains("/in' holds these rows twice now"),
            "{name}: {told}"
        );
    }
    // Elsewhere, and where no listing finds it, nobody asks both.
    for name in ["made", "in/_made", "in/.old/made"] {
        assert_eq!(told(name), "", "{name}");
    }
}

#[test]
fn a_destination_that_is_something_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("source.parquet");
    source(&from, 100);
    let run = |to: &Path| options().run(from.to_str().expect("text"), to, &on);
    let to = folder.path().join("other");
    std::fs::create_dir(&to).expect("a folder");
    run(&to).expect("an empty folder gives way");
    // Once more: it is there already.
    assert_eq!(run(&to).expect("done").rows, 100);
    // Of other options, or another source, it is not.
    let other = Optimize {
        sort: graticule_layout::optimize::Sort::None,
        ..options()
    };
    let refused = other.run(from.to_str().expect("text"), &to, &on);
    assert!(matches!(refused, Err(OptimizeError::NotEmpty { .. })));
    source(&from, 101);
    assert!(matches!(run(&to), Err(OptimizeError::NotEmpty { .. })));
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").expect("written");
    assert!(matches!(run(&file), Err(OptimizeError::NotEmpty { .. })));
    assert_eq!(std::fs::read(&file).expect("bytes"), b"mine");
    // Work beside it that is not ours.
    let hidden = folder.path().join(".new.partial");
    std::fs::create_dir(&hidden).expect("a folder");
    std::fs::write(hidden.join("mine"), "mine").expect("written");
    assert!(matches!(
        run(&folder.path().join("new")),
        Err(OptimizeError::NotEmpty { .. })
    ));
    assert!(matches!(
        run(folder.path()),
        Err(OptimizeError::NotEmpty { .. } | OptimizeError::Inside { .. })
    ));
    let tiny = Optimize {
        memory: 1,
        ..options()
    };
    let refused = tiny.run(
        from.to_str().expect("text"),
        &folder.path().join("tiny"),
        &on,
    );
    assert!(matches!(refused, Err(OptimizeError::Memory { .. })));
}

/// One row group of 24 MB.
fn wide(path: &Path, properties: WriterPropertiesBuilder) {
    let rows = 40_000;
    let degrees = |i: usize| (i * 7919 % 1700) as f64 / 10.0 - 85.0;
    let degrees: Arc<Float64Array> = Arc::new((0..rows).map(|i| Some(degrees(i))).collect());
    let times = (0..rows).map(|i| Some(1_772_323_200_000 + i as i64));
    let note = |i: usize| format!("{:0600}", i * 104_729);
    let notes: StringArray = (0..rows).map(|i| Some(note(i))).collect();
    let more: Vec<(&str, ArrayRef)> = vec![("note", Arc::new(notes))];
    let batch = batch(degrees.clone(), degrees, times.collect(), more);
    let properties = properties
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(rows))
        .build();
    let file = std::fs::File::create(path).expect("a file");
    let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties));
    let mut writer = writer.expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

#[test]
fn a_row_group_that_does_not_fit_is_read_by_its_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("wide.parquet");
    wide(&from, WriterProperties::builder());
    let bytes = std::fs::metadata(&from).expect("a file").len();
    assert!(bytes > 20 << 20, "{bytes}");
    let of = |memory: u64, name: &str| {
        let to = folder.path().join(name);
        let options = Optimize {
            memory,
            ..options()
        };
        let done = options.run(from.to_str().expect("text"), &to, &on);
        done.map(|report| (report.rows, rows(&to)))
    };
    let whole = of(1 << 30, "whole").expect("room");
    assert_eq!(whole.0, 40_000);
    assert_eq!(of(32 << 20, "pieces").expect("room"), whole);
    // Nothing tells where pages lie.
    wide(
        &from,
        WriterProperties::builder()
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true),
    );
    match of(32 << 20, "not") {
        Err(OptimizeError::Memory { what, needed, .. }) => {
            assert!(what.contains("no page index") && needed > 40 << 20);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn work_on_an_older_source_is_begun_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    source(&from, 50_000);
    let stopped = options().run(from.to_str().expect("text"), &to, &|at| match at.stage {
        Stage::Sort => ControlFlow::Continue(()),
        Stage::Write => ControlFlow::Break(()),
    });
    assert!(matches!(stopped, Err(OptimizeError::Stopped)));
    source(&from, 20_000);
    assert_eq!(optimize(&options(), &from, &to).rows, 20_000);
    assert_eq!(rows(&to).len(), 20_000);
}

#[test]
fn a_journal_whose_files_are_gone_is_not_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    source(&from, 50_000);
    let stopped = options().run(from.to_str().expect("text"), &to, &|at| match at {
        at if at.stage == Stage::Write && at.rows > 30_000 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(OptimizeError::Stopped)));
    // As after a kill between the rename of the dataset and the removal of its journal.
    std::fs::remove_dir_all(folder.path().join(".made.partial/dataset")).expect("removed");
    assert_eq!(optimize(&options(), &from, &to).rows, 50_000);
    assert_eq!(rows(&to).len(), 50_000);
}
