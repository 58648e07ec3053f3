//! Columns that stay, tables that overflow, lists that overflow: the same answers.

use crate::cases::{Case, Steps};
use crate::support::{Random, on_cpu, on_gpu, open, refetch, same, session};
use graticule_gpu::{GpuOptions, GpuSession, Method, SessionOptions};
use graticule_kernels::{Accumulator, Code, CpuSession, Digit, DigitPart, Filter, Session};

fn tiny(device_memory: u64) -> GpuOptions {
    GpuOptions {
        device_memory,
        ..GpuOptions::default()
    }
}

#[test]
fn a_second_query_uploads_nothing() {
    let Some(gpu) = open(&tiny(64 << 20)) else {
        return;
    };
    let mut random = Random(11);
    for _ in 0..12 {
        let case = Case::of(&mut random, Steps::All, 3, 900, 4);
        let cpu = on_cpu(&case);
        let first = on_gpu(&gpu, &case, SessionOptions::default()).unwrap();
        same(&case.program, &cpu, &first.outcome).unwrap();
        let mut second = session(&gpu, &case, SessionOptions::default()).unwrap();
        for chunk in &case.chunks {
            assert!(gpu.has_resident(&chunk.origin, &second.keys()));
            assert!(second.push_resident(&chunk.origin).unwrap());
        }
        let second = second.finish(&mut refetch(&case)).unwrap();
        same(&case.program, &cpu, &second.outcome).unwrap();
        assert_eq!(second.cost.bytes_uploaded, 0);
        assert_eq!(
            second.cost.bytes_resident,
            4 * (first.cost.bytes_uploaded / 4)
        );
    }
}

#[test]
fn another_query_uploads_what_it_lacks() {
    let Some(gpu) = open(&tiny(2 << 20)) else {
        return;
    };
    let mut random = Random(12);
    for _ in 0..12 {
        let mut case = Case::of(&mut random, Steps::Small, 4, 2000, 10);
        on_gpu(&gpu, &case, SessionOptions::default()).unwrap();
        let slots = 0..case.program.slots.len();
        case.program.accumulators = slots.map(|slot| Accumulator::Sum { slot }).collect();
        case.program.accumulators.insert(0, Accumulator::Count);
        let found = on_gpu(&gpu, &case, SessionOptions::default()).unwrap();
        same(&case.program, &on_cpu(&case), &found.outcome).unwrap();
    }
}

#[test]
fn memory_far_smaller_than_the_data() {
    for (bytes, steps) in [(256 << 10, Steps::Plain), (2 << 20, Steps::Small)] {
        let Some(gpu) = open(&tiny(bytes)) else {
            return;
        };
        let mut random = Random(bytes);
        for number in 0..6 {
            let case = Case::of(&mut random, steps, 3, 12_000, 10);
            let method = [None, Some(Method::Sparse)][number % 2];
            let options = SessionOptions {
                method,
                ..SessionOptions::default()
            };
            let found = on_gpu(&gpu, &case, options).unwrap();
            same(&case.program, &on_cpu(&case), &found.outcome).unwrap();
            assert!(gpu.memory().1 <= bytes, "within the bound");
            assert!(found.cost.dispatches > 0);
        }
    }
}

#[test]
fn more_groups_than_the_table_holds() {
    let Some(gpu) = open(&tiny(256 << 10)) else {
        return;
    };
    let mut random = Random(21);
    let mut tables = 0;
    for _ in 0..6 {
        let mut case = Case::of(&mut random, Steps::Plain, 2, 8000, 10);
        case.program.filters.clear();
        case.program.digits.truncate(1);
        case.program.digits.push(Digit {
            code: Code::Cell {
                slot: 0,
                shift: 4,
                first: 0,
            },
            part: DigitPart::Whole,
            extent: 1 << 28,
        });
        let found = on_gpu(&gpu, &case, SessionOptions::default()).unwrap();
        same(&case.program, &on_cpu(&case), &found.outcome).unwrap();
        assert_eq!(found.cost.method, Some(Method::Sparse));
        tables += found.cost.tables;
    }
    assert!(tables > 20, "the table was full again and again: {tables}");
}

