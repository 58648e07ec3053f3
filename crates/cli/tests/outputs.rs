//! Where answers go: formats by name, links, permissions, pipes, and what is never written over.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample")
}

fn query(dataset: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.arg("query").arg(dataset).args(arguments);
    command.args(["--device", "cpu"]);
    command.output().expect("the command runs")
}

fn refusal(dataset: &Path, arguments: &[&str]) -> String {
    let output = query(dataset, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_name_tells_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, begins) in [
        ("a.csv", "day,count\n"),
        ("a.json", "{\"columns\": [\"day\""),
        ("a.PARQUET", "PAR1"),
        ("a.arrow", "ARROW1"),
        ("a.txt", "day"),
        ("a", "day"),
    ] {
        let path = folder.path().join(name);
        let text = path.to_str().expect("text");
        assert!(
            query(&sample(), &["--by", "day", "-o", text])
                .status
                .success()
        );
        let bytes = std::fs::read(&path).expect("a file");
        assert!(bytes.starts_with(begins.as_bytes()), "{name}");
    }
    let odd = folder.path().join("a.xyz");
    let odd = odd.to_str().expect("text");
    assert!(refusal(&sample(), &["-o", odd]).contains("--format"));
    assert!(
        query(&sample(), &["-o", odd, "--format", "csv"])
            .status
            .success()
    );
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let file = data.join("points.parquet");
    let source = std::fs::read_dir(sample().join("day=2026-03-01")).expect("a folder");
    let source = source
        .map(|e| e.expect("an entry").path())
        .next()
        .expect("a file");
    std::fs::copy(source, &file).expect("copied");
    let before = std::fs::read(&file).expect("bytes");
    let zones = at("zones.geojson");
    let square = r#"{"type":"Polygon","coordinates":[[[0,0],[90,0],[90,90],[0,90],[0,0]]]}"#;
    std::fs::write(&zones, square).expect("written");

    let own = file.to_str().expect("text");
    assert!(refusal(&file, &["-o", own]).contains("what the question reads"));
    assert!(refusal(&file, &["--receipt", own]).contains("what the question reads"));
    let inside = data.join("answer.parquet");
    let inside = inside.to_str().expect("text");
    assert!(refusal(&data, &["-o", inside]).contains("part of the dataset"));
    assert!(refusal(&file, &["--polygon", &zones, "-o", &zones]).contains("reads"));
    let both = at("both.json");
    assert!(refusal(&file, &["-o", &both, "--receipt", &both]).contains("a file each"));
    for (out, says) in [
        (&*at("no/where.csv"), "no such folder"),
        (data.to_str().expect("text"), "is a folder"),
    ] {
        let output = query(&file, &["-o", out]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
    assert_eq!(std::fs::read(&file).expect("bytes"), before);
}

#[test]
fn flags_of_no_use_are_refused() {
    for (arguments, says) in [
        (&["--by", "day", "--limit", "3"][..], "--select"),
        (&["--other"], "zone:FILE:PROPERTY"),
        (&["--by", "time:1h", "--timezone", "Europe/Berlin"], "UTC"),
        (&["--explain", "--format", "json"], "cannot be used with"),
        (&["--explain", "-o", "x.txt"], "cannot be used with"),
    ] {
        let said = refusal(&sample(), arguments);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let used = [
        "--where",
        "not hour_of_day() > 3",
        "--timezone",
        "Europe/Berlin",
    ];
    assert!(query(&sample(), &used).status.success());
}

#[cfg(unix)]
#[test]
fn links_pipes_and_permissions_stay() {
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let real = folder.path().join("real.csv");
    std::fs::write(&real, "old").expect("written");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).expect("set");
    let link = folder.path().join("link.csv");
    symlink(&real, &link).expect("a link");
    let text = link.to_str().expect("text");
    assert!(
        query(&sample(), &["--by", "day", "-o", text])
            .status
            .success()
    );
    assert!(link.symlink_metadata().expect("there").is_symlink());
    assert!(
        std::fs::read_to_string(&real)
            .expect("text")
            .starts_with("day,count\n")
    );
    let mode = real.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut text = String::new();
            let file = std::fs::File::open(pipe);
            file.expect("a pipe")
                .read_to_string(&mut text)
                .expect("text");
            text
        }
    });
    let text = pipe.to_str().expect("text");
    assert!(
        query(&sample(), &["--by", "day", "--format", "csv", "-o", text])
            .status
            .success()
    );
    assert!(reader.join().expect("read").starts_with("day,count\n"));
    assert!(!pipe.metadata().expect("there").is_file());
}

#[test]
fn readers_may_leave() {
    for format in ["csv", "parquet", "arrow", "geojson"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_graticule"))
            .arg("query")
            .arg(sample())
            .args(["--by", "h3:12", "--device", "cpu", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        drop(child.stdout.take());
        drop(child.stderr.take());
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{format}: {status:?}");
    }
}

#[test]
fn columns_are_named_in_quotes_and_booleans_are_json() {
    let asked = [
        "--select",
        "\"moving\", day",
        "--limit",
        "1",
        "--format",
        "json",
    ];
    let output = query(&sample(), &asked);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(
        said.contains("[true, ") || said.contains("[false, "),
        "{said}"
    );
    assert!(refusal(&sample(), &["--select", "a\"b"]).contains("is no name; write \"a\"\"b\""));
}
