//! Import of GPX.
#![no_main]

use graticule_layout::import::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| graticule_fuzz::import("file.gpx", Format::Gpx, bytes));
