//! GeoJSON: as zones, and as points to import.
#![no_main]

use graticule_layout::import::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    graticule_fuzz::import("file.geojson", Format::GeoJson, bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = graticule::polygons(text);
        let _ = graticule::zones(text, "name");
    }
});
