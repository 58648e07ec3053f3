//! Real GPS data and answers of another engine, where they are present.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use graticule::{Dataset, Engine, Filter, Format, Query, Run};
use std::path::PathBuf;

fn data() -> Option<(PathBuf, Vec<serde_json::Value>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let (points, answers) = (
        folder.join("geolife-5m.parquet"),
        folder.join("known-answers.json"),
    );
    if !points.exists() {
        eprintln!("SKIPPED: {} is not here", points.display());
        return None;
    }
    let text = std::fs::read_to_string(answers).expect("the answers beside the points");
    Some((
        points,
        serde_json::from_str(&text).expect("answers in JSON"),
    ))
}

/// The question that the flags of a known answer ask.
fn query_of(flags: &[serde_json::Value]) -> Query {
    let mut query = Query::new();
    for pair in flags.chunks(2) {
        let value = pair[1].as_str().expect("text");
        let list = || value.split(',');
        query = match pair[0].as_str().expect("text") {
            "--bbox" => query.within(value.parse().expect("a box")),
            "--time" => query.filter(Filter::Time(value.parse().expect("a range"))),
            "--by" => query.by(list().map(|k| k.parse().expect("a key"))),
            "--agg" => query.aggregate(list().map(|a| a.parse().expect("an aggregate"))),
            "--top" => query.top(value.parse().expect("a number")),
            flag => panic!("{flag} is not known here"),
        };
    }
    query
}

/// Cells of our JSON answer in the form of the known rows: geohash text last, times as dates.
fn agrees(question: &str, ours: &[serde_json::Value], known: &[serde_json::Value]) {
    if question.starts_with("number of occupied") {
        assert_eq!(serde_json::json!(ours.len()), known[0][0], "{question}");
        return;
    }
    assert_eq!(ours.len(), known.len(), "{question}");
    for (ours, known) in ours.iter().zip(known) {
        for (place, cell) in ours.as_array().expect("a row").iter().enumerate() {
            let want = match known.as_array().map(Vec::as_slice) {
                Some([_, _, count, geohash]) if geohash.is_string() => [geohash, count][place],
                _ => &known[place],
            };
            let same = match (cell.as_f64(), want.as_f64()) {
                // The other engine adds floats in some order, we exactly.
                (Some(a), Some(b)) => (a - b).abs() <= 1e-7 * b.abs(),
                _ => cell.as_str().and_then(|c| c.get(..10).or(Some(c))) == want.as_str(),
            };
            assert!(same, "{question}: {cell} instead of {want}");
        }
    }
}

fn on(engine: &Engine) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Some((points, known)) = data() else {
        return Vec::new();
    };
    let dataset = Dataset::open_blocking(points.to_str().expect("text")).expect("a dataset");
    let mut files = Vec::new();
    for entry in &known {
        let question = entry["question"].as_str().expect("text");
        let query = query_of(entry["query"].as_array().expect("flags"));
        let answer = query.run_blocking(engine, &dataset).expect("an answer");
        let bytes = |format| {
            let mut bytes = Vec::new();
            answer
                .write(format, &mut bytes)
                .expect("memory can be written");
            bytes
        };
        let json: serde_json::Value = serde_json::from_slice(&bytes(Format::Json)).expect("JSON");
        agrees(
            question,
            json["rows"].as_array().expect("rows"),
            entry["rows"].as_array().expect("rows"),
        );
        files.push((bytes(Format::Csv), bytes(Format::Parquet)));
    }
    files
}

#[test]
fn the_cpu_answers_as_another_engine_does() {
    let two = on(&Engine::cpu().threads(2));
    assert_eq!(two, on(&Engine::cpu().threads(5).chunk_rows(4096)));
}

#[cfg(feature = "gpu")]
#[test]
fn the_gpu_answers_with_the_same_bytes() {
    let adapters = graticule::adapters();
    if !graticule_testing::has_adapter(adapters.iter().any(|a| a.unusable.is_none())) {
        return;
    }
    assert_eq!(
        on(&Engine::cpu()),
        on(&Engine::on(graticule::Device::Gpu(None)))
    );
}
