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

/// A folder `ds/day=2026-03-01/points.parquet`, its file, and what lies there before.
#[cfg(unix)]
fn small() -> (tempfile::TempDir, PathBuf, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let day = folder.path().join("ds/day=2026-03-01");
    std::fs::create_dir_all(&day).expect("folders");
    let source = std::fs::read_dir(sample().join("day=2026-03-01")).expect("a folder");
    let source = source.map(|e| e.expect("an entry").path()).next();
    let file = day.join("points.parquet");
    std::fs::copy(source.expect("a file"), &file).expect("copied");
    let bytes = std::fs::read(&file).expect("bytes");
    (folder, day, file, bytes)
}

#[cfg(unix)]
#[test]
fn the_files_that_are_read_are_spared_however_they_are_spelled() {
    use std::os::unix::fs::symlink;
    let (folder, day, file, before) = small();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("links")).expect("a folder");
    symlink(&file, at("links/a.parquet")).expect("a link");
    symlink(at("ds"), at("tree")).expect("a link");
    symlink(day.join("new.parquet"), at("dangling.parquet")).expect("a link");
    std::fs::hard_link(&file, at("hard.parquet")).expect("a link");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let own = text(&file);
    let url = format!("file://{}", text(&at("ds")));
    let new = text(&day.join("new.parquet"));
    let cases = [
        (text(&at("ds/*/*.parquet")), own.clone()),
        (text(&at("ds/*/*.parquet")), text(&at("hard.parquet"))),
        (
            text(&at("ds/day=*")),
            text(&at("tree/day=2026-03-01/points.parquet")),
        ),
        (format!("file://{own}"), own.clone()),
        (text(&at("links")), own.clone()),
        (text(&at("links")), text(&at("links/a.parquet"))),
        (text(&at("tree")), own.clone()),
        (text(&at("hard.parquet")), own.clone()),
        (url.clone(), own.clone()),
    ];
    for (dataset, out) in &cases {
        for flag in ["-o", "--receipt"] {
            let said = refusal(Path::new(dataset), &["--by", "day", flag, out]);
            assert!(
                said.contains("what the question reads"),
                "{dataset}: {said}"
            );
        }
    }
    let joins = [
        (url.clone(), new.clone()),
        (url, text(&at("tree/day=2026-03-01/new.parquet"))),
        (text(&at("tree")), new.clone()),
        (text(&at("ds")), text(&at("dangling.parquet"))),
        (text(&at("ds/*/*.parquet")), new.clone()),
        (
            text(&at("ds/*")),
            text(&at("ds/day=2026-03-01/any.parquet")),
        ),
    ];
    for (dataset, out) in &joins {
        let said = refusal(Path::new(dataset), &["--select", "lon", "-o", out]);
        assert!(said.contains("part of the dataset"), "{dataset}: {said}");
    }
    // What no listing takes up may lie there, and beside a single file whatever there is.
    for (dataset, out) in [
        (at("ds"), day.join("answer.csv")),
        (at("ds/*/p*.parquet"), at("ds/answer.parquet")),
        (file.clone(), at("beside.parquet")),
    ] {
        let output = query(&dataset, &["-o", &text(&out)]);
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(std::fs::read(&file).expect("bytes"), before);
    assert!(!Path::new(&new).exists());
}

#[cfg(unix)]
#[test]
fn other_commands_spare_what_they_read_too() {
    let (folder, day, file, before) = small();
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let at = |name: &str| text(&folder.path().join(name));
    let fails = |arguments: &[&str], code: i32, says: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_graticule"))
            .args(arguments)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    };
    let (ds, own) = (at("ds"), text(&file));
    let url = format!("file://{ds}");
    for source in [&*url, &*at("ds/*"), &*at("ds/day=*/*.parquet")] {
        let inside = at("ds/day=2026-03-01/opt");
        fails(&["optimize", source, &inside], 1, "lie in one another");
    }
    fails(&["optimize", &url, &at("ds/opt")], 1, "lie in one another");
    fails(
        &["optimize", &at("ds/*"), &at("ds/opt")],
        1,
        "lie in one another",
    );
    // Deeper than it lies: its folders would be listed, whatever they are called.
    let deep = at("*/day=*/*.parquet");
    fails(&["optimize", &deep, &at("new")], 1, "lie in one another");
    fails(
        &["optimize", &at("**"), &at("new")],
        1,
        "lie in one another",
    );
    // What no listing takes up may lie there.
    fails(&["optimize", &at("d*/day=*/*.parquet"), &at("new")], 0, "");
    fails(&["compare", &url, "-o", &ds], 2, "would be a part of");
    fails(&["advise", &url, "-o", &own], 2, "what the question reads");

    let csv = at("in/a.csv");
    std::fs::create_dir(at("in")).expect("a folder");
    std::fs::write(&csv, "time,lon,lat\n2026-03-01T00:00:00Z,10,50\n,x,y\n").expect("written");
    std::fs::hard_link(&csv, at("hard.csv")).expect("a link");
    let (out, hard) = (at("out"), at("hard.csv"));
    let rejects = |source: &str, file: &str, says: &str| {
        fails(&["import", source, &out, "--rejects", file], 2, says);
    };
    rejects(&csv, &hard, "it is what is imported");
    rejects(&at("in"), &at("in/bad.csv"), "a part of what is imported");
    let kept = std::fs::read_to_string(&csv).expect("text");
    assert!(kept.ends_with(",x,y\n"));
    let arrow = at("arrows");
    std::fs::create_dir(&arrow).expect("a folder");
    let made = at("arrows/a.arrow");
    let select = ["--select", "lon,lat,time", "-o", &made];
    assert!(query(&file, &select).status.success());
    fails(&["import", &arrow, &at("arrows/new")], 2, "twice");

    assert_eq!(std::fs::read(&file).expect("bytes"), before);
    assert_eq!(std::fs::read_dir(&day).expect("a folder").count(), 1);
    assert!(!Path::new(&at("ds/opt")).exists());
}

#[test]
fn flags_of_no_use_are_refused() {
    for (arguments, says) in [
        (
            &["--select", "device_id", "--format", "geojson"][..],
            "the longitude and latitude columns: here --select lon,lat",
        ),
        (&["--by", "day", "--limit", "3"], "--select"),
        (&["--other"], "zone:FILE:PROPERTY"),
        (&["--by", "day", "--timezone", "Europe/Berlin"], "UTC"),
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

    let round = folder.path().join("round.csv");
    symlink("back.csv", &round).expect("a link");
    symlink("round.csv", folder.path().join("back.csv")).expect("a link");
    let refused = query(&sample(), &["-o", round.to_str().expect("text")]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("leads back to itself"),
        "{said}"
    );
    assert!(round.symlink_metadata().expect("there").is_symlink());

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
