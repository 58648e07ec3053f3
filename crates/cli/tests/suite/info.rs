//! What `info` says of rows, beside what footers say.

use graticule_testing::{Table, Values};
use std::path::Path;
use std::process::Command;

fn graticule(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    let output = command.args(arguments).output().expect("the command runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.replace('\u{202f}', " ")
}

type Column = Vec<Option<f64>>;

/// A file of these columns, in row groups of so many rows.
fn write(file: &Path, (lon, lat, speed): (Column, Column, Column), group: usize) {
    let times = vec![Some(0); lon.len()];
    let columns = vec![("speed".to_owned(), Values::F64(speed))];
    let table = Table::new(lon, lat, times, columns);
    table.write_parquet(file, group).expect("a file");
}

/// Two hundred points from 10 to 10.995 and from 50 to 50.995, one at 0/0, and one that is none.
fn points() -> (Column, Column, Column) {
    let at = |first: f64| (0..200).map(move |i| Some(first + f64::from(i) * 0.005));
    let ends = [Some(0.0), Some(400.0)];
    let speeds = (0..202).map(|i| (i % 4 > 0).then(|| f64::from(i)));
    (
        at(10.0).chain(ends).collect(),
        at(50.0).chain(ends).collect(),
        speeds.collect(),
    )
}

#[test]
fn junk_is_not_where_to_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.parquet");
    write(&file, points(), 4096);
    let path = file.to_str().expect("text");
    let info = graticule(&["info", path]);
    let says = |line: &str| assert!(info.contains(line), "{line}\n{info}");
    says("rows        202\n");
    says("extent      0,0,10.995,50.995 (of all 201 points; 1 row is no point)\n");
    says("longitude   lon (F64): 10.0 | 10.005 | 10.01\n");
    says("column      speed (Float64), 51 null (25.2 %): null | 1.0 | 2.0\n");
    // Two points may be left out on each side, so that the one at 0/0 is.
    let start = info.lines().find(|line| line.starts_with("start with"));
    let bbox = start
        .and_then(|line| line.split_whitespace().nth(3))
        .expect("a box");
    assert!(bbox.starts_with("10,50,1"), "{bbox}");
    let count = graticule(&["query", path, "--bbox", bbox, "--format", "csv"]);
    let count: u64 = count
        .lines()
        .nth(1)
        .expect("a row")
        .parse()
        .expect("a number");
    assert!((195..=200).contains(&count), "{count} in {bbox}");
}

#[test]
fn a_few_row_groups_stand_for_many() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.parquet");
    write(&file, points(), 1);
    let info = graticule(&["info", file.to_str().expect("text")]);
    // Every fourth of 202, from the third on.
    let line = "            10.01,50.01,10.99,50.99 (of 50 points in 50 of 202 row groups, spread evenly)\n";
    assert!(info.contains(line), "{info}");
    let line = "extent      0,0,400,400 (by the footers, invalid rows included)\n";
    assert!(info.contains(line), "{info}");
}

#[test]
fn swapped_coordinates_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.parquet");
    let at = |value: f64| vec![Some(value); 9];
    write(&file, (at(40.0), at(116.0), at(1.0)), 9);
    let path = file.to_str().expect("text");
    let info = graticule(&["info", path]);
    let note = "longitude and latitude look swapped: try --lon 'lat' --lat 'lon'\n";
    assert!(info.ends_with(note), "{info}");
    let info = graticule(&["info", path, "--lon", "lat", "--lat", "lon"]);
    assert!(info.contains("116,40,116,40 (of all 9 points)"), "{info}");
    assert!(!info.contains("swapped"), "{info}");
}
