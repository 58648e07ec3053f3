//! Times and values of every type.

#![expect(
    clippy::cast_possible_truncation,
    reason = "numbers of any type are made of the low bits of others"
)]

use super::{Written, assert_same, chunks, kept, numbers, open, write, written};
use crate::common::runtime;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, RecordBatch, TimestampMillisecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use graticule_columns::{Chunk, Keep, Scan, Source};
use graticule_dataset::{Dataset, DatasetError};
use parquet::basic::{Compression, ZstdLevel};
use proptest::prelude::*;
use std::sync::Arc;

/// Numbers that a generator gives, as columns of many types; null where the second is set.
fn batch(rows: &[(u64, bool)], has_nulls: bool) -> RecordBatch {
    let is_null = |null: bool| null && has_nulls;
    macro_rules! of {
        ($array:ident, $value:expr) => {{
            let value = $value;
            let rows = rows.iter();
            let array: $array = rows
                .map(|(n, null)| (!is_null(*null)).then(|| value(*n)))
                .collect();
            Arc::new(array) as ArrayRef
        }};
    }
    let signed = |n: u64| n.cast_signed();
    // Sevenths that repeat, and now and then what is no place.
    let degrees = |n: u64, half: f64| match n % 97 {
        0 => f64::NAN,
        1 => half + 1.0,
        2 => -half,
        _ => half * (f64::from((n % 5000) as u32) / 2500.0 - 1.0),
    };
    let decimals: Decimal128Array = rows
        .iter()
        .map(|(n, null)| (!is_null(*null)).then_some(i128::from(n % 90_000_000)))
        .collect();
    let wide: Decimal128Array = rows
        .iter()
        .map(|(n, null)| (!is_null(*null)).then_some(i128::from(signed(*n) / 1000)))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lon", of!(Float64Array, |n| degrees(n, 180.0))),
        ("lat", of!(Float64Array, |n: u64| degrees(n / 7, 90.0))),
        (
            "time",
            of!(TimestampMillisecondArray, |n| signed(n % 9_000_000_000)),
        ),
        ("i8", of!(Int8Array, |n| n as i8)),
        ("i16", of!(Int16Array, |n| n as i16)),
        ("i32", of!(Int32Array, |n| n as i32)),
        ("i64", of!(Int64Array, signed)),
        ("u8", of!(UInt8Array, |n| n as u8)),
        ("u16", of!(UInt16Array, |n| n as u16)),
        ("u32", of!(UInt32Array, |n| n as u32)),
        ("u64", of!(UInt64Array, |n| n)),
        ("f32", of!(Float32Array, |n| f32::from_bits(n as u32))),
        ("f64", of!(Float64Array, f64::from_bits)),
        (
            "few",
            of!(Int64Array, |n| [7, -3, i64::MAX, 9][n as usize % 4]),
        ),
        ("day", of!(Date32Array, |n| (n % 20_000) as i32)),
        ("yes", {
            let rows = rows.iter();
            let array: BooleanArray = rows
                .map(|(n, null)| (!is_null(*null)).then_some(n % 3 == 0))
                .collect();
            Arc::new(array)
        }),
        (
            "d9",
            Arc::new(decimals.with_precision_and_scale(9, 2).expect("digits")),
        ),
        (
            "d18",
            Arc::new(wide.with_precision_and_scale(18, 3).expect("digits")),
        ),
    ];
    RecordBatch::try_from_iter(columns).expect("columns")
}

/// All columns as slots; carried along, they are read by the library.
fn scan_of(dataset: &Dataset, by_library: bool) -> Scan {
    let schema = &dataset.metadata().schema;
    let mut sources = vec![Source::FixedLon, Source::FixedLat, Source::Time];
    let values = schema.attributes.iter().filter_map(|attribute| {
        let name = attribute.name.clone();
        attribute.kind.map(|kind| Source::Value { name, kind })
    });
    sources.extend(values);
    let carried = match by_library {
        true => schema.file_columns().collect(),
        false => Vec::new(),
    };
    Scan::everything(dataset.metadata(), sources, carried)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn pages_are_what_the_library_reads(
        rows in numbers(), how in written(), has_nulls: bool, cuts in prop::collection::vec((0u64..300, 1u64..200), 0..5),
        chunk_rows in 1usize..1000, is_gathered: bool,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        write(&path, &batch(&rows, has_nulls), &how);
        let dataset = open(&path).expect("a dataset");
        let (mut ours, mut theirs) = (scan_of(&dataset, false), scan_of(&dataset, true));
        for group in 0..ours.groups.len() {
            let kept = kept(&cuts, ours.groups[group].rows);
            ours.groups[group].kept = kept.clone();
            theirs.groups[group].kept = kept;
            let way = || match is_gathered {
                true => (Keep::Gathered, chunk_rows),
                false => (Keep::All, chunk_rows),
            };
            let found = chunks(&dataset, &ours, group, way()).expect("read here");
            let expected = chunks(&dataset, &theirs, group, way()).expect("read by the library");
            assert_same(&found, &expected);
        }
    }
}

#[test]
fn damaged_pages_are_errors_that_say_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let rows: Vec<(u64, bool)> = (0..3000u64).map(|n| (n * n % 5003, n % 7 == 0)).collect();
    let mut found = 0;
    for (number, is_second) in [false, true].into_iter().enumerate() {
        let how = Written {
            is_second,
            compression: Compression::ZSTD(ZstdLevel::default()),
            page_rows: 500,
            group_rows: 3000,
            encodings: (0..18u8).map(|c| (c + number as u8) % 4).collect(),
        };
        write(&path, &batch(&rows, true), &how);
        let whole = std::fs::read(&path).expect("bytes");
        let footer = whole.len()
            - 8
            - usize::try_from(u32::from_le_bytes(
                whole[whole.len() - 8..][..4].try_into().expect("four"),
            ))
            .expect("few");
        for at in (4..footer - 4000).step_by(1499) {
            for flip in [0xff, 1 << (at % 8)] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                std::fs::write(&path, &bytes).expect("written");
                let dataset = open(&path).expect("its footer is whole");
                let scan = Arc::new(scan_of(&dataset, false));
                let fetched = runtime()
                    .block_on(dataset.fetch(&scan, &scan.groups[0]))
                    .expect("bytes");
                let read = fetched
                    .chunks(&scan, 0..fetched.rows(), 1000, Keep::All)
                    .and_then(|chunks| chunks.collect::<Result<Vec<Chunk>, _>>());
                match read {
                    // Not every bit is looked at.
                    Ok(chunks) => assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), 3000),
                    Err(DatasetError::Undecodable {
                        column,
                        row_group,
                        reason,
                        ..
                    }) => {
                        assert_eq!(row_group, 0);
                        assert!(!column.is_empty());
                        found += usize::from(reason.starts_with("page "));
                    }
                    Err(DatasetError::Data { reason, .. }) => {
                        assert!(!reason.contains("gave up"), "at {at}: {reason}");
                    }
                    Err(other) => panic!("at {at}: {other}"),
                }
            }
        }
    }
    assert!(found > 20, "{found} pages were told by their numbers");
}
