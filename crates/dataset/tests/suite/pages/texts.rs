//! Texts that are read here are what the library reads, whatever their pages; damaged ones are errors.

use super::{Written, assert_same, compressions, kept, numbers, open, write};
use crate::common::runtime;
use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, LargeStringArray, RecordBatch, StringArray,
};
use graticule_columns::{Chunk, Keep, Scan, Source, TextTest};
use graticule_dataset::{Dataset, DatasetError};
use parquet::basic::Compression;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Texts of a number; null where the second is set.
fn batch(rows: &[(u64, bool)], has_nulls: bool) -> RecordBatch {
    let degrees = Arc::new(Float64Array::from(vec![1.5; rows.len()])) as ArrayRef;
    let text = |(n, null): &(u64, bool)| {
        let text = match n % 11 {
            0 => String::new(),
            1 => "Åre".repeat(100),
            _ => format!("{n:036}"),
        };
        (!(has_nulls && *null)).then_some(text)
    };
    let texts = || rows.iter().map(text);
    let bytes = texts().map(|text| {
        let mut bytes = text?.into_bytes();
        bytes.push(0xff);
        Some(bytes)
    });
    let bytes: Vec<Option<Vec<u8>>> = bytes.collect();
    let long = texts().map(|text| Some(text? + "~"));
    RecordBatch::try_from_iter_with_nullable([
        ("lon", degrees.clone(), false),
        ("lat", degrees, false),
        (
            "word",
            Arc::new(texts().collect::<StringArray>()) as ArrayRef,
            true,
        ),
        ("long", Arc::new(long.collect::<LargeStringArray>()), true),
        ("bytes", Arc::new(BinaryArray::from_iter(bytes)), true),
    ])
    .expect("columns")
}

/// Hashes and tests of all texts; carried along, they are read by the library.
fn scan_of(dataset: &Dataset, by_library: bool) -> Scan {
    let names = ["word", "long", "bytes"].map(str::to_owned);
    let mut sources = vec![Source::FixedLon, Source::FixedLat];
    for name in &names {
        let tests = [
            TextTest::of_null(),
            TextTest::In(Arc::new(vec![String::new(), format!("{:036}", 2)])),
            TextTest::Below("0".repeat(30) + "5", true),
        ];
        let matches = |test| Source::Matches {
            name: name.clone(),
            test,
        };
        sources.push(Source::Text { name: name.clone() });
        sources.extend(tests.map(matches));
    }
    let carried = if by_library {
        names.to_vec()
    } else {
        Vec::new()
    };
    Scan::everything(dataset.metadata(), sources, carried)
}

/// The chunks of a row group, of the rows that are kept, and whether the library read a column.
fn chunks(dataset: &Dataset, scan: &Scan, group: usize, chunk_rows: usize) -> (Vec<Chunk>, bool) {
    let scan = Arc::new(scan.clone());
    let fetched = runtime().block_on(dataset.fetch(&scan, &scan.groups[group]));
    let fetched = fetched.expect("bytes");
    let chunks = fetched.chunks(&scan, 0..fetched.rows(), chunk_rows, Keep::Gathered);
    let chunks = chunks.expect("chunks");
    let by_library = !chunks.by_library().is_empty();
    (
        chunks.collect::<Result<_, _>>().expect("decoded"),
        by_library,
    )
}

fn texts(chunks: &[Chunk]) -> BTreeSet<&(u64, String)> {
    chunks.iter().flat_map(|chunk| &chunk.texts).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn texts_are_what_the_library_reads(
        rows in numbers(), is_second: bool, compression in compressions(), page_rows in 1usize..700, group_rows in 1usize..900,
        encodings in prop::collection::vec(0u8..2, 5), has_nulls: bool, chunk_rows in 1usize..1000,
        cuts in prop::collection::vec((0u64..300, 1u64..200), 0..4),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let how = Written { is_second, compression, page_rows, group_rows, encodings };
        write(&path, &batch(&rows, has_nulls), &how);
        let dataset = open(&path).expect("a dataset");
        let (mut ours, mut theirs) = (scan_of(&dataset, false), scan_of(&dataset, true));
        for group in 0..ours.groups.len() {
            let kept = kept(&cuts, ours.groups[group].rows);
            ours.groups[group].kept = kept.clone();
            theirs.groups[group].kept = kept;
            let (found, by_library) = chunks(&dataset, &ours, group, chunk_rows);
            // What a dictionary has no room for, the second version writes with prefixes left out.
            assert!(is_second || !by_library, "all of it is read here");
            let (expected, _) = chunks(&dataset, &theirs, group, chunk_rows);
            assert_same(&found, &expected);
            assert_eq!(texts(&found), texts(&expected));
            let told: usize = found.iter().map(|chunk| chunk.texts.len()).sum();
            assert_eq!(told, texts(&found).len(), "each is told once");
        }
    }
}

fn plain() -> Written {
    Written {
        is_second: false,
        compression: Compression::UNCOMPRESSED,
        page_rows: 100,
        group_rows: 1000,
        encodings: vec![0, 0, 0, 1, 1],
    }
}

#[test]
fn damaged_texts_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let rows: Vec<(u64, bool)> = (0..1000u64).map(|n| (n % 37, n % 7 == 0)).collect();
    write(&path, &batch(&rows, true), &plain());
    let whole = std::fs::read(&path).expect("bytes");
    let mut found = BTreeSet::new();
    for at in (4..whole.len() - 6000).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        std::fs::write(&path, &bytes).expect("written");
        let dataset = open(&path).expect("its footer is whole");
        let scan = Arc::new(scan_of(&dataset, false));
        let fetched = runtime().block_on(dataset.fetch(&scan, &scan.groups[0]));
        let fetched = fetched.expect("bytes");
        let read = fetched
            .chunks(&scan, 0..fetched.rows(), 300, Keep::All)
            .and_then(|chunks| chunks.collect::<Result<Vec<Chunk>, _>>());
        match read {
            Ok(chunks) => assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), 1000),
            Err(DatasetError::Undecodable { column, .. }) => {
                found.insert((column, "damage"));
            }
            Err(DatasetError::Value { column, reason, .. }) => {
                assert!(reason.contains("no UTF-8"), "{reason}");
                found.insert((column, "no text"));
            }
            Err(DatasetError::Data { reason, .. }) => {
                assert!(!reason.contains("gave up"), "at {at}: {reason}");
            }
            Err(other) => panic!("at {at}: {other}"),
        }
    }
    let found = |column: &str, what| found.contains(&(column.to_owned(), what));
    assert!(found("word", "no text") && found("long", "no text") && found("long", "damage"));
    assert!(!found("bytes", "no text"), "bytes need be none");
}
