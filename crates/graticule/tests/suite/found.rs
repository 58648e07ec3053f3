//! Questions that once had a wrong answer, or none.

use graticule::{
    Aggregate, Bins, CalendarUnit, Dataset, Engine, Error, ErrorKind, Filter, Key, OpenOptions,
    Query, Run, count,
};
use graticule_testing::{Table, Values};
use std::path::Path;

fn ask(path: &Path, query: &Query) -> Result<String, Error> {
    let dataset = Dataset::open_blocking(path.to_str().expect("text"))?;
    let answer = query.run_blocking(&Engine::cpu().threads(1), &dataset)?;
    let mut text = Vec::new();
    answer.write("csv".parse().expect("a format"), &mut text)?;
    Ok(String::from_utf8(text).expect("text"))
}

fn table(times: Vec<Option<i64>>, name: &str, values: Values) -> Table {
    let rows = times.len();
    let somewhere = vec![Some(1.0); rows];
    Table::new(
        somewhere.clone(),
        somewhere,
        times,
        vec![(name.to_owned(), values)],
    )
}

fn key(text: &str) -> Key {
    text.parse().expect("a key")
}

/// Two texts of one XXH64 hash were one group where they met in one row group, and later an error.
#[test]
fn texts_with_one_hash_are_told_apart() {
    let texts = COLLIDING.map(|text| Some(text.to_owned())).to_vec();
    let table = table(vec![Some(0); 2], "s", Values::Text(texts));
    let folder = tempfile::tempdir().expect("a folder");
    for rows in [1, 2] {
        let path = folder.path().join(format!("{rows}.parquet"));
        table.write_parquet(&path, rows).expect("a file");
        let distinct = "distinct(s)".parse().expect("an aggregate");
        let groups = ask(&path, &Query::new().by([key("s")])).expect("two groups");
        let mut texts = COLLIDING;
        texts.sort_unstable();
        assert_eq!(groups, format!("s,count\n{},1\n{},1\n", texts[0], texts[1]));
        let counted = ask(&path, &Query::new().aggregate([distinct])).expect("a count");
        assert_eq!(counted, "distinct(s)\n2\n");
        // No key and no value is a text here.
        let filter = "s is not null".parse().expect("a condition");
        let matching = Query::new().filter(Filter::Where(filter));
        assert_eq!(ask(&path, &matching).expect("a count"), "count\n2\n");
    }
}

