//! Parts of a plan run in processes of their own, and their partials merge to the whole answer.

use arrow::array::RecordBatch;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use graticule::{Dataset, Engine, Part, Query, Run, finish, run_part};
use std::fs::File;
use std::path::Path;
use std::process::Command;

const PART: &str = "GRATICULE_TEST_PART";
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

/// Not a test of its own: what the processes run.
#[test]
#[ignore = "run by parts_in_processes_give_the_whole_answer"]
fn run_one_part() {
    let path = std::env::var(PART).expect("the path of a part");
    let text = std::fs::read_to_string(&path).expect("a part");
    let part: Part = serde_json::from_str(&text).expect("JSON");
    let partials = pollster::block_on(run_part(&part, &Engine::cpu())).expect("a partial");
    let partial = &partials[0];
    let file = File::create(format!("{path}.arrow")).expect("a file");
    let mut writer = FileWriter::try_new(file, &partial.schema()).expect("a writer");
    writer.write(partial).expect("rows");
    writer.finish().expect("an end");
}

fn in_a_process(part: &Part, path: &Path) -> RecordBatch {
    std::fs::write(path, serde_json::to_string(part).expect("JSON")).expect("a file");
    let status = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "run_one_part", "--ignored"])
        .env(PART, path)
        .status()
        .expect("a process");
    assert!(status.success());
    let file = File::open(format!("{}.arrow", path.display())).expect("a partial");
    let mut reader = FileReader::try_new(file, None).expect("Arrow");
    reader.next().expect("one batch").expect("rows")
}

#[test]
fn parts_in_processes_give_the_whole_answer() {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let query = Query::new()
        .by(["geohash:5", "day"].map(|k| k.parse().expect("a key")))
        .aggregate(
            ["count", "mean(speed_mps)", "sum(trip_id)"].map(|a| a.parse().expect("an aggregate")),
        );
    let plan = dataset.plan_blocking(&query).expect("a plan");
    let parts = plan.split(2);
    assert_eq!(parts.len(), 2);
    let folder = tempfile::tempdir().expect("a folder");
    let mut partials: Vec<RecordBatch> = parts
        .iter()
        .enumerate()
        .map(|(i, part)| in_a_process(part, &folder.path().join(format!("part-{i}.json"))))
        .collect();
    partials.reverse();
    let whole = query
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(&finish(&plan, &partials).expect("an answer"), whole.batch());
    assert!(whole.batch().num_rows() > 10);
}

#[test]
fn a_part_of_another_version_is_refused() {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let plan = dataset.plan_blocking(&Query::new()).expect("a plan");
    let mut json = serde_json::to_value(plan.part()).expect("JSON");
    json["version"] = 1.into();
    let part: Part = serde_json::from_value(json).expect("a part");
    let refused = pollster::block_on(run_part(&part, &Engine::cpu()));
    assert!(matches!(refused, Err(graticule::Error::PartVersion { .. })));
    let foreign = whole_partial(plan.part());
    let other = Query::new().by(["geohash:3".parse().expect("a key")]);
    let other = dataset.plan_blocking(&other).expect("a plan");
    assert!(
        finish(&other, &[foreign]).is_err(),
        "a partial of another question"
    );
}

fn whole_partial(part: &Part) -> RecordBatch {
    pollster::block_on(run_part(part, &Engine::cpu()))
        .expect("a partial")
        .remove(0)
}
