//! The report of a GPU of which everything is known.

use crate::common::{Known, comparison, layouts, suite};
use graticule_compare::{BreakEven, Report, Residency};

const SIZED: &str = "title = 'Known'
[[query]]
name = 'cells'
ask = { by = ['geohash:3'] }
sizes = [0.25, 0.5, 1.0]";

fn report(extrapolate: Option<f64>, is_software: bool) -> (Report, tempfile::TempDir) {
    let out = tempfile::tempdir().expect("a folder");
    let mut comparison = comparison(suite(SIZED), &["cpu", "gpu"], out.path());
    comparison.extrapolate = extrapolate;
    comparison.store = Some("s3-internet".to_owned());
    let (used, prints) = layouts(&["source", "hilbert"]);
    let mut known = Known {
        is_software,
        ..Known::new()
    };
    let report = comparison
        .run_with(&mut known, used, &prints, &|_| {})
        .expect("a report");
    (report, out)
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    let (report, _out) = report(None, false);
    let find = |device: &str, state: Residency| {
        let mut rows = report.rows.iter();
        let row = rows
            .find(|r| r.row.device == device && r.row.state == state && r.row.layout == "source");
        row.expect("a row")
    };
    // 1 s of decoding and 3 s of kernels.
    let cpu = find("cpu", Residency::Warm);
    assert_eq!(cpu.row.wall.expect("seconds").median, 4.0);
    assert_eq!(cpu.rows_per_second, Some(250_000.0));
    let bound = cpu.bound.as_ref().expect("a bound");
    assert_eq!(
        (bound.stage.as_str(), bound.share, bound.left, bound.gain),
        ("kernel", 0.75, 1.0, Some(4.0))
    );
    // 4 s of c7i.4xlarge at 0.714 an hour, and 10 MB from S3 over the internet at 0.09 a GiB, its requests apart.
    let requests = cpu
        .row
        .median
        .as_ref()
        .and_then(|m| m.receipt.as_ref())
        .expect("a receipt")
        .requests;
    let money = cpu.money.expect("money").per_query;
    let expected = 4.0 / 3600.0 * 0.714
        + 10_000_000.0 / 1_073_741_824.0 * 0.09
        + requests as f64 * 0.000_000_4;
    assert!((money - expected).abs() < 1e-12, "{money} {expected}");
    assert_eq!(
        find("gpu", Residency::Resident)
            .row
            .wall
            .expect("seconds")
            .median,
        0.1
    );
    // 2.1 + (n - 1) * 0.1 <= n * 4 from the first time on.
    let pays = report
        .pays
        .iter()
        .find(|p| p.layout == "source")
        .expect("a verdict");
    assert_eq!(
        (pays.cpu, pays.gpu_warm, pays.gpu_resident),
        (4.0, 2.1, Some(0.1))
    );
    assert_eq!(pays.repeats_in_time, BreakEven::Always);
    // A question costs the CPU's store 0.00084; an hour of g6.4xlarge is 0.6092 dearer: within the first CPU's 900 questions.
    let Some(BreakEven::From(rate)) = pays.questions_an_hour else {
        panic!("a crossing")
    };
    let gain = expected - 4.0 / 3600.0 * 0.714 - requests as f64 * 0.000_000_4;
    assert!((rate - 0.6092 / gain).abs() < 1.0, "{rate}");
    let said = report.headline.join("\n");
    assert!(
        said.contains("a question took 4.00 s on the CPU and 2.10 s on Known GPU"),
        "{said}"
    );
    // 4 s against 0.1 s, and 1.3232 against 0.714 an hour.
    assert_eq!(
        report.headline[0],
        "A GPU pays from 727 questions an hour on, below that the CPU: Known GPU answers 40.0 times as fast once its columns are there, and g6.4xlarge costs 1.9 times as much as c7i.4xlarge."
    );
    assert!(
        said.contains("; bringing data to it takes less time from the first question on."),
        "{said}"
    );
    assert!(said.contains("'hilbert' pays"), "{said}");
}