/// On 2009-11-01 clocks in St John's went back from 00:01 to 23:01 of October 31st.
#[test]
fn months_where_clocks_go_back_over_midnight() {
    let at = |text: &str| {
        Some(
            text.parse::<jiff::Timestamp>()
                .expect("a time")
                .as_millisecond(),
        )
    };
    let times = [
        "2009-11-01T02:30:30Z",
        "2009-11-01T02:45:00Z",
        "2009-11-20T00:00:00Z",
    ];
    let table = table(times.map(at).to_vec(), "v", Values::I64(vec![Some(1); 3]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    table.write_parquet(&path, 10).expect("a file");
    let query = Query::new().by([key("time:month")]).aggregate([count()]);
    let query = query.timezone("America/St_Johns");
    let answer = ask(&path, &query).expect("an answer");
    let rows: Vec<&str> = answer
        .lines()
        .skip(1)
        .map(|l| l.rsplit(',').next().unwrap_or(""))
        .collect();
    assert_eq!(rows, ["1", "2"], "{answer}");
}

/// A folder without a value was a value.
#[test]
fn null_of_a_folder_is_no_value() {
    let folder = tempfile::tempdir().expect("a folder");
    for day in ["2026-03-01", "2026-03-02", "__HIVE_DEFAULT_PARTITION__"] {
        let below = folder.path().join(format!("day={day}"));
        std::fs::create_dir(&below).expect("a folder");
        let table = table(vec![Some(0)], "v", Values::I64(vec![Some(1)]));
        table
            .write_parquet(&below.join("a.parquet"), 10)
            .expect("a file");
    }
    let distinct = "distinct(day)".parse().expect("an aggregate");
    let answer = ask(folder.path(), &Query::new().aggregate([distinct]));
    assert_eq!(answer.expect("an answer"), "distinct(day)\n2\n");
    let floor = "day:1".parse().expect("a floor");
    let query = Query::new()
        .by([key("day")])
        .aggregate([count()])
        .min_distinct(floor);
    let answer = ask(folder.path(), &query).expect("an answer");
    assert_eq!(answer, "day,count\n2026-03-01,1\n2026-03-02,1\n");
}

/// 2^53 + 1 is no f64, so no value of a float column equals it.
#[test]
fn literals_are_exact() {
    let two_53 = 9_007_199_254_740_992.0;
    let values = Values::F64(vec![Some(two_53), Some(two_53 + 2.0)]);
    let table = table(vec![Some(0); 2], "f", values);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    table.write_parquet(&path, 10).expect("a file");
    for (expression, count) in [("f = 9007199254740993", 0), ("f < 9007199254740993", 1)] {
        let filter = Filter::Where(expression.parse().expect("an expression"));
        let answer = ask(&path, &Query::new().filter(filter));
        assert_eq!(answer.expect("an answer"), format!("count\n{count}\n"));
    }
}

/// Long lists took a pass for each number; numbers beyond i64 were rounded; a bare folder's name was false.
#[test]
fn lists_and_odd_literals() {
    let values = (0..1000).map(|v| Some(v * 3 - 700)).collect();
    let table = table(vec![Some(0); 1000], "v", Values::I64(values));
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("k=7");
    std::fs::create_dir(&below).expect("a folder");
    table
        .write_parquet(&below.join("a.parquet"), 400)
        .expect("a file");
    let count_of = |expression: &str| {
        let filter = Filter::Where(expression.parse().expect("an expression"));
        ask(folder.path(), &Query::new().filter(filter))
    };
    let list: Vec<String> = (0..600).rev().map(|v| (v * 4 - 800).to_string()).collect();
    let truth = (0..1000)
        .map(|v| v * 3 - 700)
        .filter(|v| (-800..1600).contains(v) && v % 4 == 0);
    let truth = truth.count();
    let list = list.join(", ");
    for (expression, count) in [
        (format!("v in ({list})"), truth),
        (format!("v not in ({list})"), 1000 - truth),
        ("v in (-700, -699, -698, -697, -697)".to_owned(), 2),
    ] {
        let answer = count_of(&expression).expect("an answer");
        assert_eq!(answer, format!("count\n{count}\n"), "{expression:.40}");
    }
    let beyond = count_of("v = 18446744073709551615").expect("an answer");
    assert_eq!(beyond, "count\n0\n");
    assert!(matches!(count_of("k"), Err(Error::Plan(_))));
}

#[test]
fn dictionaries_that_differ_between_row_groups_are_written() {
    use arrow::array::{ArrayRef, AsArray, DictionaryArray, Float64Array, RecordBatch};
    use arrow::datatypes::Int32Type;
    use std::sync::Arc;
    let folder = tempfile::tempdir().expect("a folder");
    let batch = |texts: [&str; 2]| {
        let degrees = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.0, 2.0])) };
        let texts: DictionaryArray<Int32Type> = texts.into_iter().collect();
        let columns: [(&str, ArrayRef); 3] = [
            ("lon", degrees()),
            ("lat", degrees()),
            ("mode", Arc::new(texts)),
        ];
        RecordBatch::try_from_iter(columns).expect("a batch")
    };
    let file = std::fs::File::create(folder.path().join("a.parquet")).expect("a file");
    let first = batch(["bus", "tram"]);
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, first.schema(), None).expect("a writer");
    for batch in [first, batch(["walk", "bus"])] {
        writer.write(&batch).expect("written");
        writer.flush().expect("a row group");
    }
    writer.close().expect("closed");
    let path = folder.path().to_str().expect("text").to_owned();
    let dataset = Dataset::open_blocking(path).expect("a dataset");
    let query = Query::new().select(["mode"]);
    let mut bytes = Vec::new();
    let engine = Engine::cpu().threads(1);
    let mut rows = pollster::block_on(engine.stream(&query, &dataset)).expect("rows");
    let schema = rows.schema().clone();
    let batches: Vec<RecordBatch> = rows.blocking().map(|b| b.expect("rows")).collect();
    let format = graticule::Format::Arrow;
    let mut writer = graticule::RowsWriter::new(format, &schema, &mut bytes).expect("a writer");
    for batch in &batches {
        writer.write(batch).expect("written");
    }
    writer.finish().expect("finished");
    let reader = arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None);
    let read: Vec<_> = reader.expect("Arrow").map(|b| b.expect("rows")).collect();
    let texts = read.iter().flat_map(|b| b.column(0).as_string::<i32>());
    let texts: Vec<_> = texts.flatten().collect();
    assert_eq!(texts, ["bus", "tram", "walk", "bus"]);
}

