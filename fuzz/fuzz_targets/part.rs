//! Parts of plans, as they come from elsewhere: run or refused.
#![no_main]

use graticule::{Engine, Part, run_part};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    graticule_fuzz::quiet();
    let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return;
    };
    // Only files of this folder may be read, whatever the part says.
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/sample");
    if let Some(url) = json.pointer_mut("/scan/url") {
        *url = sample.into();
    }
    let Ok(part) = serde_json::from_value::<Part>(json) else {
        return;
    };
    let engine = Engine::cpu().threads(1).read_within([sample]);
    let _ = pollster::block_on(run_part(&part, &engine));
});
