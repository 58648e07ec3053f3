//! Footers, page indexes and pages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| graticule_fuzz::read_all("file.parquet", bytes));
