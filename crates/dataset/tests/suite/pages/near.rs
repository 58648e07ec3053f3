//! What lies outside of the cells and values that a scan wants need not be decoded; all that lies inside is.

use super::points::{SPELLINGS, points};
use super::{Written, scan_of_points, write_marked, written};
use crate::common::runtime;
use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use graticule_columns::{Chunk, Keep, Kind, Scan, Source, Wanted};
use graticule_dataset::{Dataset, OpenOptions};
use graticule_geo::CoordinateUnit;
use parquet::basic::Compression;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a row has of the points and of a column that tells it from others.
type Row = (Option<[u64; 2]>, [u32; 2], f32);

/// All rows of some chunks, by their numbers; with the library's column of numbers where it is carried along.
fn rows(chunks: &[(Chunk, RecordBatch)]) -> BTreeMap<u64, Row> {
    let mut found = BTreeMap::new();
    for (chunk, carried) in chunks {
        let mut wide = vec![0; chunk.len()];
        let numbers = chunk.columns[2].read64(0..chunk.len(), &mut wide);
        let mut scratch = [const { Vec::new() }; 3].map(|mut v: Vec<u32>| {
            v.resize(chunk.len(), 0);
            v
        });
        let [x, y, speed] = &mut scratch;
        let x = chunk.columns[0].read32(0..chunk.len(), x);
        let y = chunk.columns[1].read32(0..chunk.len(), y);
        let speed = chunk.columns[3].read32(0..chunk.len(), speed);
        for row in 0..chunk.len() {
            let is_valid = chunk.valid.as_ref().is_none_or(|v| v.value(row));
            let exact = chunk.exact.get(u32::try_from(row).expect("few"));
            let exact = exact.map(|(lon, lat)| [lon.to_bits(), lat.to_bits()]);
            let of_row = (
                exact.filter(|_| is_valid),
                if is_valid { [x[row], y[row]] } else { [0; 2] },
                f32::from_bits(speed[row]),
            );
            if let Some(column) = carried.column_by_name("n") {
                let column = column.as_primitive::<Int64Type>();
                assert_eq!(column.value(row).cast_unsigned(), numbers[row]);
            }
            assert!(
                found.insert(numbers[row], of_row).is_none(),
                "a row comes once"
            );
        }
    }
    found
}

fn read(
    dataset: &Dataset,
    scan: &Scan,
    chunk_rows: usize,
    keep: impl Fn() -> Keep,
) -> BTreeMap<u64, Row> {
    let scan = Arc::new(scan.clone());
    let mut all = Vec::new();
    for group in &scan.groups {
        let fetched = runtime()
            .block_on(dataset.fetch(&scan, group))
            .expect("bytes");
        let chunks = fetched.chunks(&scan, 0..fetched.rows(), chunk_rows, keep());
        let mut chunks = chunks.expect("chunks");
        while let Some(next) = chunks.next_carried() {
            all.push(next.expect("a chunk"));
        }
    }
    rows(&all)
}

/// A file of points and of columns `n`, their numbers, and `speed`.
fn dataset(
    folder: &std::path::Path,
    spelling: usize,
    walk: &[(u64, bool)],
    how: &Written,
) -> Dataset {
    let (batch, mark) = points(walk, spelling);
    let numbers: Int64Array = (0..i64::try_from(walk.len()).expect("few")).collect();
    let speed: Float32Array = (0..walk.len())
        .map(|row| Some(f32::from(u16::try_from(row % 997).expect("few"))))
        .collect();
    let columns = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .zip(batch.columns().iter().cloned())
        .chain([
            ("n".to_owned(), Arc::new(numbers) as ArrayRef),
            ("speed".to_owned(), Arc::new(speed) as ArrayRef),
        ])
        .map(|(name, column)| {
            let is_nullable = column.null_count() > 0;
            (name, column, is_nullable)
        })
        .collect::<Vec<_>>();
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns");
    let path = folder.join("a.parquet");
    write_marked(&path, &batch, how, mark.as_ref());
    let options = OpenOptions {
        coordinate_unit: (spelling == 2).then_some(CoordinateUnit::Decimal(7)),
        ..OpenOptions::default()
    };
    runtime()
        .block_on(Dataset::open(path.to_str().expect("text"), &options))
        .expect("a dataset")
}

fn scan_of(dataset: &Dataset) -> Scan {
    let mut scan = scan_of_points(dataset);
    scan.sources.push(Source::Value {
        name: "n".to_owned(),
        kind: Kind::I64,
    });
    scan.sources.push(Source::Value {
        name: "speed".to_owned(),
        kind: Kind::F32,
    });
    scan
}