/// Found by solving XXH64 (seed 0) for its second lane.
const COLLIDING: [&str; 2] = [
    "fa1g0hmoxxxxxxxxxxxxxxxxxxxxxxxxlotyf6d9xxxxxxxxxxxxxxxxxxxxxxxx",
    "wgk2ipvjxxxxxxxxxxxxxxxxxxxxxxxx7ur%6mFwxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// Whole numbers of folders were keys and filters, and no values.
#[test]
fn numbers_of_folders_are_added_up() {
    let folder = tempfile::tempdir().expect("a folder");
    for (k, rows) in [("1", 3), ("2", 2), ("__HIVE_DEFAULT_PARTITION__", 1)] {
        let below = folder.path().join(format!("k={k}"));
        std::fs::create_dir(&below).expect("a folder");
        let table = table(vec![Some(0); rows], "v", Values::I64(vec![Some(1); rows]));
        table
            .write_parquet(&below.join("a.parquet"), 10)
            .expect("a file");
    }
    let values = |text: &str| {
        let aggregates = text.split(' ').map(|a| a.parse().expect("an aggregate"));
        Query::new().aggregate(aggregates)
    };
    let all = values("count sum(k) mean(k) min(k) max(k) last(k) distinct(k) median(k)");
    let answer = ask(folder.path(), &all).expect("an answer");
    // All are of one time, of which the smallest is the last; the middle of the five is 1.
    assert_eq!(
        answer.lines().last(),
        Some("6,7,1.4,1,2,1,2,1.0"),
        "{answer}"
    );
    let some = values("sum(k)").filter(Filter::Where("k >= 2 or v > 1".parse().expect("one")));
    let answer = ask(folder.path(), &some).expect("an answer");
    assert_eq!(answer, "sum(k)\n4\n");
    std::fs::rename(folder.path().join("k=2"), folder.path().join("k=a")).expect("renamed");
    let answer = ask(folder.path(), &values("min(k) max(k)")).expect("an answer");
    assert_eq!(answer, "min(k),max(k)\n1,a\n");
    let error = ask(folder.path(), &values("sum(k)")).expect_err("texts have no sum");
    assert!(error.to_string().contains("distinct(COLUMN)"), "{error}");
}

/// A Delta table of three files: partitions of all types, the last file's null.
fn typed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let types = [
        ("lon", "double"),
        ("lat", "double"),
        ("time", "timestamp"),
        ("v", "long"),
        ("seen", "timestamp"),
        ("d", "date"),
        ("x", "double"),
        ("b", "boolean"),
        ("dec", "decimal(5,2)"),
        ("n", "integer"),
    ];
    let field = |(name, kind): &(&str, &str)| serde_json::json!({"name": name, "type": kind, "nullable": true, "metadata": {}});
    let fields: Vec<_> = types.iter().map(field).collect();
    let schema = serde_json::json!({"type": "struct", "fields": fields}).to_string();
    let names: Vec<&str> = types[4..].iter().map(|(name, _)| *name).collect();
    let mut log = vec![
        serde_json::json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}),
        serde_json::json!({"metaData": {
            "id": "0f0f0f0f-0000-0000-0000-000000000000",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema,
            "partitionColumns": names,
            "configuration": {},
            "createdTime": 0,
        }}),
    ];
    let files = [
        (
            2,
            [
                "2026-03-01 05:00:00.000000",
                "2026-03-01",
                "9.5",
                "true",
                "9.50",
                "10",
            ],
        ),
        (
            1,
            [
                "2026-03-02 05:00:00.000000",
                "2026-03-02",
                "10.0",
                "false",
                "10.25",
                "9",
            ],
        ),
        (1, [""; 6]),
    ];
    for (place, (rows, texts)) in files.into_iter().enumerate() {
        let name = format!("{place}.parquet");
        let table = table(vec![Some(0); rows], "v", Values::I64(vec![Some(1); rows]));
        let path = folder.path().join(&name);
        table.write_parquet(&path, 10).expect("a file");
        let values: std::collections::BTreeMap<_, _> = names.iter().zip(texts).collect();
        let size = path.metadata().expect("a file").len();
        log.push(serde_json::json!({"add": {
            "path": name,
            "partitionValues": values,
            "size": size,
            "modificationTime": 0,
            "dataChange": true,
        }}));
    }
    let lines: Vec<String> = log.iter().map(ToString::to_string).collect();
    std::fs::create_dir(folder.path().join("_delta_log")).expect("a folder");
    let path = folder.path().join("_delta_log/00000000000000000000.json");
    std::fs::write(path, lines.join("\n")).expect("written");
    folder
}

