//! What does not fit the memory that is allowed is refused, and the number that is told suffices.

use graticule::{Dataset, Engine, Error, Key, Query, Run, distinct};
use graticule_testing::{Table, Values};
use std::path::Path;

const ROWS: usize = 30_000;

/// Points with a number and a text of 200 bytes of their own.
fn file(folder: &Path) -> Dataset {
    let path = folder.join("points.parquet");
    let id = (0..ROWS).map(|i| Some(i64::try_from(i).expect("few") * 1_000_003));
    let note = (0..ROWS).map(|i| Some(format!("{i:0200}")));
    let table = Table::new(
        vec![Some(1.0); ROWS],
        vec![Some(2.0); ROWS],
        vec![Some(3); ROWS],
        vec![
            ("id".to_owned(), Values::I64(id.collect())),
            ("note".to_owned(), Values::Text(note.collect())),
        ],
    );
    table.write_parquet(&path, 5_000).expect("a file");
    Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset")
}

fn engine(memory: u64) -> Engine {
    Engine::cpu().threads(2).memory(memory)
}

#[test]
fn texts_of_keys_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let query = Query::new().by([Key::column("note")]).top(3);
    let needed = match query.run_blocking(&engine(8 << 20), &dataset) {
        Err(error @ Error::TextMemory { texts, needed, .. }) => {
            assert!(texts > 1000, "{error}");
            // No more than what all of them take, twice, and their quarter of the memory.
            assert!((20 << 20..200 << 20).contains(&needed), "{error}");
            needed
        }
        other => panic!("{other:?}"),
    };
    let answer = query.run_blocking(&engine(needed), &dataset);
    assert_eq!(answer.expect("an answer").receipt().rows_matched, 30_000);
}

#[test]
fn groups_that_cannot_go_to_disk_tell_what_suffices() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let query = Query::new().aggregate([distinct("id")]);
    let needed = match query.run_blocking(&engine(2 << 20), &dataset) {
        Err(error @ Error::GroupMemory { most, needed, .. }) => {
            // No more than there are rows.
            assert_eq!(most, 30_000, "{error}");
            assert!((2 << 20..100 << 20).contains(&needed), "{error}");
            needed
        }
        other => panic!("{other:?}"),
    };
    let answer = query.run_blocking(&engine(needed), &dataset);
    let answer = answer.expect("an answer");
    let counts = answer.batch().column(0);
    let counts = counts.as_any().downcast_ref::<arrow::array::Int64Array>();
    assert_eq!(counts.expect("whole numbers").value(0), 30_000);
}
