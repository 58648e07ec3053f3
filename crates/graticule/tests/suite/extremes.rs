//! The least and the greatest text, UUID and bytes of a group.

use crate::common;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, DictionaryArray, FixedSizeBinaryArray, Float64Array,
    Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use graticule::{Dataset, Engine, Query, Run, finish, run_part};
use graticule_testing::{Table, Values};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

fn question(by: &str, aggregates: &str) -> Query {
    let aggregates = aggregates.split(' ').map(|a| a.parse().expect("one"));
    let by = by.split(' ').map(|key| key.parse().expect("a key"));
    Query::new().by(by).aggregate(aggregates)
}

fn open(path: &Path) -> Dataset {
    Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset")
}

fn csv(path: &Path, query: &Query, engine: &Engine) -> String {
    let answer = query.run_blocking(engine, &open(path)).expect("an answer");
    common::csv(&answer)
}

/// Four rows, the last of a group of its own whose values are null.
fn write(path: &Path) {
    let uuid = |last: u8| Some([[0; 15].as_slice(), &[last]].concat());
    let device = [uuid(0x80), uuid(0x7f), uuid(0xff), None];
    let device = FixedSizeBinaryArray::try_from_sparse_iter_with_size(device.into_iter(), 16);
    let tag = [Some([0x61u8, 0xff]), Some([0x61, 0x62]), Some([0, 0]), None];
    let tag = FixedSizeBinaryArray::try_from_sparse_iter_with_size(tag.into_iter(), 2);
    let raw = vec![Some(b"\x00" as &[u8]), Some(b"a"), Some(b"\xff\x01"), None];
    let words = [Some("tram"), Some("bus"), Some("tram"), None].into_iter();
    let degrees: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 4]));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lon", degrees.clone()),
        ("lat", degrees),
        ("g", Arc::new(Int64Array::from(vec![1, 1, 1, 2]))),
        (
            "name",
            Arc::new(StringArray::from(vec![
                Some("bus 2"),
                Some("Ähre"),
                Some("bus"),
                None,
            ])),
        ),
        (
            "word",
            Arc::new(words.collect::<DictionaryArray<Int32Type>>()),
        ),
        ("device", Arc::new(device.expect("UUIDs"))),
        ("tag", Arc::new(tag.expect("bytes"))),
        ("raw", Arc::new(BinaryArray::from(raw))),
    ];
    let field = |(name, array): &(&str, ArrayRef)| {
        let field = Field::new(*name, DataType::clone(array.data_type()), true);
        let uuid = ("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
        match *name {
            "device" => field.with_metadata([uuid].into()),
            _ => field,
        }
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema, arrays).expect("a batch");
    common::write(path, &batch, 4);
}

#[test]
fn texts_uuids_and_bytes_are_in_the_order_of_their_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    write(&path);
    let ask = |aggregates| csv(&path, &question("g", aggregates), &Engine::cpu());
    // 'Ä' begins with the byte 0xc3, and a space is before all letters.
    assert_eq!(
        ask("min(name) max(name) distinct(name) min(word) max(word)"),
        "g,min(name),max(name),distinct(name),min(word),max(word)\n1,bus,Ähre,3,bus,tram\n2,,,0,,\n"
    );
    let uuid = |last: &str| format!("00000000-0000-0000-0000-0000000000{last}");
    assert_eq!(
        ask("min(device) max(device)"),
        format!(
            "g,min(device),max(device)\n1,{},{}\n2,,\n",
            uuid("7f"),
            uuid("ff")
        )
    );
    // Told as texts: those that are none begin with a backslash, which is before 'a', and yet 0xff is the greatest.
    assert_eq!(
        ask("min(raw) max(raw) min(tag) max(tag)"),
        "g,min(raw),max(raw),min(tag),max(tag)\n1,\\x00,\\xff01,\\x0000,\\x61ff\n2,,,,\n"
    );
    let mean = Query::new().aggregate(["mean(name)".parse().expect("one")]);
    let refused = mean.run_blocking(&Engine::cpu(), &open(&path));
    let refused = refused.expect_err("a text has no mean").to_string();
    assert!(refused.contains("its min, max, mode"), "{refused}");
}

const ROWS: usize = 30_000;

/// The texts of a group are of 101, so that 1,000 groups have 30 pairs each.
fn text(row: usize) -> String {
    format!("{:03}", row * 7919 % 101)
}

#[test]
fn wherever_they_are_found_they_are_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("points.parquet");
    let groups = (0..ROWS).map(|row| Some(i64::try_from(row % 1_000).expect("few")));
    let texts = (0..ROWS).map(|row| (row % 1_000 != 3).then(|| text(row)));
    let table = Table::new(
        vec![Some(1.0); ROWS],
        vec![Some(2.0); ROWS],
        vec![Some(3); ROWS],
        vec![
            ("g".to_owned(), Values::I64(groups.collect())),
            ("name".to_owned(), Values::Text(texts.collect())),
        ],
    );
    table.write_parquet(&path, 5_000).expect("a file");
    let mut found: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for row in (0..ROWS).filter(|row| row % 1_000 != 3) {
        let text = text(row);
        let known = found.entry(row % 1_000);
        let (least, greatest) = known.or_insert_with(|| (text.clone(), text.clone()));
        (*least, *greatest) = (text.clone().min(least.clone()), text.max(greatest.clone()));
    }
    found.insert(3, (String::new(), String::new()));
    let mut expected = "g,min(name),max(name)\n".to_owned();
    for (group, (least, greatest)) in &found {
        expected += &format!("{group},{least},{greatest}\n");
    }
    let query = question("g", "min(name) max(name)");
    assert_eq!(csv(&path, &query, &Engine::cpu().threads(1)), expected);
    let little = Engine::cpu().threads(2).chunk_rows(500).memory(1 << 20);
    let answer = query.run_blocking(&little, &open(&path)).expect("one");
    assert!(answer.receipt().bytes_spilled > 0);
    assert_eq!(csv(&path, &query, &little), expected);
    #[cfg(feature = "gpu")]
    if crate::gpu::has_gpu() {
        let engine = crate::gpu::engine(graticule::GpuOptions::default());
        assert_eq!(csv(&path, &query, &engine), expected);
    }
    let plan = open(&path).plan_blocking(&query).expect("a plan");
    let mut partials = Vec::new();
    for part in plan.split(3) {
        let one = Engine::cpu().threads(1);
        partials.extend(pollster::block_on(run_part(&part, &one)).expect("a partial"));
    }
    let merged = finish(&plan, &partials).expect("an answer");
    let least = merged.column(1).as_string::<i32>();
    assert!(least.is_null(3) && least.value(4) == found[&4].0);
    // By the greatest text, ties by the key, the group without any last.
    let mut ranked: Vec<(&usize, &(String, String))> = found.iter().collect();
    ranked.sort_by(|a, b| b.1.1.cmp(&a.1.1).then_with(|| a.0.cmp(b.0)));
    let top = Query::top(question("g", "count max(name)"), 1_000);
    let top = top.order_by(graticule::Order::by("max(name)"));
    for engine in [Engine::cpu().threads(1), little] {
        let text = csv(&path, &top, &engine);
        let keys = text.lines().skip(1).map(|line| line.split(',').next());
        let expected = ranked.iter().map(|(group, _)| group.to_string());
        assert!(keys.flatten().eq(expected), "{text}");
    }
}
