//! Files of zones as people have them: what is left out is said, on stderr and in the receipt.

use graticule_testing::Table;
use std::path::Path;
use std::process::{Command, Output};

fn query(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_graticule"))
        .current_dir(folder)
        .args(["query", "two.parquet", "--device", "cpu"])
        .args(arguments)
        .output()
        .expect("it runs")
}

fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// A folder with points at 10, 50 and 178, -17.
fn points() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (lon, lat) = ([10.0, 178.0], [50.0, -17.0]);
    let table = Table::new(
        lon.map(Some).to_vec(),
        lat.map(Some).to_vec(),
        vec![None; 2],
        Vec::new(),
    );
    let written = table.write_parquet(&folder.path().join("two.parquet"), 10);
    written.expect("it is written");
    folder
}

const ISLANDS: &str = r#"{"type":"Feature","properties":{"name":"islands"},"geometry":{"type":"Polygon","coordinates":
    [[[177,-18],[180.00000000000017,-18],[180.00000000000017,-16],[177,-16],[177,-18]]]}}"#;
const SQUARE: &str = r#"{"type":"Feature","properties":{"name":"square"},"geometry":{"type":"Polygon","coordinates":
    [[[9,49],[11,49],[11,51],[9,51],[9,49]]]}}"#;
const LABEL: &str =
    r#"{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[10,50]}}"#;
const LOST: &str = r#"{"type":"Feature","properties":{"name":"lost"},"geometry":null}"#;

#[test]
fn what_is_left_out_is_said_and_the_rest_is_answered() {
    let folder = points();
    let zones = [LOST, ISLANDS, LABEL, SQUARE].join(",");
    let text = format!(r#"{{"type":"FeatureCollection","features":[{zones}]}}"#);
    std::fs::write(folder.path().join("z.geojson"), text).expect("written");
    let by = ["--by", "zone:z.geojson:name", "--format", "csv"];
    let output = query(folder.path(), &[&by[..], &["--receipt", "r.json"]].concat());
    let told = said(&output, 0);
    let answer = String::from_utf8_lossy(&output.stdout);
    assert_eq!(answer, "zone:z.geojson:name,count\nislands,1\nsquare,1\n");
    let notes = [
        "z.geojson: feature 1 ('lost') left out, for want of a geometry",
        "z.geojson: feature 3 left out, for points and lines hold no area",
        "z.geojson: vertices up to 1e-9 degrees beyond longitude 180 or latitude 90 moved to it in feature 2 ('islands')",
    ];
    let receipt = std::fs::read_to_string(folder.path().join("r.json")).expect("a receipt");
    for note in notes {
        assert!(told.contains(&format!("note: {note}\n")), "{told}");
        assert!(receipt.contains(note), "{receipt}");
    }
    let explained = query(folder.path(), &["--polygon", "z.geojson", "--explain"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains(notes[0]), "{explained}");

    // The same as a line for each.
    std::fs::write(folder.path().join("z.ndjson"), [LOST, SQUARE].join("\n")).expect("written");
    let output = query(folder.path(), &["--polygon", "z.ndjson", "--format", "csv"]);
    assert!(said(&output, 0).contains("note: z.ndjson: feature 1 ('lost')"));
    assert_eq!(output.stdout, b"count\n1\n");
}

#[test]
fn zones_without_a_name_are_the_null_group() {
    let folder = points();
    let nameless = [
        r#""properties":{"name":null}"#,
        r#""properties":null"#,
        r#""properties":{}"#,
    ];
    let ask = |zones: &[String], more: &[&str]| {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{}]}}"#,
            zones.join(",")
        );
        std::fs::write(folder.path().join("z.geojson"), text).expect("written");
        let by = ["--by", "zone:z.geojson:name", "--format", "csv"];
        query(folder.path(), &[&by[..], more].concat())
    };
    for properties in nameless {
        let square = SQUARE.replace(r#""properties":{"name":"square"}"#, properties);
        let zones = [ISLANDS.to_owned(), square.clone()];
        let output = ask(&zones, &[]);
        let told = said(&output, 0);
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            answer, "zone:z.geojson:name,count\nislands,1\n,1\n",
            "{properties}"
        );
        assert!(
            told.contains(
                "note: z.geojson: points in feature 2 are in the null group, for want of a name"
            ),
            "{told}"
        );
        // With those in no zone, and once though in two zones without a name.
        let zones = [LABEL.to_owned(), square.clone(), square.clone()];
        assert!(said(&ask(&zones, &[]), 2).contains("z.geojson, the collection: "));
        let named = SQUARE.replace("square", "also");
        let zones = [square.clone(), square, named];
        let output = ask(&zones, &["--other", "--agg", "count,max(lon)"]);
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            answer, "zone:z.geojson:name,count,max(lon)\nalso,1,10.0\n,2,178.0\n",
            "{properties}"
        );
    }
}

#[test]
fn what_is_no_zone_is_refused_with_its_place() {
    let folder = points();
    for (text, says) in [
        (
            ISLANDS.replacen(
                '{',
                r#"{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3857"}},"#,
                1,
            ),
            "in z.geojson, feature 1: its member crs says that its coordinates are of 'urn:ogc:def:crs:EPSG::3857'",
        ),
        (
            ISLANDS.replace("180.00000000000017", "180.1"),
            "in z.geojson, feature 1 ('islands'): ring 1, vertex 2: [180.1, -18] is not a longitude",
        ),
        (
            LOST.to_owned(),
            "in z.geojson, feature 1 ('lost'): it has no geometry",
        ),
        (
            SQUARE.replace("[9,49],[11,49]", "[-120,49],[100,49]"),
            "in z.geojson, feature 1 ('square'): ring 1: the edge from vertex 1, longitude -120, to longitude 100 spans more than 180",
        ),
    ] {
        std::fs::write(folder.path().join("z.geojson"), text).expect("written");
        let output = query(folder.path(), &["--polygon", "z.geojson"]);
        let told = said(&output, 2);
        assert!(told.contains(says), "{told}");
    }
    let output = query(folder.path(), &["--polygon", "two.parquet"]);
    assert!(said(&output, 2).contains("is not text in UTF-8, as GeoJSON is"));
    // A box may be wider than half the world.
    let output = query(
        folder.path(),
        &["--bbox", "-120,-60,179,60", "--format", "csv"],
    );
    said(&output, 0);
    assert_eq!(output.stdout, b"count\n2\n");
}
