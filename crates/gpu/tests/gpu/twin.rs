//! The device's answers are the CPU's, bit for bit.

use crate::cases::Case;
use crate::support::{Random, on_cpu, on_gpu, open, same};
use graticule_gpu::{GpuOptions, Method, SessionOptions};

fn agree(options: &GpuOptions, method: Option<Method>, seed: u64, cases: usize) {
    let Some(gpu) = open(options) else { return };
    let mut random = Random(seed);
    for number in 0..cases {
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
