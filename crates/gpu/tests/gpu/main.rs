//! The device against the CPU, on whatever adapter there is: lavapipe in CI.

#![expect(clippy::unwrap_used, reason = "tests")]

mod cases;
mod faults;
mod layout;
mod memory;
mod mutants;
mod support;
mod twin;
