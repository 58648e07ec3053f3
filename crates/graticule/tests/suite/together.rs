//! Several questions at once on one engine, over more rows than a chunk has.

use crate::common::csv;
use graticule::{Dataset, Engine, Key, Query, Run};
use graticule_testing::Table;

/// More than two chunks, in row groups of three fourths of one.
const ROWS: u32 = 150_000;

#[test]
fn questions_side_by_side_have_their_own_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("points.parquet");
    // Points go round a grid of 10 by 7 cells of a degree, one second after the other.
    let lon = (0..ROWS).map(|i| Some(f64::from(i % 10) + 0.5));
    let lat = (0..ROWS).map(|i| Some(f64::from(i % 7) + 0.5));
    let time = (0..ROWS).map(|i| Some(1000 * i64::from(i)));
    let table = Table::new(lon.collect(), lat.collect(), time.collect(), vec![]);
    table.write_parquet(&path, 49_152).expect("a file");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let within = |bbox: &str| Query::new().within(bbox.parse().expect("a box"));
    // The question, and the rows that match, by hand: each cell has every seventieth row.
    let questions = [
        (Query::new(), 150_000),
        // Columns 2 to 4 of ten.
        (within("2,0,5,7").by([Key::geohash(4)]), 45_000),
        (within("2,0,5,7").select(["lon", "time"]), 45_000),
        // The fourth of every seven rows.
        (within("0,3,10,4").by([Key::time(3600)]), 21_429),
        (
            Query::new().by([Key::geohash(2), Key::time(86_400)]),
            150_000,
        ),
    ];
    let engine = Engine::cpu().threads(2);
    let alone: Vec<String> = questions
        .iter()
        .map(|(query, matched)| {
            let answer = query.run_blocking(&engine, &dataset).expect("an answer");
            assert_eq!(answer.receipt().rows_matched, *matched, "{query:?}");
            csv(&answer)
        })
        .collect();
    std::thread::scope(|scope| {
        for start in 0..questions.len() {
            let (questions, alone, engine, dataset) = (&questions, &alone, &engine, &dataset);
            scope.spawn(move || {
                for turn in 0..questions.len() {
                    let place = (start + turn) % questions.len();
                    let answer = questions[place].0.run_blocking(engine, dataset);
                    assert_eq!(csv(&answer.expect("an answer")), alone[place]);
                }
            });
        }
    });
}
