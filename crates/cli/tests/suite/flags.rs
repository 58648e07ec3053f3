//! The libraries name settings in backticks; whoever reads a terminal is told flags, and what was typed or lies in files
//! stays as it is.

use std::path::Path;
use std::process::{Command, Output};

fn graticule(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.current_dir(folder).args(arguments);
    command.output().expect("the binary runs")
}

/// All that a command says.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = graticule(folder, arguments);
    [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).expect("text"))
        .concat()
}

#[test]
fn settings_are_told_as_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let rows = "lon,lat,`time`,`by`,code\n1,2,3,4,4e2\n1,2,3,4,5\n1,2,3,4,6\n";
    std::fs::write(folder.join("a.csv"), rows).expect("a file");
    let import = ["import", "a.csv", "out"];
    let notes = said(
        folder,
        &[&import[..], &["--time-column", "nothing"]].concat(),
    );
    let columns = "--time-column names one of its columns: lon, lat, '`time`', '`by`', code";
    assert!(notes.contains(columns), "{notes}");
    let notes = said(folder, &import);
    let columns = "columns: lon Float64, lat Float64, `time` Int64, `by` Int64, code Utf8";
    for part in [columns, "--time-column names one", "--type 'code=float'"] {
        assert!(notes.contains(part), "'{part}' is not in: {notes}");
    }
    for (arguments, part) in [
        (
            &["--time", "2020-01-01.."][..],
            "name one with --time-column",
        ),
        (
            &["--where", "`by` > 3"],
            "in --where, at column 1 of '`by` > 3'",
        ),
        (&["--where", "`by` > 3"], "\n  `by` > 3\n  ^"),
        (&["--by", "`by`"], "`by`  count"),
        (&["--by", "`top`"], "no column '`top`'; it has "),
        (&["--by", "`top`"], "'`by`'"),
        (&["--max-bytes", "1"], "and --max-bytes allows 1"),
        (&["--as-of", "3"], "leave out --as-of"),
    ] {
        let text = said(
            folder,
            &[&["query", "out", "--device", "cpu"], arguments].concat(),
        );
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
}
