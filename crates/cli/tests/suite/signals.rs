//! Signals that ask a process to end, two processes in one place, and a standard output that is not there.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_graticule");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

/// Begins a nation that takes long, and waits until it is under way.
fn generating(folder: &Path, before: &str) -> Child {
    let script = format!("{before} exec \"$0\" generate \"$1\" --points 500M --days 2");
    let child = Command::new("sh")
        .args(["-c", &script, BINARY])
        .arg(folder)
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let begin = Instant::now();
    while !folder.join(".graticule-generate.tmp/.generating").exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "nothing begins");
        std::thread::sleep(Duration::from_millis(10));
    }
    // The handler is set before the folder is made; the lock a moment after.
    std::thread::sleep(Duration::from_millis(200));
    child
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.expect("kill runs").success());
}

fn ends(mut child: Child, folder: &Path) {
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130), "{status:?}");
    let left = std::fs::read_dir(folder).expect("a folder").count();
    assert_eq!(left, 0, "nothing is left in {}", folder.display());
}

#[test]
fn whoever_is_asked_to_end_cleans_up() {
    for name in ["TERM", "HUP", "INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let child = generating(folder.path(), "");
        signal(&child, name);
        ends(child, folder.path());
    }
    // As nohup has it.
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = generating(folder.path(), "trap '' HUP;");
    signal(&child, "HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("asked").is_none(), "it goes on");
    signal(&child, "TERM");
    ends(child, folder.path());
}

#[test]
fn one_directory_has_one_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = generating(folder.path(), "");
    let second = Command::new(BINARY)
        .arg("generate")
        .arg(folder.path())
        .args(["--points", "10", "--days", "1"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("another graticule is writing"), "{said}");
    signal(&first, "TERM");
    ends(first, folder.path());
}

fn shell(script: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", script, BINARY, SAMPLE]);
    command.output().expect("it runs")
}

/// Rows of which the writers of formats hold the first back.
const FORMATS: [&str; 4] = [
    "\"$0\" query \"$1\" --device cpu --select lon,lat --format csv > /dev/full",
    "\"$0\" query \"$1\" --device cpu --select lon,lat --format json > /dev/full",
    "\"$0\" query \"$1\" --device cpu --select lon,lat --format arrow > /dev/full",
    "\"$0\" query \"$1\" --device cpu --select lon,lat --format parquet > /dev/full",
];

#[test]
fn words_that_go_nowhere_are_an_error() {
    let mut cases = vec![
        ("\"$0\" query \"$1\" --device cpu >&-", "standard output"),
        ("\"$0\" info \"$1\" >&-", "standard output"),
        ("\"$0\" --help >&-", "standard output"),
        ("\"$0\" query --help >&-", "standard output"),
    ];
    if Path::new("/dev/full").exists() {
        cases.push(("\"$0\" info \"$1\" > /dev/full", "standard output"));
        cases.push(("\"$0\" --version > /dev/full", "standard output"));
        for format in FORMATS {
            cases.push((format, "'standard output' cannot be written"));
        }
        cases.push((
            "\"$0\" query \"$1\" --device cpu > /dev/full",
            "standard output",
        ));
    }
    for (script, says) in cases {
        let output = shell(script);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{script}: {said}");
        assert!(said.contains(says), "{script}: {said}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("a.csv");
    let quiet = format!("\"$0\" query \"$1\" --device cpu -o {} >&-", to.display());
    // A reader who has seen enough is none; what is not there cannot be told by the exit code of the last in a pipe.
    let enough = "( \"$0\" --help; echo $? >&2 ) | true";
    let many =
        "( \"$0\" query \"$1\" --device cpu --select lon,lat --format csv; echo $? >&2 ) | true";
    for script in [enough, many] {
        let output = shell(script);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.ends_with("0\n") && !said.contains("error"), "{said}");
    }
    for script in [&*quiet, "\"$0\" info \"$1\" > /dev/null"] {
        let output = shell(script);
        assert!(output.status.success(), "{script}: {output:?}");
    }
    assert!(to.exists());
}
