//! An answer of nothing says why on stderr, in one line, and in its receipt.

use std::path::Path;
use std::process::{Command, Output};

const ZONES: &str = r#"{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"name": "Meidling", "number": 12}, "geometry": {"type": "Polygon", "coordinates": [[[9, 49], [11, 49], [11, 51], [9, 51], [9, 49]]]}},
  {"type": "Feature", "properties": {"name": "Far, far", "number": 1.50}, "geometry": {"type": "Polygon", "coordinates": [[[99, 9], [100, 9], [100, 10], [99, 10], [99, 9]]]}}
]}"#;

fn query(folder: &Path, arguments: &[&str]) -> Output {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    command.args(["query", sample, "--device", "cpu"]);
    let output = command.args(arguments).current_dir(folder).output();
    output.expect("the binary runs")
}

#[test]
fn nothing_is_never_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("zones.geojson"), ZONES).expect("a file");
    let outside = "lies outside the data, which lie in 0,0,13.2298,90";
    for (arguments, reason) in [
        (
            &["--bbox", "100,9,101,11"][..],
            format!(": the box {outside}\n"),
        ),
        (
            &["--bbox", "50,9,51,11"],
            format!(": the box {outside}; were longitude and latitude swapped?\n"),
        ),
        (
            &["--near", "50,10,2km"],
            format!(": the circle {outside}; were longitude and latitude swapped?\n"),
        ),
        (
            &["--polygon", "zones.geojson:name=\"Far, far\""],
            format!(": the polygon {outside}\n"),
        ),
        (
            &["--time", "2025"],
            ": the times of the data are 2026-02-28T22:02:06.518Z to 2026-03-02T20:08:31.391Z\n"
                .to_owned(),
        ),
        (
            &["--bbox", "9,49,10,50", "--bbox", "11,51,12,52"],
            ": two of the boxes have no place in common\n".to_owned(),
        ),
        (
            &["--where", "day = '2026-03-11'"],
            ": no folder has day = '2026-03-11'; did you mean '2026-03-01'?\n".to_owned(),
        ),
        (
            &["--where", "speed_mps > 30", "--where", "speed_mps < 3"],
            ": the tests of 'speed_mps' exclude one another\n".to_owned(),
        ),
        (
            &["--where", "speed_mps > 3000"],
            ": no value of 'speed_mps' is in the range: they are 0 to 33.6\n".to_owned(),
        ),
        (
            &["--where", "trip_id between 5 and 3"],
            ": no value of 'trip_id' can pass\n".to_owned(),
        ),
        (
            &["--where", "trip_id = 131077"],
            ": no row has trip_id = 131077\n".to_owned(),
        ),
        (&["--near", "0,45,1000"], "\n".to_owned()),
    ] {
        let output = query(folder.path(), arguments);
        assert_eq!(
            output.stdout,
            "count\n─────\n    0\n".as_bytes(),
            "{arguments:?}"
        );
        let said = String::from_utf8(output.stderr).expect("text");
        let note = format!("note: no row matches{reason}");
        assert!(said.starts_with(&note), "{arguments:?}: {said}");
    }
    let output = query(
        folder.path(),
        &["--time", "2025", "--receipt", "receipt.json"],
    );
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.starts_with("note: no row matches: the times"),
        "{said}"
    );
    let receipt = std::fs::read_to_string(folder.path().join("receipt.json")).expect("a receipt");
    assert!(
        receipt.contains("\"unmatched\": \"no row matches: the times"),
        "{receipt}"
    );
    let some = query(folder.path(), &["--receipt", "receipt.json"]);
    assert!(some.stderr.is_empty(), "some rows matched");
}

#[test]
fn features_are_chosen_by_a_property() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("zones.geojson"), ZONES).expect("a file");
    let ask = |polygons: &[&str]| {
        let arguments: Vec<&str> = polygons.iter().flat_map(|p| ["--polygon", p]).collect();
        let output = query(folder.path(), &arguments);
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"))
    };
    let all = ask(&["zones.geojson"])[0].clone();
    assert_eq!(all, ask(&["zones.geojson:name=Meidling"])[0]);
    for polygons in [
        &["zones.geojson:number=12"][..],
        &["zones.geojson:number=12,1.5"],
        &["zones.geojson:number=1.5", "zones.geojson:name=Meidling"],
    ] {
        assert_eq!(ask(polygons)[0], all, "{polygons:?}");
    }
    for (polygon, hint) in [
        (
            "zones.geojson:name=Meidlin",
            "no feature has name 'Meidlin'; did you mean 'Meidling'?",
        ),
        (
            "zones.geojson:nam=Meidling",
            "no zone has a property 'nam'; did you mean 'name'?",
        ),
        ("zones.geojson:name", "cannot be read"),
    ] {
        let said = &ask(&[polygon])[1];
        assert!(said.contains(hint), "{said}");
    }
}
