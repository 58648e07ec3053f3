//! Keys of selected rows are those that groups are made by.

use crate::common;
use graticule::{Dataset, Engine, Key, Query, Run, count};
use std::collections::BTreeMap;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
const ZONES: &str = r#"{"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"n": "a"}, "geometry": {"type": "Polygon", "coordinates": [[[9,49],[11,49],[11,51],[9,51],[9,49]]]}},
    {"type": "Feature", "properties": {"n": "b"}, "geometry": {"type": "Polygon", "coordinates": [[[10,50],[14,50],[14,52],[10,52],[10,50]]]}},
    {"type": "Feature", "properties": {"n": "c"}, "geometry": {"type": "Point", "coordinates": [10.0, 50.1]}},
    {"type": "Feature", "properties": {"n": "d"}, "geometry": {"type": "Point", "coordinates": [10.3, 47.3]}}
]}"#;

fn csv(query: &Query, engine: &Engine) -> String {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let answer = query.run_blocking(engine, &dataset).expect("an answer");
    common::csv(&answer)
}

fn engines() -> Vec<Engine> {
    vec![
        Engine::cpu().threads(3),
        #[cfg(feature = "gpu")]
        Engine::on("gpu".parse().expect("a device")),
    ]
}

#[test]
fn counting_them_gives_the_groups() {
    for key in [
        "geohash:7",
        "h3:6",
        "parent(h3:9, 4)",
        "tile:9",
        "tile:0",
        "time:1h",
        "time:day",
        "time:week",
        "hour_of_day",
        "bin(speed_mps, 2.5)",
        "round(lon, 1)",
        "bin(accuracy_m, 3)",
    ] {
        let zone = "Asia/Kathmandu";
        let select = Query::new().select([key]);
        let by = Query::new()
            .by([key.parse::<Key>().expect("a key")])
            .aggregate([count()]);
        for engine in engines() {
            let rows = csv(&select.clone().timezone(zone), &engine);
            let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
            for row in rows.lines().skip(1) {
                *counted.entry(row.trim_matches('"')).or_default() += 1;
            }
            let groups = csv(&by.clone().timezone(zone), &engine);
            let groups: BTreeMap<&str, usize> = groups
                .lines()
                .skip(1)
                .map(|line| line.rsplit_once(',').expect("two columns"))
                .map(|(key, count)| (key, count.parse().expect("a count")))
                .collect();
            assert!(groups.len() > usize::from(key != "tile:0"), "{key}");
            assert_eq!(counted, groups, "{key}");
        }
    }
}

#[test]
fn zones_and_places_of_a_row() {
    let load = |text: &str| {
        let key: Key = text.parse().expect("a key");
        key.loaded(ZONES).expect("zones").0
    };
    let keys = [load("zone:z.geojson:n"), load("near:z.geojson:n:5000")];
    let mut query = Query::new().select(keys.iter().map(ToString::to_string));
    query.select.as_mut().expect("a selection").keys = keys.to_vec();
    let text = serde_json::to_string(&query).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Query>(&text).expect("a query"),
        query
    );
    let mut first = None;
    for engine in engines() {
        let rows = csv(&query, &engine);
        let count = |row: &str| rows.lines().filter(|line| *line == row).count();
        // Of the first zone's 947 rows some are in the second one, too, and the place c is in both.
        let [both, a, b] = [["a; b,c", "a; b,"], ["a,c", "a,"], ["b,c", "b,"]]
            .map(|all| all.map(count).iter().sum::<usize>());
        let all = |key: &Key| {
            csv(
                &Query::new()
                    .by([key.clone()])
                    .aggregate([graticule::count()]),
                &engine,
            )
        };
        assert_eq!(
            all(&keys[0]),
            format!("zone:z.geojson:n,count\na,{}\nb,{}\n", both + a, both + b)
        );
        let near = |name: &str| {
            rows.lines()
                .filter(|line| line.ends_with(&format!(",{name}")))
                .count()
        };
        assert_eq!(
            all(&keys[1]),
            format!(
                "near:z.geojson:n:5000,count\nc,{}\nd,{}\n",
                near("c"),
                near("d")
            )
        );
        assert!(both > 0 && a > 0 && b > 0 && near("d") == 461);
        assert_eq!(*first.get_or_insert_with(|| rows.clone()), rows);
    }
}
