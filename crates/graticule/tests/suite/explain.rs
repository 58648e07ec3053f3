//! What `explain` says of plans, word by word; `GRATICULE_BLESS=1` writes it anew, to be read in the diff.

use graticule::{Dataset, Engine, Filter, Key, Query, Run, Seconds, explain, measured, polygons};
use std::path::Path;

const LAKE: &str = r#"{"type": "Polygon", "coordinates": [
    [[9.5, 49.5], [10.5, 49.5], [10.5, 50.5], [9.5, 50.5], [9.5, 49.5]],
    [[9.9, 49.9], [10.1, 49.9], [10.0, 50.1], [9.9, 49.9]]]}"#;

fn queries() -> Vec<(&'static str, Query)> {
    let agg = |list: &[&str]| -> Vec<_> {
        let parsed = list.iter().map(|a| a.parse().expect("an aggregate"));
        parsed.collect()
    };
    let filter = |text: &str| Filter::Where(text.parse().expect("an expression"));
    let everything = Query::new()
        .filter(Filter::Polygon(polygons(LAKE).expect("a polygon").zones))
        .filter(Filter::Near("10,50,60000".parse().expect("a circle")))
        .filter(Filter::Geohash(vec!["u0z".to_owned(), "u1".to_owned()]))
        .filter(Filter::Time(
            "2026-03-01T06:00:00Z..2026-03-02".parse().expect("times"),
        ))
        .filter(filter(
            "speed_mps between 1.5 and 20 and not heading_deg > 90",
        ))
        .by([Key::geohash(5), "hour_of_day".parse().expect("a key")])
        .aggregate(agg(&["count", "var(speed_mps)", "distinct(device_id)"]))
        .top(3);
    let everything = Query {
        timezone: Some("Europe/Berlin".to_owned()),
        min_distinct: Some("device_id:2".parse().expect("a floor")),
        ..everything
    };
    vec![
        ("count", Query::new()),
        ("everything", everything),
        (
            "cells",
            Query::new()
                .filter(filter("day = '2026-03-02'"))
                .by(["h3:7", "tile:12"].map(|k| k.parse().expect("a key")))
                .aggregate(agg(&["quantile(speed_mps, 0.9)", "last(speed_mps)"])),
        ),
        (
            "rows",
            Query::new()
                .filter(filter("speed_mps is null or device_id in (1, 2)"))
                .select(["lon", "lat", "speed_mps"]),
        ),
    ]
}

fn engine() -> Engine {
    Engine::cpu().threads(2).memory(1 << 30)
}

#[test]
fn plans_in_words() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let dataset = Dataset::open_blocking(sample).expect("the sample");
    for (name, query) in queries() {
        let plan = dataset.plan_blocking(&query).expect("a plan");
        let text = explain(&plan, &engine(), &dataset).expect("words");
        let text = text.replace(sample, "datasets/sample");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/explain/{name}.txt"));
        if std::env::var_os("GRATICULE_BLESS").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let golden = std::fs::read_to_string(&path).expect("a golden text");
        assert_eq!(text, golden, "{name}");
    }
}

#[test]
fn a_run_in_numbers() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let dataset = Dataset::open_blocking(sample).expect("the sample");
    let answer = queries()
        .remove(1)
        .1
        .run_blocking(&engine(), &dataset)
        .expect("an answer");
    let receipt = answer.receipt();
    let text = measured(receipt);
    let value = |label: &str| {
        let line = text.lines().find(|l| l.starts_with(label));
        line.unwrap_or_else(|| panic!("no {label} in {text}"))[11..].to_owned()
    };
    assert_eq!(value("ran on"), "cpu");
    let rows = value("rows").replace('\u{202f}', "");
    assert!(
        rows.starts_with(&format!("{} scanned", receipt.rows_scanned)),
        "{rows}"
    );
    assert!(
        rows.contains(&format!("{} of them matched", receipt.rows_matched)),
        "{rows}"
    );
    assert!(value("bytes").contains(&format!("in {} requests", receipt.requests)));
    assert_eq!(value("grouping"), receipt.grouping);
    assert_eq!(value("all"), format!("{:.3} s", receipt.seconds.wall));
}

#[test]
fn what_is_derived_has_a_stage_of_its_own() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let dataset = Dataset::open_blocking(sample).expect("the sample");
    for (keys, is_derived) in [
        (vec!["geohash:5", "device_id", "time:1h"], false),
        (vec!["h3:7"], true),
        (vec!["tile:12"], true),
        (vec!["hour_of_day"], true),
    ] {
        let parsed = keys.iter().map(|key| key.parse::<Key>().expect("a key"));
        let query = Query::new().by(parsed);
        let answer = query.run_blocking(&engine(), &dataset).expect("an answer");
        for seconds in [answer.receipt().seconds, answer.receipt().busy_seconds] {
            assert_eq!(seconds.derive > 0.0, is_derived, "{keys:?}: {seconds:?}");
        }
        let stages: Vec<&str> = answer.receipt().seconds.stages().map(|s| s.0).collect();
        assert_eq!(stages[3..6], ["decode", "derive", "upload"]);
        // One that was written before has no such field.
        let mut older = serde_json::to_value(answer.receipt().seconds).expect("JSON");
        let fields = older.as_object_mut().expect("an object");
        assert!(fields.remove("derive").is_some());
        let older: Seconds = serde_json::from_value(older).expect("a receipt's seconds");
        let expected = Seconds {
            derive: 0.0,
            ..answer.receipt().seconds
        };
        assert_eq!(older, expected);
    }
}
