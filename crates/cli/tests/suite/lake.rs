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
        text(&second).contains("0 new, 0 changed, 0 removed; 0 B of footers"),
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
fn prices_make_dollars() {
    let cache = tempfile::tempdir().expect("a folder");
    let file = |name: &str, currency: &str| {
        let path = cache.path().join(name);
        let text = format!(
            "version = 1\ncurrency = '{currency}'\n[defaults]\ncpu = 'mine'\n[[machine]]\nkind = 'mine'\n\
             class = 'cpu'\nper_hour = 3600.0\nvcpus = 4\nsource = 'a bill'\ndate = '2026-11-21'\n\
             [[store]]\nkind = 'shelf'\nper_thousand_requests = 1000.0\nsource = 'a bill'\ndate = '2026-11-21'\n"
        );
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (dollars, francs) = (file("usd.toml", "USD"), file("chf.toml", "CHF"));
    let receipt = cache.path().join("receipt.json");
    let told = receipt.display().to_string();
    let ask = |prices: &str, more: &[&str]| {
        let all = [
            &["query", SAMPLE, "--prices", prices, "--device", "cpu"],
            more,
        ]
        .concat();
        graticule(cache.path(), &all)
    };
    let answered = ask(&dollars, &["--store", "shelf", "--receipt", &told]);
    assert!(answered.status.success(), "{}", text(&answered));
    let bytes = std::fs::read(&receipt).expect("a receipt");
    let found: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    // A dollar a second, and a dollar a request, those of opening included.
    let requests = |place: &str| {
        found
            .pointer(place)
            .and_then(|v| v.as_f64())
            .expect("a number")
    };
    let expected =
        requests("/requests") + requests("/opening/requests") + requests("/seconds/wall");
    let spent = requests("/dollars");
    assert!(
        (spent - expected).abs() < 1e-9 * expected,
        "{spent} {expected}"
    );
    let refused = ask(&francs, &["--receipt", &told]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    let explained = ask(&francs, &["--explain", "--threads", "2"]);
    assert!(
        text(&explained).contains("CHF on mine (prices of 2026-11-21)"),
        "{}",
        text(&explained)
    );
    let unknown = ask(&dollars, &["--explain", "--machine", "yours"]);
    assert!(
        text(&unknown).contains("there is no machine 'yours'; there are mine"),
        "{}",
        text(&unknown)
    );
}

#[test]
fn advice_is_given() {
    let cache = tempfile::tempdir().expect("a folder");
    let json = cache.path().join("advice.json");
    let told = json.display().to_string();
    let advised = graticule(
        cache.path(),
        &["advise", SAMPLE, "--days", "1", "-o", &told],
    );
    assert!(advised.status.success(), "{}", text(&advised));
    let said = text(&advised);
    assert!(
        said.contains("pay") && said.contains("all-hours") && said.contains("are a model"),
        "{said}"
    );
    let found: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("a file")).expect("JSON");
    assert_eq!(found["questions"].as_array().map(Vec::len), Some(5));
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
