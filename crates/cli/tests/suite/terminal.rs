//! What files hold reaches a terminal without the characters that it would obey, and programs as it is.

use graticule_testing::{Table, Values};
use std::path::Path;
use std::process::{Command, Output};

fn graticule(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(arguments).output().expect("it runs")
}

const COLUMN: &str = "na\u{1b}[31mme\n2";
const TEXTS: [&str; 3] = ["a\u{1b}[31mb", "c\nd\te", "x\u{85}y"];

fn write(path: &Path) {
    let texts = TEXTS.map(|text| Some(text.to_owned())).to_vec();
    let columns = vec![(COLUMN.to_owned(), Values::Text(texts))];
    let degrees = || [1.0, 2.0, 3.0].map(Some).to_vec();
    let table = Table::new(degrees(), degrees(), vec![Some(0); 3], columns);
    table.write_parquet(path, 3).expect("a file");
}

/// All that a run says, which has no control character but the ends of lines.
fn said(arguments: &[&str]) -> String {
    let output = graticule(arguments);
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(both).expect("text");
    let raw = text.lines().find(|l| l.contains(char::is_control));
    assert_eq!(raw, None, "{arguments:?}");
    text
}

#[test]
fn a_terminal_obeys_no_value_and_no_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    std::fs::create_dir(&lake).expect("a folder");
    write(&lake.join("a.parquet"));
    let lake = lake.to_str().expect("text");
    let by = &["query", lake, "--device", "cpu", "--by", COLUMN][..];
    let table = said(by);
    let wanted = "na\\u{1b}[31mme\\n2  count
─────────────────  ─────
a\\u{1b}[31mb           1
c\\nd\\te                1
x\\u{85}y               1
";
    assert!(table.starts_with(wanted), "{table}");
    let line = "column      na\\u{1b}[31mme\\n2 (Utf8): a\\u{1b}[31mb | c\\nd\\te | x\\u{85}y\n";
    let info = said(&["info", lake]);
    assert!(info.contains(line), "{info}");
    let line = "key        na\\u{1b}[31mme\\n2\n";
    assert!(said(&[by, &["--explain"]].concat()).contains(line));
    let column = format!("sum({COLUMN})");
    let wrong = said(&["query", lake, "--agg", &column]);
    assert!(wrong.contains("na\\u{1b}[31mme\\n2"), "{wrong}");
    let missing = said(&["query", "no\u{1b}[31m\nwhere.parquet"]);
    assert!(missing.contains("no\\u{1b}[31m\\nwhere"), "{missing}");
}

#[test]
fn programs_get_what_files_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.parquet");
    write(&file);
    let file = file.to_str().expect("text");
    let of = |format| {
        let rest = ["--select", COLUMN, "--format", format];
        let output = graticule(&[&["query", file, "--device", "cpu"][..], &rest].concat());
        String::from_utf8(output.stdout).expect("text")
    };
    let csv = "\"na\u{1b}[31mme\n2\"\na\u{1b}[31mb\n\"c\nd\te\"\nx\u{85}y\n";
    assert_eq!(of("csv"), csv);
    let json: serde_json::Value = serde_json::from_str(&of("json")).expect("JSON");
    assert_eq!(json["columns"][0], COLUMN);
    for (row, text) in TEXTS.iter().enumerate() {
        assert_eq!(json["rows"][row][0], *text);
    }
}

#[cfg(unix)]
#[test]
fn names_that_no_request_can_hold_are_told_where_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("a\u{1b}[31m.parquet"));
    let dataset = folder.path().to_str().expect("text");
    let wrong = said(&["query", dataset]);
    let name = "no request can hold the name of 1 file, 'a\\u{1b}[31m.parquet'; rename it";
    assert!(wrong.contains(name), "{wrong}");
}

#[test]
fn an_import_tells_no_raw_name_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let csv = at("c.csv");
    std::fs::write(&csv, "lon,lat,ti\u{1b}[1mtle\n1,2,x\u{1b}\n3,\u{1b}[1m,y\n").expect("written");
    let told = said(&["import", &csv, &at("out")]);
    assert!(told.contains("ti\\u{1b}[1mtle Utf8"), "{told}");
    assert!(told.contains("'\\u{1b}[1m' is not a number"), "{told}");
}

#[test]
fn one_is_told_without_a_plural() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    write(folder.path().join("a.parquet").as_path());
    let text = format!("\"{COLUMN}\" = 'x\u{85}y'");
    let told = said(&[
        "query",
        &at("a.parquet"),
        "--device",
        "cpu",
        "--where",
        &text,
    ]);
    assert!(told.contains("1 row of 3 matched"), "{told}");
    assert!(told.contains("1 of 1 row group, "), "{told}");
    let told = said(&["optimize", &at("a.parquet"), &at("out")]);
    assert!(told.contains("3 rows in 1 file"), "{told}");
    let told = said(&["generate", &at("made"), "--points", "1", "--days", "1"]);
    assert!(told.starts_with("1 point in 1 file, "), "{told}");
    let told = said(&["index", &at("a.parquet")]);
    assert!(told.starts_with("1 file, 3 rows: "), "{told}");
}
