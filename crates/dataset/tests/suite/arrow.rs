//! Arrow IPC files: what they hold is read column by column, and only what is asked for.

use crate::common::{open, read, scan_of, write};
use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, FixedSizeListArray, Float64Array, Int8Array,
    Int32Array, LargeStringArray, ListArray, MapBuilder, NullArray, RecordBatch, RunArray,
    StringArray, StringBuilder, StringViewArray, StructArray, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, UnionFields};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions};
use graticule_dataset::OpenOptions;
use std::sync::Arc;

const ROWS: usize = 90;

/// Columns of all layouts between those of the points.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let number = |i: usize| i32::try_from(i).expect("few");
    let some = |i: usize| !i.is_multiple_of(7);
    let text = |i: usize| some(i).then(|| format!("text {i}, longer than a view holds itself"));
    let texts = || (0..ROWS).map(text);
    let lists = (0..ROWS).map(|i| some(i).then(|| (0..number(i % 4)).map(Some)));
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for i in 0..ROWS {
        for entry in 0..i % 3 {
            map.keys().append_value(format!("{entry}"));
            map.values().append_option(text(i));
        }
        map.append(some(i)).expect("whole entries");
    }
    let words: DictionaryArray<Int32Type> = (0..ROWS)
        .map(|i| some(i).then_some(["bus", "tram", "boat"][i % 3]))
        .collect();
    let inner = Field::new("word", words.data_type().clone(), true);
    let nested = Field::new("text", DataType::Utf8, true);
    let parts: Vec<(Arc<Field>, ArrayRef)> = vec![
        (nested.into(), Arc::new(texts().collect::<StringArray>())),
        (inner.into(), Arc::new(words.clone())),
    ];
    let runs: RunArray<Int32Type> = (0..ROWS).map(|i| ["a", "b", "c"][i / 30]).collect();
    let fields = [
        Field::new("n", DataType::Int32, true),
        Field::new("t", DataType::Utf8, true),
    ];
    let kinds: ScalarBuffer<i8> = (0..ROWS).map(|i| i8::from(i % 2 == 0)).collect();
    let children: Vec<ArrayRef> = vec![
        Arc::new((0..number(ROWS)).collect::<Int32Array>()),
        Arc::new(texts().collect::<StringArray>()),
    ];
    let fields = UnionFields::try_new([0, 1], fields).expect("two");
    let union = UnionArray::try_new(fields, kinds, None, children).expect("a union");
    let pairs = (0..ROWS).map(|i| some(i).then(|| [Some(number(i)), None]));
    vec![
        ("views", Arc::new(texts().collect::<StringViewArray>())),
        (
            "lists",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        ),
        (
            "lon",
            Arc::new(
                (0..ROWS)
                    .map(|i| some(i).then_some(i as f64))
                    .collect::<Float64Array>(),
            ),
        ),
        ("map", Arc::new(map.finish())),
        ("word", Arc::new(words)),
        ("struct", Arc::new(StructArray::from(parts))),
        ("runs", Arc::new(runs)),
        ("union", Arc::new(union)),
        (
            "lat",
            Arc::new(
                (0..ROWS)
                    .map(|i| Some(-(i as f64) / 2.0))
                    .collect::<Float64Array>(),
            ),
        ),
        ("null", Arc::new(NullArray::new(ROWS))),
        (
            "pairs",
            Arc::new(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
                pairs, 2,
            )),
        ),
        (
            "small",
            Arc::new(
                (0..ROWS)
                    .map(|i| i8::try_from(i).ok())
                    .collect::<Int8Array>(),
            ),
        ),
        ("large", Arc::new(texts().collect::<LargeStringArray>())),
        ("more", Arc::new(texts().rev().collect::<StringViewArray>())),
    ]
}

#[test]
fn every_column_comes_back_alone_and_beside_others() {
    let whole = RecordBatch::try_from_iter_with_nullable(
        columns()
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    );
    let whole = whole.expect("a batch");
    let names: Vec<&str> = columns().iter().map(|(name, _)| *name).collect();
    for compression in [
        None,
        Some(CompressionType::LZ4_FRAME),
        Some(CompressionType::ZSTD),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(
            &folder.path().join("a.arrow"),
            &whole,
            &[40, 0, 50],
            compression,
        );
        let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
        let groups = &dataset.metadata().files[0].row_groups;
        let rows: Vec<u64> = groups.iter().map(|group| group.rows).collect();
        assert_eq!(rows, [40, 0, 50]);
        let place = dataset
            .metadata()
            .schema
            .file_column("lon")
            .expect("it is there");
        assert_eq!(
            groups[2].columns.at(place).nulls,
            Some(7),
            "40 + 2, 9, 16 ... 44"
        );
        let mut lists: Vec<Vec<&str>> = names.iter().map(|name| vec![*name]).collect();
        lists.push(names.clone());
        for carried in lists {
            let (batches, _) = read(&dataset, &scan_of(&dataset, &carried), 16);
            for name in carried {
                let parts: Vec<&dyn Array> = batches
                    .iter()
                    .map(|b| &**b.column_by_name(name).expect("it is carried"))
                    .collect();
                let column = concat(&parts).expect("of one type");
                // Texts of other kinds come as texts.
                let before = whole.column_by_name(name).expect("it is there");
                let same = cast(before, column.data_type())
                    .expect("it is text")
                    .to_data()
                    == column.to_data();
                assert!(same, "{name}, {compression:?}: {column:?}");
            }
        }
    }
}

