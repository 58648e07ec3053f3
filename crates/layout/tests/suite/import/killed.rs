//! A run that is killed leaves nothing that reads as a dataset, and can be run again.

use super::support::{Place, read};
use graticule_layout::import::Import;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FOLDER: &str = "GRATICULE_IMPORT_FOLDER";

/// In a child process: imports until it is killed.
#[test]
#[ignore = "the other test runs it in a process of its own"]
fn child() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let import = Import::new([folder.join("a.csv")]);
    let mut calls = 0;
    let done = import.run_until(&folder.join("out"), &mut |read, total| {
        calls += 1;
        // Late: the file is read, and rows are written, but they are not all.
        if calls > 20 && read > total / 2 {
            fs::write(folder.join("waiting"), "").unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        ControlFlow::Continue(())
    });
    panic!("it was to be killed: {done:?}");
}

#[test]
fn a_killed_import_leaves_nothing_and_runs_again() {
    let place = Place::new();
    let mut text = "lon,lat,id\n".to_owned();
    for i in 0..600_000 {
        text += &format!("1.25,2.5,{i}\n");
    }
    let source = place.write("a.csv", &text);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "import::killed::child"])
        .env(FOLDER, place.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !place.path("waiting").exists() {
        assert!(
            begin.elapsed() < Duration::from_secs(50),
            "the child does not come so far"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let hidden = place.path(".out.graticule-import");
    assert!(hidden.join("part-0000.parquet").exists());
    // A second import to the same place is refused while the first one lives.
    let busy = Import::new([&source])
        .run(&place.path("out"))
        .unwrap_err()
        .to_string();
    assert!(busy.contains("another import"), "{busy}");
    // As kill -9 does.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.path("out").exists());
    assert!(hidden.exists(), "it was killed too late");
    let report = Import::new([&source]).run(&place.path("out")).unwrap();
    assert_eq!(report.rows, 600_000);
    assert_eq!(read(&place.path("out")).num_rows(), 600_000);
    assert!(!hidden.exists());
    let mut left: Vec<_> = fs::read_dir(place.path("out"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["part-0000.parquet"]);
}