/// Stays of many rows at few places.
fn walks() -> impl Strategy<Value = Vec<(u64, bool)>> {
    let stay = (any::<u64>(), 1usize..2500, prop::bool::weighted(0.1));
    prop::collection::vec(stay, 1..8).prop_map(|stays| {
        let stay = |(n, count, null): (u64, usize, bool)| std::iter::repeat_n((n, null), count);
        stays.into_iter().flat_map(stay).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_wanted_is_found_with_all_that_it_has(
        walk in walks(), how in written(), spelling in 0..SPELLINGS, chunk_rows in 500usize..6000,
        (at, of_lon, of_lat) in (any::<prop::sample::Index>(), any::<bool>(), any::<bool>()),
        (from, is_carried) in (prop::option::of(0i64..8000), prop::option::of(any::<bool>())),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let how = Written { group_rows: 4 * how.group_rows, ..how };
        let dataset = dataset(folder.path(), spelling, &walk, &how);
        let mut scan = scan_of(&dataset);
        let all = read(&dataset, &scan, chunk_rows, || Keep::All);
        assert_eq!(all.len(), walk.len());
        // The cells about one of the places.
        let [x, y] = all[&(at.index(walk.len()) as u64)].1;
        let about = |slot: usize, cell: u32| Wanted {
            slot,
            low: cell.saturating_sub(1 << 20).into(),
            high: cell.saturating_add(1 << 20).into(),
        };
        scan.wanted.extend(of_lon.then(|| about(0, x)));
        scan.wanted.extend(of_lat.then(|| about(1, y)));
        let order = |n: i64| Kind::I64.order(n.cast_unsigned());
        scan.wanted.extend(from.map(|from| Wanted { slot: 2, low: order(from), high: order(from + 700) }));
        if let Some(of_points) = is_carried {
            scan.carried.push("n".to_owned());
            let schema = &dataset.metadata().schema;
            scan.carried.extend(of_points.then(|| schema.lon.name.clone()));
        }
        let is_in = |slot: usize, word: u64| {
            scan.wanted.iter().all(|w| w.slot != slot || (w.low..=w.high).contains(&word))
        };
        let found = read(&dataset, &scan, chunk_rows, || Keep::Gathered);
        for (n, row) in &all {
            let is_wanted = row.0.is_some() && is_in(0, row.1[0].into()) && is_in(1, row.1[1].into())
                && is_in(2, order(n.cast_signed()));
            prop_assert!(!is_wanted || found.contains_key(n), "row {} is wanted", n);
        }
        for (n, row) in &found {
            prop_assert_eq!(row, &all[n], "row {}", n);
        }
    }
}

#[test]
fn of_a_stay_elsewhere_no_block_is_left() {
    // 2,000 rows here, 4,000 there, 2,000 here again.
    let (here, there) = (40_000_000 * 89 + 10, 15_000_000 * 89 + 10);
    let walk = [(here, 2000), (there, 4000), (here, 2000)];
    let walk: Vec<(u64, bool)> = walk
        .into_iter()
        .flat_map(|(n, count)| std::iter::repeat_n((n, false), count))
        .collect();
    let how = Written {
        is_second: false,
        compression: Compression::UNCOMPRESSED,
        page_rows: 500,
        group_rows: 8000,
        encodings: vec![0; 6],
    };
    for spelling in 0..SPELLINGS {
        let folder = tempfile::tempdir().expect("a folder");
        let dataset = dataset(folder.path(), spelling, &walk, &how);
        let mut scan = scan_of(&dataset);
        let all = read(&dataset, &scan, 8000, || Keep::All);
        let [x, y] = all[&0].1;
        for (slot, cell) in [(0, x), (1, y)] {
            scan.wanted = vec![Wanted {
                slot,
                low: cell.into(),
                high: cell.into(),
            }];
            let rows = read(&dataset, &scan, 8000, || Keep::Gathered);
            // Each with its own place, of which the last block has two.
            assert!(rows.iter().all(|(n, row)| all[n] == *row));
            let found: Vec<u64> = rows.into_keys().collect();
            // Blocks of 1,024 rows: two at the beginning, those from row 5,120 on at the end.
            let expected: Vec<u64> = (0..2048).chain(5120..8000).collect();
            assert_eq!(found, expected, "spelling {spelling}, slot {slot}");
            // Chunks that live elsewhere are whole.
            assert_eq!(read(&dataset, &scan, 8000, || Keep::All).len(), 8000);
        }
        // What nothing can be in is in no row.
        scan.wanted = vec![Wanted {
            slot: 0,
            low: 7,
            high: 6,
        }];
        assert!(read(&dataset, &scan, 8000, || Keep::Gathered).is_empty());
    }
}
