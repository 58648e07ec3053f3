//! `graticule optimize` from outside.

use graticule_testing::{Table, Values};
use std::path::Path;
use std::process::{Command, Output};

fn graticule(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(arguments).output().expect("the program")
}

fn source(path: &Path) {
    let table = Table {
        lon: vec![Some(9.99), Some(f64::NAN), None, Some(10.123_456_789)],
        lat: vec![Some(53.55), Some(1.0), Some(2.0), Some(-33.0)],
        time: vec![Some(0), Some(1), None, Some(86_400_000)],
        columns: vec![(
            "speed".to_owned(),
            Values::I32(vec![Some(1), None, Some(3), Some(4)]),
        )],
    };
    table.write_parquet(path, 2).expect("written");
}

#[test]
fn it_says_what_it_made_and_answers_as_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("pings.parquet"),
        folder.path().join("made"),
    );
    source(&from);
    let (from, to) = (from.to_str().expect("text"), to.to_str().expect("text"));
    let made = graticule(&["optimize", from, to]);
    let said = String::from_utf8(made.stderr).expect("text");
    assert!(made.status.success(), "{said}");
    assert!(made.stdout.is_empty());
    assert!(
        said.contains("4 rows, 2 of them invalid, in 2 files by month"),
        "{said}"
    );
    // Beside its source it is a part of the same folder.
    let place = folder.path().display();
    assert!(
        said.starts_with(&format!(
            "note: '{place}' holds these rows twice now: ask '{to}' or '{from}'"
        )),
        "{said}"
    );
    let why = "longitude and latitude are floats, for decimals of seven places are not exact: ";
    assert!(said.contains(why), "{said}");
    let ask = |dataset| {
        graticule(&[
            "query",
            dataset,
            "--by",
            "time:1d",
            "--agg",
            "count,max(lon),sum(speed)",
            "--device",
            "cpu",
            "--format",
            "csv",
        ])
        .stdout
    };
    let (before, after) = (ask(from), ask(to));
    assert_eq!(
        String::from_utf8_lossy(&before),
        String::from_utf8_lossy(&after)
    );
    assert!(String::from_utf8_lossy(&after).contains("10.123456789"));
    let info = String::from_utf8(graticule(&["info", to]).stdout).expect("text");
    assert!(
        info.contains("folder      month, 1970-01 to 1970-01 and null"),
        "{info}"
    );
    assert!(!info.contains("residual"), "{info}");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("pings.parquet"),
        folder.path().join("made"),
    );
    source(&from);
    let name = |path: &Path| path.to_str().expect("text").to_owned();
    let fails = |arguments: &[&str], code: i32, part: &str| {
        let output = graticule(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(part), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    };
    let (from, to) = (name(&from), name(&to));
    fails(
        &["optimize", "nowhere", &to],
        1,
        "there is nothing at 'nowhere'",
    );
    fails(&["optimize", &from, &to, "--sort", "peano"], 2, "hilbert");
    fails(
        &["optimize", &from, &to, "--memory", "1MiB"],
        1,
        "raise it to 33554432",
    );
    fails(&["optimize", &from, &from], 1, "lie in one another");
    let inside = name(&folder.path().join("inside"));
    fails(
        &["optimize", &name(folder.path()), &inside],
        1,
        "lie in one another",
    );
    std::fs::create_dir(&to).expect("a folder");
    std::fs::write(folder.path().join("made/mine"), "mine").expect("written");
    fails(&["optimize", &from, &to], 1, "is not empty");
    let damaged = name(&folder.path().join("damaged.parquet"));
    let mut bytes = std::fs::read(&from).expect("bytes");
    let middle = bytes.len() / 4;
    bytes[20..middle].fill(0xff);
    std::fs::write(&damaged, bytes).expect("written");
    fails(
        &["optimize", &damaged, &name(&folder.path().join("new"))],
        1,
        "damaged.parquet",
    );
    assert!(!folder.path().join("new").exists());
}

