//! `in file`: what a list may be written as, and what is said of one that is wrong.

use std::path::Path;
use std::process::{Command, Output};

fn query(folder: &Path, arguments: &[&str]) -> Output {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(["query", sample, "--device", "cpu", "--format", "csv"]);
    let output = command.args(arguments).current_dir(folder).output();
    output.expect("the binary runs")
}

#[test]
fn lists_are_lines_or_a_column_of_csv() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    };
    write("lines", b"\xef\xbb\xbf1245187\r\n\r\n  1441796 \n");
    write(
        "trips.csv",
        b"\xef\xbb\xbfwho, trip \n\"a, b\",1245187\nc,\nd, 1441796\n",
    );
    write("a:b", b"1245187\n1441796\n");
    write("latin", b"caf\xe9\n");
    write("empty", b"\n");
    for name in ["lines", "trips.csv:trip", "a:b"] {
        let test = format!("trip_id in file '{name}'");
        let output = query(folder.path(), &["--where", &test]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(told, "count\n170\n", "{name}");
        // In the tests of aggregates, too, by the name that is written.
        let aggregate = format!("count(where {test})");
        let output = query(folder.path(), &["--agg", &aggregate]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(told, format!("{aggregate}\n170\n"));
    }
    for (name, code, reason) in [
        (
            "trips.csv:nobody",
            2,
            "has no column 'nobody'; its columns are who,  trip ",
        ),
        ("gone", 1, "the list 'gone' cannot be read"),
        ("latin", 2, "the list 'latin' is not text in UTF-8"),
        (
            "trips.csv",
            2,
            "value 1, 'who, trip', does not compare with trip_id",
        ),
        ("empty", 0, "no row matches: the list 'empty' is empty"),
    ] {
        let output = query(
            folder.path(),
            &["--where", &format!("trip_id in file '{name}'")],
        );
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(reason), "{name}: {told}");
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
    }
}
