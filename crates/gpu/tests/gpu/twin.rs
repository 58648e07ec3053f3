//! The device's answers are the CPU's, bit for bit.

use crate::cases::Case;
use crate::support::{Random, on_cpu, on_gpu, open, same, seed};
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
use graticule_gpu::{GpuOptions, Method, SessionOptions};
use graticule_kernels::exact::Sum;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Program, Slot};

fn agree(options: &GpuOptions, method: Option<Method>, number: u64, cases: usize) {
    let Some(gpu) = open(options) else { return };
    let mut random = Random(number ^ seed());
    // A soak raises this.
    let times = std::env::var("GRATICULE_CASES").map_or(1, |v| v.parse().unwrap());
    for number in 0..cases * times {
        let case = Case::random(&mut random, 1 + number % 3, 700);
        let cpu = on_cpu(&case);
        let options = SessionOptions {
            method,
            ..SessionOptions::default()
        };
        let gpu = on_gpu(&gpu, &case, options);
        let gpu = gpu.unwrap_or_else(|e| panic!("case {number}: {e}\n{:?}", case.program));
        same(&case.program, &cpu, &gpu.outcome).unwrap_or_else(|e| panic!("case {number}: {e}"));
    }
}

#[test]
fn by_the_method_of_its_choice() {
    agree(&GpuOptions::default(), None, 1, 12);
}

#[test]
fn in_bins() {
    agree(&GpuOptions::default(), Some(Method::Bins), 2, 12);
}

#[test]
fn in_a_dense_table() {
    agree(&GpuOptions::default(), Some(Method::Dense), 3, 12);
}

#[test]
fn in_a_hash_table() {
    agree(&GpuOptions::default(), Some(Method::Sparse), 4, 12);
}

#[test]
fn with_checked_modules() {
    let options = GpuOptions {
        trusted: false,
        ..GpuOptions::default()
    };
    agree(&options, None, 5, 8);
    agree(&options, Some(Method::Sparse), 6, 6);
}

#[test]
fn with_reduced_limits() {
    let options = GpuOptions {
        reduced: true,
        ..GpuOptions::default()
    };
    agree(&options, None, 7, 8);
    agree(&options, Some(Method::Sparse), 8, 6);
}

/// Worked out by hand: three points in two columns of a grid, and what they sum to.
#[test]
fn literals() {
    let Some(gpu) = open(&GpuOptions::default()) else {
        return;
    };
    let slot = |kind| Slot { kind };
    let program = Program {
        slots: vec![slot(Kind::U32), slot(Kind::U32), slot(Kind::F64)],
        layers: vec![],
        filters: vec![],
        live: None,
        digits: vec![Digit {
            code: Code::Cell {
                slot: 0,
                shift: 31,
                first: 0,
            },
            part: DigitPart::Whole,
            extent: 2,
        }],
        accumulators: vec![
            Accumulator::Count,
            Accumulator::Sum { slot: 2 },
            Accumulator::Max { slot: 2 },
        ],
    };
    let words = |words: [u32; 3]| Data::Plain32(words.to_vec().into());
    let values = [1e300, -0.25, -1e300].map(f64::to_bits).to_vec();
    let chunk = Chunk {
        origin: RowOrigin {
            store: "".into(),
            object: "literals".into(),
            etag: "".into(),
            row_group: 0,
            first_row: 0,
            rows: 3,
        },
        columns: vec![
            Column::new(Kind::U32, words([1, 2, u32::MAX]), None),
            Column::new(Kind::U32, words([0; 3]), None),
            Column::new(Kind::F64, Data::Plain64(values.into()), None),
        ],
        valid: None,
        exact: ExactRows::none(),
        texts: vec![],
    };
    let chunks = vec![chunk];
    let case = Case { program, chunks };
    for method in [Method::Bins, Method::Dense, Method::Sparse] {
        let options = SessionOptions {
            method: Some(method),
            ..SessionOptions::default()
        };
        let found = on_gpu(&gpu, &case, options).unwrap();
        assert_eq!(found.cost.method, Some(method));
        let partial = &found.outcome.partials[0];
        for group in 0..2 {
            let west = partial.digits[0][group] == 0;
            let record = partial.record(group);
            let field = &partial.layout.fields[1];
            let limbs = &record[field.at..field.at + field.limbs.len()];
            let sum = Sum::of_limbs(field.limbs.start, limbs);
            let (rows, total, most) = if west {
                (2, 1e300, 1e300f64)
            } else {
                (1, -1e300, -1e300)
            };
            assert_eq!(record[0], rows);
            assert_eq!(sum.divided_by(1), total);
            let at = partial.layout.fields[2].at;
            assert_eq!(Kind::F64.unorder(record[at]), most.to_bits());
        }
    }
}
