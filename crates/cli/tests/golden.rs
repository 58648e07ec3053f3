//! Questions about real points, whose answers another engine computed (scripts/check-golden).

use serde_json::Value;
use std::path::Path;
use std::process::Command;

const DATA: &str = concat!(
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
    let is_there = Path::new(DATA).exists();
    if !is_there {
        eprintln!("SKIPPED: {DATA} is not there");
    }
    is_there
}

/// The same file in the graticule layout.
fn optimized(folder: &Path) -> String {
    let made = folder.join("made").display().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args(["optimize", DATA, &made, "--partition", "month"])
        .output()
        .expect("a process");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    made
}

/// The rows of a selection, which come in the order of the dataset, in one that all have.
fn sorted(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows").iter();
    let mut rows: Vec<String> = rows.map(Value::to_string).collect();
    rows.sort();
    rows
}

/// `made` is the same dataset in another layout, which must have the same bytes.
fn check(devices: &[&str], every: usize, made: Option<&str>) {
    let golden = std::fs::read_to_string(format!("{GOLDEN}/geolife.json")).expect("the table");
    let golden: Vec<Value> =
        serde_json::from_str(&golden.replace("{golden}", GOLDEN)).expect("JSON");
    assert!(golden.len() >= 25);
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
            let (answer, receipt) = ask(DATA, &args, device);
            let name = format!("{} on {device}", question["name"]);
            if let Some(made) = made {
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
                rechecked * 10_000 < total,
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
    assert!(made.is_none() || answered > 0, "{answered} tiles answered");
}

#[test]
fn answers_are_those_of_another_engine_in_either_layout() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    check(&["cpu"], 1, Some(&optimized(folder.path())));
}

/// Some of them, for a software adapter takes its time.
#[cfg(feature = "gpu")]
#[test]
fn a_gpu_has_the_same_answers() {
    if is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        check(&["gpu"], 6, Some(&optimized(folder.path())));
    }
}
