//! What does not fit the memory that is allowed is refused, and the number that is told suffices.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use graticule::{Dataset, Engine, Error, Key, Query, Run, distinct};
use graticule_testing::{Table, Values};
use std::path::Path;

const ROWS: usize = 30_000;

/// Points with a number and a text of 200 bytes of their own, some numbers of which 0.0 is one and -0.0 another,
/// and some far from each other.
fn file(folder: &Path) -> Dataset {
    let path = folder.join("points.parquet");
    let id = (0..ROWS).map(|i| Some(i64::try_from(i).expect("few") * 1_000_003));
    let note = (0..ROWS).map(|i| Some(format!("{i:0200}")));
    let number = |i: usize| f64::from(u32::try_from(i % 10_001).expect("few"));
    let x = (0..ROWS).map(|i| Some(number(i) - 1.0).map(|x| if x < 0.0 { -0.0 } else { x }));
    let far = (0..ROWS).map(|i| Some([1e-300, 1e300, 1.0][i % 3]));
    let table = Table::new(
        vec![Some(1.0); ROWS],
        vec![Some(2.0); ROWS],
        vec![Some(3); ROWS],
        vec![
            ("id".to_owned(), Values::I64(id.collect())),
            ("note".to_owned(), Values::Text(note.collect())),
            ("x".to_owned(), Values::F64(x.collect())),
            ("far".to_owned(), Values::F64(far.collect())),
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
fn texts_that_are_counted_tell_what_suffices() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let query = Query::new().aggregate([distinct("note")]);
    let needed = match query.run_blocking(&engine(8 << 20), &dataset) {
        Err(Error::TextMemory { needed, .. }) => needed,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        counted(&query, &engine(needed), &dataset),
        (vec![30_000], 0)
    );
}

/// The whole numbers of an answer's first row, and whether bytes went to disk.
fn counted(query: &Query, engine: &Engine, dataset: &Dataset) -> (Vec<i64>, u64) {
    let answer = query.run_blocking(engine, dataset).expect("an answer");
    let number = |column: &arrow::array::ArrayRef| {
        let numbers = column.as_any().downcast_ref::<arrow::array::Int64Array>();
        numbers.expect("whole numbers").value(0)
    };
    let numbers = answer.batch().columns().iter().map(number);
    (numbers.collect(), answer.receipt().bytes_spilled.min(1))
}

#[test]
fn pairs_without_keys_go_to_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let query = Query::new().aggregate([graticule::count(), distinct("id"), distinct("x")]);
    for (memory, on_disk) in [(1 << 20, 1), (8 << 20, 1), (64 << 20, 0), (16 << 30, 0)] {
        let (numbers, spilled) = counted(&query, &engine(memory), &dataset);
        // Values of x are -0.0, 0.0, and 1 to 9999; the two zeros are one.
        assert_eq!(numbers, [30_000, 30_000, 10_000], "{memory}");
        assert_eq!(spilled, on_disk, "{memory}");
    }
}

#[test]
fn a_group_with_more_pairs_than_fit_goes_to_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let query = Query::new().by([Key::geohash(3)]).aggregate([
        distinct("id"),
        graticule::quantile("id", 0.5).expect("a share"),
        distinct("x"),
    ]);
    let ask = |memory| {
        let answer = query.run_blocking(&engine(memory), &dataset);
        let answer = answer.expect("an answer");
        (answer.batch().clone(), answer.receipt().bytes_spilled)
    };
    let (whole, nothing) = ask(16 << 30);
    let (spilled, bytes) = ask(2 << 20);
    assert_eq!((whole.num_rows(), nothing), (1, 0));
    assert!(bytes > 0);
    assert_eq!(spilled, whole);
}

