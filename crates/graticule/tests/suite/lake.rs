//! What is read and what is not: pages, spend known before it is spent, files that lack columns.

use graticule::{Answer, Bbox, Dataset, Engine, Error, Filter, Query, Run, count, max, min, sum};
use graticule_testing::{Cell, Table, Values, rows_of};
use parquet::file::properties::WriterProperties;
use std::path::Path;

/// 10,000 rows that go east by a thousandth of a degree and a second each, in two row groups of 50 pages.
fn track(folder: &Path) -> Dataset {
    let path = folder.join("track.parquet");
    let rows = 0..10_000i64;
    let table = Table::new(
        rows.clone().map(|i| Some(i as f64 / 1000.0)).collect(),
        vec![Some(50.0); 10_000],
        rows.clone().map(|i| Some(1000 * i)).collect(),
        vec![("n".to_owned(), Values::I64(rows.map(Some).collect()))],
    );
    let small = WriterProperties::builder()
        .set_max_row_group_row_count(Some(5_000))
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_dictionary_enabled(false);
    table
        .write_parquet_with(&path, small.build())
        .expect("a file");
    Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset")
}

fn condition(text: &str) -> Filter {
    Filter::Where(text.parse().expect("a condition"))
}

fn cells(answer: &Answer) -> Vec<Vec<Cell>> {
    rows_of(&[answer.batch().clone()])
}

fn ask(query: &Query, dataset: &Dataset) -> Answer {
    let engine = Engine::cpu().threads(2).chunk_rows(64);
    let plan = dataset.plan_blocking(query).expect("a plan");
    let cost = dataset.cost(&plan);
    let answer = query.run_blocking(&engine, dataset).expect("an answer");
    let receipt = answer.receipt();
    // Nothing but what was said is spent.
    assert_eq!(
        (receipt.bytes_fetched, receipt.requests),
        (cost.bytes, cost.requests)
    );
    answer
}

#[test]
fn pages_outside_are_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = track(folder.path());
    let aggregates = || [count(), min("n"), max("n"), sum("n")];
    // Rows 1230 to 1560, of pages 12 to 15 of the first row group.
    let bbox = Bbox::new(1.23, 49.0, 1.56, 51.0).expect("a box");
    let query = Query::new().within(bbox).aggregate(aggregates());
    let answer = ask(&query, &dataset);
    let total = (1230 + 1560) * 331 / 2;
    assert_eq!(
        cells(&answer),
        [[
            Cell::Int(331),
            Cell::Int(1230),
            Cell::Int(1560),
            Cell::Int(total)
        ]]
    );
    let receipt = answer.receipt();
    assert_eq!(
        (receipt.row_groups_total, receipt.row_groups_pruned),
        (2, 1)
    );
    // Of the 50 pages of longitude, latitude and n; the last of n is not of another size.
    assert_eq!(receipt.pages_pruned, 3 * 46);
    // And of the 400 rows of such pages, the chunks without a place in the box.
    assert_eq!(receipt.rows_scanned, 384);
    // Edges are tested again with the rows' own numbers.
    assert!(receipt.rows_rechecked > 0);
    let whole = ask(&Query::new().aggregate(aggregates()), &dataset);
    assert_eq!(whole.receipt().pages_pruned, 0);
    assert!(whole.receipt().bytes_fetched > 8 * receipt.bytes_fetched);
    // By time, and by an attribute, in two places.
    let query = Query::new()
        .during(
            "1970-01-01T00:01:40Z..1970-01-01T00:01:41Z"
                .parse()
                .expect("a range"),
        )
        .aggregate(aggregates());
    let answer = ask(&query, &dataset);
    // Of the page, only the chunk that holds the time is looked at.
    assert_eq!(
        (answer.receipt().pages_pruned, answer.receipt().rows_scanned),
        (4 * 49, 28)
    );
    assert_eq!(cells(&answer)[0][1], Cell::Int(100));
    let query = Query::new()
        .filter(condition("n = 4999 or n in (5000, 7) or n is null"))
        .aggregate(aggregates());
    let answer = ask(&query, &dataset);
    assert_eq!(
        cells(&answer),
        [[
            Cell::Int(3),
            Cell::Int(7),
            Cell::Int(5000),
            Cell::Int(10_006)
        ]]
    );
    assert_eq!(answer.receipt().rows_scanned, 300);
    // Statistics of pages may show that a whole row group is needless.
    let query = Query::new()
        .filter(condition("n = 3 and lon > 2"))
        .aggregate([count()]);
    let answer = ask(&query, &dataset);
    assert_eq!(
        (
            answer.receipt().row_groups_pruned,
            answer.receipt().rows_scanned
        ),
        (2, 0)
    );
    assert_eq!(answer.receipt().files_pruned, 1);
}

