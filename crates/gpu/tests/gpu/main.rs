//! The device against the CPU, on whatever adapter there is: lavapipe in CI.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "random bits of any width")]

mod cases;
mod faults;
mod layout;
mod matching;
mod memory;
mod mutants;
mod places;
mod programs;
mod support;
mod twin;
mod values;
