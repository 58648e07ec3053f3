//! Pages that are read here are what the library reads, whatever their encoding; damaged ones are errors.

#![expect(
    clippy::cast_possible_truncation,
    reason = "numbers of any type are made of the low bits of others"
)]

use crate::common::runtime;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, RecordBatch, TimestampMillisecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use graticule_columns::{Chunk, Column, Keep, Kind, Scan, Source};
use graticule_dataset::{
    Dataset, DatasetError, MARK_KEY, MARK_VERSION, Mark, MarkedCoordinate, OpenOptions,
};
use graticule_geo::{CoordinateUnit, decimal};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// How a file is written.
#[derive(Debug, Clone)]
struct Written {
    is_second: bool,
    compression: Compression,
    page_rows: usize,
    group_rows: usize,
    /// Of each column, 0 for a dictionary, 1 for plain values, else an encoding of its type.
    encodings: Vec<u8>,
}

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

fn write(path: &Path, batch: &RecordBatch, how: &Written) {
    write_marked(path, batch, how, None);
}

fn write_marked(path: &Path, batch: &RecordBatch, how: &Written, mark: Option<&Mark>) {
    let mark = mark.map(|mark| {
        let text = serde_json::to_string(mark).expect("text");
        vec![KeyValue::new(MARK_KEY.to_owned(), text)]
    });
    let version = match how.is_second {
        true => WriterVersion::PARQUET_2_0,
        false => WriterVersion::PARQUET_1_0,
    };
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_key_value_metadata(mark)
        .set_compression(how.compression)
        .set_data_page_row_count_limit(how.page_rows)
        .set_write_batch_size(how.page_rows.min(64))
        .set_dictionary_page_size_limit(1200)
        .set_max_row_group_row_count(Some(how.group_rows));
    for (field, encoding) in batch.schema().fields().iter().zip(&how.encodings) {
        let path = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_dictionary_enabled(path.clone(), *encoding == 0);
        let of_type = match field.data_type().is_floating() {
            true => Encoding::BYTE_STREAM_SPLIT,
            false if field.name() == "yes" => Encoding::RLE,
            false if *encoding == 2 => Encoding::BYTE_STREAM_SPLIT,
            false => Encoding::DELTA_BINARY_PACKED,
        };
        // Runs of booleans are of the second version.
        let is_known = of_type != Encoding::RLE || how.is_second;
        properties = match *encoding {
            0 => properties,
            2.. if is_known => properties.set_column_encoding(path, of_type),
            _ => properties.set_column_encoding(path, Encoding::PLAIN),
        };
    }
    let file = std::fs::File::create(path).expect("a file");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).expect("a writer");
    // The writer calls itself for each further row group of a batch.
    for start in (0..batch.num_rows()).step_by(how.group_rows) {
        let rows = how.group_rows.min(batch.num_rows() - start);
        writer.write(&batch.slice(start, rows)).expect("written");
    }
    writer.close().expect("closed");
}

