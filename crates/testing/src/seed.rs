use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// The seed of random tests: that of `PROPTEST_RNG_SEED`, by which a run can be had again, or another one
/// in each run. It is printed, and shown where a test fails.
#[expect(clippy::print_stderr, reason = "a test that fails has to be had again")]
pub fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    let seed = *SEED.get_or_init(|| {
        let asked = std::env::var("PROPTEST_RNG_SEED").ok();
        let asked = asked.and_then(|seed| seed.parse().ok());
        asked.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(0, |now| now.as_secs() << 30 | u64::from(now.subsec_nanos()))
        })
    });
    eprintln!("PROPTEST_RNG_SEED={seed}");
    seed
}
