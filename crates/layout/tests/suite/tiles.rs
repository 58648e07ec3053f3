//! The statistics of tiles are those of their rows.

#![expect(
    clippy::cast_possible_truncation,
    reason = "small numbers made for the test"
)]

use crate::common::{batch, each, optimize, options, write};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMillisecondType};
use arrow::ipc::reader::StreamReader;
use graticule_columns::Kind;
use graticule_dataset::{TILES_KEY, TilesMark};
use graticule_geo::{LonLat, hilbert};
use graticule_kernels::exact::Sum;
use graticule_kernels::{Accumulator, Partial};
use graticule_layout::optimize::PAGE_ROWS;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows of one day, more than two tiles of them, some invalid, some null.
fn source(path: &Path) {
    let rows = 2 * PAGE_ROWS + 1000;
    let mut state = 7u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 33) as u32) / f64::from(1u32 << 31)
    };
    let lon: Float64Array = (0..rows)
        .map(|i| (i % 50 != 0).then(|| next() * 360.0 - 180.0))
        .collect();
    let lat: Float64Array = (0..rows)
        .map(|i| {
            Some(if i % 70 == 0 {
                f64::NAN
            } else {
                next() * 170.0 - 85.0
            })
        })
        .collect();
    let number: Int32Array = (0..rows)
        .map(|i| (i % 3 != 0).then(|| (next() * 1e6) as i32 - 500_000))
        .collect();
    let value: Float64Array = (0..rows)
        .map(|i| {
            Some(if i % 11 == 0 {
                f64::NAN
            } else {
                (next() - 0.5) * 10f64.powi((i % 30) as i32 - 15)
            })
        })
        .collect();
    let times = (0..rows)
        .map(|i| Some(1_772_323_200_000 + (i as i64 * 7919) % 86_400_000))
        .collect();
    let more: Vec<(&str, ArrayRef)> =
        vec![("number", Arc::new(number)), ("value", Arc::new(value))];
    write(
        path,
        &batch(Arc::new(lon), Arc::new(lat), times, more),
        5000,
    );
}

/// What a tile's rows come to, the slow way.
#[derive(Debug, Default, PartialEq)]
struct Tile {
    count: u64,
    x: Option<(u32, u32)>,
    y: Option<(u32, u32)>,
    time: Option<(i64, i64)>,
    number: (u64, i64, Option<(i32, i32)>),
    value: (u64, Option<(f64, f64)>),
}

fn widen<T: PartialOrd + Copy>(ends: &mut Option<(T, T)>, v: T) {
    *ends = Some(match *ends {
        None => (v, v),
        Some((low, high)) => (
            if v < low { v } else { low },
            if v > high { v } else { high },
        ),
    });
}

/// The statistics that lie in a file, and what says where.
fn statistics(path: &Path) -> (TilesMark, RecordBatch) {
    let bytes = std::fs::read(path).expect("a file");
    let file = File::open(path).expect("a file");
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).expect("a footer");
    let pairs = metadata.metadata().file_metadata().key_value_metadata();
    let mut pairs = pairs.into_iter().flatten();
    let pair = pairs
        .find(|pair| pair.key == TILES_KEY)
        .expect("statistics");
    let mark: TilesMark =
        serde_json::from_str(pair.value.as_deref().expect("text")).expect("a mark");
    let stream = &bytes[mark.offset as usize..(mark.offset + mark.bytes) as usize];
    let mut reader = StreamReader::try_new(stream, None).expect("Arrow");
    let batch = reader.next().expect("a batch").expect("read");
    assert!(reader.next().is_none());
    (mark, batch)
}

