//! Points, however they are spelled.

#![expect(
    clippy::cast_possible_truncation,
    reason = "numbers of any type are made of the low bits of others"
)]

use super::{
    Written, assert_same, chunks, kept, numbers, open, scan_of_points, write, write_marked, written,
};
use crate::common::runtime;
use arrow::array::{
    ArrayRef, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch,
};
use graticule_columns::{Keep, Kind, Scan};
use graticule_dataset::{Dataset, MARK_VERSION, Mark, MarkedCoordinate, OpenOptions};
use graticule_geo::{CoordinateUnit, decimal};
use parquet::basic::Compression;
use proptest::prelude::*;
use std::sync::Arc;

/// Ways in which a file may have its points.
pub(super) const SPELLINGS: usize = 8;

/// Points as a file may have them: floats, whole numbers, decimals, or as the graticule layout does.
pub(super) fn points(rows: &[(u64, bool)], spelling: usize) -> (RecordBatch, Option<Mark>) {
    let degrees = |n: u64, half: f64| match n % 89 {
        0 => f64::NAN,
        1 => half + 0.5,
        2 => half,
        3 => -half,
        // Seven places, or as many as there are.
        4..=50 => ((n % 36_000_011) as f64 / 1e5 - 180.0).clamp(-half, half),
        _ => half * ((n >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0),
    };
    let name = |axis: usize| ["lon", "lat"][axis].to_owned();
    let (mut columns, mut mark): (Vec<(String, ArrayRef)>, _) = (Vec::new(), None);
    for (axis, half) in [180.0, 90.0].into_iter().enumerate() {
        let source = |row: &(u64, bool)| (!row.1).then(|| degrees(row.0 >> axis, half));
        let whole = |row| source(row).map(|v| (v * 1e7) as i64);
        let decimals = |whole: Vec<Option<i128>>| {
            let precision = 10 - axis as u8;
            let whole = Decimal128Array::from(whole).with_precision_and_scale(precision, 7);
            Arc::new(whole.expect("digits")) as ArrayRef
        };
        let rows = rows.iter();
        let column: ArrayRef = match spelling {
            0 => Arc::new(rows.map(source).collect::<Float64Array>()),
            1 => {
                let single = |row| source(row).map(|v| v as f32);
                Arc::new(rows.map(single).collect::<Float32Array>())
            }
            2 => Arc::new(
                rows.map(|row| whole(row).map(|v| v as i32))
                    .collect::<Int32Array>(),
            ),
            3 => decimals(rows.map(|row| whole(row).map(i128::from)).collect()),
            _ => {
                let (is_f32, has_residuals) = (spelling % 2 == 1, spelling >= 6);
                let encoded: Vec<(Option<i64>, i64)> = rows
                    .map(|row| match (source(row), is_f32) {
                        (None, _) => (None, 0),
                        (Some(v), true) => decimal::encode(v as f32, half),
                        (Some(v), false) => decimal::encode(v, half),
                    })
                    .collect();
                if has_residuals {
                    let residuals = encoded.iter().map(|(decimal, residual)| {
                        // Both are null where the source is.
                        (decimal.is_some() || *residual != 0).then_some(*residual)
                    });
                    let residuals: Int64Array = residuals.collect();
                    columns.push((format!("{}_residual", name(axis)), Arc::new(residuals)));
                }
                let marked = |axis: usize| MarkedCoordinate {
                    name: name(axis),
                    is_f32,
                    is_float: false,
                    residual: has_residuals.then(|| format!("{}_residual", name(axis))),
                };
                mark = Some(Mark {
                    version: MARK_VERSION,
                    sort: "none".to_owned(),
                    partition: None,
                    folder: None,
                    lon: marked(0),
                    lat: marked(1),
                    time: None,
                    time_unit: None,
                    page_rows: 8192,
                    exact: has_residuals,
                    made_of: String::new(),
                    invalid: 0,
                });
                decimals(
                    encoded
                        .into_iter()
                        .map(|(decimal, _)| decimal.map(i128::from))
                        .collect(),
                )
            }
        };
        columns.push((name(axis), column));
    }
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    (
        RecordBatch::try_from_iter_with_nullable(columns).expect("columns"),
        mark,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn points_are_what_the_library_reads(
        rows in numbers(), how in written(), spelling in 0..SPELLINGS, chunk_rows in 1usize..1000,
        cuts in prop::collection::vec((0u64..300, 1u64..200), 0..3),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let (batch, mark) = points(&rows, spelling);
        write_marked(&path, &batch, &how, mark.as_ref());
        let options = OpenOptions {
            coordinate_unit: (spelling == 2).then_some(CoordinateUnit::Decimal(7)),
            ..OpenOptions::default()
        };
        let url = path.to_str().expect("text");
        let dataset = runtime().block_on(Dataset::open(url, &options)).expect("a dataset");
        let mut ours = scan_of_points(&dataset);
        let schema = &dataset.metadata().schema;
        let carried = [&schema.lon.name, &schema.lat.name].map(String::clone).to_vec();
        let mut theirs = Scan { carried, ..ours.clone() };
        for group in 0..ours.groups.len() {
            let kept = kept(&cuts, ours.groups[group].rows);
            ours.groups[group].kept = kept.clone();
            theirs.groups[group].kept = kept;
            let found = chunks(&dataset, &ours, group, (Keep::Gathered, chunk_rows)).expect("read here");
            let expected = chunks(&dataset, &theirs, group, (Keep::Gathered, chunk_rows)).expect("read by the library");
            assert_same(&found, &expected);
        }
    }
}

#[test]
fn a_page_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let degrees = Arc::new(Float64Array::from(vec![1.5; 30])) as ArrayRef;
    let columns = [("lon", degrees.clone()), ("lat", degrees)];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let how = Written {
        is_second: false,
        compression: Compression::UNCOMPRESSED,
        page_rows: 10,
        group_rows: 30,
        encodings: vec![1, 0],
    };
    write(&path, &batch, &how);
    let dataset = open(&path).expect("a dataset");
    let scan = scan_of_points(&dataset);
    let way = || (Keep::All, 100);
    let all = chunks(&dataset, &scan, 0, way()).expect("chunks");
    assert_eq!(all[0].columns[0].kind(), Kind::U32);
    assert_eq!(all[0].exact.get(29), Some((1.5, 1.5)));
    // The dictionary of latitudes, 1.5 alone, becomes empty: a page of places has nothing to lead to.
    let mut bytes = std::fs::read(&path).expect("bytes");
    let last = 1.5f64.to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 8)
        .filter(|&at| bytes[at..at + 8] == last)
        .collect();
    // Thirty longitudes, then the dictionary, whose header ends with its count of values: 1, PLAIN, not sorted.
    let dictionary = places[30];
    let count = (dictionary - 12..dictionary)
        .find(|&at| bytes[at..at + 4] == [0x15, 2, 0x15, 0])
        .expect("a header");
    bytes[count + 1] = 0;
    std::fs::write(&path, &bytes).expect("written");
    let dataset = open(&path).expect("a dataset");
    let error = chunks(&dataset, &scan_of_points(&dataset), 0, way())
        .expect_err("a lie")
        .to_string();
    assert!(
        error.contains("lat")
            && error.contains("page 0 (rows 0 to 9)")
            && error.contains("dictionary"),
        "{error}"
    );
}
