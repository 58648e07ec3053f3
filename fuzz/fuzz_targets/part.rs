//! Parts of plans, as they come from elsewhere: run or refused.
#![no_main]

use graticule::{Engine, Part, run_part};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    graticule_fuzz::quiet();
    let Ok(mut part) = serde_json::from_slice::<Part>(bytes) else {
        return;
    };
    // Only files of this folder may be read, whatever the part says.
    part.scan.url = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/sample").to_owned();
    let _ = pollster::block_on(run_part(&part, &Engine::cpu().threads(1)));
});
