//! Questions whose answers another engine computed (scripts/check-golden): about a made-up nation, which every clone has,
//! and about real points, where they are present.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

const GEOLIFE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/geolife-5m.parquet"
);
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

/// The answer and the receipt of a question.
fn ask(dataset: &str, args: &[String], device: &str) -> (Value, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let receipt = folder.path().join("receipt.json");
    let output = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args(["query", dataset, "--format", "json", "--device", device])
        .arg("--receipt")
        .arg(&receipt)
        .args(args)
        .output()
        .expect("a process");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    let receipt = std::fs::read_to_string(receipt).expect("a receipt");
    (
        serde_json::from_slice(&output.stdout).expect("JSON"),
        serde_json::from_str(&receipt).expect("JSON"),
    )
}

/// The same value, or a number within the part of it that is allowed.
fn is_near(got: &Value, want: &Value, part: Option<f64>) -> bool {
    match (got.as_f64(), want.as_f64(), part) {
        (Some(got), Some(want), Some(part)) => (got - want).abs() <= part * want.abs(),
        _ => got == want,
    }
}

#[expect(clippy::print_stderr, reason = "a test says what it skips")]
fn is_there() -> bool {
    let is_there = Path::new(GEOLIFE).exists();
    if !is_there {
        eprintln!("SKIPPED: {GEOLIFE} is not there");
    }
    is_there
}

fn run(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args(args)
        .output();
    let output = output.expect("a process");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
}

/// The nation of `nation.json`.
fn nation(folder: &Path) -> String {
    let made = folder.join("nation").display().to_string();
    let size = ["--points", "200k", "--days", "10", "--seed", "7"];
    run(&[&["generate", &made][..], &size, &["--layout", "single"]].concat());
    made
}

/// The same rows in the graticule layout.
fn optimized(data: &str, partition: &str, folder: &Path) -> String {
    let made = folder.join("made").display().to_string();
    run(&["optimize", data, &made, "--partition", partition]);
    made
}

/// The rows of a selection, which come in the order of the dataset, in one that all have.
fn sorted(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows").iter();
    let mut rows: Vec<String> = rows.map(Value::to_string).collect();
    rows.sort();
    rows
}

/// `made` are the same rows in another layout, which must have the same bytes.
fn check(set: &str, data: &str, made: &str, devices: &[&str], every: usize) {
    let golden = std::fs::read_to_string(format!("{GOLDEN}/{set}.json")).expect("the table");
    let golden: Vec<Value> =
        serde_json::from_str(&golden.replace("{golden}", GOLDEN)).expect("JSON");
    assert!(golden.len() > 20);
    let is_selection = |question: &Value| {
        let args = question["args"].as_array();
        args.is_some_and(|args| args.iter().any(|a| a == "--select"))
    };
    let asked = golden.iter().zip(0usize..);
    let asked = asked.filter(|(q, i)| i % every == 0 || is_selection(q));
    let mut answered = 0;
    for (question, _) in asked {
        let list = |key: &str| question[key].as_array().expect("a list").clone();
        let text = |v: &Value| v.as_str().expect("a text").to_owned();
        let args: Vec<String> = list("args").iter().map(text).collect();
        let is_limited = args.iter().any(|a| a == "--limit");
        for device in devices {
            let (answer, receipt) = ask(data, &args, device);
            let name = format!("{} on {device}", question["name"]);
            let (same, told) = ask(made, &args, device);
            answered += told["tiles_answered"].as_u64().expect("a count");
            match (is_selection(question), is_limited) {
                (false, _) => assert_eq!(same, answer, "{name}, in the layout"),
                (true, false) => {
                    assert_eq!(sorted(&same), sorted(&answer), "{name}, in the layout");
                }
                // Which rows come first depends on the layout.
                (true, true) => {
                    assert_eq!(sorted(&same).len(), sorted(&answer).len(), "{name}");
                }
            }
            let rows = answer["rows"].as_array().expect("rows");
            assert_eq!(Some(rows.len() as u64), question["rows"].as_u64(), "{name}");
            // A limited selection stops when it has enough.
            if !is_limited {
                assert_eq!(receipt["rows_matched"], question["matched"], "{name}");
            }
            let [rechecked, total] =
                ["rows_rechecked", "rows_total"].map(|k| receipt[k].as_u64().expect("a count"));
            assert!(
                rechecked * 1_000 < total,
                "{name}: {rechecked} rows tested again"
            );
            let columns: Vec<String> = list("columns").iter().map(text).collect();
            for (got, want) in rows.iter().zip(list("head")) {
                let cells = got.as_array().expect("a row").iter();
                let wanted = want.as_array().expect("a row").iter();
                for ((got, want), column) in cells.zip(wanted).zip(&columns) {
                    let part = question["tolerance"][column].as_f64();
                    assert!(
                        is_near(got, want, part),
                        "{name}: {column} is {got}, not {want}"
                    );
                }
            }
        }
    }
    assert!(answered > 0, "{answered} tiles answered");
}

#[test]
fn answers_about_a_nation_are_those_of_another_engine_in_either_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = nation(folder.path());
    let made = optimized(&data, "day", folder.path());
    check("nation", &data, &made, &["cpu"], 1);
}

#[cfg(feature = "gpu")]
#[test]
fn a_gpu_has_the_same_answers_about_a_nation() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = nation(folder.path());
    let made = optimized(&data, "day", folder.path());
    check("nation", &data, &made, &["gpu"], 4);
}

#[test]
fn answers_about_real_points_are_those_of_another_engine_in_either_layout() {
    if is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = optimized(GEOLIFE, "month", folder.path());
        check("geolife", GEOLIFE, &made, &["cpu"], 1);
    }
}

/// Some of them, for a software adapter takes its time.
#[cfg(feature = "gpu")]
#[test]
fn a_gpu_has_the_same_answers_about_real_points() {
    if is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = optimized(GEOLIFE, "month", folder.path());
        check("geolife", GEOLIFE, &made, &["gpu"], 6);
    }
}
