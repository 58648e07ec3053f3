//! Rows of devices that were in another region, too.

use crate::common;
use graticule::{Bbox, Dataset, Engine, Error, Expression, Filter, Key, Query, Run, count};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

fn csv(query: &Query, dataset: &Dataset, engine: &Engine) -> String {
    let answer = query.run_blocking(engine, dataset).expect("an answer");
    assert_eq!(answer.receipt().query, *query);
    common::csv(&answer)
}

/// The same by hand: the devices of one region first, and then a list of them.
fn by_hand(here: &Query, there: Bbox, column: &str, dataset: &Dataset) -> String {
    let engine = Engine::cpu();
    let mut devices = here.clone().by([Key::column(column)]).aggregate([count()]);
    devices.filters.retain(|filter| !filter.is_region());
    devices.select = None;
    let found = csv(&devices.within(there), dataset, &engine);
    let ids = found
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next());
    let quoted = |id: &str| match column {
        "day" => format!("'{id}'"),
        _ => id.to_owned(),
    };
    let ids: Vec<String> = ids.filter(|id| !id.is_empty()).map(quoted).collect();
    let list = format!("{column} in ({})", ids.join(", "));
    let list: Expression = list.parse().expect("a list");
    csv(&here.clone().filter(Filter::Where(list)), dataset, &engine)
}

#[test]
fn devices_here_and_there() {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let here = Bbox::new(9.0, 49.0, 11.0, 51.0).expect("a box");
    let there = Bbox::new(9.5, 50.0, 10.5, 52.0).expect("a box");
    let fast = Filter::Where("speed_mps > 3".parse().expect("a test"));
    let groups = Query::new().within(here).filter(fast.clone());
    let groups = groups.by([Key::column("device_id"), Key::column("day")]);
    let rows = Query::new()
        .within(here)
        .filter(fast)
        .select(["time", "device_id"]);
    for question in [groups, rows] {
        for column in ["device_id", "trip_id", "day"] {
            let expected = by_hand(&question, there, column, &dataset);
            assert!(expected.lines().count() > 2, "{column}: {expected}");
            let asked = question.clone().also_in(column, Filter::Bbox(there));
            assert_eq!(csv(&asked, &dataset, &Engine::cpu()), expected, "{column}");
        }
    }
    // Both regions' devices, and none.
    let asked = Query::new()
        .within(here)
        .also_in("device_id", Filter::Bbox(there));
    let nowhere = Bbox::new(100.0, 10.0, 101.0, 11.0).expect("a box");
    let none = asked.clone().also_in("device_id", Filter::Bbox(nowhere));
    assert_eq!(csv(&none, &dataset, &Engine::cpu()), "count\n0\n");
    let once = asked
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    let alone = Query::new()
        .within(here)
        .run_blocking(&Engine::cpu(), &dataset);
    let alone = alone.expect("an answer");
    assert!(once.receipt().bytes_fetched > alone.receipt().bytes_fetched);
    let unplanned = dataset
        .plan_blocking(&asked)
        .expect_err("not yet")
        .to_string();
    assert!(unplanned.contains("`also_in`"), "{unplanned}");
}

#[test]
fn what_is_read_twice_counts_twice() {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let here = Bbox::new(9.0, 49.0, 11.0, 51.0).expect("a box");
    let asked = Query::new().within(here);
    let asked = asked.also_in("device_id", Filter::Bbox(here));
    let (first, last) = asked.steps();
    let steps = first.iter().chain([&last]);
    let bytes = steps.map(|step| {
        let plan = dataset.plan_blocking(step).expect("a plan");
        dataset.cost(&plan).bytes
    });
    let bytes: u64 = bytes.sum();
    let ask = |bytes| asked.run_blocking(&Engine::cpu().max_bytes(bytes), &dataset);
    assert!(ask(bytes).is_ok());
    match ask(bytes - 1) {
        Err(Error::TooMuch { needed, .. }) => assert_eq!(needed, bytes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_of_another_region_are_counted() {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let world = Filter::Bbox(Bbox::new(-180.0, -90.0, 180.0, 90.0).expect("a box"));
    let asked = Query::new().also_in("time", world);
    match asked.run_blocking(&Engine::cpu().memory(1 << 20), &dataset) {
        Err(error @ Error::AlsoInMemory { .. }) => {
            assert!(error.to_string().contains("raise `memory`"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}