/// They were texts, of which 9.5 is beyond 10.0.
#[test]
fn partitions_of_delta_tables_are_of_their_types() {
    let folder = typed();
    let answer = |query: &Query| ask(folder.path(), query).expect("an answer");
    let parsed = |text: &str| text.parse().expect("an aggregate");
    let aggregates = "max(x) sum(x) mean(dec) max(d) distinct(seen) min(seen) sum(n)";
    let all = answer(&Query::new().aggregate(aggregates.split(' ').map(parsed)));
    // (2 * 9.50 + 10.25) / 3
    let expected = "10.0,29.0,9.75,2026-03-02,2,2026-03-01T05:00:00Z,29";
    assert_eq!(all.lines().last(), Some(expected), "{all}");
    let of = |text: &str| Query::new().filter(Filter::Where(text.parse().expect("a condition")));
    let counted = |text: &str| answer(&of(text).aggregate([count()]));
    assert_eq!(counted("x > 9.6 and dec > 9.6 and not b"), "count\n1\n");
    assert_eq!(counted("seen < '2026-03-02'"), "count\n2\n");
    assert_eq!(counted("d is null and b is null"), "count\n1\n");
    let by = |text: &str| answer(&Query::new().by([key(text)]).aggregate([count()]));
    assert_eq!(by("d"), "d,count\n2026-03-01,2\n2026-03-02,1\n,1\n");
    assert_eq!(by("b"), "b,count\nfalse,1\ntrue,2\n,1\n");
    assert_eq!(by("dec"), "dec,count\n9.50,2\n10.25,1\n,1\n");
    assert_eq!(
        answer(&of("d = '2026-03-02'").select(["seen", "x", "dec", "n"])),
        "seen,x,dec,n\n2026-03-02T05:00:00Z,10.0,10.25,9\n"
    );
    let path = folder.path().to_str().expect("text");
    let options = OpenOptions {
        time: Some("seen".to_owned()),
        ..OpenOptions::default()
    };
    let dataset = Dataset::open_with_blocking(path, options).expect("a dataset");
    let query = Query::new()
        .during("2026-03-02..".parse().expect("a range"))
        .by([key("time:1d")])
        .aggregate([count()]);
    let found = query
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    assert_eq!(found.receipt().files_pruned, 2);
    let mut text = Vec::new();
    found
        .write("csv".parse().expect("a format"), &mut text)
        .expect("written");
    assert_eq!(text, b"time:1d,count\n2026-03-02T00:00:00Z,1\n");
}

#[test]
fn keys_that_nobody_could_write_are_refused() {
    const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let bins = |digits, places| Key::Bins {
        column: "speed_mps".to_owned(),
        bins: Bins {
            digits,
            places,
            rounds: false,
        },
    };
    for key in [
        Key::Tile { zoom: 40 },
        Key::geohash(0),
        Key::geohash(200),
        Key::H3 { resolution: 16 },
        Key::H3Parent {
            of: 5,
            resolution: 9,
        },
        Key::Time { seconds: 0 },
        Key::Time { seconds: -60 },
        Key::Time { seconds: i64::MIN },
        Key::Calendar(CalendarUnit::Days(0)),
        bins(0, 0),
        bins(u64::MAX, 0),
        bins(1, 100),
    ] {
        let asked = Query::new().by([key.clone()]);
        let distinct = Query::new().aggregate([Aggregate::Distinct(key)]);
        for query in [asked, distinct] {
            let refused = dataset.plan_blocking(&query).expect_err("no plan");
            assert_eq!(refused.kind(), ErrorKind::Question, "{query:?}: {refused}");
        }
    }
}
