//! Random datasets and questions, on edges and one ulp beside them: the oracle's answer, whatever
//! the order of rows, the layout, the chunks and the threads.

use crate::common::{Outcome, ask, cases, query_of, whole_seconds};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::IpcWriteOptions;
use graticule::{Dataset, Engine, Error, PlanError, Query, finish, run_part};
use graticule_testing::strategies::{PARTITION, Shape, case, rich_case};
use graticule_testing::{OracleError, Question, Table, answer};
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

static RECHECKED: AtomicU64 = AtomicU64::new(0);
static PAGES: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);
static SPILLED: AtomicU64 = AtomicU64::new(0);

/// What the oracle says; `None` where it, too, finds that an integer sum overflows.
fn truth(table: &Table, question: &Question) -> Option<graticule_testing::Answer> {
    match answer(table, question) {
        Ok(answer) => Some(answer),
        Err(OracleError::SumOverflow { .. }) => None,
        Err(error) => panic!("the oracle refuses its own question: {error}"),
    }
}

fn agrees(table: &Table, question: &Question, folder: &Path) {
    let truth = truth(table, question);
    let query = query_of(question);
    let file = folder.join("points.parquet");
    table.write_parquet(&file, 700).expect("a file");
    // Polygons over the antimeridian, or without an area, are refused; the oracle takes any.
    let dataset = Dataset::open_blocking(file.to_str().expect("text")).expect("a dataset");
    if let Err(Error::Plan(PlanError::Region(_))) = dataset.plan_blocking(&query) {
        REFUSED.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let (first, answer) = ask(&file, &query, &Engine::cpu().threads(1));
    match (&first, &truth) {
        (Outcome::Rows { cells, .. }, Some(truth)) => {
            if let Some(difference) = truth.difference(cells) {
                panic!("{question:?}: {difference}");
            }
        }
        (Outcome::Overflow, None) => {}
        // The oracle adds up groups that are not told, too.
        (Outcome::Rows { .. }, None) if question.top.is_some() || question.having.is_some() => {}
        (got, want) => panic!("{question:?}: {got:?} instead of {want:?}"),
    }
    if let (Some(answer), Some(truth)) = (answer, truth) {
        let receipt = answer.receipt();
        // A limited selection stops when it has enough.
        if question.select.as_ref().is_none_or(|s| s.1.is_none()) {
            assert_eq!(
                receipt.rows_matched, truth.rows_matched as u64,
                "{question:?}"
            );
        }
        RECHECKED.fetch_add(receipt.rows_rechecked, Ordering::Relaxed);
    }
    let same = |name: &str, path: &Path, engine: &Engine| {
        assert_eq!(ask(path, &query, engine).0, first, "{name}: {question:?}");
    };
    same(
        "3 threads, small chunks",
        &file,
        &Engine::cpu().threads(3).chunk_rows(97),
    );
    // So little memory that groups go to disk.
    let little = Engine::cpu()
        .threads(8)
        .chunk_rows(61)
        .memory(4 << 20)
        .parted_bytes(0);
    let (spilled, answer) = ask(&file, &query, &little);
    assert_eq!(spilled, first, "little memory: {question:?}");
    if answer.is_some_and(|answer| answer.receipt().bytes_spilled > 0) {
        SPILLED.fetch_add(1, Ordering::Relaxed);
        // The same groups leave their tables, and stay in memory, or some do.
        let scarce = Engine::cpu().threads(8).chunk_rows(61).memory(4 << 20);
        same(
            "groups in parts",
            &file,
            &scarce.clone().parted_bytes(u64::MAX),
        );
        same("some groups on disk", &file, &scarce.parted_bytes(8 << 10));
    }
    let paged = folder.join("paged.parquet");
    let small = WriterProperties::builder()
        .set_max_row_group_row_count(Some(900))
        .set_data_page_row_count_limit(16)
        .set_write_batch_size(16);
    table
        .write_parquet_with(&paged, small.build())
        .expect("a file");
    for engine in [
        Engine::cpu().threads(1),
        Engine::cpu().threads(3).chunk_rows(37),
    ] {
        let (got, answer) = ask(&paged, &query, &engine);
        assert_eq!(got, first, "small pages: {question:?}");
        let pruned = answer.map_or(0, |a| a.receipt().pages_pruned);
        PAGES.fetch_add(pruned, Ordering::Relaxed);
    }
    if query.select.is_none() {
        parts(&paged, &query, &first);
        let shuffled = folder.join("shuffled.parquet");
        table
            .shuffled(7)
            .write_parquet(&shuffled, 301)
            .expect("a file");
        same("shuffled", &shuffled, &Engine::cpu().threads(8));
    }
    let arrow = folder.join("points.arrow");
    let options = IpcWriteOptions::default();
    let options = options.try_with_compression(Some(CompressionType::LZ4_FRAME));
    table
        .write_arrow(&arrow, 301, options.expect("it is built in"))
        .expect("a file");
    same("Arrow", &arrow, &Engine::cpu().threads(2).chunk_rows(89));
    let split = folder.join("split");
    std::fs::create_dir(&split).expect("a folder");
    for (i, part) in table.split(4).iter().enumerate() {
        let name = split.join(format!("part-{i}.parquet"));
        part.write_parquet(&name, 5_000).expect("a file");
    }
    same("split in files", &split, &Engine::cpu().threads(2));
    if query.select.is_none() {
        parts(&split, &query, &first);
    }
}

/// Plans, splits, sends the parts through JSON, runs them apart and merges them backwards.
fn parts(path: &Path, query: &Query, whole: &Outcome) {
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let plan = dataset.plan_blocking(query).expect("a plan");
    let mut partials = Vec::new();
    for part in plan.split(3) {
        let text = serde_json::to_string(&part).expect("JSON");
        let part = serde_json::from_str(&text).expect("a part");
        let engine = Engine::cpu().threads(1);
        partials.extend(pollster::block_on(run_part(&part, &engine)).expect("a partial"));
    }
    partials.reverse();
    match (finish(&plan, &partials), whole) {
        (Ok(batch), Outcome::Rows { cells, .. }) => {
            assert_eq!(
                &graticule_testing::rows_of(&[batch]),
                cells,
                "in parts: {query:?}"
            );
        }
        (Err(Error::Overflow { .. }), Outcome::Overflow) => {}
        (got, want) => panic!("{got:?} instead of {want:?}"),
    }
}

#[test]
fn adversarial_questions_have_the_oracles_answer() {
    let mut runner = proptest::test_runner::TestRunner::new(cases(96));
    let result = runner.run(&case(Shape::adversarial(1500)), |(table, question)| {
        let folder = tempfile::tempdir().expect("a folder");
        agrees(&table, &whole_seconds(question), folder.path());
        Ok(())
    });
    result.expect("every case agrees");
    assert!(PAGES.load(Ordering::Relaxed) > 0, "no page was left out");
    assert!(
        RECHECKED.load(Ordering::Relaxed) > 0,
        "no point was on an edge"
    );
}

#[test]
fn rich_questions_have_the_oracles_answer() {
    let config = cases(160);
    let most = u64::from(config.cases / 3);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(&rich_case(Shape::adversarial(600)), |(table, question)| {
        let folder = tempfile::tempdir().expect("a folder");
        agrees(&table, &whole_seconds(question), folder.path());
        Ok(())
    });
    result.expect("every case agrees");
    let spilled = SPILLED.load(Ordering::Relaxed);
    assert!(spilled > 3, "{spilled} answers went to disk");
    let refused = REFUSED.load(Ordering::Relaxed);
    assert!(refused < most, "{refused} questions were refused");
}

#[test]
fn folders_are_columns() {
    let shape = Shape {
        partition: true,
        ..Shape::adversarial(800)
    };
    let mut runner = proptest::test_runner::TestRunner::new(cases(32));
    let result = runner.run(&case(shape), |(table, question)| {
        if table.rows() == 0 {
            return Ok(()); // no folder, no dataset
        }
        let question = whole_seconds(question);
        let folder = tempfile::tempdir().expect("a folder");
        table
            .write_hive(folder.path(), PARTITION, 300)
            .expect("folders");
        if let Some(truth) = truth(&table, &question) {
            let (outcome, _) = ask(folder.path(), &query_of(&question), &Engine::cpu());
            match outcome {
                Outcome::Rows { cells, .. } => {
                    assert_eq!(truth.difference(&cells), None, "{question:?}");
                }
                Outcome::Overflow => panic!("{question:?} does not overflow"),
            }
        }
        Ok(())
    });
    result.expect("every case agrees");
}