#[test]
fn selected_rows_of_left_pages_are_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = track(folder.path());
    let query = Query::new()
        .filter(condition(
            "n between 180 and 220 or n between 4990 and 5010",
        ))
        .select(["n", "lon"]);
    let answer = ask(&query, &dataset);
    let expected: Vec<Vec<Cell>> = (180..=220)
        .chain(4990..=5010)
        .map(|n| vec![Cell::Int(n), Cell::Float(n as f64 / 1000.0)])
        .collect();
    assert_eq!(cells(&answer), expected);
    // Of four pages of 100 rows, without the block of 64 before the first row that can match.
    assert_eq!(answer.receipt().rows_scanned, 336);
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = track(folder.path());
    let query = Query::new().aggregate([sum("n")]);
    let cost = dataset.cost(&dataset.plan_blocking(&query).expect("a plan"));
    assert!(cost.bytes > 100_000 && cost.requests > 0, "{cost:?}");
    let engine = |bytes| Engine::cpu().max_bytes(bytes);
    let enough = query
        .run_blocking(&engine(cost.bytes), &dataset)
        .expect("an answer");
    assert_eq!(enough.receipt().bytes_fetched, cost.bytes);
    match query.run_blocking(&engine(cost.bytes - 1), &dataset) {
        Err(error @ Error::TooMuch { .. }) => {
            assert!(
                error.to_string().contains(&cost.bytes.to_string()),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_lack_a_column_have_nulls_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = |columns: Vec<(String, Values)>| {
        Table::new(
            vec![Some(1.0); 3],
            vec![Some(2.0); 3],
            vec![Some(5); 3],
            columns,
        )
    };
    let numbers = ("n".to_owned(), Values::I64(vec![Some(1), None, Some(3)]));
    let texts = Values::Text(vec![Some("x".to_owned()), None, Some("y".to_owned())]);
    for (name, columns) in [
        ("a", vec![numbers.clone()]),
        ("b", vec![("t".to_owned(), texts)]),
        ("c", vec![]),
        ("d", vec![numbers]),
    ] {
        let path = folder.path().join(format!("{name}.parquet"));
        table(columns).write_parquet(&path, 2).expect("a file");
    }
    let dataset = Dataset::open_blocking(folder.path().to_str().expect("text")).expect("a dataset");
    let answer = |query: Query| {
        let answer = query
            .run_blocking(&Engine::cpu(), &dataset)
            .expect("an answer");
        cells(&answer)
    };
    let number = |n| Cell::Int(n);
    assert_eq!(
        answer(Query::new().aggregate([count(), sum("n"), max("n")])),
        [[number(12), number(8), number(3)]]
    );
    assert_eq!(
        answer(Query::new().filter(condition("n is null")))[0],
        [number(8)]
    );
    assert_eq!(
        answer(Query::new().filter(condition("not n > 1")))[0],
        [number(2)]
    );
    assert_eq!(
        answer(Query::new().filter(condition("t = 'x' or n = 3")))[0],
        [number(3)]
    );
    assert_eq!(
        answer(
            Query::new()
                .by([graticule::Key::column("t")])
                .aggregate([count(), sum("n")])
        ),
        [
            [Cell::Text("x".to_owned()), number(1), Cell::Null],
            [Cell::Text("y".to_owned()), number(1), Cell::Null],
            [Cell::Null, number(10), number(8)],
        ]
    );
    let rows = answer(
        Query::new()
            .filter(condition("t is null"))
            .select(["n", "t"]),
    );
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[3], [Cell::Null, Cell::Null]);
}
