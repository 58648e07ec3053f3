//! The rows that the device marks are those that the CPU's twin finds.

use crate::cases::{Case, Steps};
use crate::support::{Matched, Random, matching_on_cpu, matching_on_gpu, open, refetch, session};
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
use graticule_geo::Bbox;
use graticule_gpu::{Fault, Gpu, GpuError, GpuOptions, GpuSelection, Method, SessionOptions};
use graticule_kernels::{Accumulator, Filter, Program, Session, Slot};

/// `edge` is the least number of rows on an edge that some case must have.
fn agree(
    options: &GpuOptions,
    (seed, cases, edge): (u64, usize, u64),
    draw: impl Fn(&mut Random) -> Case,
) {
    let Some(gpu) = open(options) else { return };
    let mut random = Random(seed);
    let (mut rows, mut rechecked) = (0, 0);
    // A soak raises this.
    let times = std::env::var("GRATICULE_CASES").map_or(1, |v| v.parse().unwrap());
    for number in 0..cases * times {
        let case = draw(&mut random);
        let cpu = matching_on_cpu(&case);
        let found = matching_on_gpu(&gpu, &case);
        let found = found.unwrap_or_else(|e| panic!("case {number}: {e}\n{:?}", case.program));
        assert_eq!(found, cpu, "case {number}: {:?}", case.program);
        assert!(gpu.memory().1 <= options.device_memory, "within the bound");
        rows += found.counters.matched;
        rechecked = rechecked.max(found.counters.rechecked);
    }
    assert!(rows > 100, "only {rows} rows matched");
    assert!(
        rechecked >= edge,
        "at most {rechecked} rows of a case on an edge"
    );
}

fn any(random: &mut Random) -> Case {
    Case::random(random, 2, 700)
}

#[test]
fn of_any_filters() {
    agree(&GpuOptions::default(), (71, 24, 10), any);
}

#[test]
fn with_checked_modules() {
    let options = GpuOptions {
        trusted: false,
        ..GpuOptions::default()
    };
    agree(&options, (72, 16, 10), any);
}

#[test]
fn with_reduced_limits() {
    let options = GpuOptions {
        reduced: true,
        ..GpuOptions::default()
    };
    agree(&options, (73, 16, 10), any);
}

#[test]
fn of_chunks_far_larger_than_memory() {
    let options = GpuOptions {
        device_memory: 256 << 10,
        ..GpuOptions::default()
    };
    agree(&options, (74, 6, 10), |random| {
        Case::of(random, Steps::Plain, 2, 60_000, 10)
    });
}

/// The list holds a row for each 512 bytes.
#[test]
fn of_more_edge_rows_than_the_list_holds() {
    let options = GpuOptions {
        device_memory: 256 << 10,
        ..GpuOptions::default()
    };
    agree(&options, (75, 12, 1000), |random| {
        Case::of(random, Steps::Plain, 1, 3000, 1)
    });
}

/// Worked out by hand: a box that begins a nanodegree east of Greenwich, so that f64 alone knows on which
/// side of its edge rows 3 and 5 lie; a row beside each of its edges; a row that is no point; and rows 31
/// to 33, where one word of bits ends and the next begins.
#[test]
fn literals() {
    let Some(gpu) = open(&GpuOptions::default()) else {
        return;
    };
    let middle = 1u32 << 31;
    let (mut x, mut y) = (vec![0; 40], vec![0; 40]);
    let mut valid = [true; 40];
    for (row, point) in [
        (0, (middle + 1, middle + 1)),
        (1, (middle - 1, middle + 1)),
        (2, (middle + 1, middle - 1)),
        (3, (middle, middle)),
        (4, (middle + 1, middle + 1)),
        (5, (middle, middle)),
        (31, (u32::MAX - 1, middle + 1)),
        (32, (middle + 1, u32::MAX - 1)),
        (33, (middle + 7, middle + 9)),
    ] {
        (x[row], y[row]) = point;
    }
    valid[4] = false;
    let words = |words: Vec<u32>| Column::new(Kind::U32, Data::Plain32(words.into()), None);
    let slot = Slot { kind: Kind::U32 };
    let case = Case {
        program: Program {
            slots: vec![slot; 2],
            layers: vec![],
            filters: vec![Filter::Bbox(Bbox::new(1e-9, 0.0, 180.0, 90.0).unwrap())],
            live: None,
            digits: vec![],
            accumulators: vec![Accumulator::Count],
        },
        chunks: vec![Chunk {
            origin: RowOrigin {
                store: "".into(),
                object: "literals".into(),
                etag: "".into(),
                row_group: 0,
                first_row: 0,
                rows: 40,
            },
            columns: vec![words(x), words(y)],
            valid: Some(valid.to_vec().into()),
            exact: ExactRows {
                rows: Some(vec![3, 5]),
                lon: vec![0.9e-9, 1e-9].into(),
                lat: vec![0.0, 0.0].into(),
            },
            texts: vec![],
        }],
    };
    let found = matching_on_gpu(&gpu, &case).unwrap();
    assert_eq!(found.rows, [[0, 5, 31, 32, 33]]);
    let counters = found.counters;
    assert_eq!((counters.scanned, counters.invalid), (40, 1));
    assert_eq!((counters.matched, counters.rechecked), (5, 2));
    assert_eq!(matching_on_cpu(&case), found);
}