#[test]
fn a_column_of_no_common_type_is_left_out_and_said_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    std::fs::create_dir(&lake).expect("there is room");
    let file = |name: &str, extra: Values| {
        let columns = vec![
            ("extra".to_owned(), extra),
            ("speed".to_owned(), Values::I32(vec![Some(4)])),
        ];
        let table = Table::new(vec![Some(1.0)], vec![Some(2.0)], vec![Some(0)], columns);
        table.write_parquet(&lake.join(name), 2).expect("written");
    };
    file("a.parquet", Values::I64(vec![Some(1)]));
    file("b.parquet", Values::Text(vec![Some("x".to_owned())]));
    let to = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let lake = lake.to_str().expect("text");
    let csv = |dataset: &str, agg: &str| {
        let asked = graticule(&["query", dataset, "--agg", agg, "--format", "csv"]);
        let code = asked.status.code();
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (code, text(asked.stdout), text(asked.stderr))
    };
    assert_eq!(csv(lake, "sum(speed)").1, "sum(speed)\n8\n");
    let (code, _, said) = csv(lake, "sum(extra)");
    assert_eq!(code, Some(2), "{said}");
    for part in ["'extra'", "a.parquet", "b.parquet", "Int64", "Utf8"] {
        assert!(said.contains(part), "{said}");
    }
    let info = graticule(&["info", lake]).stdout;
    let info = String::from_utf8(info).expect("text");
    assert!(
        info.contains("note") && info.contains("'extra' cannot be asked"),
        "{info}"
    );
    let said = |arguments: &[&str]| {
        let made = graticule(arguments);
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stderr).expect("text")
    };
    let made = said(&["optimize", lake, &to("made")]);
    assert!(
        made.starts_with("note: column 'extra' is left out: "),
        "{made}"
    );
    assert_eq!(csv(&to("made"), "sum(speed)").1, "sum(speed)\n8\n");
    let made = said(&["optimize", lake, &to("less"), "--without", "speed,extra"]);
    assert!(made.contains("'speed' is left out"), "{made}");
    assert!(
        csv(&to("less"), "sum(speed)")
            .2
            .contains("no column 'speed'")
    );
    let wrong = graticule(&["optimize", lake, &to("none"), "--without", "nothing"]);
    let wrong = String::from_utf8(wrong.stderr).expect("text");
    assert!(
        wrong.contains("'nothing'") && wrong.contains("speed"),
        "{wrong}"
    );
}

#[test]
fn it_says_what_coordinates_became_and_nothing_of_what_there_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let said = |arguments: &[&str]| {
        let made = graticule(arguments);
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stderr).expect("text")
    };
    let nation = to("nation");
    let one = said(&["generate", &nation, "--points", "1", "--days", "1"]);
    assert!(one.starts_with("1 point in 1 file, "), "{one}");
    let raw = to("raw");
    let many = said(&["generate", &raw, "--points", "20k", "--days", "2"]);
    assert!(
        many.contains(" points, 21 of them invalid, in 2 files, "),
        "{many}"
    );
    let made = said(&["optimize", &nation, &to("one")]);
    assert!(made.starts_with("1 row in 1 file by month: "), "{made}");
    let made = said(&["optimize", &raw, &to("auto")]);
    assert!(made.contains(" rows, 21 of them invalid, in "), "{made}");
    for part in [
        "longitude and latitude are decimals, exact and smaller than floats (",
        " bytes a point, tried on ",
        "), and residuals lead back to the source's bits: ",
    ] {
        assert!(made.contains(part), "{made}");
    }
    let made = said(&["optimize", &raw, &to("f64"), "--coordinates", "f64"]);
    assert!(made.contains("are floats, as asked: "), "{made}");
    let again = said(&["optimize", &raw, &to("f64"), "--coordinates", "f64"]);
    assert!(
        again.starts_with("there already, and nothing was done:\n"),
        "{again}"
    );
    let made = said(&["optimize", &raw, &to("lossy"), "--lossy"]);
    assert!(
        made.contains("are decimals, as asked, rounded to 1e-7 degrees: "),
        "{made}"
    );
    let both = graticule(&[
        "optimize",
        &raw,
        &to("no"),
        "--lossy",
        "--coordinates",
        "f64",
    ]);
    let wrong = String::from_utf8(both.stderr).expect("text");
    assert_eq!(both.status.code(), Some(2), "{wrong}");
    assert!(
        wrong.contains("--lossy rounds") && wrong.contains("--coordinates asks"),
        "{wrong}"
    );

    // What is known of the source is known of what was made of it: all but the layout and the first values.
    let info = |dataset: &str| {
        let told = String::from_utf8(graticule(&["info", dataset]).stdout).expect("text");
        let lines = told.lines().filter(|line| {
            let labels = [
                "extent",
                "start with",
                "time",
                "longitude",
                "latitude",
                "column",
            ];
            labels.iter().any(|label| line.starts_with(label)) && !line.contains("(Utf8)")
        });
        let without_values = |line: &str| match line.starts_with("time  ") {
            true => line.to_owned(),
            false => line.split(": ").next().expect("a line").to_owned(),
        };
        lines.map(without_values).collect::<Vec<_>>()
    };
    let expected = info(&raw);
    assert!(
        expected
            .iter()
            .any(|line| line.starts_with("longitude   lon (F64), ")),
        "{expected:?}"
    );
    assert_eq!(expected.len(), 13, "{expected:?}");
    assert_eq!(info(&to("auto")), expected);
    assert_eq!(info(&to("f64")), expected);
}
