//! Questions as data: what is written is read back, and what was written before still reads.

use graticule_plan::{
    Aggregate, Filter, Function, Key, MinDistinct, NamedZone, PlanError, Quantile, Query, Select,
    Top,
};

#[test]
fn whole_questions_travel() {
    let zone = NamedZone {
        name: Some("1".to_owned()),
        rings: vec![vec![[0.1, 0.2], [1.0, 0.0], [1.0, 1.0]]],
    };
    let square = r#"{"type":"Feature","properties":{"n":1},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}"#;
    let query = Query::new()
        .within("1,2,3,4".parse().expect("a box"))
        .during("2026-01-01..".parse().expect("a range"))
        .filter(Filter::Polygon(vec![zone]))
        .filter(Filter::Geohash(vec!["wx4".to_owned(), "u".to_owned()]))
        .filter(Filter::Where(
            "not a > 3 or b is null".parse().expect("an expression"),
        ))
        .by(Key::parse_all("h3:7,time:month,\"tile\"").expect("keys"))
        .aggregate(Aggregate::parse_all("count,quantile(v, 0.9),last(v)").expect("aggregates"))
        .order_by("count".parse::<Aggregate>().expect("an aggregate"))
        .min_distinct("user:5".parse().expect("a floor"))
        .timezone("Europe/Oslo")
        .other();
    let text = serde_json::to_string(&query).expect("JSON");
    assert_eq!(serde_json::from_str::<Query>(&text).expect("read"), query);
    assert!(
        text.contains(r#"{"where":"not a > 3 or b is null"}"#),
        "{text}"
    );
    let (by, notes) = Key::zone("z.geojson", "n", square).expect("zones");
    assert!(notes.is_empty());
    let query = Query::new().by([by]).select(["lon", "a b"]).limit(3).top(4);
    let text = serde_json::to_string(&query).expect("JSON");
    assert_eq!(serde_json::from_str::<Query>(&text).expect("read"), query);
}

#[test]
fn old_and_short_questions_read() {
    let old = r#"{"version":1,"filters":[{"bbox":[1.0,2.0,3.0,4.0]}],"by":["geohash:5"],"agg":["count"],"top":{"rows":3,"by":"count"}}"#;
    let bbox = serde_json::to_string(&Filter::Bbox("1,2,3,4".parse().expect("a box")));
    let old = old.replace(r#"{"bbox":[1.0,2.0,3.0,4.0]}"#, &bbox.expect("JSON"));
    let query: Query = serde_json::from_str(&old).expect("an old question");
    let top = query.top.clone().expect("a top");
    assert_eq!(
        (top.rows, query.other, &query.select),
        (Some(3), false, &None)
    );
    assert_eq!(
        serde_json::to_string(&query).expect("JSON"),
        old,
        "nothing new is written"
    );
    let short: Query = serde_json::from_str(r#"{"version":1}"#).expect("a question");
    assert_eq!(short, Query::new());
    for text in [
        r#"{"version":1,"where":"a > 3"}"#,
        r#"{"version":1,"min_distinct":"a:0"}"#,
    ] {
        assert!(serde_json::from_str::<Query>(text).is_err(), "{text}");
    }
}

#[test]
fn builders_in_any_order() {
    let count: Aggregate = "count".parse().expect("an aggregate");
    let top = Some(Top {
        rows: Some(3),
        by: vec![count.clone().into()],
        bottom: false,
    });
    assert_eq!(Query::new().top(3).order_by(count.clone()).top, top);
    assert_eq!(Query::new().order_by(count).top(3).top, top);
    let select = Some(Select {
        columns: vec!["a".to_owned()],
        limit: Some(2),
        ..Select::default()
    });
    assert_eq!(Query::new().limit(2).select(["a"]).select, select);
    assert_eq!(Query::new().select(["a"]).limit(2).select, select);
}

#[test]
fn floors_read() {
    let floor: MinDistinct = "a:b:12".parse().expect("a floor");
    assert_eq!(
        (&*floor.column, floor.least, &*floor.to_string()),
        ("a:b", 12, "a:b:12")
    );
    for (text, hint) in [
        ("a", "no colon"),
        (":3", "the column is missing"),
        ("a:0", "at least 0"),
        ("a:", "no whole number"),
        ("a:-1", "no whole number"),
        ("a:x", "no whole number"),
    ] {
        let wrong = text
            .parse::<MinDistinct>()
            .expect_err("no floor")
            .to_string();
        assert!(wrong.contains(hint), "{wrong}");
    }
}

#[test]
fn aggregates_read_and_write() {
    for text in [
        "count",
        "sum(a)",
        "mean(altitude_m)",
        "min(time)",
        "max(x y)",
        "var(a)",
        "stddev(a)",
        "distinct(day)",
        "first(a)",
        "last(a)",
        "quantile(a, 0.95)",
        "quantile(a, 0)",
        "quantile(a, 1)",
        "mean(speed (m/s))",
        "sum(\"a,b\")",
        "quantile(\"a\"\"b\", 0.1)",
        "sum(\"a)\")",
    ] {
        let read: Aggregate = text.parse().expect("an aggregate");
        assert_eq!(read.to_string(), text);
        assert_eq!(
            Aggregate::parse_all(&format!("{text},{text}")),
            Ok(vec![read.clone(), read])
        );
    }
    for (text, plain) in [
        ("median(a)", "quantile(a, 0.5)"),
        (" quantile ( a ,.50 ) ", "quantile(a, 0.5)"),
        ("quantile(a, -0)", "quantile(a, 0)"),
        ("sum(\"a\")", "sum(a)"),
    ] {
        assert_eq!(
            text.parse::<Aggregate>().expect("an aggregate").to_string(),
            plain
        );
    }
    let quantile = Aggregate::Of {
        function: Function::Quantile(Quantile::new(0.5).expect("a share")),
        column: "a".to_owned(),
    };
    assert_eq!("median(a)".parse(), Ok(quantile));
    for (text, hint) in [
        ("", "no function"),
        ("sum", "needs a column, as in sum(COLUMN)"),
        ("sum()", "the column is missing"),
        ("sum(a", "not ')'"),
        ("modes(a)", "'modes' is not known"),
        (
            "modes(a)",
            "var_pop, stddev_pop, median, mode, any, distinct",
        ),
        ("sum(a,b)", "double quotes"),
        ("median(a, 0.5)", "median(COLUMN)"),
        (
            "quantile(a)",
            "the quantile is missing; write quantile(COLUMN, 0.95)",
        ),
        ("quantile", "as in quantile(COLUMN, 0.95)"),
        ("quantile(a, 1.2)", "1.2 is not from 0 to 1"),
        ("quantile(a, -0.1)", "-0.1 is not from 0 to 1"),
        ("quantile(a, nan)", "NaN is not from 0 to 1"),
        ("quantile(a, 95%)", "'95%' is no number from 0 to 1"),
        ("quantile(, 0.5)", "the column is missing"),
        ("quantile(a, 0.5, b)", "double quotes"),
        ("sum(a\"b)", "double quotes"),
        ("sum(a))", "closes nothing"),
        ("sum(\"\")", "no column"),
    ] {
        let wrong = text.parse::<Aggregate>().expect_err("no aggregate");
        assert!(matches!(wrong, PlanError::Aggregate { .. }));
        assert!(wrong.to_string().contains(hint), "{text}: {wrong}");
    }
}

#[test]
fn aggregates_of_json_use_the_names_of_those_before() {
    let agg = ["slow: count(where v < 1)", "share: slow / count"];
    let json = format!(r#"{{"version": 1, "agg": {agg:?}}}"#);
    let query: Query = serde_json::from_str(&json).expect("a query");
    assert_eq!(
        query.aggregates,
        Aggregate::parse_all(&agg.join(", ")).expect("aggregates")
    );
    let unknown = json.replace("slow /", "slaw /");
    let wrong = serde_json::from_str::<Query>(&unknown).expect_err("no query");
    assert!(wrong.to_string().contains("slaw"), "{wrong}");
}
