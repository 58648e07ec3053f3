//! Bad input: the message says what was wrong and what to do, the exit code tells a failure (1) from a
//! wrong use (2), nothing panics, and nothing is left behind.

use graticule_testing::{Table, Values};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

fn graticule(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(arguments).output().expect("the binary runs")
}

fn query(dataset: &Path, arguments: &[&str]) -> Output {
    let dataset = dataset.to_str().expect("text");
    let all = [&["query", dataset, "--device", "cpu"], arguments].concat();
    graticule(&all)
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !text.contains("panicked") && !text.contains("a bug"),
        "{text}"
    );
    text
}

/// Fails with the code, and says all of the words.
fn fails(output: &Output, code: i32, words: &[&str]) {
    let text = said(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "'{word}' is not in: {text}");
    }
    assert!(output.stdout.is_empty(), "no answer beside an error");
}

fn table() -> Table {
    let some = |v: [f64; 4]| v.map(Some).to_vec();
    let columns = vec![
        (
            "big".to_owned(),
            Values::I64(vec![Some(i64::MAX), Some(1), Some(-1), None]),
        ),
        (
            "name".to_owned(),
            Values::Text(vec![Some("a".into()), None, None, None]),
        ),
    ];
    Table::new(
        some([1.0, 2.0, 3.0, f64::NAN]),
        some([1.0; 4]),
        vec![Some(0), Some(1), None, Some(3)],
        columns,
    )
}

fn folder_with(table: &Table) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("points.parquet");
    table.write_parquet(&path, 2).expect("a file");
    (folder, path)
}

#[test]
fn wrong_questions() {
    let sample = Path::new(SAMPLE);
    for (arguments, words) in [
        (
            ["--bbox", "1,5,2,4"],
            ["south 5 is above north 4", "W,S,E,N"],
        ),
        (["--bbox", "1,2,200,4"], ["longitude 200", "-180 to 180"]),
        (["--bbox", "nan,2,3,4"], ["longitude NaN", "-180 to 180"]),
        (["--bbox", "1,2,3"], ["'1,2,3' is not a bbox", "W,S,E,N"]),
        (
            ["--time", "2026-03-02..2026-03-01"],
            ["ends before it begins", "swap"],
        ),
        (
            ["--time", "yesterday.."],
            ["neither a date nor RFC 3339", "FROM..TO"],
        ),
        (["--by", "geohash:0"], ["precision 0", "1 to 12"]),
        (["--by", "geohash:13"], ["precision 13", "1 to 12"]),
        (["--by", "h4:3"], ["'h4' is not known", "geohash:P"]),
        (["--by", "nothing"], ["no column 'nothing'", "device_id"]),
        (
            ["--by", "speed_mps"],
            ["Float32, which cannot be a key", "round(COLUMN, 2)"],
        ),
        (
            ["--agg", "modes(speed_mps)"],
            ["'modes' is not known", "mean(COLUMN)"],
        ),
        (["--agg", "quantile(speed_mps,1.2)"], ["1.2", "from 0 to 1"]),
        (["--by", "h3:16"], ["16", "0 to 15"]),
        (["--near", "9,50,-1"], ["-1", "metres"]),
        (["--geohash", "u1a"], ["'a'", "0123"]),
        (
            ["--agg", "sum(nothing)"],
            ["no column 'nothing'", "speed_mps"],
        ),
        (["--agg", "sum(time)"], ["cannot be summed", "take its min"]),
        (
            ["--where", "speed_mps ~ 3"],
            ["at column 11", "means nothing here"],
        ),
        (
            ["--where", "speed_mps = 'fast'"],
            ["compared with that literal", "number"],
        ),
        (
            ["--where", "nothing > 3"],
            ["no column 'nothing'", "trip_id"],
        ),
        (["--device", "abacus"], ["'abacus' is no device", "cpu"]),
        (["--format", "xls"], ["'xls' is no format", "csv"]),
        (["--memory", "much"], ["'much' is no size", "1GiB"]),
    ] {
        let dataset = sample.to_str().expect("text");
        fails(
            &graticule(&["query", dataset, arguments[0], arguments[1]]),
            2,
            &words,
        );
    }
    fails(
        &query(sample, &["--top", "3", "--order-by", "total"]),
        2,
        &["cannot order by"],
    );
}

#[test]
fn missing_and_foreign_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fails(
        &query(&at("nowhere"), &[]),
        1,
        &["nothing at", "nowhere", "check the path"],
    );
    fails(
        &query(folder.path(), &[]),
        1,
        &["holds no data file", ".parquet"],
    );
    std::fs::write(at("empty.parquet"), b"").expect("a file");
    fails(
        &query(&at("empty.parquet"), &[]),
        1,
        &["empty.parquet", "only 0 bytes"],
    );
    std::fs::write(at("text.parquet"), "lon,lat\n1,2\n".repeat(9)).expect("a file");
    fails(
        &query(&at("text.parquet"), &[]),
        1,
        &["text.parquet", "it is text", "graticule import"],
    );
    fails(
        &graticule(&["query", "ftp://bucket/key"]),
        1,
        &["ftp://", "no store is named"],
    );
}