#[test]
fn they_are_those_of_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    source(&from);
    optimize(&options(), &from, &to);
    let mut tiles: Vec<Tile> = Vec::new();
    let mut values: Vec<Vec<f64>> = Vec::new();
    let (mut at, mut invalid_seen, mut last) = (0, false, 0);
    each(&to, &mut |batch| {
        let named = |name: &str| batch.column_by_name(name).expect("a column").clone();
        let (lon, lat, time) = (named("lon"), named("lat"), named("time"));
        let (number, value) = (named("number"), named("value"));
        for row in 0..batch.num_rows() {
            if at % PAGE_ROWS == 0 {
                tiles.push(Tile::default());
                values.push(Vec::new());
            }
            at += 1;
            let place = tiles.len() - 1;
            let tile = &mut tiles[place];
            let degrees = |c: &ArrayRef| {
                c.is_valid(row)
                    .then(|| c.as_primitive::<Float64Type>().value(row))
            };
            let point = degrees(&lon)
                .zip(degrees(&lat))
                .and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
            let Some(point) = point else {
                invalid_seen = true;
                continue;
            };
            assert!(!invalid_seen, "rows without a point come last");
            let code = hilbert::encode(point.fixed());
            assert!(last <= code, "rows lie along the curve");
            last = code;
            tile.count += 1;
            widen(&mut tile.x, point.fixed().x);
            widen(&mut tile.y, point.fixed().y);
            widen(
                &mut tile.time,
                time.as_primitive::<TimestampMillisecondType>().value(row),
            );
            if number.is_valid(row) {
                let v = number.as_primitive::<Int32Type>().value(row);
                tile.number.0 += 1;
                tile.number.1 += i64::from(v);
                widen(&mut tile.number.2, v);
            }
            let v = value.as_primitive::<Float64Type>().value(row);
            if !v.is_nan() {
                tile.value.0 += 1;
                widen(&mut tile.value.1, v);
                values[place].push(v);
            }
        }
    });
    assert_eq!(tiles.len(), 3);
    let (mark, batch) = statistics(&to.join("day=2026-03-01/part-0.parquet"));
    assert_eq!(mark.tile_rows, 8192);
    let with_nan = mark.slots.iter().filter(|slot| slot.has_nan);
    let with_nan: Vec<_> = with_nan.map(|slot| slot.name.as_str()).collect();
    assert_eq!(with_nan, ["value"]);
    let (_, partial) = Partial::from_batch(&batch).expect("a partial");
    for group in 0..partial.groups() {
        let tile = &tiles[partial.digits[0][group] as usize];
        let record = partial.record(group);
        let word = |accumulator| {
            let field = partial
                .layout
                .fields
                .iter()
                .find(|f| f.accumulator == accumulator)
                .expect("a field");
            record[field.at]
        };
        let slot = |name: &str| {
            mark.slots
                .iter()
                .position(|s| s.name == name)
                .expect("a slot")
        };
        let ends = |name: &str, kind: Kind| {
            let slot = slot(name);
            assert_eq!(mark.slots[slot].kind, kind);
            (
                kind.unorder(word(Accumulator::Min { slot })),
                kind.unorder(word(Accumulator::Max { slot })),
            )
        };
        let sum = |name: &str| {
            let accumulator = Accumulator::Sum { slot: slot(name) };
            let field = partial
                .layout
                .fields
                .iter()
                .find(|f| f.accumulator == accumulator)
                .expect("a field");
            Sum::of_limbs(
                field.limbs.start,
                &record[field.at..field.at + field.limbs.len()],
            )
        };
        assert_eq!(word(Accumulator::Count), tile.count);
        let words = |ends: Option<(u32, u32)>| ends.map(|(a, b)| (u64::from(a), u64::from(b)));
        assert_eq!(Some(ends("x", Kind::U32)), words(tile.x));
        assert_eq!(Some(ends("y", Kind::U32)), words(tile.y));
        let (first, end) = ends("time", Kind::I64);
        assert_eq!(Some((first.cast_signed(), end.cast_signed())), tile.time);
        assert_eq!(
            word(Accumulator::Valid {
                slot: slot("number")
            }),
            tile.number.0
        );
        assert_eq!(sum("number").to_i64(), Some(tile.number.1));
        let (low, high) = ends("number", Kind::I32);
        let i32s = tile
            .number
            .2
            .map(|(a, b)| (u64::from(a.cast_unsigned()), u64::from(b.cast_unsigned())));
        assert_eq!(Some((low, high)), i32s);
        assert_eq!(
            word(Accumulator::Valid {
                slot: slot("value")
            }),
            tile.value.0
        );
        let (low, high) = ends("value", Kind::F64);
        assert_eq!(
            Some((f64::from_bits(low), f64::from_bits(high))),
            tile.value.1
        );
        // The oracle's sum is exact too, and knows nothing of limbs.
        let values = &values[partial.digits[0][group] as usize];
        assert_eq!(
            sum("value").divided_by(1),
            graticule_testing::sum_exactly(values)
        );
    }
    assert_eq!(partial.groups(), 3);
}

#[test]
fn pages_have_the_same_rows_in_every_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (
        folder.path().join("source.parquet"),
        folder.path().join("made"),
    );
    source(&from);
    optimize(&options(), &from, &to);
    let file = File::open(to.join("day=2026-03-01/part-0.parquet")).expect("a file");
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(&file, options).expect("a footer");
    let index = metadata.metadata().offset_index().expect("an offset index");
    assert!(metadata.metadata().column_index().is_some());
    for columns in index {
        for column in columns {
            let firsts: Vec<i64> = column
                .page_locations()
                .iter()
                .map(|p| p.first_row_index)
                .collect();
            assert_eq!(firsts, [0, 8192, 16384]);
        }
    }
}
