//! Real engines on generated and real data: same bytes, receipts that add up, states that are what they are called.
//! Stages are held against the wall time, so nothing else may run beside it: a binary of its own.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "suite/common/mod.rs"]
mod common;

use common::{SMALL, comparison, has_gpu, nation, runner, suite};
use graticule::{Cache, Engine};
use graticule_compare::{Report, Residency, Status};
use std::path::Path;

/// Stages explain so much of the wall time, at least.
const EXPLAINED: f64 = 0.95;
/// Seconds for which a busy machine may let a question wait between its stages.
const WAITING: f64 = 0.02;

fn holds(report: &Report, out: &Path) {
    for row in &report.rows {
        let what = format!(
            "{} {} {}: {:?}",
            row.row.query, row.row.device, row.row.state, row.row.status
        );
        assert_eq!(row.row.status, Status::Same, "{what}");
        let (wall, cost) = (
            row.row.wall.expect("seconds"),
            row.row.median.as_ref().expect("a cost"),
        );
        assert_eq!(wall.median, cost.wall, "{what}");
        let Some(receipt) = &cost.receipt else {
            continue;
        };
        assert_eq!(cost.wall, receipt.seconds.wall, "{what}");
        let explained: f64 = receipt.seconds.stages().map(|s| s.1).sum();
        assert!(
            explained + WAITING >= EXPLAINED * cost.wall && explained <= cost.wall * 1.0001,
            "{what}: {explained} of {}",
            cost.wall
        );
        assert_eq!(row.row.is_gpu(), row.row.device == "gpu", "{what}");
        match row.row.state {
            Residency::Cold => assert!(
                cost.opening.is_some() && cost.startup.is_some() == row.row.is_gpu(),
                "{what}"
            ),
            Residency::Warm => assert!(
                receipt.cache == Cache::Store && receipt.bytes_fetched > 0,
                "{what}"
            ),
            Residency::Resident => assert!(
                receipt.cache == Cache::Resident && receipt.bytes_uploaded == 0,
                "{what}"
            ),
        }
        if row.row.is_gpu() && row.row.state != Residency::Resident {
            assert!(receipt.bytes_uploaded > 0, "{what}");
        }
    }
    // Totals are the receipts' own.
    let lines = std::fs::read_to_string(out.join("runs.jsonl")).expect("the runs");
    let runs: Vec<serde_json::Value> = lines
        .lines()
        .skip(1)
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    for row in &report.rows {
        let mut walls: Vec<f64> = runs
            .iter()
            .filter(|r| {
                r["query"] == row.row.query
                    && r["device"] == row.row.device
                    && r["state"] == row.row.state.to_string()
                    && r["share"].as_f64() == row.row.share
            })
            .map(|r| {
                r["outcome"]["answered"]["cost"]["wall"]
                    .as_f64()
                    .expect("seconds")
            })
            .collect();
        walls.sort_by(f64::total_cmp);
        assert_eq!(walls.len(), row.row.runs);
        assert_eq!(
            walls[(walls.len() - 1) / 2],
            row.row.wall.expect("seconds").median
        );
    }
}

#[test]
fn a_generated_nation_on_both_devices() {
    if !has_gpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("nation"), folder.path().join("out"));
    nation(&data, 200_000);
    let sized = SMALL.replacen("ask = {", "sizes = [0.25, 0.5, 1.0]\nask = {", 1);
    let comparison = comparison(suite(&sized), &["cpu", "gpu"], &out);
    let mut runner = runner(data.to_str().expect("text"), |device| {
        Engine::on(device.clone())
    });
    let report = comparison.run(&mut runner, &|_| {}).expect("a report");
    // Two questions in five states, and three sizes of one of them in three.
    assert_eq!(report.rows.len(), 10 + 9);
    holds(&report, &out);
    // A cold run has to fetch from storage, where the system tells; a temporary folder may have none.
    assert!(
        report.headline[1].starts_with("No GPU was measured") || !report.devices[1].is_software
    );
}

#[test]
fn real_points_on_both_devices() {
    let points = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/geolife-5m.parquet"
    );
    if !Path::new(points).exists() {
        eprintln!("SKIPPED: {points} is not here");
        return;
    }
    if !has_gpu() {
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let text = "[[query]]\nname = 'city'\nregion = { busiest = 4, form = 'bbox' }\nask = { by = ['geohash:6'] }\n[[query]]\nname = 'cells'\nask = { by = ['geohash:5'] }";
    let mut comparison = comparison(suite(text), &["cpu", "gpu"], out.path());
    comparison.repeat = 1;
    let mut runner = runner(points, |device| Engine::on(device.clone()));
    let report = comparison.run(&mut runner, &|_| {}).expect("a report");
    holds(&report, out.path());
}