#[test]
fn more_edge_rows_than_the_list_holds() {
    more_edge_rows(256 << 10, Steps::Plain);
    more_edge_rows(400 << 10, Steps::Small);
}

fn more_edge_rows(bytes: u64, steps: Steps) {
    let Some(gpu) = open(&tiny(bytes)) else {
        return;
    };
    let mut random = Random(31);
    let mut rechecked = 0;
    for _ in 0..30 {
        let case = Case::of(&mut random, steps, 1, 3000, 1);
        // A layer's tables need so much memory that the list is long.
        let has_layer = !case.program.layers.is_empty();
        if has_layer || !case.program.filters.iter().any(Filter::is_region) {
            continue;
        }
        let cpu = on_cpu(&case);
        let found = on_gpu(&gpu, &case, SessionOptions::default()).unwrap();
        same(&case.program, &cpu, &found.outcome).unwrap();
        // And again from the device, where the columns stayed.
        let mut second = session(&gpu, &case, SessionOptions::default()).unwrap();
        let mut all = true;
        for chunk in &case.chunks {
            all &= second.push_resident(&chunk.origin).unwrap();
        }
        let second = second.finish(&mut refetch(&case)).unwrap();
        if all {
            same(&case.program, &cpu, &second.outcome).unwrap();
        }
        rechecked = rechecked.max(cpu.counters.rechecked);
    }
    // The list holds a row for each 512 bytes.
    assert!(rechecked > bytes / 512, "{rechecked}");
}

#[test]
fn sessions_side_by_side() {
    side_by_side(2 << 20, Steps::Plain);
    side_by_side(32 << 20, Steps::Small);
}

fn side_by_side(bytes: u64, steps: Steps) {
    let Some(gpu) = open(&tiny(bytes)) else {
        return;
    };
    let mut random = Random(41);
    for _ in 0..3 {
        let cases: Vec<Case> = (0..3)
            .map(|_| Case::of(&mut random, steps, 4, 2000, 10))
            .collect();
        let mut sessions: Vec<GpuSession> = (cases.iter())
            .map(|case| session(&gpu, case, SessionOptions::default()).unwrap())
            .collect();
        for i in 0..4 {
            for (case, session) in cases.iter().zip(&mut sessions) {
                session.push(&case.chunks[i]).unwrap();
            }
        }
        for (case, session) in cases.iter().zip(sessions) {
            let found = session.finish(&mut refetch(case)).unwrap();
            same(&case.program, &on_cpu(case), &found.outcome).unwrap();
        }
    }
    std::thread::scope(|scope| {
        for seed in 50..53 {
            let gpu = &gpu;
            scope.spawn(move || {
                let mut random = Random(seed);
                for _ in 0..4 {
                    let case = Case::of(&mut random, steps, 3, 1500, 10);
                    let found = on_gpu(gpu, &case, SessionOptions::default()).unwrap();
                    same(&case.program, &on_cpu(&case), &found.outcome).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_key_outside_its_window_is_an_error_on_both() {
    let Some(gpu) = open(&tiny(64 << 20)) else {
        return;
    };
    let mut case = Case::random(&mut Random(61), 1, 500);
    case.program.filters.clear();
    case.program.digits = vec![Digit {
        code: Code::Cell {
            slot: 0,
            shift: 24,
            first: 0,
        },
        part: DigitPart::Whole,
        extent: 3,
    }];
    let mut cpu = CpuSession::new(std::slice::from_ref(&case.program), usize::MAX).unwrap();
    let theirs = cpu.push(&case.chunks[0]).unwrap_err().to_string();
    let ours = on_gpu(&gpu, &case, SessionOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(ours, theirs);
}
