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
fn what_is_typed_may_stand_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| graticule(folder.path(), arguments, "");
    let text = "t;breite;long;zip;v\n1.7e+09;48,5;11,5;012;-9999\n1700000001;48,5;11,5;4e5;2,5\n";
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    let done = run(&[
        "import",
        "a.csv",
        "--lat",
        "breite",
        "--decimal",
        ",",
        "out",
        "--time-column",
        "t",
        "--time-unit",
        "s",
        "--null",
        "-9999",
        "--type",
        "zip=text,v=float",
    ]);
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{stderr}");
    let answer = run(&[
        "query",
        "out",
        "--select",
        "time,lon,lat,zip,v",
        "--format",
        "csv",
    ]);
    let text = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(
        text,
        "time,lon,lat,zip,v\n2023-11-14T22:13:20Z,11.5,48.5,012,\n2023-11-14T22:13:21Z,11.5,48.5,4e5,2.5\n"
    );
}

#[test]
fn days_imported_one_by_one_are_asked_together() {
    let folder = tempfile::tempdir().unwrap();
    for (day, draft) in [("1", ""), ("2", "3.5")] {
        let name = format!("{day}.csv");
        let text = format!("lon,lat,time,draft\n1,2,2026-01-0{day}T00:00:00Z,{draft}\n");
        std::fs::write(folder.path().join(&name), text).unwrap();
        let done = graticule(
            folder.path(),
            &["import", &name, &format!("d/day={day}")],
            "",
        );
        assert_eq!(done.status.code(), Some(0), "{done:?}");
    }
    let question = [
        "query",
        "d",
        "--agg",
        "count,mean(draft)",
        "--format",
        "csv",
    ];
    let answer = graticule(folder.path(), &question, "");
    let text = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(text, "count,mean(draft)\n2,3.5\n");
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
