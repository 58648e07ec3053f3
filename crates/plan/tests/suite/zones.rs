//! GeoJSON as zones: shapes, names, and what is refused where.

use graticule_plan::{NamedZone, PlanError, Zones, polygons, zones};

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
        let Zones { zones, notes } = polygons(&text).expect("polygons");
        assert_eq!((zones.len(), zones[0].name.as_deref()), (1, Some("1")));
        assert!(notes.is_empty(), "{notes:?}");
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
        let of = |zone: NamedZone| (zone.name.expect("a name"), zone.rings.len());
        zones.into_iter().map(of).collect()
    };
    let list = |names: &[(&str, usize)]| -> Vec<(String, usize)> {
        names.iter().map(|(n, r)| ((*n).to_owned(), *r)).collect()
    };
    let by = |property| shown(zones(&text, property).expect("zones").zones);
    // The answer, not the file, brings zones of one name together.
    assert_eq!(by("a"), list(&[("x y", 1), ("2.5", 1), ("x y", 1)]));
    assert_eq!(by("b"), list(&[("1", 1), ("true", 1), ("z", 1)]));
    let numbers = shown(polygons(&text).expect("polygons").zones);
    assert_eq!(numbers, list(&[("1", 1), ("2", 1), ("3", 1)]));
}

#[test]
fn refusals() {
    let line = r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#;
    let named = |geometry: &str| feature(r#"{"name":"x"}"#, geometry);
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
            "not GeoJSON: missing field 'type'",
        ),
        (
            r#"{"type":"Topology"}"#.to_owned(),
            "line 1",
            "not GeoJSON: unknown variant",
        ),
        (
            r#"{"type":"Feature","properties":null}"#.to_owned(),
            "feature 1",
            "no geometry",
        ),
        (collection(&[]), "the collection", "no feature at all"),
        (
            collection(&[named(line), named("null")]),
            "the collection",
            "none of its 2 features holds a polygon; of feature 2 ('x'): it has no geometry",
        ),
        (
            collection(&[named(&collection_of(line))]),
            "feature 1 ('x')",
            "hold no area",
        ),
        (named(&collection_of("")), "feature 1 ('x')", "no polygon"),
        (
            named(r#"{"type":"Polygon","coordinates":[]}"#),
            "feature 1 ('x')",
            "no polygon",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[]]}"#),
            "feature 1 ('x')",
            "no polygon",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}"#),
            "feature 1 ('x')",
            "three distinct vertices",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,90.5]]]}"#),
            "feature 1 ('x')",
            "ring 1, vertex 3: [0, 90.5] is not a longitude within -180 to 180 and a latitude within -90 to 90 degrees: correct the vertex",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,180.5]]]}"#),
            "feature 1 ('x')",
            "vertex 3: [0, 180.5] is not",
        ),
        (
            named(r#"{"type":"Polygon","coordinates":[[[-170,0],[170,0],[170,1]]]}"#),
            "feature 1 ('x')",
            "ring 1: the edge from vertex 1, longitude -170, to longitude 170 spans more than 180",
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
        assert_eq!(zones(&text, "name"), Err(wrong.clone()));
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
fn zones_without_a_name_are_kept_and_told() {
    let of = |properties| feature(properties, SQUARE);
    let text = collection(&[
        of("null"),
        of(r#"{"a":"x"}"#),
        of("{}"),
        of(r#"{"a":null,"b":1,"name":"y"}"#),
        of(r#"{"a":""}"#),
    ]);
    let found = zones(&text, "a").expect("zones").in_file("z.geojson");
    assert_eq!(names_of(&found.zones), ["-", "x", "-", "-", ""]);
    assert_eq!(
        texts(&found),
        [
            "z.geojson: points in feature 1, feature 3, feature 4 ('y') are in the null group, for want of a name"
        ]
    );
    // As a filter they need none.
    assert!(polygons(&text).expect("polygons").notes.is_empty());
}

#[test]
fn a_property_that_names_nothing_is_refused() {
    for (properties, place, reason) in [
        ("null", "the collection", "nor any other"),
        ("{}", "the collection", "nor any other"),
        (r#"{"A":"x","b":1}"#, "the collection", "there are A, b"),
        (
            r#"{"a":null}"#,
            "the collection",
            "null or missing in all zones",
        ),
        (r#"{"a":["x"]}"#, "feature 2", "a list or an object"),
    ] {
        let text = collection(&[feature("null", SQUARE), feature(properties, SQUARE)]);
        let wrong = zones(&text, "a")
            .expect_err("no zones")
            .in_file("z.geojson");
        let shown = wrong.to_string();
        assert!(
            shown.contains(&format!("z.geojson, {place}")) && shown.contains(reason),
            "{shown}"
        );
    }
    let alone = zones(SQUARE, "a").expect_err("no zones").to_string();
    assert!(alone.contains("make it a Feature"), "{alone}");
}

#[test]
fn empty_polygons_and_rings_cover_nothing() {
    let ring = "[[0,0],[2,0],[2,2],[0,0]]";
    for coordinates in [
        format!("[[],[{ring}]]"),
        format!("[[{ring}],[]]"),
        format!("[[[]],[[],{ring}],[]]"),
        format!("[[[],[]],[{ring},[]]]"),
    ] {
        let geometry = format!(r#"{{"type":"MultiPolygon","coordinates":{coordinates}}}"#);
        let found = zones(&feature(r#"{"a":"x"}"#, &geometry), "a").expect("zones");
        let square = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 0.0]];
        assert_eq!(found.zones[0].rings, [square], "{coordinates}");
    }
    for (kind, coordinates) in [
        ("Polygon", format!("[[],{ring}]")),
        ("MultiPolygon", format!("[[[],{ring}]]")),
    ] {
        let geometry = format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#);
        let found = polygons(&geometry).expect("a polygon");
        assert_eq!(found.zones[0].rings.len(), 1, "{kind}");
    }
    // Lines are left out, empty ones too; a position without numbers is none.
    let lines = r#"{"type":"MultiLineString","coordinates":[[],[[0,0],[1,1]]]}"#;
    let text = collection(&[feature("{}", lines), feature("{}", SQUARE)]);
    assert_eq!(polygons(&text).expect("polygons").zones.len(), 1);
    let broken = r#"{"type":"Polygon","coordinates":[[[],[0,0],[1,0],[1,1]]]}"#;
    assert!(polygons(broken).is_err());
}

/// Names, `-` where there is none.
fn names_of(zones: &[NamedZone]) -> Vec<&str> {
    let names = zones.iter();
    names
        .map(|zone| zone.name.as_deref().unwrap_or("-"))
        .collect()
}

fn texts(zones: &Zones) -> Vec<&str> {
    assert!(zones.notes.iter().all(|note| note.is_warning));
    zones.notes.iter().map(|note| note.text.as_str()).collect()
}

#[test]
fn one_feature_does_not_spoil_a_file() {
    let named = |name: &str, geometry: &str| feature(&format!(r#"{{"NAME":"{name}"}}"#), geometry);
    let label = r#"{"type":"Point","coordinates":[0.5,0.5]}"#;
    let flat = r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}"#;
    let both = format!(r#"{{"type":"GeometryCollection","geometries":[{label},{SQUARE}]}}"#);
    let text = collection(&[
        named("lost", "null"),
        named("square", SQUARE),
        feature(r#"{"kind":"label"}"#, label),
        named("flat", flat),
        named("none", r#"{"type":"MultiPolygon","coordinates":[]}"#),
        named("both", &both),
        named("unknown", r#"{"type":"Point","coordinates":[]}"#),
    ]);
    let found = zones(&text, "NAME").expect("zones").in_file("z.geojson");
    let names = names_of(&found.zones);
    assert_eq!(names, ["square", "both"]);
    assert_eq!(found.zones[0].rings, found.zones[1].rings);
    assert_eq!(
        texts(&found),
        [
            "z.geojson: feature 1 ('lost') left out, for want of a geometry",
            "z.geojson: feature 5 ('none'), feature 7 ('unknown') left out, for the geometry is empty",
            "z.geojson: feature 3 left out, for points and lines hold no area",
            "z.geojson: feature 4 ('flat') left out, for a ring of fewer than three distinct vertices encloses nothing",
            "z.geojson: points and lines beside polygons left out in feature 6 ('both')",
        ]
    );
    let numbers = polygons(&text).expect("polygons").zones;
    let numbers = names_of(&numbers);
    assert_eq!(numbers, ["2", "6"]);
    let labels = vec![feature("null", label); 7];
    let many = collection(&[&labels[..], &[feature("null", SQUARE)]].concat());
    assert_eq!(
        texts(&polygons(&many).expect("polygons")),
        [
            "feature 1, feature 2, feature 3, feature 4, feature 5 and 2 more left out, for points and lines hold no area"
        ]
    );
}

#[test]
fn what_rounding_put_beyond_the_edge_of_the_world_is_moved_to_it() {
    let ring = |lon: &str, lat: &str| {
        format!(r#"{{"type":"Polygon","coordinates":[[[177,-18],[{lon},-18],[177,{lat}]]]}}"#)
    };
    for (lon, lat, west_east, south_north) in [
        ("180.00000000000017", "-16", 180.0, -16.0),
        ("180", "90.00000000000003", 180.0, 90.0),
        ("180.000000001", "-90.000000001", 180.0, -90.0),
    ] {
        let text = feature(r#"{"name":"islands"}"#, &ring(lon, lat));
        let found = polygons(&text).expect("polygons");
        let corners = [[177.0, -18.0], [west_east, -18.0], [177.0, south_north]];
        assert_eq!(found.zones[0].rings, [corners.to_vec()]);
        assert_eq!(
            texts(&found),
            [
                "vertices up to 1e-9 degrees beyond longitude 180 or latitude 90 moved to it in feature 1 ('islands')"
            ]
        );
    }
    assert_eq!(polygons(&ring("180", "90")).expect("polygons").notes, []);
    let beyond = polygons(&ring("180.0000001", "0")).expect_err("not on the earth");
    assert!(
        beyond.to_string().contains("[180.0000001, -18]"),
        "{beyond}"
    );
}

#[test]
fn a_frame_that_is_not_wgs84_is_refused() {
    let with = |crs: &str, of: &str| {
        let member = format!(r#"{{"crs":{crs},"#);
        of.replacen('{', &member, 1)
    };
    let name = |name: &str| format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    let texts = [
        SQUARE.to_owned(),
        feature("null", SQUARE),
        collection(&[feature("null", SQUARE)]),
    ];
    for text in &texts {
        for crs in [
            name("urn:ogc:def:crs:OGC:1.3:CRS84"),
            name("EPSG:4326"),
            name("urn:ogc:def:crs:EPSG:6.9:4326"),
            name("http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
            r#"{"type":"EPSG","properties":{"code":4326}}"#.to_owned(),
            "null".to_owned(),
        ] {
            polygons(&with(&crs, text)).expect("degrees");
        }
        for (crs, says) in [
            (
                name("urn:ogc:def:crs:EPSG::3857"),
                "'urn:ogc:def:crs:EPSG::3857'",
            ),
            (name("EPSG:27700"), "'EPSG:27700'"),
            (
                r#"{"type":"EPSG","properties":{"code":3857}}"#.to_owned(),
                "'EPSG:3857'",
            ),
            (
                r#"{"type":"link","properties":{"href":"a/4326"}}"#.to_owned(),
                "link",
            ),
        ] {
            let wrong = polygons(&with(&crs, text)).expect_err("another frame");
            let wrong = wrong.to_string();
            assert!(
                wrong.contains(says) && wrong.contains("EPSG:4326"),
                "{wrong}"
            );
        }
    }
}

#[test]
fn features_may_follow_one_another() {
    let (a, b) = (
        feature(r#"{"n":"a"}"#, SQUARE),
        feature(r#"{"n":"b"}"#, SQUARE),
    );
    for text in [
        format!("{a}\n{b}\n"),
        format!("\u{1e}{a}\n\u{1e}{b}\n"),
        format!("{a}\r\n\r\n{}", collection(std::slice::from_ref(&b))),
    ] {
        let found = zones(&text, "n").expect("zones").zones;
        let names = names_of(&found);
        assert_eq!(names, ["a", "b"]);
    }
    let torn = zones(&format!("{a}\n{}", &b[..9]), "n").expect_err("torn");
    assert!(torn.to_string().contains("line 2, column 9"), "{torn}");
}