#[test]
fn of_no_filter_every_valid_row_matches() {
    let Some(gpu) = open(&GpuOptions::default()) else {
        return;
    };
    let mut case = Case::random(&mut Random(76), 2, 500);
    case.program.filters.clear();
    let Matched { rows, counters } = matching_on_gpu(&gpu, &case).unwrap();
    for (rows, chunk) in rows.iter().zip(&case.chunks) {
        let is_valid = |row: &u32| chunk.valid.as_ref().is_none_or(|v| v.value(*row as usize));
        let valid: Vec<u32> = (0..chunk.len() as u32).filter(is_valid).collect();
        assert_eq!(*rows, valid);
    }
    assert_eq!(counters.rechecked, 0);
}

/// Groups and bits side by side, on columns that both find there.
#[test]
fn beside_a_session_of_groups() {
    let Some(gpu) = open(&GpuOptions::default()) else {
        return;
    };
    let mut random = Random(77);
    for _ in 0..8 {
        let case = any(&mut random);
        // Bits are no method to find groups by, and are passed over.
        let options = SessionOptions {
            method: Some(Method::Matching),
            ..SessionOptions::default()
        };
        let mut groups = session(&gpu, &case, options).unwrap();
        for chunk in &case.chunks {
            groups.push(chunk).unwrap();
        }
        assert_eq!(
            matching_on_gpu(&gpu, &case).unwrap(),
            matching_on_cpu(&case)
        );
        let found = groups.finish(&mut refetch(&case)).unwrap();
        assert_ne!(found.cost.method, Some(Method::Matching));
        let cpu = crate::support::on_cpu(&case);
        crate::support::same(&case.program, &cpu, &found.outcome).unwrap();
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let case = Case::of(&mut Random(78), Steps::Plain, 1, 2000, 10);
    for bit in [0, 33, 500] {
        let options = GpuOptions {
            fault: Some(Fault::FlipBit { readback: 0, bit }),
            ..GpuOptions::default()
        };
        let Some(gpu) = open(&options) else { return };
        let error = matching_on_gpu(&gpu, &case).unwrap_err();
        assert!(matches!(error, GpuError::Damaged { .. }), "{bit}: {error}");
    }
}

/// What a chunk left behind when memory was short does not touch the next one, which is larger.
#[test]
fn after_a_failure_the_next_chunk_is_whole() {
    let small = Case::of(&mut Random(79), Steps::Plain, 1, 300, 10);
    let mut random = Random(80);
    let large = std::iter::repeat_with(|| Case::of(&mut random, Steps::Plain, 1, 30_000, 10));
    let large = large.take(3).max_by_key(|case| case.chunks[0].len());
    let program = Program {
        filters: vec![Filter::Bbox(Bbox::new(-90.0, -45.0, 90.0, 45.0).unwrap())],
        digits: vec![],
        accumulators: vec![Accumulator::Count],
        live: None,
        slots: vec![Slot { kind: Kind::U32 }; 2],
        layers: vec![],
    };
    let [small, large] = [small, large.unwrap()].map(|case| Case {
        program: program.clone(),
        ..case
    });
    let (mut failed, mut answered) = (0, 0);
    for from in 0..16 {
        let options = GpuOptions {
            fault: Some(Fault::OutOfMemory { from, times: 8 }),
            device_memory: 64 << 20,
            ..GpuOptions::default()
        };
        let gpu = match Gpu::open(&options) {
            Err(GpuError::NoAdapter) => return,
            Err(_) => continue,
            Ok(gpu) => gpu,
        };
        let keys = || vec!["x".into(), "y".into()];
        let Ok(mut selection) = GpuSelection::new(&gpu, &program, keys()) else {
            continue;
        };
        for case in [&small, &large, &large] {
            match selection.matching(&case.chunks[0]) {
                Ok(rows) => {
                    assert_eq!(rows, matching_on_cpu(case).rows[0]);
                    answered += 1;
                }
                Err(error) => {
                    assert!(matches!(error, GpuError::OutOfMemory { .. }), "{error}");
                    failed += 1;
                }
            }
        }
    }
    assert!(failed > 0 && answered > 10, "{failed}, {answered}");
}