#[test]
fn foreign_columns() {
    let (_folder, path) = folder_with(&table());
    fails(
        &query(&path, &["--lon", "x"]),
        1,
        &["no longitude column", "--lon", "big"],
    );
    fails(
        &query(&path, &["--lon", "name"]),
        1,
        &["column 'name' is Utf8", "a float"],
    );
    fails(
        &query(&path, &["--time-column", "name", "--time", "2026-01-01.."]),
        1,
        &["column 'name' cannot be read", "ISO 8601"],
    );
    let (other, second) = folder_with(&table());
    let mut changed = table();
    let rows = changed.lon.len();
    for (_, values) in changed.columns.iter_mut().filter(|(name, _)| name == "big") {
        *values = Values::Bool(vec![Some(true); rows]);
    }
    changed
        .write_parquet(&other.path().join("second.parquet"), 2)
        .expect("a file");
    let folder = second.parent().expect("its folder");
    fails(
        &query(folder, &["--agg", "sum(big)"]),
        2,
        &["points.parquet", "second.parquet", "'big'", "Boolean"],
    );
}

#[test]
fn sums_overflow_by_their_final_value() {
    let (_folder, path) = folder_with(&table());
    fails(
        &query(
            &path,
            &["--agg", "sum(big)", "--time", "..1970-01-01T00:00:00.002Z"],
        ),
        1,
        &["sum(big) overflows Int64"],
    );
    let all = query(&path, &["--agg", "sum(big)", "--format", "csv"]);
    assert_eq!(
        String::from_utf8_lossy(&all.stdout),
        "sum(big)\n9223372036854775807\n",
        "{}",
        said(&all)
    );
}

#[test]
fn damaged_files_are_an_answer_or_an_error() {
    let (folder, path) = folder_with(&table());
    let whole = std::fs::read(&path).expect("the file");
    let damaged = folder.path().join("damaged.parquet");
    let mut errors = 0;
    let mut check = |bytes: &[u8], what: &str| {
        std::fs::write(&damaged, bytes).expect("a file");
        let output = query(
            &damaged,
            &["--by", "geohash:3", "--agg", "count,sum(big),max(time)"],
        );
        let text = said(&output);
        let code = output.status.code();
        assert!(matches!(code, Some(0..=2)), "{what}: {code:?} {text}");
        if code != Some(0) {
            assert!(
                text.contains("damaged.parquet") || text.contains("overflows"),
                "{what}: {text}"
            );
            errors += 1;
        }
    };
    for length in (0..whole.len()).step_by(whole.len() / 25) {
        check(&whole[..length], &format!("cut at {length}"));
    }
    // A fixed sequence of places, so that a failure can be seen again.
    let mut place = 12_345usize;
    for _ in 0..120 {
        place = place
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = (place >> 20) % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << ((place >> 50) % 8);
        check(&bytes, &format!("a bit flipped at {at}"));
    }
    assert!(errors > 30, "most damage is noticed: {errors}");
}

#[test]
fn outputs_are_whole_or_not_there() {
    let sample = Path::new(SAMPLE);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("answer.csv");
    let text = path.to_str().expect("text");
    std::fs::write(&path, "old").expect("a file");
    fails(
        &query(sample, &["--by", "nothing", "-o", text]),
        2,
        &["nothing"],
    );
    assert_eq!(std::fs::read_to_string(&path).expect("the old file"), "old");
    let missing = folder.path().join("no/such/answer.csv");
    fails(
        &query(sample, &["-o", missing.to_str().expect("text")]),
        1,
        &["answer.csv", "cannot be written"],
    );
    let is_folder = folder.path().to_str().expect("text");
    fails(
        &query(sample, &["-o", is_folder]),
        1,
        &["cannot be written"],
    );
    let done = query(sample, &["-o", text, "--format", "csv"]);
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        std::fs::read_to_string(&path)
            .expect("the answer")
            .starts_with("count\n")
    );
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "only the answer is there: {left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    let output = command
        .args(["query", SAMPLE, "--device", "cpu"])
        .stdout(full)
        .output();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("standard output' cannot be written"));
}

#[test]
fn too_little_memory_names_what_is_needed() {
    let few = query(
        Path::new(SAMPLE),
        &["--by", "geohash:12", "--memory", "64KiB", "--threads", "1"],
    );
    fails(&few, 1, &["memory", "needs"]);
    // Groups go to disk instead.
    let many = |memory: &str| {
        let keys = ["--by", "geohash:12,time:1s", "--format", "csv"];
        let output = query(
            Path::new(SAMPLE),
            &[&keys[..], &["--memory", memory, "--threads", "1"]].concat(),
        );
        assert!(output.status.success(), "{}", said(&output));
        output.stdout
    };
    assert!(many("400KiB") == many("1GiB"));
}

#[test]
fn a_dataset_without_rows_is_an_answer() {
    let (_folder, path) = folder_with(&table().take(&[]));
    let csv = |arguments: &[&str]| {
        let output = query(&path, &[arguments, &["--format", "csv"]].concat());
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(csv(&["--agg", "count,sum(big)"]), "count,sum(big)\n0,\n");
    assert_eq!(csv(&["--by", "geohash:5,big"]), "geohash:5,big,count\n");
    assert_eq!(csv(&["--top", "0"]), "count\n");
}

#[cfg(unix)]
#[test]
fn interrupted_work_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let nation = folder.path().join("nation");
    let mut child = Command::new(env!("CARGO_BIN_EXE_graticule"))
        .args([
            "generate",
            nation.to_str().expect("text"),
            "--points",
            "500M",
        ])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    std::thread::sleep(std::time::Duration::from_millis(700));
    let pressed = std::time::Instant::now();
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.expect("kill").success());
    let status = child.wait().expect("it ends");
    assert!(
        !status.success() && pressed.elapsed().as_secs_f64() < 1.5,
        "{status:?}"
    );
    let left = std::fs::read_dir(&nation).map_or(0, |entries| {
        let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
        names.filter(|n| !n.starts_with('.')).count()
    });
    assert_eq!(left, 0, "no day folder is there");
}
