//! Globs, the manifest, what a question costs and what it may cost, at the command line.

use std::path::Path;
use std::process::{Command, Output};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

fn graticule(cache: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args(args)
        .env("GRATICULE_CACHE_DIR", cache)
        .output()
        .expect("a process")
}

fn text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    text.into_owned()
}

#[test]
fn index_keeps_what_footers_say() {
    let cache = tempfile::tempdir().expect("a folder");
    let first = graticule(cache.path(), &["index", SAMPLE]);
    assert!(first.status.success(), "{}", text(&first));
    assert!(text(&first).contains("0 known"), "{}", text(&first));
    let second = graticule(cache.path(), &["index", SAMPLE]);
    assert!(
        text(&second).contains("0 new, 0 changed, 0 removed; 0 bytes"),
        "{}",
        text(&second)
    );
    let counted = graticule(cache.path(), &["query", SAMPLE, "--format", "csv"]);
    assert_eq!(
        String::from_utf8_lossy(&counted.stdout),
        "count\n3993\n",
        "{}",
        text(&counted)
    );
}

#[test]
fn a_question_says_what_it_costs_and_may_be_refused() {
    let cache = tempfile::tempdir().expect("a folder");
    let explained = graticule(cache.path(), &["query", SAMPLE, "--explain"]);
    let line = text(&explained);
    let line = line
        .lines()
        .find(|l| l.starts_with("cost"))
        .expect("the cost")
        .to_owned();
    let bytes = line.split_whitespace().nth(3).expect("a number").to_owned();
    let refused = graticule(cache.path(), &["query", SAMPLE, "--max-bytes", "10"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused).contains(&format!("up to {bytes} bytes")),
        "{}",
        text(&refused)
    );
    let allowed = graticule(cache.path(), &["query", SAMPLE, "--max-bytes", &bytes]);
    assert!(allowed.status.success(), "{}", text(&allowed));
}

#[test]
fn globs_and_stores_are_named_in_errors() {
    let cache = tempfile::tempdir().expect("a folder");
    let all = format!("{SAMPLE}/*/*.parquet");
    let found = graticule(cache.path(), &["query", &all, "--format", "csv"]);
    assert_eq!(
        String::from_utf8_lossy(&found.stdout),
        "count\n3993\n",
        "{}",
        text(&found)
    );
    for (url, said) in [
        ("ftp://a/b", "no store is named ftp://"),
        (&format!("{SAMPLE}/x*"), "holds no data file"),
        ("s3://a/b?secret=x", "'secret' is no option"),
        ("http://127.0.0.1:1/a.parquet", "a.parquet"),
    ] {
        let output = graticule(cache.path(), &["info", url, "--patience", "1"]);
        assert_eq!(output.status.code(), Some(1), "{url}");
        assert!(text(&output).contains(said), "{url}: {}", text(&output));
    }
}