#[test]
fn values_of_a_group_that_come_in_pieces_are_ranked_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    let exact = ["quantile(id, 0.25, exact)", "hist(id, 9)", "mode(x)"];
    let exact = exact.map(|text| text.parse().expect("an aggregate"));
    let query = Query::new().by([Key::geohash(3)]).aggregate(exact);
    let ask = |memory| query.run_blocking(&engine(memory), &dataset);
    let whole = ask(16 << 30).expect("an answer");
    let pieces = ask(2 << 20).expect("an answer");
    assert!(pieces.receipt().bytes_spilled > 0);
    assert_eq!(pieces.batch(), whole.batch());
    let quarter = whole.batch().column(1).as_primitive::<Int64Type>().value(0);
    assert_eq!(quarter, 7_499 * 1_000_003);
    // 30,000 ids take more than is for them then.
    match ask(1 << 20) {
        Err(error @ Error::PairMemory { .. }) => {
            assert!(error.to_string().contains("raise `memory`"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn groups_that_grow_within_a_chunk_go_to_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    // Of values from 1e-300 to 1e300 a variance takes some 200 words.
    let query = Query::new().by([Key::column("id")]).aggregate([
        graticule::var("far"),
        graticule::var("x"),
        graticule::count(),
    ]);
    let ask = |memory| {
        let answer = query.run_blocking(&engine(memory), &dataset);
        let answer = answer.expect("an answer");
        (answer.batch().clone(), answer.receipt().bytes_spilled)
    };
    let (whole, nothing) = ask(16 << 30);
    assert_eq!((whole.num_rows(), nothing), (30_000, 0));
    for memory in [4 << 20, 16 << 20] {
        let (spilled, bytes) = ask(memory);
        assert!(bytes > 0);
        assert_eq!(spilled, whole);
    }
}

/// The rows of the largest batch that a selection hands out.
fn largest(query: &Query, memory: u64, dataset: &Dataset) -> usize {
    let engine = engine(memory);
    let mut rows = pollster::block_on(engine.stream(query, dataset)).expect("an answer");
    let rows = rows.blocking().map(|b| b.expect("rows").num_rows());
    let rows: Vec<usize> = rows.collect();
    assert_eq!(rows.iter().sum::<usize>(), ROWS);
    rows.into_iter().max().unwrap_or(0)
}

#[test]
fn long_rows_are_handed_out_few_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = file(folder.path());
    // Of two threads each holds a thirty-second of the memory: 512 KiB of texts of 200 bytes, not 5,000 rows.
    let note = Query::new().select(["note"]);
    let rows = largest(&note, 16 << 20, &dataset);
    assert!((1_000..=2_700).contains(&rows), "{rows}");
    assert_eq!(largest(&note, 4 << 30, &dataset), 5_000);
}

#[test]
fn many_groups_are_merged_in_parts() {
    const MANY: u32 = 700_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("many.parquet");
    // Each place twice, far from one another: more of them than a thread keeps in its table.
    let place = |row: u32| row % (MANY / 2);
    let rows = 0..MANY;
    let table = Table::new(
        rows.clone()
            .map(|row| Some(f64::from(place(row) % 700) * 0.01))
            .collect(),
        rows.clone()
            .map(|row| Some(f64::from(place(row) / 700) * 0.01))
            .collect(),
        vec![Some(3); MANY as usize],
        vec![(
            "x".to_owned(),
            Values::F64(rows.map(|row| Some(f64::from(row))).collect()),
        )],
    );
    table.write_parquet(&path, 50_000).expect("a file");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let query = Query::new().by([Key::geohash(9)]).aggregate([
        graticule::max("x"),
        graticule::count(),
        distinct("x"),
    ]);
    let ask = |query: &Query, threads| {
        let engine = Engine::cpu().threads(threads).memory(16 << 30);
        let answer = query.run_blocking(&engine, &dataset).expect("an answer");
        assert_eq!(answer.receipt().bytes_spilled, 0);
        answer.batch().clone()
    };
    let all = ask(&query, 3);
    assert_eq!(all.num_rows(), 350_000);
    for count in [2, 3] {
        let counts = all.column(count).as_primitive::<Int64Type>();
        assert!(counts.values().iter().all(|count| *count == 2));
    }
    assert_eq!(ask(&query, 1), all);
    // Those of the last rows, each with the row's number.
    let top = ask(&query.clone().top(1_000), 2);
    let greatest = top.column(1).as_primitive::<Float64Type>();
    let wanted = (0..1_000).map(|row| f64::from(MANY - 1 - row));
    assert!(greatest.values().iter().copied().eq(wanted));
}
