//! A run is written down as it ends, so that stopping loses none and going on repeats none.

use crate::common::{Known, SMALL, comparison, layouts, suite};
use graticule_compare::CompareError;
use std::io::Write;

#[test]
fn what_was_measured_is_kept_and_the_rest_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let (used, prints) = layouts(&["source"]);
    let go = |runner: &mut Known, out: &std::path::Path, resume: bool| {
        let mut comparison = comparison(suite(SMALL), &["cpu", "gpu"], out);
        comparison.resume = resume;
        comparison.run_with(runner, used.clone(), &prints, &|_| {})
    };
    // Cold and warm on the CPU, three states on the GPU, two questions, three repeats, one region to find.
    let mut undisturbed = Known::new();
    let expected = go(&mut undisturbed, &whole, false).expect("a report");
    assert_eq!(undisturbed.runs, 31);

    let mut stopped = Known {
        stop: Some(12),
        ..Known::new()
    };
    let report = go(&mut stopped, &parts, false).expect("a report of what there is");
    assert!(report.is_stopped);
    assert!(
        report
            .headline
            .iter()
            .any(|s| s.contains("stopped before its end"))
    );
    assert!(parts.join("report.html").is_file());
    // Killed in the middle of a line.
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(parts.join("runs.jsonl"))
        .expect("the runs");
    file.write_all(b"{\"query\":\"cel").expect("written");
    drop(file);

    let refused = go(&mut Known::new(), &parts, false).expect_err("there are runs");
    assert!(
        matches!(&refused, CompareError::Runs { reason, .. } if reason.contains("`resume`")),
        "{refused}"
    );

    let mut resumed = Known::new();
    let report = go(&mut resumed, &parts, true).expect("a report");
    // 11 runs and the region were there; the region is found again.
    assert_eq!(resumed.runs, 31 - 11);
    assert!(!report.is_stopped);
    let figures = |report: &graticule_compare::Report| {
        let rows = report.rows.iter().map(|r| {
            (
                r.row.query.clone(),
                r.row.device.clone(),
                r.row.state,
                r.row.runs,
                r.row.wall,
            )
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(figures(&report), figures(&expected));
    let lines = std::fs::read_to_string(parts.join("runs.jsonl")).expect("the runs");
    assert_eq!(lines.lines().count(), 1 + 30);

    let mut again = Known::new();
    go(&mut again, &parts, true).expect("a report");
    assert_eq!(again.runs, 1, "only the region is asked again");
}

#[test]
fn runs_of_something_else_do_not_stand_beside_new_ones() {
    let out = tempfile::tempdir().expect("a folder");
    let (used, prints) = layouts(&["source"]);
    let go = |text: &str, prints: &[String], engines: &str| {
        let mut comparison = comparison(suite(text), &["cpu"], out.path());
        comparison.resume = true;
        comparison.repeat = 1;
        comparison.engines = engines.to_owned();
        comparison.run_with(&mut Known::new(), used.clone(), prints, &|_| {})
    };
    go(SMALL, &prints, "a").expect("a report");
    let other = SMALL.replace("geohash:3", "geohash:4");
    for (text, prints, engines, part) in [
        (other.as_str(), prints.clone(), "a", "the suite changed"),
        (
            SMALL,
            vec!["another".to_owned()],
            "a",
            "the dataset or its layouts changed",
        ),
        (SMALL, prints.clone(), "b", "the threads or memory changed"),
    ] {
        let said = go(text, &prints, engines).expect_err(part).to_string();
        assert!(said.contains(part) && said.contains("runs.jsonl"), "{said}");
    }
    std::fs::write(out.path().join("runs.jsonl"), "no json\n").expect("a file");
    let said = go(SMALL, &prints, "a").expect_err("damaged").to_string();
    assert!(said.contains("line 1"), "{said}");
}