fn open(path: &Path) -> Result<Dataset, DatasetError> {
    let url = path.to_str().expect("text");
    runtime().block_on(Dataset::open(url, &OpenOptions::default()))
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

/// The chunks of a row group, of the rows that are kept.
fn chunks(
    dataset: &Dataset,
    scan: &Scan,
    group: usize,
    (keep, chunk_rows): (Keep, usize),
) -> Result<Vec<Chunk>, DatasetError> {
    let scan = Arc::new(scan.clone());
    let fetched = runtime().block_on(dataset.fetch(&scan, &scan.groups[group]))?;
    let chunks = fetched.chunks(&scan, 0..fetched.rows(), chunk_rows, keep)?;
    if scan.carried.is_empty() {
        assert_eq!(chunks.by_library(), [""; 0], "all of it is read here");
    }
    chunks.collect()
}

/// The bits of each row that is not null.
fn bits(column: &Column) -> Vec<Option<u64>> {
    let mut wide = vec![0; column.len()];
    if column.kind().is_wide() {
        wide = column.read64(0..column.len(), &mut wide).to_vec();
    } else {
        let mut narrow = vec![0; column.len()];
        let words = column.read32(0..column.len(), &mut narrow);
        wide = words.iter().map(|word| u64::from(*word)).collect();
    }
    let is_live = |row: usize| column.validity().is_none_or(|v| v.value(row));
    let rows = wide.into_iter().enumerate();
    rows.map(|(row, bits)| is_live(row).then_some(bits))
        .collect()
}

fn assert_same(ours: &[Chunk], theirs: &[Chunk]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.origin, theirs.origin);
        assert_eq!(ours.valid, theirs.valid);
        let is_valid = |row: usize| theirs.valid.as_ref().is_none_or(|v| v.value(row));
        for (slot, (a, b)) in ours.columns.iter().zip(&theirs.columns).enumerate() {
            assert_eq!(a.kind(), b.kind());
            let (mut a, mut b) = (bits(a), bits(b));
            if slot < 2 {
                // What is no point has some cell.
                a = a
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| v.filter(|_| is_valid(row)))
                    .collect();
                b = b
                    .into_iter()
                    .enumerate()
                    .map(|(row, v)| v.filter(|_| is_valid(row)))
                    .collect();
            }
            assert_eq!(a, b, "slot {slot}");
        }
        for row in (0..ours.len()).filter(|row| is_valid(*row)) {
            let point = |chunk: &Chunk| {
                let (lon, lat) = chunk.exact.get(u32::try_from(row).expect("few"))?;
                Some((lon.to_bits(), lat.to_bits()))
            };
            assert_eq!(point(ours), point(theirs), "row {row}");
            assert!(point(ours).is_some());
        }
    }
}

fn compressions() -> impl Strategy<Value = Compression> {
    prop_oneof![
        Just(Compression::UNCOMPRESSED),
        Just(Compression::SNAPPY),
        Just(Compression::ZSTD(ZstdLevel::default())),
        Just(Compression::LZ4_RAW),
        Just(Compression::GZIP(GzipLevel::default())),
        Just(Compression::BROTLI(BrotliLevel::default())),
    ]
}

prop_compose! {
    fn written()(
        is_second: bool, compression in compressions(), page_rows in 1usize..700, group_rows in 1usize..900,
        encodings in prop::collection::vec(0u8..4, 18),
    ) -> Written {
        Written { is_second, compression, page_rows, group_rows, encodings }
    }
}

/// Numbers that are near each other, few, or any.
fn numbers() -> impl Strategy<Value = Vec<(u64, bool)>> {
    let number = prop_oneof![
        (1_000_000u64..1_000_100).boxed(),
        (0u64..4).boxed(),
        any::<u64>().boxed()
    ];
    let run = (number, 1usize..40, prop::bool::weighted(0.3));
    prop::collection::vec(run, 1..60).prop_map(|runs| {
        let run = |(n, count, null): (u64, usize, bool)| std::iter::repeat_n((n, null), count);
        runs.into_iter().flat_map(run).collect()
    })
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

/// Ways in which a file may have its points.
const SPELLINGS: usize = 8;

/// Points as a file may have them: floats, whole numbers, decimals, or as the graticule layout does.
fn points(rows: &[(u64, bool)], spelling: usize) -> (RecordBatch, Option<Mark>) {
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

/// Rows that are kept: gaps and lengths, as far as there are rows; all where there is none.
fn kept(cuts: &[(u64, u64)], rows: u64) -> Option<Vec<Range<u64>>> {
    let mut kept = Vec::new();
    let mut at = 0;
    for (gap, length) in cuts {
        let start = at + gap + 1;
        let end = (start + length).min(rows);
        if start < end {
            kept.push(start..end);
        }
        at = end.max(start);
    }
    (!kept.is_empty()).then_some(kept)
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

fn scan_of_points(dataset: &Dataset) -> Scan {
    let sources = vec![Source::FixedLon, Source::FixedLat];
    Scan::everything(dataset.metadata(), sources, [""; 0])
}
