//! A panic in a fetch, a thread or a sink ends in an error, soon, and the engine answers the next question.

use graticule::{Dataset, Engine, Error, Key, Part, Query, Run, is_guarded, run_part};
use graticule_testing::Table;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(5);

/// Four files of 5,000 points, each with two row groups.
fn files(folder: &Path) -> Dataset {
    let table = Table::new(
        vec![Some(1.0); 5000],
        vec![Some(2.0); 5000],
        vec![Some(3); 5000],
        vec![],
    );
    for i in 0..4 {
        let path = folder.join(format!("{i}.parquet"));
        table.write_parquet(&path, 2500).expect("a file");
    }
    Dataset::open_blocking(folder.to_str().expect("text")).expect("a dataset")
}

fn engine() -> Engine {
    Engine::cpu().threads(4).chunk_rows(500)
}

/// Within five seconds it failed as a bug, in words that hold these.
fn is_bug<T: std::fmt::Debug>(begin: Instant, result: Result<T, Error>, words: &str) {
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    match result {
        Err(error @ Error::Worker(_)) => {
            assert!(error.to_string().contains(words), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

fn counts_all(engine: &Engine, dataset: &Dataset) {
    let answer = Query::new().run_blocking(engine, dataset);
    assert_eq!(answer.expect("an answer").receipt().rows_matched, 20_000);
}

/// What is called with rows done panics from row 6,000 on, as a kernel of that row would.
fn panicking() -> graticule::Progress {
    Arc::new(|done, _| assert!(done < 6000, "at row 6000"))
}

#[test]
fn a_panic_of_a_thread_names_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (dataset, engine) = (files(folder.path()), engine());
    let grouped = Query::new().by([Key::geohash(5)]);
    let selected = Query::new().select(["lon", "lat"]);
    let few = Query::new().select(["lon"]).limit(19_000);
    for query in [grouped, selected, few] {
        let begin = Instant::now();
        let asked = graticule::run_with(&query, &engine, &dataset, Some(panicking()));
        let result = pollster::block_on(asked);
        is_bug(begin, result, ".parquet', row group");
        counts_all(&engine, &dataset);
    }
}

#[test]
fn a_part_is_looked_at_before_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (dataset, engine) = (files(folder.path()), engine());
    let query = Query::new().by([Key::geohash(5)]);
    let plan = dataset.plan_blocking(&query).expect("a plan");
    let mut part = plan.split(1).remove(0);
    let batches = pollster::block_on(run_part(&part, &engine)).expect("a partial");
    assert_eq!(batches.len(), 1);
    let mut json = serde_json::to_value(&part).expect("JSON");
    json["scan"]["groups"][3]["file"] = 77.into();
    part = serde_json::from_value(json).expect("a part");
    match pollster::block_on(run_part(&part, &engine)) {
        Err(error @ Error::Plan(_)) => {
            assert!(error.to_string().contains("file 77"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    counts_all(&engine, &dataset);
}

#[test]
fn a_part_reads_only_where_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = files(folder.path());
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let within = |root: String| engine().read_within([root]);
    let plan = dataset.plan_blocking(&Query::new()).expect("a plan");
    let run = |part: &Part, engine: &Engine| pollster::block_on(run_part(part, engine));
    assert!(run(plan.part(), &within(text(folder.path()))).is_ok());
    let parent = folder.path().parent().expect("a parent");
    assert!(run(plan.part(), &within(text(parent))).is_ok());
    let other = tempfile::tempdir().expect("a folder");
    let refused = |part: &Part, root: String| {
        let error = run(part, &within(root)).expect_err("an error").to_string();
        assert!(error.contains("where alone may be read"), "{error}");
    };
    refused(plan.part(), text(other.path()));
    refused(plan.part(), "s3://fleet/pings".to_owned());
    // One of several folders will do; a pattern is none.
    let engines = [
        text(other.path()),
        "/not/there".to_owned(),
        text(folder.path()),
    ];
    assert!(run(plan.part(), &engine().read_within(engines)).is_ok());
    let pattern = text(parent) + "/*";
    let error = run(plan.part(), &within(pattern)).expect_err("an error");
    assert!(error.to_string().contains("it is a pattern"), "{error}");
    // A link leads where it leads.
    #[cfg(unix)]
    {
        let link = other.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).expect("a link");
        let mut json = serde_json::to_value(plan.part()).expect("JSON");
        json["scan"]["url"] = text(other.path()).into();
        for file in json["scan"]["files"].as_array_mut().expect("files") {
            let path = Path::new(file["path"].as_str().expect("text"));
            let name = path.file_name().expect("a name");
            file["path"] = text(&link.join(name))[1..].into();
        }
        let part: Part = serde_json::from_value(json).expect("a part");
        refused(&part, text(other.path()));
        assert!(run(&part, &engine()).is_ok());
    }
    // A file of another folder, or of none.
    for path in ["elsewhere/a.parquet", "../a.parquet"] {
        let mut json = serde_json::to_value(plan.part()).expect("JSON");
        json["scan"]["files"][1]["path"] = path.into();
        let part: Part = serde_json::from_value(json).expect("a part");
        refused(&part, text(folder.path()));
    }
}

#[test]
fn a_hook_knows_what_is_guarded() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static GUARDED: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if is_guarded(panic) {
            GUARDED.fetch_add(1, Ordering::Relaxed);
        } else {
            before(panic);
        }
    }));
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = files(folder.path());
    let query = Query::new().select(["lon"]);
    let engine = engine();
    let asked = graticule::run_with(&query, &engine, &dataset, Some(panicking()));
    let error = pollster::block_on(asked)
        .expect_err("it panics")
        .to_string();
    // The hook knows the place, too, and the threads have no say by their names.
    assert!(error.contains("panics.rs:"), "{error}");
    assert!(GUARDED.load(Ordering::Relaxed) > 0);
}
