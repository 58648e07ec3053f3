//! Pages, read here and by the library.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| graticule_fuzz::read_both("file.parquet", bytes));
