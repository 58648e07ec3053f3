//! The manifest: what is known is not read again, and what has changed is noticed.

use graticule_columns::ScanFile;
use graticule_dataset::{Dataset, DatasetError, OpenOptions, Opening};
use graticule_testing::{Table, Values};
use std::path::Path;

fn write(path: &Path, rows: usize, first: f64) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("there is room");
    let degrees = |row: usize| Some(first + row as f64 / 100.0);
    let text = |row: usize| Some(format!("{row}"));
    let table = Table::new(
        (0..rows).map(degrees).collect(),
        (0..rows).map(degrees).collect(),
        (0..rows)
            .map(|row| (row % 3 > 0).then_some(row as i64))
            .collect(),
        vec![(
            "name".to_owned(),
            Values::Text((0..rows).map(text).collect()),
        )],
    );
    table.write_parquet(path, 40).expect("it is written");
}

fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DatasetError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("it starts");
    runtime.block_on(Dataset::open(folder.to_str().expect("text"), options))
}

/// What opening found, and whether it is what opening without a manifest finds.
fn opening(folder: &Path, cache: &Path) -> Opening {
    let options = |cache: &Path| OpenOptions {
        cache: Some(cache.to_owned()),
        index: true,
        ..OpenOptions::default()
    };
    let dataset = open(folder, &options(cache)).expect("it opens");
    let nowhere = tempfile::tempdir().expect("a folder");
    let fresh = open(folder, &options(nowhere.path())).expect("it opens");
    assert_eq!(dataset.metadata(), fresh.metadata());
    assert_eq!(fresh.opening().known, 0);
    dataset.opening()
}

#[test]
fn only_what_changed_is_read_again() {
    let (folder, cache) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    let file = |n: usize| folder.path().join(format!("day={n}/a.parquet"));
    for n in 0..9 {
        write(&file(n), 100 + n, n as f64);
    }
    let found = opening(folder.path(), cache.path());
    assert_eq!((found.known, found.added, found.requests), (0, 9, 9));
    let found = opening(folder.path(), cache.path());
    assert_eq!(
        found,
        Opening {
            known: 9,
            ..Opening::default()
        }
    );
    write(&file(3), 7, 20.0);
    write(&file(11), 8, 30.0);
    std::fs::remove_file(file(5)).expect("it goes");
    let found = opening(folder.path(), cache.path());
    assert_eq!(
        (found.known, found.added, found.changed, found.removed),
        (7, 1, 1, 1)
    );
    assert_eq!(found.requests, 2);
    assert_eq!(opening(folder.path(), cache.path()).known, 9);
    // A damaged manifest is none.
    let manifest = std::fs::read_dir(cache.path()).expect("a folder").next();
    let manifest = manifest.expect("a file").expect("a file").path();
    let mut bytes = std::fs::read(&manifest).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&manifest, bytes).expect("it is written");
    assert_eq!(opening(folder.path(), cache.path()).added, 9);
    assert_eq!(opening(folder.path(), cache.path()).known, 9);
}

#[test]
fn small_datasets_leave_nothing_behind() {
    let (folder, cache) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    write(&folder.path().join("a.parquet"), 10, 0.0);
    let options = OpenOptions {
        cache: Some(cache.path().to_owned()),
        ..OpenOptions::default()
    };
    open(folder.path(), &options).expect("it opens");
    assert_eq!(
        std::fs::read_dir(cache.path()).expect("a folder").count(),
        0
    );
    for n in 0..128 {
        std::fs::copy(
            folder.path().join("a.parquet"),
            folder.path().join(format!("{n}.parquet")),
        )
        .expect("it is copied");
    }
    open(folder.path(), &options).expect("it opens");
    assert_eq!(
        std::fs::read_dir(cache.path()).expect("a folder").count(),
        1
    );
    assert_eq!(
        open(folder.path(), &options)
            .expect("it opens")
            .opening()
            .known,
        129
    );
    // One that was asked for and cannot be kept is an error.
    let options = OpenOptions {
        cache: Some(folder.path().join("a.parquet")),
        index: true,
        ..OpenOptions::default()
    };
    let error = open(folder.path(), &options)
        .expect_err("a file is no folder")
        .to_string();
    assert!(
        error.contains("manifest") && error.contains("GRATICULE_CACHE_DIR"),
        "{error}"
    );
}

#[test]
fn no_footer_is_asked_for_tiles_that_a_file_does_not_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("a.parquet"), 100, 1.0);
    let options = OpenOptions {
        cache: Some(cache.path().to_owned()),
        index: true,
        ..OpenOptions::default()
    };
    open(folder.path(), &options).expect("it opens");
    let dataset = open(folder.path(), &options).expect("it opens");
    let before = dataset.opening_cost();
    assert_eq!(
        (dataset.opening().known, dataset.opening().requests),
        (1, 0)
    );
    let metadata = dataset.metadata();
    let file = ScanFile::from(&metadata.files[0]);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("it starts");
    let tiles = runtime.block_on(dataset.tiles(&metadata.schema, &file, u64::MAX));
    assert!(tiles.expect("no failure").is_none());
    assert_eq!(dataset.opening_cost(), before);
}
