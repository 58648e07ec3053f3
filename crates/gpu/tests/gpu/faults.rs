//! What happens when the device does not do its work.

use crate::cases::{Case, Steps};
use crate::support::{Random, on_cpu, on_gpu, open, same};
use graticule_gpu::{Fault, Gpu, GpuError, GpuOptions, SessionOptions};
use std::time::{Duration, Instant};

fn faulty(fault: Fault) -> GpuOptions {
    GpuOptions {
        fault: Some(fault),
        wait: matches!(fault, Fault::Hang { .. }).then(|| Duration::from_millis(300)),
        device_memory: 64 << 20,
        ..GpuOptions::default()
    }
}

fn case() -> Case {
    Case::of(&mut Random(5), Steps::Plain, 3, 2000, 10)
}

#[test]
fn a_lost_device_is_an_error_for_good() {
    for submissions in 0..2 {
        let Some(gpu) = open(&faulty(Fault::LoseDevice { submissions })) else {
            return;
        };
        let case = case();
        let found = (0..2).find_map(|_| on_gpu(&gpu, &case, SessionOptions::default()).err());
        let error = found.expect("the device is gone");
        assert!(matches!(error, GpuError::Lost { .. }), "{error}");
        assert!(error.is_fatal());
        let again = on_gpu(&gpu, &case, SessionOptions::default()).unwrap_err();
        assert!(matches!(again, GpuError::Lost { .. }), "{again}");
    }
}

#[test]
fn a_device_that_hangs_is_given_up() {
    let Some(gpu) = open(&faulty(Fault::Hang { submissions: 0 })) else {
        return;
    };
    let begin = Instant::now();
    let error = on_gpu(&gpu, &case(), SessionOptions::default()).unwrap_err();
    assert!(matches!(error, GpuError::Hang { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
    let begin = Instant::now();
    assert!(on_gpu(&gpu, &case(), SessionOptions::default()).is_err());
    assert!(begin.elapsed() < Duration::from_secs(1), "at once");
}

#[test]
fn short_memory_makes_smaller_buffers_or_an_error() {
    let case = case();
    let cpu = on_cpu(&case);
    let mut answered = 0;
    for from in 0..9 {
        for times in [1, 3] {
            let options = faulty(Fault::OutOfMemory { from, times });
            let found = match Gpu::open(&options) {
                Err(GpuError::NoAdapter) => return,
                Err(error) => Err(error),
                Ok(gpu) => on_gpu(&gpu, &case, SessionOptions::default()),
            };
            match found {
                Ok(found) => {
                    same(&case.program, &cpu, &found.outcome).unwrap();
                    answered += 1;
                }
                Err(error) => assert!(matches!(error, GpuError::OutOfMemory { .. }), "{error}"),
            }
        }
    }
    assert!(answered >= 10, "{answered} of 18");
    let options = faulty(Fault::OutOfMemory {
        from: 5,
        times: u64::MAX,
    });
    let Some(gpu) = open(&options) else { return };
    let error = on_gpu(&gpu, &case, SessionOptions::default()).unwrap_err();
    assert!(matches!(error, GpuError::OutOfMemory { .. }), "{error}");
}

#[test]
fn a_flipped_bit_is_noticed() {
    let case = case();
    let cpu = on_cpu(&case);
    for bit in [0, 31, 77, 4096, 1 << 14, (1 << 14) + 9] {
        let Some(gpu) = open(&faulty(Fault::FlipBit { readback: 0, bit })) else {
            return;
        };
        match on_gpu(&gpu, &case, SessionOptions::default()) {
            Err(error) => assert!(matches!(error, GpuError::Damaged { .. }), "{bit}: {error}"),
            // After the table and the counters come places of the list that hold nothing.
            Ok(found) => {
                assert!(bit > 77);
                same(&case.program, &cpu, &found.outcome).unwrap();
            }
        }
    }
}

#[test]
fn no_such_adapter_names_those_there_are() {
    let options = GpuOptions {
        name: Some("no such thing".to_owned()),
        ..GpuOptions::default()
    };
    match Gpu::open(&options) {
        Err(GpuError::NoAdapter) => {}
        Err(GpuError::NoSuchAdapter { found, .. }) => assert!(!found.is_empty()),
        other => panic!("{other:?}"),
    }
}
