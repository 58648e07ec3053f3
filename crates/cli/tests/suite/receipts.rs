//! What is said on stderr: the receipt's short form, and nothing of a driver's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample")
}

fn graticule() -> Command {
    Command::new(env!("CARGO_BIN_EXE_graticule"))
}

fn query(dataset: &Path, arguments: &[&str]) -> Output {
    let mut command = graticule();
    command.arg("query").arg(dataset).args(arguments);
    command.args(["--device", "cpu"]);
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

fn said(output: &Output) -> String {
    // Numbers are grouped by a narrow space.
    String::from_utf8_lossy(&output.stderr).replace('\u{202f}', " ")
}

#[test]
fn the_short_form_tells_what_there_is() {
    let short = said(&query(&sample(), &[]));
    let lines: Vec<&str> = short.lines().collect();
    let [rows, reading, seconds] = lines[..] else {
        panic!("{short}")
    };
    assert_eq!(
        rows,
        "3 993 rows of 4 000 matched (4 000 scanned, 7 invalid)"
    );
    assert!(
        reading.starts_with("on the CPU, 2 of 2 row groups, 5"),
        "{reading}"
    );
    assert!(reading.ends_with(" KiB fetched in 2 requests"), "{reading}");
    let (wall, stages) = seconds.split_once(" s").expect("seconds");
    assert!(wall.parse::<f64>().is_ok(), "{seconds}");
    assert!(
        stages.is_empty() || stages.starts_with(": "),
        "{seconds}: no colon without stages"
    );
}

#[test]
fn nothing_is_not_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.parquet");
    let path = empty.to_str().expect("text");
    query(
        &sample(),
        &[
            "--where",
            "speed_mps > 9999",
            "--select",
            "lon,lat",
            "-o",
            path,
        ],
    );
    let short = said(&query(&empty, &[]));
    assert!(
        short.starts_with("the dataset holds no row\non the CPU"),
        "{short}"
    );
    assert!(!short.contains("0 of 0"), "{short}");
}

#[test]
fn a_dash_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = graticule();
    command.current_dir(folder.path()).arg("query");
    command.arg(sample().canonicalize().expect("a folder"));
    command.args(["--format", "csv", "-o", "-", "--receipt", "-"]);
    let output = command.output().expect("the command runs");
    assert_eq!(output.stdout, b"count\n3993\n");
    let receipt: serde_json::Value =
        serde_json::from_slice(&output.stderr).expect("a receipt and nothing else");
    assert_eq!(receipt["rows_matched"], 3993);
    let files = std::fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(files.count(), 0);
}

/// Also where there is no desktop, which Mesa's layer would tell.
#[cfg(feature = "gpu")]
#[test]
fn drivers_are_quiet() {
    let sample = sample();
    let sample = sample.to_str().expect("text");
    let begins = [
        (&["devices"][..], None),
        (
            &["query", sample, "--device", "auto"],
            Some("3 993 rows of"),
        ),
        (&["query", sample, "--device", "gpu"], Some("3 993 rows of")),
    ];
    for (arguments, begin) in begins {
        let mut command = graticule();
        command.args(arguments);
        for variable in ["NODEVICE_SELECT", "XDG_RUNTIME_DIR", "DISPLAY"] {
            command.env_remove(variable);
        }
        let output = command.output().expect("the command runs");
        if arguments.contains(&"gpu") && !graticule_testing::has_adapter(output.status.success()) {
            continue;
        }
        let said = said(&output);
        match begin {
            None => assert_eq!(said, "", "{arguments:?}"),
            Some(begin) => assert!(said.starts_with(begin), "{arguments:?}: {said}"),
        }
    }
}
