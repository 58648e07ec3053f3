//! `graticule import` from the command line: standard input, exit codes, and a question after it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn graticule(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn lines_become_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], input: &str| graticule(folder.path(), arguments, input);
    let lines = "when,a,b,v\n2009-01-04 02:52:00,1.5,2,x\n2009-01-04 02:53:00,1.5,north,y\n\
        2009-01-04 02:54:00,500,2,z\n";
    let import = [
        "import", "-", "out", "--format", "csv", "--lon", "a", "--lat", "b",
    ];
    let done = run(&[&import[..], &["--time-column", "when"]].concat(), lines);
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(
        (done.status.code(), done.stdout.len()),
        (Some(0), 0),
        "{stderr}"
    );
    let expected = [
        "records: 3, rows: 2 (1 of them with invalid coordinates)",
        "records rejected: 1",
        "standard input:3: column 'b': 'north' is not a number",
        "_rejects.csv",
    ];
    for part in expected {
        assert!(stderr.contains(part), "{stderr}");
    }
    let answer = run(
        &[
            "query",
            "out",
            "--select",
            "time,lon,lat,v",
            "--format",
            "csv",
        ],
        "",
    );
    let text = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(text, "time,lon,lat,v\n2009-01-04T02:52:00Z,1.5,2.0,x\n");
}

#[test]
fn wrong_use_and_failure_have_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let code =
        |arguments: &[&str], input: &str| graticule(folder.path(), arguments, input).status.code();
    std::fs::write(folder.path().join("a.csv"), "lon,lat\n1,2\nx,2\n").unwrap();
    assert_eq!(code(&["import", "a.csv"], ""), Some(2));
    assert_eq!(code(&["import", "-", "out"], "lon,lat\n"), Some(2));
    assert_eq!(
        code(&["import", "a.csv", "out", "--delimiter", "ab"], ""),
        Some(2)
    );
    assert_eq!(
        code(&["import", "a.csv", "out", "--step", "15"], ""),
        Some(2)
    );
    assert_eq!(code(&["import", "gone.csv", "out"], ""), Some(1));
    assert_eq!(
        code(&["import", "a.csv", "out", "--max-rejects", "0"], ""),
        Some(1)
    );
    assert!(!folder.path().join("out").exists());
    assert_eq!(
        code(&["import", "a.csv", "out", "--max-rejects", "1"], ""),
        Some(0)
    );
    assert_eq!(code(&["import", "a.csv", "out"], ""), Some(2));
}
