//! `graticule compare` from outside.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

fn graticule(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(arguments).output().expect("the program")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn it_measures_and_writes_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let done = graticule(&[
        "compare",
        SAMPLE,
        "--devices",
        "cpu",
        "--repeat",
        "1",
        "-o",
        text(&out),
    ]);
    let (said, noted) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert_eq!(done.status.code(), Some(0), "{noted}");
    assert!(
        (said.starts_with("Stay on the CPU: ") || said.starts_with("A GPU may pay: "))
            && said.contains("No GPU was measured."),
        "{said}"
    );
    assert!(noted.contains("report.html"), "{noted}");
    for name in [
        "report.html",
        "report.md",
        "report.csv",
        "report.json",
        "runs.jsonl",
    ] {
        assert!(
            out.join(name).metadata().expect(name).len() > 1000,
            "{name}"
        );
    }
    let markdown = std::fs::read_to_string(out.join("report.md")).expect("Markdown");
    assert!(
        markdown.contains("graticule compare ") && markdown.contains("--repeat 1"),
        "{markdown}"
    );
    assert!(
        markdown.contains("| neighbourhood | warm | ")
            && markdown.contains("- **neighbourhood**: points per day within a box of "),
        "{markdown}"
    );
    let refused = graticule(&["compare", SAMPLE, "--devices", "cpu", "-o", text(&out)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--resume"));
    let resumed = graticule(&[
        "compare",
        SAMPLE,
        "--devices",
        "cpu",
        "--repeat",
        "1",
        "--resume",
        "-o",
        text(&out),
    ]);
    assert_eq!(resumed.status.code(), Some(0));
}

#[test]
fn a_suite_may_speak_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let (suite, out) = (folder.path().join("suite.toml"), folder.path().join("out"));
    let polygon = r#"{"type":"Polygon","coordinates":[[[5,45],[15,45],[15,55],[5,55],[5,45]]]}"#;
    std::fs::write(folder.path().join("all.geojson"), polygon).expect("a file");
    let flags = "version = 1\n[[query]]\nname = 'in'\nflags = \"--polygon all.geojson --where 'speed_mps > 1' --by geohash:4\"";
    std::fs::write(&suite, flags).expect("a file");
    let done = graticule(&[
        "compare",
        SAMPLE,
        "--devices",
        "cpu",
        "--repeat",
        "1",
        "--suite",
        text(&suite),
        "-o",
        text(&out),
    ]);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let answer = std::fs::read_to_string(out.join("answers/in.csv")).expect("an answer");
    assert!(
        answer.starts_with("geohash:4,count\n") && answer.lines().count() > 2,
        "{answer}"
    );
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let machine = "version = 1\ncurrency = 'USD'\n[[machine]]\nkind = 'a'\nclass = 'cpu'\nsource = 's'\ndate = '2026-01-02'\n";
    let zero = file("zero.toml", &format!("{machine}per_hour = 0.0"));
    let negative = file("negative.toml", &format!("{machine}per_hour = -2"));
    let foreign = file(
        "foreign.toml",
        &format!("{}per_hour = 1", machine.replace("USD", "XXX")),
    );
    let nameless = file(
        "nameless.toml",
        &format!("{}per_hour = 1", machine.replace("kind = 'a'\n", "")),
    );
    let suite = file(
        "suite.toml",
        "version = 1\n[[query]]\nname = 'a'\nflags = '--device gpu'",
    );
    let money = file(
        "money.toml",
        "version = 1\n[[query]]\nname = 'a'\nflags = '--machine c7i.xlarge'",
    );
    let columns = file(
        "columns.toml",
        "version = 1\n[[query]]\nname = 'a'\nflags = '--where \"nope > 1\"'",
    );
    let out = folder.path().join("out");
    let out = text(&out);
    for (more, code, parts) in [
        (
            &["--prices", zero.as_str()][..],
            2,
            ["zero.toml", "machine 'a': per_hour is 0"],
        ),
        (
            &["--prices", &negative],
            2,
            ["negative.toml", "per_hour is -2"],
        ),
        (
            &["--prices", &foreign],
            2,
            [
                "foreign.toml",
                "'XXX' is no currency known here; use one of USD",
            ],
        ),
        (
            &["--prices", &nameless],
            2,
            ["nameless.toml", "missing field 'kind'"],
        ),
        (
            &["--prices", "nowhere.toml"],
            1,
            ["nowhere.toml", "cannot be read"],
        ),
        (
            &["--machine", "cpu=z1"],
            2,
            ["no machine 'z1'", "c7i.xlarge"],
        ),
        (
            &["--machine", "cpu"],
            2,
            ["'cpu' is not of the form NAME=VALUE", "--machine"],
        ),
        (&["--store", "tape"], 2, ["no store 'tape'", "s3"]),
        (
            &["--suite", &suite],
            2,
            ["query 'a'", "--device does not say what is asked"],
        ),
        (
            &["--suite", "nowhere.toml"],
            1,
            ["nowhere.toml", "cannot be read"],
        ),
        (
            &["--suite", &money],
            2,
            ["query 'a'", "--machine does not say what is asked"],
        ),
        (
            &["--suite", &columns],
            2,
            ["query 'a' of layout 'sample'", "'nope'"],
        ),
        (
            &["--devices", "gpu:nowhere"],
            1,
            ["device 'gpu:nowhere'", "nowhere"],
        ),
        (
            &["--states", "hot"],
            2,
            ["'hot' is no state", "cold, warm or resident"],
        ),
        (
            &["--states", "resident"],
            2,
            ["never resident", "--states warm"],
        ),
        (
            &["--layout", "sample=elsewhere"],
            2,
            ["called 'sample'", "two layouts"],
        ),
        (
            &["--layout", "other=nowhere"],
            1,
            ["layout 'other'", "nowhere"],
        ),
        (&["--repeat", "0"], 2, ["--repeat", "1..=1000"]),
        (&["--rate", "0"], 2, ["--rate", "above 0"]),
    ] {
        let mut arguments = vec!["compare", SAMPLE, "--devices", "cpu", "-o", out];
        arguments.extend(more);
        let failed = graticule(&arguments);
        let said = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(code), "{more:?}: {said}");
        assert!(
            parts.iter().all(|part| said.contains(part)),
            "{more:?}: {said}"
        );
        assert!(
            !said.contains("panicked") && !Path::new(out).exists(),
            "{said}"
        );
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("nation"), folder.path().join("out"));
    let made = graticule(&["generate", text(&data), "--points", "100k", "--days", "2"]);
    assert!(made.status.success());
    let arguments = [
        "compare",
        text(&data),
        "--devices",
        "cpu",
        "--repeat",
        "1000",
        "-o",
        text(&out),
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let runs = out.join("runs.jsonl");
    let lines = || std::fs::read_to_string(&runs).map_or(0, |text| text.lines().count());
    let begin = Instant::now();
    while lines() < 12 {
        assert!(begin.elapsed() < Duration::from_secs(60), "no runs");
        std::thread::sleep(Duration::from_millis(20));
    }
    let process = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &process])
            .status()
            .expect("kill")
            .success()
    );
    let pressed = Instant::now();
    let code = child.wait().expect("an end").code();
    assert_eq!(code, Some(130));
    assert!(
        pressed.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        pressed.elapsed()
    );
    assert!(lines() >= 12);
    let report = std::fs::read_to_string(out.join("report.md")).expect("a report of what there is");
    assert!(report.contains("was stopped before its end"), "{report}");
    let resumed = graticule(&[
        "compare",
        text(&data),
        "--devices",
        "cpu",
        "--repeat",
        "1",
        "--resume",
        "-o",
        text(&out),
    ]);
    assert_eq!(
        resumed.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&resumed.stderr)
    );
}
