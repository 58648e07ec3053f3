//! Columns that stay on the device, and rows that it decides.

use super::{busy_question, engine, has_gpu, select_question, tame_file};
use crate::common::rows;
use graticule::{Bbox, Cache, Dataset, Engine, GpuOptions, Key, Query, Run, count, mean};
use graticule_layout::optimize::{Coordinates, Optimize};
use graticule_testing::Table;
use graticule_testing::strategies::tame_table;
use parquet::file::properties::WriterProperties;

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
fn rows_that_a_table_deleted_are_not_read_from_the_device() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
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
    let path = folder.path().join("track.parquet");
    table
        .write_parquet_with(&path, small.build())
        .expect("a file");
    // Rows 1 and 4 are deleted, as a bitmap in base 85.
    let log = [
        r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#,
        r#"{"metaData":{"id":"0","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"lon\",\"type\":\"double\",\"nullable\":true,\"metadata\":{}},{\"name\":\"lat\",\"type\":\"double\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{},"createdTime":0}}"#,
        r#"{"add":{"path":"track.parquet","partitionValues":{},"size":1,"modificationTime":0,"dataChange":true,"deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rrl5","sizeInBytes":36,"cardinality":2}}}"#,
    ];
    std::fs::create_dir(folder.path().join("_delta_log")).expect("made");
    let version = folder.path().join("_delta_log/00000000000000000000.json");
    std::fs::write(version, log.join("\n")).expect("written");
    let open = |as_files| {
        let options = graticule::OpenOptions {
            as_files,
            ..graticule::OpenOptions::default()
        };
        let url = folder.path().to_str().expect("text");
        Dataset::open_with_blocking(url, options).expect("a dataset")
    };
    let (files, table) = (open(true), open(false));
    let within = |east: f64| {
        let bbox = Bbox::new(-1.0, -1.0, east, 90.0).expect("a box");
        Query::new().within(bbox).aggregate([count()])
    };
    let asked = |query: &Query, dataset: &Dataset, engine: &Engine| {
        let answer = query.run_blocking(engine, dataset).expect("an answer");
        answer.receipt().rows_matched
    };
    let device = engine(GpuOptions::default()).chunk_rows(1_000);
    // Columns come to the device in chunks of all rows, and serve the table afterwards.
    for (east, all, live) in [(180.0, 6_000, 5_998), (3.0, 193, 191)] {
        for engine in [&device, &Engine::cpu()] {
            assert_eq!(asked(&within(east), &files, engine), all);
            assert_eq!(asked(&within(east), &table, engine), live);
        }
    }
    assert_eq!(table.metadata().rows(), 5_998);
}

#[test]
fn both_forms_of_a_layout_answer_as_their_source_does() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = tame_file(folder.path(), 30_000);
    let open = |path: &str| Dataset::open_blocking(path).expect("a dataset");
    let queries = [busy_question(), Query::new().by([Key::geohash(5)])];
    let ask = |path: &str, query: &Query, engine: &Engine| {
        rows(&query.run_blocking(engine, &open(path)).expect("an answer"))
    };
    for coordinates in [Coordinates::Decimal, Coordinates::F64] {
        let made = folder.path().join(format!("{coordinates:?}"));
        let optimize = Optimize {
            coordinates: Some(coordinates),
            ..layout()
        };
        let progress = |_| std::ops::ControlFlow::Continue(());
        optimize.run(&source, &made, &progress).expect("made");
        let made = made.to_str().expect("text");
        for query in &queries {
            let expected = ask(&source, query, &Engine::cpu());
            assert_eq!(ask(made, query, &Engine::cpu()), expected);
            assert_eq!(ask(made, query, &engine(GpuOptions::default())), expected);
        }
    }
}

fn layout() -> Optimize {
    Optimize {
        open: graticule::OpenOptions::default(),
        partition: Some(graticule_layout::optimize::Partition::Month),
        sort: graticule_layout::optimize::Sort::Hilbert,
        coordinates: None,
        lossy: false,
        memory: 64 << 20,
        threads: 2,
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
    let progress = |_| std::ops::ControlFlow::Continue(());
    layout().run(&source, &made, &progress).expect("made");
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
