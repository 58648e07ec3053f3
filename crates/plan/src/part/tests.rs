//! Each wrong number of a part is refused, and with a word.

use super::*;
use crate::{Aggregate, Key, Query, plan};
use graticule_columns::{
    Attribute, Bounds, ColumnChunk, Coordinate, DatasetMetadata, FileMetadata, Partition,
    PartitionValue, RowGroup, Schema, TimeColumn, TimeUnit,
};

fn column(low: f64, high: f64) -> ColumnChunk {
    ColumnChunk {
        bytes: 800,
        bounds: Some(Bounds {
            low: low.to_bits(),
            high: high.to_bits(),
        }),
        nulls: Some(0),
        ..ColumnChunk::default()
    }
}

fn dataset() -> DatasetMetadata {
    let coordinate = |name: &str| Coordinate {
        name: name.to_owned(),
        kind: Kind::F64,
        unit: Default::default(),
        stored: "Float64".to_owned(),
    };
    let times = ColumnChunk {
        bounds: Some(Bounds { low: 0, high: 5000 }),
        ..column(0.0, 0.0)
    };
    DatasetMetadata {
        url: "pings".to_owned(),
        schema: Schema {
            lon: coordinate("lon"),
            lat: coordinate("lat"),
            time: Some(TimeColumn {
                name: "time".to_owned(),
                unit: TimeUnit::Second,
                data_type: arrow::datatypes::DataType::Int64,
                numbers: Some(TimeUnit::Second),
            }),
            attributes: vec![Attribute {
                name: "speed".to_owned(),
                data_type: arrow::datatypes::DataType::Float64,
                kind: Some(Kind::F64),
                is_uuid: false,
            }],
            partitions: vec![Partition {
                name: "day".to_owned(),
                is_integer: true,
            }],
            mapping: Default::default(),
            set_aside: Vec::new(),
            folders_fill: true,
        },
        files: vec![FileMetadata {
            path: "pings/a.parquet".to_owned(),
            size: 9000,
            etag: "1".to_owned(),
            partitions: vec![PartitionValue::Integer(3)],
            row_groups: vec![RowGroup {
                rows: 100,
                columns: [column(1.0, 2.0), column(3.0, 4.0), times, column(0.0, 9.0)]
                    .into_iter()
                    .collect(),
                live: None,
            }],
        }],
        notes: Vec::new(),
    }
}

fn part() -> Part {
    let aggregates: [Aggregate; 3] = ["sum(speed)", "last(speed)", "distinct(speed)"]
        .map(|text| text.parse().expect("an aggregate"));
    let keys = ["geohash:3", "time:15m", "day"].map(|text| text.parse::<Key>().expect("a key"));
    let query = Query::new()
        .within("1,3,2,4".parse().expect("a box"))
        .by(keys)
        .aggregate(aggregates);
    plan(&query, &dataset()).expect("a plan").part
}

/// Refused once it is changed so, and the words.
fn refused(change: impl FnOnce(&mut Part)) -> String {
    let mut part = part();
    change(&mut part);
    match part.validate() {
        Err(error) => error.to_string(),
        Ok(()) => panic!("it is taken"),
    }
}

#[test]
fn what_a_plan_makes_is_sound() {
    let part = part();
    assert_eq!(part.validate(), Ok(()));
    let text = serde_json::to_string(&part).expect("JSON");
    let back: Part = serde_json::from_str(&text).expect("a part");
    assert_eq!(back.validate(), Ok(()));
}

#[test]
fn what_it_reads_must_be_there() {
    let refusals = [
        refused(|part| part.version += 1),
        refused(|part| part.programs.clear()),
        refused(|part| part.scan.groups[0].file = 1),
        refused(|part| part.scan.groups[0].kept = Some(vec![0..5, 4..9])),
        refused(|part| part.scan.groups[0].kept = Some(vec![0..1, 90..101])),
        refused(|part| part.scan.groups[0].constants.clear()),
        refused(|part| part.scan.files[0].partitions.clear()),
        refused(|part| part.scan.schema.time = None),
        refused(|part| part.scan.schema.lon.kind = Kind::U32),
        refused(|part| part.scan.sources.swap(0, 1)),
        refused(|part| part.scan.text_hash = TEXT_HASHES),
        refused(|part| part.scan.carried.push("nothing".to_owned())),
        refused(|part| part.scan.sources.push(Source::H3 { resolution: 16 })),
    ];
    for text in &refusals {
        assert!(text.starts_with("this part cannot be run: "), "{text}");
    }
    assert!(
        refusals[2].contains("row group 0 is of file 1"),
        "{}",
        refusals[2]
    );
}

#[test]
fn what_it_computes_must_be_possible() {
    let digit = |part: &mut Part, change: &dyn Fn(&mut Digit)| {
        let programs = part.programs.iter_mut();
        programs.for_each(|program| program.digits.iter_mut().for_each(change));
    };
    let refusals = [
        refused(|part| part.programs[0].slots[2].kind = Kind::U32),
        refused(|part| {
            digit(part, &|digit| {
                if let Code::Cell { shift, .. } = &mut digit.code {
                    *shift = 32;
                }
            });
        }),
        refused(|part| {
            digit(part, &|digit| {
                if let Code::Bucket { width, .. } = &mut digit.code {
                    *width = 0;
                }
            });
        }),
        refused(|part| {
            digit(part, &|digit| {
                if let Code::Offset { slot, .. } = &mut digit.code {
                    *slot = 99;
                }
            });
        }),
        refused(|part| digit(part, &|digit| digit.extent = 0)),
        refused(|part| digit(part, &|digit| digit.code = Code::Zone { layer: 0 })),
        refused(|part| {
            let programs = part.programs.iter_mut();
            programs.for_each(|program| program.filters.push(Filter::Layer { layer: 0 }));
        }),
        refused(|part| {
            let bbox = Filter::Bbox("1,3,2,4".parse().expect("a box"));
            let within = Filter::Any(vec![bbox]);
            let programs = part.programs.iter_mut();
            programs.for_each(|program| program.filters.push(within.clone()));
        }),
        refused(|part| drop(part.programs[1].filters.pop())),
        refused(|part| {
            part.programs[1].digits.remove(0);
        }),
        refused(|part| {
            part.programs[0].accumulators.remove(0);
        }),
        refused(|part| {
            let foreign = Accumulator::Min { slot: 99 };
            part.programs[0].accumulators.push(foreign);
        }),
        refused(|part| {
            let last = Accumulator::Last { slot: 2, time: 0 };
            part.programs[0].accumulators.push(last);
        }),
        refused(|part| part.programs[1].live = Some(99)),
        refused(|part| part.keys[0].digits.end = 99),
        refused(|part| {
            let digits = part.programs[0].digits.len();
            let layout = part.programs[1].layout();
            part.answered = Some(graticule_kernels::Partial::empty(digits, layout));
        }),
    ];
    for text in &refusals {
        assert!(text.starts_with("this part cannot be run: "), "{text}");
    }
}
