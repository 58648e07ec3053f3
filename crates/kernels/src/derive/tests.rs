//! Literals, of rows some of which have no point or no time.

use super::Derive;
use crate::{KernelError, Program, Regions};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use graticule_columns::{
    Calendar, CalendarUnit, Chunk, Column, ColumnMapping, Coordinate, Data, DatasetMetadata,
    ExactRows, Kind, RowOrigin, Scan, Schema, Source, TimeColumn, TimeUnit,
};
use graticule_geo::CoordinateUnit;

fn scan(sources: Vec<Source>) -> Scan {
    let coordinate = |name: &str| Coordinate {
        name: name.to_owned(),
        kind: Kind::F64,
        unit: CoordinateUnit::Degrees,
        stored: "Float64".to_owned(),
    };
    let metadata = DatasetMetadata {
        url: "made up".to_owned(),
        schema: Schema {
            lon: coordinate("lon"),
            lat: coordinate("lat"),
            time: Some(TimeColumn {
                name: "time".to_owned(),
                unit: TimeUnit::Second,
                data_type: DataType::Int64,
                numbers: None,
            }),
            attributes: Vec::new(),
            partitions: Vec::new(),
            mapping: ColumnMapping::Same,
            set_aside: Vec::new(),
            folders_fill: true,
        },
        files: Vec::new(),
        notes: Vec::new(),
    };
    let first = [Source::FixedLon, Source::FixedLat];
    let sources = first.into_iter().chain(sources).collect();
    Scan::everything(&metadata, sources, [""; 0])
}

fn hours() -> Source {
    let (unit, zone) = (CalendarUnit::HourOfDay, "UTC".to_owned());
    Source::Calendar(Calendar { unit, zone })
}

/// Four rows, the third without a point and the fourth without a time, as they are decoded: what is not derived yet
/// holds nothing, and where the calendar will be is the time.
fn chunk(sources: &[Source]) -> Chunk {
    let bits = |live: [bool; 4]| Some(BooleanBuffer::from(live.to_vec()));
    let time: Vec<u64> = vec![3_600, 86_400 + 7_200, 10_800, 14_400];
    let time = Column::compact(Kind::I64, time.into(), bits([true, true, true, false]));
    let column = |source: &Source| match source {
        Source::FixedLon | Source::FixedLat => {
            Column::new(Kind::U32, Data::Plain32(vec![7; 4].into()), None)
        }
        Source::Time | Source::Calendar(_) => time.clone(),
        other => Column::constant(other.kind(), 0, 0),
    };
    Chunk {
        origin: RowOrigin {
            store: "".into(),
            object: "a".into(),
            etag: "".into(),
            row_group: 0,
            first_row: 0,
            rows: 4,
        },
        columns: sources.iter().map(column).collect(),
        valid: bits([true, true, false, true]),
        exact: ExactRows {
            rows: None,
            // San Francisco, Sydney, nowhere, by the pole.
            lon: vec![-122.42, 151.21, f64::NAN, 0.0].into(),
            lat: vec![37.77, -33.87, 10.0, 89.0].into(),
        },
        texts: Vec::new(),
    }
}

fn words(column: &Column) -> Vec<Option<u64>> {
    let (mut narrow, mut wide) = ([0; 4], [0; 4]);
    let words: Vec<u64> = match column.kind().is_wide() {
        true => column.read64(0..4, &mut wide).to_vec(),
        false => {
            let words = column.read32(0..4, &mut narrow).iter();
            words.map(|word| u64::from(*word)).collect()
        }
    };
    let is_live = |row: usize| column.validity().is_none_or(|v| v.value(row));
    let words = words.into_iter().enumerate();
    words
        .map(|(row, word)| is_live(row).then_some(word))
        .collect()
}

#[test]
fn each_column_is_computed_from_its_own_rows() {
    let scan = scan(vec![
        hours(),
        Source::TileRow { zoom: 1 },
        Source::Time,
        Source::H3 { resolution: 0 },
    ]);
    let mut derive = Derive::new(&scan).expect("all of them");
    // What was remembered of a chunk changes nothing in the next one.
    for _ in 0..2 {
        let mut chunk = chunk(&scan.sources);
        let (time, valid) = (words(&chunk.columns[4]), chunk.valid.clone());
        derive.fill(&mut chunk).expect("filled");
        for (column, source) in chunk.columns.iter().zip(&scan.sources) {
            assert_eq!((column.kind(), column.len()), (source.kind(), 4));
        }
        assert_eq!(words(&chunk.columns[2]), [Some(1), Some(2), Some(3), None]);
        // North and south; no point; beyond the map.
        assert_eq!(words(&chunk.columns[3]), [Some(0), Some(1), None, None]);
        assert_eq!((words(&chunk.columns[4]), chunk.valid), (time, valid));
        // Base cells: these places lie in 8029fffffffffff, 80bffffffffffff and 8001fffffffffff.
        assert_eq!(words(&chunk.columns[5]), [20, 95, 0, 0].map(Some));
    }
}

#[test]
fn points_are_needed_before_a_device_takes_the_columns() {
    let of_points = scan(vec![Source::H3 { resolution: 5 }]);
    let mut marked = chunk(&of_points.sources);
    // Nothing asks where points are, so that none is asked for again.
    Regions::of(&[] as &[Program]).keep_marked(&mut marked);
    assert_eq!(marked.exact, ExactRows::none());
    let mut derive = Derive::new(&of_points).expect("cells");
    let error = derive.fill(&mut marked).expect_err("no points");
    assert!(matches!(error, KernelError::Derived(_)), "{error}");
    // A calendar needs none, and what is not derived stays.
    let of_times = scan(vec![hours()]);
    let mut marked = chunk(&of_times.sources);
    marked.exact = ExactRows::none();
    let mut derive = Derive::new(&of_times).expect("a calendar");
    derive.fill(&mut marked).expect("filled");
    assert_eq!(words(&marked.columns[2]), [Some(1), Some(2), Some(3), None]);
}

#[test]
fn what_there_is_not_is_an_error() {
    let (unit, zone) = (CalendarUnit::Week, "Mars/Olympus".to_owned());
    for (source, told) in [
        (Source::H3 { resolution: 16 }, "16"),
        (Source::Calendar(Calendar { unit, zone }), "Mars/Olympus"),
    ] {
        let Err(KernelError::Derived(reason)) = Derive::new(&scan(vec![source])) else {
            panic!("nothing can be derived");
        };
        assert!(reason.contains(told), "{reason}");
    }
    let mut timeless = scan(vec![hours()]);
    timeless.schema.time = None;
    assert!(Derive::new(&timeless).is_err());
}
