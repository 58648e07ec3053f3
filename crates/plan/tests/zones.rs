//! GeoJSON as zones: shapes, names, and what is refused where.

use graticule_plan::{NamedZone, PlanError, polygons, zones};

const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0.1,99],[1,1],[0,0]],[]]}"#;

fn feature(properties: &str, geometry: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

#[test]
fn every_shape_of_polygons() {
    let square = vec![[0.0, 0.0], [1.0, 0.1], [1.0, 1.0], [0.0, 0.0]];
    let multi = r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0.1],[1,1],[0,0]]],[[[5,5],[6,5],[6,6]]]]}"#;
    let both = format!(r#"{{"type":"GeometryCollection","geometries":[{SQUARE},{multi}]}}"#);
    for (text, rings) in [
        (SQUARE.to_owned(), 1),
        (multi.to_owned(), 2),
        (both.clone(), 3),
        (format!("\u{feff}{}", feature("null", &both)), 3),
    ] {
        let zones = polygons(&text).expect("polygons");
        assert_eq!((zones.len(), &*zones[0].name), (1, "1"));
        assert_eq!((zones[0].rings.len(), &zones[0].rings[0]), (rings, &square));
    }
}

#[test]
fn names() {
    let text = collection(&[
        feature(r#"{"a":"x y","b":1}"#, SQUARE),
        feature(r#"{"a":2.50,"b":true}"#, SQUARE),
        feature(r#"{"b":"z","a":"x y"}"#, SQUARE),
    ]);
    let shown = |zones: Vec<NamedZone>| -> Vec<(String, usize)> {
        zones.into_iter().map(|z| (z.name, z.rings.len())).collect()
    };
    let list = |names: &[(&str, usize)]| -> Vec<(String, usize)> {
        names.iter().map(|(n, r)| ((*n).to_owned(), *r)).collect()
    };
    let by = |property| shown(zones(&text, property).expect("zones"));
    // The answer, not the file, brings zones of one name together.
    assert_eq!(by("a"), list(&[("x y", 1), ("2.5", 1), ("x y", 1)]));
    assert_eq!(by("b"), list(&[("1", 1), ("true", 1), ("z", 1)]));
    let numbers = shown(polygons(&text).expect("polygons"));
    assert_eq!(numbers, list(&[("1", 1), ("2", 1), ("3", 1)]));
}

#[test]
fn refusals() {
    let line = r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#;
    let named = |geometry: &str| feature(r#"{"a":"x"}"#, geometry);
    let collection_of = |g: &str| format!(r#"{{"type":"GeometryCollection","geometries":[{g}]}}"#);
    for (text, place, reason) in [
        (
            "{\n  \"type\": }".to_owned(),
            "line 2, column 11",
            "not JSON",
        ),
        (String::new(), "line 1, column 0", "not JSON"),
        ("[".repeat(100_000), "line 1", "not GeoJSON"),
        (
            "{}".to_owned(),
            "line 1, column 2",
            "not GeoJSON: missing field `type`",
        ),
        (
            r#"{"type":"Topology"}"#.to_owned(),
            "line 1",
            "not GeoJSON: unknown variant",
        ),
        (
            r#"{"type":"Feature","properties":{"a":1}}"#.to_owned(),
            "feature 1",
            "no geometry",
        ),
        (collection(&[]), "the collection", "no feature at all"),
        (
            collection(&[named(SQUARE), named(line)]),
            "feature 2",
            "a LineString",
        ),
        (
            collection(&[named(&collection_of(line))]),
            "feature 1",
            "a LineString",
        ),
        (named(&collection_of("")), "feature 1", "no polygon"),
        (
            named(r#"{"type":"Polygon","coordinates":[]}"#),
            "feature 1",
            "no ring",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[]]}"#),
            "feature 1",
            "no ring",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[[1],[2]]]}"#),
            "feature 1",
            "fewer than two",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[["1",2]]]}"#),
            "line 1",
            "not GeoJSON",
        ),
    ] {
        let wrong = polygons(&text).expect_err("no polygons");
        assert_eq!(zones(&text, "a"), Err(wrong.clone()));
        let PlanError::Zones {
            place: at,
            reason: why,
        } = &wrong
        else {
            panic!("{wrong:?}");
        };
        assert!(
            at.starts_with(place) && why.contains(reason),
            "{text:.80}: {wrong}"
        );
    }
}

#[test]
fn names_that_are_missing() {
    let good = feature(r#"{"a":"x"}"#, SQUARE);
    for (properties, reason) in [
        ("null", "nor any other"),
        ("{}", "nor any other"),
        (r#"{"A":"x","b":1}"#, "it has A, b"),
        (r#"{"a":null}"#, "is null"),
        (r#"{"a":["x"]}"#, "a list or an object"),
    ] {
        let text = collection(&[good.clone(), feature(properties, SQUARE)]);
        let wrong = zones(&text, "a")
            .expect_err("no zones")
            .in_file("z.geojson");
        let shown = wrong.to_string();
        assert!(
            shown.contains("z.geojson, feature 2") && shown.contains(reason),
            "{shown}"
        );
    }
    let alone = zones(SQUARE, "a").expect_err("no zones").to_string();
    assert!(alone.contains("make it a Feature"), "{alone}");
}