#[test]
fn only_the_columns_of_a_question_are_read() {
    const ROWS: usize = 20_000;
    let floats = |v: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![v; ROWS])) };
    let blob = || -> ArrayRef { Arc::new(StringArray::from(vec!["a long text between"; ROWS])) };
    let columns = [
        ("lon", floats(1.0)),
        ("a", blob()),
        ("lat", floats(2.0)),
        ("b", blob()),
    ];
    let whole = RecordBatch::try_from_iter(columns).expect("a batch");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.feather");
    write(&path, &whole, &[15_000, 5_000], None);
    let size = std::fs::metadata(&path).expect("it is there").len();
    let options = OpenOptions {
        cache: Some(folder.path().join("cache")),
        index: true,
        ..OpenOptions::default()
    };
    for is_known in [false, true] {
        let dataset = open(folder.path(), &options).expect("it opens");
        assert_eq!(dataset.opening().known, u64::from(is_known));
        // The tail, and the first header.
        assert!(dataset.opening_cost().0 <= (64 << 10) + 1024);
        let scan = scan_of(&dataset, &[]);
        let footer = if is_known { (64 << 10, 1) } else { (0, 0) };
        let cost = dataset.cost(&scan);
        assert_eq!(
            (cost.bytes - footer.0, cost.requests - footer.1),
            (320_000, 4)
        );
        let (batches, cost) = read(&dataset, &scan, 4096);
        assert_eq!(cost, (320_000, 4), "of {size} bytes");
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, ROWS);
    }
}

#[test]
fn dictionaries_may_grow() {
    let words = |from: usize, to: usize| {
        let keys = Int32Array::from_iter_values(0..i32::try_from(to).expect("few"));
        let values = (0..to)
            .map(|i| Some(format!("word {i}")))
            .collect::<StringArray>();
        let array = DictionaryArray::try_new(keys, Arc::new(values)).expect("an array");
        let floats = || Arc::new(Float64Array::from(vec![1.0; to - from]));
        let columns: [(&str, ArrayRef); 3] = [
            ("lon", floats()),
            ("lat", floats()),
            ("word", Arc::new(array.slice(from, to - from))),
        ];
        RecordBatch::try_from_iter(columns).expect("a batch")
    };
    let batches = [words(0, 3), words(1, 5), words(2, 9)];
    let folder = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(folder.path().join("a.ipc")).expect("a file");
    let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    let schema = batches[0].schema();
    let mut writer = FileWriter::try_new_with_options(file, &schema, options).expect("a writer");
    for batch in &batches {
        writer.write(batch).expect("written");
    }
    writer.finish().expect("finished");
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let (read, _) = read(&dataset, &scan_of(&dataset, &["word"]), 100);
    let text = |batches: &[RecordBatch]| -> Vec<String> {
        let words = batches.iter().flat_map(|batch| {
            let words = batch.column_by_name("word").expect("it is there");
            let words = cast(words, &DataType::Utf8).expect("texts");
            let words = words.as_string::<i32>().clone();
            (0..words.len()).map(move |i| words.value(i).to_owned())
        });
        words.collect()
    };
    assert_eq!(text(&read), text(&batches));
}

#[test]
fn coordinates_may_be_categories() {
    let keys = Int32Array::from(vec![Some(1), Some(0), None, Some(1)]);
    let lon = DictionaryArray::try_new(keys, Arc::new(Float64Array::from(vec![5.0, 6.5])));
    let ends = Int32Array::from(vec![3, 4]);
    let lat = RunArray::<Int32Type>::try_new(&ends, &Float64Array::from(vec![45.0, -46.0]));
    let columns: [(&str, ArrayRef); 2] = [
        ("lon", Arc::new(lon.expect("places"))),
        ("lat", Arc::new(lat.expect("runs"))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("a.feather"), &batch, &[2, 2], None);
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let (read, _) = read(&dataset, &scan_of(&dataset, &["lon", "lat"]), 3);
    let floats = |name: &str| -> Vec<Option<f64>> {
        let columns = read.iter().map(|b| b.column_by_name(name).expect("floats"));
        let floats = columns.map(|c| c.as_primitive::<Float64Type>());
        floats.flat_map(|c| c.iter().collect::<Vec<_>>()).collect()
    };
    assert_eq!(floats("lon"), [Some(6.5), Some(5.0), None, Some(6.5)]);
    assert_eq!(floats("lat"), [45.0, 45.0, 45.0, -46.0].map(Some));
    // Of whole numbers nobody knows the unit.
    let whole = DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(vec![0]),
        Arc::new(Int32Array::from(vec![50_000_000])),
    );
    let columns: [(&str, ArrayRef); 2] = [
        ("lon", Arc::new(whole.expect("places"))),
        ("lat", Arc::new(Float64Array::from(vec![1.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("a.feather"), &batch, &[1], None);
    let refused = open(folder.path(), &OpenOptions::default()).map(drop);
    let refused = refused.expect_err("it is of no unit").to_string();
    assert!(refused.contains("must be a float"), "{refused}");
}