#[test]
fn what_may_be_chance_is_called_so() {
    let (clear, _out) = report(None, false);
    assert!(clear.pays.iter().all(|p| !p.is_chance));
    assert!(!clear.headline.join(" ").contains("chance"));
    let out = tempfile::tempdir().expect("a folder");
    let mut once = comparison(suite(SIZED), &["cpu", "gpu"], out.path());
    once.repeat = 1;
    let (used, prints) = layouts(&["source", "hilbert"]);
    let once = once
        .run_with(&mut Known::new(), used, &prints, &|_| {})
        .expect("a report");
    assert!(once.pays.iter().all(|p| p.is_chance));
    assert_eq!(once.headline.join(" ").matches("may be chance").count(), 2);
    assert!(once.markdown().contains("this one, within the spread"));
}

#[test]
fn a_software_adapter_stands_for_no_gpu() {
    let (report, _out) = report(None, true);
    let said = report.headline.join("\n");
    // 1 s of 4 is left of the CPU's run, and g6.4xlarge costs 1.3232 against 0.714.
    assert_eq!(
        report.headline[0],
        "A GPU may pay: an infinitely fast one would make this question 4.0 times as fast, on a machine that costs 1.9 times as much; \
         filtering and adding up decides, with 75 % of the time. Measure on one before you rent it."
    );
    assert!(report.headline[1].starts_with("No GPU was measured."));
    assert!(
        report.headline[2]
            .contains("'gpu' here is no GPU but a program on this machine's own processors"),
        "{said}"
    );
    assert!(!said.contains("renting"), "{said}");
    assert_eq!(report.tariff.machines["gpu"].machine.kind, "c7i.4xlarge");
    assert!(
        report.tariff.machines["gpu"]
            .why
            .contains("processors, on which it ran")
    );
}

#[test]
fn the_cpu_alone_gives_a_verdict() {
    let out = tempfile::tempdir().expect("a folder");
    let two = "[[query]]\nname = 'cells'\nask = { by = ['geohash:3'] }\n[[query]]\nname = 'hours'\nask = { by = ['time:1h'] }";
    let alone = comparison(suite(two), &["cpu"], out.path());
    let (used, prints) = layouts(&["source"]);
    let with = |kernel: f64, prices: &str| {
        let mut alone = alone.clone();
        alone.out = out
            .path()
            .join(kernel.to_string())
            .join(prices.len().to_string());
        if !prices.is_empty() {
            alone.prices = graticule_compare::Prices::parse(prices, std::path::Path::new("p.toml"))
                .expect("prices");
        }
        let mut known = Known {
            kernel,
            ..Known::new()
        };
        let report = alone.run_with(&mut known, used.clone(), &prints, &|_| {});
        report.expect("a report")
    };
    // 1 s of decoding and 0.25 s, or 0.01 s, of what a GPU does.
    let report = with(0.25, "");
    let verdict = "Stay on the CPU: even an infinitely fast GPU would make these questions 1.2 times as fast, on a machine that costs 1.9 times as much; \
         decoding the files decides, with 80 % of the time.";
    assert_eq!(report.headline[0], verdict);
    assert!(report.markdown().starts_with(&format!("# {verdict}\n")));
    assert!(
        report
            .html()
            .contains(&format!("<header><h1>{verdict}</h1>"))
    );
    assert!(with(0.01, "").headline[0].contains("would make these questions no faster, on"));
    let bare = with(0.25, "version = 1\ncurrency = 'EUR'").headline[0].clone();
    assert!(
        bare.contains("1.2 times as fast; decoding the files decides"),
        "{bare}"
    );
    // What says the same in all rows is said above them.
    let markdown = report.markdown();
    assert!(markdown.contains("| question | state | seconds | least – greatest | longest stage | at best with any GPU | times as fast |"), "{markdown}");
    assert!(
        markdown.contains("All rows: layout source; device cpu; answer same bytes; runs 3."),
        "{markdown}"
    );
}

#[test]
fn more_points_are_a_model_and_called_so() {
    let (report, _out) = report(Some(200e9), false);
    let warm = report
        .extrapolated
        .iter()
        .find(|e| e.device == "cpu" && e.layout == "source")
        .expect("a model");
    // 4 s a million rows.
    assert!((warm.seconds / 800_000.0 - 1.0).abs() < 1e-6, "{warm:?}");
    assert!(warm.model.error < 1e-6 && warm.beyond > 199_000.0);
    // 8 bytes a row of 200 billion rows are no columns of a GiB.
    assert!(
        report
            .extrapolated
            .iter()
            .all(|e| e.state != Residency::Resident)
    );
    assert!(
        report
            .not_extrapolated
            .iter()
            .any(|s| s.contains("1490.1 GiB of device memory and 1.0 are allowed")),
        "{:?}",
        report.not_extrapolated
    );
    let markdown = report.markdown();
    assert!(
        markdown.contains("A MODEL, not a measurement"),
        "{markdown}"
    );
}

#[test]
fn all_forms_say_the_same() {
    let (report, out) = report(None, false);
    let read = |name: &str| std::fs::read_to_string(out.path().join(name)).expect("a form");
    let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("JSON");
    assert_eq!(
        json["rows"].as_array().map(Vec::len),
        Some(report.rows.len())
    );
    let csv = read("report.csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|h| h == name).expect("a column");
    let lines: Vec<_> = reader.records().map(|r| r.expect("a line")).collect();
    assert_eq!(lines.len(), report.rows.len());
    for (line, row) in lines.iter().zip(&report.rows) {
        let wall: f64 = line[column("wall_s")].parse().expect("a number");
        assert_eq!(Some(wall), row.row.wall.map(|w| w.median));
    }
    for form in [report.markdown(), report.html()] {
        for part in [
            "Money",
            "When a GPU pays",
            "Which layout pays",
            "How it was measured",
            "g6.4xlarge",
            "Data: source, 1.00 million points of 4 days, 2026-03-01 to 2026-03-04 (UTC), in 4 files of 19.1 MiB.",
            "points per geohash cell of 3 letters",
        ] {
            assert!(form.contains(part), "{part}");
        }
    }
    assert!(!read("report.html").contains("http-equiv=\"refresh\""));
    // Nothing is fetched by the page: its only addresses are texts.
    let html = read("report.html");
    for fetching in ["src=\"", "href=\"", "@import", "url("] {
        assert!(!html.contains(fetching), "{fetching}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_the_work() {
    let out = tempfile::tempdir().expect("a folder");
    let (used, prints) = layouts(&["source"]);
    let try_it = |change: &dyn Fn(&mut graticule_compare::Comparison)| {
        let mut comparison = comparison(suite(SIZED), &["cpu", "gpu"], out.path());
        change(&mut comparison);
        let mut known = Known::new();
        let refused = comparison
            .run_with(&mut known, used.clone(), &prints, &|_| {})
            .expect_err("refused");
        assert_eq!(known.runs, 0);
        assert!(refused.is_usage());
        refused.to_string()
    };
    let machine = |device: &str, kind: &str| [(device.to_owned(), kind.to_owned())].into();
    assert!(
        try_it(&|c| c.machines = machine("gpu", "z9"))
            .contains("no machine 'z9'; there are c7i.xlarge")
    );
    assert!(
        try_it(&|c| c.machines = machine("tpu", "c7i.xlarge"))
            .contains("'tpu', which is not compared")
    );
    assert!(
        try_it(&|c| c.store = Some("tape".to_owned())).contains("no store 'tape'; there are s3")
    );
    assert!(try_it(&|c| c.rate = f64::NAN).contains("`rate`"));
    assert!(try_it(&|c| c.extrapolate = Some(0.0)).contains("`extrapolate`"));
    assert!(try_it(&|c| c.devices.push(graticule::Device::Cpu)).contains("'cpu' twice"));
    assert!(try_it(&|c| c.repeat = 0).contains("nothing to compare"));
    assert!(
        try_it(&|c| {
            c.extrapolate = Some(1e9);
            c.suite.queries[0].sizes.clear();
        })
        .contains("needs a query with sizes")
    );
}
